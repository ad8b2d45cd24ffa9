//! Causal effects in linear networks.

use super::LinearGaussianNetwork;
use crate::{Error, NodeSet, Result};

impl LinearGaussianNetwork {
    /// The change of the mean of the outcome for each unit that the treatment is raised by.
    ///
    /// ```text
    /// d E[outcome | do(treatment = x)] / dx = sum over directed paths of product over the edges of b
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`]; [`Error::RepeatedVariable`] if treatment and outcome are one node.
    ///
    /// # Reference
    ///
    /// S. Wright, "The method of path coefficients", Annals of Mathematical Statistics 5(3), 1934.
    ///
    /// # Examples
    ///
    /// See [`LinearGaussianNetwork`].
    pub fn total_effect(&self, treatment: usize, outcome: usize) -> Result<f64> {
        self.effect_along(treatment, outcome, |_, _| true)
    }

    /// The exact average causal effect of moving the treatment between two values on the mean of the outcome.
    ///
    /// ```text
    /// ACE = E[outcome | do(treatment = to)] - E[outcome | do(treatment = from)] = (to - from) · total effect
    /// ```
    ///
    /// # Errors
    ///
    /// As [`total_effect`](Self::total_effect), and [`Error::NonFiniteEvidence`] for a value that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    ///
    /// let mechanisms = vec![
    ///     LinearMechanism::new([], [], 0.0, 1.0),
    ///     LinearMechanism::new([0], [0.5], 0.0, 1.0),
    ///     LinearMechanism::new([0, 1], [-2.0, 3.0], 0.0, 1.0),
    /// ];
    /// let network = LinearGaussianNetwork::new(Nodes::numbered(3), mechanisms)?;
    /// // (2 - 1) (-2 + 0.5 · 3)
    /// assert_eq!(network.average_causal_effect(0, 1.0, 2.0, 2)?, -0.5);
    /// assert_eq!(network.path_specific_effect(0, 1.0, 2.0, 2, &[(0, 1), (1, 2)])?, 1.5);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn average_causal_effect(&self, treatment: usize, from: f64, to: f64, outcome: usize) -> Result<f64> {
        let per_unit = self.total_effect(treatment, outcome)?;
        Ok(per_unit * self.distance(treatment, from, to)?)
    }

    /// The effect of moving the treatment along the directed paths whose edges are all active.
    ///
    /// It is identified whatever the edges: the parts of a linear mechanism add up, and no part needs the value of another.
    ///
    /// # Errors
    ///
    /// As [`average_causal_effect`](Self::average_causal_effect), and [`Error::NotAnEdge`] if the graph has not an active edge.
    ///
    /// # Examples
    ///
    /// See [`average_causal_effect`](Self::average_causal_effect).
    pub fn path_specific_effect(
        &self,
        treatment: usize,
        from: f64,
        to: f64,
        outcome: usize,
        active: &[(usize, usize)],
    ) -> Result<f64> {
        let n_nodes = self.n_nodes();
        let mut active_parents = vec![NodeSet::new(n_nodes); n_nodes];
        for &(parent, child) in active {
            self.nodes().check(parent)?;
            self.nodes().check(child)?;
            if !self.dag.has_edge(parent, child) {
                return Err(Error::NotAnEdge {
                    from: self.nodes().name(parent).to_owned(),
                    to: self.nodes().name(child).to_owned(),
                });
            }
            active_parents[child].insert(parent);
        }
        let is_active = |parent, child: usize| active_parents[child].contains(parent);
        let per_unit = self.effect_along(treatment, outcome, is_active)?;
        Ok(per_unit * self.distance(treatment, from, to)?)
    }

    /// The sum over the paths of active edges.
    fn effect_along(
        &self,
        treatment: usize,
        outcome: usize,
        is_active: impl Fn(usize, usize) -> bool,
    ) -> Result<f64> {
        self.nodes().check(treatment)?;
        self.nodes().check(outcome)?;
        if treatment == outcome {
            return Err(Error::RepeatedVariable {
                node: self.nodes().name(treatment).to_owned(),
            });
        }
        let mut effects = vec![0.0; self.n_nodes()];
        effects[treatment] = 1.0;
        for node in self.dag.topological_order() {
            if node != treatment {
                let mechanism = &self.mechanisms[node];
                let terms = mechanism.parents.iter().zip(&mechanism.coefficients);
                effects[node] = terms
                    .filter(|(parent, _)| is_active(**parent, node))
                    .map(|(&parent, coefficient)| coefficient * effects[parent])
                    .sum();
            }
        }
        Ok(effects[outcome])
    }

    fn distance(&self, treatment: usize, from: f64, to: f64) -> Result<f64> {
        self.check_value(treatment, from)?;
        self.check_value(treatment, to)?;
        Ok(to - from)
    }

    /// Checks that a value of a node is finite.
    pub(super) fn check_value(&self, node: usize, value: f64) -> Result<()> {
        self.nodes().check(node)?;
        if value.is_finite() {
            return Ok(());
        }
        Err(Error::NonFiniteEvidence { node, value })
    }
}
