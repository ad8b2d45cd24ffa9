//! How a subset of pixels spreads over the scenes.

use crate::hs::{Hardness, Subset};
use serde::{Deserialize, Serialize};
use tensor_core::numeric::Moments;
use transferability_metrics::Labels;

use super::scorers::subset_of;

/// The share of its pixels that a subset keeps of each scene.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coverage {
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    pub(crate) standard_deviation: f64,
    /// Share of the scenes of which nothing is kept.
    pub(crate) bare: f64,
}

impl Coverage {
    /// Of the subsets of a hardness, one a fraction; `scenes` is the scene of each pixel.
    pub(super) fn of_fractions(
        hardness: &Hardness,
        labels: &Labels,
        fractions: &[f64],
        scenes: &[usize],
    ) -> anyhow::Result<Vec<Self>> {
        let of_fraction = |&fraction: &f64| -> anyhow::Result<Self> {
            let subset = subset_of(fraction).select(hardness, labels)?;
            Self::of(&subset, scenes)
        };
        fractions.iter().map(of_fraction).collect()
    }

    fn of(subset: &Subset, scenes: &[usize]) -> anyhow::Result<Self> {
        let shares = subset.coverage(scenes)?;
        let moments = Moments::of(&shares)?;
        Ok(Self {
            least: shares.iter().copied().fold(f64::INFINITY, f64::min),
            greatest: shares.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            standard_deviation: moments.population_variance().unwrap_or_default().sqrt(),
            bare: shares.iter().filter(|&&share| share == 0.0).count() as f64 / shares.len() as f64,
        })
    }

    /// The mean of each number.
    pub(super) fn mean(coverages: &[Self]) -> Self {
        let mean = |of: fn(&Self) -> f64| coverages.iter().map(of).sum::<f64>() / coverages.len() as f64;
        Self {
            least: mean(|coverage| coverage.least),
            greatest: mean(|coverage| coverage.greatest),
            standard_deviation: mean(|coverage| coverage.standard_deviation),
            bare: mean(|coverage| coverage.bare),
        }
    }
}
