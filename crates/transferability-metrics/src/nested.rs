//! Nested sets of rows: the prefixes of one order.

use tensor_core::{Tensor, check};

use crate::{Error, Result, Sample};

/// A growing set of rows: an order of distinct rows, and the lengths of the prefixes that count as stages.
///
/// [`Metric::score_nested`](crate::Metric::score_nested) scores every stage. That the rows are rows of the sample is
/// found out there.
///
/// # Examples
///
/// ```
/// use transferability_metrics::NestedRows;
///
/// let nested = NestedRows::new(vec![4, 0, 2, 1], vec![2, 3])?;
/// assert_eq!(nested.prefix(0), Some(&[4, 0][..]));
/// assert_eq!(nested.prefix(1), Some(&[4, 0, 2][..]));
/// assert_eq!(nested.prefix(2), None);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedRows {
    order: Vec<usize>,
    lengths: Vec<usize>,
}

impl NestedRows {
    /// Checks an order of rows and the lengths of its stages.
    ///
    /// # Errors
    ///
    /// [`Error::RepeatedRow`] if a row comes twice; no length at all; [`Error::StageLength`] unless each length is more
    /// than the one before it, more than 0, and at most the number of rows.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` for `n` rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::NestedRows;
    ///
    /// let error = NestedRows::new(vec![4, 0, 2], vec![2, 2]).unwrap_err();
    /// assert_eq!(error.to_string(), "lengths[1] is 2: expected more than 2 and at most 3");
    /// let error = NestedRows::new(vec![4, 0, 4], vec![3]).unwrap_err();
    /// assert_eq!(error.to_string(), "order[2] is 4, as is order[0]: expected distinct rows");
    /// ```
    pub fn new(order: Vec<usize>, lengths: Vec<usize>) -> Result<Self> {
        let mut positions: Vec<usize> = (0..order.len()).collect();
        positions.sort_by_key(|&position| order[position]);
        let repeated = positions
            .windows(2)
            .filter(|pair| order[pair[0]] == order[pair[1]])
            .min_by_key(|pair| pair[1]);
        if let Some(&[first, position]) = repeated {
            return Err(Error::RepeatedRow {
                position,
                row: order[position],
                first,
            });
        }
        check::at_least("lengths", lengths.len(), 1)?;
        let mut before = 0;
        for (position, &length) in lengths.iter().enumerate() {
            if length <= before || length > order.len() {
                return Err(Error::StageLength {
                    position,
                    length,
                    more_than: before,
                    at_most: order.len(),
                });
            }
            before = length;
        }
        Ok(Self { order, lengths })
    }

    /// The rows in their order, all distinct; those beyond the last stage belong to none.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The lengths of the stages, increasing.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The rows of a stage, in their order; `None` if there are fewer stages.
    pub fn prefix(&self, stage: usize) -> Option<&[usize]> {
        self.lengths.get(stage).map(|&length| &self.order[..length])
    }

    /// The rows of each stage, in increasing order.
    pub(crate) fn ascending_prefixes(&self) -> impl Iterator<Item = Vec<usize>> {
        self.lengths.iter().map(|&length| {
            let mut rows = self.order[..length].to_vec();
            rows.sort_unstable();
            rows
        })
    }

    /// The rows of the last stage, those that a stage adds in increasing order: the prefixes are the stages still, and
    /// what is computed from them does not depend on the order within a stage.
    pub(crate) fn staged_order(&self) -> Vec<usize> {
        let mut rows = self.order[..self.lengths[self.lengths.len() - 1]].to_vec();
        let mut start = 0;
        for &length in &self.lengths {
            rows[start..length].sort_unstable();
            start = length;
        }
        rows
    }

    /// Refuses what [`Sample::select`] refuses of a stage: a row out of range, and rows of fewer than two classes, which
    /// only the first stage can be.
    pub(crate) fn check(&self, sample: &Sample) -> Result<()> {
        let mut prefixes = self.ascending_prefixes();
        if let Some(first) = prefixes.next() {
            sample.check_rows(&first)?;
            sample.labels().select(&first)?;
        }
        let last = &self.order[..self.lengths[self.lengths.len() - 1]];
        if last.iter().any(|&row| row >= sample.n_samples()) {
            prefixes.try_for_each(|rows| sample.check_rows(&rows))?;
        }
        Ok(())
    }
}

/// Row indices as a tensor for selecting rows, on the host.
pub(crate) fn row_tensor(rows: &[usize]) -> Result<Tensor> {
    let indices: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    Ok(Tensor::f_from_slice(&indices)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Labels;

    fn error_of(order: &[usize], lengths: &[usize]) -> String {
        NestedRows::new(order.to_vec(), lengths.to_vec())
            .expect_err("refused")
            .to_string()
    }

    #[test]
    fn lengths_and_rows_are_checked() {
        let none = error_of(&[1, 0], &[]);
        assert_eq!(none, "lengths has 0 entries: expected at least 1");
        let empty = error_of(&[1, 0], &[0, 1]);
        assert_eq!(empty, "lengths[0] is 0: expected more than 0 and at most 2");
        let long = error_of(&[1, 0], &[1, 3]);
        assert_eq!(long, "lengths[1] is 3: expected more than 1 and at most 2");
        let falling = error_of(&[1, 0, 2], &[2, 1]);
        assert_eq!(falling, "lengths[1] is 1: expected more than 2 and at most 3");
        let repeated = error_of(&[5, 3, 0, 3, 5], &[5]);
        assert_eq!(repeated, "order[3] is 3, as is order[1]: expected distinct rows");
    }

    #[test]
    fn stages_are_sorted_one_by_one() -> Result<()> {
        let nested = NestedRows::new(vec![7, 2, 5, 1, 9, 0], vec![2, 5])?;
        assert_eq!(nested.order(), [7, 2, 5, 1, 9, 0]);
        assert_eq!(nested.lengths(), [2, 5]);
        assert_eq!(nested.prefix(1), Some(&[7, 2, 5, 1, 9][..]));
        assert_eq!(nested.staged_order(), [2, 7, 1, 5, 9]);
        let prefixes: Vec<_> = nested.ascending_prefixes().collect();
        assert_eq!(prefixes, [vec![2, 7], vec![1, 2, 5, 7, 9]]);
        Ok(())
    }

    #[test]
    fn the_first_stage_that_cannot_be_selected_is_named() -> Result<()> {
        let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?);
        let check = |order: &[usize], lengths: &[usize]| {
            NestedRows::new(order.to_vec(), lengths.to_vec())?.check(&sample)
        };
        check(&[0, 2, 1, 3], &[2, 4])?;
        let one_class = check(&[0, 1, 2], &[2, 3]).expect_err("one class");
        assert!(
            matches!(one_class, Error::OneClass { class: 0, .. }),
            "{one_class}"
        );
        let beyond = check(&[3, 0, 4], &[2, 3]).expect_err("no row 4");
        assert!(
            matches!(
                beyond,
                Error::RowOutOfRange {
                    position: 2,
                    row: 4,
                    n_samples: 4
                }
            ),
            "{beyond}"
        );
        // Beyond the last stage nothing is looked at.
        check(&[3, 0, 4], &[2])
    }
}
