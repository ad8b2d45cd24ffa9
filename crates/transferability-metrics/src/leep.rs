//! LEEP: log expected empirical prediction.

use serde::{Deserialize, Serialize};
use tensor_core::Tensor;

use crate::class_statistics::total_weight;
use crate::empirical_predictor::JointTable;
use crate::nested::row_tensor;
use crate::{Metric, NestedRows, Requirement, Result, Sample};

/// Log expected empirical prediction: how well the labels are predicted by the source head's own classes.
///
/// ```text
/// LEEP = mean_i log EEP_i,     EEP_i = sum_z P(y_i | z) P_iz,     P(y | z) = J[y, z] / sum_y J[y, z],
/// J[y, z] = (1/n) sum_{i: y_i = y} P_iz
///
/// P_iz   probability of source class z for sample i       y_i   target label of sample i
/// ```
///
/// At most 0 (up to the rounding of the row sums), in nats. A source class without any mass has `P(y | z) = 0`:
/// it takes part in no sum. An expectation of exactly 0, which only weights near the smallest `f64` can bring
/// about, counts as a uniform guess over the `C` target classes, `log EEP_i = -log C`, the floor of the
/// `stable_transfer` code (Agostinelli et al., *How Stable are Transferability Metrics Evaluations?*, ECCV 2022).
///
/// # Shapes
///
/// Reads the probabilities `(n, k)`, `f32` or `f64`; all sums are in `f64`.
///
/// # Complexity
///
/// `O(n k)` time in two passes over the probabilities, block of rows by block of rows on the host;
/// `O(C k)` memory.
///
/// # Reference
///
/// Nguyen, Hassner, Seeger, Archambeau, *LEEP: A New Measure to Evaluate Transferability of Learned
/// Representations*, ICML 2020, arXiv:2002.12462.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Leep, Metric, Probabilities, Sample};
///
/// // Uniform probabilities: P(y | z) is the frequency of y, here 1/2 for both labels.
/// let probabilities = Probabilities::new(tensor_from_slice(&[0.5; 8], &[4, 2])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_probabilities(probabilities)?;
/// assert!((Leep.score(&sample)? + 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leep;

impl Metric for Leep {
    fn name(&self) -> &'static str {
        "leep"
    }

    fn requires(&self) -> Requirement {
        Requirement::Probabilities
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        log_expected_empirical_prediction(sample.probabilities()?.tensor(), sample)
    }

    /// Adds to the joint table what each stage adds to the rows; a second pass over the rows of the stage follows, since
    /// the table has changed. All rows score as [`score`](Metric::score) does, to the last bit.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        nested.check(sample)?;
        let order = nested.staged_order();
        let probabilities = sample.probabilities()?.select(&row_tensor(&order)?)?;
        let assignment = probabilities.tensor();
        let classes: Vec<usize> = order.iter().map(|&row| sample.labels().indices()[row]).collect();
        let weights: Option<Vec<f64>> = sample
            .weights()
            .map(|weights| order.iter().map(|&row| weights[row]).collect());
        let weight = |place: usize| weights.as_ref().map_or(1.0, |weights| weights[place]);

        let mut joint = JointTable::new(sample.labels().n_classes(), probabilities.n_source_classes());
        let mut class_weights = vec![0.0; sample.labels().n_classes()];
        let mut start = 0;
        let mut score_stage = |&length: &usize| {
            if length == sample.n_samples() {
                return self.score(sample);
            }
            let added = assignment.f_narrow(0, start as i64, (length - start) as i64)?;
            joint.add(&added, &classes[start..length], |row| weight(start + row))?;
            for place in start..length {
                class_weights[classes[place]] += weight(place);
            }
            start = length;
            let n_classes = class_weights.iter().filter(|&&weight| weight > 0.0).count();
            let mut logarithms = WeightedLogarithms::new(n_classes);
            joint.clone().into_conditional().for_each_expectation(
                &assignment.f_narrow(0, 0, length as i64)?,
                &classes[..length],
                |place, expectation| logarithms.add(weight(place), expectation),
            )?;
            Ok(logarithms.total() / class_weights.iter().sum::<f64>())
        };
        nested.lengths().iter().map(&mut score_stage).collect()
    }
}

/// [`Leep`] of any soft assignment `(n, k)` of the sample's rows, `f32` or `f64`: source-head probabilities, or the
/// posterior of a mixture model.
pub(crate) fn log_expected_empirical_prediction(assignment: &Tensor, sample: &Sample) -> Result<f64> {
    let labels = sample.labels();
    let weight = |row: usize| sample.weights().map_or(1.0, |weights| weights[row]);
    let mut joint = JointTable::new(labels.n_classes(), assignment.size()[1] as usize);
    joint.add(assignment, labels.indices(), weight)?;
    let mut logarithms = WeightedLogarithms::new(labels.n_classes());
    joint
        .into_conditional()
        .for_each_expectation(assignment, labels.indices(), |row, expectation| {
            logarithms.add(weight(row), expectation);
        })?;
    Ok(logarithms.total() / total_weight(sample))
}

