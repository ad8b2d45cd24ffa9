//! `ot` on bad input: exit code 2, nothing on standard output, one clear line on standard error.

use std::fs;

use super::{good_files, ot};
use crate::{npy, program};

/// A run that must be refused.
struct BadInput {
    name: &'static str,
    method: &'static str,
    /// What follows `ot --method METHOD --json`.
    arguments: &'static [&'static str],
    /// Content of the file `bad.npy` beside the good ones.
    bad: Vec<u8>,
    /// What the line must hold: file, index, expectation.
    says: &'static [&'static str],
}

const AS_COSTS: &[&str] = &["--cost-matrix", "bad.npy"];
const AS_SOURCE: &[&str] = &["--source", "bad.npy", "--target", "Y.npy"];
const AS_TARGET_WEIGHTS: &[&str] = &["--cost-matrix", "C.npy", "--a", "a.npy", "--b", "bad.npy"];

const METHODS_OF_COSTS: [&str; 6] = [
    "exact",
    "sinkhorn",
    "sinkhorn-stabilized",
    "sinkhorn-log",
    "unbalanced",
    "frobenius",
];
const METHODS_OF_POINTS: [&str; 9] = [
    "exact",
    "sinkhorn",
    "sinkhorn-stabilized",
    "sinkhorn-log",
    "sinkhorn-online",
    "unbalanced",
    "frobenius",
    "sliced",
    "bures",
];

