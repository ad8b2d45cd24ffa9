//! How well a metric's scores order the networks as their true accuracies do.

use serde::{Deserialize, Serialize};
use tensor_core::numeric::{bootstrap, kendall, pearson, weighted_kendall};
use tensor_core::{Result, Seed};

/// Confidence level of every interval.
pub(crate) const LEVEL: f64 = 0.95;

/// Correlations of one metric's scores with the accuracies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreement {
    /// Networks that went into it.
    pub(crate) n_networks: usize,
    /// Pearson's correlation.
    pub(crate) pearson: Option<Estimate>,
    /// Kendall's tau-b.
    pub(crate) kendall: Option<Estimate>,
    /// Weighted Kendall's tau: the best networks count most.
    pub(crate) weighted_kendall: Option<Estimate>,
}

/// A number with its interval over resamples of the networks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Correlates scores with accuracies; an entry is missing where all scores or all accuracies are equal.
pub(crate) fn agreement(scores: &[f64], accuracies: &[f64], n_resamples: usize, seed: Seed) -> Result<Agreement> {
    // The same resamples for every correlation and every metric.
    let estimate = |correlation: fn(&[f64], &[f64]) -> Result<Option<f64>>| -> Result<Option<Estimate>> {
        let spread = bootstrap(scores.len(), n_resamples, seed, |networks: &[usize]| {
            let pick = |values: &[f64]| networks.iter().map(|&network| values[network]).collect::<Vec<_>>();
            correlation(&pick(scores), &pick(accuracies))
        })?;
        let bounds = spread.percentile(LEVEL)?.bounds();
        Ok(spread.estimate.zip(bounds).map(|(value, (low, high))| Estimate { value, low, high }))
    };
    Ok(Agreement {
        n_networks: scores.len(),
        pearson: estimate(pearson)?,
        kendall: estimate(kendall)?,
        weighted_kendall: estimate(weighted_kendall)?,
    })
}
