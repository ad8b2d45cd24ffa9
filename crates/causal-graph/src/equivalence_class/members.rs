//! The members of an equivalence class one after the other.

use crate::meek::close;
use crate::{Dag, NodeSet, Pdag};

/// The DAGs that a partially directed graph stands for: see [`Pdag::consistent_extensions`].
#[derive(Debug, Clone)]
pub struct ConsistentExtensions {
    adjacent: Vec<NodeSet>,
    /// Maximally oriented graphs, no two with a DAG in common; the next one last.
    open: Vec<Pdag>,
}

impl ConsistentExtensions {
    /// Of a maximally oriented graph.
    pub(super) fn new(oriented: Pdag) -> Self {
        Self {
            adjacent: oriented.adjacency(),
            open: vec![oriented],
        }
    }

    /// Whether none is left.
    pub fn is_finished(&self) -> bool {
        self.open.is_empty()
    }
}

impl Iterator for ConsistentExtensions {
    type Item = Dag;

    fn next(&mut self) -> Option<Dag> {
        let mut graph = self.open.pop()?;
        // Both directions of an edge that the rules leave undirected occur, so that no branch is in vain.
        while let Some((a, b)) = first_undirected(&graph) {
            let mut other = graph.clone();
            for (graph, from, to) in [(&mut graph, a, b), (&mut other, b, a)] {
                graph.direct(from, to);
                close(graph, &self.adjacent, vec![(from, to)]);
            }
            self.open.push(other);
        }
        Some(graph.to_dag().expect("the rules leave no cycle"))
    }
}

fn first_undirected(graph: &Pdag) -> Option<(usize, usize)> {
    graph.undirected_edges().next()
}
