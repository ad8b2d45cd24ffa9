//! DAGMA: continuous optimisation under a log-determinant constraint.

mod adam;
mod log_det;

use adam::Adam;
use causal_graph::ContinuousTable;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

use crate::continuous_search::Values;
use crate::least_squares_loss::LeastSquaresLoss;
use crate::sparse_regression::Standardized;
use crate::{ContinuousSearch, ContinuousStatus, EdgeWeights, Error, Result};

/// The task of the progress.
const TASK: &str = "DAGMA";

/// Iterations between two looks at the objective.
const CHECKPOINT: usize = 1000;

/// A learning rate at which a problem is given up.
const LEAST_RATE: f64 = 1e-16;

/// Up to this `s`, a problem that leaves the domain begins anew with a greater one.
const LEAST_S: f64 = 0.9;

/// The most attempts at a problem.
const MAX_ATTEMPTS: usize = 60;

/// Minimises the squared residuals of a linear model, with a penalty on the weights, along a central path to acyclic weights.
///
/// ```text
/// min_W  mu (1/2n |X - X W|^2 + penalty |W|_1) + h_s(W),      h_s(W) = -ln det(s I - W∘W) + p ln s
/// ```
///
/// for a sequence of mu that falls to 0, each from the weights of the one before, by Adam. The domain of `h_s` are the W for
/// which the spectral radius of `W∘W` is below s; a step that leaves it is taken back and halved. Columns are centred and not
/// scaled. The problem is not convex: what is found is a local optimum. It has not converged if the last problem ended without the
/// objective coming to rest.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `penalty` | 0.03 | of the sum of absolute weights | ≥ 0 | `dagma` 1.1 |
/// | `threshold` | 0.3 | weights up to it are no edges | ≥ 0 | Bello 2022, section 5 |
/// | `initial_mu` | 1 | of the first problem | > 0 | `dagma` 1.1 |
/// | `mu_factor` | 0.1 | from a problem to the next | 0 to 1 | Bello 2022, section 4.2 |
/// | `s` | 1, 0.9, 0.8, 0.7, 0.6 | of each problem | > 0 | Bello 2022, appendix C.1 |
/// | `learning_rate` | 0.0003 | of Adam | > 0 | `dagma` 1.1 |
/// | `max_iterations` | 30000 | of each problem but the last | > 0 | `dagma` 1.1 |
/// | `max_last_iterations` | 60000 | of the last problem | > 0 | `dagma` 1.1 |
/// | `tolerance` | 1e-6 | relative change of the objective in 1000 iterations | > 0 | `dagma` 1.1 |
///
/// # Complexity
///
/// O(p³) for each iteration, for p columns, whatever the number of rows.
///
/// # Reference
///
/// Bello, Aragam, Ravikumar, *DAGMA: Learning DAGs via M-matrices and a Log-Determinant Acyclicity Characterization*, `NeurIPS`
/// 2022, algorithm 1.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::Dagma;
///
/// let cause = vec![1.0, 1.0, -1.0, -1.0];
/// let effect = vec![2.1, 1.9, -2.1, -1.9];
/// let table = ContinuousTable::new(Nodes::new(["cause", "effect"])?, vec![cause, effect])?;
/// let search = Dagma::default().run(&table)?;
/// assert!(search.status.converged);
/// // Least squares gives 2, and the penalty takes 0.03 of it, since the variance of the cause is 1.
/// assert!((search.weights.get(0, 1) - 1.97).abs() < 1e-3);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dagma {
    /// Of the sum of absolute weights.
    pub penalty: f64,
    /// Weights up to it are no edges.
    pub threshold: f64,
    /// The weight of the loss in the first problem.
    pub initial_mu: f64,
    /// What it is multiplied by from a problem to the next.
    pub mu_factor: f64,
    /// The bound of the spectral radius, for each problem.
    pub s: Vec<f64>,
    /// Of Adam.
    pub learning_rate: f64,
    /// Of each problem but the last.
    pub max_iterations: usize,
    /// Of the last problem.
    pub max_last_iterations: usize,
    /// Relative change of the objective.
    pub tolerance: f64,
}

