//! A graph while its file is read: names and edges with their places.

use std::collections::{HashMap, HashSet};

use super::Problem;
use super::cursor::Cursor;
use crate::{Dag, Error, Nodes, Pdag, Result};

/// The nodes and edges of a file in the order in which they come.
#[derive(Debug)]
pub(super) struct GraphDraft<'a> {
    source: Cursor<'a>,
    names: Vec<String>,
    index: HashMap<String, usize>,
    edges: Vec<DraftEdge>,
}

/// An edge and the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DraftEdge {
    /// The first node.
    pub(super) from: usize,
    /// The second.
    pub(super) to: usize,
    /// Whether it points from the first to the second.
    pub(super) is_directed: bool,
    /// The place in the text.
    pub(super) at: usize,
}

impl<'a> GraphDraft<'a> {
    /// Nothing yet of the text at hand.
    pub(super) fn new(source: &Cursor<'a>) -> Self {
        Self {
            source: source.clone(),
            names: Vec::new(),
            index: HashMap::new(),
            edges: Vec::new(),
        }
    }

    /// Edges from groups of nodes to groups, which are far more than their text, are joined up to here.
    pub(super) const MAX_EDGES: usize = 1 << 22;

    /// More nodes would need gigabytes, as a graph has bits for all pairs.
    pub(super) const MAX_NODES: usize = 1 << 15;

    /// The names so far.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Gives the nodes other names, unless two would be the same.
    pub(super) fn rename(&mut self, names: Vec<String>) {
        let index: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        if index.len() == self.names.len() {
            (self.names, self.index) = (names, index);
        }
    }

    /// The number of nodes so far.
    pub(super) fn n_nodes(&self) -> usize {
        self.names.len()
    }

    /// The edges so far.
    pub(super) fn edges(&self) -> &[DraftEdge] {
        &self.edges
    }

