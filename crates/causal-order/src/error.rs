//! What can go wrong in discovery.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate: each variant says what was wrong, where, and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A graph, an order or a table was refused.
    #[error(transparent)]
    Graph(#[from] causal_graph::Error),
    /// The caller asked for the work to stop.
    #[error(transparent)]
    Cancelled(#[from] run_control::Cancelled),
    /// libtorch refused an operation.
    #[cfg(feature = "torch")]
    #[error(transparent)]
    Core(#[from] tensor_core::Error),
    /// A parameter outside its range.
    #[error("{name} is {value}: expected {expected}")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The range.
        expected: &'static str,
    },
    /// A column that never changes.
    #[error("column `{column}` is constant: a test or score cannot use it; leave it out")]
    ConstantColumn {
        /// The name of the column.
        column: String,
    },
    /// Columns that are linear functions of one another.
    #[error("column `{column}` is a linear function of {of}: leave one of them out", of = of.join(", "))]
    CollinearColumns {
        /// The column that adds nothing.
        column: String,
        /// The columns that determine it.
        of: Vec<String>,
    },
    /// Too few rows for the work.
    #[error("there are {got} rows: expected at least {expected} for {purpose}")]
    TooFewRows {
        /// The number of rows.
        got: usize,
        /// The least number.
        expected: usize,
        /// What needs them.
        purpose: &'static str,
    },
}
