//! Why a metric has no value on a valid sample.

use std::fmt;

/// What about a sample leaves a metric undefined, typically as 0/0.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Lfc, Metric, Sample};
///
/// let features = Features::new(tensor_from_slice(&[0.5; 4], &[2, 2])?)?;
/// let sample = Sample::new(Labels::new(&[0, 1])?).with_features(features)?;
/// let error = Lfc.score(&sample).unwrap_err();
/// assert_eq!(error.to_string(), "`lfc` is undefined: all feature vectors are equal");
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Degeneracy {
    /// All feature vectors are equal.
    ConstantFeatures,
    /// The feature vectors of each class are equal.
    ConstantWithinClasses,
    /// The entries of a feature vector are equal once the features are standardised, so that its correlation with
    /// others is undefined.
    ConstantRow {
        /// Which row of the sample.
        row: usize,
    },
    /// All pairs of samples are equally far apart.
    EqualDistances,
    /// No two samples belong to one class.
    NoPairWithinClass,
    /// A class stands for too few samples to estimate a variance.
    SmallClass {
        /// The class, as given.
        class: i64,
        /// The number of samples it stands for: the sum of its weights.
        weight: f64,
    },
}

impl fmt::Display for Degeneracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConstantFeatures => f.write_str("all feature vectors are equal"),
            Self::ConstantWithinClasses => f.write_str("the feature vectors of each class are equal"),
            Self::ConstantRow { row } => {
                write!(
                    f,
                    "the entries of feature vector {row} are equal once the features are standardised"
                )
            }
            Self::EqualDistances => f.write_str("all pairs of samples are equally far apart"),
            Self::NoPairWithinClass => f.write_str("no two samples belong to one class"),
            Self::SmallClass { class, weight } => {
                write!(
                    f,
                    "class {class} stands for {weight} samples and a sample variance needs more than 1"
                )
            }
        }
    }
}
