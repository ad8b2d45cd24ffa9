//! What the constructors refuse, and what selecting and weighting do to a sample.

use tensor_core::convert::tensor_from_slice;
use tensor_core::{Kind, Tensor};
use transferability_metrics::{
    Error, Features, HScore, Labels, Leep, Metric, Probabilities, Result, Sample, TransRate,
};

fn matrix(values: &[f64], n_rows: i64) -> Tensor {
    tensor_from_slice(values, &[n_rows, values.len() as i64 / n_rows]).expect("matrix")
}

fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.expect_err("bad input").to_string()
}

#[test]
fn labels_name_file_index_and_expectation() {
    let labels = |values: &[i64]| message(Labels::named("y.npy", values));
    assert_eq!(labels(&[]), "y.npy has 0 entries: expected at least 2");
    assert_eq!(labels(&[3]), "y.npy has 1 entries: expected at least 2");
    assert_eq!(
        labels(&[0, 1, -1, -2]),
        "y.npy[2] is -1: labels are class indices, 0 or more"
    );
    assert_eq!(
        labels(&[7, 7, 7]),
        "y.npy holds one class only (7, 3 times): expected at least 2 classes"
    );
}

#[test]
fn features_name_file_index_and_expectation() {
    let features = |tensor| message(Features::named("F.npy", tensor));
    assert_eq!(
        features(matrix(&[0.0, f64::NAN, 1.0, 2.0], 2)),
        "F.npy[0, 1] is NaN: expected a finite number"
    );
    assert_eq!(
        features(matrix(&[0.0, 1.0, 2.0, f64::INFINITY], 2)),
        "F.npy[1, 1] is inf: expected a finite number"
    );
    assert_eq!(
        features(matrix(&[0.0, 1.0], 1)),
        "F.npy has 1 entries: expected at least 2"
    );
    assert_eq!(
        features(Tensor::from_slice(&[0.0, 1.0])),
        "F.npy has shape [2]: expected two dimensions (rows, columns)"
    );
    assert_eq!(
        features(Tensor::from_slice(&[0_i64, 1]).reshape([2, 1])),
        "F.npy has element type int64: expected float32 or float64"
    );
    assert_eq!(
        features(Tensor::zeros([2, 0], (Kind::Float, tensor_core::Device::Cpu))),
        "F.npy has shape [2, 0]: expected (n, d) with d at least 1"
    );
}

#[test]
fn probabilities_name_file_row_and_expectation() {
    let probabilities = |tensor| message(Probabilities::named("P.npy", tensor));
    assert_eq!(
        probabilities(matrix(&[0.5, 0.5, 0.5, 0.25], 2)),
        "P.npy[1] is not a probability distribution: its entries sum to 0.75, expected 1 within 0.000001"
    );
    assert_eq!(
        probabilities(matrix(&[0.5, 0.5, 1.5, -0.5], 2)),
        "P.npy[1] is not a probability distribution: entry 1 is -0.5, expected 0 or more"
    );
    assert!(probabilities(matrix(&[0.5, f64::NAN, 0.5, 0.5], 2)).starts_with("P.npy[0, 1] is NaN"));
    assert!(probabilities(matrix(&[0.5, 0.5], 1)).starts_with("P.npy has 1 entries"));
}

#[test]
fn single_precision_rows_may_be_further_off_the_simplex() {
    let off = matrix(&[0.5, 0.5005, 0.5, 0.5], 2);
    assert!(Probabilities::new(off.to_kind(Kind::Float)).is_ok());
    assert!(Probabilities::new(off).is_err());
}

#[test]
fn lengths_that_differ_name_both_files() -> Result<()> {
    let labels = || Labels::named("y.npy", &[0, 1, 1]);
    let features = Features::named("F.npy", matrix(&[0.0, 1.0], 2))?;
    let expected = "F.npy has 2 entries and y.npy has 3: they must agree";
    assert_eq!(message(Sample::new(labels()?).with_features(features)), expected);
    let probabilities = Probabilities::named("P.npy", matrix(&[1.0, 1.0], 2))?;
    let expected = "P.npy has 2 entries and y.npy has 3: they must agree";
    assert_eq!(
        message(Sample::new(labels()?).with_probabilities(probabilities)),
        expected
    );
    let expected = "weights has 4 entries and y.npy has 3: they must agree";
    assert_eq!(message(Sample::new(labels()?).with_weights(&[1.0; 4])), expected);
    Ok(())
}

