//! Iterations in the log domain: nothing is stored but the scalings, and nothing underflows.

use super::iterate::Iterate;
use super::pass::{Blocks, generate};
use super::problem::{LogScalings, Problem, in_range};
use crate::Result;

/// One exponential a cell and iteration.
#[derive(Debug)]
pub(crate) struct LogDomain<'a> {
    problem: &'a Problem<'a>,
    scalings: LogScalings,
    factors: Vec<f64>,
    scratch: Vec<f64>,
    blocks: Blocks,
    column_residual: f64,
}

impl<'a> LogDomain<'a> {
    pub(crate) fn new(problem: &'a Problem<'a>, scalings: LogScalings) -> Self {
        let blocks = Blocks::new(problem);
        Self {
            factors: vec![1.0; problem.cost.n_sources()],
            scratch: vec![0.0; blocks.len() * problem.cost.n_targets()],
            blocks,
            problem,
            scalings,
            column_residual: 0.0,
        }
    }
}

impl Iterate for LogDomain<'_> {
    fn iterate(&mut self, relaxation: f64) -> Result<f64> {
        let problem = self.problem;
        let pass = generate(
            problem,
            &mut self.scalings,
            relaxation,
            &mut self.factors,
            &mut self.scratch,
            &mut self.blocks,
        );
        let residual = pass.residual + std::mem::take(&mut self.column_residual);
        for (scaling, factor) in self.scalings.source.iter_mut().zip(&self.factors) {
            *scaling += factor.log2();
        }
        let mut unsettled = Vec::new();
        for (target, &carried) in pass.column_sums.iter().enumerate() {
            let scaling = &mut self.scalings.target[target];
            let factor = problem.target.factor(target, *scaling, carried, relaxation);
            if in_range(carried) && in_range(factor) {
                *scaling += factor.log2();
                if relaxation != 1.0 {
                    self.column_residual +=
                        (carried * factor - problem.target.wanted(target, *scaling)).abs();
                }
            } else {
                unsettled.push(target);
            }
        }
        if !unsettled.is_empty() {
            problem.settle_targets(&unsettled, &mut self.scalings);
        }
        Ok(residual)
    }

    fn into_scalings(self) -> (LogScalings, Vec<f64>) {
        (self.scalings, Vec::new())
    }
}
