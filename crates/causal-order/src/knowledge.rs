//! What is known of a graph before the search.

use causal_graph::{CausalOrder, NodeSet, Nodes, Pdag};
use serde::{Deserialize, Serialize};

use crate::Result;

mod agreement;
mod builder;
mod consistency;
mod lists;
mod statement;

pub use builder::{KnowledgeBuilder, NodeReference};
pub use statement::Statement;

use lists::KnowledgeLists;

/// Background knowledge: tiers, required and forbidden edges.
///
/// | statement | meaning |
/// |---|---|
/// | tier | no edge leads from a node of a later tier to one of an earlier tier |
/// | closed tier | moreover its nodes are not joined to each other |
/// | required edge | the graph has it, in this direction |
/// | required adjacency | the two nodes are joined, in whatever direction |
/// | forbidden direction | the graph has no edge in this direction; the other is free |
/// | forbidden adjacency | the two nodes are not joined |
///
/// Nodes outside all tiers are free of them. What is built is consistent: at least one DAG agrees with all statements.
/// Contradictions, and cycles that required edges close among themselves or against the tiers, are errors that name the
/// statements.
///
/// Serde writes the statements by name.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_order::Knowledge;
///
/// let nodes = Nodes::new(["age", "smoke", "lung", "dysp"])?;
/// let knowledge = Knowledge::builder(nodes.clone())
///     .tier(["age"])
///     .tier(["smoke", "lung", "dysp"])
///     .require("smoke", "lung")
///     .forbid_adjacency("age", "dysp")
///     .build()?;
/// assert!(knowledge.may_direct(0, 1));
/// assert!(!knowledge.may_direct(1, 0));
/// assert!(!knowledge.may_join(0, 3));
/// assert_eq!(knowledge.required().collect::<Vec<_>>(), [(1, 2)]);
///
/// let contradiction = Knowledge::builder(nodes)
///     .tier(["smoke"])
///     .tier(["lung"])
///     .require("lung", "smoke")
///     .build();
/// assert_eq!(
///     contradiction.expect_err("an edge back in time").to_string(),
///     "`lung` -> `smoke` is required, but `smoke` is in an earlier tier than `lung`"
/// );
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "KnowledgeLists", into = "KnowledgeLists")]
pub struct Knowledge {
    nodes: Nodes,
    statements: Statements,
    tier_of: Vec<Option<usize>>,
    /// The children that a node may have.
    permitted: Vec<NodeSet>,
    /// The children that a node must have.
    required: Vec<NodeSet>,
    /// The nodes that a node must be joined to.
    required_adjacent: Vec<NodeSet>,
}

/// The statements as they were made, by node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Statements {
    tiers: Vec<Tier>,
    required_edges: Vec<(usize, usize)>,
    required_adjacencies: Vec<(usize, usize)>,
    forbidden_directions: Vec<(usize, usize)>,
    forbidden_adjacencies: Vec<(usize, usize)>,
}

/// Nodes of one time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tier {
    nodes: Vec<usize>,
    is_closed: bool,
}

impl Knowledge {
    /// No knowledge: every graph agrees with it.
    #[allow(clippy::missing_panics_doc, reason = "no statements contradict each other")]
    pub fn none(nodes: Nodes) -> Self {
        Self::from_statements(nodes, Statements::default()).expect("no statements contradict each other")
    }

    /// Begins to collect statements.
    pub fn builder(nodes: Nodes) -> KnowledgeBuilder {
        KnowledgeBuilder::new(nodes)
    }

    /// An order as knowledge: every node is a tier of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{CausalOrder, Nodes};
    /// use causal_order::Knowledge;
    ///
    /// let order = CausalOrder::new(Nodes::numbered(3), vec![2, 0, 1])?;
    /// let knowledge = Knowledge::from_order(&order);
    /// assert!(knowledge.may_direct(2, 1));
    /// assert!(!knowledge.may_direct(1, 0));
    /// # Ok::<(), causal_order::Error>(())
    /// ```
    #[allow(clippy::missing_panics_doc, reason = "tiers alone contradict nothing")]
    pub fn from_order(order: &CausalOrder) -> Self {
        let tiers = order.sequence().iter().map(|&node| Tier {
            nodes: vec![node],
            is_closed: false,
        });
        let statements = Statements {
            tiers: tiers.collect(),
            ..Statements::default()
        };
        Self::from_statements(order.nodes().clone(), statements).expect("tiers alone contradict nothing")
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.statements == Statements::default()
    }

    /// Whether an edge from `from` to `to` is possible.
    pub fn may_direct(&self, from: usize, to: usize) -> bool {
        self.permitted
            .get(from)
            .is_some_and(|children| children.contains(to))
    }

    /// Whether an edge between `a` and `b` is possible, in either direction.
    pub fn may_join(&self, a: usize, b: usize) -> bool {
        self.may_direct(a, b) || self.may_direct(b, a)
    }

    /// Whether the edge from `from` to `to` must be there: it is required, or the two must be joined and no other
    /// direction is possible.
    pub fn requires(&self, from: usize, to: usize) -> bool {
        self.required
            .get(from)
            .is_some_and(|children| children.contains(to))
    }

    /// Whether `a` and `b` must be joined, whether or not the direction is known.
    pub fn requires_join(&self, a: usize, b: usize) -> bool {
        self.required_adjacent
            .get(a)
            .is_some_and(|adjacent| adjacent.contains(b))
    }

    /// The edges that must be there, `(from, to)` in ascending order.
    pub fn required(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.required
            .iter()
            .enumerate()
            .flat_map(|(from, children)| children.iter().map(move |to| (from, to)))
    }

    /// The pairs `(a, b)`, `a < b`, that must be joined, in ascending order; those of [`required`](Self::required) too.
    pub fn required_joins(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.required_adjacent
            .iter()
            .enumerate()
            .flat_map(|(a, adjacent)| adjacent.iter().filter(move |&b| a < b).map(move |b| (a, b)))
    }

    /// The children that `node`, one of the graph, may have.
    pub fn permitted_children(&self, node: usize) -> &NodeSet {
        &self.permitted[node]
    }

    /// The tier of a node, from 0; `None` for a node outside all tiers.
    pub fn tier(&self, node: usize) -> Option<usize> {
        self.tier_of.get(node).copied().flatten()
    }

    /// Checks that a graph agrees with all statements: it has the required edges and adjacencies, none of the forbidden
    /// ones, and where only one direction is possible, the edge has it.
    ///
    /// # Errors
    ///
    /// [`Error::KnowledgeViolated`](crate::Error::KnowledgeViolated) with a statement that the graph contradicts,
    /// [`Error::Graph`](crate::Error::Graph) if the graph has other nodes.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    /// use causal_order::Knowledge;
    ///
    /// let nodes = Nodes::numbered(2);
    /// let knowledge = Knowledge::builder(nodes.clone()).forbid(1, 0).build()?;
    /// let mut graph = Pdag::from_edges(nodes, [], [(0, 1)])?;
    /// assert!(knowledge.check(&graph).is_err());
    /// assert_eq!(knowledge.orient_known(&mut graph)?, 1);
    /// knowledge.check(&graph)?;
    /// # Ok::<(), causal_order::Error>(())
    /// ```
    pub fn check(&self, graph: &Pdag) -> Result<()> {
        agreement::check(self, graph)
    }

    /// Directs the undirected edges of which only one direction is possible, and says how many they were.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`](crate::Error::Graph) if the graph has other nodes.
    pub fn orient_known(&self, graph: &mut Pdag) -> Result<usize> {
        agreement::orient_known(self, graph)
    }
}

#[cfg(test)]
mod tests;
