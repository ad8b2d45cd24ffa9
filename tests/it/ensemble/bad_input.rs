//! `ensemble` on bad input: exit code 2, nothing on standard output, one clear line on standard error.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ensemble, good_files, model, one_hot, write_pool};
use crate::{npy, program};

/// The pool with one field of the first model changed; `null` takes it away.
fn pool_with(field: &str, value: Value) -> Value {
    let mut first = model("right");
    let fields = first.as_object_mut().expect("an object");
    fields.remove(field);
    if !value.is_null() {
        fields.insert(field.to_owned(), value);
    }
    json!({"target_labels": "y.npy", "models": [first, model("same"), model("wrong")]})
}

/// Runs `ensemble --size 1` on every pool and names all that went otherwise.
fn refuses(directory: &TempDir, cases: &[(&str, Value, &[&str])]) {
    let mut complaints = Vec::new();
    for (name, pool, says) in cases {
        write_pool(directory.path(), pool);
        let output = ensemble(directory.path(), &["--size", "1"]);
        complaints.extend(program::complaints(name, &output, says));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn bad_descriptions() {
    refuses(
        &good_files(),
        &[
            (
                "empty",
                json!({"target_labels": "y.npy", "models": []}),
                &["the pool is empty"],
            ),
            (
                "no models",
                json!({"target_labels": "y.npy"}),
                &["pool.json", "missing field `models`"],
            ),
            (
                "no labels",
                json!({"models": []}),
                &["pool.json", "missing field `target_labels`"],
            ),
            (
                "an unknown field",
                pool_with("labels", json!("y.npy")),
                &["pool.json", "unknown field `labels`", "expected"],
            ),
            (
                "no name",
                pool_with("name", Value::Null),
                &["pool.json", "missing field `name`"],
            ),
            (
                "one name twice",
                pool_with("name", json!("same")),
                &["the name `same` stands twice"],
            ),
            (
                "no source features",
                pool_with("source_features", Value::Null),
                &["`right` has no source_features"],
            ),
            (
                "no source labels",
                pool_with("source_labels", Value::Null),
                &["`right` has no source_labels"],
            ),
            (
                "no probabilities",
                pool_with("target_probabilities", Value::Null),
                &["`right` has no target_probabilities"],
            ),
            (
                "a file that is not there",
                pool_with("target_probabilities", json!("nowhere.npy")),
                &["nowhere.npy", "No such file"],
            ),
        ],
    );
}

#[test]
fn bad_files() {
    let directory = good_files();
    let folder = directory.path();
    npy::write(folder, "three.npy", &[3, 1], &[0.0, 0.0, 1.0]);
    npy::write(folder, "nan.npy", &[4, 1], &[0.0, f64::NAN, 1.0, 1.0]);
    npy::write(folder, "wide.npy", &[4, 2], &[0.5; 8]);
    npy::write(folder, "off.npy", &[4, 2], &[0.75; 8]);
    npy::write(folder, "more.npy", &[5, 2], &[0.5; 10]);
    let target_features = |file| pool_with("target_features", json!(file));
    let target_probabilities = |file| pool_with("target_probabilities", json!(file));
    refuses(
        &directory,
        &[
            ("a NaN", target_features("nan.npy"), &["nan.npy[1, 0] is NaN"]),
            (
                "two extractors",
                target_features("wide.npy"),
                &["1", "2", "one extractor"],
            ),
            (
                "too few samples",
                target_features("three.npy"),
                &["three.npy has 3", "y.npy has 4"],
            ),
            (
                "off the simplex",
                target_probabilities("off.npy"),
                &["off.npy[0]", "sum to 1.5"],
            ),
            (
                "too many rows",
                target_probabilities("more.npy"),
                &["more.npy has 5", "y.npy has 4"],
            ),
        ],
    );
}

#[test]
fn no_pool() {
    let directory = good_files();
    let pool = directory.path().join("pool.json");
    fs::write(&pool, "{\"models\": [").expect("the test's own folder is writable");
    let cut_short = ensemble(directory.path(), &["--size", "1"]);
    fs::remove_file(pool).expect("the test wrote it");
    let nowhere = ensemble(directory.path(), &["--size", "1"]);
    let mut complaints = program::complaints("cut short", &cut_short, &["pool.json", "line 1"]);
    complaints.extend(program::complaints(
        "nowhere",
        &nowhere,
        &["pool.json", "No such file"],
    ));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn bad_arguments() {
    let directory = good_files();
    let cases: [(&str, &[&str], &[&str]); 5] = [
        ("too large", &["--size", "4"], &["4", "3"]),
        ("of nobody", &["--size", "0"], &["0", "3"]),
        (
            "an unknown score",
            &["--size", "1", "--score", "osborne"],
            &["`osborne`", "osborn", "ms-leep"],
        ),
        (
            "an unknown strategy",
            &["--size", "1", "--strategy", "beam"],
            &["'beam'", "greedy", "exhaustive"],
        ),
        ("no size", &[], &["--size"]),
    ];
    let mut complaints = Vec::new();
    for (name, arguments, says) in cases {
        complaints.extend(program::complaints(
            name,
            &ensemble(directory.path(), arguments),
            says,
        ));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Weights that predict one class: warned of, not refused.
#[test]
fn a_pool_of_one_constant_predictor_still_has_an_ensemble() {
    let directory = good_files();
    npy::write(directory.path(), "right-P.npy", &[4, 2], &one_hot([0; 4]));
    let pool = json!({"target_labels": "y.npy", "models": [model("right")]});
    write_pool(directory.path(), &pool);
    let result = program::json(&ensemble(directory.path(), &["--size", "1"]));
    assert_eq!(result["ensemble"], json!(["right"]));
    assert_eq!(result["warnings"][0]["model"], "right");
}