fn refuses(cases: &[BadInput]) {
    let directory = good_files();
    let mut complaints = Vec::new();
    for case in cases {
        fs::write(directory.path().join("bad.npy"), &case.bad).expect("the test's own folder is writable");
        let output = ot(directory.path(), case.method, case.arguments);
        let name = format!("{}, {}", case.method, case.name);
        complaints.extend(program::complaints(&name, &output, case.says));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn bad_costs() {
    let costs = |value: f64| npy::bytes(&[2, 2], &[0.0, 1.0, value, 1.0]);
    let case = |method, name, bad, says| BadInput {
        name,
        method,
        arguments: AS_COSTS,
        bad,
        says,
    };
    for method in METHODS_OF_COSTS {
        refuses(&[
            case(
                method,
                "a NaN",
                costs(f64::NAN),
                &["cost[1, 0] is NaN", "expected a finite cost"],
            ),
            case(
                method,
                "a huge cost",
                costs(1e32),
                &["cost[1, 0]", "at most 1e30"],
            ),
        ]);
    }
    refuses(&[
        case(
            "exact",
            "an infinity",
            costs(f64::INFINITY),
            &["cost[1, 0] is inf"],
        ),
        case(
            "exact",
            "no column",
            npy::bytes::<f64>(&[2, 0], &[]),
            &["0 entries", "expected 2 x 0"],
        ),
        case(
            "exact",
            "a vector",
            npy::bytes(&[2], &[0.0, 1.0]),
            &["bad.npy has shape [2]", "expected"],
        ),
        case(
            "exact",
            "integers",
            npy::bytes(&[1, 2], &[0_i64, 1]),
            &["bad.npy", "int64", "expected float32 or float64"],
        ),
    ]);
}

#[test]
fn bad_points() {
    let case = |method, name, bad, says| BadInput {
        name,
        method,
        arguments: AS_SOURCE,
        bad,
        says,
    };
    for method in METHODS_OF_POINTS {
        let nan = npy::bytes(&[2, 1], &[0.0, f64::NAN]);
        refuses(&[case(
            method,
            "a NaN",
            nan,
            &["bad.npy[1, 0] is NaN", "expected a finite number"],
        )]);
    }
    let other_extractor = || npy::bytes(&[1, 2], &[0.0, 1.0]);
    refuses(&[
        case(
            "exact",
            "two extractors",
            other_extractor(),
            &["2 features", "1", "one extractor"],
        ),
        case(
            "sinkhorn-online",
            "two extractors",
            other_extractor(),
            &["2 features", "1", "one extractor"],
        ),
        case(
            "sliced",
            "two extractors",
            other_extractor(),
            &["2 features", "1", "one extractor"],
        ),
        case(
            "bures",
            "two extractors",
            other_extractor(),
            &["2 features", "1", "one extractor"],
        ),
        case(
            "exact",
            "no point",
            npy::bytes::<f64>(&[0, 1], &[]),
            &["bad.npy has", "expected"],
        ),
        case(
            "exact",
            "a cut file",
            npy::bytes(&[2, 1], &[1.0, 0.0])[..140].to_vec(),
            &["bad.npy", "expected 16 bytes", "found 12"],
        ),
        BadInput {
            name: "a zero vector",
            method: "exact",
            arguments: &["--source", "bad.npy", "--target", "Y.npy", "--cost", "cosine"],
            bad: npy::bytes(&[2, 1], &[1.0, 0.0]),
            says: &["source[1] is zero throughout"],
        },
    ]);
}

#[test]
fn bad_weights() {
    let case = |method, name, bad, says| BadInput {
        name,
        method,
        arguments: AS_TARGET_WEIGHTS,
        bad,
        says,
    };
    for method in METHODS_OF_COSTS {
        refuses(&[
            case(
                method,
                "a negative one",
                npy::bytes(&[3], &[0.5, -0.25, 0.75]),
                &["bad.npy[1] is -0.25", "0 or more"],
            ),
            case(
                method,
                "no mass",
                npy::bytes(&[3], &[0.0; 3]),
                &["support of bad.npy has 0 entries", "at least 1"],
            ),
        ]);
    }
    for method in ["exact", "sinkhorn-stabilized", "frobenius"] {
        let other_mass = npy::bytes(&[3], &[0.25, 0.25, 0.500_003]);
        refuses(&[case(
            method,
            "another mass",
            other_mass,
            &["balanced transport needs equal masses"],
        )]);
    }
    refuses(&[
        case(
            "exact",
            "a NaN",
            npy::bytes(&[3], &[0.5, f64::NAN, 0.75]),
            &["bad.npy[1] is NaN"],
        ),
        case(
            "exact",
            "too few",
            npy::bytes(&[2], &[0.5, 0.5]),
            &["bad.npy has 2", "has 3", "agree"],
        ),
    ]);
}

#[test]
fn bad_parameters() {
    let case = |method, name, arguments, says| BadInput {
        name,
        method,
        arguments,
        bad: Vec::new(),
        says,
    };
    let zero = &["--source", "X.npy", "--target", "Y.npy", "--epsilon", "0"];
    for method in [
        "sinkhorn",
        "sinkhorn-stabilized",
        "sinkhorn-log",
        "unbalanced",
        "sinkhorn-online",
    ] {
        refuses(&[case(method, "no strength", zero, &["epsilon", "0", "above 0"])]);
    }
    refuses(&[
        case(
            "sinkhorn",
            "a negative strength",
            &["--cost-matrix", "C.npy", "--epsilon", "-1"],
            &["epsilon", "-1", "above 0"],
        ),
        case(
            "sinkhorn",
            "a strength that is no number",
            &["--cost-matrix", "C.npy", "--epsilon", "nan"],
            &["epsilon", "NaN", "above 0"],
        ),
        case(
            "sinkhorn",
            "no tolerance",
            &["--cost-matrix", "C.npy", "--tolerance", "0"],
            &["tolerance", "above 0"],
        ),
        case(
            "sinkhorn",
            "no iteration",
            &["--cost-matrix", "C.npy", "--max-iterations", "0"],
            &["max_iterations", "1 or more"],
        ),
        case(
            "unbalanced",
            "no reach",
            &["--cost-matrix", "C.npy", "--reach", "0"],
            &["reach", "above 0"],
        ),
        case(
            "frobenius",
            "no strength",
            &["--cost-matrix", "C.npy", "--gamma", "-2"],
            &["gamma", "-2", "above 0"],
        ),
        case(
            "sliced",
            "no direction",
            &["--source", "X.npy", "--target", "Y.npy", "--projections", "0"],
            &["n_projections", "1 or more"],
        ),
    ]);
}

#[test]
fn bad_arguments() {
    let case = |method, name, arguments, says| BadInput {
        name,
        method,
        arguments,
        bad: Vec::new(),
        says,
    };
    refuses(&[
        case(
            "sliced",
            "a plan",
            &["--source", "X.npy", "--target", "Y.npy", "--plan", "P.npy"],
            &["`sliced` does not take --plan", "there is no plan"],
        ),
        case(
            "bures",
            "a plan",
            &["--source", "X.npy", "--target", "Y.npy", "--plan", "P.npy"],
            &["`bures` does not take --plan", "there is no plan"],
        ),
        case(
            "sinkhorn-online",
            "a plan",
            &["--source", "X.npy", "--target", "Y.npy", "--plan", "P.npy"],
            &["`sinkhorn-online` does not take --plan", "there is no plan"],
        ),
        case(
            "sinkhorn-online",
            "costs",
            &["--cost-matrix", "C.npy"],
            &["`sinkhorn-online` does not take --cost-matrix", "--source X.npy"],
        ),
        case(
            "exact",
            "a strength",
            &["--cost-matrix", "C.npy", "--epsilon", "0.1"],
            &["`exact` does not take --epsilon"],
        ),
        case(
            "bures",
            "a cost",
            &["--source", "X.npy", "--target", "Y.npy", "--cost", "euclidean"],
            &["`bures` does not take --cost", "squared Euclidean"],
        ),
        case("exact", "neither points nor costs", &[], &["--source"]),
        case("exact", "one cloud", &["--source", "X.npy"], &["--target"]),
        case(
            "exact",
            "points and costs",
            &["--source", "X.npy", "--target", "Y.npy", "--cost-matrix", "C.npy"],
            &["--cost-matrix", "cannot be used with"],
        ),
        case(
            "sinkhorn",
            "a unit without a strength",
            &["--cost-matrix", "C.npy", "--epsilon-relative-to", "max"],
            &["--epsilon"],
        ),
        case(
            "emd",
            "an unknown method",
            &["--cost-matrix", "C.npy"],
            &["'emd'", "exact", "sinkhorn-online"],
        ),
        case(
            "exact",
            "a file that is not there",
            &["--cost-matrix", "nowhere.npy"],
            &["nowhere.npy", "No such file"],
        ),
        case(
            "exact",
            "a plan in no folder",
            &["--cost-matrix", "C.npy", "--plan", "nowhere/P.npy"],
            &["nowhere/P.npy", "no folder nowhere"],
        ),
    ]);
}
