//! Scores that can be worked out by hand, and the traps that published implementations fall into.

use tensor_core::convert::tensor_from_slice;
use transferability_metrics::{
    Features, HScore, Labels, Leep, LogMe, Metric, Nce, Probabilities, RegularizedHScore, Sample,
};

use crate::samples::sample_of;

/// A few dozen operations in `f64`.
const RTOL: f64 = 1e-14;

/// Four samples of two source classes.
const ROWS: [f64; 8] = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6];

/// Four samples of two features, of full rank.
const PLANE: [f64; 8] = [0.0, 1.0, 2.0, 0.0, 2.0, 1.0, 4.0, 3.0];

fn with_probabilities(rows: &[f64], labels: &[i64]) -> Sample {
    let shape = [labels.len() as i64, (rows.len() / labels.len()) as i64];
    let probabilities =
        Probabilities::new(tensor_from_slice(rows, &shape).expect("matrix")).expect("probabilities");
    Sample::new(Labels::new(labels).expect("labels"))
        .with_probabilities(probabilities)
        .expect("a sample")
}

fn assert_score(metric: &dyn Metric, sample: &Sample, expected: f64) {
    golden::assert_close(&[metric.score(sample).expect("a score")], &[expected], RTOL, 0.0);
}

#[test]
fn leep_and_nce_of_four_samples() {
    let aligned = with_probabilities(&ROWS, &[0, 0, 1, 1]);
    assert_score(&Leep, &aligned, -0.462_559_322_998_860_27);
    assert_eq!(Nce.score(&aligned).expect("a score"), 0.0);
    let mixed = with_probabilities(&ROWS, &[0, 1, 1, 1]);
    assert_score(&Leep, &mixed, -0.455_018_120_254_102_15);
    assert_score(&Nce, &mixed, -0.346_573_590_279_972_64);
}

#[test]
fn leep_of_certain_predictions_with_an_unused_source_class_is_zero() {
    let rows = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    let sample = with_probabilities(&rows, &[0, 0, 1, 1]);
    assert_eq!(Leep.score(&sample).expect("a score"), 0.0);
    assert_eq!(Nce.score(&sample).expect("a score"), 0.0);
}

#[test]
fn h_scores_of_four_samples() {
    let line = sample_of(&[0.0, 2.0, 2.0, 4.0], &[0, 0, 1, 1]);
    assert_score(&HScore, &line, 0.5);
    assert_score(&RegularizedHScore, &line, 2.0 / 3.0);
    let plane = sample_of(&PLANE, &[0, 0, 1, 1]);
    assert_score(&HScore, &plane, 0.590_909_090_909_090_9);
    // The Ledoit-Wolf shrinkage is 1: nothing of the covariance is left.
    assert_eq!(RegularizedHScore.score(&plane).expect("a score"), 0.0);
}

#[test]
fn gaps_in_the_labels_change_nothing() {
    let relabel = |labels: [i64; 4]| {
        let features = Features::new(tensor_from_slice(&PLANE, &[4, 2]).expect("matrix")).expect("features");
        with_probabilities(&ROWS, &labels)
            .with_features(features)
            .expect("a sample")
    };
    let (dense, gapped) = (relabel([0, 0, 1, 1]), relabel([3, 3, 1000, 1000]));
    let metrics: [&dyn Metric; 5] = [&Nce, &Leep, &LogMe::default(), &HScore, &RegularizedHScore];
    for metric in metrics {
        let score = |sample| metric.score(sample).expect("a score").to_bits();
        assert_eq!(score(&dense), score(&gapped), "{}", metric.name());
    }
}

#[test]
fn constant_features_score_zero() {
    let constant = sample_of(&[0.1; 8], &[0, 0, 1, 1]);
    assert_eq!(HScore.score(&constant).expect("a score"), 0.0);
    assert_eq!(RegularizedHScore.score(&constant).expect("a score"), 0.0);
}

#[test]
fn a_constant_or_a_repeated_feature_adds_nothing_to_the_h_score() {
    let mut values = Vec::new();
    for row in PLANE.chunks_exact(2) {
        values.extend([row[0], 0.3, row[1], row[0], row[1] - 2.0 * row[0]]);
    }
    // Six samples of five features, of rank two.
    values.extend([1.0, 0.3, 1.0, 1.0, -1.0, 3.0, 0.3, 2.0, 3.0, -4.0]);
    let redundant = sample_of(&values, &[0, 0, 1, 1, 0, 1]);
    let plain: Vec<f64> = values.chunks_exact(5).flat_map(|row| [row[0], row[2]]).collect();
    let expected = HScore
        .score(&sample_of(&plain, &[0, 0, 1, 1, 0, 1]))
        .expect("a score");
    // Eigenvectors of a singular matrix: a few digits more are lost.
    golden::assert_close(
        &[HScore.score(&redundant).expect("a score")],
        &[expected],
        1e-12,
        0.0,
    );
}
