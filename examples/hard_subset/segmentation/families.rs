//! Many comparisons at once: each end of each hardness over all metrics and fractions.

use serde::{Deserialize, Serialize};
use tensor_core::Result;

use super::results::{FractionResults, MetricResults, Part, Way};
use crate::agreement::AgainstChance;
use crate::measure::Measure;

/// A cell is remarkable if it lies more standard deviations than this off the mean of random subsets.
pub(super) const REMARKABLE: f64 = 2.0;

/// One end of one hardness against random subsets, over all metrics and fractions, for fine-tuned networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    pub(crate) measure: Measure,
    pub(crate) part: Part,
    /// Metrics and fractions at which a comparison is defined.
    pub(crate) n_cells: usize,
    /// Those of them that are remarkably better, and worse.
    pub(crate) n_better: usize,
    pub(crate) n_worse: usize,
    /// The mean over the cells of the standard deviations above random subsets.
    pub(crate) mean_z: f64,
    /// The chance of a random subset whose mean lies as far from 0, on either side.
    pub(crate) p_value: f64,
}

/// Every end of every hardness.
pub(super) fn families(measures: &[Measure], metrics: &[MetricResults]) -> Result<Vec<Family>> {
    let drawn = drawn_means(metrics)?;
    let ends = [Part::Hard, Part::Easy].into_iter();
    let ends = ends.flat_map(|part| measures.iter().map(move |&measure| (measure, part)));
    Ok(ends
        .map(|(measure, part)| {
            let z: Vec<f64> = cells(metrics)
                .filter_map(|cell| cell.subset(measure, part)?.truth.by(Way::FineTuned).chance?.z)
                .collect();
            let mean_z = mean(&z);
            let n_as_far = drawn.iter().filter(|drawn| drawn.abs() >= mean_z.abs()).count();
            Family {
                measure,
                part,
                n_cells: z.len(),
                n_better: z.iter().filter(|&&z| z > REMARKABLE).count(),
                n_worse: z.iter().filter(|&&z| z < -REMARKABLE).count(),
                mean_z,
                p_value: (1 + n_as_far) as f64 / (1 + drawn.len()) as f64,
            }
        })
        .collect())
}

/// For each draw of random subsets, the mean over the cells of its own standard deviations above the others' mean.
fn drawn_means(metrics: &[MetricResults]) -> Result<Vec<f64>> {
    let mut of_draws: Vec<Vec<f64>> = Vec::new();
    for cell in cells(metrics) {
        let random = cell.random.by(Way::FineTuned);
        let defined: Vec<f64> = random.iter().copied().flatten().collect();
        of_draws.resize(of_draws.len().max(random.len()), Vec::new());
        for (of_draw, agreement) in of_draws.iter_mut().zip(random) {
            let chance = agreement.map(|agreement| AgainstChance::of(agreement, &defined));
            of_draw.extend(chance.transpose()?.flatten().and_then(|chance| chance.z));
        }
    }
    Ok(of_draws.iter().map(|z| mean(z)).collect())
}

fn cells(metrics: &[MetricResults]) -> impl Iterator<Item = &FractionResults> {
    metrics.iter().flat_map(|metric| &metric.fractions)
}

/// 0 of nothing.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
