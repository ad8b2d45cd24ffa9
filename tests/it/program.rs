//! Running an example that cargo has built.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The folder of this profile's results, `target/debug` or `target/release`: this program lies in its `deps/`.
pub(crate) fn profile_directory() -> PathBuf {
    let this = env::current_exe().expect("the path of the running test");
    this.parent().and_then(|deps| deps.parent()).expect("test programs lie in <profile>/deps").to_owned()
}

/// The command `transferability`; cargo builds examples before it runs integration tests, and its loader path is
/// inherited.
pub(crate) fn transferability() -> Command {
    let mut command = Command::new(profile_directory().join("examples").join("transferability"));
    command.env_remove("PLUMBLINE_THREADS");
    command
}

/// Runs `transferability` with these arguments.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    transferability().args(arguments).output().expect("the example starts")
}

/// Standard output of a run that must succeed.
pub(crate) fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "standard error: {}", stderr(output));
    String::from_utf8(output.stdout.clone()).expect("UTF-8 on standard output")
}

/// Standard error of a run.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
