//! Scores of a pair of data sets, and how one becomes a metric of the target alone.

use std::fmt;
use std::sync::Arc;

use transferability_metrics::{Metric, Requirement, Sample};

use crate::{Result, SourceSample};

/// A score of a source and a target sample under one network: higher is better.
///
/// [`FromSource`] makes a [`Metric`] of it.
pub trait DatasetMetric: fmt::Debug + Send + Sync {
    /// The score's name.
    fn name(&self) -> &'static str;

    /// Scores the target sample, which holds features, against the source sample.
    ///
    /// # Errors
    ///
    /// A target sample without features, features that the two sides do not share, a parameter out of range, or an error
    /// of the solver.
    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64>;
}

/// A [`DatasetMetric`] with its source sample: a [`Metric`] of the target sample.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use ot_transferability::{FromSource, OtNce, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Metric, Sample};
///
/// let source = SourceSample::new(
///     &Features::new(tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?)?,
///     Labels::new(&[0, 0, 1, 1])?,
/// )?;
/// let metric = FromSource { metric: OtNce::default(), source: Arc::new(source) };
///
/// let features = Features::new(tensor_from_slice(&[0.5, 1.5, 3.5, 4.5], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_features(features)?;
/// // Half of the mass comes from source class 0, which meets both target classes equally.
/// assert!((metric.score(&target)? + 0.5 * 2_f64.ln()).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FromSource<M> {
    /// The score.
    pub metric: M,
    /// The source sample, which several metrics may share.
    pub source: Arc<SourceSample>,
}

impl<M: DatasetMetric> Metric for FromSource<M> {
    fn name(&self) -> &'static str {
        self.metric.name()
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> transferability_metrics::Result<f64> {
        Ok(self.metric.score(&self.source, sample)?)
    }
}
