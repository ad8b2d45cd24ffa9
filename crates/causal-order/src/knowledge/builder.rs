//! How statements are collected.

use causal_graph::Nodes;

use super::{Knowledge, Statements, Tier};
use crate::Result;

/// A node by its name or by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeReference {
    /// Its name.
    Name(String),
    /// Its number, from 0.
    Index(usize),
}

impl From<&str> for NodeReference {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for NodeReference {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<&String> for NodeReference {
    fn from(name: &String) -> Self {
        Self::Name(name.clone())
    }
}

impl From<usize> for NodeReference {
    fn from(node: usize) -> Self {
        Self::Index(node)
    }
}

type Pair = (NodeReference, NodeReference);

/// Collects statements; [`build`](Self::build) checks them together.
///
/// Nodes are given by name or by number.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_order::Knowledge;
///
/// let knowledge = Knowledge::builder(Nodes::numbered(3))
///     .closed_tier([0, 1])
///     .tier(["X2"])
///     .require_adjacency(2, 0)
///     .build()?;
/// assert!(!knowledge.may_join(0, 1));
/// // The tiers leave one direction only.
/// assert!(knowledge.requires(0, 2));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct KnowledgeBuilder {
    nodes: Nodes,
    tiers: Vec<(Vec<NodeReference>, bool)>,
    required_edges: Vec<Pair>,
    required_adjacencies: Vec<Pair>,
    forbidden_directions: Vec<Pair>,
    forbidden_adjacencies: Vec<Pair>,
}

impl KnowledgeBuilder {
    pub(super) fn new(nodes: Nodes) -> Self {
        Self {
            nodes,
            tiers: Vec::new(),
            required_edges: Vec::new(),
            required_adjacencies: Vec::new(),
            forbidden_directions: Vec::new(),
            forbidden_adjacencies: Vec::new(),
        }
    }

    /// The next tier: its nodes are no causes of those of the tiers before.
    pub fn tier<N: Into<NodeReference>>(mut self, nodes: impl IntoIterator<Item = N>) -> Self {
        self.tiers
            .push((nodes.into_iter().map(Into::into).collect(), false));
        self
    }

    /// The next tier, whose nodes are not joined to each other.
    pub fn closed_tier<N: Into<NodeReference>>(mut self, nodes: impl IntoIterator<Item = N>) -> Self {
        self.tiers
            .push((nodes.into_iter().map(Into::into).collect(), true));
        self
    }

    /// The edge from `from` to `to` is there.
    pub fn require(mut self, from: impl Into<NodeReference>, to: impl Into<NodeReference>) -> Self {
        self.required_edges.push((from.into(), to.into()));
        self
    }

    /// `a` and `b` are joined, in whatever direction.
    pub fn require_adjacency(mut self, a: impl Into<NodeReference>, b: impl Into<NodeReference>) -> Self {
        self.required_adjacencies.push((a.into(), b.into()));
        self
    }

    /// There is no edge from `from` to `to`; one from `to` to `from` is not excluded.
    pub fn forbid(mut self, from: impl Into<NodeReference>, to: impl Into<NodeReference>) -> Self {
        self.forbidden_directions.push((from.into(), to.into()));
        self
    }

    /// `a` and `b` are not joined.
    pub fn forbid_adjacency(mut self, a: impl Into<NodeReference>, b: impl Into<NodeReference>) -> Self {
        self.forbidden_adjacencies.push((a.into(), b.into()));
        self
    }

    /// The knowledge of all statements.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`](crate::Error::Graph) for an unknown node or an edge from a node to itself,
    /// [`Error::RepeatedTierNode`](crate::Error::RepeatedTierNode) for a node in two tiers,
    /// [`Error::ContradictoryKnowledge`](crate::Error::ContradictoryKnowledge) for statements that cannot all be true,
    /// and [`Error::KnowledgeCycle`](crate::Error::KnowledgeCycle) for required edges that close a cycle among
    /// themselves, or lead back from a later tier to an earlier one.
    ///
    /// # Complexity
    ///
    /// O(n²) for n nodes.
    pub fn build(self) -> Result<Knowledge> {
        let nodes = self.nodes;
        let tier = |(references, is_closed): (Vec<NodeReference>, bool)| -> Result<Tier> {
            Ok(Tier {
                nodes: references
                    .into_iter()
                    .map(|reference| resolve(&nodes, reference))
                    .collect::<Result<_>>()?,
                is_closed,
            })
        };
        let statements = Statements {
            tiers: self.tiers.into_iter().map(tier).collect::<Result<_>>()?,
            required_edges: resolve_pairs(&nodes, self.required_edges)?,
            required_adjacencies: resolve_pairs(&nodes, self.required_adjacencies)?,
            forbidden_directions: resolve_pairs(&nodes, self.forbidden_directions)?,
            forbidden_adjacencies: resolve_pairs(&nodes, self.forbidden_adjacencies)?,
        };
        Knowledge::from_statements(nodes, statements)
    }
}

fn resolve_pairs(nodes: &Nodes, pairs: Vec<Pair>) -> Result<Vec<(usize, usize)>> {
    pairs
        .into_iter()
        .map(|(a, b)| Ok((resolve(nodes, a)?, resolve(nodes, b)?)))
        .collect()
}

fn resolve(nodes: &Nodes, reference: NodeReference) -> Result<usize> {
    match reference {
        NodeReference::Name(name) => Ok(nodes.index(&name)?),
        NodeReference::Index(node) => {
            nodes.check(node)?;
            Ok(node)
        }
    }
}
