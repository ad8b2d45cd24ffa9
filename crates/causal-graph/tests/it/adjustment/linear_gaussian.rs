//! Linear models with independent Gaussian errors, and what adjustment makes of them: independent of the library.

use causal_graph::{Dag, NodeSet};
use rand::RngExt as _;
use run_control::Seed;

/// Below this, a difference of moments is rounding: they are of the order of 1 to 100, and worked out with some dozen
/// operations each. Differences of sets that are not valid are polynomials of random weights, and far from it.
pub(super) const ZERO: f64 = 1e-9;

type Matrix = Vec<Vec<f64>>;

/// `x_i` = sum over the parents j of `b_ij x_j`, plus an error `e_i`
pub(super) struct LinearGaussian {
    order: Vec<usize>,
    weights: Matrix,
    variances: Vec<f64>,
}

impl LinearGaussian {
    /// Weights between 0.5 and 1.5 of either sign, variances between 0.5 and 1.5.
    pub(super) fn random(dag: &Dag, seed: u64) -> Self {
        let mut random = Seed::new(seed).stream("test/linear-gaussian", 0);
        let n_nodes = dag.n_nodes();
        let mut weights = vec![vec![0.0; n_nodes]; n_nodes];
        for (from, to) in dag.edges() {
            let size = random.random_range(0.5..1.5);
            weights[to][from] = if random.random() { size } else { -size };
        }
        Self {
            order: dag.topological_order(),
            weights,
            variances: (0..n_nodes).map(|_| random.random_range(0.5..1.5)).collect(),
        }
    }

    /// How far the adjustment formula is from the distribution of the outcomes after an intervention: the greatest
    /// difference of an effect, or of a covariance.
    pub(super) fn adjustment_error(
        &self,
        treatments: &NodeSet,
        outcomes: &NodeSet,
        covariates: &NodeSet,
    ) -> f64 {
        let (x, y, z): (Vec<usize>, Vec<usize>, Vec<usize>) = (
            treatments.iter().collect(),
            outcomes.iter().collect(),
            covariates.iter().collect(),
        );
        let truth = self.influences(treatments);
        let sigma = self.covariance();
        let given: Vec<usize> = x.iter().chain(&z).copied().collect();
        let mut error = 0.0_f64;
        let slopes: Matrix = y.iter().map(|&y| regression(&sigma, y, &given)).collect();
        for (row, &outcome) in slopes.iter().zip(&y) {
            for (slope, &treatment) in row.iter().zip(&x) {
                error = error.max((slope - truth[outcome][treatment]).abs());
            }
        }
        for (a, &outcome) in y.iter().enumerate() {
            for (b, &other) in y.iter().enumerate() {
                // The covariance of the residuals, and what the covariates add.
                let of_given = |i: usize, j: usize| sigma[given[i]][given[j]];
                let explained: f64 = (0..given.len())
                    .flat_map(|i| (0..given.len()).map(move |j| (i, j)))
                    .map(|(i, j)| slopes[a][i] * of_given(i, j) * slopes[b][j])
                    .sum();
                let by_covariates: f64 = (x.len()..given.len())
                    .flat_map(|i| (x.len()..given.len()).map(move |j| (i, j)))
                    .map(|(i, j)| slopes[a][i] * of_given(i, j) * slopes[b][j])
                    .sum();
                let adjusted = sigma[outcome][other] - explained + by_covariates;
                let errors = (0..self.order.len()).filter(|&node| !treatments.contains(node));
                let true_covariance: f64 = errors
                    .map(|node| truth[outcome][node] * self.variances[node] * truth[other][node])
                    .sum();
                error = error.max((adjusted - true_covariance).abs());
            }
        }
        error
    }

    /// The variance of the slope of `x` in the regression of `y` on `x` and `z`, times the number of samples.
    pub(super) fn asymptotic_variance(&self, x: usize, y: usize, z: &NodeSet) -> f64 {
        let sigma = self.covariance();
        let z: Vec<usize> = z.iter().collect();
        let mut given = vec![x];
        given.extend(&z);
        residual_variance(&sigma, y, &given) / residual_variance(&sigma, x, &z)
    }

    fn covariance(&self) -> Matrix {
        let influences = self.influences(&NodeSet::new(self.order.len()));
        let n_nodes = self.order.len();
        let of = |i: usize, j: usize| {
            (0..n_nodes)
                .map(|k| influences[i][k] * self.variances[k] * influences[j][k])
                .sum()
        };
        (0..n_nodes)
            .map(|i| (0..n_nodes).map(|j| of(i, j)).collect())
            .collect()
    }

    /// The change of each node with the error of each, or with the value of those that are set.
    fn influences(&self, set: &NodeSet) -> Matrix {
        let n_nodes = self.order.len();
        let mut influences = vec![vec![0.0; n_nodes]; n_nodes];
        for &node in &self.order {
            influences[node][node] = 1.0;
            if set.contains(node) {
                continue;
            }
            for (parent, weight) in self.weights[node]
                .iter()
                .enumerate()
                .filter(|(_, weight)| **weight != 0.0)
            {
                let through = influences[parent].clone();
                for (influence, of_parent) in influences[node].iter_mut().zip(through) {
                    *influence += weight * of_parent;
                }
            }
        }
        influences
    }
}

/// The slopes of the regression of `y` on `given`.
fn regression(sigma: &Matrix, y: usize, given: &[usize]) -> Vec<f64> {
    let size = given.len();
    let mut rows: Matrix = given
        .iter()
        .map(|&i| given.iter().map(|&j| sigma[i][j]).chain([sigma[i][y]]).collect())
        .collect();
    // Gauss and Jordan; the matrix is positive definite.
    for pivot in 0..size {
        let pivot_row = rows[pivot].clone();
        for (idx, row) in rows.iter_mut().enumerate() {
            let factor = if idx == pivot {
                1.0 - 1.0 / row[pivot]
            } else {
                row[pivot] / pivot_row[pivot]
            };
            for (value, pivot_value) in row.iter_mut().zip(&pivot_row) {
                *value -= factor * pivot_value;
            }
        }
    }
    rows.iter().map(|row| row[size]).collect()
}

fn residual_variance(sigma: &Matrix, y: usize, given: &[usize]) -> f64 {
    let slopes = regression(sigma, y, given);
    sigma[y][y]
        - slopes
            .iter()
            .zip(given)
            .map(|(slope, &node)| slope * sigma[node][y])
            .sum::<f64>()
}
