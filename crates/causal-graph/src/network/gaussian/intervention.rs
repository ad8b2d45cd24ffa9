//! Interventions on linear networks.

use super::{LinearGaussianNetwork, LinearMechanism};
use crate::{Error, NodeSet, Result};

impl LinearGaussianNetwork {
    /// The network after setting nodes to values: each loses its parents and its noise.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`]; [`Error::NonFiniteEvidence`] for a value that is not finite; [`Error::RepeatedVariable`] if a
    /// node is set twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    ///
    /// let mechanisms = vec![
    ///     LinearMechanism::new([], [], 0.0, 1.0),
    ///     LinearMechanism::new([0], [2.0], 1.0, 0.5),
    /// ];
    /// let network = LinearGaussianNetwork::new(Nodes::numbered(2), mechanisms)?;
    /// assert_eq!(network.intervene(&[(0, 3.0)])?.joint().mean(), [3.0, 7.0]);
    /// assert_eq!(network.shift(1, 10.0)?.joint().mean(), [0.0, 11.0]);
    /// assert_eq!(network.scale_noise(1, 4.0)?.joint().covariance_of(1, 1), Some(4.0 + 4.0));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn intervene(&self, interventions: &[(usize, f64)]) -> Result<Self> {
        let mut set = NodeSet::new(self.n_nodes());
        let mut network = self.clone();
        for &(node, value) in interventions {
            self.check_value(node, value)?;
            if !set.insert(node) {
                return Err(Error::RepeatedVariable {
                    node: self.nodes().name(node).to_owned(),
                });
            }
            network.replace_mechanism(node, LinearMechanism::new([], [], value, 0.0))?;
        }
        Ok(network)
    }

    /// The network with another mechanism of one node, which may have other parents: a soft intervention.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), with [`Error::Cycle`] if a new parent is a descendant.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    ///
    /// let mechanisms = vec![LinearMechanism::new([], [], 0.0, 1.0); 2];
    /// let network = LinearGaussianNetwork::new(Nodes::numbered(2), mechanisms)?;
    /// let joined = network.with_mechanism(1, LinearMechanism::new([0], [2.0], 0.0, 1.0))?;
    /// assert_eq!(joined.total_effect(0, 1)?, 2.0);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn with_mechanism(&self, node: usize, mechanism: LinearMechanism) -> Result<Self> {
        let mut network = self.clone();
        network.replace_mechanism(node, mechanism)?;
        Ok(network)
    }

    /// The network with `by` added to a node's mechanism: a shift intervention.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`]; [`Error::Mechanism`] if the intercept is no longer finite.
    ///
    /// # Examples
    ///
    /// See [`intervene`](Self::intervene).
    pub fn shift(&self, node: usize, by: f64) -> Result<Self> {
        self.nodes().check(node)?;
        let mut mechanism = self.mechanisms[node].clone();
        mechanism.intercept += by;
        self.with_mechanism(node, mechanism)
    }

    /// The network with the noise of a node multiplied: its standard deviation times `factor`.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`]; [`Error::Mechanism`] if the standard deviation is no longer a finite number from 0.
    ///
    /// # Examples
    ///
    /// See [`intervene`](Self::intervene).
    pub fn scale_noise(&self, node: usize, factor: f64) -> Result<Self> {
        self.nodes().check(node)?;
        let mut mechanism = self.mechanisms[node].clone();
        mechanism.standard_deviation *= factor;
        self.with_mechanism(node, mechanism)
    }
}
