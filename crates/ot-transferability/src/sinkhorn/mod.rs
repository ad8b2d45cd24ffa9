//! Entropic transport: Sinkhorn's iteration on a stored kernel or in the log domain.

mod iterate;
mod log_domain;
mod pass;
mod problem;
mod relaxation;
mod solution;
mod stored_kernel;

use serde::{Deserialize, Serialize};
use tensor_core::check;
use tensor_core::progress::{Progress, Silent};

pub use relaxation::OverRelaxation;

pub(crate) use iterate::Iterate;
pub(crate) use iterate::{TASK, iterate_until};
pub(crate) use log_domain::LogDomain;
pub(crate) use problem::{LogScalings, Problem, Side, in_range};
pub(crate) use solution::{Solution, dot};
use stored_kernel::{Absorption, StoredKernel};

use crate::plan::l1_distance;
use crate::transport::Support;
use crate::{CostMatrix, Epsilon, Marginals, Potentials, Result, Status, Transport};

/// How the iteration is computed. All forms have the same iterates, but for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinkhornForm {
    /// Scalings of the stored kernel `exp(-C / epsilon)`: an error when it underflows, about `epsilon` below 1/700 of
    /// the largest cost.
    Kernel,
    /// A stored kernel that the scalings are absorbed into when they grow: as fast, and right for every `epsilon`.
    #[default]
    Stabilized,
    /// Sums of exponentials that are computed anew each time: a few times slower an iteration, and no stored kernel.
    LogDomain,
}

/// A sequence of decreasing strengths, each of which starts from the potentials of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpsilonScaling {
    /// The strength to begin with.
    pub start: Epsilon,
    /// The factor from each strength to the next, within 0 and 1.
    pub factor: f64,
}

impl Default for EpsilonScaling {
    /// From the largest cost down by halves.
    fn default() -> Self {
        Self {
            start: Epsilon::relative(1.0, crate::CostScale::Max),
            factor: 0.5,
        }
    }
}

/// Entropic optimal transport.
///
/// ```text
/// min_P  <C, P> + epsilon KL(P | a b^T / M)      P 1 = a,  P^T 1 = b,  M = sum_i a_i = sum_j b_j
///
/// P_ij = (a_i b_j / M) e^((f_i + g_j - C_ij) / epsilon)
/// dual(f, g) = <a, f> + <b, g> - epsilon (sum_ij P_ij - M)
/// ```
///
/// with `KL(P | Q) = sum_ij P_ij log(P_ij / Q_ij) - P_ij + Q_ij`, zero for the independent plan `a b^T / M`. Each
/// iteration updates `f`, then `g`.
///
/// In the result, `regularized_cost` is `<C, P> + epsilon KL(P | a b^T / M)`. The plan satisfies its marginals to
/// `marginal_error` only, so `gap` may be negative by as much as that error times the potentials;
/// [`round_to_marginals`](crate::round_to_marginals) makes it feasible. `iterations` counts passes over the costs or the
/// kernel at all strengths. Points of zero weight are left out; they get the potentials that the update gives.
///
/// The result has the same bits for any number of threads.
///
/// # Errors
///
/// Parameters out of range; marginals of another shape than the costs; in the kernel form,
/// [`Error::KernelUnderflow`](crate::Error::KernelUnderflow).
///
/// # Complexity
///
/// O(n m) an iteration. Memory: the costs and the plan, whose place the kernel takes until the end.
///
/// # Reference
///
/// M. Cuturi, *Sinkhorn distances: lightspeed computation of optimal transport*, 2013, arXiv:1306.0895. B. Schmitzer,
/// *Stabilized sparse scaling algorithms for entropy regularized transport problems*, 2019, arXiv:1610.06519.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, Epsilon, Marginals, Sinkhorn};
///
/// let cost = CostMatrix::new(vec![0.0, 1.0, 1.0, 0.0], 2, 2)?;
/// let sinkhorn = Sinkhorn { epsilon: Epsilon::absolute(1.0), ..Sinkhorn::default() };
/// let transport = sinkhorn.solve(&cost, &Marginals::uniform(2, 2)?)?;
/// // Half of the mass goes to the wrong side with odds of e^-1.
/// let odds = (-1.0_f64).exp();
/// assert!((transport.cost - odds / (1.0 + odds)).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sinkhorn {
    /// The strength of the regularisation.
    pub epsilon: Epsilon,
    /// How the iteration is computed.
    pub form: SinkhornForm,
    /// Stronger regularisations to go through first; `None` starts at `epsilon`. Not for the kernel form.
    pub scaling: Option<EpsilonScaling>,
    /// The marginal error, relative to the mass, at which the iteration stops.
    pub tolerance: f64,
    /// The cap on the iterations.
    pub max_iterations: usize,
    /// The factor on a scaling beyond which the stabilised form absorbs it, above 1.
    ///
    /// The entries that underflow in the kernel are below `1e-308` of the mass: with factors up to `threshold` on either
    /// side, the plan loses at most `threshold^2` times that.
    pub absorption_threshold: f64,
    /// Longer steps.
    pub over_relaxation: OverRelaxation,
}

