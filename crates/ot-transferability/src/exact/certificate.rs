//! How nearly a plan and potentials prove each other optimal.

use serde::{Deserialize, Serialize};
use tensor_core::check;

use crate::{CostMatrix, Marginals, Result, Transport};

/// What is left of the conditions of optimality.
///
/// ```text
/// C_ij - f_i - g_j >= 0         for all i, j              min_reduced_cost
/// C_ij - f_i - g_j  = 0         where P_ij > 0            complementarity
/// <C, P> = <a, f> + <b, g>                                gap
/// P 1 = a,  P^T 1 = b                                     marginal_error
/// ```
///
/// A plan with these marginals costs at least `<a, f> + <b, g> + M min_reduced_cost`, whatever solver the potentials
/// come from: M is the mass.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Certificate, CostMatrix, Exact, Marginals};
///
/// let cost = CostMatrix::new(vec![0.0, 1.0, 2.0, 1.0, 0.0, 1.0], 2, 3)?;
/// let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5])?;
/// let transport = Exact::default().solve(&cost, &marginals)?;
/// let certificate = Certificate::of(&cost, &marginals, &transport)?;
/// assert_eq!(certificate.min_reduced_cost, 0.0);
/// assert_eq!(certificate.complementarity, 0.0);
/// assert_eq!(certificate.gap, 0.0);
/// assert_eq!(certificate.marginal_error, 0.0);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The least reduced cost `C_ij - f_i - g_j`: the potentials are feasible if it is not negative.
    pub min_reduced_cost: f64,
    /// The largest magnitude of a reduced cost where the plan moves mass.
    pub complementarity: f64,
    /// The cost of the plan minus the dual objective.
    pub gap: f64,
    /// `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    pub marginal_error: f64,
}

impl Certificate {
    /// Checks a solution against its problem, from the plan and the potentials alone.
    ///
    /// # Errors
    ///
    /// Marginals, a plan or potentials of another shape than the costs.
    ///
    /// # Complexity
    ///
    /// O(n m).
    pub fn of(cost: &CostMatrix, marginals: &Marginals, transport: &Transport) -> Result<Self> {
        let Transport { potentials, plan, .. } = transport;
        for (what, n_sources, n_targets) in [
            ("weights", marginals.source().len(), marginals.target().len()),
            ("potentials", potentials.source.len(), potentials.target.len()),
            ("plan", plan.n_sources(), plan.n_targets()),
        ] {
            check::same_length("costs", cost.n_sources(), what, n_sources)?;
            check::same_length("costs", cost.n_targets(), what, n_targets)?;
        }
        let reduced_cost = |source: usize, target: usize| {
            cost.row(source)[target] - potentials.source[source] - potentials.target[target]
        };
        let mut min_reduced_cost = f64::INFINITY;
        for (source, potential) in potentials.source.iter().enumerate() {
            for (cost, price) in cost.row(source).iter().zip(&potentials.target) {
                min_reduced_cost = min_reduced_cost.min(cost - potential - price);
            }
        }
        let mut complementarity = 0.0_f64;
        plan.for_each(|entry| {
            complementarity = complementarity.max(reduced_cost(entry.source, entry.target).abs());
        });
        let objective = |weights: &[f64], potentials: &[f64]| -> f64 {
            weights
                .iter()
                .zip(potentials)
                .map(|(weight, potential)| weight * potential)
                .sum()
        };
        let dual = objective(marginals.source(), &potentials.source)
            + objective(marginals.target(), &potentials.target);
        Ok(Self {
            min_reduced_cost,
            complementarity,
            gap: plan.cost(cost) - dual,
            marginal_error: plan.marginal_error(marginals),
        })
    }
}
