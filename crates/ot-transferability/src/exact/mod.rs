//! Exact optimal transport.

mod assignment;
mod candidates;
mod certificate;
mod first_plan;
mod network_simplex;
mod shortest_path;
mod spanning_tree;

use serde::{Deserialize, Serialize};
use tensor_core::check;
use tensor_core::progress::{Progress, Silent};

pub use certificate::Certificate;

use crate::transport::Support;
use crate::{CostMatrix, Error, Marginals, Move, Plan, Potentials, Result, Status, Transport};
use assignment::Assignment;
use candidates::least_total;
use network_simplex::NetworkSimplex;

/// The name of the task that is shown as progress.
const TASK: &str = "exact transport";

/// Weights that differ by less, relative to the largest, are equal.
const WEIGHT_TOLERANCE: f64 = 1e-12;

/// A gap of at most this part of the cost is rounding: a pivot looks at reduced costs down to 1e-12 of the potentials.
const GAP_TOLERANCE: f64 = 1e-9;

/// A gap of at most this part of the mass times a small cost is rounding, for plans that cost nothing.
const GAP_TOLERANCE_OF_SMALL_COST: f64 = 1e-9;

/// How the exact solver works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExactAlgorithm {
    /// Shortest augmenting paths where they apply, else the network simplex.
    #[default]
    Auto,
    /// From spanning tree to spanning tree; for all weights.
    NetworkSimplex,
    /// One augmenting path for each point; for as many source as target points, all of one weight.
    ShortestAugmentingPath,
}

/// Exact optimal transport.
///
/// ```text
/// min_P  <C, P>                      P >= 0,  P 1 = a,  P^T 1 = b
/// max_(f, g)  <a, f> + <b, g>        f_i + g_j <= C_ij
/// ```
///
/// The result is a vertex: a plan of at most n + m - 1 moves, n of them when both sides have n points of one weight. Its
/// potentials are feasible but for rounding, so `dual` bounds the optimum from below and `gap` proves the plan optimal;
/// where there are several optimal plans, the result is one of them. `iterations` counts pivots of the simplex, or bids and
/// paths of the assignment. Points of zero weight are left out; they get the largest feasible potentials.
///
/// The result does not depend on the number of threads: there is one.
///
/// # Errors
///
/// Marginals of another shape than the costs, [`Error::NotAnAssignment`] from the shortest augmenting paths for weights
/// that they are not for, and [`Error::Uncertified`] when rounding leaves a gap, as among costs of very different size.
///
/// # Complexity
///
/// Beside the costs O(n + m) memory. No useful bound on the time of the simplex is known; on point clouds it grows a
/// little faster than n m. The assignment takes at most O(n^3).
///
/// # Reference
///
/// W. H. Cunningham, *A network simplex method*, 1976, doi:10.1007/BF01580379, for the rule that keeps degenerate
/// problems from cycling. R. Jonker and A. Volgenant, *A shortest augmenting path algorithm for dense and sparse linear
/// assignment problems*, 1987, doi:10.1007/BF02278710.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, Exact, Marginals, Status};
///
/// let cost = CostMatrix::new(vec![0.0, 1.0, 2.0, 1.0, 0.0, 1.0], 2, 3)?;
/// let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5])?;
/// let transport = Exact::default().solve(&cost, &marginals)?;
/// assert_eq!(transport.cost, 0.75);
/// assert_eq!(transport.dual, 0.75);
/// assert_eq!(transport.status, Status::Optimal);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exact {
    /// How the solver works.
    pub algorithm: ExactAlgorithm,
    /// The cap on the iterations; `None` is 10 (n + m)^1.5 pivots, some hundred times what point clouds take, and as many
    /// paths as there are points. At the cap the result is a feasible plan with [`Status::IterationLimit`] and its gap.
    pub max_iterations: Option<usize>,
}

/// What a solver starts from.
struct Start<'a> {
    /// `-g`.
    prices: Vec<f64>,
    plan: Option<&'a Plan>,
}

