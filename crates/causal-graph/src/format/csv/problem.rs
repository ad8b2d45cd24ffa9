//! What can be wrong with a CSV file.

use crate::error::list;

/// What is wrong with a table of observations.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvProblem {
    /// A column without a name.
    #[error("column {column} has no name: expected the names of the columns on the first line")]
    Unnamed {
        /// The column, from 1.
        column: usize,
    },
    /// A first line that looks like the rows after it.
    #[error("the first line has numbers only: expected the names of the columns")]
    NoHeader,
    /// A table without rows.
    #[error("there are no rows after the names of the columns{}", dropped(*n_dropped))]
    NoRows {
        /// Rows that were dropped for their missing values.
        n_dropped: usize,
    },
    /// A row that is shorter or longer than the first line.
    #[error("the row has {got} cells: expected {expected}, as the first line")]
    Ragged {
        /// The number of cells.
        got: usize,
        /// The number of columns.
        expected: usize,
    },
    /// A cell of a continuous column that is no finite number.
    #[error("column `{column}`: `{text}` is not a finite number")]
    NotANumber {
        /// The name of the column.
        column: String,
        /// The cell.
        text: String,
    },
    /// Missing values in a table that must be complete.
    #[error(
        "{count} values are missing in {n_rows} rows, the first in column `{column}`: complete them or drop these rows"
    )]
    MissingValues {
        /// The number of missing values.
        count: usize,
        /// The number of rows with any.
        n_rows: usize,
        /// The column of the first.
        column: String,
    },
    /// Continuous and discrete columns in one table.
    #[error(
        "the columns {} are continuous, {} discrete: expected one kind, as no test or score takes both",
        list(continuous),
        list(discrete)
    )]
    Mixed {
        /// The continuous columns.
        continuous: Vec<String>,
        /// The discrete ones.
        discrete: Vec<String>,
    },
}

fn dropped(n_dropped: usize) -> String {
    match n_dropped {
        0 => String::new(),
        n => format!(" but {n} with missing values"),
    }
}
