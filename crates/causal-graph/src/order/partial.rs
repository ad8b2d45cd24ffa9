//! Orders that leave nodes out.

use serde::{Deserialize, Serialize};

use crate::{CausalOrder, Error, Nodes, Result};

/// An order of some of the nodes; the others it does not place.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, PartialOrder};
///
/// let order = PartialOrder::new(Nodes::numbered(4), vec![2, 0])?;
/// assert_eq!(order.position(0), Some(1));
/// assert_eq!(order.position(1), None);
/// assert_eq!(order.unplaced().collect::<Vec<_>>(), [1, 3]);
/// assert_eq!(order.coverage(), 0.5);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Sequence", into = "Sequence")]
pub struct PartialOrder {
    nodes: Nodes,
    sequence: Vec<usize>,
    positions: Vec<Option<usize>>,
}

/// How serde writes an order: all names of the graph, and the sequence of those placed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequence {
    nodes: Nodes,
    order: Vec<String>,
}

impl PartialOrder {
    /// The order in which `sequence` names some of the nodes, first to last.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::NotAnOrder`] if a node comes twice.
    pub fn new(nodes: Nodes, sequence: Vec<usize>) -> Result<Self> {
        let mut positions = vec![None; nodes.len()];
        for (position, &node) in sequence.iter().enumerate() {
            nodes.check(node)?;
            if positions[node].replace(position).is_some() {
                return Err(Error::NotAnOrder {
                    node: nodes.name(node).to_owned(),
                    times: 2,
                });
            }
        }
        Ok(Self {
            nodes,
            sequence,
            positions,
        })
    }

    /// The nodes of the graph.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The placed nodes, first to last.
    pub fn sequence(&self) -> &[usize] {
        &self.sequence
    }

    /// The place of a node of the graph, from 0, if it has one.
    pub fn position(&self, node: usize) -> Option<usize> {
        self.positions[node]
    }

    /// The nodes without a place, in ascending order.
    pub fn unplaced(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|&node| self.positions[node].is_none())
    }

    /// The share of the nodes that have a place; 1 if there are no nodes.
    pub fn coverage(&self) -> f64 {
        if self.nodes.is_empty() {
            return 1.0;
        }
        self.sequence.len() as f64 / self.nodes.len() as f64
    }

    /// The same order as a total one, if it places every node.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnOrder`] with a node that it does not place.
    pub fn to_total(&self) -> Result<CausalOrder> {
        CausalOrder::new(self.nodes.clone(), self.sequence.clone())
    }
}

impl From<&CausalOrder> for PartialOrder {
    fn from(order: &CausalOrder) -> Self {
        Self::new(order.nodes().clone(), order.sequence().to_vec())
            .expect("a total order names each node once")
    }
}

impl TryFrom<Sequence> for PartialOrder {
    type Error = Error;

    fn try_from(sequence: Sequence) -> Result<Self> {
        let order = sequence
            .order
            .iter()
            .map(|name| sequence.nodes.index(name))
            .collect::<Result<_>>()?;
        Self::new(sequence.nodes, order)
    }
}

impl From<PartialOrder> for Sequence {
    fn from(order: PartialOrder) -> Self {
        Self {
            order: order
                .sequence
                .iter()
                .map(|&node| order.nodes.name(node).to_owned())
                .collect(),
            nodes: order.nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_may_be_missing_but_not_come_twice() -> Result<()> {
        let nodes = Nodes::numbered(3);
        let order = PartialOrder::new(nodes.clone(), vec![1])?;
        assert!(matches!(
            order.to_total(),
            Err(Error::NotAnOrder { times: 0, .. })
        ));
        let error = PartialOrder::new(nodes.clone(), vec![1, 1]).expect_err("twice");
        assert_eq!(
            error.to_string(),
            "`X1` comes 2 times in the order: expected every node once"
        );
        assert!(PartialOrder::new(nodes, vec![3]).is_err());
        Ok(())
    }

    #[test]
    fn a_total_order_goes_there_and_back() -> Result<()> {
        let total = CausalOrder::new(Nodes::numbered(3), vec![2, 0, 1])?;
        assert_eq!(PartialOrder::from(&total).to_total()?, total);
        Ok(())
    }

    #[test]
    fn serde_writes_names() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let order = PartialOrder::new(Nodes::new(["a", "b"])?, vec![1])?;
        let text = serde_json::to_string(&order)?;
        assert_eq!(text, r#"{"nodes":["a","b"],"order":["b"]}"#);
        assert_eq!(serde_json::from_str::<PartialOrder>(&text)?, order);
        assert!(serde_json::from_str::<PartialOrder>(r#"{"nodes":["a"],"order":["c"]}"#).is_err());
        Ok(())
    }
}
