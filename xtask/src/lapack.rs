//! OpenBLAS, the LAPACK that ndarray-side code links.

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::progress::Step;
use crate::workspace::Workspace;

/// Debian's packages of OpenBLAS and of the program that finds it.
const PACKAGES: [&str; 2] = ["libopenblas-dev", "pkg-config"];

/// What a run of [`ensure`] did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// This version was there.
    Found(String),
    /// It was installed.
    Installed(String),
}

/// Version of OpenBLAS, if pkg-config finds one.
pub(crate) fn version(workspace: &Workspace) -> Option<String> {
    let text = process::output_of(
        workspace
            .command("pkg-config")
            .ok()?
            .args(["--modversion", "openblas"]),
    )
    .ok()?;
    Some(text.trim().to_owned())
}

/// Installs OpenBLAS with apt if it is missing and this user may; otherwise an error gives the one command.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Outcome> {
    if let Some(version) = version(workspace) {
        return Ok(Outcome::Found(version));
    }
    if !may_install(workspace) {
        bail!("OpenBLAS is missing: {}", how_to_install());
    }
    let step = Step::unbounded("installing OpenBLAS");
    let apt = |arguments: &[&str]| {
        let mut command = workspace.command("apt-get")?;
        process::output_of(
            command
                .arg("--quiet")
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    apt(&["update"]).context("cannot read Debian's package lists")?;
    apt(&[&["install", "-y", "--no-install-recommends"], &PACKAGES[..]].concat())
        .with_context(|| format!("cannot install OpenBLAS: {}", how_to_install()))?;
    step.end();
    version(workspace)
        .map(Outcome::Installed)
        .context("OpenBLAS was installed, but pkg-config does not find it")
}

/// The one command that installs OpenBLAS.
pub(crate) fn how_to_install() -> String {
    if cfg!(target_os = "macos") {
        "brew install openblas pkgconf".to_owned()
    } else {
        format!("sudo apt-get install -y {}", PACKAGES.join(" "))
    }
}

fn may_install(workspace: &Workspace) -> bool {
    let user = workspace
        .command("id")
        .and_then(|mut id| process::output_of(id.arg("-u")));
    workspace.find("apt-get").is_some() && user.is_ok_and(|text| text.trim() == "0")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::workspace::tests::{fake_program, scratch};

    /// A pkg-config that finds OpenBLAS once apt has installed it.
    fn setting() -> (tempfile::TempDir, Workspace) {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let installed = root.path().join("installed");
        fake_program(
            &workspace,
            "pkg-config",
            &format!("[ -e {} ] && echo 0.3.21", installed.display()),
        );
        let script = format!("case \"$*\" in *install*) touch {};; esac", installed.display());
        fake_program(&workspace, "apt-get", &script);
        (root, workspace)
    }

    #[test]
    fn root_gets_it_installed_once() {
        let (_root, workspace) = setting();
        fake_program(&workspace, "id", "echo 0");
        assert_eq!(
            ensure(&workspace).expect("installed"),
            Outcome::Installed("0.3.21".to_owned())
        );
        assert_eq!(
            ensure(&workspace).expect("found"),
            Outcome::Found("0.3.21".to_owned())
        );
    }

    #[test]
    fn another_user_gets_the_command() {
        let (_root, workspace) = setting();
        fake_program(&workspace, "id", "echo 1000");
        let error = ensure(&workspace).expect_err("may not install");
        assert_eq!(
            error.to_string(),
            format!("OpenBLAS is missing: {}", how_to_install())
        );
    }

    #[test]
    fn a_failed_installation_gives_the_command_too() {
        let (_root, workspace) = setting();
        fake_program(&workspace, "id", "echo 0");
        fake_program(
            &workspace,
            "apt-get",
            "case \"$*\" in *install*) echo broken >&2; exit 100;; esac",
        );
        let line = format!("{:#}", ensure(&workspace).expect_err("apt fails"));
        assert!(line.starts_with("cannot install OpenBLAS: "), "{line}");
        assert!(line.ends_with("broken"), "{line}");
    }
}
