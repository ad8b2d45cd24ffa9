//! Graphs whose nodes have identifiers, and perhaps names beside them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::Problem;
use super::cursor::Cursor;
use super::draft::GraphDraft;
use crate::{Error, Result};

/// The nodes and edges of a file, not yet joined: an edge may come before its nodes.
#[derive(Debug)]
pub(super) struct IdentifiedGraph<'a> {
    nodes: Vec<IdentifiedNode<'a>>,
    edges: Vec<IdentifiedEdge<'a>>,
}

/// A node as the file has it.
#[derive(Debug, Default)]
pub(super) struct IdentifiedNode<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) label: Option<Cow<'a, str>>,
    pub(super) at: usize,
}

/// An edge as the file has it, its nodes by identifier.
#[derive(Debug)]
pub(super) struct IdentifiedEdge<'a> {
    pub(super) from: Cow<'a, str>,
    pub(super) to: Cow<'a, str>,
    pub(super) is_directed: bool,
    pub(super) at: usize,
}

/// What becomes of names, or labels, of which two are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RepeatedNames {
    /// They are passed over: the identifiers are names as well.
    UseIdentifiers,
    /// They are an error: the identifiers are numbers.
    Refuse,
}

impl<'a> IdentifiedGraph<'a> {
    pub(super) fn new() -> Self {
        let (nodes, edges) = (Vec::new(), Vec::new());
        Self { nodes, edges }
    }

    pub(super) fn add_node(&mut self, node: IdentifiedNode<'a>) {
        self.nodes.push(node);
    }

    pub(super) fn add_edge(&mut self, edge: IdentifiedEdge<'a>) {
        self.edges.push(edge);
    }

    /// The same with names in place of identifiers: the names, where all nodes have one, else the labels, else the
    /// identifiers.
    pub(super) fn into_draft<'t>(
        self,
        source: &Cursor<'t>,
        repeated: RepeatedNames,
    ) -> Result<GraphDraft<'t>> {
        let mut draft = GraphDraft::new(source);
        let mut index = HashMap::with_capacity(self.nodes.len());
        for (place, node) in self.nodes.iter().enumerate() {
            if index.insert(node.id.as_ref(), place).is_some() {
                let name = node.id.to_string();
                return Err(source.error_at(node.at, Problem::Graph(Box::new(Error::RepeatedNode { name }))));
            }
        }
        for (node, name) in self.nodes.iter().zip(self.names(repeated)) {
            draft.new_node(name, node.at)?;
        }
        let find = |id: &Cow<'_, str>, at: usize| {
            index.get(id.as_ref()).copied().ok_or_else(|| {
                let name = id.to_string();
                let expected = self.nodes.iter().map(|node| node.id.to_string()).collect();
                source.error_at(
                    at,
                    Problem::Graph(Box::new(Error::UnknownNode { name, expected })),
                )
            })
        };
        for edge in &self.edges {
            let (from, to) = (find(&edge.from, edge.at)?, find(&edge.to, edge.at)?);
            draft.edge(from, to, edge.is_directed, edge.at);
        }
        Ok(draft)
    }

    fn names(&self, repeated: RepeatedNames) -> Vec<&str> {
        let are_fit = |names: &Vec<&str>| {
            let distinct: HashSet<_> = names.iter().collect();
            repeated == RepeatedNames::Refuse || distinct.len() == names.len()
        };
        let names: Option<Vec<&str>> = self.nodes.iter().map(|node| node.name.as_deref()).collect();
        let labels: Option<Vec<&str>> = self.nodes.iter().map(|node| node.label.as_deref()).collect();
        names
            .filter(are_fit)
            .or_else(|| labels.filter(are_fit))
            .unwrap_or_else(|| self.nodes.iter().map(|node| node.id.as_ref()).collect())
    }
}
