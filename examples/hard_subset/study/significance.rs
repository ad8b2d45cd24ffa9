//! Many comparisons at once: each measure over all metrics and fractions.

use hard_subset::Scope;
use tensor_core::Result;
use tensor_core::numeric::Moments;

use super::experiment::Experiment;
use super::observation::Side;
use super::results::{Family, MetricResults, SubsetKind};
use crate::scorers::METRICS;

/// A cell is remarkable if it is more standard deviations than this off the mean of random subsets.
const REMARKABLE: f64 = 2.0;

/// The agreements of a metric on random subsets of one size, each network with its own.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    pub(super) metric: usize,
    pub(super) fraction: f64,
    /// One entry a pool, the same pools for all metrics and fractions.
    pub(super) agreements: Vec<f64>,
}

/// Both ends of every measure against the random subsets, as families of cells.
pub(super) fn families(
    experiment: &Experiment,
    metrics: &[MetricResults],
    chances: &[Chance],
) -> Result<Vec<Family>> {
    // Standard deviations off the mean: for each cell, for each draw.
    let mut drawn = Vec::new();
    for chance in chances {
        let moments = Moments::of(&chance.agreements)?;
        let (Some(mean), Some(variance)) = (moments.mean(), moments.sample_variance()) else {
            continue;
        };
        if variance > 0.0 {
            let z = chance
                .agreements
                .iter()
                .map(|agreement| (agreement - mean) / variance.sqrt());
            drawn.push((chance, z.collect::<Vec<f64>>()));
        }
    }
    let n_draws = drawn.iter().map(|(_, z)| z.len()).min().unwrap_or_default();
    let drawn_means: Vec<f64> = (0..n_draws)
        .map(|draw| drawn.iter().map(|(_, z)| z[draw]).sum::<f64>() / drawn.len() as f64)
        .collect();
    let n_drawn_beyond: usize = drawn
        .iter()
        .flat_map(|(_, z)| &z[..n_draws])
        .filter(|z| z.abs() > REMARKABLE)
        .count();
    let mut families = Vec::new();
    for side in [Side::Hard, Side::Easy] {
        for &measure in &experiment.measures {
            let cell = |chance: &Chance| {
                let metric = metrics
                    .iter()
                    .find(|results| results.metric == METRICS[chance.metric])?;
                let subset = metric.find(SubsetKind {
                    measure,
                    side,
                    scope: Scope::PerModel,
                    fraction: chance.fraction,
                })?;
                subset.fine_tuned.chance?.z
            };
            let cells: Vec<f64> = drawn.iter().filter_map(|(chance, _)| cell(chance)).collect();
            if cells.is_empty() {
                continue;
            }
            let mean_z = cells.iter().sum::<f64>() / cells.len() as f64;
            let n_as_far = drawn_means
                .iter()
                .filter(|mean| mean.abs() >= mean_z.abs())
                .count();
            families.push(Family {
                measure,
                side,
                n_cells: cells.len(),
                n_above: cells.iter().filter(|&&z| z > REMARKABLE).count(),
                n_below: cells.iter().filter(|&&z| z < -REMARKABLE).count(),
                n_beyond_by_chance: n_drawn_beyond as f64 / n_draws.max(1) as f64,
                mean_z,
                p_value: (1 + n_as_far) as f64 / (1 + n_draws) as f64,
            });
        }
    }
    Ok(families)
}
