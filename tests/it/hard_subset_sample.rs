//! Files for `hard_subset score` whose hardnesses and scores are known by hand.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::{npy, program};

/// (4, 2): `T.npy`; cosines with the source rows (1, 0) and (0, 1) are 1, 0; r, r; -1, 0; 0.6, 0.8, with r = 1 / sqrt 2.
pub(crate) const TARGET: [f64; 8] = [1.0, 0.0, 1.0, 1.0, -1.0, 0.0, 3.0, 4.0];
/// (4, 2): `P.npy`; source classes 0, 0, 1, 1 are the more probable.
const PROBABILITIES: [f64; 8] = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6];
/// (4): `y.npy`.
const LABELS: [i64; 4] = [0, 0, 1, 1];
/// (4): `H.npy`.
const HARDNESS: [f64; 4] = [0.1, 0.9, 0.2, 0.8];

/// A new folder with `S.npy`, `z.npy`, `T.npy`, `P.npy`, `F.npy`, `y.npy` and `H.npy`.
pub(crate) fn good_files() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let folder = directory.path();
    npy::write(folder, "S.npy", &[2, 2], &[1.0, 0.0, 0.0, 1.0]);
    npy::write(folder, "z.npy", &[2], &[0_i64, 1]);
    npy::write(folder, "T.npy", &[4, 2], &TARGET);
    npy::write(folder, "P.npy", &[4, 2], &PROBABILITIES);
    npy::write(
        folder,
        "F.npy",
        &[4, 2],
        &[0.0, 1.0, 2.0, 0.0, 2.0, 1.0, 4.0, 3.0],
    );
    npy::write(folder, "y.npy", &[4], &LABELS);
    npy::write(folder, "H.npy", &[4], &HARDNESS);
    directory
}

/// Runs `score --labels y.npy --json` in the folder with the arguments, which white space separates.
pub(crate) fn score(directory: &Path, arguments: &str) -> Output {
    program::example("hard_subset")
        .current_dir(directory)
        .args(["score", "--labels", "y.npy", "--json"])
        .args(arguments.split_whitespace())
        .output()
        .expect("the example starts")
}
