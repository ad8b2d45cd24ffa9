//! What the demonstration found: everything that `--json` prints and the report shows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use transferability_metrics::RankAgreement;

use crate::support::data_set::DataSet;

/// All results of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Results {
    /// Accuracy of each source network on held-out images of its own classes, in the order of the pool; nothing for a
    /// network that was not trained.
    pub(crate) source_accuracies: Vec<Option<f64>>,
    /// One entry a target.
    pub(crate) targets: Vec<TargetResults>,
}

/// Results on one target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetResults {
    pub(crate) target: DataSet,
    pub(crate) n_train: usize,
    pub(crate) n_test: usize,
    /// One entry a network, in the order of the pool.
    pub(crate) networks: Vec<NetworkResults>,
    /// One entry a metric.
    pub(crate) metrics: Vec<MetricResults>,
}

/// One network on one target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkResults {
    pub(crate) name: String,
    /// Whether it was trained on images of the target's data set.
    pub(crate) same_data: bool,
    /// Test accuracy after each fine-tuning.
    pub(crate) accuracies: Vec<f64>,
    /// Their mean.
    pub(crate) accuracy: f64,
    /// Scores by metric.
    pub(crate) scores: BTreeMap<String, f64>,
}

/// One metric on one target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricResults {
    pub(crate) metric: String,
    /// Over the whole pool.
    pub(crate) all: RankAgreement,
    /// Over the networks that saw no image of the target's data set.
    pub(crate) other_data: RankAgreement,
}

impl TargetResults {
    /// The metrics, the one with the highest weighted Kendall's tau over the whole pool first.
    pub(crate) fn ranked(&self) -> Vec<&MetricResults> {
        let mut ranked: Vec<&MetricResults> = self.metrics.iter().collect();
        let tau = |metric: &MetricResults| metric.all.weighted_kendall.value.unwrap_or(f64::NEG_INFINITY);
        // A stable sort: equal metrics stay in the order of the catalogue.
        ranked.sort_by(|a, b| tau(b).total_cmp(&tau(a)));
        ranked
    }
}
