//! Same bytes, whatever the number of threads.

use std::fs;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::ot;
use crate::{npy, program};

const N_SOURCES: usize = 150;
const N_TARGETS: usize = 130;
const N_FEATURES: usize = 6;

/// Every method with its options, and whether it has a plan.
const METHODS: [(&str, &[&str], bool); 9] = [
    ("exact", &[], true),
    (
        "sinkhorn",
        &["--epsilon", "0.1", "--epsilon-relative-to", "mean"],
        true,
    ),
    (
        "sinkhorn-stabilized",
        &["--epsilon", "0.01", "--epsilon-relative-to", "max"],
        true,
    ),
    (
        "sinkhorn-log",
        &["--epsilon", "0.02", "--epsilon-relative-to", "median"],
        true,
    ),
    ("sinkhorn-online", &["--epsilon", "0.3"], false),
    ("unbalanced", &["--epsilon", "0.3", "--reach", "2"], true),
    (
        "frobenius",
        &["--gamma", "2", "--gamma-relative-to", "mean"],
        true,
    ),
    ("sliced", &["--projections", "40"], false),
    ("bures", &[], false),
];

#[test]
fn every_method_prints_the_same_bytes_with_one_and_two_threads() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    for (name, n_points) in [("X.npy", N_SOURCES), ("Y.npy", N_TARGETS)] {
        let points: Vec<f64> = (0..n_points * N_FEATURES).map(|_| rng.random()).collect();
        npy::write(directory.path(), name, &[n_points, N_FEATURES], &points);
    }
    for (method, options, has_plan) in METHODS {
        let run = |threads: &str| {
            let mut arguments = vec![
                "--source",
                "X.npy",
                "--target",
                "Y.npy",
                "--seed",
                "5",
                "--threads",
                threads,
            ];
            arguments.extend(options);
            if has_plan {
                arguments.extend(["--plan", "P.npy"]);
            }
            let printed = program::stdout(&ot(directory.path(), method, &arguments));
            let plan =
                has_plan.then(|| fs::read(directory.path().join("P.npy")).expect("the plan is written"));
            (printed, plan)
        };
        let (one, again, two) = (run("1"), run("1"), run("2"));
        assert!(one.0.contains(&format!("\"method\": \"{method}\"")), "{}", one.0);
        assert!(one == again, "{method}: two runs differ");
        assert!(one == two, "{method}: one and two threads differ");
    }
}
