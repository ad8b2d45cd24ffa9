//! What the edges of a DAG imply: ancestors, colliders, and graphs made from it.

use crate::{Dag, Error, NodeSet, Pdag, Result};

impl Dag {
    /// The descendants of every node, without the node itself.
    ///
    /// # Complexity
    ///
    /// O(m n / 64).
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
    /// let descendants = dag.transitive_closure();
    /// assert_eq!(descendants[0].iter().collect::<Vec<_>>(), [1, 2]);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn transitive_closure(&self) -> Vec<NodeSet> {
        let order = self.topological_order();
        let mut descendants = vec![NodeSet::new(self.n_nodes()); self.n_nodes()];
        for &node in order.iter().rev() {
            let mut set = self.children(node).clone();
            for child in self.children(node).iter() {
                set.union_with(&descendants[child]);
            }
            descendants[node] = set;
        }
        descendants
    }

    /// The ancestors of every node, without the node itself.
    ///
    /// # Complexity
    ///
    /// O(m n / 64).
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
    /// assert_eq!(dag.ancestor_sets()[2].iter().collect::<Vec<_>>(), [0, 1]);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn ancestor_sets(&self) -> Vec<NodeSet> {
        let mut ancestors = vec![NodeSet::new(self.n_nodes()); self.n_nodes()];
        for node in self.topological_order() {
            let mut set = self.parents(node).clone();
            for parent in self.parents(node).iter() {
                set.union_with(&ancestors[parent]);
            }
            ancestors[node] = set;
        }
        ancestors
    }

    /// A set of nodes with all their ancestors.
    ///
    /// # Complexity
    ///
    /// O(k n / 64), k the number of nodes in the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (2, 3)])?;
    /// let closed = dag.ancestral_set(&NodeSet::with(4, [1, 2]));
    /// assert_eq!(closed, NodeSet::with(4, [0, 1, 2]));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn ancestral_set(&self, nodes: &NodeSet) -> NodeSet {
        closed_set(nodes, self.n_nodes(), |node| self.parents(node))
    }

    /// The DAG with the fewest edges that has the same ancestors.
    ///
    /// # Complexity
    ///
    /// O(m n / 64).
    ///
    /// # Reference
    ///
    /// A. V. Aho, M. R. Garey, J. D. Ullman, "The transitive reduction of a directed graph", SIAM Journal on Computing 1,
    /// 1972.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2), (0, 2)])?;
    /// assert_eq!(dag.transitive_reduction().edges().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    #[must_use]
    pub fn transitive_reduction(&self) -> Self {
        let descendants = self.transitive_closure();
        let mut reduction = self.clone();
        for (from, to) in self.edges() {
            let mut between = self
                .children(from)
                .iter()
                .filter(|&child| descendants[child].contains(to));
            if between.next().is_some() {
                reduction.remove_edge(from, to);
            }
        }
        reduction
    }

    /// The undirected graph in which a node is joined to its parents and these to each other.
    ///
    /// # Complexity
    ///
    /// O(m d) for d parents at most.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 2), (1, 2)])?;
    /// assert!(dag.moral_graph().has_undirected(0, 1));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    #[allow(
        clippy::missing_panics_doc,
        reason = "the edges are new and between nodes of the graph"
    )]
    pub fn moral_graph(&self) -> Pdag {
        let skeleton = self.edges();
        let marriages = (0..self.n_nodes()).flat_map(|node| pairs(self.parents(node)));
        let mut moral = Pdag::empty(self.nodes().clone());
        for (a, b) in skeleton.chain(marriages) {
            if !moral.has_undirected(a, b) {
                moral
                    .add_undirected(a, b)
                    .expect("two nodes of the graph that are not joined yet");
            }
        }
        moral
    }

    /// The parents, the children and the other parents of the children: given these, the node is independent of the rest.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(5), [(0, 1), (1, 2), (3, 2), (2, 4)])?;
    /// assert_eq!(dag.markov_blanket(1)?, NodeSet::with(5, [0, 2, 3]));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn markov_blanket(&self, node: usize) -> Result<NodeSet> {
        self.nodes().check(node)?;
        let mut blanket = self.parents(node).clone();
        blanket.union_with(self.children(node));
        for child in self.children(node).iter() {
            blanket.union_with(self.parents(child));
        }
        blanket.remove(node);
        Ok(blanket)
    }

    /// The colliders between nodes that are not joined: `(a, b, c)` for `a -> b <- c` with `a < c`, by `b`, `a`, `c`.
    ///
    /// # Complexity
    ///
    /// O(m d) for d parents at most.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 2), (1, 2), (0, 3), (1, 3), (2, 3)])?;
    /// assert_eq!(dag.v_structures(), [(0, 2, 1), (0, 3, 1)]);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn v_structures(&self) -> Vec<(usize, usize, usize)> {
        (0..self.n_nodes())
            .flat_map(|node| pairs(self.parents(node)).map(move |(a, c)| (a, node, c)))
            .filter(|&(a, _, c)| !self.is_adjacent(a, c))
            .collect()
    }
}

