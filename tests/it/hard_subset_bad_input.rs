//! `hard_subset score` on bad input: exit code 2, nothing on standard output, one clear line on standard error.

use std::fs;

use crate::hard_subset_sample::{TARGET, good_files, score};
use crate::{npy, program};

/// What is wrong, the arguments, content of `bad.npy`, and what the line must hold.
type Case = (&'static str, &'static str, Vec<u8>, &'static [&'static str]);

const HARDNESS_FILE: &str = "--metric leep --probs P.npy --hardness file --hardness-file bad.npy";
const TARGET_LAYER: &str =
    "--metric leep --probs P.npy --hardness ca-mean --source-acts S.npy --target-acts bad.npy";
const SOURCE_CLASSES: &str = "--metric leep --probs P.npy --hardness cs-proto --source-acts S.npy --target-acts T.npy \
     --source-preds bad.npy";

#[test]
fn bad_hardness() {
    refuses(&[
        (
            "a NaN",
            HARDNESS_FILE,
            npy::bytes(&[4], &[0.1, f64::NAN, 0.2, 0.3]),
            &["bad.npy[1] is NaN", "expected a finite hardness"],
        ),
        (
            "too few",
            HARDNESS_FILE,
            npy::bytes(&[3], &[0.1, 0.2, 0.3]),
            &["bad.npy has 3", "y.npy has 4", "agree"],
        ),
        (
            "a matrix",
            HARDNESS_FILE,
            npy::bytes(&[4, 1], &[0.1; 4]),
            &["bad.npy has shape [4, 1]", "expected"],
        ),
        (
            "integers",
            HARDNESS_FILE,
            npy::bytes(&[4], &[1_i64; 4]),
            &["bad.npy", "int64", "expected float32 or float64"],
        ),
        (
            "cut short",
            HARDNESS_FILE,
            npy::bytes(&[4], &[0.1; 4])[..150].to_vec(),
            &["bad.npy", "expected 32 bytes", "found 22"],
        ),
    ]);
}

#[test]
fn bad_activations() {
    refuses(&[
        (
            "other channels than the source's",
            TARGET_LAYER,
            npy::bytes(&[4, 3], &[1.0; 12]),
            &["a row of bad.npy has 3", "a row of S.npy has 2", "agree"],
        ),
        (
            "too few rows",
            TARGET_LAYER,
            npy::bytes(&[3, 2], &[1.0; 6]),
            &["bad.npy has 3", "y.npy has 4", "agree"],
        ),
        (
            "a NaN",
            TARGET_LAYER,
            npy::bytes(&[4, 2], &[1.0, 1.0, 1.0, f64::NAN, 1.0, 1.0, 1.0, 1.0]),
            &["bad.npy[1, 1] is NaN"],
        ),
        (
            "tokens",
            TARGET_LAYER,
            npy::bytes(&[4, 1, 2], &TARGET),
            &["bad.npy has shape [4, 1, 2]", "(n, c) or (n, c, h, w)"],
        ),
        (
            "cut short",
            TARGET_LAYER,
            npy::bytes(&[4, 2], &TARGET)[..180].to_vec(),
            &["bad.npy", "expected 64 bytes", "found 52"],
        ),
        (
            "a layer without its other side",
            "--metric leep --probs P.npy --hardness ca-mean --source-acts S.npy --source-acts S.npy --target-acts T.npy",
            Vec::new(),
            &["--source-acts is given 2 times and --target-acts 1 times"],
        ),
        (
            "more neighbours than there are",
            "--metric leep --probs P.npy --hardness ca-topk --source-acts S.npy --target-acts T.npy --top-k 3",
            Vec::new(),
            &["references has 2", "at least 3"],
        ),
        (
            "a bandwidth of 0",
            "--metric leep --probs P.npy --hardness ca-topk --source-acts S.npy --target-acts T.npy --top-k 1 --kernel rbf --bandwidth 0",
            Vec::new(),
            &["bandwidth is 0"],
        ),
    ]);
}

#[test]
fn bad_source_classes() {
    refuses(&[
        (
            "beyond the head",
            SOURCE_CLASSES,
            npy::bytes(&[2], &[0_i64, 2]),
            &["bad.npy[1] is 2", "expected a class below 2"],
        ),
        (
            "negative",
            SOURCE_CLASSES,
            npy::bytes(&[2], &[0_i64, -1]),
            &["bad.npy[1] is -1", "0 or more"],
        ),
        (
            "too many",
            SOURCE_CLASSES,
            npy::bytes(&[3], &[0_i64; 3]),
            &["bad.npy has 3", "S.npy has 2", "agree"],
        ),
        (
            "an empty class where none may be",
            "--metric leep --probs P.npy --hardness cs-proto --source-acts S.npy --target-acts T.npy --source-preds bad.npy --on-empty error",
            npy::bytes(&[2], &[0_i64, 0]),
            &["source class 1 is empty"],
        ),
        (
            "an empty class among Gram bounds where none may be",
            "--metric leep --probs P.npy --hardness cs-gram --source-acts S.npy --target-acts T.npy --source-preds bad.npy --on-empty error",
            npy::bytes(&[2], &[0_i64, 0]),
            &["source class 1 is empty"],
        ),
        (
            "a classifier of another layer",
            "--metric leep --probs P.npy --hardness cs-proto --target-acts T.npy --classifier bad.npy",
            npy::bytes(&[2, 3], &[1.0; 6]),
            &["a row of T.npy has 2", "a row of bad.npy has 3", "agree"],
        ),
        (
            "a classifier of another head",
            "--metric leep --probs P.npy --hardness cs-proto --target-acts T.npy --classifier bad.npy",
            npy::bytes(&[3, 2], &[1.0; 6]),
            &["a row of P.npy has 2", "classes has 3", "agree"],
        ),
    ]);
}

