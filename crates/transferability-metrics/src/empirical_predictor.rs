//! The empirical predictor of LEEP: labels through the source classes.

use tensor_core::{Kind, Tensor, check};

use crate::{Error, Labels, Probabilities, Result, Sample};

/// A classifier of the target task that is read off a sample: the source head's probabilities through a table.
///
/// ```text
/// EEP(y; x) = sum_z P(y | z) P(z | x),     P(y | z) = J[y, z] / sum_y J[y, z],     J[y, z] = (1/n) sum_{i: y_i = y} P_iz
///
/// P_iz   probability of source class z for sample i of the fit       y_i   its label
/// ```
///
/// [`Leep`](crate::Leep) is the mean of `log EEP(y_i; x_i)` over the sample of the fit. With the predictor at hand it
/// can be evaluated on other samples, or one by one. A source class without any mass has `P(y | z) = 0`.
///
/// # Reference
///
/// Nguyen, Hassner, Seeger, Archambeau, *LEEP: A New Measure to Evaluate Transferability of Learned
/// Representations*, ICML 2020, arXiv:2002.12462, section 3.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{EmpiricalPredictor, Labels, Probabilities, Sample};
///
/// let rows = || Probabilities::new(tensor_from_slice(&[0.8, 0.2, 0.4, 0.6], &[2, 2])?);
/// let labels = Labels::new(&[0, 1])?;
/// let predictor = EmpiricalPredictor::fit(&Sample::new(labels.clone()).with_probabilities(rows()?)?)?;
/// // Masses 1.2 and 0.8 of the two source classes: P(0 | z) is 2/3 and 1/4.
/// assert!((predictor.conditional()[0] - 2.0 / 3.0).abs() < 1e-15);
/// // 0.8 * 2/3 + 0.2 * 1/4 and 0.4 * 1/3 + 0.6 * 3/4 are both 7/12.
/// let expectations = predictor.expectations(&rows()?, &labels)?;
/// assert!(expectations.iter().all(|expectation| (expectation - 7.0 / 12.0).abs() < 1e-15));
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EmpiricalPredictor {
    classes: Vec<i64>,
    table: JointTable,
}

impl EmpiricalPredictor {
    /// Fits the table to the labels and probabilities of a sample; weights count as frequencies.
    ///
    /// # Errors
    ///
    /// [`Error::MissingInput`] if the sample has no probabilities.
    ///
    /// # Complexity
    ///
    /// `O(n k)` time in one pass, `O(C k)` memory.
    pub fn fit(sample: &Sample) -> Result<Self> {
        let probabilities = sample.probabilities()?;
        let labels = sample.labels();
        let mut joint = JointTable::new(labels.n_classes(), probabilities.n_source_classes());
        joint.add(probabilities.tensor(), labels.indices(), |row| {
            sample.weights().map_or(1.0, |weights| weights[row])
        })?;
        Ok(Self {
            classes: labels.classes().to_vec(),
            table: joint.into_conditional(),
        })
    }

    /// The label values of the fit, in increasing order: row `c` of the table is class `c` of these.
    pub fn classes(&self) -> &[i64] {
        &self.classes
    }

    /// The number of source classes, columns of the table.
    pub fn n_source_classes(&self) -> usize {
        self.table.n_source_classes
    }

    /// The table `P(y | z)`, `(C, k)`, row by row.
    pub fn conditional(&self) -> &[f64] {
        &self.table.values
    }

    /// What the predictor expects of each sample's own label, `EEP(y_i; x_i)`.
    ///
    /// At most 1 up to rounding; 0 only if the table holds no mass where the probabilities lie.
    ///
    /// # Errors
    ///
    /// One row of probabilities a label and as many source classes as in the fit are expected;
    /// [`Error::UnknownClass`] for a label that the fit has not seen.
    ///
    /// # Complexity
    ///
    /// `O(n k)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{EmpiricalPredictor, Labels, Probabilities, Sample};
    ///
    /// // One-hot probabilities: the table is the share of the labels in each source class.
    /// let rows = tensor_from_slice(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0], &[3, 2])?;
    /// let sample = Sample::new(Labels::new(&[4, 9, 9])?).with_probabilities(Probabilities::new(rows)?)?;
    /// let predictor = EmpiricalPredictor::fit(&sample)?;
    /// assert_eq!(predictor.conditional(), [0.5, 0.0, 0.5, 1.0]);
    ///
    /// let other = Probabilities::new(tensor_from_slice(&[0.5, 0.5, 0.5, 0.5], &[2, 2])?)?;
    /// assert_eq!(predictor.expectations(&other, &Labels::new(&[9, 4])?)?, [0.75, 0.25]);
    /// assert!(predictor.expectations(&other, &Labels::new(&[9, 5])?).is_err());
    /// # Ok::<(), transferability_metrics::Error>(())
    /// ```
    pub fn expectations(&self, probabilities: &Probabilities, labels: &Labels) -> Result<Vec<f64>> {
        check::same_length(
            probabilities.name(),
            probabilities.n_samples(),
            labels.name(),
            labels.len(),
        )?;
        if probabilities.n_source_classes() != self.n_source_classes() {
            return Err(tensor_core::Error::Shape {
                what: probabilities.name().to_owned(),
                expected: format!("(n, {}), as in the fit", self.n_source_classes()),
                got: probabilities.tensor().size(),
            }
            .into());
        }
        let row_of_class = |class: &i64| {
            self.classes
                .binary_search(class)
                .map_err(|_| Error::UnknownClass {
                    what: labels.name().to_owned(),
                    class: *class,
                })
        };
        let table_rows: Vec<usize> = labels.classes().iter().map(row_of_class).collect::<Result<_>>()?;
        let classes: Vec<usize> = labels.indices().iter().map(|&class| table_rows[class]).collect();
        let mut expectations = Vec::with_capacity(labels.len());
        self.table
            .for_each_expectation(probabilities.tensor(), &classes, |_, expectation| {
                expectations.push(expectation);
            })?;
        Ok(expectations)
    }
}

