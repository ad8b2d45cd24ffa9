//! LEEP: log expected empirical prediction.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Tensor};

use crate::class_statistics::total_weight;
use crate::{Metric, Requirement, Result, Sample};

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
}

/// [`Leep`] of any soft assignment `(n, k)` of the sample's rows, `f32` or `f64`: source-head probabilities, or the
/// posterior of a mixture model.
pub(crate) fn log_expected_empirical_prediction(assignment: &Tensor, sample: &Sample) -> Result<f64> {
    let n_classes = sample.labels().n_classes();
    let n_source_classes = assignment.size()[1] as usize;
    let labels = sample.labels().indices();
    let weight = |row: usize| sample.weights().map_or(1.0, |weights| weights[row]);

    let mut joint = vec![0.0; n_classes * n_source_classes];
    for_each_row(assignment, |row, probabilities| {
        let class = &mut joint[labels[row] * n_source_classes..][..n_source_classes];
        let weight = weight(row);
        for (total, probability) in class.iter_mut().zip(probabilities) {
            *total += weight * probability;
        }
    })?;
    normalize_columns(&mut joint, n_source_classes);

    let floor = -(n_classes as f64).ln();
    let mut logarithms = BlockedSum::default();
    for_each_row(assignment, |row, probabilities| {
        let label_given_source = &joint[labels[row] * n_source_classes..][..n_source_classes];
        let expectation = dot(label_given_source, probabilities);
        logarithms.add(weight(row) * if expectation > 0.0 { expectation.ln() } else { floor });
    })?;
    Ok(logarithms.total() / total_weight(sample))
}

/// Calls `visit(row index, row in f64)` for every row, in order.
fn for_each_row(matrix: &Tensor, mut visit: impl FnMut(usize, &[f64])) -> Result<()> {
    /// Values copied at a time: half a megabyte, which stays in the second-level cache.
    const BLOCK_VALUES: usize = 1 << 16;
    let (n_rows, n_columns) = (matrix.size()[0] as usize, matrix.size()[1] as usize);
    let block_rows = (BLOCK_VALUES / n_columns).clamp(1, n_rows);
    let mut buffer = vec![0.0; block_rows * n_columns];
    for start in (0..n_rows).step_by(block_rows) {
        let n_block = block_rows.min(n_rows - start);
        let block = matrix.f_narrow(0, start as i64, n_block as i64)?.f_to_kind(Kind::Double)?;
        block.f_copy_data(&mut buffer, n_block * n_columns)?;
        for (offset, row) in buffer[..n_block * n_columns].chunks_exact(n_columns).enumerate() {
            visit(start + offset, row);
        }
    }
    Ok(())
}

/// Divides each column of a row-major matrix by its sum; a column of zeros stays as it is.
fn normalize_columns(matrix: &mut [f64], n_columns: usize) {
    let mut sums = vec![0.0; n_columns];
    for row in matrix.chunks_exact(n_columns) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    for row in matrix.chunks_exact_mut(n_columns) {
        for (value, &sum) in row.iter_mut().zip(&sums) {
            if sum > 0.0 {
                *value /= sum;
            }
        }
    }
}

/// The inner product, in eight interleaved partial sums (which vectorise, and halve the digits lost).
fn dot(left: &[f64], right: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let tail: f64 = left_chunks.remainder().iter().zip(right_chunks.remainder()).map(|(l, r)| l * r).sum();
    let mut partial = [0.0; LANES];
    for (left, right) in left_chunks.zip(right_chunks) {
        for lane in 0..LANES {
            partial[lane] += left[lane] * right[lane];
        }
    }
    partial.iter().sum::<f64>() + tail
}

/// A running sum whose rounding error grows with the square root of the number of terms, not with the number.
#[derive(Default)]
struct BlockedSum {
    finished: f64,
    block: f64,
    in_block: usize,
}

impl BlockedSum {
    const BLOCK: usize = 256;

    fn add(&mut self, term: f64) {
        self.block += term;
        self.in_block += 1;
        if self.in_block == Self::BLOCK {
            self.finished += self.block;
            (self.block, self.in_block) = (0.0, 0);
        }
    }

    fn total(&self) -> f64 {
        self.finished + self.block
    }
}
