//! Samples the tests are made of.

use golden::Golden;
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor, convert, random};
use transferability_metrics::{Features, Labels, Probabilities, Sample};

/// A sample of features given row by row.
pub(crate) fn sample(rows: &Tensor, labels: &[i64]) -> Sample {
    let features = Features::new(rows.shallow_clone()).expect("valid features");
    Sample::new(Labels::new(labels).expect("valid labels"))
        .with_features(features)
        .expect("one label a row")
}

/// A sample of `f64` features in row-major order.
pub(crate) fn sample_of(values: &[f64], labels: &[i64]) -> Sample {
    let n_features = values.len() / labels.len();
    let shape = [labels.len() as i64, n_features as i64];
    sample(
        &convert::tensor_from_slice(values, &shape).expect("matrix"),
        labels,
    )
}

/// The matrix of that name in a golden file.
pub(crate) fn golden_matrix(golden: &Golden, name: &str) -> Tensor {
    let (shape, values) = golden.array(name).expect("a matrix");
    convert::tensor_from_slice(&values, &[shape[0] as i64, shape[1] as i64]).expect("matrix")
}

/// The sample of the features and the labels of those names in a golden file.
pub(crate) fn golden_sample(golden: &Golden, features: &str, labels: &str) -> Sample {
    sample(
        &golden_matrix(golden, features),
        &golden.integers(labels).expect("labels"),
    )
}

/// Features and labels drawn at random, with class means that differ.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) rows: Tensor,
    pub(crate) labels: Vec<i64>,
}

impl Drawn {
    /// Rows `i` of class `i mod n_classes` for the first `2 n_classes`, of random classes after that.
    pub(crate) fn new(seed: u64, n_samples: usize, n_features: usize, n_classes: usize) -> Self {
        let seed = Seed::new(seed);
        let choice = random::uniform(
            &mut seed.stream("labels", 0),
            0.0,
            n_classes as f64,
            &[n_samples as i64],
            Kind::Double,
        )
        .and_then(|choice| convert::vector::<f64>("labels", &choice))
        .expect("draws");
        let labels: Vec<i64> = (0..n_samples)
            .map(|row| {
                if row < 2 * n_classes {
                    row % n_classes
                } else {
                    choice[row] as usize
                }
            })
            .map(|class| class as i64)
            .collect();
        let shape = [n_samples as i64, n_features as i64];
        let noise = random::normal(&mut seed.stream("noise", 0), &shape, Kind::Double).expect("draws");
        let mean_shape = [n_classes as i64, n_features as i64];
        let means = random::normal(&mut seed.stream("means", 0), &mean_shape, Kind::Double).expect("draws");
        let rows = noise + means.index_select(0, &Tensor::from_slice(&labels));
        Self { rows, labels }
    }

    pub(crate) fn sample(&self) -> Sample {
        sample(&self.rows, &self.labels)
    }
}

/// Drawn features with fewer and with more features than samples.
pub(crate) fn drawn() -> impl Strategy<Value = Drawn> {
    (any::<u64>(), 2_usize..5, 0_usize..20, 1_usize..30).prop_map(|(seed, n_classes, n_more, n_features)| {
        Drawn::new(seed, 2 * n_classes + n_more, n_features, n_classes)
    })
}

/// Classes of the source head of drawn samples.
const N_SOURCE_CLASSES: usize = 5;

/// The drawn features with probabilities that lean towards the label.
pub(crate) fn full_sample(drawn: &Drawn) -> Sample {
    let n = drawn.labels.len() as i64;
    let mut logits = draw(&drawn.labels, "logits", &[n, N_SOURCE_CLASSES as i64]);
    for (row, &label) in drawn.labels.iter().enumerate() {
        let _ = logits
            .get(row as i64)
            .get(label % N_SOURCE_CLASSES as i64)
            .f_add_scalar_(1.0)
            .expect("adds");
    }
    logits = logits.softmax(1, Kind::Double);
    drawn
        .sample()
        .with_probabilities(Probabilities::new(logits).expect("probabilities"))
        .expect("a sample")
}

/// Normal draws that depend on the labels only, so that a test case is one value.
pub(crate) fn draw(labels: &[i64], stream: &str, shape: &[i64]) -> Tensor {
    let seed = labels.iter().fold(1_u64, |seed, &label| {
        seed.wrapping_mul(31).wrapping_add(label as u64)
    });
    random::normal(&mut Seed::new(seed).stream(stream, 0), shape, Kind::Double).expect("draws")
}
