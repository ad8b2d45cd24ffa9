//! Running an example that cargo has built.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::PathBuf;
use std::process::{Command, Output};

/// The folder of this profile's results, `target/debug` or `target/release`: this program lies in its `deps/`.
pub(crate) fn profile_directory() -> PathBuf {
    let this = env::current_exe().expect("the path of the running test");
    this.parent()
        .and_then(|deps| deps.parent())
        .expect("test programs lie in <profile>/deps")
        .to_owned()
}

/// The command `transferability`.
pub(crate) fn transferability() -> Command {
    example("transferability")
}

/// An example as a command, which `cargo test` builds before it runs this program; the loader path is cargo's.
///
/// `cargo test --test it` does not: there, `cargo build --examples` comes first.
pub(crate) fn example(name: &str) -> Command {
    let program = profile_directory()
        .join("examples")
        .join(format!("{name}{EXE_SUFFIX}"));
    assert!(
        program.is_file(),
        "{} is not built: run `cargo build --examples`",
        program.display()
    );
    let mut command = Command::new(program);
    command.env_remove("PLUMBLINE_THREADS");
    command
}

/// Standard output of a run that must succeed.
pub(crate) fn stdout(output: &Output) -> String {
    assert_eq!(
        output.status.code(),
        Some(0),
        "standard error: {}",
        stderr(output)
    );
    String::from_utf8(output.stdout.clone()).expect("UTF-8 on standard output")
}

/// Standard error of a run.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// In what a run that must be refused went otherwise: exit code 2, nothing on standard output, and one line on standard
/// error that holds each part of `says`.
pub(crate) fn complaints(name: &str, output: &Output, says: &[&str]) -> Vec<String> {
    let line = stderr(output);
    let mut complaints = Vec::new();
    let mut expect = |condition: bool, what: &str| {
        if !condition {
            complaints.push(format!("{name}: expected {what}, got: {}", line.trim_end()));
        }
    };
    expect(output.status.code() == Some(2), "exit code 2");
    expect(output.stdout.is_empty(), "nothing on standard output");
    expect(line.lines().count() == 1, "one line on standard error");
    for part in says {
        expect(line.contains(part), part);
    }
    complaints
}

/// The JSON object on standard output of a run that must succeed.
pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output)).expect("one JSON object on standard output")
}