#[test]
fn a_metric_without_its_input_says_which() -> Result<()> {
    let sample = Sample::new(Labels::new(&[0, 1])?);
    assert_eq!(
        message(HScore.score(&sample)),
        "the sample holds no features: the metric is computed from them"
    );
    assert_eq!(
        message(Leep.score(&sample)),
        "the sample holds no probabilities: the metric is computed from them"
    );
    Ok(())
}

#[test]
fn selected_rows_are_those_asked_for_in_order() -> Result<()> {
    let sample = Sample::new(Labels::named("y.npy", &[5, 5, 9, 2])?)
        .with_features(Features::named("F.npy", matrix(&[0.0, 1.0, 2.0, 3.0], 4))?)?
        .with_probabilities(Probabilities::new(matrix(
            &[1.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.25, 0.75],
            4,
        ))?)?
        .with_weights(&[1.0, 2.0, 3.0, 4.0])?;
    let selected = sample.select(&[3, 1, 1])?;
    assert_eq!(selected.labels().classes(), [2, 5]);
    assert_eq!(selected.labels().indices(), [0, 1, 1]);
    assert_eq!(selected.weights(), Some([4.0, 2.0, 2.0].as_slice()));
    assert_eq!(selected.features()?.tensor(), &matrix(&[3.0, 1.0, 1.0], 3));
    assert_eq!(
        selected.probabilities()?.tensor(),
        &matrix(&[0.25, 0.75, 0.0, 1.0, 0.0, 1.0], 3)
    );
    assert_eq!(selected.features()?.name(), "F.npy");

    let out_of_range = sample.select(&[0, 4]);
    assert_eq!(
        message(out_of_range),
        "rows[1] is 4: expected a row index below 4"
    );
    assert_eq!(
        message(sample.select(&[0, 1, 0])),
        "y.npy holds one class only (5, 3 times): expected at least 2 classes"
    );
    assert_eq!(
        message(sample.select(&[])),
        "y.npy has 0 entries: expected at least 2"
    );
    Ok(())
}

#[test]
fn rows_of_zero_weight_are_dropped_with_their_classes() -> Result<()> {
    let sample = || -> Result<Sample> {
        Sample::new(Labels::new(&[5, 5, 9, 2])?)
            .with_features(Features::new(matrix(&[0.0, 1.0, 2.0, 3.0], 4))?)
    };
    let weighted = sample()?.with_weights(&[0.0, 0.5, 0.0, 2.0])?;
    assert_eq!(
        (weighted.n_samples(), weighted.labels().classes()),
        (2, [2, 5].as_slice())
    );
    assert_eq!(weighted.weights(), Some([0.5, 2.0].as_slice()));
    assert_eq!(weighted.features()?.tensor(), &matrix(&[1.0, 3.0], 2));

    assert!(matches!(
        sample()?.with_weights(&[1.0, 1.0, 0.0, 0.0]),
        Err(Error::OneClass { class: 5, .. })
    ));
    assert_eq!(
        message(sample()?.with_weights(&[1.0, -1.0, 1.0, 1.0])),
        "weights[1] is -1: weights are 0 or more"
    );
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(sample()?.with_weights(&[1.0, bad, 1.0, 1.0]).is_err());
    }
    assert!(sample()?.with_weights(&[0.0; 4]).is_err());
    Ok(())
}

#[test]
fn weights_that_stand_for_one_sample_have_no_covariance() -> Result<()> {
    let sample = Sample::new(Labels::new(&[0, 1])?)
        .with_features(Features::new(matrix(&[0.0, 1.0], 2))?)?
        .with_weights(&[0.5, 0.5])?;
    assert_eq!(
        message(transferability_metrics::RegularizedHScore.score(&sample)),
        "weights sum to 1: `hscore-reg` counts samples and needs more than 1"
    );
    assert!(TransRate::default().score(&sample)?.is_finite());
    Ok(())
}

#[test]
fn a_gradient_graph_is_left_behind() -> Result<()> {
    let tracked = matrix(&[0.0, 2.0, 2.0, 4.0], 4).set_requires_grad(true);
    let features = Features::new(&tracked * 2.0)?;
    assert!(!features.tensor().requires_grad());
    Ok(())
}
