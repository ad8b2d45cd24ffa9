//! The workspace and the machine as the commands see them: folders, search path, `LIBTORCH`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Where everything lies and where programs are looked for. Tests make their own in a temporary folder.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// Folder that holds the workspace manifest.
    pub(crate) root: PathBuf,
    /// Folders in which programs are looked for, as in `PATH`.
    pub(crate) search_path: OsString,
    /// `LIBTORCH` as the user set it. The value that cargo takes from `.cargo/config.toml` is not the user's.
    pub(crate) users_libtorch: Option<PathBuf>,
    /// Whether `LIBTORCH_USE_PYTORCH` tells the build to take libtorch from the active Python.
    pub(crate) libtorch_from_python: bool,
}

impl Workspace {
    /// The workspace that this program was built from, with the environment of this process.
    pub(crate) fn from_environment() -> Result<Self> {
        let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest_dir
            .parent()
            .context("xtask lies in no workspace")?
            .to_path_buf();
        if !root.join("Cargo.toml").is_file() {
            bail!(
                "the workspace has moved from {}: run cargo xtask from its new place",
                root.display()
            );
        }
        let mut workspace = Self {
            root,
            search_path: env::var_os("PATH").unwrap_or_default(),
            users_libtorch: None,
            libtorch_from_python: env::var_os("LIBTORCH_USE_PYTORCH").is_some(),
        };
        workspace.users_libtorch = env::var_os("LIBTORCH")
            .map(PathBuf::from)
            .filter(|path| !same_place(path, &workspace.libtorch()));
        Ok(workspace)
    }

    /// The git-ignored folder of everything that set-up makes.
    pub(crate) fn local(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// Where set-up lays libtorch; `.cargo/config.toml` names the same folder.
    pub(crate) fn libtorch(&self) -> PathBuf {
        self.local().join("libtorch")
    }

    /// Where wheels and packages are kept while a command works on them.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.local().join("downloads")
    }

    /// `path` relative to the root where it lies inside it, for messages.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// Full path of `program`, if a folder of the search path has it.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.search_path)
            .map(|folder| folder.join(program))
            .find(|path| is_executable(path))
    }

    /// A command for `program` in the root folder, or one line that says how to install it.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let Some(path) = self.find(program) else {
            bail!("{program} is not on the PATH: {}", how_to_install(program));
        };
        let mut command = Command::new(path);
        command.current_dir(&self.root).env("PATH", &self.search_path);
        Ok(command)
    }

    /// The cargo that runs this command, with the same toolchain.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command
    }
}

/// The one command that installs `program`.
pub(crate) fn how_to_install(program: &str) -> &'static str {
    match (program, cfg!(target_os = "macos")) {
        ("c++", true) => "xcode-select --install",
        ("c++", false) => "sudo apt-get install -y g++",
        ("python3", true) => "brew install python3",
        ("python3", false) => "sudo apt-get install -y python3 python3-pip python3-venv",
        ("npm", true) => "brew install node",
        ("npm", false) => "sudo apt-get install -y npm",
        ("pkg-config", true) => "brew install pkgconf",
        ("pkg-config", false) => "sudo apt-get install -y pkg-config",
        ("apt-get" | "dpkg-deb", _) => "this step needs a Debian system",
        ("git", _) => "install git",
        _ => "install it",
    }
}

/// Whether both paths name one place, symbolic links followed where they exist.
fn same_place(left: &Path, right: &Path) -> bool {
    left == right || matches!((left.canonicalize(), right.canonicalize()), (Ok(l), Ok(r)) if l == r)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;

    /// A workspace in `root` whose programs are looked for in `root/bin` and, after it, where the system has `sh`.
    pub(crate) fn scratch(root: &Path) -> Workspace {
        let bin = root.join("bin");
        fs::create_dir_all(&bin).expect("temporary folder is writable");
        Workspace {
            root: root.to_path_buf(),
            search_path: env::join_paths([bin.as_path()]).expect("no separator in a temporary path"),
            users_libtorch: None,
            libtorch_from_python: false,
        }
    }

    /// Puts a shell script named `program` on the scratch workspace's search path.
    ///
    /// Another process writes it: were it this one, a program that another test starts at that moment would hold
    /// the file open for writing, and nobody can run such a file.
    #[cfg(unix)]
    pub(crate) fn fake_program(workspace: &Workspace, program: &str, script: &str) {
        let path = workspace.root.join("bin").join(program);
        let status = Command::new("/bin/sh")
            .args([
                "-c",
                r#"printf '#!/bin/sh\nPATH=/usr/bin:/bin\n%s\n' "$2" > "$1" && chmod +x "$1""#,
                "sh",
            ])
            .arg(path)
            .arg(script)
            .status()
            .expect("sh runs");
        assert!(status.success(), "cannot write the fake {program}");
    }

    #[test]
    fn a_missing_program_names_the_command_that_installs_it() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let error = scratch(folder.path())
            .command("python3")
            .expect_err("an empty search path has no python3");
        assert!(
            error.to_string().starts_with("python3 is not on the PATH: "),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_found_only_if_it_can_be_run() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(folder.path());
        fs::write(folder.path().join("bin/c++"), "not executable").expect("temporary folder is writable");
        assert_eq!(workspace.find("c++"), None);
        fake_program(&workspace, "c++", "exit 0");
        assert_eq!(workspace.find("c++"), Some(folder.path().join("bin/c++")));
    }

    #[test]
    fn cargos_own_libtorch_is_not_the_users() {
        let root = Path::new("workspace");
        assert!(same_place(
            &root.join(".local/libtorch"),
            &root.join(".local").join("libtorch")
        ));
        assert!(!same_place(Path::new("elsewhere"), &root.join(".local/libtorch")));
    }
}
