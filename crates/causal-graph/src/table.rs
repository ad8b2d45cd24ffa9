//! Tables of observations, a column for each node.

mod continuous;
mod discrete;

pub use continuous::ContinuousTable;
pub use discrete::DiscreteTable;

use crate::Nodes;

/// Observations whose columns are all of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Table {
    /// Real numbers.
    Continuous(ContinuousTable),
    /// States of finite sets.
    Discrete(DiscreteTable),
}

impl Table {
    /// The nodes, in the order of the columns.
    pub fn nodes(&self) -> &Nodes {
        match self {
            Self::Continuous(table) => table.nodes(),
            Self::Discrete(table) => table.nodes(),
        }
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Continuous(table) => table.n_rows(),
            Self::Discrete(table) => table.n_rows(),
        }
    }
}