impl Default for Dagma {
    fn default() -> Self {
        Self {
            penalty: 0.03,
            threshold: 0.3,
            initial_mu: 1.0,
            mu_factor: 0.1,
            s: vec![1.0, 0.9, 0.8, 0.7, 0.6],
            learning_rate: 3e-4,
            max_iterations: 30_000,
            max_last_iterations: 60_000,
            tolerance: 1e-6,
        }
    }
}

impl Dagma {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        const POSITIVE: &str = "a positive finite number";
        const NOT_NEGATIVE: &str = "a finite number of at least 0";
        let mut checks = vec![
            ("penalty", self.penalty, self.penalty >= 0.0, NOT_NEGATIVE),
            ("threshold", self.threshold, self.threshold >= 0.0, NOT_NEGATIVE),
            ("initial_mu", self.initial_mu, self.initial_mu > 0.0, POSITIVE),
            (
                "mu_factor",
                self.mu_factor,
                self.mu_factor > 0.0 && self.mu_factor < 1.0,
                "a number between 0 and 1",
            ),
            (
                "learning_rate",
                self.learning_rate,
                self.learning_rate > 0.0,
                POSITIVE,
            ),
            ("tolerance", self.tolerance, self.tolerance > 0.0, POSITIVE),
            (
                "number of values of s",
                self.s.len() as f64,
                !self.s.is_empty(),
                "at least 1",
            ),
        ];
        checks.extend(self.s.iter().map(|&s| ("s", s, s > 0.0, POSITIVE)));
        for (name, n) in [
            ("max_iterations", self.max_iterations),
            ("max_last_iterations", self.max_last_iterations),
        ] {
            checks.push((name, n as f64, n > 0, "a positive number"));
        }
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
        let n_nodes = loss.n_nodes();
        let mut weights = vec![0.0; n_nodes * n_nodes];
        let mut status = ContinuousStatus {
            converged: false,
            n_problems: self.s.len(),
            n_iterations: 0,
        };
        let mut mu = self.initial_mu;
        progress.begin(TASK, Some(self.s.len() as u64));
        for (index, &s) in self.s.iter().enumerate() {
            let is_last = index + 1 == self.s.len();
            let problem = Problem {
                loss: &loss,
                penalty: self.penalty,
                mu,
                s,
                learning_rate: self.learning_rate,
                max_iterations: if is_last {
                    self.max_last_iterations
                } else {
                    self.max_iterations
                },
                tolerance: self.tolerance,
                index,
            };
            let solution = problem.solve(&weights, progress)?;
            status.converged = solution.converged;
            status.n_iterations += solution.n_iterations;
            weights = solution.weights;
            mu *= self.mu_factor;
            progress.advance(1);
        }
        progress.end();

        let mut unused = vec![0.0; weights.len()];
        let loss_value = loss.value(&weights, &mut unused)?;
        let values = Values {
            loss: loss_value,
            objective: loss_value + self.penalty * size(&weights),
            acyclicity: log_det::value(&weights, n_nodes, 1.0)?,
        };
        let all_weights = EdgeWeights::from_row_major(table.nodes().clone(), weights)?;
        Ok(ContinuousSearch::new(all_weights, self.threshold, values, status))
    }
}

/// One of the sequence.
struct Problem<'a> {
    loss: &'a LeastSquaresLoss,
    penalty: f64,
    mu: f64,
    s: f64,
    learning_rate: f64,
    max_iterations: usize,
    tolerance: f64,
    /// Its place in the sequence.
    index: usize,
}

struct Solution {
    weights: Vec<f64>,
    converged: bool,
    n_iterations: usize,
}

