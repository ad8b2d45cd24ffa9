//! `transferability score` on good input.

use serde_json::Value;

use crate::program::json;
use crate::sample::{FEATURES, LABELS, PROBABILITIES, good_files, score};
use crate::{npy, program};

/// Rounding of a sum of a few terms of order 1, and of two factorisations of 2 x 2 matrices.
const ATOL: f64 = 1e-12;

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
