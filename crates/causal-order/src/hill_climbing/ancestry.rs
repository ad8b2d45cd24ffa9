//! A DAG that knows all ancestors while its edges change.

use causal_graph::{Dag, NodeSet};

/// Parents and ancestors of each node.
#[derive(Debug, Clone)]
pub(crate) struct Ancestry {
    parents: Vec<NodeSet>,
    children: Vec<NodeSet>,
    ancestors: Vec<NodeSet>,
}

impl Ancestry {
    /// That of a graph.
    pub(crate) fn of(dag: &Dag) -> Self {
        let n = dag.n_nodes();
        let mut ancestors = vec![NodeSet::new(n); n];
        for node in dag.topological_order() {
            ancestors[node] = above(dag.parents(node), &ancestors);
        }
        Self {
            parents: (0..n).map(|node| dag.parents(node).clone()).collect(),
            children: (0..n).map(|node| dag.children(node).clone()).collect(),
            ancestors,
        }
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.parents.len()
    }

    pub(crate) fn parents(&self, node: usize) -> &NodeSet {
        &self.parents[node]
    }

    pub(crate) fn has_edge(&self, from: usize, to: usize) -> bool {
        self.parents[to].contains(from)
    }

    /// Whether an edge from `from` to `to`, which are not joined, closes no cycle.
    pub(crate) fn can_add(&self, from: usize, to: usize) -> bool {
        !self.ancestors[from].contains(to)
    }

    /// Whether the edge from `from` to `to` can be turned: no other path leads from the one to the other.
    pub(crate) fn can_reverse(&self, from: usize, to: usize) -> bool {
        self.children[from]
            .iter()
            .all(|child| child == to || !self.ancestors[to].contains(child))
    }

    /// Adds an edge that closes no cycle.
    ///
    /// # Complexity
    ///
    /// O(p² / 64) for p nodes.
    pub(crate) fn add(&mut self, from: usize, to: usize) {
        self.parents[to].insert(from);
        self.children[from].insert(to);
        let mut gained = self.ancestors[from].clone();
        gained.insert(from);
        for node in 0..self.n_nodes() {
            if node == to || self.ancestors[node].contains(to) {
                self.ancestors[node].union_with(&gained);
            }
        }
    }

    /// Takes an edge out.
    ///
    /// # Complexity
    ///
    /// O((p + m) p / 64) for m edges below the edge.
    pub(crate) fn remove(&mut self, from: usize, to: usize) {
        self.parents[to].remove(from);
        self.children[from].remove(to);
        let is_below = |node: &usize| *node == to || self.ancestors[*node].contains(to);
        let mut below: Vec<usize> = (0..self.n_nodes()).filter(is_below).collect();
        // A node has more ancestors than each of them.
        below.sort_by_cached_key(|&node| self.ancestors[node].len());
        for node in below {
            self.ancestors[node] = above(&self.parents[node], &self.ancestors);
        }
    }

    /// The edges as `(from, to)`.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.children
            .iter()
            .enumerate()
            .flat_map(|(from, children)| children.iter().map(move |to| (from, to)))
    }
}

/// The parents and their ancestors.
fn above(parents: &NodeSet, ancestors: &[NodeSet]) -> NodeSet {
    let mut above = parents.clone();
    for parent in parents.iter() {
        above.union_with(&ancestors[parent]);
    }
    above
}

#[cfg(test)]
mod tests {
    use causal_graph::Nodes;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ancestors_are_those_of_the_graph(changes in prop::collection::vec((0_usize..9, 0_usize..9), 1..60)) {
            let mut ancestry = Ancestry::of(&Dag::empty(Nodes::numbered(9)));
            for (from, to) in changes {
                if from == to {
                    continue;
                }
                if ancestry.has_edge(from, to) {
                    ancestry.remove(from, to);
                } else if ancestry.can_add(from, to) && !ancestry.has_edge(to, from) {
                    ancestry.add(from, to);
                }
                let dag = Dag::from_edges(Nodes::numbered(9), ancestry.edges()).expect("acyclic");
                for node in 0..9 {
                    prop_assert_eq!(&ancestry.ancestors[node], &dag.ancestors(node));
                }
                for (from, to) in ancestry.edges() {
                    let turned = dag.edges().filter(|&edge| edge != (from, to)).chain([(to, from)]);
                    let is_acyclic = Dag::from_edges(Nodes::numbered(9), turned).is_ok();
                    prop_assert_eq!(ancestry.can_reverse(from, to), is_acyclic);
                }
            }
        }
    }
}