/// A table of target classes by source classes: masses as they are added, or the shares of the target classes in each
/// source class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JointTable {
    n_source_classes: usize,
    values: Vec<f64>,
}

impl JointTable {
    /// A table of zeros.
    pub(crate) fn new(n_classes: usize, n_source_classes: usize) -> Self {
        Self {
            n_source_classes,
            values: vec![0.0; n_classes * n_source_classes],
        }
    }

    /// Adds the rows of a soft assignment `(n, k)` to those of their classes.
    pub(crate) fn add(
        &mut self,
        assignment: &Tensor,
        classes: &[usize],
        weight: impl Fn(usize) -> f64,
    ) -> Result<()> {
        for_each_row(assignment, |row, probabilities| {
            let class = &mut self.values[classes[row] * self.n_source_classes..][..self.n_source_classes];
            let weight = weight(row);
            for (total, probability) in class.iter_mut().zip(probabilities) {
                *total += weight * probability;
            }
        })
    }

    /// Divides each column by its sum; a column of zeros stays as it is.
    pub(crate) fn into_conditional(mut self) -> Self {
        let mut sums = vec![0.0; self.n_source_classes];
        for row in self.values.chunks_exact(self.n_source_classes) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        for row in self.values.chunks_exact_mut(self.n_source_classes) {
            for (value, &sum) in row.iter_mut().zip(&sums) {
                if sum > 0.0 {
                    *value /= sum;
                }
            }
        }
        self
    }

    /// Calls `visit(row index, expectation)` for every row of a soft assignment, in order: the inner product of the row
    /// and of the table's row of its class.
    pub(crate) fn for_each_expectation(
        &self,
        assignment: &Tensor,
        classes: &[usize],
        mut visit: impl FnMut(usize, f64),
    ) -> Result<()> {
        for_each_row(assignment, |row, probabilities| {
            let label_given_source =
                &self.values[classes[row] * self.n_source_classes..][..self.n_source_classes];
            visit(row, dot(label_given_source, probabilities));
        })
    }
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
        let block = matrix
            .f_narrow(0, start as i64, n_block as i64)?
            .f_to_kind(Kind::Double)?;
        block.f_copy_data(&mut buffer, n_block * n_columns)?;
        for (offset, row) in buffer[..n_block * n_columns].chunks_exact(n_columns).enumerate() {
            visit(start + offset, row);
        }
    }
    Ok(())
}

/// The inner product, in eight interleaved partial sums (which vectorise, and halve the digits lost).
fn dot(left: &[f64], right: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let tail: f64 = left_chunks
        .remainder()
        .iter()
        .zip(right_chunks.remainder())
        .map(|(l, r)| l * r)
        .sum();
    let mut partial = [0.0; LANES];
    for (left, right) in left_chunks.zip(right_chunks) {
        for lane in 0..LANES {
            partial[lane] += left[lane] * right[lane];
        }
    }
    partial.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;

    fn probabilities(values: &[f64]) -> Probabilities {
        let rows = tensor_from_slice(values, &[values.len() as i64 / 2, 2]).expect("a matrix");
        Probabilities::named("P.npy", rows).expect("probabilities")
    }

    fn fitted() -> EmpiricalPredictor {
        let labels = Labels::new(&[3, 3, 8, 8]).expect("labels");
        let sample = Sample::new(labels)
            .with_probabilities(probabilities(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6]))
            .expect("a sample");
        EmpiricalPredictor::fit(&sample).expect("a fit")
    }

    #[test]
    fn columns_of_the_table_are_distributions_over_the_labels() {
        let predictor = fitted();
        assert_eq!(
            (predictor.classes(), predictor.n_source_classes()),
            (&[3, 8][..], 2)
        );
        let table = predictor.conditional();
        golden::assert_close(table, &[1.7 / 2.4, 0.3 / 1.6, 0.7 / 2.4, 1.3 / 1.6], 1e-15, 0.0);
    }

    #[test]
    fn what_does_not_fit_the_table_is_refused() {
        let predictor = fitted();
        let error_of = |probabilities: &Probabilities, labels: &[i64]| {
            let labels = Labels::named("y.npy", labels).expect("labels");
            let error = predictor.expectations(probabilities, &labels);
            error.expect_err("refused").to_string()
        };
        let two = probabilities(&[0.5; 4]);
        assert_eq!(
            error_of(&two, &[3, 4]),
            "y.npy holds class 4, which the fit has not seen"
        );
        assert_eq!(
            error_of(&two, &[3, 8, 8]),
            "P.npy has 2 entries and y.npy has 3: they must agree"
        );
        let rows = tensor_from_slice(&[0.25; 8], &[2, 4]).expect("a matrix");
        let four = Probabilities::named("P.npy", rows).expect("probabilities");
        assert_eq!(
            error_of(&four, &[3, 8]),
            "P.npy has shape [2, 4]: expected (n, 2), as in the fit"
        );
    }

    #[test]
    fn no_mass_where_the_probabilities_lie_expects_nothing() -> Result<()> {
        let labels = Labels::new(&[0, 1])?;
        let sample = Sample::new(labels.clone()).with_probabilities(probabilities(&[1.0, 0.0, 1.0, 0.0]))?;
        let predictor = EmpiricalPredictor::fit(&sample)?;
        let elsewhere = probabilities(&[0.0, 1.0, 0.5, 0.5]);
        assert_eq!(predictor.expectations(&elsewhere, &labels)?, [0.0, 0.25]);
        Ok(())
    }
}
