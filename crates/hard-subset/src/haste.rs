//! Any metric on the hard subset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::{Metric, Sample};

use crate::subset::{Subset, SubsetSpec};
use crate::{Error, Hardness, Result};

/// Levels of [`HasteScore::hardness_quantiles`].
const QUANTILES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// A metric on the harder part of the target sample.
///
/// ```text
/// HASTE-T = T( {(x_j, y_j)} : j in H_rho )
///
/// T       any metric                      H_rho   the hardest share of the target sample: SubsetSpec
/// ```
///
/// What is hard is a property of the source network and comes as a [`Hardness`]; so two networks are scored on two
/// subsets, unless their hardnesses are joined first ([`PoolHardness`](crate::PoolHardness)). With everything kept the score is
/// the metric's own, to the last bit.
///
/// That the source network's representations say which samples are hard, and that any metric is then applied to those, is the
/// publication's; its own formulas could not be read in full, so the hardnesses here are our reading.
///
/// # Reference
///
/// Menta, Jandial, Patil, KB, Bachu, Krishnamurthy, Balasubramanian, Agarwal, Sarkar, *Towards Estimating Transferability using
/// Hard Subsets*, arXiv:2301.06928.
///
/// # Examples
///
/// ```
/// use hard_subset::{Balance, Hardness, Haste, SubsetSpec};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Leep, Probabilities, Sample};
///
/// let probabilities = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2])?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?)
///     .with_probabilities(Probabilities::new(probabilities)?)?;
/// let hardness = Hardness::new(vec![0.1, 0.9, 0.2, 0.8])?;
/// let haste = Haste { metric: Leep, subset: SubsetSpec { balance: Balance::Global, ..SubsetSpec::default() } };
/// let score = haste.score(&sample, &hardness)?;
/// assert_eq!(score.kept, [1, 3]);
/// // Both expectations are 7/12.
/// assert!((score.score - (7.0_f64 / 12.0).ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Haste<M> {
    /// The metric.
    pub metric: M,
    /// Which samples it sees.
    pub subset: SubsetSpec,
}

/// A metric's score on the hard subset, its score on everything, and what the subset is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HasteScore {
    /// The metric's name.
    pub metric: String,
    /// The score on the subset.
    pub score: f64,
    /// The score on all samples.
    pub base_score: f64,
    /// How many samples there are.
    pub n_samples: usize,
    /// How many are kept.
    pub n_kept: usize,
    /// Which are kept, ascending.
    pub kept: Vec<usize>,
    /// How many are kept of each class, by the class as given.
    pub per_class_kept: BTreeMap<i64, usize>,
    /// Classes of which nothing is kept.
    pub dropped_classes: Vec<i64>,
    /// Whether the hardness is the same for all samples to 1e-12: then the subset was chosen by index and means nothing.
    pub constant_hardness: bool,
    /// The hardness at its minimum, quartiles and maximum.
    pub hardness_quantiles: Vec<f64>,
}

impl<M: Metric> Haste<M> {
    /// Scores the hardest samples, and all.
    ///
    /// The hardness is of the sample's own rows: [`Sample::with_weights`] has dropped those of weight 0. The choice counts each
    /// row once, whatever its weight.
    ///
    /// # Errors
    ///
    /// A parameter out of range, a hardness of another length than the sample, [`Error::TooFewClasses`],
    /// [`Error::SubsetTooSmall`] if a class has fewer samples than the metric needs, or an error of the metric.
    pub fn score(&self, sample: &Sample, hardness: &Hardness) -> Result<HasteScore> {
        let subset = self.select(sample, hardness)?;
        let base_score = self.metric.score(sample)?;
        let score = self.score_given_base(sample, &subset, base_score)?;
        Ok(self.result(&Spread::of(hardness)?, &subset, score, base_score))
    }

