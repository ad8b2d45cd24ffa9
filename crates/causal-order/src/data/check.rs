//! Which columns of a table cannot be used.

use causal_graph::Table;

/// Stub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnCheck {
    /// Constant columns.
    pub constant: Vec<usize>,
}

impl ColumnCheck {
    /// Stub.
    pub fn of(_table: &Table) -> Self {
        Self { constant: Vec::new() }
    }
}
