//! Target labels, checked and compacted.

use tensor_core::check;

use crate::{Error, Result};

/// Class labels of the target samples, compacted to `0..n_classes` with no empty class.
///
/// Classes that no sample has are dropped, so a gap in the numbering never changes a score. The values as given
/// are kept in [`classes`](Self::classes), in increasing order.
///
/// # Examples
///
/// ```
/// use transferability_metrics::Labels;
///
/// let labels = Labels::new(&[7, 2, 7, 2, 2])?;
/// assert_eq!(labels.indices(), [1, 0, 1, 0, 0]);
/// assert_eq!(labels.classes(), [2, 7]);
/// assert_eq!(labels.counts(), [3, 2]);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    what: String,
    indices: Vec<usize>,
    classes: Vec<i64>,
    counts: Vec<usize>,
}

#[allow(clippy::len_without_is_empty, reason = "labels are never empty")]
impl Labels {
    /// Checks and compacts labels.
    ///
    /// # Errors
    ///
    /// Fewer than 2 labels, a negative label, or a single class ([`Error::OneClass`]).
    pub fn new(labels: &[i64]) -> Result<Self> {
        Self::named("labels", labels)
    }

    /// Like [`new`](Self::new), with a name for error messages: `y.npy[3] is -1: ...`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn named(what: &str, labels: &[i64]) -> Result<Self> {
        check::at_least(what, labels.len(), 2)?;
        check::labels(what, labels)?;
        let (indices, classes) = compact(labels);
        Self::from_compact(what, indices, classes)
    }

    /// The labels as class indices in `0..n_classes`.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The class values as they were given, in increasing order: entry `c` is class index `c`.
    pub fn classes(&self) -> &[i64] {
        &self.classes
    }

    /// The number of samples of each class index, all positive.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The number of classes that occur, at least 2.
    pub fn n_classes(&self) -> usize {
        self.classes.len()
    }

    /// The number of samples, at least 2.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// The name used in error messages.
    pub fn name(&self) -> &str {
        &self.what
    }

    /// The labels of some rows, compacted anew. The caller has checked the range.
    pub(crate) fn select(&self, rows: &[usize]) -> Result<Self> {
        let chosen: Vec<i64> = rows.iter().map(|&row| self.classes[self.indices[row]]).collect();
        Self::named(&self.what, &chosen)
    }

    fn from_compact(what: &str, indices: Vec<usize>, classes: Vec<i64>) -> Result<Self> {
        if let [class] = classes[..] {
            return Err(Error::OneClass {
                what: what.to_owned(),
                class,
                n_samples: indices.len(),
            });
        }
        let mut counts = vec![0; classes.len()];
        for &class in &indices {
            counts[class] += 1;
        }
        Ok(Self {
            what: what.to_owned(),
            indices,
            classes,
            counts,
        })
    }
}

/// Replaces values by their rank among the distinct ones, which are returned in increasing order.
fn compact(values: &[i64]) -> (Vec<usize>, Vec<i64>) {
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let rank = |value| {
        distinct
            .binary_search(value)
            .expect("a value is among the distinct values")
    };
    (values.iter().map(rank).collect(), distinct)
}
