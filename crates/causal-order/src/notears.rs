//! NOTEARS: a linear model by continuous optimisation under a smooth constraint.

mod acyclicity;
mod orthant_wise;

pub use acyclicity::Acyclicity;
use causal_graph::ContinuousTable;
use orthant_wise::{Ending, Limits, minimize, size};
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

use crate::continuous_search::Values;
use crate::least_squares_loss::LeastSquaresLoss;
use crate::sparse_regression::Standardized;
use crate::{ContinuousSearch, ContinuousStatus, EdgeWeights, Error, Result};

/// The task of the progress.
const TASK: &str = "NOTEARS";

/// The constraint must fall to this share before its weight is left as it is; otherwise the weight grows by this factor.
/// Zheng et al. 2018, section 4.1, with the numbers of their code.
const PROGRESS: f64 = 0.25;
const GROWTH: f64 = 10.0;

/// The most problems of the sequence.
const MAX_PROBLEMS: usize = 100;

/// Minimises the squared residuals of a linear model, with a penalty on the weights, over the acyclic weights.
///
/// ```text
/// min_W  1/2n |X - X W|^2 + penalty |W|_1      subject to  h(W) = 0,  diag W = 0
/// ```
///
/// by the augmented Lagrangian: a sequence of problems
///
/// ```text
/// min_W  1/2n |X - X W|^2 + penalty |W|_1 + a h(W) + r/2 h(W)^2
/// ```
///
/// with growing r, each solved by an orthant-wise quasi-Newton method, until h falls below the tolerance. Columns are centred and
/// not scaled. The problem is not convex: what is found is a local optimum, and standardising the columns changes it. It has
/// not converged if r has reached its limit first.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `penalty` | 0.1 | of the sum of absolute weights | ≥ 0 | Zheng 2018, section 5 |
/// | `threshold` | 0.3 | weights up to it are no edges | ≥ 0 | Zheng 2018, section 5 |
/// | `acyclicity` | exponential | the function h | | Zheng 2018, theorem 1 |
/// | `tolerance` | 1e-8 | of h | > 0 | Zheng 2018, code |
/// | `max_constraint_weight` | 1e16 | the limit of r | > 1 | Zheng 2018, code |
/// | `max_iterations` | 15000 | of each problem | > 0 | `SciPy`'s L-BFGS-B |
///
/// # Complexity
///
/// O(p³) for each evaluation, for p columns, whatever the number of rows.
///
/// # Reference
///
/// Zheng, Aragam, Ravikumar, Xing, *DAGs with NO TEARS: Continuous Optimization for Structure Learning*, `NeurIPS` 2018.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::Notears;
///
/// let cause = vec![1.0, 1.0, -1.0, -1.0];
/// let effect = vec![2.1, 1.9, -2.1, -1.9];
/// let table = ContinuousTable::new(Nodes::new(["cause", "effect"])?, vec![cause, effect])?;
/// let search = Notears::default().run(&table)?;
/// assert!(search.status.converged);
/// // Least squares gives 2, and the penalty takes 0.1 of it, since the variance of the cause is 1. The constraint, which is met
/// // to 1e-8, takes a little more.
/// assert!((search.weights.get(0, 1) - 1.9).abs() < 1e-2);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notears {
    /// Of the sum of absolute weights.
    pub penalty: f64,
    /// Weights up to it are no edges.
    pub threshold: f64,
    /// The measure of cycles.
    pub acyclicity: Acyclicity,
    /// Of the measure of cycles.
    pub tolerance: f64,
    /// The limit of the weight of its square.
    pub max_constraint_weight: f64,
    /// Of each problem.
    pub max_iterations: usize,
}

impl Default for Notears {
    fn default() -> Self {
        Self {
            penalty: 0.1,
            threshold: 0.3,
            acyclicity: Acyclicity::default(),
            tolerance: 1e-8,
            max_constraint_weight: 1e16,
            max_iterations: 15_000,
        }
    }
}