impl Default for Sinkhorn {
    /// `epsilon` 0.05 of the mean cost; tolerance 1e-9 and at most 10 000 iterations; absorption beyond 1e50.
    ///
    /// 1e-9 is POT's tolerance. A threshold of 1e50 leaves both the products of two factors and the entries that they
    /// may raise far from the ends of double precision, and hardly ever absorbs. No strengths on the way: from the start
    /// that each solve computes, they save nothing. The adaptive over-relaxation does: for 1000 clustered points at 0.003
    /// of the largest cost it takes 1030 iterations, where the plain iteration is not done after 10 000.
    fn default() -> Self {
        Self {
            epsilon: Epsilon::default(),
            form: SinkhornForm::default(),
            scaling: None,
            tolerance: 1e-9,
            max_iterations: 10_000,
            absorption_threshold: 1e50,
            over_relaxation: OverRelaxation::default(),
        }
    }
}

impl Sinkhorn {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter out of range, or a scaling of `epsilon` together with the kernel form.
    pub fn validate(&self) -> Result<()> {
        self.epsilon.validate()?;
        check::positive("tolerance", self.tolerance)?;
        check::parameter(
            "max_iterations",
            self.max_iterations > 0,
            "1 or more",
            self.max_iterations,
        )?;
        check::parameter(
            "absorption_threshold",
            self.absorption_threshold > 1.0 && self.absorption_threshold <= 1e100,
            "above 1, at most 1e100",
            self.absorption_threshold,
        )?;
        self.over_relaxation.validate()?;
        if let Some(scaling) = self.scaling {
            scaling.start.validate()?;
            let is_inside = scaling.factor > 0.0 && scaling.factor < 1.0;
            check::parameter("scaling.factor", is_inside, "above 0 and below 1", scaling.factor)?;
            let has_restarts = self.form != SinkhornForm::Kernel;
            check::parameter("scaling", has_restarts, "none in the kernel form", "a schedule")?;
        }
        Ok(())
    }

    /// Solves a problem.
    ///
    /// # Errors
    ///
    /// See [`Sinkhorn`].
    pub fn solve(&self, cost: &CostMatrix, marginals: &Marginals) -> Result<Transport> {
        self.solve_with(cost, marginals, &mut Silent)
    }

    /// Solves a problem, with iterations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// See [`Sinkhorn`]; besides, the cancellation that `progress` asks for.
    pub fn solve_with(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        self.validate()?;
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
        let epsilon = self.epsilon.resolve(cost)?;
        let scaling = match self.scaling {
            Some(scaling) => Some((scaling.start.resolve(cost)?, scaling.factor)),
            None => None,
        };
        let Some(support) = Support::of(marginals.source(), marginals.target()) else {
            return self.solve_positive(cost, marginals, epsilon, scaling, progress);
        };
        let inner = cost.select(&support.sources, &support.targets);
        let solved =
            self.solve_positive(&inner, &support.marginals(marginals)?, epsilon, scaling, progress)?;
        let mut expanded = support.expand(solved, cost);
        soft_potentials(&support, cost, marginals, epsilon, &mut expanded.potentials);
        Ok(expanded)
    }

    fn solve_positive(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        epsilon: f64,
        scaling: Option<(f64, f64)>,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        let mass = marginals.mass();
        let side = |weights: &[f64]| Side::new(weights.iter().map(|weight| weight / mass).collect(), 1.0);
        let mut problem = Problem::new(cost, side(marginals.source()), side(marginals.target()), epsilon)?;
        let mut scalings = problem.start();
        let mut buffer = Vec::new();
        let mut done = 0;
        progress.begin(TASK, None);
        if let Some((start, factor)) = scaling {
            let mut stronger = start;
            // A factor near 1 must not go on beyond the cap.
            while stronger > epsilon && done < self.max_iterations {
                (problem, scalings) = problem.at(stronger, &scalings)?;
                (_, scalings, buffer) =
                    self.iterate(&problem, scalings, buffer, STAGE_TOLERANCE, &mut done, progress)?;
                stronger *= factor;
            }
            (problem, scalings) = problem.at(epsilon, &scalings)?;
        }
        let status;
        (status, scalings, buffer) =
            self.iterate(&problem, scalings, buffer, self.tolerance, &mut done, progress)?;
        progress.end();
        let solution = Solution::of(&problem, &scalings, mass, buffer);
        Ok(transport(&problem, &scalings, marginals, solution, status, done))
    }

