//! `transferability ot`.

mod bad_input;
mod solved;
mod threads;

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::{npy, program};

/// A new folder with a problem of two sources and three targets (`C.npy`, `a.npy`, `b.npy`) and points on a line
/// (`X.npy`, `Y.npy`).
fn good_files() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary folder");
    npy::write(
        directory.path(),
        "C.npy",
        &[2, 3],
        &[0.0, 1.0, 2.0, 1.0, 0.0, 1.0],
    );
    npy::write(directory.path(), "a.npy", &[2], &[0.5, 0.5]);
    npy::write(directory.path(), "b.npy", &[3], &[0.25, 0.25, 0.5]);
    npy::write(directory.path(), "X.npy", &[2, 1], &[0.0, 1.0]);
    npy::write(directory.path(), "Y.npy", &[2, 1], &[3.0, 4.0]);
    directory
}

/// Runs `ot --method METHOD --json` in the folder with further arguments.
fn ot(directory: &Path, method: &str, arguments: &[&str]) -> Output {
    program::transferability()
        .current_dir(directory)
        .args(["ot", "--method", method, "--json"])
        .args(arguments)
        .output()
        .expect("the example starts")
}
