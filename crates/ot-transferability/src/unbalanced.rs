//! Entropic transport that may create and destroy mass.

use serde::{Deserialize, Serialize};
use tensor_core::check;
use tensor_core::progress::{Progress, Silent};

use crate::marginals::positive_mass;
use crate::plan::l1_distance;
use crate::sinkhorn::{Iterate, LogDomain, LogScalings, Problem, Side, Solution, TASK, dot, iterate_until};
use crate::transport::Support;
use crate::{CostMatrix, Epsilon, Error, Marginals, OverRelaxation, Potentials, Result, Status, Transport};

/// Unbalanced entropic transport with Kullback-Leibler penalties on the marginals.
///
/// ```text
/// min_P  <C, P> + epsilon KL(P | a b^T) + rho_1 KL(P 1 | a) + rho_2 KL(P^T 1 | b)
///
/// dual(f, g) = rho_1 <a, 1 - e^(-f / rho_1)> + rho_2 <b, 1 - e^(-g / rho_2)> - epsilon (sum P - sum a sum b)
/// P_ij = a_i b_j e^((f_i + g_j - C_ij) / epsilon)
/// ```
///
/// with `KL(P | Q) = sum P log(P / Q) - P + Q`. The reaches `rho` have the unit of the costs: mass is not moved much
/// further than that, but destroyed at one end and created at the other. A side without reach (`None`) holds exactly: with
/// one, transport is semi-relaxed; with both, it is balanced and the masses must be equal. The update of the scalings is
/// Sinkhorn's to the power `rho / (rho + epsilon)`, in the log domain.
///
/// In the result, `regularized_cost` is the whole objective above, `gap` its distance to the dual, and `marginal_error`
/// how far the marginals of the plan are from the weights: not a residual here, but the mass that was created and
/// destroyed. The iteration stops when the conditions of optimality `P 1 = a e^(-f / rho_1)` and
/// `P^T 1 = b e^(-g / rho_2)` hold to `tolerance`, relative to the smaller mass, in total. Points of zero weight carry no
/// mass; their potentials are the largest with `f_i + g_j <= C_ij`.
///
/// # Errors
///
/// Parameters out of range; weights that are negative, not finite or all zero, or of another number than the costs'; two
/// sides without reach whose masses differ; negative costs so far beyond the reaches that the mass created overflows.
///
/// # Complexity
///
/// O(n m) an iteration: one exponential a cell.
///
/// # Reference
///
/// L. Chizat, G. Peyré, B. Schmitzer, F.-X. Vialard, *Scaling algorithms for unbalanced optimal transport problems*, 2018,
/// arXiv:1607.05816.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, Epsilon, Unbalanced};
///
/// // One point on each side, of masses 1 and 4: the plan settles near their geometric mean.
/// let cost = CostMatrix::new(vec![0.0], 1, 1)?;
/// let unbalanced = Unbalanced {
///     epsilon: Epsilon::absolute(1e-3),
///     source_reach: Some(1.0),
///     target_reach: Some(1.0),
///     ..Unbalanced::default()
/// };
/// let transport = unbalanced.solve(&cost, &[1.0], &[4.0])?;
/// // epsilon log(P / 4) + log P + log(P / 4) = 0.
/// let expected = 4.0_f64.powf(1.001 / 2.001);
/// assert!((transport.plan.mass() - expected).abs() < 1e-9);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unbalanced {
    /// The strength of the entropic regularisation.
    pub epsilon: Epsilon,
    /// The weight `rho_1` of the source's marginal, in the unit of the costs; `None` for a marginal that holds exactly.
    pub source_reach: Option<f64>,
    /// The weight `rho_2` of the target's marginal.
    pub target_reach: Option<f64>,
    /// The violation of the conditions of optimality, relative to the smaller mass, at which the iteration stops.
    pub tolerance: f64,
    /// The cap on the iterations.
    pub max_iterations: usize,
    /// Longer steps.
    pub over_relaxation: OverRelaxation,
}

impl Default for Unbalanced {
    /// The tolerance and the cap of [`Sinkhorn`](crate::Sinkhorn); reaches of 1, as in Chizat's experiments.
    fn default() -> Self {
        Self {
            epsilon: Epsilon::default(),
            source_reach: Some(1.0),
            target_reach: Some(1.0),
            tolerance: 1e-9,
            max_iterations: 10_000,
            over_relaxation: OverRelaxation::default(),
        }
    }
}

impl Unbalanced {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter out of range.
    pub fn validate(&self) -> Result<()> {
        self.epsilon.validate()?;
        if let Some(reach) = self.source_reach {
            check::positive("source_reach", reach)?;
        }
        if let Some(reach) = self.target_reach {
            check::positive("target_reach", reach)?;
        }
        check::positive("tolerance", self.tolerance)?;
        check::parameter(
            "max_iterations",
            self.max_iterations > 0,
            "1 or more",
            self.max_iterations,
        )?;
        self.over_relaxation.validate()
    }

