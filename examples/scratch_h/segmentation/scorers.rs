//! The metrics, on the subsets of a hardness.

use std::sync::Arc;

use crate::hs::{Balance, Hardness, Haste, SubsetSize, SubsetSpec};
use ot_transferability::{FromSource, OtNce, SourceSample};
use transferability_metrics::{Gbc, Labels, Leep, LogMe, Metric, Nce, RegularizedHScore, Sample};

use super::experiment::Experiment;
use super::pixels::Pixels;

/// All metrics, in the order of the tables.
pub(super) const METRICS: [&str; 6] = ["leep", "nce", "logme", "gbc", "hscore-reg", TRANSPORT];
/// The one that solves a transport problem for each subset.
pub(super) const TRANSPORT: &str = "ot-nce";

/// GBC measures the spread within a class; all metrics get the same subsets.
pub(super) const MIN_PER_CLASS: usize = 2;

/// Scores on some nested subsets: for each metric, one at each of its fractions.
pub(super) type Sweeps = Vec<Vec<f64>>;

/// The metrics, with the source's pixels for those that read them.
pub(super) struct Scorers(Vec<Scorer>);

/// A metric with the fractions at which it is evaluated.
struct Scorer {
    haste: Haste<Box<dyn Metric>>,
    fractions: Vec<f64>,
}

impl Scorers {
    /// Metrics of target samples under the network of these source pixels.
    pub(super) fn new(experiment: &Experiment, source: &Pixels) -> anyhow::Result<Self> {
        let source = SourceSample::new(&source.features()?, Labels::new(&source.labels)?)?;
        let transport = FromSource {
            metric: OtNce::default(),
            source: Arc::new(source),
        };
        let metrics: [Box<dyn Metric>; 6] = [
            Box::new(Leep),
            Box::new(Nce),
            Box::new(LogMe::default()),
            Box::new(Gbc::default()),
            Box::new(RegularizedHScore),
            Box::new(transport),
        ];
        let scorers = metrics.into_iter().enumerate().map(|(index, metric)| Scorer {
            haste: Haste {
                metric,
                subset: subset_of(1.0),
            },
            fractions: experiment.fractions_of(index),
        });
        Ok(Self(scorers.collect()))
    }

    /// The scores of the whole sample, one a metric.
    pub(super) fn base(&self, sample: &Sample) -> anyhow::Result<Vec<f64>> {
        let scores = self.0.iter().map(|scorer| Ok(scorer.haste.metric.score(sample)?));
        scores.collect()
    }

    /// The scores of its hardest parts.
    pub(super) fn sweeps(&self, sample: &Sample, hardness: &Hardness) -> anyhow::Result<Sweeps> {
        let of_scorer = |scorer: &Scorer| -> anyhow::Result<Vec<f64>> {
            let scores = scorer.haste.sweep(sample, hardness, &scorer.fractions)?;
            Ok(scores.iter().map(|score| score.score).collect())
        };
        self.0.iter().map(of_scorer).collect()
    }
}

/// The subset that keeps so much of each class.
pub(super) fn subset_of(fraction: f64) -> SubsetSpec {
    SubsetSpec {
        size: SubsetSize::Fraction(fraction),
        balance: Balance::PerClass,
        min_per_class: MIN_PER_CLASS,
        ..SubsetSpec::default()
    }
}
