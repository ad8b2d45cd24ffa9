//! Tables of real numbers.

use crate::{Error, Nodes, Result};

/// Observations of real variables, a contiguous column for each node.
#[derive(Debug, Clone, PartialEq)]
pub struct ContinuousTable {
    nodes: Nodes,
    columns: Vec<Vec<f64>>,
    n_rows: usize,
}

impl ContinuousTable {
    /// A table of these columns, one for each node.
    ///
    /// # Errors
    ///
    /// [`Error::ColumnCount`], [`Error::ColumnLength`] and [`Error::NonFinite`].
    pub fn new(nodes: Nodes, columns: Vec<Vec<f64>>) -> Result<Self> {
        let n_rows = super::discrete::check_lengths(&nodes, &columns)?;
        for (node, column) in columns.iter().enumerate() {
            if let Some(row) = column.iter().position(|value| !value.is_finite()) {
                return Err(Error::NonFinite {
                    column: nodes.name(node).to_owned(),
                    row,
                    value: column[row],
                });
            }
        }
        Ok(Self {
            nodes,
            columns,
            n_rows,
        })
    }

    /// The nodes, in the order of the columns.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// The values of a node, which is below [`n_columns`](Self::n_columns).
    pub fn column(&self, node: usize) -> &[f64] {
        &self.columns[node]
    }

    /// The table of the given rows, in that order; a row may come several times.
    ///
    /// # Errors
    ///
    /// [`Error::RowOutOfRange`].
    pub fn select_rows(&self, rows: &[usize]) -> Result<Self> {
        super::discrete::check_rows(rows, self.n_rows)?;
        Ok(Self {
            nodes: self.nodes.clone(),
            columns: self
                .columns
                .iter()
                .map(|column| rows.iter().map(|&row| column[row]).collect())
                .collect(),
            n_rows: rows.len(),
        })
    }
}