#[test]
fn bad_sizes() {
    let refused =
        |size: &'static str, says: &'static [&'static str]| -> Case { (size, size, Vec::new(), says) };
    let arguments = "--metric leep --probs P.npy --hardness margin";
    let cases = [
        refused("--rho 0", &["fraction is 0", "more than 0 and at most 1"]),
        refused("--rho 1.5", &["fraction is 1.5", "more than 0 and at most 1"]),
        refused("--rho -0.5", &["fraction is -0.5", "more than 0 and at most 1"]),
        refused("--rho NaN", &["fraction is NaN", "more than 0 and at most 1"]),
        refused("--count 0", &["count is 0", "1 or more"]),
        refused("--count 5", &["count is 5", "at most the number of samples"]),
        refused("--trim 1", &["trim is 1", "below 1"]),
        refused("--rho 0.5 --count 2", &["--rho", "--count"]),
        refused("--random-draws 1", &["n_draws is 1", "2 or more"]),
        refused("--rho 0.25 --balance global", &["1 samples", "at least 2"]),
    ];
    let directory = good_files();
    let mut complaints = Vec::new();
    for (name, size, _, says) in cases {
        let output = score(directory.path(), &format!("{arguments} {size}"));
        complaints.extend(program::complaints(name, &output, says));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn bad_labels_and_classes() {
    let directory = good_files();
    let mut complaints = Vec::new();
    let mut refuse = |name: &str, labels: &[i64], arguments: &str, says: &[&str]| {
        npy::write(directory.path(), "y.npy", &[labels.len()], labels);
        complaints.extend(program::complaints(
            name,
            &score(directory.path(), arguments),
            says,
        ));
    };
    let gbc = "--metric gbc --hardness file --hardness-file H.npy --features F.npy";
    refuse(
        "one sample of a class under GBC",
        &[3, 3, 3, 8],
        gbc,
        &["class 8 has 1", "`gbc` needs 2 of each class"],
    );
    refuse(
        "too many labels",
        &[0, 0, 1, 1, 1],
        gbc,
        &["H.npy has 4", "y.npy has 5", "agree"],
    );
    refuse(
        "one class",
        &[3; 4],
        gbc,
        &["y.npy", "expected at least 2 classes"],
    );
    let leep = "--metric leep --probs P.npy --hardness margin";
    refuse(
        "labels of another length",
        &[0, 0, 1],
        leep,
        &["P.npy has 4", "y.npy has 3", "agree"],
    );
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn missing_files() {
    let missing = |name: &'static str, arguments: &'static str, says: &'static [&'static str]| -> Case {
        (name, arguments, Vec::new(), says)
    };
    refuses(&[
        missing(
            "no source",
            "--metric leep --probs P.npy --hardness ca-mean --target-acts T.npy",
            &["`ca-mean`", "--source-acts S.npy: it is missing"],
        ),
        missing(
            "prototypes without source classes",
            "--metric leep --probs P.npy --hardness cs-proto --source-acts S.npy --target-acts T.npy",
            &["`cs-proto`", "--source-preds z.npy: it is missing"],
        ),
        missing(
            "Gram statistics without predictions of the target",
            "--metric hscore --hardness cs-gram --source-acts S.npy --target-acts T.npy",
            &[
                "`cs-gram`",
                "--source-preds z.npy, --probs P.npy: they are missing",
            ],
        ),
        missing(
            "no probabilities",
            "--metric hscore --features F.npy --hardness entropy",
            &["`entropy`", "--probs"],
        ),
        missing(
            "no logits",
            "--metric hscore --features F.npy --hardness energy",
            &["`energy`", "--logits"],
        ),
        missing(
            "no hardness",
            "--metric leep --probs P.npy --hardness file",
            &["`file`", "--hardness-file"],
        ),
        missing(
            "no features",
            "--metric hscore --probs P.npy --hardness margin",
            &["`hscore`", "--features"],
        ),
        missing(
            "LEEP without probabilities",
            "--metric leep --hardness random",
            &["`leep`", "--probs"],
        ),
        missing(
            "an unknown metric",
            "--metric leap --hardness random",
            &["`leap`", "expected one of"],
        ),
        missing(
            "an unknown hardness",
            "--metric leep --hardness hard",
            &["'hard'", "ca-mean"],
        ),
        missing(
            "a file that is not there",
            "--metric leep --probs nowhere.npy --hardness margin",
            &["nowhere.npy", "No such file"],
        ),
        missing(
            "a kernel that is not read",
            "--metric leep --probs P.npy --hardness margin --kernel euclidean",
            &["--kernel", "margin"],
        ),
        missing(
            "a kernel without its bandwidth",
            "--metric leep --probs P.npy --hardness ca-topk --source-acts S.npy --target-acts T.npy --kernel rbf",
            &["--bandwidth and --kernel rbf belong together"],
        ),
    ]);
}

/// Runs every case and names all that went otherwise.
fn refuses(cases: &[Case]) {
    let directory = good_files();
    let mut complaints = Vec::new();
    for (name, arguments, bad, says) in cases {
        fs::write(directory.path().join("bad.npy"), bad).expect("the test's own folder is writable");
        let output = score(directory.path(), arguments);
        complaints.extend(program::complaints(name, &output, says));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