/// The weighted sum of the logarithms of expectations, in blocks so that its rounding error grows with the square root
/// of the number of terms, not with the number.
pub(crate) struct WeightedLogarithms {
    /// What an expectation of 0 counts as.
    floor: f64,
    finished: f64,
    block: f64,
    in_block: usize,
}

impl WeightedLogarithms {
    const BLOCK: usize = 256;

    /// An empty sum for a task of so many target classes.
    pub(crate) fn new(n_classes: usize) -> Self {
        Self {
            floor: -(n_classes as f64).ln(),
            finished: 0.0,
            block: 0.0,
            in_block: 0,
        }
    }

    /// Adds the logarithm of an expectation.
    pub(crate) fn add(&mut self, weight: f64, expectation: f64) {
        let logarithm = if expectation > 0.0 {
            expectation.ln()
        } else {
            self.floor
        };
        self.block += weight * logarithm;
        self.in_block += 1;
        if self.in_block == Self::BLOCK {
            self.finished += self.block;
            (self.block, self.in_block) = (0.0, 0);
        }
    }

    /// The sum.
    pub(crate) fn total(&self) -> f64 {
        self.finished + self.block
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::{Kind, Seed, convert, random};

    use super::*;
    use crate::{Labels, Probabilities};

    /// Sums of up to 5000 terms in two orders.
    const RTOL: f64 = 1e-12;

    /// The definition with full matrices: an expectation is an entry of `P J^T`, each row of `J` divided by the mass of
    /// its source class.
    fn by_definition(rows: &[Vec<f64>], labels: &[usize], n_classes: usize) -> f64 {
        let n_source_classes = rows[0].len();
        let mut joint = vec![vec![0.0; n_source_classes]; n_classes];
        for (row, &label) in rows.iter().zip(labels) {
            for (total, p) in joint[label].iter_mut().zip(row) {
                *total += p;
            }
        }
        let mass: Vec<f64> = (0..n_source_classes)
            .map(|z| joint.iter().map(|class| class[z]).sum())
            .collect();
        let expectation = |row: &[f64], label: usize| {
            (0..n_source_classes)
                .map(|z| joint[label][z] / mass[z] * row[z])
                .sum()
        };
        let logarithms = rows
            .iter()
            .zip(labels)
            .map(|(row, &label)| f64::ln(expectation(row, label)));
        logarithms.sum::<f64>() / rows.len() as f64
    }

    #[test]
    fn blocks_of_rows_in_any_layout_and_kind_give_the_definition() -> Result<()> {
        // 61 source classes: more than one block of rows, and a rest after the last full lane.
        let (n, k) = (5000, 61);
        let logits = random::normal(&mut Seed::new(3).stream("logits", 0), &[k, n], Kind::Double)?;
        let transposed = logits.f_softmax(0, Kind::Double)?.f_tr()?;
        let labels: Vec<i64> = (0..n).map(|row| row * 31 % 17 % 4).collect();
        for kind in [Kind::Double, Kind::Float] {
            let tensor = transposed.f_to_kind(kind)?;
            let flat: Vec<f64> = convert::vector("rows", &tensor.f_to_kind(Kind::Double)?.f_reshape([-1])?)?;
            let rows: Vec<Vec<f64>> = flat.chunks_exact(k as usize).map(<[f64]>::to_vec).collect();
            let sample =
                Sample::new(Labels::new(&labels)?).with_probabilities(Probabilities::new(tensor)?)?;
            let expected = by_definition(&rows, sample.labels().indices(), 4);
            golden::assert_close(&[Leep.score(&sample)?], &[expected], RTOL, 0.0);
        }
        Ok(())
    }

    #[test]
    fn an_expectation_of_zero_counts_as_a_uniform_guess() -> Result<()> {
        // Class 1 weighs so little that its share of each source class rounds to zero.
        let rows = convert::tensor_from_slice(&[0.25; 12], &[3, 4])?;
        let sample = Sample::new(Labels::new(&[0, 0, 1])?)
            .with_probabilities(Probabilities::new(rows)?)?
            .with_weights(&[1.0, 1.0, 5e-324])?;
        // Class 0 has all the mass: its expectations are 1.
        assert_eq!(Leep.score(&sample)?, 5e-324 * -(2_f64.ln()) / 2.0);
        Ok(())
    }
}
