//! Joint Gaussian distributions.

use serde::Serialize;

use crate::{Error, Result};

/// A Gaussian distribution of some nodes of a network: its mean and its covariance.
///
/// # Shapes
///
/// For k variables the mean has k numbers and the covariance k · k, row by row.
///
/// # Examples
///
/// See [`LinearGaussianNetwork`](super::LinearGaussianNetwork).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GaussianDistribution {
    pub(super) variables: Vec<usize>,
    pub(super) mean: Vec<f64>,
    pub(super) covariance: Vec<f64>,
}

impl GaussianDistribution {
    /// The nodes, in the order of rows and columns.
    pub fn variables(&self) -> &[usize] {
        &self.variables
    }

    /// The mean of each variable.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The covariances, row by row.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// The covariance of two nodes; none if one is not a variable of this distribution.
    pub fn covariance_of(&self, a: usize, b: usize) -> Option<f64> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        self.covariance.get(a * self.variables.len() + b).copied()
    }

    /// The distribution of these variables alone, in this order.
    ///
    /// # Errors
    ///
    /// [`Error::NotAVariable`] for a node that is none of the variables.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    ///
    /// let mechanisms = vec![LinearMechanism::new([], [], 1.0, 2.0), LinearMechanism::new([0], [3.0], 0.0, 0.0)];
    /// let joint = LinearGaussianNetwork::new(Nodes::numbered(2), mechanisms)?.joint();
    /// let swapped = joint.marginal(&[1, 0])?;
    /// assert_eq!(swapped.mean(), [3.0, 1.0]);
    /// assert_eq!(swapped.covariance(), [36.0, 12.0, 12.0, 4.0]);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn marginal(&self, variables: &[usize]) -> Result<Self> {
        let places = self.places(variables.iter().copied())?;
        Ok(Self {
            variables: variables.to_vec(),
            mean: places.iter().map(|&place| self.mean[place]).collect(),
            covariance: self.block(&places, &places),
        })
    }

    /// The distribution of the other variables where these have the given values.
    ///
    /// ```text
    /// mean'       = mean_u + S_ue S_ee^-1 (values - mean_e)
    /// covariance' = S_uu - S_ue S_ee^-1 S_eu
    ///
    /// S  covariance     e  variables of the evidence     u  the others
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotAVariable`]; [`Error::NonFiniteEvidence`]; [`Error::DependentEvidence`] if a variable of the evidence is
    /// determined by those before it: nothing can be said of values that contradict each other.
    ///
    /// # Complexity
    ///
    /// O(e³ + u e² + u² e) by Cholesky's decomposition.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    ///
    /// // Two measurements of one quantity with variance 1, each with an error of variance 1.
    /// let mechanisms = vec![
    ///     LinearMechanism::new([], [], 0.0, 1.0),
    ///     LinearMechanism::new([0], [1.0], 0.0, 1.0),
    ///     LinearMechanism::new([0], [1.0], 0.0, 1.0),
    /// ];
    /// let joint = LinearGaussianNetwork::new(Nodes::numbered(3), mechanisms)?.joint();
    /// let quantity = joint.conditional(&[(1, 3.0), (2, 6.0)])?;
    /// assert_eq!(quantity.variables(), [0]);
    /// assert!((quantity.mean()[0] - 3.0).abs() < 1e-14);
    /// assert!((quantity.covariance()[0] - 1.0 / 3.0).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn conditional(&self, evidence: &[(usize, f64)]) -> Result<Self> {
        let seen = self.places(evidence.iter().map(|&(node, _)| node))?;
        if let Some(&(node, value)) = evidence.iter().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NonFiniteEvidence { node, value });
        }
        let others: Vec<usize> = (0..self.variables.len())
            .filter(|place| !seen.contains(place))
            .collect();
        let n_seen = seen.len();
        let factor =
            cholesky(self.block(&seen, &seen), n_seen).map_err(|place| Error::DependentEvidence {
                node: evidence[place].0,
            })?;
        // With S_ee = L L', the columns w_u = L^-1 S_eu and the whitened surprise z = L^-1 (values - mean_e).
        let whitened: Vec<Vec<f64>> = others
            .iter()
            .map(|&other| solve_lower(&factor, self.block(&seen, &[other])))
            .collect();
        let surprise = seen
            .iter()
            .zip(evidence)
            .map(|(&place, (_, value))| value - self.mean[place])
            .collect();
        let surprise = solve_lower(&factor, surprise);
        let mut covariance = self.block(&others, &others);
        for (row, a) in whitened.iter().enumerate() {
            for (column, b) in whitened.iter().enumerate() {
                covariance[row * others.len() + column] -= dot(a, b);
            }
        }
        Ok(Self {
            variables: others.iter().map(|&place| self.variables[place]).collect(),
            mean: others
                .iter()
                .zip(&whitened)
                .map(|(&place, column)| self.mean[place] + dot(column, &surprise))
                .collect(),
            covariance,
        })
    }

    fn place(&self, node: usize) -> Option<usize> {
        self.variables.iter().position(|&variable| variable == node)
    }

    fn places(&self, nodes: impl Iterator<Item = usize>) -> Result<Vec<usize>> {
        nodes
            .map(|node| self.place(node).ok_or(Error::NotAVariable { node }))
            .collect()
    }

    fn block(&self, rows: &[usize], columns: &[usize]) -> Vec<f64> {
        let n = self.variables.len();
        rows.iter()
            .flat_map(|row| {
                columns
                    .iter()
                    .map(move |column| self.covariance[row * n + column])
            })
            .collect()
    }
}

/// What is left of a variance, relative to it, that is no more than rounding.
const DETERMINED: f64 = 1e-13;

/// The lower triangle L with L L' = `matrix`, row by row; the first row whose pivot vanishes if there is one.
fn cholesky(mut matrix: Vec<f64>, n: usize) -> std::result::Result<Vec<f64>, usize> {
    for row in 0..n {
        for column in 0..=row {
            let (of_row, of_column) = (row * n, column * n);
            let sum = matrix[of_row + column]
                - dot(
                    &matrix[of_row..of_row + column],
                    &matrix[of_column..of_column + column],
                );
            matrix[of_row + column] = if column < row {
                sum / matrix[of_column + column]
            } else if sum > DETERMINED * matrix[of_row + row] {
                sum.sqrt()
            } else {
                return Err(row);
            };
        }
    }
    Ok(matrix)
}

/// L^-1 b.
fn solve_lower(factor: &[f64], mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for row in 0..n {
        let of_row = &factor[row * n..(row + 1) * n];
        b[row] = (b[row] - dot(&of_row[..row], &b[..row])) / of_row[row];
    }
    b
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
