//! The best head over the source's probabilities.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, check};
use transferability_metrics::{EmpiricalPredictor, Sample};

use super::RowWeights;
use crate::Result;

/// The greatest mean log-likelihood that a table over the source classes can give the labels.
///
/// ```text
/// l* = max_W l(W),    l(W) = (1/n) sum_j log E_j,    E_j = sum_z W[y_j, z] P_jz
///
/// W      a C x K table, non-negative, each column with sum 1
/// P_jz   probability of source class z for sample j       y_j   label of sample j
/// ```
///
/// [`Leep`](transferability_metrics::Leep) is `l(W)` of one such table, where the search starts. Each step is one of
/// expectation maximisation, which never lowers `l`:
///
/// ```text
/// W[y, z] <- W[y, z] G[y, z] / sum_y' W[y', z] G[y', z],    G[y, z] = sum_{j: y_j = y} P_jz / E_j
/// ```
///
/// `l` is concave. How far it can still rise follows from Jensen's inequality: for every other table `V` with
/// expectations `E'_j`,
///
/// ```text
/// l(V) - l(W) = mean_j log(E'_j / E_j) <= log mean_j (E'_j / E_j) = log( (1/n) sum_yz V[y, z] G[y, z] )
///            <= log( (1/n) sum_z max_y G[y, z] ) = gap
/// ```
///
/// since a column of `V` averages the same column of `G`. So `l(W) <= l* <= l(W) + gap`, up to rounding, and the search
/// ends when the gap is within the tolerance. At the optimum the gap is 0. Weights of the sample count as frequencies.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `tolerance` | 1e-6 | greatest gap at which the search ends, in nats | above 0 | ours: far below differences between networks |
/// | `max_iterations` | 10 000 | steps after which it ends in any case | any | ours |
///
/// # Complexity
///
/// `O(n K)` a step, in one pass over the probabilities on the host; `O(C K + n)` memory. Few steps are needed where the
/// predicted class nearly determines the label, hundreds where labels are noisy.
///
/// # Reference
///
/// A. P. Dempster, N. M. Laird, D. B. Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm", 1977,
/// doi:10.1111/j.2517-6161.1977.tb01600.x.
///
/// # Examples
///
/// ```
/// use hard_subset::bounds::{HeadStatus, OptimalHead};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Probabilities, Sample};
///
/// // One-hot rows: the best table holds the frequencies of the labels in each source class.
/// let rows = tensor_from_slice(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0], &[4, 2])?;
/// let sample = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_probabilities(Probabilities::new(rows)?)?;
/// let head = OptimalHead::default().fit(&sample)?;
/// assert_eq!(head.table, [0.5, 0.0, 0.5, 1.0]);
/// assert!((head.log_likelihood - 0.5 * 0.5_f64.ln()).abs() < 1e-15);
/// assert_eq!((head.status, head.n_iterations), (HeadStatus::Converged, 0));
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimalHead {
    /// The greatest gap at which the search ends, in nats.
    pub tolerance: f64,
    /// The number of steps after which it ends in any case.
    pub max_iterations: usize,
}

impl Default for OptimalHead {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            max_iterations: 10_000,
        }
    }
}

/// A head and how far it can be from the best one: see [`OptimalHead`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedHead {
    /// The table, `(C, K)`, row by row: the rows are the classes of the labels in increasing order. A source class without
    /// any mass has equal entries.
    pub table: Vec<f64>,
    /// The mean log-likelihood, in nats: a lower bound of the greatest one.
    pub log_likelihood: f64,
    /// How much greater that of the best head can be, in nats.
    pub gap: f64,
    /// The log-likelihood of each sample.
    pub log_likelihoods: Vec<f64>,
    /// Steps taken.
    pub n_iterations: usize,
    /// Why the search ended.
    pub status: HeadStatus,
}

/// Why the search of [`OptimalHead`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadStatus {
    /// The gap is within the tolerance.
    Converged,
    /// The number of steps was reached first. The gap is valid all the same.
    MaxIterations,
    /// The next step would give a sample no probability at all: its weight is so small that its part of the table rounds to
    /// 0. The table, and the gap, are those before it.
    Stalled,
}

impl OptimalHead {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A tolerance that is not a finite number above 0.
    pub fn validate(&self) -> Result<()> {
        Ok(check::positive("tolerance", self.tolerance)?)
    }

    /// Searches for the best head of a sample.
    ///
    /// # Errors
    ///
    /// Parameters out of range; a sample without probabilities; weights whose sum is beyond the largest double. Not to
    /// converge is no error but a [status](FittedHead::status).
    pub fn fit(&self, sample: &Sample) -> Result<FittedHead> {
        self.validate()?;
        let mut table = initial_table(sample)?;
        let mut state = State::at(&table, sample)?;
        if !state.log_likelihood.is_finite() {
            // A weight so small that LEEP gives its sample no probability at all.
            table.fill(1.0 / sample.labels().n_classes() as f64);
            state = State::at(&table, sample)?;
        }
        let mut n_iterations = 0;
        let status = loop {
            if state.gap <= self.tolerance {
                break HeadStatus::Converged;
            }
            if n_iterations == self.max_iterations {
                break HeadStatus::MaxIterations;
            }
            let next_table = state.step(&table);
            let next = State::at(&next_table, sample)?;
            if !next.log_likelihood.is_finite() {
                break HeadStatus::Stalled;
            }
            (table, state) = (next_table, next);
            n_iterations += 1;
        };
        Ok(FittedHead {
            table,
            log_likelihood: state.log_likelihood,
            gap: state.gap,
            log_likelihoods: state.log_likelihoods,
            n_iterations,
            status,
        })
    }
}

