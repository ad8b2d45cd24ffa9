//! Four points whose scores are known by hand, as files.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::{npy, program};

/// (4, 2): `F.npy`.
pub(crate) const FEATURES: [f64; 8] = [0.0, 1.0, 2.0, 0.0, 2.0, 1.0, 4.0, 3.0];
/// (4, 2): `P.npy`.
pub(crate) const PROBABILITIES: [f64; 8] = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6];
/// (4): `y.npy`.
pub(crate) const LABELS: [i64; 4] = [0, 0, 1, 1];

/// A new folder with the three files.
pub(crate) fn good_files() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary folder");
    npy::write(directory.path(), "F.npy", &[4, 2], &FEATURES);
    npy::write(directory.path(), "P.npy", &[4, 2], &PROBABILITIES);
    npy::write(directory.path(), "y.npy", &[4], &LABELS);
    directory
}

/// Runs `score --metric METRIC --json` in the folder with further arguments.
pub(crate) fn score(directory: &Path, metric: &str, arguments: &[&str]) -> Output {
    program::transferability()
        .current_dir(directory)
        .args(["score", "--metric", metric, "--json"])
        .args(arguments)
        .output()
        .expect("the example starts")
}
