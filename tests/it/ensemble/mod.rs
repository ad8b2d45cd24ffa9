//! `transferability ensemble`.

mod bad_input;
mod chosen;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{npy, program};

/// Labels of the target sample.
const LABELS: [i64; 4] = [0, 0, 1, 1];

/// A new folder with a pool of three models on four samples of two classes.
///
/// `right` and `same` predict the labels, `wrong` tells nothing of them. Points lie on a line; those of the target have
/// moved by 1 for `right`, by 2 for `same` and by 3 for `wrong`, with the classes far apart.
fn good_files() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let folder = directory.path();
    npy::write(folder, "y.npy", &[4], &LABELS);
    let mut models = Vec::new();
    for (name, predicted, shift) in [
        ("right", [0, 0, 1, 1], 1.0),
        ("same", [0, 0, 1, 1], 2.0),
        ("wrong", [0, 1, 0, 1], 3.0),
    ] {
        let source = [0.0, 0.0, 100.0, 100.0];
        npy::write(folder, &format!("{name}-F.npy"), &[4, 1], &source);
        npy::write(folder, &format!("{name}-ys.npy"), &[4], &LABELS);
        npy::write(
            folder,
            &format!("{name}-T.npy"),
            &[4, 1],
            &source.map(|place| place + shift),
        );
        npy::write(folder, &format!("{name}-P.npy"), &[4, 2], &one_hot(predicted));
        models.push(model(name));
    }
    write_pool(folder, &json!({"target_labels": "y.npy", "models": models}));
    directory
}

fn one_hot(classes: [usize; 4]) -> Vec<f64> {
    classes
        .iter()
        .flat_map(|&class| [f64::from(class == 0), f64::from(class == 1)])
        .collect()
}

/// A model of whose files every field is given.
fn model(name: &str) -> Value {
    json!({
        "name": name,
        "source_features": format!("{name}-F.npy"),
        "source_labels": format!("{name}-ys.npy"),
        "target_features": format!("{name}-T.npy"),
        "target_probabilities": format!("{name}-P.npy"),
    })
}

fn write_pool(folder: &Path, pool: &Value) {
    fs::write(folder.join("pool.json"), pool.to_string()).expect("the test's own folder is writable");
}

/// Runs `ensemble --pool pool.json --json` from another folder with further arguments.
fn ensemble(directory: &Path, arguments: &[&str]) -> Output {
    program::transferability()
        .args(["ensemble", "--json", "--pool"])
        .arg(directory.join("pool.json"))
        .args(arguments)
        .output()
        .expect("the example starts")
}
