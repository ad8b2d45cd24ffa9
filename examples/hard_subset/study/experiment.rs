//! The whole size of the study in one value.

use serde::Serialize;

use crate::measure::Measure;
use crate::scorers::{METRICS, TRANSPORT};

/// What the study varies.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Experiment {
    /// The hardnesses.
    pub(crate) measures: Vec<Measure>,
    /// Those whose easiest samples are scored too.
    pub(crate) reversed: Vec<Measure>,
    /// Shares of each class that are kept, ascending, all below 1; the base is 1.
    pub(crate) fractions: Vec<f64>,
    /// The one at which networks share a subset, transport is solved (for own subsets alone), and subsets are looked into.
    pub(crate) middle: f64,
    /// Random subsets of each network.
    pub(crate) n_random: usize,
    /// Pools of random subsets, put together from those of the networks.
    pub(crate) n_random_pools: usize,
    /// Those of them whose mean a subset is compared with on every resample.
    pub(crate) n_averaged_pools: usize,
    /// Random halves whose other halves are scored too.
    pub(crate) n_halves: usize,
    /// Resamples of the pool behind each interval.
    pub(crate) n_resamples: usize,
}

impl Experiment {
    /// A hundred random subsets of each network.
    pub(crate) fn full() -> Self {
        Self {
            measures: Measure::ALL.to_vec(),
            reversed: vec![Measure::CaTopk, Measure::CsProto, Measure::Entropy],
            fractions: vec![0.1, 0.2, 0.3, 0.5, 0.7],
            middle: 0.5,
            n_random: 100,
            n_random_pools: 1000,
            n_averaged_pools: 10,
            n_halves: 20,
            n_resamples: 200,
        }
    }

    /// Too few of everything to settle anything, a few seconds.
    pub(crate) fn quick() -> Self {
        Self {
            fractions: vec![0.3, 0.5],
            n_random: 10,
            n_random_pools: 20,
            n_averaged_pools: 2,
            n_halves: 2,
            n_resamples: 20,
            ..Self::full()
        }
    }

    /// The fractions of a metric, by its place among [`METRICS`].
    pub(super) fn fractions_of(&self, metric: usize) -> Vec<f64> {
        if METRICS[metric] == TRANSPORT {
            vec![self.middle]
        } else {
            self.fractions.clone()
        }
    }

    /// Where the middle fraction stands among those of a metric.
    pub(super) fn middle_of(&self, metric: usize) -> Option<usize> {
        let fractions = self.fractions_of(metric);
        fractions.iter().position(|&fraction| fraction == self.middle)
    }

    /// Whether a metric is computed on subsets that networks share.
    pub(super) fn shares(metric: usize) -> bool {
        METRICS[metric] != TRANSPORT
    }
}