/// What a solver ends with: a plan without cycles, and prices for which it is optimal unless the limit came first.
struct Vertex {
    moves: Vec<Move>,
    prices: Vec<f64>,
    iterations: usize,
    status: Status,
}

impl Exact {
    /// Solves a problem.
    ///
    /// # Errors
    ///
    /// See [`Exact`].
    pub fn solve(&self, cost: &CostMatrix, marginals: &Marginals) -> Result<Transport> {
        self.solve_with(cost, marginals, &mut Silent)
    }

    /// Solves a problem, with iterations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// See [`Exact`]; besides, the cancellation that `progress` asks for.
    pub fn solve_with(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        self.solve_on_support(cost, marginals, None, progress)
    }

    /// Solves a problem from the solution of a similar one, of the same points: of other costs or weights, or by another
    /// solver.
    ///
    /// The target potentials are the first prices; the network simplex also begins with the moves of the plan, if it has
    /// fewer than n + m. Solved again, an optimal plan takes no pivot or a few that move nothing.
    ///
    /// # Errors
    ///
    /// See [`Exact`]; besides, potentials that are not finite or a solution of another shape, and the cancellation that
    /// `progress` asks for.
    pub fn solve_from(
        &self,
        start: &Transport,
        cost: &CostMatrix,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        let Transport { potentials, plan, .. } = start;
        check::same_length("costs", cost.n_sources(), "first plan", plan.n_sources())?;
        check::same_length("costs", cost.n_targets(), "first plan", plan.n_targets())?;
        check::same_length(
            "costs",
            cost.n_targets(),
            "first potentials",
            potentials.target.len(),
        )?;
        for &potential in &potentials.target {
            check::parameter("first potentials", potential.is_finite(), "finite", potential)?;
        }
        match self.solve_on_support(cost, marginals, Some(start), progress) {
            // Potentials of another size than the costs take their digits; the usual start does not.
            Err(Error::Uncertified { .. }) => self.solve_on_support(cost, marginals, None, progress),
            solved => solved,
        }
    }

    fn solve_on_support(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        start: Option<&Transport>,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        check::same_length(
            "costs",
            cost.n_sources(),
            "source weights",
            marginals.source().len(),
        )?;
        check::same_length(
            "costs",
            cost.n_targets(),
            "target weights",
            marginals.target().len(),
        )?;
        let Some(support) = Support::of(marginals.source(), marginals.target()) else {
            let start = start.map_or_else(|| Start::of(cost), Start::from_solution);
            return self.solve_positive(cost, marginals, &start, progress);
        };
        let inner = cost.select(&support.sources, &support.targets);
        let mut inner_start = Start::of(&inner);
        if let Some(start) = start {
            for (price, &target) in inner_start.prices.iter_mut().zip(&support.targets) {
                *price = -start.potentials.target[target];
            }
        }
        let solved = self.solve_positive(&inner, &support.marginals(marginals)?, &inner_start, progress)?;
        Ok(support.expand(solved, cost))
    }

    fn solve_positive(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        start: &Start,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        let (n_sources, n_targets) = (cost.n_sources(), cost.n_targets());
        let is_assignment = n_sources == n_targets && have_one_weight(marginals);
        progress.begin(TASK, None);
        let vertex = match self.algorithm {
            ExactAlgorithm::Auto | ExactAlgorithm::ShortestAugmentingPath if is_assignment => {
                Assignment::new(cost, start).solve(
                    marginals.source(),
                    self.max_iterations.unwrap_or(usize::MAX),
                    progress,
                )?
            }
            ExactAlgorithm::Auto | ExactAlgorithm::NetworkSimplex => {
                let many_pivots = || (10.0 * ((n_sources + n_targets) as f64).powf(1.5)) as usize;
                let max_pivots = self.max_iterations.unwrap_or_else(many_pivots);
                NetworkSimplex::new(cost, marginals, start).solve(max_pivots, progress)?
            }
            ExactAlgorithm::ShortestAugmentingPath => {
                return Err(Error::NotAnAssignment { n_sources, n_targets });
            }
        };
        progress.end();
        vertex.into_transport(cost, marginals)
    }
}

