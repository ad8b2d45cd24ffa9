//! Tables of states.

use crate::{Error, Nodes, Result};

/// Observations of variables with finitely many states, a contiguous column of codes for each node.
///
/// The code of a state is its place among the states of its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscreteTable {
    nodes: Nodes,
    states: Vec<Vec<String>>,
    columns: Vec<Vec<u16>>,
    n_rows: usize,
}

impl DiscreteTable {
    /// A table of these columns of codes, one for each node, and the names of the states of each node.
    ///
    /// # Errors
    ///
    /// [`Error::ColumnCount`], [`Error::ColumnLength`], [`Error::StateOutOfRange`], [`Error::RepeatedState`].
    pub fn new(nodes: Nodes, states: Vec<Vec<String>>, columns: Vec<Vec<u16>>) -> Result<Self> {
        let n_rows = check_lengths(&nodes, &columns)?;
        if states.len() != nodes.len() {
            return Err(Error::ColumnCount {
                got: states.len(),
                expected: nodes.len(),
            });
        }
        for (node, column) in columns.iter().enumerate() {
            let mut seen = std::collections::HashSet::new();
            if let Some(state) = states[node].iter().find(|state| !seen.insert(state.as_str())) {
                return Err(Error::RepeatedState {
                    node: nodes.name(node).to_owned(),
                    state: state.clone(),
                });
            }
            let n_states = states[node].len();
            if let Some(row) = column.iter().position(|&code| usize::from(code) >= n_states) {
                return Err(Error::StateOutOfRange {
                    column: nodes.name(node).to_owned(),
                    row,
                    code: column[row],
                    n_states,
                });
            }
        }
        Ok(Self {
            nodes,
            states,
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

    /// The codes of a node, which is below [`n_columns`](Self::n_columns).
    pub fn column(&self, node: usize) -> &[u16] {
        &self.columns[node]
    }

    /// The names of the states of a node.
    pub fn states(&self, node: usize) -> &[String] {
        &self.states[node]
    }

    /// The number of states of a node, observed or not.
    pub fn n_states(&self, node: usize) -> usize {
        self.states[node].len()
    }

    /// The table of the given rows, in that order; a row may come several times. States stay as they are.
    ///
    /// # Errors
    ///
    /// [`Error::RowOutOfRange`].
    pub fn select_rows(&self, rows: &[usize]) -> Result<Self> {
        check_rows(rows, self.n_rows)?;
        Ok(Self {
            nodes: self.nodes.clone(),
            states: self.states.clone(),
            columns: self
                .columns
                .iter()
                .map(|column| rows.iter().map(|&row| column[row]).collect())
                .collect(),
            n_rows: rows.len(),
        })
    }
}

/// The common length of the columns, of which there is one for each node.
pub(super) fn check_lengths<T>(nodes: &Nodes, columns: &[Vec<T>]) -> Result<usize> {
    if columns.len() != nodes.len() {
        return Err(Error::ColumnCount {
            got: columns.len(),
            expected: nodes.len(),
        });
    }
    let n_rows = columns.first().map_or(0, Vec::len);
    match columns.iter().position(|column| column.len() != n_rows) {
        None => Ok(n_rows),
        Some(node) => Err(Error::ColumnLength {
            column: nodes.name(node).to_owned(),
            got: columns[node].len(),
            expected: n_rows,
        }),
    }
}

/// Checks that every row exists.
pub(super) fn check_rows(rows: &[usize], n_rows: usize) -> Result<()> {
    match rows.iter().find(|&&row| row >= n_rows) {
        None => Ok(()),
        Some(&row) => Err(Error::RowOutOfRange { row, n_rows }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(names: &[&[&str]]) -> Vec<Vec<String>> {
        names
            .iter()
            .map(|names| names.iter().map(|&name| name.to_owned()).collect())
            .collect()
    }

    #[test]
    fn states_stay_when_rows_are_selected() -> Result<()> {
        let names = states(&[&["no", "yes"], &["low", "medium", "high"]]);
        let table = DiscreteTable::new(Nodes::numbered(2), names, vec![vec![0, 1, 1], vec![2, 0, 2]])?;
        let selected = table.select_rows(&[1, 1])?;
        assert_eq!(selected.column(1), [0, 0]);
        assert_eq!(selected.states(1), ["low", "medium", "high"]);
        assert_eq!(
            (selected.n_rows(), selected.n_columns(), selected.n_states(0)),
            (2, 2, 2)
        );
        assert!(matches!(
            table.select_rows(&[3]),
            Err(Error::RowOutOfRange { row: 3, n_rows: 3 })
        ));
        Ok(())
    }

    #[test]
    fn codes_and_states_that_do_not_fit_are_errors() {
        let with =
            |names: &[&[&str]], columns| DiscreteTable::new(Nodes::numbered(2), states(names), columns);
        let two: &[&str] = &["no", "yes"];
        assert!(matches!(
            with(&[two, two], vec![vec![0, 1], vec![0, 2]]),
            Err(Error::StateOutOfRange { column, row: 1, code: 2, n_states: 2 }) if column == "X1"
        ));
        assert!(matches!(
            with(&[two, &["no", "no"]], vec![vec![0], vec![0]]),
            Err(Error::RepeatedState { node, state }) if (node.as_str(), state.as_str()) == ("X1", "no")
        ));
        assert!(matches!(
            with(&[two], vec![vec![0], vec![0]]),
            Err(Error::ColumnCount { got: 1, expected: 2 })
        ));
        assert!(matches!(
            with(&[two, two], vec![vec![0], vec![]]),
            Err(Error::ColumnLength {
                got: 0,
                expected: 1,
                ..
            })
        ));
    }
}
