//! What every metric offers.

use std::fmt;

use crate::{NestedRows, Result, Sample};

/// What a metric reads besides the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// Feature vectors of the target samples: [`Sample::with_features`].
    Features,
    /// Class probabilities of the source head on the target samples: [`Sample::with_probabilities`].
    Probabilities,
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Features => "features",
            Self::Probabilities => "probabilities",
        })
    }
}

/// A transferability metric: a number that is higher the better a pre-trained network suits a target task.
///
/// Scores of one metric compare networks on one target sample; scores of two metrics do not compare.
///
/// # Examples
///
/// ```
/// use transferability_metrics::{HScore, Metric, Requirement};
///
/// let metric = HScore;
/// assert_eq!(metric.name(), "hscore");
/// assert_eq!(metric.requires(), Requirement::Features);
/// assert!(metric.takes_weights());
/// ```
pub trait Metric: fmt::Debug + Send + Sync {
    /// The metric's name on the command line and in [`by_name`](crate::by_name).
    fn name(&self) -> &'static str;

    /// What the metric reads besides the labels.
    fn requires(&self) -> Requirement;

    /// Whether the metric has a weighted form ([`Sample::with_weights`]).
    fn takes_weights(&self) -> bool;

    /// Scores the sample: higher is better.
    ///
    /// # Errors
    ///
    /// [`Error::MissingInput`](crate::Error::MissingInput) if the sample lacks what the metric reads,
    /// [`Error::WeightsUnsupported`](crate::Error::WeightsUnsupported) if it is weighted and the metric has no
    /// weighted form, an error of the metric's parameters, or one of the factorisations.
    fn score(&self, sample: &Sample) -> Result<f64>;

    /// The least number of samples of a class from which the metric learns something about it.
    ///
    /// 1, but 2 for the metrics that measure the spread within a class. A subset that is to be scored keeps so many of
    /// each class.
    fn least_class_size(&self) -> usize {
        1
    }

    /// Scores some rows of the sample.
    ///
    /// The score of [`Sample::select`], except where a metric first fits the features to the sample as a whole:
    /// [`Gbc`](crate::Gbc) takes its principal components from all rows, and the classes from the rows given. For every
    /// metric, all rows in increasing order score as [`score`](Self::score) does, to the last bit.
    ///
    /// # Errors
    ///
    /// A row out of range, rows of fewer than two classes, or as [`score`](Self::score).
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Features, HScore, Labels, Metric, Sample};
    ///
    /// let features = Features::new(tensor_from_slice(&[0.0, 2.0, 9.0, 2.0, 4.0], &[5, 1])?)?;
    /// let sample = Sample::new(Labels::new(&[0, 0, 0, 1, 1])?).with_features(features)?;
    /// // Without the third row: class means 1 and 3, between-class variance 1 of a total of 2.
    /// assert!((HScore.score_subset(&sample, &[0, 1, 3, 4])? - 0.5).abs() < 1e-15);
    /// # Ok::<(), transferability_metrics::Error>(())
    /// ```
    fn score_subset(&self, sample: &Sample, rows: &[usize]) -> Result<f64> {
        self.score(&sample.select(rows)?)
    }

    /// Scores a growing set of rows after each of its stages.
    ///
    /// Entry `i` is the [`score_subset`](Self::score_subset) of the rows of stage `i` in increasing order. Several
    /// metrics carry their sums from one stage to the next instead of starting anew, which changes the last digits. The
    /// difference grows with the condition of the second moments; at a condition of 1e6, differences of 5e-11 were seen. A
    /// stage of all rows scores as [`score`](Self::score) does, to the last bit, and the order of the rows within a stage
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// As [`score_subset`](Self::score_subset) for the first stage that it refuses, except that a row out of range is found
    /// before the work starts.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Features, HScore, Labels, Metric, NestedRows, Sample};
    ///
    /// let features = Features::new(tensor_from_slice(&[0.0, 2.0, 9.0, 2.0, 4.0], &[5, 1])?)?;
    /// let sample = Sample::new(Labels::new(&[0, 0, 0, 1, 1])?).with_features(features)?;
    /// let nested = NestedRows::new(vec![3, 1, 4, 0, 2], vec![4, 5])?;
    /// let scores = HScore.score_nested(&sample, &nested)?;
    /// assert!((scores[0] - 0.5).abs() < 1e-15);
    /// assert_eq!(scores[1], HScore.score(&sample)?);
    /// # Ok::<(), transferability_metrics::Error>(())
    /// ```
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        nested
            .ascending_prefixes()
            .map(|rows| self.score_subset(sample, &rows))
            .collect()
    }
}

/// Forwards every method, so that a metric behind a pointer keeps its own way of scoring subsets.
macro_rules! forward_metric {
    ($($pointer:ty),+) => {$(
        impl<M: Metric + ?Sized> Metric for $pointer {
            fn name(&self) -> &'static str {
                (**self).name()
            }

            fn requires(&self) -> Requirement {
                (**self).requires()
            }

            fn takes_weights(&self) -> bool {
                (**self).takes_weights()
            }

            fn score(&self, sample: &Sample) -> Result<f64> {
                (**self).score(sample)
            }

            fn least_class_size(&self) -> usize {
                (**self).least_class_size()
            }

            fn score_subset(&self, sample: &Sample, rows: &[usize]) -> Result<f64> {
                (**self).score_subset(sample, rows)
            }

            fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
                (**self).score_nested(sample, nested)
            }
        }
    )+};
}

forward_metric!(&M, Box<M>);