impl Notears {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        let checks = [
            ("penalty", self.penalty, self.penalty >= 0.0, "at least 0"),
            ("threshold", self.threshold, self.threshold >= 0.0, "at least 0"),
            (
                "tolerance",
                self.tolerance,
                self.tolerance > 0.0,
                "a positive number",
            ),
            (
                "max_constraint_weight",
                self.max_constraint_weight,
                self.max_constraint_weight > 1.0,
                "a number beyond 1",
            ),
            (
                "max_iterations",
                self.max_iterations as f64,
                self.max_iterations > 0,
                "a positive number",
            ),
        ];
        for (name, value, is_good, expected) in checks {
            if !(is_good && value.is_finite()) {
                return Err(Error::Parameter {
                    name,
                    value,
                    expected,
                });
            }
        }
        Ok(())
    }

    /// Finds the weights.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`]; [`Error::TooFewRows`] unless there are two rows more than columns; [`Error::ConstantColumn`];
    /// [`Error::CollinearColumns`]; [`Error::Core`] if libtorch fails.
    pub fn run(&self, table: &ContinuousTable) -> Result<ContinuousSearch> {
        self.run_with(table, &mut Silent)
    }

    /// [`run`](Self::run) with progress, a step for each problem of the sequence.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(&self, table: &ContinuousTable, progress: &mut dyn Progress) -> Result<ContinuousSearch> {
        self.validate()?;
        let loss = LeastSquaresLoss::new(&Standardized::new(table, TASK)?)?;
        let mut search = Search::new(self, &loss);
        progress.begin(TASK, None);
        let converged = search.run(progress)?;
        progress.end();
        let status = ContinuousStatus {
            converged,
            n_problems: search.n_problems,
            n_iterations: search.n_iterations,
        };
        let values = search.values()?;
        let all_weights = EdgeWeights::from_row_major(table.nodes().clone(), search.weights)?;
        Ok(ContinuousSearch::new(all_weights, self.threshold, values, status))
    }
}

struct Search<'a> {
    params: &'a Notears,
    loss: &'a LeastSquaresLoss,
    weights: Vec<f64>,
    is_free: Vec<bool>,
    /// The weight of the square of h.
    constraint_weight: f64,
    /// That of h.
    multiplier: f64,
    constraint: f64,
    n_problems: usize,
    n_iterations: usize,
}

impl<'a> Search<'a> {
    fn new(params: &'a Notears, loss: &'a LeastSquaresLoss) -> Self {
        let n_nodes = loss.n_nodes();
        Self {
            params,
            loss,
            weights: vec![0.0; n_nodes * n_nodes],
            is_free: (0..n_nodes * n_nodes)
                .map(|place| place % (n_nodes + 1) != 0)
                .collect(),
            constraint_weight: 1.0,
            multiplier: 0.0,
            constraint: f64::INFINITY,
            n_problems: 0,
            n_iterations: 0,
        }
    }

    /// Whether the constraint is met in the end.
    fn run(&mut self, progress: &mut dyn Progress) -> Result<bool> {
        loop {
            check(progress, TASK, self.n_problems as u64)?;
            let (weights, constraint, ending) = self.solve(progress)?;
            self.n_problems += 1;
            self.n_iterations += ending.iterations;
            progress.advance(1);
            let is_slow = constraint > PROGRESS * self.constraint;
            let may_grow = self.constraint_weight < self.params.max_constraint_weight;
            if is_slow && may_grow && self.n_problems < MAX_PROBLEMS {
                self.constraint_weight *= GROWTH;
                continue;
            }
            self.weights = weights;
            self.constraint = constraint;
            self.multiplier += self.constraint_weight * constraint;
            if constraint <= self.params.tolerance {
                return Ok(ending.converged);
            }
            if !may_grow || self.n_problems >= MAX_PROBLEMS {
                return Ok(false);
            }
        }
    }

    /// The weights of the problem with the present multipliers, from the present weights; and their h.
    fn solve(&self, progress: &dyn Progress) -> Result<(Vec<f64>, f64, Ending)> {
        let limits = Limits {
            max_iterations: self.params.max_iterations,
            gradient_tolerance: 1e-5,
            decrease_tolerance: 1e7 * f64::EPSILON,
        };
        let mut weights = self.weights.clone();
        let mut constraint_gradient = vec![0.0; weights.len()];
        let smooth = |weights: &[f64], gradient: &mut [f64]| {
            check(progress, TASK, self.n_problems as u64)?;
            let loss = self.loss.value(weights, gradient)?;
            let h = self
                .params
                .acyclicity
                .value(weights, self.loss.n_nodes(), &mut constraint_gradient)?;
            let factor = self.constraint_weight * h + self.multiplier;
            for (gradient, of_constraint) in gradient.iter_mut().zip(&constraint_gradient) {
                *gradient += factor * of_constraint;
            }
            Ok(loss + 0.5 * self.constraint_weight * h * h + self.multiplier * h)
        };
        let ending = minimize(&mut weights, self.params.penalty, &self.is_free, limits, smooth)?;
        let mut unused = vec![0.0; weights.len()];
        let constraint = self
            .params
            .acyclicity
            .value(&weights, self.loss.n_nodes(), &mut unused)?;
        Ok((weights, constraint, ending))
    }

    fn values(&self) -> Result<Values> {
        let mut unused = vec![0.0; self.weights.len()];
        let loss = self.loss.value(&self.weights, &mut unused)?;
        Ok(Values {
            loss,
            objective: loss + self.params.penalty * size(&self.weights),
            acyclicity: self.constraint,
        })
    }
}
