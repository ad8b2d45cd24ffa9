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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_in_the_order_given() -> Result<()> {
        let columns = vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]];
        let table = ContinuousTable::new(Nodes::numbered(2), columns)?;
        assert_eq!((table.n_rows(), table.n_columns()), (3, 2));
        let selected = table.select_rows(&[2, 0, 2, 2])?;
        assert_eq!(selected.column(0), [3.0, 1.0, 3.0, 3.0]);
        assert_eq!(selected.column(1), [6.0, 4.0, 6.0, 6.0]);
        assert_eq!(table.select_rows(&[])?.n_rows(), 0);
        assert!(matches!(
            table.select_rows(&[0, 3]),
            Err(Error::RowOutOfRange { row: 3, n_rows: 3 })
        ));
        Ok(())
    }

    #[test]
    fn columns_of_another_number_length_or_kind_are_errors() {
        let with = |columns| ContinuousTable::new(Nodes::numbered(2), columns);
        assert!(matches!(
            with(vec![vec![1.0]]),
            Err(Error::ColumnCount { got: 1, expected: 2 })
        ));
        assert!(matches!(
            with(vec![vec![1.0, 2.0], vec![1.0]]),
            Err(Error::ColumnLength { column, got: 1, expected: 2 }) if column == "X1"
        ));
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(
                with(vec![vec![1.0, 2.0], vec![1.0, value]]),
                Err(Error::NonFinite { column, row: 1, .. }) if column == "X1"
            ));
        }
        assert!(ContinuousTable::new(Nodes::numbered(0), Vec::new()).is_ok_and(|table| table.n_rows() == 0));
    }
}
