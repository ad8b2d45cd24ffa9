//! Every method on problems whose solution is known.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{good_files, ot};
use crate::npy;
use crate::program::{self, json};

/// Closed forms: rounding of sums of a few terms of order 1.
const ATOL: f64 = 1e-12;
/// Iterations stop at a marginal error of 1e-9.
const ITERATED: f64 = 1e-8;

const COSTS: [&str; 6] = ["--cost-matrix", "C.npy", "--a", "a.npy", "--b", "b.npy"];
const POINTS: [&str; 4] = ["--source", "X.npy", "--target", "Y.npy"];

#[track_caller]
fn assert_near(result: &Value, field: &str, expected: f64, atol: f64) {
    let actual = result[field].as_f64().expect("a number");
    assert!(
        (actual - expected).abs() <= atol,
        "{field} is {actual}: expected {expected}"
    );
}

/// The masses in an npy file that the program wrote: its last bytes.
fn plan(path: &Path, n_entries: usize) -> Vec<f64> {
    let bytes = fs::read(path).expect("the plan is written");
    let header = bytes.len() - 8 * n_entries;
    assert!(
        String::from_utf8_lossy(&bytes[..header]).contains("<f8"),
        "an npy file of float64"
    );
    let entries = bytes[header..].chunks_exact(8);
    entries
        .map(|entry| f64::from_le_bytes(entry.try_into().expect("8 bytes")))
        .collect()
}

#[test]
fn exact() {
    let directory = good_files();
    let mut arguments = COSTS.to_vec();
    arguments.extend(["--plan", "P.npy"]);
    let result = json(&ot(directory.path(), "exact", &arguments));
    assert_near(&result, "cost", 0.75, ATOL);
    assert_near(&result, "regularized_cost", 0.75, ATOL);
    assert_near(&result, "gap", 0.0, ATOL);
    assert_near(&result, "marginal_error", 0.0, ATOL);
    assert_near(&result, "plan_mass", 1.0, ATOL);
    assert_eq!(result["status"], "optimal");
    assert!(result["iterations"].is_u64(), "{result}");
    assert_eq!(
        result["provenance"]["inputs"].as_array().map(Vec::len),
        Some(3),
        "{result}"
    );

    // Several plans are optimal; any has these marginals and this cost.
    let plan = plan(&directory.path().join("P.npy"), 6);
    let marginals = [plan[0] + plan[1] + plan[2], plan[0] + plan[3], plan[1] + plan[4]];
    let cost = plan[1] + 2.0 * plan[2] + plan[3] + plan[5];
    for (actual, expected) in marginals.into_iter().chain([cost]).zip([0.5, 0.25, 0.25, 0.75]) {
        assert!((actual - expected).abs() <= ATOL, "{plan:?}");
    }
    assert!(plan.iter().all(|&mass| mass >= 0.0), "{plan:?}");
}

#[test]
fn exact_on_the_three_costs() {
    let directory = good_files();
    npy::write(directory.path(), "origin.npy", &[1, 2], &[3.0, 4.0]);
    npy::write(directory.path(), "place.npy", &[1, 2], &[4.0, 3.0]);
    for (cost, expected) in [
        ("sqeuclidean", 2.0),
        ("euclidean", 2.0_f64.sqrt()),
        ("cosine", 1.0 - 24.0 / 25.0),
    ] {
        let arguments = ["--source", "origin.npy", "--target", "place.npy", "--cost", cost];
        assert_near(
            &json(&ot(directory.path(), "exact", &arguments)),
            "cost",
            expected,
            ATOL,
        );
    }
}

/// `<C, P>` of the same problem at strengths 1 and 0.1, from POT 0.9.7.
#[test]
fn every_form_of_sinkhorn() {
    let directory = good_files();
    for method in ["sinkhorn", "sinkhorn-stabilized", "sinkhorn-log"] {
        for (epsilon, expected) in [("1", 0.836_955_168_296_269_8), ("0.1", 0.750_000_002_061_153)] {
            let mut arguments = COSTS.to_vec();
            arguments.extend(["--epsilon", epsilon]);
            let result = json(&ot(directory.path(), method, &arguments));
            assert_near(&result, "cost", expected, ITERATED);
            assert_near(&result, "plan_mass", 1.0, ITERATED);
            assert_near(&result, "marginal_error", 0.0, ITERATED);
            assert_near(&result, "gap", 0.0, ITERATED);
            assert_eq!(result["status"], "converged", "{method}");
        }
    }
}

