//! Tables of observations, a column for each node.

mod continuous;
mod discrete;

pub use continuous::ContinuousTable;
pub use discrete::DiscreteTable;

use crate::{Nodes, Result};

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

    /// The table of the given rows, in that order; a row may come several times.
    ///
    /// # Errors
    ///
    /// [`Error::RowOutOfRange`](crate::Error::RowOutOfRange).
    pub fn select_rows(&self, rows: &[usize]) -> Result<Self> {
        match self {
            Self::Continuous(table) => table.select_rows(rows).map(Self::Continuous),
            Self::Discrete(table) => table.select_rows(rows).map(Self::Discrete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_have_nodes_and_rows() -> crate::Result<()> {
        let nodes = Nodes::numbered(1);
        let states = vec![vec!["no".to_owned(), "yes".to_owned()]];
        let discrete = DiscreteTable::new(nodes.clone(), states, vec![vec![0, 1, 1]])?;
        let continuous = ContinuousTable::new(nodes.clone(), vec![vec![0.5, 1.5, 2.5]])?;
        for table in [Table::Discrete(discrete), Table::Continuous(continuous)] {
            assert_eq!(table.nodes(), &nodes);
            assert_eq!(table.n_rows(), 3);
        }
        Ok(())
    }
}
