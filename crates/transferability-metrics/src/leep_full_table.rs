//! LEEP with the table of the whole sample, averaged over a part of it.

use serde::{Deserialize, Serialize};

use crate::leep::WeightedLogarithms;
use crate::{EmpiricalPredictor, Leep, Metric, NestedRows, Requirement, Result, Sample};

/// [`Leep`] of some rows of a sample under the table of all of them.
///
/// ```text
/// score_subset(S) = (1 / |S|) sum_{i in S} log EEP(y_i; x_i),     EEP fitted on the whole sample
/// ```
///
/// Plain LEEP fits its table to the rows that it scores, so that a small subset is fitted better than a large one. Here
/// the table is always the same, and what changes with the subset is which rows are averaged; for disjoint subsets the
/// score is additive, weighted by their sizes. The score of the whole sample is that of [`Leep`], to the last bit.
///
/// Not in the [`catalogue`](crate::catalogue).
///
/// # Shapes
///
/// Reads the probabilities `(n, k)`. Takes weights.
///
/// # Complexity
///
/// `O(n k)`, however many subsets [`score_nested`](Metric::score_nested) scores.
///
/// # Reference
///
/// That of [`Leep`]; the choice of rows is ours.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, LeepFullTable, Metric, Probabilities, Sample};
///
/// // Source class 0 holds both labels equally, source class 1 the second only.
/// let rows = tensor_from_slice(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0], &[4, 2])?;
/// let sample = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_probabilities(Probabilities::new(rows)?)?;
/// // log 1/2 of the first row, log 1 of the last.
/// let score = LeepFullTable.score_subset(&sample, &[0, 3])?;
/// assert!((score - 0.5 * 0.5_f64.ln()).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeepFullTable;

impl Metric for LeepFullTable {
    fn name(&self) -> &'static str {
        "leep-full-table"
    }

    fn requires(&self) -> Requirement {
        Requirement::Probabilities
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        Leep.score(sample)
    }

    fn score_subset(&self, sample: &Sample, rows: &[usize]) -> Result<f64> {
        sample.check_rows(rows)?;
        sample.labels().select(rows)?;
        Ok(mean_logarithm(sample, &expectations(sample)?, rows))
    }

    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        nested.check(sample)?;
        let expectations = expectations(sample)?;
        let of_stage = |rows: Vec<usize>| mean_logarithm(sample, &expectations, &rows);
        Ok(nested.ascending_prefixes().map(of_stage).collect())
    }
}

/// What the predictor of the sample expects of each of its rows.
fn expectations(sample: &Sample) -> Result<Vec<f64>> {
    EmpiricalPredictor::fit(sample)?.expectations(sample.probabilities()?, sample.labels())
}

/// The weighted mean of the logarithms over some rows.
fn mean_logarithm(sample: &Sample, expectations: &[f64], rows: &[usize]) -> f64 {
    let mut logarithms = WeightedLogarithms::new(sample.labels().n_classes());
    let mut class_weights = vec![0.0; sample.labels().n_classes()];
    for &row in rows {
        let weight = sample.weights().map_or(1.0, |weights| weights[row]);
        logarithms.add(weight, expectations[row]);
        class_weights[sample.labels().indices()[row]] += weight;
    }
    // Summed by class, as the weight of a sample is everywhere.
    logarithms.total() / class_weights.iter().sum::<f64>()
}
