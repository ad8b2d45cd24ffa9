//! Python environments in `.local/python/`, each made from a file of pinned requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{digest, folder, process};

/// File that is written last into an environment: the SHA-256 of the requirements that it was made from.
const STAMP: &str = "requirements.sha256";

/// The interpreter of the environment `name`, made from `requirements` unless it is there.
///
/// The environment is made anew when the requirements change or an earlier run did not finish it.
pub(crate) fn environment(workspace: &Workspace, name: &str, requirements: &Path) -> Result<PathBuf> {
    let home = workspace.local().join("python").join(name);
    let python = home.join("bin").join("python");
    let wanted = digest::of_file(requirements)?;
    if python.exists() && fs::read_to_string(home.join(STAMP)).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    folder::remove(&home)?;
    let parent = home.parent().context("the environment has a parent folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;

    let step = Step::unbounded(&format!("making the Python environment {name}"));
    process::output_of(workspace.command("python3")?.args(["-m", "venv"]).arg(&home))
        .context("cannot make a Python environment (on Debian: sudo apt-get install -y python3-venv)")?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ])
        // The requirements name every package that is used. What packages declare beyond that goes as far as CUDA.
        .args(["--only-binary=:all:", "--no-deps", "--requirement"])
        .arg(requirements);
    let log = parent.join(format!("{name}.log"));
    let (status, said) = process::watched(&mut install, &log, || {})?;
    if !status.success() {
        let what = workspace.shown(requirements);
        bail!(
            "{}",
            crate::pip::why_it_failed(&what, &said, || process::failure(&install, status, &said))
        );
    }
    step.end();
    fs::remove_file(log).ok();
    fs::write(home.join(STAMP), wanted).context("cannot write the environment's stamp")?;
    Ok(python)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::workspace::tests::{fake_program, scratch};

    /// A `python3` that makes an environment whose own Python does `install`.
    fn fake_python(workspace: &Workspace, install: &str) {
        let script = format!(
            "mkdir -p \"$3/bin\"\nprintf '#!/bin/sh\\n{install}\\n' > \"$3/bin/python\"\nchmod +x \"$3/bin/python\""
        );
        fake_program(workspace, "python3", &script);
    }

    #[test]
    fn an_environment_is_made_once_for_the_same_requirements() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let requirements = root.path().join("requirements.txt");
        fs::write(&requirements, "a==1\n").expect("temporary folder is writable");
        fake_python(&workspace, "exit 0");
        let python = environment(&workspace, "test", &requirements).expect("made");
        assert!(python.is_file());
        fake_program(&workspace, "python3", "exit 1");
        environment(&workspace, "test", &requirements).expect("found");
        fs::write(&requirements, "a==2\n").expect("temporary folder is writable");
        environment(&workspace, "test", &requirements).expect_err("made anew, which fails");
    }

    #[test]
    fn a_failed_installation_is_one_line_and_is_not_taken_for_an_environment() {
        let root = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(root.path());
        let requirements = root.path().join("requirements.txt");
        fs::write(&requirements, "a==1\n").expect("temporary folder is writable");
        fake_python(&workspace, "echo No space left on device; exit 1");
        let error = environment(&workspace, "test", &requirements).expect_err("the installation fails");
        assert!(error.to_string().starts_with("the disk is full"), "{error}");
        fake_python(&workspace, "exit 0");
        environment(&workspace, "test", &requirements).expect("the next run recovers");
    }
}
