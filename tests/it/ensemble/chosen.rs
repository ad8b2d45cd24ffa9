//! Ensembles that are known to be the best.

use std::f64::consts::LN_2;

use serde_json::Value;

use super::{ensemble, good_files, model, one_hot, write_pool};
use crate::npy;
use crate::program::{self, json};

/// Rounding of sums of a few terms of order 1.
const ATOL: f64 = 1e-12;

const STRATEGIES: [&str; 4] = ["greedy", "lazy", "exhaustive", "swap"];

#[track_caller]
fn assert_near(actual: &Value, expected: f64) {
    let value = actual.as_f64().expect("a number");
    assert!((value - expected).abs() <= ATOL, "{value}: expected {expected}");
}

/// The names of the chosen models, sorted.
fn names(result: &Value) -> Vec<&str> {
    let ensemble = result["ensemble"].as_array().expect("a list `ensemble`");
    let mut names: Vec<&str> = ensemble
        .iter()
        .map(|name| name.as_str().expect("a name"))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn every_score_prefers_the_two_models_that_are_right() {
    let directory = good_files();
    for score in [
        "osborn",
        "osborn-otce",
        "osborn-nce",
        "otce",
        "nce",
        "otce-sum",
        "ms-leep",
        "e-leep",
        "iou-eep",
        "soft-iou-eep",
        "ms-leep+cohesion",
        "e-leep+cohesion",
    ] {
        let result = json(&ensemble(directory.path(), &["--size", "2", "--score", score]));
        assert_eq!(names(&result), ["right", "same"], "{score}: {result}");
        assert_eq!(
            result["gains"].as_array().map(Vec::len),
            Some(2),
            "{score}: {result}"
        );
        assert!(
            result["warnings"].as_array().is_some_and(Vec::is_empty),
            "{score}: {result}"
        );
    }
}

#[test]
fn every_strategy_finds_the_same() {
    let directory = good_files();
    for strategy in STRATEGIES {
        let arguments = ["--size", "2", "--strategy", strategy];
        let result = json(&ensemble(directory.path(), &arguments));
        assert_eq!(names(&result), ["right", "same"], "{strategy}: {result}");
        assert_eq!(result["strategy"], strategy);
        let gains = result["gains"].as_array().expect("a list `gains`");
        let sum: f64 = gains.iter().map(|gain| gain.as_f64().expect("a gain")).sum();
        assert_near(&result["score"], sum);
    }
}

/// `right` and `same` have LEEP 0, `wrong` has `-ln 2`: its class says nothing of two equally frequent labels.
#[test]
fn sums_of_leep_by_hand() {
    let directory = good_files();
    let result = json(&ensemble(
        directory.path(),
        &["--size", "3", "--score", "ms-leep"],
    ));
    assert_near(&result["score"], -LN_2);
    assert_near(&result["gains"][2], -LN_2);
    assert_near(&result["terms"]["total"], -LN_2);
    assert_eq!(result["ensemble"][2], "wrong");
    assert_eq!(result["n_models"], 3);
    assert_eq!(result["n_samples"], 4);
    assert_eq!(result["n_classes"], 2);
    // The pool, the labels and three files of probabilities: no features were read.
    assert_eq!(
        result["provenance"]["inputs"].as_array().map(Vec::len),
        Some(5),
        "{result}"
    );
}

/// `W_D` is 1, 4 and 9; their deviation is `sqrt(98) / 3`. All plans pair equal labels, and `right` and `same` agree.
#[test]
fn the_terms_of_osborn_by_hand() {
    let directory = good_files();
    let result = json(&ensemble(directory.path(), &["--size", "2", "--score", "osborn"]));
    assert_near(&result["terms"]["domain"], 5.0 / (98.0_f64.sqrt() / 3.0));
    assert_near(&result["terms"]["task"], 0.0);
    assert_near(&result["terms"]["cohesion"], 0.0);
    let total = result["terms"]["total"].as_f64().expect("a total");
    assert_near(&result["score"], -total);
}

#[test]
fn a_constant_predictor_is_warned_of() {
    let directory = good_files();
    npy::write(directory.path(), "wrong-P.npy", &[4, 2], &one_hot([1; 4]));
    let output = ensemble(directory.path(), &["--size", "1", "--score", "nce"]);
    let result = json(&output);
    assert_eq!(
        result["warnings"],
        serde_json::json!([{"kind": "constant-predictor", "model": "wrong", "class": 1}])
    );
    let said = program::stderr(&output);
    assert!(said.contains("warning: wrong predicts source class 1"), "{said}");
}

#[test]
fn what_a_score_does_not_read_may_be_left_out() {
    let directory = good_files();
    let models: Vec<Value> = ["right", "wrong"]
        .iter()
        .map(|name| serde_json::json!({"name": name, "target_probabilities": format!("{name}-P.npy")}))
        .collect();
    let pool = serde_json::json!({"target_labels": "y.npy", "models": models});
    write_pool(directory.path(), &pool);
    let result = json(&ensemble(directory.path(), &["--size", "1", "--score", "e-leep"]));
    assert_eq!(names(&result), ["right"]);
}

#[test]
fn the_same_bytes_with_one_and_two_threads() {
    let directory = good_files();
    let models = ["wrong", "same", "right"].map(model);
    write_pool(
        directory.path(),
        &serde_json::json!({"target_labels": "y.npy", "models": models}),
    );
    for (score, strategies) in [("osborn", &STRATEGIES[..]), ("e-leep+cohesion", &STRATEGIES[..1])] {
        for strategy in strategies {
            let [one, two] = ["1", "2"].map(|threads| {
                let arguments = [
                    "--size",
                    "2",
                    "--score",
                    score,
                    "--strategy",
                    strategy,
                    "--threads",
                    threads,
                ];
                program::stdout(&ensemble(directory.path(), &arguments))
            });
            assert_eq!(one, two, "{score}, {strategy}");
        }
    }
}

#[test]
fn without_json_a_table_for_a_reader() {
    let directory = good_files();
    let output = program::transferability()
        .current_dir(directory.path())
        .args(["ensemble", "--pool", "pool.json", "--size", "1"])
        .output()
        .expect("the example starts");
    let text = program::stdout(&output);
    let right = text.lines().any(|line| line.trim_start().starts_with("right"));
    assert!(right && text.contains("domain"), "{text}");
}
