//! The semi-dual objective: the plan that is best for given target potentials, one row at a time.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::{CostMatrix, Marginals};

/// Rows that one thread works through.
const ROWS: usize = 32;

/// Entries that are searched only if one of them is large enough.
const CHUNK: usize = 32;

/// Some rows of the plan: the entries that are not zero, row after row.
#[derive(Debug, Default)]
pub(super) struct PlanRows {
    /// Where each row ends.
    pub(super) ends: Vec<usize>,
    pub(super) targets: Vec<u32>,
    pub(super) masses: Vec<f64>,
    /// The source potentials.
    pub(super) potentials: Vec<f64>,
    /// What the rows add to the dual: `sum_i a_i f_i - gamma / 2 sum_j P_ij^2`.
    dual: f64,
}

impl PlanRows {
    /// The targets and masses of each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&[u32], &[f64])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| (&self.targets[start..end], &self.masses[start..end]))
    }
}

/// The value of the semi-dual at target potentials, its gradient, and the plan that gives them.
#[derive(Debug)]
pub(super) struct SemiDual {
    pub(super) target: Vec<f64>,
    pub(super) value: f64,
    /// `b_j - sum_i P_ij`.
    pub(super) gradient: Vec<f64>,
    pub(super) blocks: Vec<PlanRows>,
}

impl SemiDual {
    pub(super) fn at(target: Vec<f64>, cost: &CostMatrix, marginals: &Marginals, gamma: f64) -> Self {
        let blocks: Vec<PlanRows> = cost
            .values()
            .par_chunks(ROWS * cost.n_targets())
            .zip(marginals.source().par_chunks(ROWS))
            .map(|(costs, weights)| {
                Arch::new().dispatch(BestRows {
                    costs,
                    weights,
                    target: &target,
                    gamma,
                })
            })
            .collect();
        let mut gradient = marginals.target().to_vec();
        for block in &blocks {
            for (&target, mass) in block.targets.iter().zip(&block.masses) {
                gradient[target as usize] -= mass;
            }
        }
        let of_targets: f64 = target.iter().zip(marginals.target()).map(|(g, b)| g * b).sum();
        Self {
            value: of_targets + blocks.iter().map(|block| block.dual).sum::<f64>(),
            target,
            gradient,
            blocks,
        }
    }

    /// `|P^T 1 - b|_1`; the rows have their weights.
    pub(super) fn residual(&self) -> f64 {
        self.gradient.iter().map(|entry| entry.abs()).sum()
    }
}

/// The best rows of the plan: `max_y <y, g - c_i> - gamma / 2 |y|^2` over `y >= 0` of sum `a_i`.
struct BestRows<'a> {
    costs: &'a [f64],
    weights: &'a [f64],
    target: &'a [f64],
    gamma: f64,
}

impl WithSimd for BestRows<'_> {
    type Output = PlanRows;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> PlanRows {
        let mut found = PlanRows::default();
        let mut entries = Vec::new();
        for (costs, &weight) in self.costs.chunks_exact(self.target.len()).zip(self.weights) {
            let budget = self.gamma * weight;
            let largest = largest(costs, self.target);
            // At a threshold of `largest - budget` the largest entry alone reaches the budget: the true one is no lower.
            entries.clear();
            entries_near(costs, self.target, largest, budget, &mut entries);
            let threshold = threshold(&mut entries, budget);
            let mut squares = 0.0;
            for &(target, value) in &entries {
                let excess = value - threshold;
                squares += excess * excess;
                found.targets.push(target);
                found.masses.push(excess / self.gamma);
            }
            found.ends.push(found.targets.len());
            let potential = -(largest + threshold);
            found.potentials.push(potential);
            found.dual += weight * potential - squares / (2.0 * self.gamma);
        }
        found
    }
}

#[inline(always)]
fn largest(costs: &[f64], target: &[f64]) -> f64 {
    costs
        .iter()
        .zip(target)
        .fold(f64::NEG_INFINITY, |largest, (cost, potential)| {
            largest.max(potential - cost)
        })
}

/// The entries that are at most `distance` below the largest, as differences to it: these lose no digits, however small
/// the distance is beside the entries.
#[inline(always)]
fn entries_near(costs: &[f64], target: &[f64], origin: f64, distance: f64, entries: &mut Vec<(u32, f64)>) {
    for (at, (costs, target)) in costs.chunks(CHUNK).zip(target.chunks(CHUNK)).enumerate() {
        if largest(costs, target) - origin >= -distance {
            for (offset, (cost, potential)) in costs.iter().zip(target).enumerate() {
                let value = potential - cost - origin;
                if value >= -distance {
                    entries.push(((at * CHUNK + offset) as u32, value));
                }
            }
        }
    }
}

/// The threshold above which the entries exceed it by `budget` in sum; keeps those entries. The largest is 0.
///
/// Michelot's iteration: each threshold is that of the entries above the one before, and rises until none is left below.
fn threshold(entries: &mut Vec<(u32, f64)>, budget: f64) -> f64 {
    loop {
        let sum: f64 = entries.iter().map(|entry| entry.1).sum();
        let threshold = (sum - budget) / entries.len() as f64;
        let before = entries.len();
        entries.retain(|entry| entry.1 > threshold);
        if entries.len() == before {
            return threshold;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_by_hand() {
        let threshold_of = |values: &[f64], budget| {
            let mut entries: Vec<(u32, f64)> = (0..).zip(values.iter().copied()).collect();
            (threshold(&mut entries, budget), entries.len())
        };
        assert_eq!(threshold_of(&[0.0], 1.0), (-1.0, 1));
        assert_eq!(threshold_of(&[0.0, -1.0], 0.5), (-0.5, 1));
        assert_eq!(threshold_of(&[-1.0, 0.0, -4.0], 2.0), (-1.5, 2));
        // An entry at the threshold has no mass.
        assert_eq!(threshold_of(&[0.0, -1.0], 1.0), (-1.0, 1));
    }
}
