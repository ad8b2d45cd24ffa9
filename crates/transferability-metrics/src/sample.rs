//! A labelled target sample with what a network makes of it.

use tensor_core::check;

use crate::nested::row_tensor;
use crate::{Error, Features, Labels, Probabilities, Requirement, Result};

/// A target sample: labels, and the features or source-head probabilities of one network, or both.
///
/// Weights, if given, are *frequency* weights: a sample of weight 3 counts as three equal samples. So integer
/// weights score exactly as the sample with rows repeated, and weights of 0 and 1 as the subset of ones.
///
/// # Examples
///
/// ```
/// use transferability_metrics::{Features, HScore, Labels, Metric, Sample};
/// use tensor_core::convert::tensor_from_slice;
///
/// let features = Features::new(tensor_from_slice(&[0.0, 2.0, 2.0, 4.0], &[4, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// assert!((HScore.score(&sample)? - 0.5).abs() < 1e-12);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug)]
pub struct Sample {
    labels: Labels,
    features: Option<Features>,
    probabilities: Option<Probabilities>,
    weights: Option<Vec<f64>>,
}

impl Sample {
    /// A sample that holds labels only.
    pub fn new(labels: Labels) -> Self {
        Self {
            labels,
            features: None,
            probabilities: None,
            weights: None,
        }
    }

    /// Adds the features, one row a label.
    ///
    /// # Errors
    ///
    /// The number of rows differs from the number of labels.
    pub fn with_features(mut self, features: Features) -> Result<Self> {
        check::same_length(
            features.name(),
            features.n_samples(),
            self.labels.name(),
            self.n_samples(),
        )?;
        self.features = Some(features);
        Ok(self)
    }

    /// Adds the source-head probabilities, one row a label.
    ///
    /// # Errors
    ///
    /// The number of rows differs from the number of labels.
    pub fn with_probabilities(mut self, probabilities: Probabilities) -> Result<Self> {
        check::same_length(
            probabilities.name(),
            probabilities.n_samples(),
            self.labels.name(),
            self.n_samples(),
        )?;
        self.probabilities = Some(probabilities);
        Ok(self)
    }

    /// Weighs the samples by frequency, and drops those of weight zero; comes after features and probabilities.
    ///
    /// Dropping compacts the labels anew, so that a class whose samples all weigh zero is gone.
    ///
    /// # Errors
    ///
    /// A length that differs from the number of labels, a weight that is negative or not finite, or fewer than two
    /// classes of positive weight.
    pub fn with_weights(self, weights: &[f64]) -> Result<Self> {
        check::same_length("weights", weights.len(), self.labels.name(), self.n_samples())?;
        check::weights("weights", weights)?;
        let positive: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
        let mut sample = if positive.len() == weights.len() {
            self
        } else {
            self.select(&positive)?
        };
        sample.weights = Some(positive.iter().map(|&row| weights[row]).collect());
        Ok(sample)
    }

    /// The sample restricted to some rows, in the order given; a row may be repeated.
    ///
    /// # Errors
    ///
    /// A row out of range, or rows of fewer than two classes.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::{Labels, Sample};
    ///
    /// let sample = Sample::new(Labels::new(&[0, 1, 5, 5])?).select(&[3, 0, 0])?;
    /// assert_eq!(sample.labels().indices(), [1, 0, 0]);
    /// assert_eq!(sample.labels().classes(), [0, 5]);
    /// # Ok::<(), transferability_metrics::Error>(())
    /// ```
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        self.check_rows(rows)?;
        let labels = self.labels.select(rows)?;
        let row_tensor = row_tensor(rows)?;
        Ok(Self {
            labels,
            features: self
                .features
                .as_ref()
                .map(|features| features.select(&row_tensor))
                .transpose()?,
            probabilities: self
                .probabilities
                .as_ref()
                .map(|rows| rows.select(&row_tensor))
                .transpose()?,
            weights: self
                .weights
                .as_ref()
                .map(|weights| rows.iter().map(|&row| weights[row]).collect()),
        })
    }

    /// The labels.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The features.
    ///
    /// # Errors
    ///
    /// [`Error::MissingInput`] if the sample has none.
    pub fn features(&self) -> Result<&Features> {
        self.features.as_ref().ok_or(Error::MissingInput {
            input: Requirement::Features,
        })
    }

    /// The source-head probabilities.
    ///
    /// # Errors
    ///
    /// [`Error::MissingInput`] if the sample has none.
    pub fn probabilities(&self) -> Result<&Probabilities> {
        self.probabilities.as_ref().ok_or(Error::MissingInput {
            input: Requirement::Probabilities,
        })
    }

    /// The frequency weights, all positive, or `None` if every sample counts once.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The number of rows; with weights, the number of rows of positive weight.
    pub fn n_samples(&self) -> usize {
        self.labels.len()
    }

    /// Refuses a row that the sample does not have.
    pub(crate) fn check_rows(&self, rows: &[usize]) -> Result<()> {
        let n_samples = self.n_samples();
        match rows.iter().enumerate().find(|&(_, &row)| row >= n_samples) {
            None => Ok(()),
            Some((position, &row)) => Err(Error::RowOutOfRange {
                position,
                row,
                n_samples,
            }),
        }
    }

    /// Refuses a weighted sample on behalf of a metric that has no weighted form.
    pub(crate) fn refuse_weights(&self, metric: &'static str) -> Result<()> {
        match self.weights {
            None => Ok(()),
            Some(_) => Err(Error::WeightsUnsupported { metric }),
        }
    }
}
