//! Pairs of labelled samples that the tests of dataset distances share.

use ot_transferability::SourceSample;
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor, convert, random};
use transferability_metrics::{Features, Labels, Sample};

/// Rows with one label each.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) points: Tensor,
    pub(crate) labels: Vec<i64>,
}

impl Rows {
    /// Standard normal rows whose class means are a normal draw too; row `i` is of class `i mod n_classes`.
    pub(crate) fn drawn(
        seed: Seed,
        stream: &str,
        n_samples: usize,
        n_features: usize,
        n_classes: usize,
    ) -> Self {
        let normal = |index, rows: usize| {
            let shape = [rows as i64, n_features as i64];
            random::normal(&mut seed.stream(stream, index), &shape, Kind::Double).expect("draws")
        };
        let labels: Vec<i64> = (0..n_samples).map(|row| (row % n_classes) as i64).collect();
        let means = normal(0, n_classes).index_select(0, &Tensor::from_slice(&labels));
        Self {
            points: normal(1, n_samples) + 2.0 * means,
            labels,
        }
    }

    pub(crate) fn map(&self, change: impl FnOnce(&Tensor) -> Tensor) -> Self {
        Self {
            points: change(&self.points),
            labels: self.labels.clone(),
        }
    }

    /// Some rows, in the order given.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let indices: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
        Self {
            points: self.points.index_select(0, &Tensor::from_slice(&indices)),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
        }
    }

    pub(crate) fn source(&self) -> SourceSample {
        SourceSample::new(&self.features(), self.labels()).expect("a label a row")
    }

    pub(crate) fn target(&self) -> Sample {
        Sample::new(self.labels())
            .with_features(self.features())
            .expect("a label a row")
    }

    fn features(&self) -> Features {
        Features::new(self.points.shallow_clone()).expect("valid features")
    }

    fn labels(&self) -> Labels {
        Labels::new(&self.labels).expect("valid labels")
    }
}

/// Rows of one feature.
pub(crate) fn on_the_line(values: &[f64], labels: &[i64]) -> Rows {
    Rows {
        points: convert::tensor_from_slice(values, &[values.len() as i64, 1]).expect("a column"),
        labels: labels.to_vec(),
    }
}

/// A source of 6 to 20 rows in 2 or 3 classes and a target of 5 to 16 in 2 to 4, with 2 to 5 features.
pub(crate) fn pairs() -> impl Strategy<Value = (Rows, Rows)> {
    (
        any::<u64>(),
        6_usize..=20,
        5_usize..=16,
        2_usize..=5,
        2_usize..=3,
        2_usize..=4,
    )
        .prop_map(|(seed, n, m, d, n_source_classes, n_target_classes)| {
            let seed = Seed::new(seed);
            (
                Rows::drawn(seed, "source", n, d, n_source_classes),
                Rows::drawn(seed, "target", m, d, n_target_classes),
            )
        })
}
