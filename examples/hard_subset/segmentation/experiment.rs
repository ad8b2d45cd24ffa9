//! The whole size of the segmentation stage in one value.

use serde::Serialize;

use crate::measure::Measure;
use crate::scorers::{METRICS, TRANSPORT};
use crate::segmentation_pool::plan::Plan;

/// A run of the segmentation stage.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Experiment {
    /// Networks, targets and pixels.
    #[serde(flatten)]
    pub(crate) plan: Plan,
    /// The hardnesses.
    pub(crate) measures: Vec<Measure>,
    /// Shares of the pixels of each class that are kept, ascending; the last is 1, the base.
    pub(crate) fractions: Vec<f64>,
    /// The one of them at which optimal transport is solved again, besides 1.
    pub(crate) transport_fraction: f64,
    /// Random subsets of each network.
    pub(crate) n_random: usize,
    /// Resamples of the pool behind each interval.
    pub(crate) n_resamples: usize,
}

impl Experiment {
    /// Fourteen networks, three targets; needs the silhouettes of animals, which are fetched.
    pub(crate) fn full() -> Self {
        Self {
            plan: Plan::full(),
            measures: Measure::ALL.to_vec(),
            fractions: vec![0.1, 0.3, 0.5, 0.7, 1.0],
            transport_fraction: 0.3,
            n_random: 100,
            n_resamples: 1000,
        }
    }

    /// Four networks and two targets: shows what the full run does, settles nothing.
    pub(crate) fn small() -> Self {
        Self {
            plan: Plan::small(),
            n_resamples: 200,
            ..Self::full()
        }
    }

    /// Three networks and one target, a few seconds.
    pub(crate) fn quick() -> Self {
        Self {
            plan: Plan::quick(),
            fractions: vec![0.3, 1.0],
            n_random: 10,
            n_resamples: 50,
            ..Self::full()
        }
    }

    /// All fractions but 1.
    pub(super) fn subset_fractions(&self) -> Vec<f64> {
        let fractions = self.fractions.iter().copied();
        fractions.filter(|&fraction| fraction < 1.0).collect()
    }

    /// The fractions of a metric, 1 left out.
    pub(super) fn fractions_of(&self, metric: usize) -> Vec<f64> {
        if METRICS[metric] == TRANSPORT {
            vec![self.transport_fraction]
        } else {
            self.subset_fractions()
        }
    }
}