    /// Solves a problem with source weights `a` and target weights `b`.
    ///
    /// # Errors
    ///
    /// See [`Unbalanced`].
    pub fn solve(&self, cost: &CostMatrix, a: &[f64], b: &[f64]) -> Result<Transport> {
        self.solve_with(cost, a, b, &mut Silent)
    }

    /// Solves a problem, with iterations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// See [`Unbalanced`]; besides, the cancellation that `progress` asks for.
    pub fn solve_with(
        &self,
        cost: &CostMatrix,
        a: &[f64],
        b: &[f64],
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        self.validate()?;
        check::same_length("costs", cost.n_sources(), "source weights", a.len())?;
        check::same_length("costs", cost.n_targets(), "target weights", b.len())?;
        positive_mass("source weights", a)?;
        positive_mass("target weights", b)?;
        let epsilon = self.epsilon.resolve(cost)?;
        let balanced;
        let b = if self.source_reach.is_none() && self.target_reach.is_none() {
            // Refuses masses that differ, and takes off a difference by rounding, which no plan could meet.
            balanced = Marginals::new(a, b)?;
            balanced.target()
        } else {
            b
        };
        let Some(support) = Support::of(a, b) else {
            return self.solve_positive(cost, a, b, epsilon, progress);
        };
        let inner = cost.select(&support.sources, &support.targets);
        let (a, b) = (
            Support::pick(a, &support.sources),
            Support::pick(b, &support.targets),
        );
        let solved = self.solve_positive(&inner, &a, &b, epsilon, progress)?;
        Ok(support.expand(solved, cost))
    }

    fn solve_positive(
        &self,
        cost: &CostMatrix,
        a: &[f64],
        b: &[f64],
        epsilon: f64,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        let side = |weights: &[f64], reach: Option<f64>| {
            Side::new(
                weights.to_vec(),
                reach.map_or(1.0, |reach| reach / (reach + epsilon)),
            )
        };
        let problem = Problem::new(
            cost,
            side(a, self.source_reach),
            side(b, self.target_reach),
            epsilon,
        )?;
        let smaller_mass = a.iter().sum::<f64>().min(b.iter().sum());
        let mut form = LogDomain::new(&problem, problem.start());
        let mut done = 0;
        progress.begin(TASK, None);
        let status = iterate_until(
            &mut form,
            self.over_relaxation,
            self.tolerance * smaller_mass,
            &mut done,
            self.max_iterations,
            progress,
        )?;
        progress.end();
        let (scalings, buffer) = form.into_scalings();
        let solution = Solution::of(&problem, &scalings, 1.0, buffer);
        let mass = solution.mass();
        if !mass.is_finite() {
            return Err(Error::Mass {
                what: "masses of the plan",
                got: mass,
            });
        }
        Ok(self.transport(&problem, &scalings, solution, status, done))
    }

    fn transport(
        &self,
        problem: &Problem<'_>,
        scalings: &LogScalings,
        solution: Solution,
        status: Status,
        iterations: usize,
    ) -> Transport {
        let (source, target) = problem.potentials(scalings);
        let (a, b) = (problem.source.weights(), problem.target.weights());
        let (row_sums, column_sums) = (&solution.source_marginal, &solution.target_marginal);
        let independent_mass = a.iter().sum::<f64>() * b.iter().sum::<f64>();
        let surplus = problem.epsilon() * (solution.mass() - independent_mass);
        let regularized_cost = dot(row_sums, &source) + dot(column_sums, &target) - surplus
            + penalty(row_sums, a, self.source_reach)
            + penalty(column_sums, b, self.target_reach);
        let dual =
            conjugate(&source, a, self.source_reach) + conjugate(&target, b, self.target_reach) - surplus;
        Transport {
            cost: solution.cost,
            regularized_cost,
            dual,
            gap: regularized_cost - dual,
            marginal_error: l1_distance(row_sums, a) + l1_distance(column_sums, b),
            iterations,
            status,
            potentials: Potentials { source, target },
            plan: solution.plan,
        }
    }
}

/// `rho KL(marginal | weights)`; 0 where the marginal holds.
fn penalty(marginal: &[f64], weights: &[f64], reach: Option<f64>) -> f64 {
    let Some(reach) = reach else {
        return 0.0;
    };
    let divergence = |(&mass, &weight): (&f64, &f64)| {
        let entropy = if mass > 0.0 {
            mass * (mass / weight).ln()
        } else {
            0.0
        };
        entropy - mass + weight
    };
    reach * marginal.iter().zip(weights).map(divergence).sum::<f64>()
}

/// `rho <weights, 1 - e^(-potential / rho)>`, or its limit `<weights, potential>`.
fn conjugate(potentials: &[f64], weights: &[f64], reach: Option<f64>) -> f64 {
    let Some(reach) = reach else {
        return dot(weights, potentials);
    };
    let terms = weights.iter().zip(potentials);
    -reach
        * terms
            .map(|(weight, potential)| weight * (-potential / reach).exp_m1())
            .sum::<f64>()
}
