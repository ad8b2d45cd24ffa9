//! What an order says of two nodes.

use crate::{CausalOrder, LevelOrder, Nodes, PartialOrder};

/// What an order says of two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The first comes before the second.
    Before,
    /// The first comes after the second.
    After,
    /// They stand on the same level.
    Tied,
    /// The order does not place one of them.
    Unplaced,
}

/// An order of nodes, total or not.
pub trait Precedence {
    /// The nodes.
    fn nodes(&self) -> &Nodes;

    /// What the order says of two nodes of the graph.
    fn relation(&self, a: usize, b: usize) -> Relation;

    /// Whether the order places the node.
    fn places(&self, _node: usize) -> bool {
        true
    }
}

impl Precedence for CausalOrder {
    fn nodes(&self) -> &Nodes {
        self.nodes()
    }

    fn relation(&self, a: usize, b: usize) -> Relation {
        of_numbers(self.position(a), self.position(b))
    }
}

impl Precedence for LevelOrder {
    fn nodes(&self) -> &Nodes {
        self.nodes()
    }

    fn relation(&self, a: usize, b: usize) -> Relation {
        of_numbers(self.level(a), self.level(b))
    }
}

impl Precedence for PartialOrder {
    fn nodes(&self) -> &Nodes {
        self.nodes()
    }

    fn relation(&self, a: usize, b: usize) -> Relation {
        match (self.position(a), self.position(b)) {
            (Some(a), Some(b)) => of_numbers(a, b),
            _ => Relation::Unplaced,
        }
    }

    fn places(&self, node: usize) -> bool {
        self.position(node).is_some()
    }
}

fn of_numbers(a: usize, b: usize) -> Relation {
    match a.cmp(&b) {
        std::cmp::Ordering::Less => Relation::Before,
        std::cmp::Ordering::Greater => Relation::After,
        std::cmp::Ordering::Equal => Relation::Tied,
    }
}
