//! LogME where the evidence has no maximum at finite precisions, and what each mode makes of it.

use tensor_core::convert::tensor_from_slice;
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::{
    Error, EvidenceStatus, Features, LogMeMode, LogMeResult, log_maximum_evidence, log_me_evidence,
};

use crate::samples::{sample, sample_of};

const MODES: [LogMeMode; 3] = [LogMeMode::Converged, LogMeMode::Thuml, LogMeMode::Tllib];

fn evidence(values: &[f64], labels: &[i64], mode: LogMeMode) -> LogMeResult {
    log_me_evidence(&sample_of(values, labels), mode).expect("evidence")
}

fn normal(seed: u64, shape: [i64; 2]) -> Tensor {
    random::normal(
        &mut Seed::new(seed).stream("log_me_limits", 0),
        &shape,
        Kind::Double,
    )
    .expect("draws")
}

/// `log N(y; 0, variance I) / n` for the best variance.
fn pure_noise(mean_square: f64) -> f64 {
    -0.5 * (1.0 + (2.0 * std::f64::consts::PI * mean_square).ln())
}

#[test]
fn zero_features_leave_pure_noise() {
    for mode in MODES {
        let result = evidence(&[0.0; 8], &[0, 0, 0, 1], mode);
        golden::assert_close(
            &[result.per_target[0].evidence, result.per_target[1].evidence],
            &[pure_noise(0.75), pure_noise(0.25)],
            1e-15,
            0.0,
        );
    }
    let result = evidence(&[0.0; 8], &[0, 0, 0, 1], LogMeMode::Converged);
    assert!(
        result.converged
            && result
                .per_target
                .iter()
                .all(|target| target.status == EvidenceStatus::Unrelated)
    );
}

#[test]
fn unrelated_features_reach_the_limit_that_the_loops_only_approach() {
    // Orthogonal to the indicator of either class.
    let values = [1.0, -1.0, 2.0, -2.0, 1.0, -1.0];
    let labels = [0, 0, 1, 1, 0, 0];
    let limit = evidence(&values, &labels, LogMeMode::Converged);
    assert_eq!(limit.per_target[1].status, EvidenceStatus::Unrelated);
    assert_eq!(limit.per_target[1].weight_variance, 0.0);
    for mode in [LogMeMode::Thuml, LogMeMode::Tllib] {
        assert!(evidence(&values, &labels, mode).score <= limit.score, "{mode:?}");
    }
}

#[test]
fn features_that_hold_the_labels_have_a_finite_evidence() {
    let one_hot = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
    for mode in MODES {
        let result = evidence(&one_hot, &[0, 0, 1, 1, 0], mode);
        assert!(
            result.score.is_finite() && result.score > 0.0,
            "{mode:?}: {}",
            result.score
        );
    }
    let result = evidence(&one_hot, &[0, 0, 1, 1, 0], LogMeMode::Converged);
    assert!(
        result
            .per_target
            .iter()
            .all(|target| target.status == EvidenceStatus::Interpolated)
    );
    // Class 0: one eigenvalue of 3 reaches y, the other is 2, and r = 1e-12 * 3. For t far below both,
    // L = log t - 5/2 log(r + t) + const, which is greatest at t = 2 r / 3.
    let residual = 3e-12;
    golden::assert_close(
        &[result.per_target[0].noise_variance],
        &[(residual + 2.0 / 3.0 * residual) / 5.0],
        1e-9,
        0.0,
    );
}

/// Two samples with orthogonal features of squares 1 and 4. The derivative of `L` in `log t` is
/// `1/2 (1/(1+t) + 4/(4+t)) - s/(s+t)` with `s = 1` for the class of the first sample, positive throughout, and
/// `s = 4` for the other, negative throughout.
#[test]
fn as_many_independent_features_as_samples_may_leave_no_noise() {
    let result = evidence(&[1.0, 0.0, 0.0, 2.0], &[0, 1], LogMeMode::Converged);
    let (class_0, class_1) = (result.per_target[0], result.per_target[1]);
    golden::assert_close(&[class_0.evidence], &[pure_noise(0.5)], 1e-14, 0.0);
    // log N(y; 0, v F F^T) / 2 with v = y^T (F F^T)^{-1} y / 2 = 1/8.
    let no_noise = pure_noise(0.125) - 0.25 * 4_f64.ln();
    golden::assert_close(&[class_1.evidence], &[no_noise], 1e-14, 0.0);
    assert_eq!(
        (class_0.status, class_1.status),
        (EvidenceStatus::Unrelated, EvidenceStatus::Interpolated)
    );
    assert_eq!((class_1.weight_variance, class_1.noise_variance), (0.125, 0.0));
}

