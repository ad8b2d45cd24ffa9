//! What every metric offers.

use std::fmt;

use crate::{Result, Sample};

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
}
