//! `transferability score` on bad input: exit code 2, nothing on standard output, one clear line on standard error.

use std::fs;

use crate::sample::{FEATURES, LABELS, good_files, score};
use crate::{npy, program};

/// A run that must be refused.
struct BadInput {
    name: &'static str,
    metric: &'static str,
    /// What follows `score --metric METRIC --json`.
    arguments: &'static [&'static str],
    /// Content of the file `bad.npy` beside the good ones.
    bad: Vec<u8>,
    /// What the line must hold: file, index, expectation.
    says: &'static [&'static str],
}

const AS_FEATURES: &[&str] = &["--features", "bad.npy", "--labels", "y.npy"];
const AS_PROBABILITIES: &[&str] = &["--probs", "bad.npy", "--labels", "y.npy"];
const AS_LABELS: &[&str] = &["--features", "F.npy", "--labels", "bad.npy"];
const AS_WEIGHTS: &[&str] = &["--probs", "P.npy", "--labels", "y.npy", "--weights", "bad.npy"];

#[test]
fn bad_features() {
    let case = |name, says, bad| BadInput {
        name,
        metric: "logme",
        arguments: AS_FEATURES,
        bad,
        says,
    };
    let with = |index: usize, value: f64| {
        let mut features = FEATURES;
        features[index] = value;
        npy::bytes(&[4, 2], &features)
    };
    refuses(&[
        case(
            "a NaN",
            &["bad.npy[2, 1] is NaN", "expected a finite number"],
            with(5, f64::NAN),
        ),
        case(
            "an infinity",
            &["bad.npy[0, 0] is -inf", "expected a finite number"],
            with(0, f64::NEG_INFINITY),
        ),
        case(
            "too few rows",
            &["bad.npy has 3", "y.npy has 4", "agree"],
            npy::bytes(&[3, 2], &FEATURES[..6]),
        ),
        case(
            "a vector",
            &["bad.npy has shape [4]", "expected"],
            npy::bytes(&[4], &FEATURES[..4]),
        ),
        case(
            "no column",
            &["bad.npy has shape [4, 0]", "expected"],
            npy::bytes::<f64>(&[4, 0], &[]),
        ),
        case(
            "integers",
            &["bad.npy", "int64", "expected float32 or float64"],
            npy::bytes(&[4, 2], &[1_i64; 8]),
        ),
    ]);
}

#[test]
fn bad_probabilities() {
    let case = |name, metric, says, rows: [f64; 8]| BadInput {
        name,
        metric,
        arguments: AS_PROBABILITIES,
        bad: npy::bytes(&[4, 2], &rows),
        says,
    };
    refuses(&[
        case(
            "a row off the simplex",
            "leep",
            &[
                "bad.npy[1] is not a probability distribution",
                "sum to 1.5",
                "expected 1",
            ],
            [0.9, 0.1, 0.8, 0.7, 0.3, 0.7, 0.4, 0.6],
        ),
        case(
            "a negative entry",
            "nce",
            &["bad.npy[3] is not a probability distribution", "-0.4"],
            [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, -0.4, 1.4],
        ),
        case(
            "a NaN",
            "leep",
            &["bad.npy[1", "NaN"],
            [0.9, 0.1, f64::NAN, 0.2, 0.3, 0.7, 0.4, 0.6],
        ),
    ]);
}

#[test]
fn bad_labels() {
    let case = |name, metric, says, bad| BadInput {
        name,
        metric,
        arguments: AS_LABELS,
        bad,
        says,
    };
    refuses(&[
        case(
            "too many",
            "sfda",
            &["F.npy has 4", "bad.npy has 5", "agree"],
            npy::bytes(&[5], &[0_i64, 0, 1, 1, 1]),
        ),
        case(
            "a negative one",
            "lfc",
            &["bad.npy[2] is -1", "0 or more"],
            npy::bytes(&[4], &[0_i64, 1, -1, 1]),
        ),
        case(
            "one class",
            "transrate",
            &["bad.npy", "expected at least 2 classes"],
            npy::bytes(&[4], &[3_i64; 4]),
        ),
        case(
            "one sample",
            "parc",
            &["bad.npy has 1", "expected at least 2"],
            npy::bytes(&[1], &[0_i64]),
        ),
        case(
            "no sample",
            "hscore-reg",
            &["bad.npy has 0", "expected at least 2"],
            npy::bytes::<i64>(&[0], &[]),
        ),
        case(
            "a matrix",
            "gbc",
            &["bad.npy has shape [2, 2]", "expected"],
            npy::bytes(&[2, 2], &LABELS),
        ),
        case(
            "floats",
            "nleep",
            &["bad.npy", "float64", "expected int64 or int32"],
            npy::bytes(&[4], &LABELS.map(|label| label as f64)),
        ),
    ]);
}