impl<'a> Start<'a> {
    /// Prices at which every column is for nothing to one row, and costs to the others.
    fn of(cost: &CostMatrix) -> Self {
        let mut prices = vec![f64::NEG_INFINITY; cost.n_targets()];
        for source in 0..cost.n_sources() {
            for (price, cost) in prices.iter_mut().zip(cost.row(source)) {
                *price = if -cost > *price { -cost } else { *price };
            }
        }
        Self { prices, plan: None }
    }

    fn from_solution(solution: &'a Transport) -> Self {
        Self {
            prices: solution
                .potentials
                .target
                .iter()
                .map(|potential| -potential)
                .collect(),
            plan: Some(&solution.plan),
        }
    }
}

impl Vertex {
    /// The solution, once its gap is checked. The largest feasible source potentials take in the rounding of the prices.
    fn into_transport(self, cost: &CostMatrix, marginals: &Marginals) -> Result<Transport> {
        let source: Vec<f64> = (0..cost.n_sources())
            .map(|source| least_total(cost.row(source), &self.prices))
            .collect();
        let target = self.prices.iter().map(|price| -price).collect();
        let magnitude: f64 = self
            .moves
            .iter()
            .map(|entry| entry.mass * cost.row(entry.source)[entry.target].abs())
            .sum();
        let plan = Plan::sparse(cost.n_sources(), cost.n_targets(), self.moves);
        let mut transport = Transport {
            cost: plan.cost(cost),
            regularized_cost: 0.0,
            dual: 0.0,
            gap: 0.0,
            marginal_error: plan.marginal_error(marginals),
            iterations: self.iterations,
            status: self.status,
            potentials: Potentials { source, target },
            plan,
        };
        transport.regularized_cost = transport.cost;
        transport.dual = dual_objective(marginals, &transport.potentials);
        transport.gap = transport.cost - transport.dual;
        let tolerance =
            GAP_TOLERANCE * magnitude + GAP_TOLERANCE_OF_SMALL_COST * marginals.mass() * small_cost(cost);
        let is_certified = transport.gap.abs() <= tolerance;
        if transport.status == Status::Optimal && !is_certified {
            return Err(Error::Uncertified {
                gap: transport.gap,
                cost: transport.cost,
                largest_cost: cost.largest(),
            });
        }
        Ok(transport)
    }
}

fn have_one_weight(marginals: &Marginals) -> bool {
    let weights = || marginals.source().iter().chain(marginals.target());
    let largest = weights().fold(0.0_f64, |largest, &weight| largest.max(weight));
    weights().all(|weight| largest - weight <= WEIGHT_TOLERANCE * largest)
}

fn dual_objective(marginals: &Marginals, potentials: &Potentials) -> f64 {
    let objective = |weights: &[f64], potentials: &[f64]| -> f64 {
        weights
            .iter()
            .zip(potentials)
            .map(|(weight, potential)| weight * potential)
            .sum()
    };
    objective(marginals.source(), &potentials.source) + objective(marginals.target(), &potentials.target)
}

/// A magnitude that nine in ten costs exceed, of those that are not zero: costs that stand for "never" do not lift it.
fn small_cost(cost: &CostMatrix) -> f64 {
    const SAMPLE: usize = 4096;
    let values = cost.values();
    let mut sample: Vec<f64> = values
        .iter()
        .step_by(values.len().div_ceil(SAMPLE))
        .map(|value| value.abs())
        .filter(|&magnitude| magnitude > 0.0)
        .collect();
    if sample.is_empty() {
        return 0.0;
    }
    let rank = sample.len() / 10;
    *sample.select_nth_unstable_by(rank, f64::total_cmp).1
}
