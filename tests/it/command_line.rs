//! `transferability score`: right values for good input, one clear line for bad input.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{npy, program};

/// Rounding of a sum of a few terms of order 1, and of two factorisations of 2 x 2 matrices.
const ATOL: f64 = 1e-12;

/// Features, probabilities and labels whose scores are known by hand.
const FEATURES: [f64; 8] = [0.0, 1.0, 2.0, 0.0, 2.0, 1.0, 4.0, 3.0];
const PROBABILITIES: [f64; 8] = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6];
const LABELS: [i64; 4] = [0, 0, 1, 1];

fn good_files() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary folder");
    npy::write(directory.path(), "F.npy", &[4, 2], &FEATURES);
    npy::write(directory.path(), "P.npy", &[4, 2], &PROBABILITIES);
    npy::write(directory.path(), "y.npy", &[4], &LABELS);
    directory
}

/// Runs `score --metric METRIC --json` in the folder with further arguments.
fn score(directory: &Path, metric: &str, arguments: &[&str]) -> std::process::Output {
    program::transferability()
        .current_dir(directory)
        .args(["score", "--metric", metric, "--json"])
        .args(arguments)
        .output()
        .expect("the example starts")
}

fn json(output: &std::process::Output) -> Value {
    serde_json::from_str(&program::stdout(output)).expect("one JSON object on standard output")
}

fn assert_score(result: &Value, expected: f64) {
    let actual = result["score"].as_f64().expect("a number `score`");
    assert!(
        (actual - expected).abs() <= ATOL,
        "score is {actual}: expected {expected}"
    );
}

#[test]
fn leep_by_hand() {
    let directory = good_files();
    let result = json(&score(
        directory.path(),
        "leep",
        &["--probs", "P.npy", "--labels", "y.npy", "--seed", "7"],
    ));
    assert_score(&result, -0.462_559_322_998_860_27);
    assert_eq!(result["metric"], "leep");
    assert_eq!(result["n_samples"], 4);
    assert_eq!(result["n_classes"], 2);
    assert_eq!(result["seed"], 7);
    let inputs = result["provenance"]["inputs"]
        .as_array()
        .expect("hashes of the inputs");
    assert_eq!(inputs.len(), 2, "{inputs:?}");
}

#[test]
fn h_score_by_hand() {
    let directory = good_files();
    let result = json(&score(
        directory.path(),
        "hscore",
        &["--features", "F.npy", "--labels", "y.npy"],
    ));
    assert_score(&result, 0.590_909_090_909_090_9);
}

#[test]
fn every_stored_kind_that_is_documented_is_read() {
    let directory = good_files();
    npy::write(
        directory.path(),
        "F32.npy",
        &[4, 2],
        &FEATURES.map(|value| value as f32),
    );
    npy::write(
        directory.path(),
        "y32.npy",
        &[4],
        &LABELS.map(|label| label as i32),
    );
    let result = json(&score(
        directory.path(),
        "hscore",
        &["--features", "F32.npy", "--labels", "y32.npy"],
    ));
    assert_score(&result, 0.590_909_090_909_090_9);
}

#[test]
fn labels_with_gaps_score_the_same() {
    let directory = good_files();
    npy::write(
        directory.path(),
        "gaps.npy",
        &[4],
        &LABELS.map(|label| 3 + 200 * label),
    );
    for (metric, input) in [
        ("leep", ["--probs", "P.npy"]),
        ("hscore", ["--features", "F.npy"]),
    ] {
        let scores = ["y.npy", "gaps.npy"].map(|labels| {
            let result = json(&score(
                directory.path(),
                metric,
                &[input[0], input[1], "--labels", labels],
            ));
            assert_eq!(result["n_classes"], 2);
            result["score"].clone()
        });
        assert_eq!(scores[0], scores[1], "{metric}");
    }
}

#[test]
fn weights_count_as_repeated_rows() {
    let directory = good_files();
    npy::write(directory.path(), "w.npy", &[4], &[1.0, 2.0, 1.0, 3.0]);
    let weighted = json(&score(
        directory.path(),
        "leep",
        &["--probs", "P.npy", "--labels", "y.npy", "--weights", "w.npy"],
    ));

    let rows = [0, 1, 1, 2, 3, 3, 3];
    let probabilities: Vec<f64> = rows
        .iter()
        .flat_map(|&row| [2 * row, 2 * row + 1])
        .map(|i| PROBABILITIES[i])
        .collect();
    npy::write(directory.path(), "P7.npy", &[7, 2], &probabilities);
    npy::write(directory.path(), "y7.npy", &[7], &rows.map(|row| LABELS[row]));
    let repeated = json(&score(
        directory.path(),
        "leep",
        &["--probs", "P7.npy", "--labels", "y7.npy"],
    ));
    assert_score(&weighted, repeated["score"].as_f64().expect("a number `score`"));
}

