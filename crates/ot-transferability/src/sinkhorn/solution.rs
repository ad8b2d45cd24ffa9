//! The plan and the objectives of given scalings.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

use super::pass::{fill, for_each};
use super::problem::{LogScalings, Problem};
use crate::Plan;
use crate::exponential::sum;

/// A plan with what can be read off while it is computed.
#[derive(Debug)]
pub(crate) struct Solution {
    pub(crate) plan: Plan,
    /// `<C, P>`.
    pub(crate) cost: f64,
    pub(crate) source_marginal: Vec<f64>,
    pub(crate) target_marginal: Vec<f64>,
}

impl Solution {
    /// The plan `mass * 2^(source_i + target_j - steepness C_ij)`, in a buffer.
    pub(crate) fn of(problem: &Problem<'_>, scalings: &LogScalings, mass: f64, mut buffer: Vec<f64>) -> Self {
        const ROWS: usize = 64;
        let (n_sources, n_targets) = (problem.cost.n_sources(), problem.cost.n_targets());
        buffer.resize(n_sources * n_targets, 0.0);
        let mut costs = vec![0.0; n_sources];
        let mut source_marginal = vec![0.0; n_sources];
        let mut target_parts = vec![0.0; n_sources.div_ceil(ROWS) * n_targets];
        let work: Vec<Evaluate<'_>> = buffer
            .chunks_mut(ROWS * n_targets)
            .zip(costs.chunks_mut(ROWS))
            .zip(source_marginal.chunks_mut(ROWS))
            .zip(target_parts.chunks_mut(n_targets))
            .enumerate()
            .map(
                |(block, (((masses, costs), source_marginal), target_part))| Evaluate {
                    problem,
                    scalings,
                    first_row: block * ROWS,
                    mass,
                    masses,
                    costs,
                    source_marginal,
                    target_part,
                },
            )
            .collect();
        for_each(work, n_sources * n_targets, |block| Arch::new().dispatch(block));
        let mut target_marginal = vec![0.0; n_targets];
        for part in target_parts.chunks(n_targets) {
            for (sum, more) in target_marginal.iter_mut().zip(part) {
                *sum += more;
            }
        }
        Self {
            plan: Plan::dense(n_sources, n_targets, buffer),
            cost: costs.iter().sum(),
            source_marginal,
            target_marginal,
        }
    }

    pub(crate) fn mass(&self) -> f64 {
        self.source_marginal.iter().sum()
    }
}

struct Evaluate<'a> {
    problem: &'a Problem<'a>,
    scalings: &'a LogScalings,
    first_row: usize,
    mass: f64,
    masses: &'a mut [f64],
    costs: &'a mut [f64],
    source_marginal: &'a mut [f64],
    target_part: &'a mut [f64],
}

impl WithSimd for Evaluate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let targets = &self.scalings.target;
        for (row, masses) in self.masses.chunks_exact_mut(targets.len()).enumerate() {
            let source = self.first_row + row;
            let costs = self.problem.cost.row(source);
            fill(
                masses,
                costs,
                targets,
                self.problem.steepness,
                self.scalings.source[source],
            );
            for (mass, sum) in masses.iter_mut().zip(&mut *self.target_part) {
                *mass *= self.mass;
                *sum += *mass;
            }
            self.source_marginal[row] = sum(masses);
            self.costs[row] = masses.iter().zip(costs).map(|(mass, cost)| mass * cost).sum();
        }
    }
}

/// `sum_i weights_i values_i`.
pub(crate) fn dot(weights: &[f64], values: &[f64]) -> f64 {
    weights
        .iter()
        .zip(values)
        .map(|(weight, value)| weight * value)
        .sum()
}
