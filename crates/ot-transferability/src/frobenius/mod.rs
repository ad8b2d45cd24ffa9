//! Transport regularised by the squared masses of the plan: sparse plans.

mod newton;
mod semi_dual;

use serde::{Deserialize, Serialize};
use tensor_core::check;
use tensor_core::progress::{Progress, Silent};

use newton::Newton;
use semi_dual::{PlanRows, SemiDual};

use crate::transport::Support;
use crate::{CostMatrix, CostScale, Epsilon, Marginals, Move, Plan, Potentials, Result, Status, Transport};

/// Optimal transport with a Frobenius norm for a regularisation.
///
/// ```text
/// min_P  <C, P> + gamma / 2 sum_ij P_ij^2        P >= 0,  P 1 = a,  P^T 1 = b
///
/// P_ij = max(f_i + g_j - C_ij, 0) / gamma
/// dual(f, g) = <a, f> + <b, g> - 1 / (2 gamma) sum_ij max(f_i + g_j - C_ij, 0)^2
/// ```
///
/// Unlike entropy it leaves most masses at zero. The solver maximises the dual over `g`, for which the best `f_i` is a
/// threshold: row i of the plan is the projection of `(g - C_i) / gamma` onto the simplex of mass `a_i`. This semi-dual is
/// concave and piecewise quadratic. It is maximised by a damped Newton method whose linear systems, as sparse as the plan,
/// are solved by conjugate gradients; from a strength at which the plan is dense down to `gamma`, each from the potentials
/// before.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `gamma` | 0.1 of the largest cost | strength of the regularisation [cost per mass] | above 0 | POT's example |
/// | `tolerance` | 1e-9 | marginal error, relative to the mass, at which to stop | above 0 | POT |
/// | `max_iterations` | 2000 | evaluations of the semi-dual at most | 1 or more | – |
///
/// The masses of n points are of the order `1/n`, so that one `gamma` regularises less with more points: the plan is dense
/// only where `gamma` is some `n m` times the spread of the costs.
///
/// In the result, every row of the plan has its weight to rounding; the columns have theirs to `marginal_error`, and no
/// correction is spread over the plan, which would fill it. `iterations` counts evaluations of the semi-dual, one pass over
/// the costs each. Points of zero weight are left out; they get the largest potential that keeps their masses at zero.
///
/// The result has the same bits for any number of threads.
///
/// # Errors
///
/// Parameters out of range; marginals of another shape than the costs.
///
/// # Complexity
///
/// O(n m) an evaluation, and O(s) a step of conjugate gradients for s masses that are not zero. Memory: the costs and O(s).
///
/// # Reference
///
/// M. Blondel, V. Seguy, A. Rolet, *Smooth and sparse optimal transport*, 2018, arXiv:1710.06276. D. Lorenz, P. Manns, C.
/// Meyer, *Quadratically regularized optimal transport*, 2021, arXiv:1903.01112.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, Epsilon, Frobenius, Marginals};
///
/// let cost = CostMatrix::new(vec![0.0, 1.0, 1.0, 0.0], 2, 2)?;
/// let solve = |gamma| Frobenius { gamma: Epsilon::absolute(gamma), ..Frobenius::default() }
///     .solve(&cost, &Marginals::uniform(2, 2)?);
/// // Moving the mass t to the wrong side costs 2 t + gamma (t^2 + (1/2 - t)^2): best at t = 1/4 - 1 / (2 gamma).
/// assert!((solve(4.0)?.cost - 0.25).abs() < 1e-12);
/// // A weak regularisation leaves the wrong side empty.
/// assert_eq!(solve(1.0)?.cost, 0.0);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Frobenius {
    /// The strength of the regularisation.
    pub gamma: Epsilon,
    /// The marginal error, relative to the mass, at which to stop.
    pub tolerance: f64,
    /// The cap on the evaluations of the semi-dual.
    pub max_iterations: usize,
}

impl Default for Frobenius {
    fn default() -> Self {
        Self {
            gamma: Epsilon::relative(0.1, CostScale::Max),
            tolerance: 1e-9,
            max_iterations: 2000,
        }
    }
}