#[test]
fn all_metrics_at_once_agree_with_one_by_one_and_name_what_they_skip() {
    let directory = good_files();
    let all = json(&score(
        directory.path(),
        "all",
        &["--features", "F.npy", "--labels", "y.npy"],
    ));
    let scores = all["scores"].as_array().expect("a list of scores");
    let hscore = scores
        .iter()
        .find(|score| score["metric"] == "hscore")
        .expect("the H-score is computed");
    assert_score(hscore, 0.590_909_090_909_090_9);
    let skipped: Vec<&str> = all["skipped"]
        .as_array()
        .expect("a list of what is skipped")
        .iter()
        .map(|skipped| skipped["metric"].as_str().expect("a name"))
        .collect();
    assert!(
        skipped.contains(&"leep") && skipped.contains(&"nce"),
        "{skipped:?}"
    );
}

#[test]
fn without_json_a_line_for_a_reader() {
    let directory = good_files();
    let output = program::transferability()
        .current_dir(directory.path())
        .args([
            "score",
            "--metric",
            "hscore",
            "--features",
            "F.npy",
            "--labels",
            "y.npy",
        ])
        .output()
        .expect("the example starts");
    let text = program::stdout(&output);
    assert!(text.starts_with("hscore = 0.5909090909"), "{text}");
}

/// Arguments after `score --metric … --json`, and what the one line on standard error must hold.
struct BadInput {
    name: &'static str,
    metric: &'static str,
    arguments: &'static [&'static str],
    says: &'static [&'static str],
}

const LOGME: &[&str] = &["--features", "bad.npy", "--labels", "y.npy"];
const LEEP: &[&str] = &["--probs", "bad.npy", "--labels", "y.npy"];
const BAD_LABELS: &[&str] = &["--features", "F.npy", "--labels", "bad.npy"];

/// A file `bad.npy` in the folder beside the good ones, and how the program must complain of it.
fn bad_files() -> Vec<(BadInput, Vec<u8>)> {
    let case = |name, metric, arguments, says| BadInput {
        name,
        metric,
        arguments,
        says,
    };
    let with = |index: usize, value: f64| {
        let mut features = FEATURES;
        features[index] = value;
        npy::bytes(&[4, 2], &features)
    };
    let whole = npy::bytes(&[4, 2], &FEATURES);
    vec![
        (
            case(
                "a NaN among the features",
                "logme",
                LOGME,
                &["bad.npy[2, 1] is NaN", "expected a finite number"],
            ),
            with(5, f64::NAN),
        ),
        (
            case(
                "an infinity",
                "hscore",
                LOGME,
                &["bad.npy[0, 0] is inf", "expected a finite number"],
            ),
            with(0, f64::INFINITY),
        ),
        (
            case(
                "a row that sums to 1.5",
                "leep",
                LEEP,
                &["bad.npy[1]", "probability distribution", "1.5"],
            ),
            npy::bytes(&[4, 2], &[0.9, 0.1, 0.8, 0.7, 0.3, 0.7, 0.4, 0.6]),
        ),
        (
            case(
                "a negative probability",
                "nce",
                LEEP,
                &["bad.npy[3]", "probability distribution", "-0.4"],
            ),
            npy::bytes(&[4, 2], &[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, -0.4, 1.4]),
        ),
        (
            case("a NaN among the probabilities", "leep", LEEP, &["bad.npy", "NaN"]),
            npy::bytes(&[4, 2], &[0.9, 0.1, f64::NAN, 0.2, 0.3, 0.7, 0.4, 0.6]),
        ),
        (
            case(
                "fewer features than labels",
                "gbc",
                LOGME,
                &["bad.npy has 3 entries", "y.npy has 4"],
            ),
            npy::bytes(&[3, 2], &FEATURES[..6]),
        ),
        (
            case(
                "more labels than features",
                "sfda",
                BAD_LABELS,
                &["F.npy has 4 entries", "bad.npy has 5"],
            ),
            npy::bytes(&[5], &[0_i64, 0, 1, 1, 1]),
        ),
        (
            case(
                "a negative label",
                "lfc",
                BAD_LABELS,
                &["bad.npy[2] is -1", "0 or more"],
            ),
            npy::bytes(&[4], &[0_i64, 1, -1, 1]),
        ),
        (
            case(
                "one class",
                "transrate",
                BAD_LABELS,
                &["bad.npy", "at least 2 classes"],
            ),
            npy::bytes(&[4], &[3_i64; 4]),
        ),
        (
            case(
                "one sample",
                "parc",
                BAD_LABELS,
                &["bad.npy has 1 entries", "at least 2"],
            ),
            npy::bytes(&[1], &[0_i64]),
        ),
        (
            case(
                "no sample",
                "hscore-reg",
                BAD_LABELS,
                &["bad.npy has 0 entries", "at least 2"],
            ),
            npy::bytes::<i64>(&[0], &[]),
        ),
        (
            case(
                "labels as a matrix",
                "nleep",
                BAD_LABELS,
                &["bad.npy has shape [2, 2]", "expected"],
            ),
            npy::bytes(&[2, 2], &LABELS),
        ),
        (
            case(
                "features as a vector",
                "logme",
                LOGME,
                &["bad.npy has shape [4]", "expected"],
            ),
            npy::bytes(&[4], &FEATURES[..4]),
        ),
        (
            case(
                "features as integers",
                "logme",
                LOGME,
                &["bad.npy", "int64", "expected", "float"],
            ),
            npy::bytes(&[4, 2], &[0_i64, 1, 2, 0, 2, 1, 4, 3]),
        ),
        (
            case(
                "labels as floats",
                "logme",
                BAD_LABELS,
                &["bad.npy", "float64", "expected", "int"],
            ),
            npy::bytes(&[4], &LABELS.map(|label| label as f64)),
        ),
        (
            case(
                "an npy cut short in its data",
                "logme",
                LOGME,
                &["bad.npy", "64", "55"],
            ),
            whole[..whole.len() - 9].to_vec(),
        ),
        (
            case(
                "an npy cut short in its header",
                "logme",
                LOGME,
                &["bad.npy", "header"],
            ),
            whole[..40].to_vec(),
        ),
        (
            case("no npy at all", "logme", LOGME, &["bad.npy", "npy"]),
            b"0.5,1.5\n2.5,3.5\n".to_vec(),
        ),
        (
            case("an empty file", "logme", LOGME, &["bad.npy", "npy"]),
            Vec::new(),
        ),
        (
            case(
                "a negative weight",
                "leep",
                &["--probs", "P.npy", "--labels", "y.npy", "--weights", "bad.npy"],
                &["bad.npy[1] is -2", "0 or more"],
            ),
            npy::bytes(&[4], &[1.0, -2.0, 1.0, 1.0]),
        ),
        (
            case(
                "fewer weights than labels",
                "leep",
                &["--probs", "P.npy", "--labels", "y.npy", "--weights", "bad.npy"],
                &["bad.npy has 2 entries", "y.npy has 4"],
            ),
            npy::bytes(&[2], &[1.0, 1.0]),
        ),
    ]
}