/// Two points on either side: mass goes to the wrong side with odds of `e^(-1 / epsilon)`.
#[test]
fn a_strength_relative_to_the_costs_and_costs_that_are_not_stored() {
    let directory = good_files();
    npy::write(directory.path(), "near.npy", &[2, 1], &[0.0, 2.0]);
    let points = ["--source", "near.npy", "--target", "near.npy"];
    let odds = (-10.0_f64).exp();
    let expected = 4.0 * odds / (1.0 + odds);
    for (method, unit) in [
        ("sinkhorn-log", Some(("0.1", "max"))),
        ("sinkhorn-log", Some(("0.2", "mean"))),
        ("sinkhorn", Some(("0.2", "median"))),
        ("sinkhorn-online", None),
    ] {
        let mut arguments = points.to_vec();
        match unit {
            Some((epsilon, unit)) => arguments.extend(["--epsilon", epsilon, "--epsilon-relative-to", unit]),
            None => arguments.extend(["--epsilon", "0.4"]),
        }
        let result = json(&ot(directory.path(), method, &arguments));
        assert_near(&result, "cost", expected, ITERATED);
        assert_near(&result, "plan_mass", 1.0, ITERATED);
    }
}

/// The plan at strength 0.1 and a penalty of 1, from POT 0.9.7.
#[test]
fn unbalanced() {
    let directory = good_files();
    npy::write(directory.path(), "C2.npy", &[2, 2], &[0.0, 1.0, 1.0, 0.0]);
    npy::write(directory.path(), "heavy.npy", &[2], &[1.0, 0.5]);
    npy::write(directory.path(), "light.npy", &[2], &[0.3, 0.7]);
    let mut arguments = vec!["--cost-matrix", "C2.npy", "--a", "heavy.npy", "--b", "light.npy"];
    arguments.extend(["--epsilon", "0.1", "--reach", "1", "--plan", "P.npy"]);
    let result = json(&ot(directory.path(), "unbalanced", &arguments));
    let expected = [
        0.509_779_386_581_9,
        0.048_321_705_719_4,
        1.205_727_263e-8,
        0.554_496_366_771_5,
    ];
    for (actual, expected) in plan(&directory.path().join("P.npy"), 4).into_iter().zip(expected) {
        assert!(
            (actual - expected).abs() <= ITERATED,
            "{actual}: expected {expected}"
        );
    }
    assert_near(&result, "cost", expected[1] + expected[2], ITERATED);
    assert_near(&result, "plan_mass", expected.iter().sum(), ITERATED);
}

/// Semi-relaxed: the source marginal is kept, the target's is not.
#[test]
fn one_marginal_may_be_kept() {
    let directory = good_files();
    let mut arguments = COSTS.to_vec();
    arguments.extend(["--epsilon", "0.1", "--target-reach", "0.5", "--plan", "P.npy"]);
    let result = json(&ot(directory.path(), "unbalanced", &arguments));
    assert_near(&result, "plan_mass", 1.0, ITERATED);
    let plan = plan(&directory.path().join("P.npy"), 6);
    assert!((plan[0] + plan[1] + plan[2] - 0.5).abs() <= ITERATED, "{plan:?}");
    assert!(
        (plan[2] + plan[5] - 0.5).abs() > 1e-3,
        "the target marginal moved: {plan:?}"
    );
}

/// Minimal `t` in `2 t + gamma ((0.5 - t)^2 + t^2)`: 0 up to `gamma` 2, then `(1 - 2 / gamma) / 4`.
#[test]
fn frobenius() {
    let directory = good_files();
    npy::write(directory.path(), "C2.npy", &[2, 2], &[0.0, 1.0, 1.0, 0.0]);
    for (gamma, off_diagonal) in [("1", 0.0), ("4", 0.125), ("8", 0.1875)] {
        let arguments = ["--cost-matrix", "C2.npy", "--gamma", gamma];
        let result = json(&ot(directory.path(), "frobenius", &arguments));
        assert_near(&result, "cost", 2.0 * off_diagonal, ITERATED);
        assert_near(&result, "gap", 0.0, ITERATED);
        assert_eq!(result["status"], "converged", "{result}");
    }
}

