//! The source classes that a head predicts for the target samples.

use tensor_core::{check, convert};
use transferability_metrics::Probabilities;

use crate::{Error, Result};

/// One predicted source class for each of `m` target samples.
///
/// # Examples
///
/// ```
/// use ot_transferability::Predictions;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let probabilities = Probabilities::new(tensor_from_slice(&[0.9, 0.1, 0.2, 0.8, 0.5, 0.5], &[3, 2])?)?;
/// // Of equal probabilities the first counts.
/// assert_eq!(Predictions::of(&probabilities)?.classes(), [0, 1, 0]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions {
    classes: Vec<u32>,
    n_classes: usize,
}

impl Predictions {
    /// Classes in `0..n_classes`, one a sample.
    ///
    /// # Errors
    ///
    /// No sample, more classes than a `u32` counts, or a class out of range.
    pub fn new(classes: &[usize], n_classes: usize) -> Result<Self> {
        check::at_least("predictions", classes.len(), 1)?;
        check::parameter(
            "n_classes",
            n_classes < u32::MAX as usize,
            "below 2^32 - 1",
            n_classes,
        )?;
        if let Some(position) = classes.iter().position(|&class| class >= n_classes) {
            return Err(Error::ClassOutOfRange {
                what: "predictions",
                position,
                class: classes[position],
                n_classes,
            });
        }
        Ok(Self {
            classes: classes.iter().map(|&class| class as u32).collect(),
            n_classes,
        })
    }

    /// The most probable class of each row, the first among equals.
    ///
    /// # Errors
    ///
    /// An error of libtorch.
    pub fn of(probabilities: &Probabilities) -> Result<Self> {
        let predicted = probabilities.tensor().f_argmax(1, false)?;
        let classes: Vec<usize> = convert::vector::<i64>(probabilities.name(), &predicted)?
            .into_iter()
            .map(|class| class as usize)
            .collect();
        Self::new(&classes, probabilities.n_source_classes())
    }

    /// The class of each sample.
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// The number of classes of the head, K; not all need occur.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The number of samples, m.
    pub fn n_samples(&self) -> usize {
        self.classes.len()
    }

    /// The one class that every sample gets, if there is one: such a head tells samples apart no more than no head at
    /// all, and the entropy of its prediction is 0 whatever is given.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::Predictions;
    ///
    /// assert_eq!(Predictions::new(&[3, 3, 3], 10)?.constant_class(), Some(3));
    /// assert_eq!(Predictions::new(&[3, 2, 3], 10)?.constant_class(), None);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn constant_class(&self) -> Option<usize> {
        let first = self.classes[0];
        self.classes
            .iter()
            .all(|&class| class == first)
            .then_some(first as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_out_of_range_is_named() {
        let refused = Predictions::new(&[0, 1, 7], 2);
        assert!(matches!(
            refused,
            Err(Error::ClassOutOfRange {
                position: 2,
                class: 7,
                n_classes: 2,
                ..
            })
        ));
        assert!(matches!(Predictions::new(&[], 2), Err(Error::Core(_))));
        assert!(Predictions::new(&[0], 0).is_err());
        assert!(matches!(Predictions::new(&[0], usize::MAX), Err(Error::Core(_))));
    }
}
