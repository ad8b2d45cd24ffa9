//! Agreement with scores that NumPy computes by the published formulas: `tests/golden/published_formulas.py`.

use golden::Golden;
use tensor_core::{Kind, Tensor};
use transferability_metrics::{
    Features, HScore, Labels, Leep, LogMe, LogMeMode, Metric, Nce, Probabilities, RegularizedHScore, Sample,
    log_me_evidence,
};

use crate::samples::golden_matrix;

const CASES: [&str; 3] = ["40x6", "20x50", "200x16"];
const KINDS: [(Kind, &str); 2] = [(Kind::Double, "float64"), (Kind::Float, "float32")];

fn golden() -> Golden {
    Golden::load("tests/golden/published_formulas.json").expect("a golden file")
}

fn case_sample(golden: &Golden, case: &str, kind: Kind) -> Sample {
    let labels = golden.integers(&format!("labels_{case}")).expect("labels");
    let features = golden_matrix(golden, &format!("features_{case}")).to_kind(kind);
    let counts = golden_matrix(golden, &format!("counts_{case}"));
    let rows = Tensor::f_div(&counts, &counts.sum_dim_intlist(1_i64, true, Kind::Double)).expect("quotients");
    Sample::new(Labels::new(&labels).expect("labels"))
        .with_features(Features::new(features).expect("features"))
        .and_then(|sample| sample.with_probabilities(Probabilities::new(rows.to_kind(kind))?))
        .expect("a sample")
}

fn assert_scores(metric: &dyn Metric, prefix: &str) {
    let golden = golden();
    for case in CASES {
        for (kind, kind_name) in KINDS {
            let score = metric.score(&case_sample(&golden, case, kind)).expect("a score");
            golden.assert_scalar(&format!("{prefix}_{case}_{kind_name}"), score);
        }
    }
}

#[test]
fn nce() {
    let golden = golden();
    for case in CASES {
        for (kind, _) in KINDS {
            let score = Nce.score(&case_sample(&golden, case, kind)).expect("a score");
            golden.assert_scalar(&format!("nce_{case}"), score);
        }
    }
}

#[test]
fn leep() {
    assert_scores(&Leep, "leep");
}

#[test]
fn log_me_converged() {
    assert_scores(&LogMe::default(), "logme");
}

#[test]
fn log_me_converged_class_by_class() {
    let golden = golden();
    for case in CASES {
        for (kind, kind_name) in KINDS {
            let result =
                log_me_evidence(&case_sample(&golden, case, kind), LogMeMode::Converged).expect("evidence");
            let evidences: Vec<f64> = result.per_target.iter().map(|target| target.evidence).collect();
            golden.assert_array(&format!("logme_per_class_{case}_{kind_name}"), &evidences);
            assert!(result.converged);
        }
    }
}

/// For `20x50`, fewer samples than features, this is the value that `thuml/LogME` prints, with its short sum.
#[test]
fn log_me_as_thuml() {
    assert_scores(
        &LogMe {
            mode: LogMeMode::Thuml,
        },
        "logme_thuml",
    );
}

#[test]
fn log_me_as_tllib() {
    assert_scores(
        &LogMe {
            mode: LogMeMode::Tllib,
        },
        "logme_tllib",
    );
}

#[test]
fn h_score() {
    assert_scores(&HScore, "hscore");
}

#[test]
fn regularized_h_score() {
    assert_scores(&RegularizedHScore, "hscore_reg");
}