    fn iterate(
        &self,
        problem: &Problem<'_>,
        scalings: LogScalings,
        buffer: Vec<f64>,
        tolerance: f64,
        done: &mut usize,
        progress: &mut dyn Progress,
    ) -> Result<(Status, LogScalings, Vec<f64>)> {
        let run = (self.over_relaxation, tolerance, self.max_iterations);
        match self.form {
            SinkhornForm::LogDomain => finish(LogDomain::new(problem, scalings), run, done, progress),
            SinkhornForm::Stabilized => {
                let absorption = Absorption::Beyond(self.absorption_threshold);
                finish(
                    StoredKernel::new(problem, scalings, absorption, buffer),
                    run,
                    done,
                    progress,
                )
            }
            SinkhornForm::Kernel => {
                // The textbook kernel holds no scalings.
                let none = LogScalings {
                    source: vec![0.0; scalings.source.len()],
                    target: vec![0.0; scalings.target.len()],
                };
                finish(
                    StoredKernel::new(problem, none, Absorption::Never, buffer),
                    run,
                    done,
                    progress,
                )
            }
        }
    }
}

/// The marginal error, relative to the mass, at which a strength on the way is left for the next.
const STAGE_TOLERANCE: f64 = 1e-2;

fn finish(
    mut form: impl Iterate,
    (over_relaxation, tolerance, limit): (OverRelaxation, f64, usize),
    done: &mut usize,
    progress: &mut dyn Progress,
) -> Result<(Status, LogScalings, Vec<f64>)> {
    let status = iterate_until(&mut form, over_relaxation, tolerance, done, limit, progress)?;
    let (scalings, buffer) = form.into_scalings();
    Ok((status, scalings, buffer))
}

fn transport(
    problem: &Problem<'_>,
    scalings: &LogScalings,
    marginals: &Marginals,
    solution: Solution,
    status: Status,
    iterations: usize,
) -> Transport {
    let (source, target) = problem.potentials(scalings);
    let (a, b) = (marginals.source(), marginals.target());
    let surplus = problem.epsilon() * (solution.mass() - marginals.mass());
    // log(P_ij M / (a_i b_j)) = (f_i + g_j - C_ij) / epsilon, so the sum over i and j needs the marginals alone.
    let regularized_cost =
        dot(&solution.source_marginal, &source) + dot(&solution.target_marginal, &target) - surplus;
    let dual = dot(a, &source) + dot(b, &target) - surplus;
    Transport {
        cost: solution.cost,
        regularized_cost,
        dual,
        gap: regularized_cost - dual,
        marginal_error: l1_distance(&solution.source_marginal, a) + l1_distance(&solution.target_marginal, b),
        iterations,
        status,
        potentials: Potentials { source, target },
        plan: solution.plan,
    }
}

/// Gives points without mass the potentials of the update: `f_i = -epsilon log sum_j (b_j / M) e^((g_j - C_ij) / epsilon)`.
fn soft_potentials(
    support: &Support,
    cost: &CostMatrix,
    marginals: &Marginals,
    epsilon: f64,
    potentials: &mut Potentials,
) {
    let soft_minimum = |weights: &[f64], others: &[f64], cost_to: &dyn Fn(usize) -> f64| {
        let terms: Vec<f64> = (0..weights.len())
            .filter(|&point| weights[point] > 0.0)
            .map(|point| {
                (weights[point] / marginals.mass()).ln() + (others[point] - cost_to(point)) / epsilon
            })
            .collect();
        -epsilon * tensor_core::numeric::logsumexp(&terms)
    };
    for source in (0..cost.n_sources()).filter(|point| support.sources.binary_search(point).is_err()) {
        let cost_to = |target: usize| cost.row(source)[target];
        potentials.source[source] = soft_minimum(marginals.target(), &potentials.target, &cost_to);
    }
    for target in (0..cost.n_targets()).filter(|point| support.targets.binary_search(point).is_err()) {
        let cost_to = |source: usize| cost.row(source)[target];
        potentials.target[target] = soft_minimum(marginals.source(), &potentials.source, &cost_to);
    }
}