#[test]
fn more_features_than_samples_are_finite_in_every_mode() {
    for seed in 0..20 {
        let rows = normal(seed, [6, 40]);
        for mode in MODES {
            let result = log_me_evidence(&sample(&rows, &[0, 1, 2, 0, 1, 2]), mode).expect("evidence");
            assert!(result.score.is_finite(), "{mode:?}, seed {seed}");
        }
    }
}

/// The sum over all features, zero eigenvalues included: appending zero columns beyond the number of samples changes
/// nothing, except in the mode that reproduces the short sum.
#[test]
fn zero_columns_change_nothing() {
    let rows = normal(3, [12, 9]);
    let padded = Tensor::cat(
        &[&rows, &Tensor::zeros([12, 30], (Kind::Double, rows.device()))],
        1,
    );
    let labels: Vec<i64> = (0..12).map(|row| row % 3).collect();
    let score = |rows: &Tensor, mode| {
        log_me_evidence(&sample(rows, &labels), mode)
            .expect("evidence")
            .score
    };
    for mode in [LogMeMode::Converged, LogMeMode::Tllib] {
        golden::assert_close(&[score(&padded, mode)], &[score(&rows, mode)], 1e-11, 0.0);
    }
    assert!((score(&padded, LogMeMode::Thuml) - score(&rows, LogMeMode::Thuml)).abs() > 0.1);
}

#[test]
fn scale_changes_only_what_the_guards_of_thuml_touch() {
    let rows = normal(4, [40, 6]);
    let labels: Vec<i64> = (0..40).map(|row| row % 3).collect();
    let score = |factor: f64, mode| {
        log_me_evidence(&sample(&(&rows * factor), &labels), mode)
            .expect("evidence")
            .score
    };
    for factor in [1e-12, 1e-3, 1e3, 1e12] {
        golden::assert_close(
            &[score(factor, LogMeMode::Converged)],
            &[score(1.0, LogMeMode::Converged)],
            1e-12,
            0.0,
        );
    }
    assert!((score(1e3, LogMeMode::Thuml) - score(1.0, LogMeMode::Thuml)).abs() > 1e-3);
}

#[test]
fn features_too_large_to_square_are_refused() {
    let error = log_me_evidence(
        &sample_of(&[1e200, 1.0, 2.0, 3.0], &[0, 1, 0, 1]),
        LogMeMode::Converged,
    )
    .expect_err("squares overflow");
    assert!(
        matches!(error, Error::Core(tensor_core::Error::NonFinite { .. })),
        "{error}"
    );
}

#[test]
fn real_valued_targets() {
    let features = || Features::new(normal(5, [30, 4])).expect("features");
    let labels: Vec<i64> = (0..30).map(|row| row % 3).collect();
    let indicators: Vec<f64> = labels
        .iter()
        .flat_map(|&label| (0..3).map(move |c| f64::from(u8::from(c == label))))
        .collect();
    let targets = tensor_from_slice(&indicators, &[30, 3]).expect("matrix");
    for mode in MODES {
        let regression = log_maximum_evidence(&features(), &targets, mode).expect("evidence");
        let classes = log_me_evidence(&sample(features().tensor(), &labels), mode).expect("evidence");
        golden::assert_close(&[regression.score], &[classes.score], 1e-12, 0.0);
    }

    let with_zeros = targets.copy();
    let _ = with_zeros.select(1, 1).fill_(0.0);
    let error =
        log_maximum_evidence(&features(), &with_zeros, LogMeMode::Converged).expect_err("a column of zeros");
    assert!(matches!(error, Error::ZeroTarget { column: 1 }));
    let short = targets.narrow(0, 0, 29);
    let error = log_maximum_evidence(&features(), &short, LogMeMode::Converged).expect_err("29 rows");
    assert_eq!(
        error.to_string(),
        "targets has 29 entries and features has 30: they must agree"
    );
}
