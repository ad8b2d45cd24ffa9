//! The members of an equivalence class one after the other.

use crate::meek::close;
use crate::{Dag, NodeSet, Pdag};

/// The DAGs that a partially directed graph stands for: see [`Pdag::consistent_extensions`].
#[derive(Debug, Clone)]
pub struct ConsistentExtensions {
    graph: Pdag,
    adjacent: Vec<NodeSet>,
    /// The edges to direct, from the lesser node to the greater.
    edges: Vec<(usize, usize)>,
    /// What is directed already, in this order.
    directed: Vec<(usize, usize)>,
    /// Edges that can still be turned around: their places in `edges`, and the length of `directed` before them.
    choices: Vec<(usize, usize)>,
    is_started: bool,
}

impl ConsistentExtensions {
    /// Of a maximally oriented graph.
    pub(super) fn new(oriented: Pdag) -> Self {
        Self {
            adjacent: oriented.adjacency(),
            edges: oriented.undirected_edges().collect(),
            graph: oriented,
            directed: Vec::new(),
            choices: Vec::new(),
            is_started: false,
        }
    }

    /// Whether none is left.
    pub fn is_finished(&self) -> bool {
        self.is_started && self.choices.is_empty()
    }

    fn direct(&mut self, from: usize, to: usize) {
        self.graph.direct(from, to);
        self.directed.push((from, to));
        self.directed
            .extend(close(&mut self.graph, &self.adjacent, vec![(from, to)]));
    }

    /// Turns the last edge around that can be, and gives the place behind it.
    fn turn(&mut self) -> Option<usize> {
        let (place, n_directed) = self.choices.pop()?;
        for (from, to) in self.directed.drain(n_directed..) {
            self.graph.undirect(from, to);
        }
        let (lesser, greater) = self.edges[place];
        self.direct(greater, lesser);
        Some(place + 1)
    }
}

impl Iterator for ConsistentExtensions {
    type Item = Dag;

    fn next(&mut self) -> Option<Dag> {
        let first = if self.is_started { self.turn()? } else { 0 };
        self.is_started = true;
        // Both directions of an edge that the rules leave undirected occur, so that no choice is in vain.
        for place in first..self.edges.len() {
            let (lesser, greater) = self.edges[place];
            if self.graph.has_undirected(lesser, greater) {
                self.choices.push((place, self.directed.len()));
                self.direct(lesser, greater);
            }
        }
        Some(self.graph.to_dag().expect("the rules leave no cycle"))
    }
}
