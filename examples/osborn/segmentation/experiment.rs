//! The whole size of the segmentation stage in one value.

use serde::Serialize;

use crate::segmentation_pool::plan::Plan;

/// A run of the segmentation stage.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Experiment {
    /// Networks, targets and pixels.
    #[serde(flatten)]
    pub(crate) plan: Plan,
    /// Networks in an ensemble.
    pub(crate) ensemble_size: usize,
    /// Resamples of the pool behind each interval.
    pub(crate) n_resamples: usize,
}

impl Experiment {
    /// Ensembles of three of fourteen networks; needs the silhouettes of animals, which are fetched.
    pub(crate) fn full() -> Self {
        Self {
            plan: Plan::full(),
            ensemble_size: 3,
            n_resamples: 1000,
        }
    }

    /// Pairs of four networks: shows what the full run does, settles nothing.
    pub(crate) fn small() -> Self {
        Self {
            plan: Plan::small(),
            ensemble_size: 2,
            n_resamples: 200,
        }
    }

    /// Pairs of three networks, a few seconds.
    pub(crate) fn quick() -> Self {
        Self {
            plan: Plan::quick(),
            ..Self::small()
        }
    }
}
