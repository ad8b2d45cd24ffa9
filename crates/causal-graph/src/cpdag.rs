//! The essential graph of a Markov equivalence class.

use crate::meek::close;
use crate::{Dag, Pdag};

impl Dag {
    /// The CPDAG: the graph of the DAG's edges in which those are directed that all Markov equivalent DAGs agree on.
    ///
    /// Two DAGs are Markov equivalent, that is, they have the same d-separations, exactly if their CPDAGs are equal.
    ///
    /// # Complexity
    ///
    /// O((n + m d) n / 64), d the greatest number of edges at a node.
    ///
    /// # Reference
    ///
    /// S. A. Andersson, D. Madigan, M. D. Perlman, "A characterization of Markov equivalence classes for acyclic
    /// digraphs", Annals of Statistics 25, 1997; C. Meek, UAI 1995.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// // 0 -> 1, 1 -> 3 <- 2, 3 -> 4: only the first edge can be turned around.
    /// let dag = Dag::from_edges(Nodes::numbered(5), [(0, 1), (1, 3), (2, 3), (3, 4)])?;
    /// let cpdag = dag.cpdag();
    /// assert_eq!(cpdag.undirected_edges().collect::<Vec<_>>(), [(0, 1)]);
    /// assert!(cpdag.is_cpdag());
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn cpdag(&self) -> Pdag {
        let mut cpdag = Pdag::from(self).skeleton();
        let adjacent = cpdag.adjacency();
        let mut in_colliders = Vec::new();
        for (from, to) in self.edges() {
            let mut others = self.parents(to).clone();
            others.remove(from);
            if !others.is_subset(&adjacent[from]) {
                cpdag.direct(from, to);
                in_colliders.push((from, to));
            }
        }
        close(&mut cpdag, &adjacent, in_colliders);
        cpdag
    }

    /// Whether the two DAGs have the same d-separations, that is, the same adjacencies and colliders.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
    ///
    /// # Reference
    ///
    /// T. Verma, J. Pearl, "Equivalence and synthesis of causal models", UAI 1990.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, Nodes};
    ///
    /// let dag = |edges: [(usize, usize); 2]| Dag::from_edges(Nodes::numbered(3), edges);
    /// let chain = dag([(0, 1), (1, 2)])?;
    /// assert!(chain.is_markov_equivalent(&dag([(1, 0), (1, 2)])?)?);
    /// assert!(!chain.is_markov_equivalent(&dag([(0, 1), (2, 1)])?)?);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn is_markov_equivalent(&self, other: &Self) -> crate::Result<bool> {
        self.nodes().check_same("the other graph", other.nodes())?;
        Ok(self.cpdag() == other.cpdag())
    }
}

impl Pdag {
    /// Whether the graph is the CPDAG of some DAG.
    ///
    /// # Complexity
    ///
    /// That of [`consistent_extension`](Self::consistent_extension) and [`Dag::cpdag`].
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// let nodes = Nodes::numbered(3);
    /// assert!(Pdag::from_edges(nodes.clone(), [], [(0, 1), (1, 2)])?.is_cpdag());
    /// // The direction of 0 -> 1 says that of 1 -> 2, and says too much: 2 -> 1 -> 0 is equivalent.
    /// assert!(!Pdag::from_edges(nodes.clone(), [(0, 1)], [(1, 2)])?.is_cpdag());
    /// assert!(!Pdag::from_edges(nodes, [(0, 1), (1, 2)], [])?.is_cpdag());
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn is_cpdag(&self) -> bool {
        self.consistent_extension().is_ok_and(|dag| dag.cpdag() == *self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    #[test]
    fn a_complete_dag_has_no_compelled_edge() {
        let edges = (0..6).flat_map(|b| (0..b).map(move |a| (a, b)));
        let dag = Dag::from_edges(Nodes::numbered(6), edges).expect("acyclic");
        assert_eq!(dag.cpdag().undirected_edges().count(), 15);
    }

    #[test]
    fn rules_2_and_3_take_part() {
        // 1 -> 3 <- 2 is a collider, and 0 is joined to all: rule 3 directs 0 -> 3.
        let dag =
            Dag::from_edges(Nodes::numbered(4), [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]).expect("acyclic");
        let cpdag = dag.cpdag();
        assert_eq!(
            cpdag.directed_edges().collect::<Vec<_>>(),
            [(0, 3), (1, 3), (2, 3)]
        );
        assert_eq!(cpdag.undirected_edges().collect::<Vec<_>>(), [(0, 1), (0, 2)]);
    }

    #[test]
    fn graphs_without_nodes_and_without_edges() {
        for n_nodes in [0, 3] {
            let dag = Dag::empty(Nodes::numbered(n_nodes));
            assert_eq!(dag.cpdag(), Pdag::empty(Nodes::numbered(n_nodes)));
            assert!(dag.cpdag().is_cpdag());
        }
    }

    #[test]
    fn other_nodes_are_an_error() {
        let (few, many) = (Dag::empty(Nodes::numbered(2)), Dag::empty(Nodes::numbered(3)));
        assert!(matches!(
            few.is_markov_equivalent(&many),
            Err(crate::Error::OtherNodes {
                what: "the other graph",
                ..
            })
        ));
    }
}
