//! How a subset of pixels spreads over the scenes.

use hard_subset::Subset;
use serde::{Deserialize, Serialize};
use tensor_core::numeric::Moments;

/// The share of its pixels that a subset keeps of each scene.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SceneCoverage {
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    pub(crate) standard_deviation: f64,
    /// Share of the scenes of which nothing is kept.
    pub(crate) bare: f64,
}

impl SceneCoverage {
    /// Of a subset; `scenes` is the scene of each pixel, kept or not.
    pub(super) fn of(subset: &Subset, scenes: &[usize]) -> anyhow::Result<Self> {
        let shares: Vec<f64> = subset
            .coverage(scenes)?
            .iter()
            .map(|scene| scene.kept as f64 / scene.of as f64)
            .collect();
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
