//! What the segmentation stage found.

use serde::{Deserialize, Serialize};
use transferability_metrics::Estimate;

use super::families::Family;
use super::order::Order;
use super::scene_coverage::SceneCoverage;
use crate::agreement::AgainstChance;
use crate::measure::Measure;

/// All results of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Results {
    /// One entry a source network.
    pub(crate) sources: Vec<SourceResults>,
    /// One entry a target.
    pub(crate) targets: Vec<TargetResults>,
    /// Draws of each target's pixels.
    pub(crate) n_draws: usize,
    /// Shares of the pixels that are kept, without 1.
    pub(crate) fractions: Vec<f64>,
    /// Random subsets of each network, draw and fraction.
    pub(crate) n_random: usize,
    /// One entry a hardness and part.
    pub(crate) families: Vec<Family>,
    /// One entry a metric.
    pub(crate) metrics: Vec<MetricResults>,
    /// One entry a hardness.
    pub(crate) measures: Vec<MeasureResults>,
    /// How random subsets spread over the scenes, one entry a fraction.
    pub(crate) random_coverage: Vec<SceneCoverage>,
}

/// A source network on its own task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceResults {
    pub(crate) name: String,
    /// Mean intersection over union on other scenes of its own task.
    pub(crate) mean_iou: f64,
}

/// Source networks on a target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetResults {
    pub(crate) target: String,
    pub(crate) n_classes: usize,
    /// Pixels of a draw.
    pub(crate) n_pixels: usize,
    pub(crate) truth: Truth<Vec<f64>>,
}

/// Something for either way to use a source network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth<T> {
    /// Mean intersection over union after fine-tuning, mean over the repeats.
    pub(crate) fine_tuned: T,
    /// The same with a new head alone.
    pub(crate) linear_probe: T,
}

/// A metric on all pixels and on subsets of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricResults {
    pub(crate) metric: String,
    /// The agreement of its scores on all pixels.
    pub(crate) base: Truth<Estimate>,
    /// The order that they give the networks.
    pub(crate) base_order: Order,
    /// One entry a fraction.
    pub(crate) fractions: Vec<FractionResults>,
}

/// A metric on subsets of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FractionResults {
    pub(crate) fraction: f64,
    /// The agreement of the scores on each random subset, where it is defined.
    pub(crate) random: Truth<Vec<Option<f64>>>,
    /// The order that random subsets give the networks, mean over the subsets.
    pub(crate) random_order: Order,
    /// One entry a hardness and part.
    pub(crate) subsets: Vec<SubsetResults>,
}

/// Which end of a hardness is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    Hard,
    Easy,
}

/// A metric on the hardest or the easiest pixels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubsetResults {
    pub(crate) measure: Measure,
    pub(crate) part: Part,
    pub(crate) truth: Truth<Comparison>,
    pub(crate) order: Order,
}

/// The agreement of scores on subsets with a truth.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comparison {
    /// Weighted Kendall, mean over targets and draws.
    pub(crate) agreement: Estimate,
    /// Mean over the draws, one entry a target.
    pub(crate) targets: Vec<Option<f64>>,
    /// How much more than the scores on all pixels agree.
    pub(crate) gain: Estimate,
    /// Beside random subsets of the same size; nothing where the agreement is undefined.
    pub(crate) chance: Option<AgainstChance>,
}

/// A hardness by itself, in the mean over networks, targets and draws.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasureResults {
    pub(crate) measure: Measure,
    /// Spearman's correlation of its two layers, where it has them.
    pub(crate) layer_agreement: Option<f64>,
    /// Share of the pixels whose source class has no pixel in the source sample.
    pub(crate) fallbacks: f64,
    /// How the hardest pixels spread over the scenes, one entry a fraction.
    pub(crate) coverage: Vec<SceneCoverage>,
}

impl<T> Truth<T> {
    /// For both.
    pub(super) fn try_from_fn<E>(mut of: impl FnMut(Way) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self {
            fine_tuned: of(Way::FineTuned)?,
            linear_probe: of(Way::LinearProbe)?,
        })
    }

    /// One of the two.
    pub(crate) fn by(&self, way: Way) -> &T {
        match way {
            Way::FineTuned => &self.fine_tuned,
            Way::LinearProbe => &self.linear_probe,
        }
    }
}

/// A way to use a source network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    FineTuned,
    LinearProbe,
}

impl MetricResults {
    /// On subsets of this size, if it was evaluated there.
    pub(crate) fn at(&self, fraction: f64) -> Option<&FractionResults> {
        self.fractions.iter().find(|results| results.fraction == fraction)
    }
}

impl FractionResults {
    /// On this part of this hardness.
    pub(crate) fn subset(&self, measure: Measure, part: Part) -> Option<&SubsetResults> {
        let mut subsets = self.subsets.iter();
        subsets.find(|subset| subset.measure == measure && subset.part == part)
    }
}