    /// Scores all samples, weighted by how hard they are: [`SubsetSpec::soft_weights`].
    ///
    /// Weights of the sample itself are multiplied.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score);
    /// [`WeightsUnsupported`](transferability_metrics::Error::WeightsUnsupported) if the metric takes no weights; a temperature
    /// that is not positive and finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::{Hardness, Haste, SubsetSpec};
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Features, HScore, Labels, Sample};
    ///
    /// let features = tensor_from_slice(&[0.0, 2.0, 9.0, 2.0, 4.0, 1.0], &[6, 1])?;
    /// let sample = Sample::new(Labels::new(&[0, 0, 0, 1, 1, 1])?).with_features(Features::new(features)?)?;
    /// let hardness = Hardness::new(vec![3.0, 2.0, 1.0, 3.0, 2.0, 1.0])?;
    /// let haste = Haste { metric: HScore, subset: SubsetSpec::default() };
    /// // So low a temperature leaves two of each class: means 1 and 3, between-class variance 1 of a total of 2.
    /// assert!((haste.score_weighted(&sample, &hardness, 1e-3)? - 0.5).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn score_weighted(&self, sample: &Sample, hardness: &Hardness, temperature: f64) -> Result<f64> {
        if !self.metric.takes_weights() {
            let metric = self.metric.name();
            return Err(transferability_metrics::Error::WeightsUnsupported { metric }.into());
        }
        let labels = sample.labels();
        let mut weights = self
            .subset_with_room()
            .soft_weights(hardness, labels, temperature)?;
        for (weight, own) in weights.iter_mut().zip(sample.weights().into_iter().flatten()) {
            *weight *= own;
        }
        let all: Vec<usize> = (0..sample.n_samples()).collect();
        let weighted = sample.select(&all)?.with_weights(&weights)?;
        let (classes, counts) = (weighted.labels().classes(), weighted.labels().counts());
        self.require_class_sizes(classes.iter().copied().zip(counts.iter().copied()))?;
        Ok(self.metric.score(&weighted)?)
    }

    /// The subset that the metric is given: each class has what the metric needs of it.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score), but for errors of the metric.
    pub fn select(&self, sample: &Sample, hardness: &Hardness) -> Result<Subset> {
        let subset = self.subset_with_room().select(hardness, sample.labels())?;
        self.require_class_sizes(class_sizes(&subset))?;
        Ok(subset)
    }

    fn require_class_sizes(&self, sizes: impl IntoIterator<Item = (i64, usize)>) -> Result<()> {
        let need = self.metric.least_class_size();
        let mut sizes = sizes.into_iter();
        match sizes.find(|&(_, size)| size > 0 && size < need) {
            None => Ok(()),
            Some((class, got)) => Err(Error::SubsetTooSmall {
                metric: self.metric.name(),
                class,
                need,
                got,
            }),
        }
    }

    /// Keeps at least as many samples of each class as the metric needs.
    fn subset_with_room(&self) -> SubsetSpec {
        SubsetSpec {
            min_per_class: self.subset.min_per_class.max(self.metric.least_class_size()),
            ..self.subset
        }
    }

    /// The score of a subset, however it was chosen.
    ///
    /// # Errors
    ///
    /// A subset of another sample, [`Error::SubsetTooSmall`] if a class has fewer samples than the metric needs, or an error of
    /// the metric.
    pub fn score_rows(&self, sample: &Sample, subset: &Subset) -> Result<f64> {
        check::same_length(
            "the sample of the subset",
            subset.n_samples(),
            sample.labels().name(),
            sample.n_samples(),
        )?;
        self.require_class_sizes(class_sizes(subset))?;
        Ok(self.metric.score_subset(sample, subset.rows())?)
    }

    /// The score of a subset; with everything kept, the base score itself.
    pub(crate) fn score_given_base(&self, sample: &Sample, subset: &Subset, base_score: f64) -> Result<f64> {
        if subset.n_kept() == sample.n_samples() {
            return Ok(base_score);
        }
        Ok(self.metric.score_subset(sample, subset.rows())?)
    }

    pub(crate) fn result(&self, spread: &Spread, subset: &Subset, score: f64, base_score: f64) -> HasteScore {
        HasteScore {
            metric: self.metric.name().to_owned(),
            score,
            base_score,
            n_samples: subset.n_samples(),
            n_kept: subset.n_kept(),
            kept: subset.rows().to_vec(),
            per_class_kept: class_sizes(subset).collect(),
            dropped_classes: subset.dropped_classes(),
            constant_hardness: spread.is_constant,
            hardness_quantiles: spread.quantiles.clone(),
        }
    }
}

/// What a result says of the hardness: taken once, however many subsets are scored.
pub(crate) struct Spread {
    is_constant: bool,
    quantiles: Vec<f64>,
}

impl Spread {
    pub(crate) fn of(hardness: &Hardness) -> Result<Self> {
        Ok(Self {
            is_constant: hardness.is_constant(),
            quantiles: hardness.quantiles(&QUANTILES)?,
        })
    }
}

/// How many samples are kept of each class.
fn class_sizes(subset: &Subset) -> impl Iterator<Item = (i64, usize)> {
    subset
        .per_class_kept()
        .iter()
        .map(|count| (count.class, count.kept))
}
