//! Means and covariances.

use super::{GaussianDistribution, LinearGaussianNetwork};
use crate::Result;

impl LinearGaussianNetwork {
    /// The joint distribution of all nodes.
    ///
    /// ```text
    /// mean_i  = intercept_i + sum over p in pa(i) of b_ip mean_p
    /// cov_ij  = sum over p in pa(i) of b_ip cov_pj                          j before i in a topological order
    /// cov_ii  = sum over p in pa(i) of b_ip cov_pi + standard_deviation_i²
    /// ```
    ///
    /// # Complexity
    ///
    /// O(n (n + m)) for n nodes and m edges.
    ///
    /// # Examples
    ///
    /// See [`LinearGaussianNetwork`].
    pub fn joint(&self) -> GaussianDistribution {
        let n_nodes = self.n_nodes();
        let mut mean = vec![0.0; n_nodes];
        let mut covariance = vec![0.0; n_nodes * n_nodes];
        for node in self.dag.topological_order() {
            let mechanism = &self.mechanisms[node];
            let mut row = vec![0.0; n_nodes];
            mean[node] = mechanism.intercept;
            for (&parent, &coefficient) in mechanism.parents.iter().zip(&mechanism.coefficients) {
                mean[node] += coefficient * mean[parent];
                let of_parent = &covariance[parent * n_nodes..(parent + 1) * n_nodes];
                for (value, of_parent) in row.iter_mut().zip(of_parent) {
                    *value += coefficient * of_parent;
                }
            }
            let terms = mechanism.parents.iter().zip(&mechanism.coefficients);
            row[node] = mechanism.standard_deviation.powi(2)
                + terms
                    .map(|(&parent, coefficient)| coefficient * row[parent])
                    .sum::<f64>();
            for (other, &value) in row.iter().enumerate() {
                covariance[node * n_nodes + other] = value;
                covariance[other * n_nodes + node] = value;
            }
        }
        GaussianDistribution {
            variables: (0..n_nodes).collect(),
            mean,
            covariance,
        }
    }

    /// The distribution of the targets given the values of other nodes.
    ///
    /// # Errors
    ///
    /// As [`GaussianDistribution::marginal`] and [`GaussianDistribution::conditional`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    ///
    /// let mechanisms = vec![
    ///     LinearMechanism::new([], [], 1.0, 1.0),
    ///     LinearMechanism::new([0], [1.0], 0.0, 1.0),
    /// ];
    /// let network = LinearGaussianNetwork::new(Nodes::numbered(2), mechanisms)?;
    /// // Half of what the child is above its mean is the parent's.
    /// let parent = network.query(&[0], &[(1, 4.0)])?;
    /// assert!((parent.mean()[0] - 2.5).abs() < 1e-15);
    /// assert!((parent.covariance()[0] - 0.5).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn query(&self, targets: &[usize], evidence: &[(usize, f64)]) -> Result<GaussianDistribution> {
        self.joint().conditional(evidence)?.marginal(targets)
    }
}
