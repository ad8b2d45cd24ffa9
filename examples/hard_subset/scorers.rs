//! The metrics, on the subsets of a hardness.

use std::sync::Arc;

use hard_subset::{Balance, Hardness, SubsetSize, SubsetSpec};
use ot_transferability::{FromSource, OtNce, SourceSample};
use tensor_core::Tensor;
use transferability_metrics::{
    Features, Gbc, Labels, Leep, LogMe, Metric, Nce, NestedRows, RegularizedHScore, Sample,
};

/// All metrics, in the order of the tables.
pub(crate) const METRICS: [&str; 6] = ["leep", "nce", "logme", "gbc", "hscore-reg", TRANSPORT];
/// The one that solves a transport problem for each subset.
pub(crate) const TRANSPORT: &str = "ot-nce";

/// GBC measures the spread within a class; all metrics get the same subsets.
pub(crate) const MIN_PER_CLASS: usize = 2;

/// Scores on nested subsets: for each metric, one at each of its fractions.
pub(crate) type Sweeps = Vec<Vec<f64>>;

/// The metrics of one network on one target.
#[derive(Debug)]
pub(crate) struct Scorers(Vec<Scorer>);

/// A metric with the fractions at which it is evaluated.
#[derive(Debug)]
struct Scorer {
    metric: Box<dyn Metric>,
    fractions: Vec<f64>,
}

impl Scorers {
    /// Metrics, each at its fractions by its place among [`METRICS`]; transport only from a source sample.
    pub(crate) fn new(fractions_of: impl Fn(usize) -> Vec<f64>, source: Option<SourceSample>) -> Self {
        let mut metrics: Vec<Box<dyn Metric>> = vec![
            Box::new(Leep),
            Box::new(Nce),
            Box::new(LogMe::default()),
            Box::new(Gbc::default()),
            Box::new(RegularizedHScore),
        ];
        if let Some(source) = source {
            metrics.push(Box::new(FromSource {
                metric: OtNce::default(),
                source: Arc::new(source),
            }));
        }
        let scorers = metrics.into_iter().enumerate().map(|(index, metric)| Scorer {
            metric,
            fractions: fractions_of(index),
        });
        Self(scorers.collect())
    }

    /// The same metrics, each at this fraction alone.
    pub(crate) fn at(mut self, fraction: f64) -> Self {
        for scorer in &mut self.0 {
            scorer.fractions = vec![fraction];
        }
        self
    }

    /// Without the metric that takes longest.
    pub(crate) fn without_transport(mut self) -> Self {
        self.0.retain(|scorer| scorer.metric.name() != TRANSPORT);
        self
    }

    /// The scores of the whole sample, one a metric.
    pub(crate) fn base(&self, sample: &Sample) -> anyhow::Result<Vec<f64>> {
        let scores = self.0.iter().map(|scorer| Ok(scorer.metric.score(sample)?));
        scores.collect()
    }

    /// The scores of its hardest parts.
    pub(crate) fn sweeps(&self, sample: &Sample, hardness: &Hardness) -> anyhow::Result<Sweeps> {
        let of_scorer = |scorer: &Scorer| -> anyhow::Result<Vec<f64>> {
            let nested = hardest_rows(hardness, sample.labels(), &scorer.fractions)?;
            Ok(scorer.metric.score_nested(sample, &nested)?)
        };
        self.0.iter().map(of_scorer).collect()
    }
}

/// The hardest samples of each class at ascending fractions, each stage within the next.
fn hardest_rows(hardness: &Hardness, labels: &Labels, fractions: &[f64]) -> anyhow::Result<NestedRows> {
    let (mut order, mut lengths) = (Vec::new(), Vec::new());
    let mut is_in = vec![false; labels.len()];
    for &fraction in fractions {
        for &row in subset_of(fraction).select(hardness, labels)?.rows() {
            if !std::mem::replace(&mut is_in[row], true) {
                order.push(row);
            }
        }
        lengths.push(order.len());
    }
    Ok(NestedRows::new(order, lengths)?)
}

/// The subset that keeps so much of each class.
pub(crate) fn subset_of(fraction: f64) -> SubsetSpec {
    SubsetSpec {
        size: SubsetSize::Fraction(fraction),
        balance: Balance::PerClass,
        min_per_class: MIN_PER_CLASS,
        ..SubsetSpec::default()
    }
}

/// The source sample of transport.
pub(crate) fn source_sample(features: &Tensor, labels: &[i64]) -> anyhow::Result<SourceSample> {
    let features = Features::new(features.shallow_clone())?;
    Ok(SourceSample::new(&features, Labels::new(labels)?)?)
}