/// The table of LEEP, with equal entries in the columns that have no mass.
fn initial_table(sample: &Sample) -> Result<Vec<f64>> {
    let predictor = EmpiricalPredictor::fit(sample)?;
    let (n_source_classes, n_classes) = (predictor.n_source_classes(), sample.labels().n_classes());
    let mut table = predictor.conditional().to_vec();
    for source_class in 0..n_source_classes {
        let column = || (source_class..n_classes * n_source_classes).step_by(n_source_classes);
        if column().all(|entry| table[entry] == 0.0) {
            column().for_each(|entry| table[entry] = 1.0 / n_classes as f64);
        }
    }
    Ok(table)
}

/// What one pass over the probabilities says about a table.
struct State {
    n_source_classes: usize,
    log_likelihood: f64,
    gap: f64,
    log_likelihoods: Vec<f64>,
    /// `G[y, z]`, row by row.
    gains: Vec<f64>,
}

impl State {
    fn at(table: &[f64], sample: &Sample) -> Result<Self> {
        let n_source_classes = sample.probabilities()?.n_source_classes();
        let labels = sample.labels().indices();
        let mut gains = vec![0.0; table.len()];
        let mut log_likelihoods = Vec::with_capacity(sample.n_samples());
        let weights = RowWeights::of(sample)?;
        let mut total = 0.0;
        for_each_row(sample, |row, probabilities| {
            let class = labels[row] * n_source_classes..(labels[row] + 1) * n_source_classes;
            let expectation = dot(&table[class.clone()], probabilities);
            let weight = weights.at(row);
            for (gain, probability) in gains[class].iter_mut().zip(probabilities) {
                *gain += weight / expectation * probability;
            }
            log_likelihoods.push(expectation.ln());
            total += weight * expectation.ln();
        })?;
        Ok(Self {
            n_source_classes,
            log_likelihood: total / weights.total,
            gap: (column_maxima(&gains, n_source_classes).iter().sum::<f64>() / weights.total)
                .ln()
                .max(0.0),
            log_likelihoods,
            gains,
        })
    }

    /// The next table: entries times gains, columns divided by their sums. A column without gains stays as it is.
    fn step(&self, table: &[f64]) -> Vec<f64> {
        let mut next: Vec<f64> = table
            .iter()
            .zip(&self.gains)
            .map(|(entry, gain)| entry * gain)
            .collect();
        let mut sums = vec![0.0; self.n_source_classes];
        for row in next.chunks_exact(self.n_source_classes) {
            for (sum, entry) in sums.iter_mut().zip(row) {
                *sum += entry;
            }
        }
        for (place, entry) in next.iter_mut().enumerate() {
            let sum = sums[place % self.n_source_classes];
            *entry = if sum > 0.0 { *entry / sum } else { table[place] };
        }
        next
    }
}

fn column_maxima(matrix: &[f64], n_columns: usize) -> Vec<f64> {
    let mut maxima = vec![0.0_f64; n_columns];
    for row in matrix.chunks_exact(n_columns) {
        for (maximum, &entry) in maxima.iter_mut().zip(row) {
            *maximum = maximum.max(entry);
        }
    }
    maxima
}

/// Gives `visit` the index and the probabilities of each sample, in order.
fn for_each_row(sample: &Sample, mut visit: impl FnMut(usize, &[f64])) -> Result<()> {
    /// Values copied at a time: half a megabyte, for a core's second cache.
    const BLOCK_VALUES: usize = 1 << 16;
    let probabilities = sample.probabilities()?;
    let (n_rows, n_columns) = (probabilities.n_samples(), probabilities.n_source_classes());
    let block_rows = (BLOCK_VALUES / n_columns).clamp(1, n_rows);
    let mut buffer = vec![0.0; block_rows * n_columns];
    for first_row in (0..n_rows).step_by(block_rows) {
        let n_values = block_rows.min(n_rows - first_row) * n_columns;
        let block = probabilities
            .tensor()
            .f_narrow(0, first_row as i64, (n_values / n_columns) as i64)?
            .f_to_kind(Kind::Double)?;
        block.f_copy_data(&mut buffer, n_values)?;
        for (offset, row) in buffer[..n_values].chunks_exact(n_columns).enumerate() {
            visit(first_row + offset, row);
        }
    }
    Ok(())
}

/// The inner product, in eight interleaved partial sums, which vectorise.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest = left_chunks.remainder().iter().zip(right_chunks.remainder());
    let rest: f64 = rest.map(|(l, r)| l * r).sum();
    let mut partial = [0.0; LANES];
    for (left, right) in left_chunks.zip(right_chunks) {
        for lane in 0..LANES {
            partial[lane] += left[lane] * right[lane];
        }
    }
    partial.iter().sum::<f64>() + rest
}
