//! Total orders.

use serde::{Deserialize, Serialize};

use crate::{Dag, Error, Nodes, Result};

/// A total order of all nodes: causes come before their effects.
///
/// # Examples
///
/// ```
/// use causal_graph::{CausalOrder, Nodes};
///
/// let order = CausalOrder::new(Nodes::numbered(3), vec![2, 0, 1])?;
/// assert_eq!(order.position(2), 0);
/// assert!(order.precedes(2, 1));
/// assert_eq!(order.predecessors(1), [2, 0]);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Sequence", into = "Sequence")]
pub struct CausalOrder {
    nodes: Nodes,
    sequence: Vec<usize>,
    positions: Vec<usize>,
}

/// How serde writes an order: all names of the graph, and their sequence.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequence {
    nodes: Nodes,
    order: Vec<String>,
}

impl CausalOrder {
    /// The order in which `sequence` names the nodes, first to last.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::NotAnOrder`] if a node is missing or comes twice.
    pub fn new(nodes: Nodes, sequence: Vec<usize>) -> Result<Self> {
        let mut positions = vec![usize::MAX; nodes.len()];
        for (position, &node) in sequence.iter().enumerate() {
            nodes.check(node)?;
            if positions[node] != usize::MAX {
                return Err(Error::NotAnOrder {
                    node: nodes.name(node).to_owned(),
                    times: 2,
                });
            }
            positions[node] = position;
        }
        if let Some(missing) = positions.iter().position(|&position| position == usize::MAX) {
            return Err(Error::NotAnOrder {
                node: nodes.name(missing).to_owned(),
                times: 0,
            });
        }
        Ok(Self {
            nodes,
            sequence,
            positions,
        })
    }

    /// The order of a sequence that is known to name each node once.
    pub(crate) fn of_permutation(nodes: Nodes, sequence: Vec<usize>) -> Self {
        let mut positions = vec![0; sequence.len()];
        for (position, &node) in sequence.iter().enumerate() {
            positions[node] = position;
        }
        Self {
            nodes,
            sequence,
            positions,
        }
    }

    /// [`new`](Self::new) with names.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownNode`], and those of [`new`](Self::new).
    pub fn from_names<'a>(nodes: Nodes, names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let sequence = names
            .into_iter()
            .map(|name| nodes.index(name))
            .collect::<Result<_>>()?;
        Self::new(nodes, sequence)
    }

    /// An order of the DAG: of all nodes that could come next, the least.
    pub fn of(dag: &Dag) -> Self {
        Self::of_permutation(dag.nodes().clone(), dag.topological_order())
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The nodes, first to last.
    pub fn sequence(&self) -> &[usize] {
        &self.sequence
    }

    /// The names, first to last.
    pub fn names(&self) -> Vec<&str> {
        self.sequence.iter().map(|&node| self.nodes.name(node)).collect()
    }

    /// The place of a node, from 0; the node is one of the graph.
    pub fn position(&self, node: usize) -> usize {
        self.positions[node]
    }

    /// Whether `a` comes before `b`.
    pub fn precedes(&self, a: usize, b: usize) -> bool {
        self.positions[a] < self.positions[b]
    }

    /// The nodes before `node`, first to last.
    pub fn predecessors(&self, node: usize) -> &[usize] {
        &self.sequence[..self.positions[node]]
    }
}

impl TryFrom<Sequence> for CausalOrder {
    type Error = Error;

    fn try_from(sequence: Sequence) -> Result<Self> {
        Self::from_names(sequence.nodes, sequence.order.iter().map(String::as_str))
    }
}

impl From<CausalOrder> for Sequence {
    fn from(order: CausalOrder) -> Self {
        Self {
            order: order.names().into_iter().map(str::to_owned).collect(),
            nodes: order.nodes,
        }
    }
}
