//! SCORE: the order of a non-linear additive-noise model from the score of its density.

mod additive_test;
mod b_spline;
mod kernel;
mod stein;

pub use additive_test::AdditiveTest;
use causal_graph::{CausalOrder, ContinuousTable, Dag};
use kernel::SquaredDistances;
use ndarray::Array2;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};
use stein::{Ridges, second_derivative_variances};

use crate::sparse_regression::Standardized;
use crate::{AdaptiveLasso, Error, Result};

/// The task of the progress.
const TASK: &str = "SCORE";

/// The most rows: a matrix of their squares is 8 GiB.
const MOST_ROWS: usize = 1 << 15;

/// Finds a leaf by the curvature of the log-density, takes it out, and goes on with the rest.
///
/// ```text
/// x_i = f_i(parents) + e_i,  e_i normal:   j is a leaf  <=>  d^2 log p / dx_j^2 is constant
/// leaf = argmin_j Var( d^2 log p / dx_j^2 )
/// ```
///
/// The derivatives are estimated by Stein's identity with the kernel `exp(-|x - y|^2 / 2 s^2) / s`, where s is the median
/// distance between rows. Then the edges from the earlier to the later are chosen. The scale of the columns matters. The
/// result does not depend on the number of threads.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `gradient_ridge` | 0.001 | added to the kernel's diagonal for first derivatives | > 0 | Rolland 2022, section 5 |
/// | `hessian_ridge` | 0.001 | for second derivatives | > 0 | Rolland 2022, section 5 |
/// | `selection` | additive test | how edges are chosen | | Rolland 2022, section 4 |
///
/// # Complexity
///
/// O(p n³) for n rows and p columns: a Cholesky factor of the kernel for each column. Memory for three matrices of n².
///
/// # Reference
///
/// Rolland, Cevher, Kleindessner, Russel, Janzing, Schölkopf, Locatello, *Score Matching Enables Causal Discovery of
/// Nonlinear Additive Noise Models*, ICML 2022, algorithm 1.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::ScoreMatching;
///
/// // Normal quantiles of a grid: every pair of cause and noise comes once.
/// let quantiles = [-1.44, -0.79, -0.37, 0.0, 0.37, 0.79, 1.44];
/// let cause: Vec<f64> = (0..49).map(|row| quantiles[row % 7]).collect();
/// let effect = (0..49).map(|row| (2.0 * cause[row]).sin() * 2.0 + 0.5 * quantiles[row / 7]).collect();
/// let table = ContinuousTable::new(Nodes::new(["effect", "cause"])?, vec![effect, cause])?;
///
/// let result = ScoreMatching::default().run(&table)?;
/// assert_eq!(result.order.names(), ["cause", "effect"]);
/// assert!(result.dag.has_edge(1, 0));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoreMatching {
    /// Added to the kernel's diagonal for first derivatives.
    pub gradient_ridge: f64,
    /// Added to the kernel's diagonal for second derivatives.
    pub hessian_ridge: f64,
    /// How the edges are chosen.
    pub selection: EdgeSelection,
}

impl Default for ScoreMatching {
    fn default() -> Self {
        Self {
            gradient_ridge: 1e-3,
            hessian_ridge: 1e-3,
            selection: EdgeSelection::AdditiveTest(AdditiveTest::default()),
        }
    }
}

/// How the parents of a node are chosen from those before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeSelection {
    /// By tests in an additive model.
    AdditiveTest(AdditiveTest),
    /// By the adaptive lasso, which sees linear parts only.
    AdaptiveLasso(AdaptiveLasso),
    /// All of them.
    All,
}

/// An order, a graph that agrees with it, and how clear each step was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreMatchingResult {
    /// Causes come before their effects.
    pub order: CausalOrder,
    /// The edges.
    pub dag: Dag,
    /// For the second node of the order and each after it: the variance that made it the leaf of those up to it.
    pub leaf_variances: Vec<f64>,
}