struct Attempt {
    weights: Vec<f64>,
    ending: Ending,
    n_iterations: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The objective came to rest.
    AtRest,
    /// The iterations, or the lengths of steps, came to their limit.
    GivenUp,
    /// The weights left the domain where only a wider domain helps.
    OutsideDomain,
}

impl Problem<'_> {
    /// Attempts with a wider and wider domain and shorter and shorter steps, until one stays within the domain.
    fn solve(mut self, start: &[f64], progress: &dyn Progress) -> Result<Solution> {
        let mut n_iterations = 0;
        for _ in 0..MAX_ATTEMPTS {
            let attempt = self.attempt(start.to_vec(), progress)?;
            n_iterations += attempt.n_iterations;
            let converged = attempt.ending == Ending::AtRest;
            if attempt.ending != Ending::OutsideDomain {
                return Ok(Solution {
                    weights: attempt.weights,
                    converged,
                    n_iterations,
                });
            }
            self.learning_rate *= 0.5;
            self.s += 0.1;
        }
        Ok(Solution {
            weights: start.to_vec(),
            converged: false,
            n_iterations,
        })
    }

    fn attempt(&self, mut weights: Vec<f64>, progress: &dyn Progress) -> Result<Attempt> {
        let n_nodes = self.loss.n_nodes();
        let mut rate = self.learning_rate;
        let mut adam = Adam::new(weights.len());
        let mut step = vec![0.0; weights.len()];
        let mut objective = 1e16;
        let ended = |weights, ending, n_iterations| Attempt {
            weights,
            ending,
            n_iterations,
        };
        for iteration in 1..=self.max_iterations {
            check(progress, TASK, self.index as u64)?;
            let inverse = loop {
                if let Some(inverse) = log_det::inverse(&weights, n_nodes, self.s)? {
                    break inverse;
                }
                if iteration == 1 || self.s <= LEAST_S {
                    return Ok(ended(weights, Ending::OutsideDomain, iteration));
                }
                add(&mut weights, rate, &step);
                rate *= 0.5;
                if rate <= LEAST_RATE {
                    return Ok(ended(weights, Ending::GivenUp, iteration));
                }
                add(&mut weights, -rate, &step);
            };
            self.loss.value(&weights, &mut step)?;
            self.complete_gradient(&weights, &inverse, &mut step);
            adam.step(&mut step);
            add(&mut weights, -rate, &step);
            if iteration % CHECKPOINT == 0 || iteration == self.max_iterations {
                let next = self.objective(&weights)?;
                if ((objective - next) / objective).abs() <= self.tolerance {
                    return Ok(ended(weights, Ending::AtRest, iteration));
                }
                objective = next;
            }
        }
        Ok(ended(weights, Ending::GivenUp, self.max_iterations))
    }

    /// From the gradient of the loss, that of the problem.
    fn complete_gradient(&self, weights: &[f64], inverse: &[f64], gradient: &mut [f64]) {
        let n_nodes = self.loss.n_nodes();
        for row in 0..n_nodes {
            for column in 0..n_nodes {
                let place = row * n_nodes + column;
                let weight = weights[place];
                let sign = if weight == 0.0 { 0.0 } else { weight.signum() };
                gradient[place] = self.mu * (gradient[place] + self.penalty * sign)
                    + 2.0 * weight * inverse[column * n_nodes + row];
            }
        }
    }

    fn objective(&self, weights: &[f64]) -> Result<f64> {
        let mut unused = vec![0.0; weights.len()];
        let loss = self.loss.value(weights, &mut unused)?;
        let h = log_det::value(weights, self.loss.n_nodes(), self.s)?;
        Ok(self.mu * (loss + self.penalty * size(weights)) + h)
    }
}

/// The sum of absolute values.
fn size(weights: &[f64]) -> f64 {
    weights.iter().map(|weight| weight.abs()).sum()
}

fn add(to: &mut [f64], factor: f64, vector: &[f64]) {
    for (to, value) in to.iter_mut().zip(vector) {
        *to += factor * value;
    }
}
