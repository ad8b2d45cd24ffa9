//! What the study finds, as it is stored and printed.

use hard_subset::Scope;
use serde::{Deserialize, Serialize};
use tensor_core::numeric::Interval;
use transferability_metrics::Estimate;

use super::diagnostics::Diagnostics;
use super::observation::Side;
use crate::agreement::AgainstChance;
use crate::measure::Measure;
use crate::source_pool::group::Group;
use crate::support::data_set::DataSet;

/// How well scores on hard subsets ranked the networks of every group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StudyResults {
    pub(crate) targets: Vec<DataSet>,
    pub(crate) metrics: Vec<String>,
    pub(crate) measures: Vec<Measure>,
    /// Shares of each class that are kept.
    pub(crate) fractions: Vec<f64>,
    /// The one at which networks share subsets and transport is solved.
    pub(crate) middle: f64,
    /// Random subsets of each network.
    pub(crate) n_random: usize,
    /// Pools that were put together from them, behind each comparison with chance.
    pub(crate) n_random_pools: usize,
    pub(crate) networks: Vec<NetworkResults>,
    pub(crate) groups: Vec<GroupResults>,
}

/// A network and what it reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkResults {
    pub(crate) name: String,
    pub(crate) source: SourceStatisticsOrigin,
    /// On images like those it was trained on, where there are some.
    pub(crate) own_accuracy: Option<f64>,
    /// Mean test accuracy over the repeats on each target.
    pub(crate) fine_tuned: Vec<f64>,
    pub(crate) linear_probe: Vec<f64>,
}

/// What stands for the data that a network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SourceStatisticsOrigin {
    /// Images of the same data set.
    Images,
    /// Images of the nearest data set at hand.
    StandIn,
    /// The rows of its head's weights, for one measure; nothing for the others.
    HeadWeights,
}

/// One group of networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupResults {
    pub(crate) group: Group,
    /// The targets for which it has members enough, in the order of every list over targets below.
    pub(crate) targets: Vec<DataSet>,
    /// The number of networks for each target.
    pub(crate) n_members: Vec<usize>,
    /// The lowest and the highest accuracy of a fine-tuned network for each target.
    pub(crate) accuracies: Vec<[f64; 2]>,
    pub(crate) metrics: Vec<MetricResults>,
    /// Each measure against random subsets over all metrics and fractions at once.
    pub(crate) families: Vec<Family>,
    pub(crate) diagnostics: Diagnostics,
}

/// One metric in one group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MetricResults {
    pub(crate) metric: String,
    pub(crate) base: BaseResults,
    pub(crate) subsets: Vec<SubsetResults>,
}

/// A metric on the whole target sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BaseResults {
    pub(crate) fine_tuned: Estimate,
    pub(crate) fine_tuned_kendall: Estimate,
    pub(crate) linear_probe: Estimate,
    /// Against fine-tuned networks of each target.
    pub(crate) by_target: Vec<Option<f64>>,
}

/// A metric on one kind of subset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SubsetResults {
    #[serde(flatten)]
    pub(crate) subset: SubsetKind,
    /// Weighted Kendall against fine-tuned networks.
    pub(crate) fine_tuned: Compared,
    /// Kendall's tau-b against fine-tuned networks.
    pub(crate) fine_tuned_kendall: Compared,
    /// Weighted Kendall against linear heads on networks as they were.
    pub(crate) linear_probe: Compared,
    /// Weighted Kendall against fine-tuned networks of each target.
    pub(crate) by_target: Vec<Option<f64>>,
}

/// How a subset was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubsetKind {
    pub(crate) measure: Measure,
    pub(crate) side: Side,
    pub(crate) scope: Scope,
    pub(crate) fraction: f64,
}

/// Agreement on a subset, beside that on the whole sample and on random subsets of the same size and scope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Compared {
    pub(crate) agreement: Estimate,
    /// Less that on the whole sample, on the same resamples of the networks.
    pub(crate) gain: Estimate,
    /// Less the mean of some random subsets, likewise.
    pub(crate) over_random: Estimate,
    pub(crate) chance: Option<AgainstChance>,
}

/// One end of one measure over all metrics and fractions, against fine-tuned networks.
///
/// The cells of a family are not independent; a random subset has the same cells, and so gives the distribution of
/// what is counted here without that assumption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Family {
    pub(crate) measure: Measure,
    pub(crate) side: Side,
    pub(crate) n_cells: usize,
    /// Cells more than two standard deviations above the mean of random subsets.
    pub(crate) n_above: usize,
    /// Cells more than two standard deviations below it.
    pub(crate) n_below: usize,
    /// Cells more than two standard deviations off, either way, that a random subset has on average.
    pub(crate) n_beyond_by_chance: f64,
    /// The mean over the cells.
    pub(crate) mean_z: f64,
    /// The chance of a random subset whose mean is as far from 0, either way.
    pub(crate) p_value: f64,
}

/// The ends of an interval, where it exists.
pub(crate) fn bounds(estimate: Estimate) -> Option<[f64; 3]> {
    let (low, high) = estimate.interval.and_then(Interval::bounds)?;
    Some([low, estimate.value?, high])
}

impl MetricResults {
    /// The results on one kind of subset.
    pub(crate) fn find(&self, subset: SubsetKind) -> Option<&SubsetResults> {
        self.subsets.iter().find(|results| results.subset == subset)
    }
}
