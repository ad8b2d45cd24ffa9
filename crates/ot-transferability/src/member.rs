//! One network of a pool, with what the scores of ensembles read.

use transferability_metrics::{Features, Labels, Probabilities, Sample};

use crate::{DomainDistance, Error, ExpectedPredictions, Joint, Predictions, Result, SourceSample};

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

impl MemberInputs {
    /// The member with everything that the inputs allow: `W_D` and the coupling from one transport, predictions and
    /// expected empirical predictions from the probabilities.
    ///
    /// # Errors
    ///
    /// Numbers of rows that differ from the number of labels, source data without target features or the reverse, features
    /// that the two sides do not share, or an error of the solver.
    ///
    /// # Complexity
    ///
    /// That of the solver, and of [`Member::with_probabilities`].
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{DomainDistance, MemberInputs, SourceSample};
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Features, Labels};
    ///
    /// let column = |values: &[f64]| Features::new(tensor_from_slice(values, &[values.len() as i64, 1])?);
    /// let source = SourceSample::new(&column(&[0.0, 1.0, 4.0, 5.0])?, Labels::new(&[0, 0, 1, 1])?)?;
    /// let inputs = MemberInputs {
    ///     name: "line".to_owned(),
    ///     source: Some(source),
    ///     target_features: Some(column(&[0.5, 1.5, 3.5, 4.5])?),
    ///     target_probabilities: None,
    /// };
    /// let member = inputs.member(&Labels::new(&[0, 1, 1, 1])?, &DomainDistance::default())?;
    /// assert!((member.domain_difference().unwrap() - 0.25).abs() < 1e-14);
    /// assert_eq!(member.coupling().unwrap().values(), [0.25, 0.25, 0.0, 0.5]);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn member(self, labels: &Labels, domain: &DomainDistance) -> Result<Member> {
        let mut member = Member::new(&self.name);
        if let Some(probabilities) = &self.target_probabilities {
            member = member.with_probabilities(probabilities, labels)?;
        }
        let missing = |input| Error::MissingInput {
            member: self.name.clone(),
            input,
        };
        match (&self.source, self.target_features) {
            (None, None) => Ok(member),
            (Some(_), None) => Err(missing("target features")),
            (None, Some(_)) => Err(missing("source sample")),
            (Some(source), Some(features)) => {
                let target = Sample::new(labels.clone()).with_features(features)?;
                let (difference, coupling) = domain.difference_and_coupling(source, &target)?;
                Ok(member
                    .with_domain_difference(difference)
                    .with_coupling(coupling.joint))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;
    use crate::{DomainEstimate, FeatureScale, GaussianFit};

    /// One division by a variance.
    const RTOL: f64 = 1e-13;

    fn inputs(with_source: bool, with_target: bool) -> Result<MemberInputs> {
        let matrix = |values: &[f64]| -> Result<Features> {
            Ok(Features::new(tensor_from_slice(
                values,
                &[values.len() as i64 / 2, 2],
            )?)?)
        };
        let source = SourceSample::new(
            &matrix(&[0.0, 1.0, 4.0, 5.0, 2.0, 3.0])?,
            Labels::new(&[0, 1, 1])?,
        )?;
        Ok(MemberInputs {
            name: "plane".to_owned(),
            source: with_source.then_some(source),
            target_features: with_target.then_some(matrix(&[0.5, 1.5, 3.5, 4.5])?),
            target_probabilities: None,
        })
    }

    #[test]
    fn the_difference_is_that_of_the_domain_distance() -> Result<()> {
        let labels = Labels::new(&[0, 1])?;
        for scale in [
            FeatureScale::Raw,
            FeatureScale::UnitRows,
            FeatureScale::TotalVariance,
        ] {
            for estimate in [
                DomainEstimate::Transport,
                DomainEstimate::AboveFloor,
                DomainEstimate::Bures(GaussianFit::default()),
            ] {
                let domain = DomainDistance {
                    scale,
                    estimate,
                    ..DomainDistance::default()
                };
                let member = inputs(true, true)?.member(&labels, &domain)?;
                let raw = inputs(true, true)?;
                let target =
                    Sample::new(labels.clone()).with_features(raw.target_features.expect("features"))?;
                let expected = domain.measure(&raw.source.expect("a source"), &target)?.value;
                golden::assert_close(
                    &[member.domain_difference().expect("computed")],
                    &[expected],
                    RTOL,
                    1e-14,
                );
                assert!((member.coupling().expect("computed").mass() - 1.0).abs() < RTOL);
            }
        }
        Ok(())
    }

    #[test]
    fn half_of_the_inputs_is_an_error() -> Result<()> {
        let labels = Labels::new(&[0, 1])?;
        let domain = DomainDistance::default();
        let message = |source, target| -> Result<String> {
            Ok(inputs(source, target)?
                .member(&labels, &domain)
                .expect_err("half of the inputs")
                .to_string())
        };
        assert_eq!(
            message(true, false)?,
            "`plane` has no target features, which the score reads"
        );
        assert_eq!(
            message(false, true)?,
            "`plane` has no source sample, which the score reads"
        );
        assert!(
            inputs(false, false)?
                .member(&labels, &domain)?
                .coupling()
                .is_none()
        );
        Ok(())
    }
}