/// The nodes with all that can be reached from them along `next`.
pub(crate) fn closed_set<'a>(
    nodes: &NodeSet,
    n_nodes: usize,
    next: impl Fn(usize) -> &'a NodeSet,
) -> NodeSet {
    let mut closed = NodeSet::with(n_nodes, nodes.iter());
    let mut open: Vec<usize> = closed.iter().collect();
    while let Some(node) = open.pop() {
        open.extend(next(node).iter().filter(|&next| closed.insert(next)));
    }
    closed
}

/// The pairs of different nodes of a set, the lesser first.
fn pairs(set: &NodeSet) -> impl Iterator<Item = (usize, usize)> + '_ {
    set.iter()
        .flat_map(move |a| set.iter().filter(move |&b| a < b).map(move |b| (a, b)))
}

/// Checks that a set is over the nodes of the graph.
pub(crate) fn check_set(what: &'static str, set: &NodeSet, n_nodes: usize) -> Result<()> {
    if set.n_nodes() == n_nodes {
        return Ok(());
    }
    Err(Error::SetSize {
        what,
        got: set.n_nodes(),
        expected: n_nodes,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Nodes;

    const N_NODES: usize = 7;

    fn dag(bits: &[bool]) -> Dag {
        let upwards = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
        let edges = upwards.zip(bits).filter(|(_, bit)| **bit).map(|(edge, _)| edge);
        Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges lead upwards")
    }

    proptest! {
        #[test]
        fn closures_are_ancestors_and_descendants(bits in prop::collection::vec(any::<bool>(), 21)) {
            let dag = dag(&bits);
            let (down, up) = (dag.transitive_closure(), dag.ancestor_sets());
            for node in 0..N_NODES {
                prop_assert_eq!(&down[node], &dag.descendants(node));
                prop_assert_eq!(&up[node], &dag.ancestors(node));
                let mut closed = up[node].clone();
                closed.insert(node);
                prop_assert_eq!(dag.ancestral_set(&NodeSet::with(N_NODES, [node])), closed);
            }
        }

        #[test]
        fn a_reduction_keeps_the_ancestors_and_nothing_else(bits in prop::collection::vec(any::<bool>(), 21)) {
            let dag = dag(&bits);
            let reduction = dag.transitive_reduction();
            prop_assert_eq!(reduction.transitive_closure(), dag.transitive_closure());
            for (from, to) in reduction.edges() {
                let mut less = reduction.clone();
                less.remove_edge(from, to);
                prop_assert!(!less.is_ancestor(from, to), "{} -> {} is not needed", from, to);
            }
        }

        #[test]
        fn a_blanket_is_the_neighbourhood_in_the_moral_graph(bits in prop::collection::vec(any::<bool>(), 21)) {
            let dag = dag(&bits);
            let moral = dag.moral_graph();
            for node in 0..N_NODES {
                prop_assert_eq!(&dag.markov_blanket(node).expect("a node"), moral.neighbours(node));
            }
        }
    }

    #[test]
    fn a_blanket_of_no_node_is_an_error() {
        assert!(matches!(
            Dag::empty(Nodes::numbered(2)).markov_blanket(2),
            Err(Error::NodeOutOfRange { index: 2, n_nodes: 2 })
        ));
    }
}