impl ScoreMatching {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        for (name, value) in [
            ("gradient_ridge", self.gradient_ridge),
            ("hessian_ridge", self.hessian_ridge),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::Parameter {
                    name,
                    value,
                    expected: "a positive finite number",
                });
            }
        }
        match self.selection {
            EdgeSelection::AdditiveTest(test) => test.validate(),
            EdgeSelection::AdaptiveLasso(lasso) => lasso.validate(),
            EdgeSelection::All => Ok(()),
        }
    }

    /// Finds the order, then the edges.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`], also for more than 32768 rows; [`Error::TooFewRows`] unless there are two rows more than
    /// columns; [`Error::ConstantColumn`];
    /// [`Error::CollinearColumns`]; [`Error::EqualRows`] if more than half of the pairs of rows are equal in the columns
    /// that are left; [`Error::Lapack`].
    pub fn run(&self, table: &ContinuousTable) -> Result<ScoreMatchingResult> {
        self.run_with(table, &mut Silent)
    }

    /// [`run`](Self::run) with progress, a step for each column of the order, and one for the edges into it.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(
        &self,
        table: &ContinuousTable,
        progress: &mut dyn Progress,
    ) -> Result<ScoreMatchingResult> {
        self.validate()?;
        if table.n_rows() > MOST_ROWS {
            return Err(Error::Parameter {
                name: "number of rows for SCORE",
                value: table.n_rows() as f64,
                expected: "at most 32768",
            });
        }
        let standardized = Standardized::new(table, TASK)?;
        let (order, leaf_variances) = self.order(&standardized, progress)?;
        let order = CausalOrder::new(table.nodes().clone(), order)?;
        let dag = match self.selection {
            EdgeSelection::AdditiveTest(test) => by_additive_test(&test, table, &order, progress)?,
            EdgeSelection::AdaptiveLasso(lasso) => lasso.along_order_with(table, &order, progress)?.dag()?,
            EdgeSelection::All => {
                let effects = order.sequence().iter();
                let edges =
                    effects.flat_map(|&to| order.predecessors(to).iter().map(move |&from| (from, to)));
                Dag::from_edges(table.nodes().clone(), edges)?
            }
        };
        Ok(ScoreMatchingResult {
            order,
            dag,
            leaf_variances,
        })
    }

    /// The order, and the variances of the leaves.
    fn order(&self, table: &Standardized, progress: &mut dyn Progress) -> Result<(Vec<usize>, Vec<f64>)> {
        let ridges = Ridges {
            gradient: self.gradient_ridge,
            hessian: self.hessian_ridge,
        };
        // Centred, on the scale as given.
        let mut columns: Vec<Vec<f64>> = table.columns.clone();
        for (column, deviation) in columns.iter_mut().zip(&table.deviations) {
            for value in column {
                *value *= deviation;
            }
        }
        let mut remaining: Vec<usize> = (0..columns.len()).collect();
        let mut order = Vec::with_capacity(columns.len());
        let mut leaf_variances = Vec::with_capacity(columns.len());
        progress.begin(TASK, Some(columns.len() as u64));
        while remaining.len() > 1 {
            check(progress, TASK, order.len() as u64)?;
            // Anew every time: what a column of large scale adds cannot be taken away to the last digit.
            let rest: Vec<&[f64]> = remaining.iter().map(|&node| columns[node].as_slice()).collect();
            let distances = SquaredDistances::new(&rest);
            let bandwidth = distances.median();
            if bandwidth == 0.0 {
                let names = remaining.iter().map(|&node| table.nodes.name(node).to_owned());
                return Err(Error::EqualRows {
                    columns: names.collect(),
                });
            }
            let kernel = distances.gaussian(bandwidth);
            let rows = Array2::from_shape_fn((table.n_rows(), remaining.len()), |(row, place)| {
                columns[remaining[place]][row]
            });
            let variances = second_derivative_variances(&rows, &kernel, bandwidth, ridges)?;
            let (place, variance) = variances
                .into_iter()
                .enumerate()
                .min_by(|(_, a), (_, b)| a.total_cmp(b))
                .expect("two columns or more remain");
            let leaf = remaining.remove(place);
            order.push(leaf);
            leaf_variances.push(variance);
            progress.advance(1);
        }
        order.extend(remaining);
        progress.advance(1);
        progress.end();
        order.reverse();
        leaf_variances.reverse();
        Ok((order, leaf_variances))
    }
}

fn by_additive_test(
    test: &AdditiveTest,
    table: &ContinuousTable,
    order: &CausalOrder,
    progress: &mut dyn Progress,
) -> Result<Dag> {
    const TASK: &str = "additive tests";
    let mut dag = Dag::empty(table.nodes().clone());
    progress.begin(TASK, Some(order.sequence().len() as u64));
    for (position, &target) in order.sequence().iter().enumerate() {
        check(progress, TASK, position as u64)?;
        let candidates = order.predecessors(target);
        for (&from, p_value) in candidates.iter().zip(test.p_values(table, target, candidates)?) {
            if p_value < test.alpha {
                dag.add_edge(from, target)?;
            }
        }
        progress.advance(1);
    }
    progress.end();
    Ok(dag)
}