/// Command lines that are wrong whatever the files hold.
const BAD_ARGUMENTS: [BadInput; 6] = [
    BadInput {
        name: "a file that is not there",
        metric: "logme",
        arguments: &["--features", "nowhere.npy", "--labels", "y.npy"],
        says: &["nowhere.npy", "No such file"],
    },
    BadInput {
        name: "LEEP without probabilities",
        metric: "leep",
        arguments: &["--features", "F.npy", "--labels", "y.npy"],
        says: &["leep", "--probs"],
    },
    BadInput {
        name: "LogME without features",
        metric: "logme",
        arguments: &["--probs", "P.npy", "--labels", "y.npy"],
        says: &["logme", "--features"],
    },
    BadInput {
        name: "a metric that does not exist",
        metric: "leap",
        arguments: &["--features", "F.npy", "--labels", "y.npy"],
        says: &["leap", "expected one of", "leep", "logme"],
    },
    BadInput {
        name: "no labels",
        metric: "logme",
        arguments: &["--features", "F.npy"],
        says: &["--labels"],
    },
    BadInput {
        name: "no threads",
        metric: "logme",
        arguments: &["--features", "F.npy", "--labels", "y.npy", "--threads", "0"],
        says: &["--threads", "0"],
    },
];

#[test]
fn every_bad_input_ends_with_code_2_and_one_clear_line() {
    let directory = good_files();
    let mut complaints = Vec::new();
    let mut check = |case: &BadInput| {
        let output = score(directory.path(), case.metric, case.arguments);
        let line = program::stderr(&output);
        let mut complain = |what: String| complaints.push(format!("{}: {what}", case.name));
        if output.status.code() != Some(2) {
            complain(format!("exit code {:?}", output.status.code()));
        }
        if !output.stdout.is_empty() {
            complain(format!(
                "on standard output: {}",
                String::from_utf8_lossy(&output.stdout)
            ));
        }
        if line.lines().count() != 1 {
            complain(format!("{} lines on standard error", line.lines().count()));
        }
        for part in case.says {
            if !line.contains(part) {
                complain(format!("`{part}` is not in `{}`", line.trim_end()));
            }
        }
    };
    for (case, bytes) in bad_files() {
        fs::write(directory.path().join("bad.npy"), bytes).expect("the test's own folder is writable");
        check(&case);
    }
    for case in &BAD_ARGUMENTS {
        check(case);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_thread_count_that_is_not_one_is_refused() {
    let output = program::transferability()
        .env("PLUMBLINE_THREADS", "two")
        .args(["score", "--metric", "leep", "--labels", "y.npy"])
        .output()
        .expect("the example starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(program::stderr(&output).contains("PLUMBLINE_THREADS is `two`: expected a number"));
}
