//! The solvers side by side, and what each has a value for.

use ot_transferability::{
    Exact, Frobenius, GaussianFit, OnlineSinkhorn, Plan, Result, Sinkhorn, SlicedWasserstein, Status,
    Transport, Unbalanced, bures_wasserstein,
};
use serde::Serialize;
use tensor_core::progress::Progress;

use super::inputs::{Inputs, Problem};

/// A solver with its parameters.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Solver {
    Exact(Exact),
    Sinkhorn(Sinkhorn),
    Online(OnlineSinkhorn),
    Unbalanced(Unbalanced),
    Frobenius(Frobenius),
    Sliced(SlicedWasserstein),
    Bures(GaussianFit),
}

/// What is printed of a solution.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Solution {
    /// `<C, P>`; of `sliced` the mean over the directions.
    pub(crate) cost: f64,
    /// The objective that was minimised.
    pub(crate) regularized_cost: Option<f64>,
    /// `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    pub(crate) marginal_error: Option<f64>,
    /// `regularized_cost` less the dual objective.
    pub(crate) gap: Option<f64>,
    pub(crate) iterations: Option<usize>,
    pub(crate) status: Option<Status>,
    pub(crate) plan_mass: Option<f64>,
    /// Of `cost` as a mean over random directions.
    pub(crate) standard_error: Option<f64>,
}

impl Solver {
    /// Solves the problem; the plan too, where there is one.
    pub(crate) fn solve(
        &self,
        inputs: Inputs,
        progress: &mut dyn Progress,
    ) -> Result<(Solution, Option<Plan>)> {
        if let Self::Unbalanced(solver) = self {
            let costs = inputs.problem.into_costs()?;
            let solved =
                solver.solve_with(&costs, &inputs.source_weights, &inputs.target_weights, progress)?;
            return Ok(Solution::of(solved));
        }
        let marginals = inputs.marginals()?;
        match (self, inputs.problem) {
            (Self::Online(solver), Problem::Points { source, target, .. }) => {
                let solved = solver.solve_with(&source, &target, &marginals, progress)?;
                Ok((
                    Solution {
                        cost: solved.cost,
                        regularized_cost: Some(solved.regularized_cost),
                        marginal_error: Some(solved.marginal_error),
                        gap: Some(solved.gap),
                        iterations: Some(solved.iterations),
                        status: Some(solved.status),
                        plan_mass: Some(solved.plan_mass),
                        standard_error: None,
                    },
                    None,
                ))
            }
            (Self::Sliced(solver), Problem::Points { source, target, .. }) => {
                let solved = solver.solve(&source, &target, &marginals)?;
                Ok((
                    Solution {
                        cost: solved.cost,
                        standard_error: solved.standard_error,
                        ..Solution::default()
                    },
                    None,
                ))
            }
            (Self::Bures(fit), Problem::Points { source, target, .. }) => {
                let source = fit.fit(&source, marginals.source())?;
                let target = fit.fit(&target, marginals.target())?;
                let cost = bures_wasserstein(&source, &target)?.cost;
                Ok((
                    Solution {
                        cost,
                        ..Solution::default()
                    },
                    None,
                ))
            }
            (Self::Exact(solver), problem) => Ok(Solution::of(solver.solve_with(
                &problem.into_costs()?,
                &marginals,
                progress,
            )?)),
            (Self::Sinkhorn(solver), problem) => Ok(Solution::of(solver.solve_with(
                &problem.into_costs()?,
                &marginals,
                progress,
            )?)),
            (Self::Frobenius(solver), problem) => Ok(Solution::of(solver.solve_with(
                &problem.into_costs()?,
                &marginals,
                progress,
            )?)),
            (Self::Unbalanced(_) | Self::Online(_) | Self::Sliced(_) | Self::Bures(_), _) => {
                Err(ot_transferability::Error::NeedsPoints)
            }
        }
    }
}

impl Solution {
    fn of(solved: Transport) -> (Self, Option<Plan>) {
        let solution = Self {
            cost: solved.cost,
            regularized_cost: Some(solved.regularized_cost),
            marginal_error: Some(solved.marginal_error),
            gap: Some(solved.gap),
            iterations: Some(solved.iterations),
            status: Some(solved.status),
            plan_mass: Some(solved.plan.mass()),
            standard_error: None,
        };
        (solution, Some(solved.plan))
    }
}
