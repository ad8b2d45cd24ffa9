//! Interventions on Bayesian networks.

use super::bayesian::BayesianNetwork;
use super::cpt::Cpt;
use crate::{Error, NodeSet, Result};

impl BayesianNetwork {
    /// The network after setting nodes to states: each loses its parents and has its state with certainty.
    ///
    /// ```text
    /// P(v | do(x)) = product over i not in X of P(v_i | pa_i),   for v with X in the states x; 0 for others
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::NoSuchState`]; [`Error::RepeatedVariable`] if a node is set twice.
    ///
    /// # Reference
    ///
    /// J. Pearl, "Causality", second edition, 2009, section 3.2: the truncated factorisation.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    ///
    /// let network = published::asia();
    /// let (smoke, lung) = (network.nodes().index("smoke")?, network.nodes().index("lung")?);
    /// let cured = network.intervene(&[(lung, 1)])?;
    /// assert!(!cured.dag().has_edge(smoke, lung));
    /// assert_eq!(cured.cpt(lung).probabilities, [0.0, 1.0]);
    /// assert_eq!(cured.cpt(smoke), network.cpt(smoke));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn intervene(&self, interventions: &[(usize, usize)]) -> Result<Self> {
        let mut set = NodeSet::new(self.n_nodes());
        let mut network = self.clone();
        for &(node, state) in interventions {
            self.check_state(node, state)?;
            if !set.insert(node) {
                return Err(Error::RepeatedVariable {
                    node: self.nodes().name(node).to_owned(),
                });
            }
            let mut certain = vec![0.0; self.n_states(node)];
            certain[state] = 1.0;
            network.replace_cpt(node, Cpt::new([], certain))?;
        }
        Ok(network)
    }

    /// The network with another mechanism of one node: a soft intervention.
    ///
    /// The new table may have other parents than the old one: fewer, more, or others. All other mechanisms stay.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) for the parents, with [`Error::Cycle`] if a new one is a descendant, and for the rows of the
    /// table with [`Normalisation::Refuse`](super::Normalisation::Refuse).
    ///
    /// # Reference
    ///
    /// J. Correa and E. Bareinboim, "A calculus for stochastic interventions", AAAI 2020.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::{Cpt, published};
    ///
    /// let network = published::cancer();
    /// let (smoker, cancer) = (network.nodes().index("Smoker")?, network.nodes().index("Cancer")?);
    /// let dyspnoea = network.nodes().index("Dyspnoea")?;
    /// // A campaign after which one in ten smokes.
    /// let fewer = network.with_cpt(smoker, Cpt::new([], [0.1, 0.9]))?;
    /// // 0.9 (0.1 · 0.03 + 0.9 · 0.001) + 0.1 (0.1 · 0.05 + 0.9 · 0.02)
    /// assert!((fewer.query(&[cancer], &[])?.values()[0] - 0.00581).abs() < 1e-15);
    /// // Dyspnoea that depends on smoking too.
    /// let rows = [0.7, 0.3, 0.6, 0.4, 0.4, 0.6, 0.2, 0.8];
    /// let more = network.with_cpt(dyspnoea, Cpt::new([cancer, smoker], rows))?;
    /// assert!(more.dag().has_edge(smoker, dyspnoea));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn with_cpt(&self, node: usize, cpt: Cpt) -> Result<Self> {
        let mut network = self.clone();
        network.replace_cpt(node, cpt)?;
        Ok(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::published;

    #[test]
    fn a_wrong_mechanism_is_refused() {
        let network = published::cancer();
        let error = |node, cpt| network.with_cpt(node, cpt).expect_err("the table is wrong");
        let two = || [0.5; 4];
        assert!(matches!(
            error(9, Cpt::new([], [1.0])),
            Error::NodeOutOfRange { index: 9, .. }
        ));
        assert!(matches!(error(1, Cpt::new([2], two())), Error::Cycle { .. }));
        assert!(matches!(error(1, Cpt::new([1], two())), Error::SelfLoop { .. }));
        assert!(matches!(
            error(1, Cpt::new([0], [0.5; 2])),
            Error::ProbabilityCount {
                got: 2,
                expected: 4,
                ..
            }
        ));
        assert!(matches!(
            error(1, Cpt::new([], [0.5, 0.4])),
            Error::RowSum { row: 0, .. }
        ));
        assert!(matches!(
            error(1, Cpt::new([], [f64::NAN, 0.5])),
            Error::Probability { row: 0, .. }
        ));
        assert!(matches!(
            network.intervene(&[(1, 0), (1, 1)]),
            Err(Error::RepeatedVariable { .. })
        ));
        assert!(matches!(
            network.intervene(&[(1, 2)]),
            Err(Error::NoSuchState {
                state: 2,
                n_states: 2,
                ..
            })
        ));
    }
}
