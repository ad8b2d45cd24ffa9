//! One network of a pool, with what the scores of ensembles read.

use transferability_metrics::{Features, Labels, Probabilities};

use crate::{ExpectedPredictions, Joint, Predictions, Result, SourceSample};

/// One pre-trained network of a [`Pool`](crate::Pool): what it makes of its source data and of the target sample, reduced
/// to what scores read.
///
/// [`MemberInputs::member`] computes all of it from features, labels and probabilities; the `with_` methods take parts
/// that were computed elsewhere. A score that reads a part which is not there says so.
///
/// # Examples
///
/// ```
/// use ot_transferability::Member;
///
/// let member = Member::new("resnet").with_domain_difference(0.25);
/// assert_eq!(member.domain_difference(), Some(0.25));
/// assert!(member.predictions().is_none());
/// ```
#[derive(Debug, Clone)]
pub struct Member {
    name: String,
    domain_difference: Option<f64>,
    task_difference: Option<f64>,
    coupling: Option<Joint>,
    soft_joint: Option<Joint>,
    predictions: Option<Predictions>,
    expected: Option<ExpectedPredictions>,
}

impl Member {
    /// A member of which only the name is known.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            domain_difference: None,
            task_difference: None,
            coupling: None,
            soft_joint: None,
            predictions: None,
            expected: None,
        }
    }

    /// Sets the distance `W_D` between source and target in the network's feature space.
    #[must_use]
    pub fn with_domain_difference(mut self, domain_difference: f64) -> Self {
        self.domain_difference = Some(domain_difference);
        self
    }

    /// Sets the task difference `W_T`, which is then used in place of any that could be computed.
    #[must_use]
    pub fn with_task_difference(mut self, task_difference: f64) -> Self {
        self.task_difference = Some(task_difference);
        self
    }

    /// Sets the masses that the optimal coupling moves from source classes (rows) to target classes (columns).
    #[must_use]
    pub fn with_coupling(mut self, coupling: Joint) -> Self {
        self.coupling = Some(coupling);
        self
    }

    /// Sets the source classes predicted for the target samples.
    #[must_use]
    pub fn with_predictions(mut self, predictions: Predictions) -> Self {
        self.predictions = Some(predictions);
        self
    }

    /// Sets the predictions, the soft joint distribution and the expected empirical predictions from the probabilities
    /// of the source head on the target samples.
    ///
    /// # Errors
    ///
    /// Another number of rows than of labels.
    ///
    /// # Complexity
    ///
    /// O(m K C) time, O(m (K + C)) memory, of which O(m C) stays.
    pub fn with_probabilities(mut self, probabilities: &Probabilities, labels: &Labels) -> Result<Self> {
        self.soft_joint = Some(Joint::of_probabilities(probabilities, labels)?);
        self.predictions = Some(Predictions::of(probabilities)?);
        self.expected = Some(ExpectedPredictions::of(probabilities, labels)?);
        Ok(self)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `W_D`, if known.
    pub fn domain_difference(&self) -> Option<f64> {
        self.domain_difference
    }

    /// `W_T`, if it was given.
    pub fn task_difference(&self) -> Option<f64> {
        self.task_difference
    }

    /// The masses of the optimal coupling, source classes in rows, if known.
    pub fn coupling(&self) -> Option<&Joint> {
        self.coupling.as_ref()
    }

    /// The joint distribution of source class (rows, by probability) and target label, if known.
    pub fn soft_joint(&self) -> Option<&Joint> {
        self.soft_joint.as_ref()
    }

    /// The source classes predicted for the target samples, if known.
    pub fn predictions(&self) -> Option<&Predictions> {
        self.predictions.as_ref()
    }

    /// The expected empirical predictions, if known.
    pub fn expected_predictions(&self) -> Option<&ExpectedPredictions> {
        self.expected.as_ref()
    }

    /// The numbers of target samples that its parts are of.
    pub(crate) fn n_samples(&self) -> impl Iterator<Item = usize> {
        let predictions = self.predictions.as_ref().map(Predictions::n_samples);
        let expected = self.expected.as_ref().map(|expected| expected.at_labels().len());
        predictions.into_iter().chain(expected)
    }
}

/// What a network makes of its source data and of the target sample.
///
/// Each part is optional: without source data and target features there is no domain difference and no coupling; without
/// probabilities no predictions.
#[derive(Debug)]
pub struct MemberInputs {
    /// The network's name.
    pub name: String,
    /// Features (n, d) and labels of source samples. All networks should have equally many: a transport cost shrinks as
    /// samples grow in number.
    pub source: Option<SourceSample>,
    /// Features (m, d) of the target samples, from the same extractor.
    pub target_features: Option<Features>,
    /// Probabilities (m, K) of the source head for the target samples.
    pub target_probabilities: Option<Probabilities>,
}
