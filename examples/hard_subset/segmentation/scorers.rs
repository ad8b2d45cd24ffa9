//! The metrics, on the subsets of a hardness.

use std::sync::Arc;

use ot_transferability::{FromSource, OtNce, SourceSample};
use transferability_metrics::{Gbc, Leep, LogMe, Metric, Nce, RegularizedHScore, Sample};

use super::experiment::Experiment;
use super::nested_subsets::NestedSubsets;

/// All metrics, in the order of the tables.
pub(super) const METRICS: [&str; 6] = ["leep", "nce", "logme", "gbc", "hscore-reg", TRANSPORT];
/// The one that solves a transport problem for each subset.
pub(super) const TRANSPORT: &str = "ot-nce";

/// Scores on some nested subsets: for each metric, one at each of its fractions.
pub(super) type Sweeps = Vec<Vec<f64>>;

/// The metrics, with the source's pixels for the one that reads them.
pub(super) struct Scorers {
    /// All but the last, which are cheap.
    metrics: [Box<dyn Metric>; 5],
    transport: FromSource<OtNce>,
    /// Which of the subsets it scores.
    transport_place: usize,
}

impl Scorers {
    /// Metrics of target samples; transport is from this source.
    pub(super) fn new(experiment: &Experiment, source: SourceSample) -> anyhow::Result<Self> {
        Ok(Self {
            metrics: [
                Box::new(Leep),
                Box::new(Nce),
                Box::new(LogMe::default()),
                Box::new(Gbc::default()),
                Box::new(RegularizedHScore),
            ],
            transport: FromSource {
                metric: OtNce::default(),
                source: Arc::new(source),
            },
            transport_place: experiment.transport_place()?,
        })
    }

    /// The scores of the whole sample, one a metric.
    pub(super) fn base(&self, sample: &Sample) -> anyhow::Result<Vec<f64>> {
        let metrics = self.metrics.iter().map(|metric| &**metric as &dyn Metric);
        let scores = metrics.chain([&self.transport as &dyn Metric]);
        scores.map(|metric| Ok(metric.score(sample)?)).collect()
    }

    /// The scores of its hardest parts.
    pub(super) fn sweeps(&self, sample: &Sample, subsets: &NestedSubsets) -> anyhow::Result<Sweeps> {
        let mut sweeps = self
            .metrics
            .iter()
            .map(|metric| Ok(metric.score_nested(sample, subsets.rows())?))
            .collect::<anyhow::Result<Sweeps>>()?;
        let rows = subsets.subsets()[self.transport_place].rows();
        sweeps.push(vec![self.transport.score_subset(sample, rows)?]);
        Ok(sweeps)
    }
}
