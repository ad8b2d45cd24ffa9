//! Same seed, same bytes, whatever the number of threads.

use std::path::Path;
use std::process::Output;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::{npy, program};

const N_SAMPLES: usize = 60;
const N_FEATURES: usize = 12;
const N_SOURCE_CLASSES: usize = 5;
const METRICS: [&str; 12] = [
    "nce",
    "leep",
    "nleep",
    "logme",
    "hscore",
    "hscore-reg",
    "gbc",
    "transrate",
    "lfc",
    "parc",
    "sfda",
    "all",
];

/// Three noisy classes.
fn write_sample(directory: &Path) {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let labels: Vec<i64> = (0..N_SAMPLES).map(|row| (row % 3) as i64).collect();
    let features: Vec<f64> = (0..N_SAMPLES * N_FEATURES)
        .map(|place| {
            let (row, column) = (place / N_FEATURES, place % N_FEATURES);
            rng.random::<f64>() + f64::from(u8::from(column as i64 % 3 == labels[row]))
        })
        .collect();
    let mut probabilities = Vec::with_capacity(N_SAMPLES * N_SOURCE_CLASSES);
    for _ in 0..N_SAMPLES {
        let row: [f64; N_SOURCE_CLASSES] = std::array::from_fn(|_| rng.random::<f64>() + 0.01);
        let sum: f64 = row.iter().sum();
        probabilities.extend(row.map(|value| value / sum));
    }
    npy::write(directory, "F.npy", &[N_SAMPLES, N_FEATURES], &features);
    npy::write(directory, "P.npy", &[N_SAMPLES, N_SOURCE_CLASSES], &probabilities);
    npy::write(directory, "y.npy", &[N_SAMPLES], &labels);
}

fn score(directory: &Path, metric: &str, threads: &str) -> Output {
    let mut arguments = vec![
        "score",
        "--metric",
        metric,
        "--json",
        "--seed",
        "5",
        "--threads",
        threads,
    ];
    arguments.extend(["--features", "F.npy", "--probs", "P.npy", "--labels", "y.npy"]);
    program::transferability()
        .current_dir(directory)
        .args(arguments)
        .output()
        .expect("the example starts")
}

#[test]
fn every_metric_prints_the_same_bytes_with_one_and_two_threads() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    write_sample(directory.path());
    for metric in METRICS {
        let [one, again, two] =
            ["1", "1", "2"].map(|threads| program::stdout(&score(directory.path(), metric, threads)));
        assert!(one.contains(&format!("\"metric\": \"{metric}\"")), "{one}");
        assert_eq!(one, again, "{metric}: two runs differ");
        assert_eq!(one, two, "{metric}: one and two threads differ");
    }
}

/// Training, fine-tuning, scores and intervals of the quick demonstration, each run with a cache of its own.
#[test]
fn the_demonstration_prints_the_same_bytes_with_one_and_two_threads() {
    let [one, two] = ["1", "2"].map(|threads| {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let report = directory.path().join("report");
        let output = program::transferability()
            .args([
                "--quick",
                "--json",
                "--seed",
                "3",
                "--threads",
                threads,
                "--report-dir",
            ])
            .arg(&report)
            .output()
            .expect("the example starts");
        program::stdout(&output)
    });
    assert!(one.contains("\"targets\""), "{one}");
    assert_eq!(one, two);
}