    /// The node of that name, new or not.
    pub(super) fn node(&mut self, name: &str) -> usize {
        if let Some(&node) = self.index.get(name) {
            return node;
        }
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// A node that must be new.
    pub(super) fn new_node(&mut self, name: &str, at: usize) -> Result<usize> {
        if self.index.contains_key(name) {
            return Err(self.graph_error(
                at,
                Error::RepeatedNode {
                    name: name.to_owned(),
                },
            ));
        }
        Ok(self.node(name))
    }

    /// A node that must be there already.
    pub(super) fn known_node(&self, name: &str, at: usize) -> Result<usize> {
        self.index.get(name).copied().ok_or_else(|| {
            let expected = self.names.clone();
            let name = name.to_owned();
            self.graph_error(at, Error::UnknownNode { name, expected })
        })
    }

    /// Adds an edge; whether the graph can have it is seen at the end.
    pub(super) fn edge(&mut self, from: usize, to: usize, is_directed: bool, at: usize) {
        self.edges.push(DraftEdge {
            from,
            to,
            is_directed,
            at,
        });
    }

    /// Takes out edges that say again what an earlier one says.
    pub(super) fn drop_repeated_edges(&mut self) {
        let mut seen = HashSet::new();
        self.edges.retain(|edge| {
            let (from, to) = if edge.is_directed || edge.from < edge.to {
                (edge.from, edge.to)
            } else {
                (edge.to, edge.from)
            };
            seen.insert((from, to, edge.is_directed))
        });
    }

    /// The graph.
    ///
    /// # Errors
    ///
    /// An edge from a node to itself or between nodes that are joined already, with its line.
    pub(super) fn into_pdag(self) -> Result<Pdag> {
        let mut pdag = Pdag::empty(self.nodes()?);
        for edge in &self.edges {
            let added = if edge.is_directed {
                pdag.add_directed(edge.from, edge.to)
            } else {
                pdag.add_undirected(edge.from, edge.to)
            };
            added.map_err(|problem| self.graph_error(edge.at, problem))?;
        }
        Ok(pdag)
    }

    /// The graph, if it is a DAG.
    ///
    /// # Errors
    ///
    /// Those of [`into_pdag`](Self::into_pdag); an edge without direction; a cycle, with the line of its last edge.
    pub(super) fn into_dag(self) -> Result<Dag> {
        let name = |node: usize| self.names[node].clone();
        if let Some(edge) = self.edges.iter().find(|edge| !edge.is_directed) {
            let (a, b) = (name(edge.from), name(edge.to));
            return Err(self.graph_error(edge.at, Error::Undirected { a, b }));
        }
        let nodes = self.nodes()?;
        let edges = self.edges.iter().map(|edge| (edge.from, edge.to));
        Dag::from_edges(nodes, edges).map_err(|problem| {
            let at = self.place_of(&problem);
            self.graph_error(at, problem)
        })
    }

    fn nodes(&self) -> Result<Nodes> {
        if self.n_nodes() > Self::MAX_NODES {
            let (got, limit) = (self.n_nodes(), Self::MAX_NODES);
            return Err(self.source.error(Problem::TooManyNodes { got, limit }));
        }
        Nodes::new(self.names.iter().cloned())
    }

    /// The place of the last edge that has to do with `problem`.
    fn place_of(&self, problem: &Error) -> usize {
        let node = |name: &String| self.index.get(name).copied();
        let pairs: Vec<(Option<usize>, Option<usize>)> = match problem {
            Error::SelfLoop { node: name } => vec![(node(name), node(name))],
            Error::RepeatedEdge { a, b } => vec![(node(a), node(b))],
            Error::Cycle { cycle } => (0..cycle.len())
                .map(|place| (node(&cycle[place]), node(&cycle[(place + 1) % cycle.len()])))
                .collect(),
            _ => Vec::new(),
        };
        let pairs: HashSet<_> = pairs.into_iter().collect();
        let concerned = self
            .edges
            .iter()
            .filter(|edge| pairs.contains(&(Some(edge.from), Some(edge.to))));
        concerned.map(|edge| edge.at).max().unwrap_or(0)
    }

    fn graph_error(&self, at: usize, problem: Error) -> Error {
        self.source.error_at(at, Problem::Graph(Box::new(problem)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(edges: &[(&str, &str, bool)]) -> GraphDraft<'static> {
        let mut draft = GraphDraft::new(&Cursor::new("\n\n\n\n", "test"));
        for (place, &(from, to, is_directed)) in edges.iter().enumerate() {
            let (from, to) = (draft.node(from), draft.node(to));
            draft.edge(from, to, is_directed, place);
        }
        draft
    }

    fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.expect_err("an error").to_string()
    }

    #[test]
    fn errors_have_the_line_of_the_edge() {
        let repeated = [("a", "b", true), ("c", "b", false), ("b", "a", false)];
        assert!(message(draft(&repeated).into_pdag()).starts_with("line 3: `b` and `a` are joined already"));
        let own = [("a", "b", true), ("b", "b", true)];
        assert!(message(draft(&own).into_pdag()).starts_with("line 2: edge from `b` to itself"));
        assert!(message(draft(&own).into_dag()).starts_with("line 2: edge from `b` to itself"));
        let undirected = [("a", "b", true), ("b", "c", false)];
        assert!(message(draft(&undirected).into_dag()).starts_with("line 2: the edge between `b` and `c`"));
        let cycle = [
            ("c", "a", true),
            ("a", "b", true),
            ("b", "c", true),
            ("b", "d", true),
        ];
        assert!(message(draft(&cycle).into_dag()).starts_with("line 3: the directed edges"));
        assert!(draft(&cycle).into_pdag().is_ok());
        let both = [("a", "b", true), ("b", "a", true)];
        assert!(message(draft(&both).into_dag()).starts_with("line 2: the directed edges"));
    }

    #[test]
    fn repeated_edges_can_be_dropped() {
        let mut draft = draft(&[
            ("a", "b", true),
            ("b", "c", false),
            ("c", "b", false),
            ("a", "b", true),
        ]);
        draft.drop_repeated_edges();
        let pdag = draft.into_pdag().expect("no edge twice");
        assert_eq!(pdag.n_edges(), 2);
    }
}