/// On the line every direction is the line, and all distances are known.
#[test]
fn methods_without_a_plan() {
    let directory = good_files();
    npy::write(directory.path(), "x.npy", &[3, 1], &[0.0, 1.0, 4.0]);
    npy::write(directory.path(), "y.npy", &[4, 1], &[1.0, 3.0, 5.0, 7.0]);
    let arguments = ["--source", "x.npy", "--target", "y.npy", "--projections", "3"];
    let result = json(&ot(directory.path(), "sliced", &arguments));
    assert_near(&result, "cost", 20.0 / 3.0, ATOL);
    assert_near(&result, "standard_error", 0.0, ATOL);

    // Means 1 and 3, deviations 1 and 2.
    npy::write(directory.path(), "x.npy", &[2, 1], &[0.0, 2.0]);
    npy::write(directory.path(), "y.npy", &[2, 1], &[1.0, 5.0]);
    let bures = json(&ot(
        directory.path(),
        "bures",
        &["--source", "x.npy", "--target", "y.npy"],
    ));
    assert_near(&bures, "cost", 5.0, ATOL);
    for field in [
        "regularized_cost",
        "marginal_error",
        "gap",
        "iterations",
        "status",
        "plan_mass",
    ] {
        assert!(
            result[field].is_null() && result.get(field).is_some(),
            "{field}: {result}"
        );
        assert!(
            bures[field].is_null() && bures.get(field).is_some(),
            "{field}: {bures}"
        );
    }
}

#[test]
fn a_difference_of_masses_by_rounding_is_accepted() {
    let directory = good_files();
    npy::write(directory.path(), "b.npy", &[3], &[0.25_f32, 0.25, 0.500_000_4]);
    let result = json(&ot(directory.path(), "exact", &COSTS));
    assert_near(&result, "cost", 0.75, 1e-6);
    assert_near(&result, "plan_mass", 1.0, ATOL);
}

#[test]
fn points_without_mass_are_left_out() {
    let directory = good_files();
    npy::write(directory.path(), "b.npy", &[3], &[0.5, 0.5, 0.0]);
    for method in [
        "exact",
        "sinkhorn",
        "sinkhorn-stabilized",
        "sinkhorn-log",
        "unbalanced",
        "frobenius",
    ] {
        let mut arguments = COSTS.to_vec();
        arguments.extend(["--plan", "P.npy"]);
        let result = json(&ot(directory.path(), method, &arguments));
        assert!(result["cost"].is_f64(), "{method}: {result}");
        let plan = plan(&directory.path().join("P.npy"), 6);
        assert_eq!([plan[2], plan[5]], [0.0, 0.0], "{method}: {plan:?}");
    }
}

/// A cap on the iterations is a status, and no error.
#[test]
fn a_cap_on_the_iterations_is_said() {
    let directory = good_files();
    let costs: Vec<f64> = (0..400)
        .map(|entry| f64::from(entry * 7919 % 997) / 997.0)
        .collect();
    npy::write(directory.path(), "C.npy", &[20, 20], &costs);
    for method in [
        "sinkhorn",
        "sinkhorn-stabilized",
        "sinkhorn-log",
        "unbalanced",
        "frobenius",
        "exact",
    ] {
        let mut arguments = vec!["--cost-matrix", "C.npy", "--max-iterations", "1"];
        if method.starts_with("sinkhorn") || method == "unbalanced" {
            arguments.extend(["--epsilon", "0.01"]);
        }
        let output = ot(directory.path(), method, &arguments);
        let result = json(&output);
        assert_eq!(result["status"], "iteration-limit", "{method}: {result}");
        assert!(program::stderr(&output).contains("not converged"), "{method}");
    }
}

#[test]
fn without_json_a_table_for_a_reader() {
    let directory = good_files();
    let output = program::transferability()
        .current_dir(directory.path())
        .args(["ot", "--method", "exact"])
        .args(POINTS)
        .output()
        .expect("the example starts");
    let text = program::stdout(&output);
    let has = |name: &str, value: &str| {
        text.lines()
            .any(|line| line.contains(name) && line.contains(value))
    };
    assert!(
        has("cost", "9.0") && has("status", "optimal") && has("plan mass", "1.0"),
        "{text}"
    );
}
