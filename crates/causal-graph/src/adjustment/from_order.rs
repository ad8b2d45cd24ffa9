//! Adjustment sets from a causal order.

use crate::{CausalOrder, Dag, Error, NodeSet, Result};

impl CausalOrder {
    /// All nodes before the treatment.
    ///
    /// They are valid to adjust for when the effect of the treatment on a later node is to be found, if the order is right
    /// and no two nodes have a hidden common cause.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`].
    ///
    /// # Reference
    ///
    /// J. Pearl, "Causality", 2nd edition, 2009, section 3.3.1: the parents, and with them any set of non-descendants.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{CausalOrder, NodeSet, Nodes};
    ///
    /// let order = CausalOrder::new(Nodes::numbered(3), vec![2, 0, 1])?;
    /// assert_eq!(order.adjustment_set(0)?, NodeSet::with(3, [2]));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn adjustment_set(&self, treatment: usize) -> Result<NodeSet> {
        self.nodes().check(treatment)?;
        let before = self.predecessors(treatment).iter().copied();
        Ok(NodeSet::with(self.nodes().len(), before))
    }

    /// The nodes before the treatment that are ancestors of the treatment or the outcome in a graph that is known.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`] if the graph has other nodes, [`Error::NodeOutOfRange`], [`Error::EffectBeforeCause`] if the
    /// outcome does not come after the treatment.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{CausalOrder, Dag, NodeSet, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 2), (1, 3), (2, 3)])?;
    /// let order = CausalOrder::of(&dag);
    /// assert_eq!(order.adjustment_set_within(&dag, 2, 3)?, NodeSet::with(4, [0, 1]));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn adjustment_set_within(&self, dag: &Dag, treatment: usize, outcome: usize) -> Result<NodeSet> {
        self.nodes().check_same("the graph", dag.nodes())?;
        let mut set = self.adjustment_set(treatment)?;
        self.nodes().check(outcome)?;
        if !self.precedes(treatment, outcome) {
            return Err(Error::EffectBeforeCause {
                treatment: self.nodes().name(treatment).to_owned(),
                outcome: self.nodes().name(outcome).to_owned(),
            });
        }
        let ends = NodeSet::with(dag.n_nodes(), [treatment, outcome]);
        set.intersect_with(&dag.ancestral_set(&ends));
        Ok(set)
    }
}