/// The name of the task that is shown as progress.
const TASK: &str = "frobenius";

/// The factor from each strength to the next.
const STAGE_FACTOR: f64 = 0.2;

/// The marginal error, relative to the mass, at which a strength on the way is left for the next.
const STAGE_TOLERANCE: f64 = 1e-2;

impl Frobenius {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    pub fn validate(&self) -> Result<()> {
        check::positive("gamma", self.gamma.value)?;
        check::positive("tolerance", self.tolerance)?;
        let n = self.max_iterations;
        Ok(check::parameter("max_iterations", n > 0, "1 or more", n)?)
    }

    /// Solves a problem.
    ///
    /// # Errors
    ///
    /// See [`Frobenius`].
    pub fn solve(&self, cost: &CostMatrix, marginals: &Marginals) -> Result<Transport> {
        self.solve_with(cost, marginals, &mut Silent)
    }

    /// Solves a problem, with evaluations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// See [`Frobenius`]; besides, the cancellation that `progress` asks for.
    pub fn solve_with(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        self.validate()?;
        let (n_sources, n_targets) = (cost.n_sources(), cost.n_targets());
        check::same_length("costs", n_sources, "source weights", marginals.source().len())?;
        check::same_length("costs", n_targets, "target weights", marginals.target().len())?;
        let gamma = self.gamma.resolve(cost)?;
        let Some(support) = Support::of(marginals.source(), marginals.target()) else {
            return self.solve_positive(cost, marginals, gamma, progress);
        };
        let inner = cost.select(&support.sources, &support.targets);
        let solved = self.solve_positive(&inner, &support.marginals(marginals)?, gamma, progress)?;
        Ok(support.expand(solved, cost))
    }

    fn solve_positive(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        gamma: f64,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        let mass = marginals.mass();
        let mut done = 0;
        let mut target = vec![0.0; cost.n_targets()];
        progress.begin(TASK, None);
        let mut newton = Newton {
            cost,
            marginals,
            gamma: dense_strength(cost, mass),
            tolerance: STAGE_TOLERANCE * mass,
            // One evaluation is left for `gamma`.
            limit: self.max_iterations - 1,
        };
        while newton.gamma > gamma && done < newton.limit {
            target = newton.ascend(target, &mut done, progress)?.1.target;
            newton.gamma *= STAGE_FACTOR;
        }
        newton.gamma = gamma;
        newton.tolerance = self.tolerance * mass;
        newton.limit = self.max_iterations;
        let (status, found) = newton.ascend(target, &mut done, progress)?;
        progress.end();
        Ok(transport(cost, marginals, gamma, status, done, &found))
    }
}

/// A strength at which most masses of the plan are not zero.
fn dense_strength(cost: &CostMatrix, mass: f64) -> f64 {
    let range = cost
        .values()
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, largest), &cost| {
            (least.min(cost), largest.max(cost))
        });
    (range.1 - range.0) * cost.values().len() as f64 / mass
}

fn transport(
    cost: &CostMatrix,
    marginals: &Marginals,
    gamma: f64,
    status: Status,
    iterations: usize,
    found: &SemiDual,
) -> Transport {
    let mut moves = Vec::new();
    let rows = found.blocks.iter().flat_map(PlanRows::rows);
    for (source, (targets, masses)) in rows.enumerate() {
        moves.extend(targets.iter().zip(masses).map(|(&target, &mass)| Move {
            source,
            target: target as usize,
            mass,
        }));
    }
    let squares: f64 = moves.iter().map(|entry| entry.mass * entry.mass).sum();
    let plan = Plan::sparse(cost.n_sources(), cost.n_targets(), moves);
    let plain = plan.cost(cost);
    let regularized_cost = plain + gamma / 2.0 * squares;
    let potentials = found.blocks.iter().flat_map(|block| &block.potentials);
    Transport {
        cost: plain,
        regularized_cost,
        dual: found.value,
        gap: regularized_cost - found.value,
        marginal_error: plan.marginal_error(marginals),
        iterations,
        status,
        potentials: Potentials {
            source: potentials.copied().collect(),
            target: found.target.clone(),
        },
        plan,
    }
}
