//! d-separation.

use crate::ancestry::check_set;
use crate::{Dag, Error, NodeSet, Nodes, Pdag, Result};

mod bayes_ball;
mod minimal;

impl Dag {
    /// Whether every path between `x` and `y` is blocked by `given`.
    ///
    /// A path is blocked by a node of `given` on it that is no collider, and by a collider on it if neither the collider
    /// nor a descendant is in `given`. Every distribution that factorises along the DAG then has x and y independent
    /// given that set. An empty set is separated from any other.
    ///
    /// # Errors
    ///
    /// [`Error::SetSize`] if a set is not over the nodes of the DAG, [`Error::Overlap`] if two of them share a node.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    ///
    /// # Reference
    ///
    /// R. D. Shachter, "Bayes-ball: the rational pastime", UAI 1998; D. Koller, N. Friedman, "Probabilistic graphical
    /// models", 2009, algorithm 3.1.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// // 0 -> 1 <- 2, 1 -> 3
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (2, 1), (1, 3)])?;
    /// let set = |nodes: &[usize]| NodeSet::with(4, nodes.iter().copied());
    /// assert!(dag.d_separated(&set(&[0]), &set(&[2]), &set(&[]))?);
    /// assert!(!dag.d_separated(&set(&[0]), &set(&[2]), &set(&[3]))?);
    /// assert!(dag.d_separated(&set(&[0, 2]), &set(&[3]), &set(&[1]))?);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn d_separated(&self, x: &NodeSet, y: &NodeSet, given: &NodeSet) -> Result<bool> {
        check_sets(self.nodes(), [("x", x), ("y", y), ("given", given)])?;
        Ok(bayes_ball::d_connected(self, x, given, y).is_disjoint(y))
    }

    /// The nodes that are not d-separated from all of `x` by `given`, without those of the two sets.
    ///
    /// # Errors
    ///
    /// Those of [`d_separated`](Self::d_separated).
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (2, 1), (1, 3)])?;
    /// let connected = dag.d_connected_to(&NodeSet::with(4, [0]), &NodeSet::with(4, [3]))?;
    /// assert_eq!(connected, NodeSet::with(4, [1, 2]));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn d_connected_to(&self, x: &NodeSet, given: &NodeSet) -> Result<NodeSet> {
        check_sets(self.nodes(), [("x", x), ("given", given)])?;
        let nowhere = NodeSet::new(self.n_nodes());
        let mut connected = bayes_ball::d_connected(self, x, given, &nowhere);
        connected.difference_with(x);
        Ok(connected)
    }

    /// A set that d-separates `x` from `y` and does so no more without any of its nodes, the `required` ones aside.
    ///
    /// It is made of `required` and some of `allowed`. None if no set of these separates them. Nodes of `x` and `y` in
    /// `allowed` do not count.
    ///
    /// # Errors
    ///
    /// [`Error::SetSize`] if a set is not over the nodes of the DAG, [`Error::Overlap`] if two of `x`, `y` and `required`
    /// share a node.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    ///
    /// # Reference
    ///
    /// B. van der Zander, M. Liśkiewicz, "Finding minimal d-separators in linear time and applications", UAI 2019.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// // 0 -> 1 -> 2 -> 3: either of the two between will do.
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (1, 2), (2, 3)])?;
    /// let set = |nodes: &[usize]| NodeSet::with(4, nodes.iter().copied());
    /// let separator = dag.minimal_separator(&set(&[0]), &set(&[3]), &set(&[]), &set(&[1, 2]))?;
    /// assert_eq!(separator, Some(set(&[1])));
    /// assert_eq!(dag.minimal_separator(&set(&[0]), &set(&[1]), &set(&[]), &set(&[2]))?, None);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn minimal_separator(
        &self,
        x: &NodeSet,
        y: &NodeSet,
        required: &NodeSet,
        allowed: &NodeSet,
    ) -> Result<Option<NodeSet>> {
        check_sets(self.nodes(), [("x", x), ("y", y), ("required", required)])?;
        check_set("allowed", allowed, self.n_nodes())?;
        Ok(minimal::minimal_separator(self, x, y, required, allowed))
    }
}

impl Pdag {
    /// Whether `given` d-separates `x` from `y` in the DAGs that the graph stands for, which agree on it.
    ///
    /// To ask often, take a [consistent extension](Self::consistent_extension) and ask that.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] if the graph stands for no DAG, and those of [`Dag::d_separated`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{NodeSet, Nodes, Pdag};
    ///
    /// let path = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)])?;
    /// let set = |nodes: &[usize]| NodeSet::with(3, nodes.iter().copied());
    /// assert!(path.d_separated(&set(&[0]), &set(&[2]), &set(&[1]))?);
    /// assert!(!path.d_separated(&set(&[0]), &set(&[2]), &set(&[]))?);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn d_separated(&self, x: &NodeSet, y: &NodeSet, given: &NodeSet) -> Result<bool> {
        self.consistent_extension()?.d_separated(x, y, given)
    }

    /// The nodes that are not d-separated from all of `x` by `given` in the DAGs that the graph stands for.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] if the graph stands for no DAG, and those of [`Dag::d_connected_to`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{NodeSet, Nodes, Pdag};
    ///
    /// let path = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)])?;
    /// let connected = path.d_connected_to(&NodeSet::with(3, [0]), &NodeSet::with(3, [1]))?;
    /// assert!(connected.is_empty());
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn d_connected_to(&self, x: &NodeSet, given: &NodeSet) -> Result<NodeSet> {
        self.consistent_extension()?.d_connected_to(x, given)
    }
}

/// Checks that sets are over the nodes of the graph and that no two of them share one.
pub(crate) fn check_sets<const N: usize>(nodes: &Nodes, sets: [(&'static str, &NodeSet); N]) -> Result<()> {
    for (idx, &(b, set)) in sets.iter().enumerate() {
        check_set(b, set, nodes.len())?;
        for &(a, earlier) in &sets[..idx] {
            if let Some(node) = set.iter().find(|&node| earlier.contains(node)) {
                return Err(Error::Overlap {
                    a,
                    b,
                    node: nodes.name(node).to_owned(),
                });
            }
        }
    }
    Ok(())
}
