//! Counts of true and predicted classes.

use tensor_core::check;

use crate::{Error, Result};

/// How many samples or pixels of each class (rows) are predicted as each class (columns).
///
/// Matrices of parts of the data [merge](Self::merge) to that of the whole.
///
/// # Examples
///
/// ```
/// use ot_transferability::ConfusionMatrix;
///
/// // The third pixel has the ignored label 255.
/// let mut confusion = ConfusionMatrix::new(3)?;
/// confusion.count(&[0, 0, 255, 1], &[0, 1, 1, 1], Some(255))?;
/// assert_eq!(confusion.ious(), [Some(0.5), Some(0.5), None]);
/// assert_eq!(confusion.mean_iou(), Some(0.5));
/// assert_eq!(confusion.accuracy(), Some(2.0 / 3.0));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    n_classes: usize,
    /// Row after row.
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// No counts, of so many classes.
    ///
    /// # Errors
    ///
    /// No class, or more than 65 536 of them.
    pub fn new(n_classes: usize) -> Result<Self> {
        let valid = (1..=1 << 16).contains(&n_classes);
        check::parameter("n_classes", valid, "at least 1 and at most 65536", n_classes)?;
        Ok(Self {
            n_classes,
            counts: vec![0; n_classes * n_classes],
        })
    }

    /// Counts some samples, except those whose true label is `ignore`.
    ///
    /// # Errors
    ///
    /// Lengths that differ, or a class out of range; nothing is counted then.
    pub fn count(&mut self, labels: &[i64], predictions: &[i64], ignore: Option<i64>) -> Result<()> {
        check::same_length("labels", labels.len(), "predictions", predictions.len())?;
        let class = |what, position, value: i64| -> Result<usize> {
            check::labels(what, &[value])?;
            let class = value as usize;
            if class < self.n_classes {
                return Ok(class);
            }
            Err(Error::ClassOutOfRange {
                what,
                position,
                class,
                n_classes: self.n_classes,
            })
        };
        let mut cells = Vec::with_capacity(labels.len());
        for (position, (&label, &prediction)) in labels.iter().zip(predictions).enumerate() {
            if Some(label) != ignore {
                let row = class("labels", position, label)?;
                cells.push(row * self.n_classes + class("predictions", position, prediction)?);
            }
        }
        for cell in cells {
            self.counts[cell] += 1;
        }
        Ok(())
    }

    /// Adds the counts of another part of the data.
    ///
    /// # Errors
    ///
    /// Another number of classes.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        check::same_length(
            "the classes",
            self.n_classes,
            "the other's classes",
            other.n_classes,
        )?;
        for (count, other) in self.counts.iter_mut().zip(&other.counts) {
            *count += other;
        }
        Ok(())
    }

    /// The counts, row after row.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The intersection over union of each class.
    ///
    /// ```text
    /// IoU_c = n_cc / (sum_k n_ck + sum_k n_kc - n_cc)
    /// ```
    ///
    /// `None` for a class that neither labels nor predictions have.
    pub fn ious(&self) -> Vec<Option<f64>> {
        let (intersections, predicted, labelled) = self.margins();
        ious_of_counts(&intersections, &predicted, &labelled).collect()
    }

    /// The mean of the [ratios](Self::ious) that there are: a class which neither labels nor predictions have is left out, one
    /// that is only predicted counts as 0. `None` before anything was counted.
    pub fn mean_iou(&self) -> Option<f64> {
        let (intersections, predicted, labelled) = self.margins();
        mean_iou_of_counts(&intersections, &predicted, &labelled)
    }

    /// The share of samples whose class is predicted; `None` before anything was counted.
    pub fn accuracy(&self) -> Option<f64> {
        let (intersections, _, labelled) = self.margins();
        let total: u64 = labelled.iter().sum();
        (total > 0).then(|| intersections.iter().sum::<u64>() as f64 / total as f64)
    }

    /// The diagonal, the column sums and the row sums.
    fn margins(&self) -> (Vec<u64>, Vec<u64>, Vec<u64>) {
        let n_classes = self.n_classes;
        let cell = |row: usize, column: usize| self.counts[row * n_classes + column];
        let sum = |of: &dyn Fn(usize) -> u64| (0..n_classes).map(of).sum::<u64>();
        (
            (0..n_classes).map(|class| cell(class, class)).collect(),
            (0..n_classes).map(|class| sum(&|row| cell(row, class))).collect(),
            (0..n_classes)
                .map(|class| sum(&|column| cell(class, column)))
                .collect(),
        )
    }
}

/// The mean intersection over union of the classes that are predicted or labelled, from the counts of each class.
pub(crate) fn mean_iou_of_counts(intersections: &[u64], predicted: &[u64], labelled: &[u64]) -> Option<f64> {
    let (sum, n_classes) = ious_of_counts(intersections, predicted, labelled)
        .flatten()
        .fold((0.0, 0_u32), |(sum, n_classes), iou| (sum + iou, n_classes + 1));
    (n_classes > 0).then(|| sum / f64::from(n_classes))
}

fn ious_of_counts<'a>(
    intersections: &'a [u64],
    predicted: &'a [u64],
    labelled: &'a [u64],
) -> impl Iterator<Item = Option<f64>> + 'a {
    intersections
        .iter()
        .zip(predicted)
        .zip(labelled)
        .map(|((both, predicted), labelled)| {
            let union = predicted + labelled - both;
            (union > 0).then(|| *both as f64 / union as f64)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merge_to_the_whole() -> Result<()> {
        let (labels, predictions) = ([0, 1, 2, 2, 1, 0, 7], [0, 2, 2, 1, 1, 1, 0]);
        let mut whole = ConfusionMatrix::new(4)?;
        whole.count(&labels, &predictions, Some(7))?;
        let mut parts = ConfusionMatrix::new(4)?;
        for range in [0..3, 3..7] {
            let mut part = ConfusionMatrix::new(4)?;
            part.count(&labels[range.clone()], &predictions[range], Some(7))?;
            parts.merge(&part)?;
        }
        assert_eq!(parts, whole);
        // Class 1 has two labels and three predictions, one in common.
        assert_eq!(whole.ious(), [Some(0.5), Some(0.25), Some(1.0 / 3.0), None]);
        Ok(())
    }

    #[test]
    fn bad_classes_are_refused_and_leave_no_trace() -> Result<()> {
        let mut confusion = ConfusionMatrix::new(2)?;
        assert!(matches!(
            confusion.count(&[0, 2], &[0, 0], None),
            Err(Error::ClassOutOfRange { position: 1, .. })
        ));
        assert!(matches!(
            confusion.count(&[0, 1], &[0, -1], None),
            Err(Error::Core(_))
        ));
        assert!(matches!(
            confusion.count(&[0, 1], &[0], None),
            Err(Error::Core(_))
        ));
        assert!(ConfusionMatrix::new(0).is_err() && ConfusionMatrix::new(usize::MAX).is_err());
        assert_eq!((confusion.mean_iou(), confusion.accuracy()), (None, None));
        Ok(())
    }
}