#[test]
fn bad_weights() {
    let case = |name, says, bad| BadInput {
        name,
        metric: "leep",
        arguments: AS_WEIGHTS,
        bad,
        says,
    };
    refuses(&[
        case(
            "a negative one",
            &["bad.npy[1] is -2", "0 or more"],
            npy::bytes(&[4], &[1.0, -2.0, 1.0, 1.0]),
        ),
        case(
            "a NaN",
            &["bad.npy[3] is NaN", "expected"],
            npy::bytes(&[4], &[1.0, 1.0, 1.0, f64::NAN]),
        ),
        case(
            "too few",
            &["bad.npy has 2", "y.npy has 4", "agree"],
            npy::bytes(&[2], &[1.0, 1.0]),
        ),
        case(
            "one class left",
            &["y.npy", "expected at least 2 classes"],
            npy::bytes(&[4], &[1.0, 2.0, 0.0, 0.0]),
        ),
        case(
            "integers",
            &["bad.npy", "int32", "expected float32 or float64"],
            npy::bytes(&[4], &[1_i32; 4]),
        ),
    ]);
}

#[test]
fn bad_files() {
    let case = |name, says, bad| BadInput {
        name,
        metric: "hscore",
        arguments: AS_FEATURES,
        bad,
        says,
    };
    let whole = npy::bytes(&[4, 2], &FEATURES);
    refuses(&[
        case(
            "cut short in the data",
            &["bad.npy", "expected 64 bytes", "found 55"],
            whole[..whole.len() - 9].to_vec(),
        ),
        case(
            "cut short in the header",
            &["bad.npy", "header", "expected", "found"],
            whole[..40].to_vec(),
        ),
        case(
            "not an npy file",
            &["bad.npy", "npy"],
            b"0.5,1.5\n2.5,3.5\n".to_vec(),
        ),
        case("empty", &["bad.npy", "npy", "found 0"], Vec::new()),
    ]);
}

#[test]
fn bad_arguments() {
    let case = |name, metric, arguments, says| BadInput {
        name,
        metric,
        arguments,
        bad: Vec::new(),
        says,
    };
    refuses(&[
        case(
            "a file that is not there",
            "logme",
            &["--features", "nowhere.npy", "--labels", "y.npy"],
            &["nowhere.npy", "No such file"],
        ),
        case(
            "LEEP without probabilities",
            "leep",
            &["--features", "F.npy", "--labels", "y.npy"],
            &["leep", "--probs"],
        ),
        case(
            "LogME without features",
            "logme",
            &["--probs", "P.npy", "--labels", "y.npy"],
            &["logme", "--features"],
        ),
        case(
            "an unknown metric",
            "leap",
            &["--features", "F.npy", "--labels", "y.npy"],
            &["`leap`", "expected one of", "leep", "logme"],
        ),
        case("no labels", "logme", &["--features", "F.npy"], &["--labels"]),
        case(
            "no thread",
            "logme",
            &["--features", "F.npy", "--labels", "y.npy", "--threads", "0"],
            &["--threads", "'0'"],
        ),
        case(
            "an unknown argument",
            "leep",
            &["--labels", "y.npy", "--fast"],
            &["--fast"],
        ),
    ]);
}

#[test]
fn a_variable_that_is_no_number_of_threads() {
    let output = program::transferability()
        .env("PLUMBLINE_THREADS", "two")
        .args(["score", "--metric", "leep", "--labels", "y.npy"])
        .output()
        .expect("the example starts");
    assert_eq!(output.status.code(), Some(2));
    let line = program::stderr(&output);
    assert!(
        line.contains("PLUMBLINE_THREADS is `two`: expected a number of 1 or more"),
        "{line}"
    );
}

/// Runs every case and names all that went otherwise.
fn refuses(cases: &[BadInput]) {
    let directory = good_files();
    let mut complaints = Vec::new();
    for case in cases {
        fs::write(directory.path().join("bad.npy"), &case.bad).expect("the test's own folder is writable");
        let output = score(directory.path(), case.metric, case.arguments);
        complaints.extend(program::complaints(case.name, &output, case.says));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
