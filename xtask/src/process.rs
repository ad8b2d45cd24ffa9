//! Running other programs, with failures that fit in one line.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How often a watched program is looked at.
const POLL: Duration = Duration::from_millis(100);

/// Runs `command` to its end and returns what it wrote to standard output.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!(failure(
            command,
            output.status,
            &String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command` to its end with its output shown to the user.
pub(crate) fn show(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!(failure(command, status, ""));
    }
    Ok(())
}

/// Runs `command` with its output kept in `log`, calling `watch` ten times a second until it ends.
/// Returns the status and the text that the program wrote.
pub(crate) fn watched(
    command: &mut Command,
    log: &Path,
    mut watch: impl FnMut(),
) -> Result<(ExitStatus, String)> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone().context("cannot share the log file")?)
        .stderr(file)
        .spawn()
        .with_context(|| cannot_start(command))?;
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for a program")? {
            break status;
        }
        watch();
        thread::sleep(POLL);
    };
    let text = fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    Ok((status, text))
}

/// One line for a program that ended badly: what was run, how it ended, and the last thing it said.
pub(crate) fn failure(command: &Command, status: ExitStatus, said: &str) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let mut line = program.to_string_lossy().into_owned();
    for argument in command.get_args().take(3) {
        line = line + " " + &argument.to_string_lossy();
    }
    let end = status.code().map_or_else(
        || "was ended by a signal".to_owned(),
        |code| format!("ended with code {code}"),
    );
    match said.lines().map(str::trim).rfind(|text| !text.is_empty()) {
        Some(last) => format!("`{line}` {end}: {last}"),
        None => format!("`{line}` {end}"),
    }
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start {}", command.get_program().to_string_lossy())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_that_ends_with_the_last_words() {
        let error = output_of(Command::new("sh").args(["-c", "echo first >&2; echo last words >&2; exit 3"]))
            .expect_err("the program ends with code 3");
        let text = format!("{error:#}");
        assert!(text.ends_with("ended with code 3: last words"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }

    #[test]
    fn output_is_returned() {
        let text = output_of(Command::new("sh").args(["-c", "printf 12"])).expect("printf runs");
        assert_eq!(text, "12");
    }

    #[test]
    fn a_watched_program_keeps_its_words_and_is_looked_at() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut looks = 0;
        let (status, text) = watched(
            Command::new("sh").args(["-c", "echo said; sleep 0.3"]),
            &folder.path().join("log"),
            || looks += 1,
        )
        .expect("sh runs");
        assert!(status.success());
        assert_eq!(text, "said\n");
        assert!(looks >= 2, "looked {looks} times");
    }
}
