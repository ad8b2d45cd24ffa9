//! What can go wrong with graphs, networks and their files.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate: each variant says what was wrong, where, and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for the work to stop.
    #[error(transparent)]
    Cancelled(#[from] run_control::Cancelled),
    /// Two nodes of one name.
    #[error("node `{name}` is given twice: expected distinct names")]
    RepeatedNode {
        /// The name.
        name: String,
    },
    /// A name that no node has.
    #[error("there is no node `{name}`: expected one of {expected}", expected = list(expected))]
    UnknownNode {
        /// The name.
        name: String,
        /// The names of the graph.
        expected: Vec<String>,
    },
    /// An index beyond the last node.
    #[error("node {index} does not exist: the graph has {n_nodes} nodes, numbered from 0")]
    NodeOutOfRange {
        /// The index.
        index: usize,
        /// The number of nodes.
        n_nodes: usize,
    },
    /// An edge from a node to itself.
    #[error("edge from `{node}` to itself: expected two different nodes")]
    SelfLoop {
        /// The node.
        node: String,
    },
    /// A second edge between two nodes.
    #[error("`{a}` and `{b}` are joined already: expected at most one edge between two nodes")]
    RepeatedEdge {
        /// The node that the new edge starts at.
        a: String,
        /// The other.
        b: String,
    },
    /// Directed edges that come back to where they started.
    #[error("the directed edges {} form a cycle: expected an acyclic graph", path(cycle))]
    Cycle {
        /// The nodes along the cycle, each once.
        cycle: Vec<String>,
    },
    /// An undirected edge where all must be directed.
    #[error("the edge between `{a}` and `{b}` has no direction: expected directed edges only")]
    Undirected {
        /// The one node.
        a: String,
        /// The other.
        b: String,
    },
    /// A sequence that is not an order of all nodes.
    #[error("`{node}` comes {times} times in the order: expected every node once")]
    NotAnOrder {
        /// The node.
        node: String,
        /// How often it comes.
        times: usize,
    },
    /// Columns, or lists of states, that are not one for each node.
    #[error("there are {got} columns: expected {expected}, one for each node")]
    ColumnCount {
        /// The number of columns.
        got: usize,
        /// The number of nodes.
        expected: usize,
    },
    /// Columns of different lengths.
    #[error("column `{column}` has {got} rows: expected {expected}, as the first column")]
    ColumnLength {
        /// The name of the column.
        column: String,
        /// Its length.
        got: usize,
        /// The length of the first.
        expected: usize,
    },
    /// A value that is no real number.
    #[error("column `{column}`, row {row}: {value} is not finite")]
    NonFinite {
        /// The name of the column.
        column: String,
        /// The row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A code that no state has.
    #[error(
        "column `{column}`, row {row}: state {code} does not exist, there are {n_states}, numbered from 0"
    )]
    StateOutOfRange {
        /// The name of the column.
        column: String,
        /// The row, from 0.
        row: usize,
        /// The code.
        code: u16,
        /// The number of states.
        n_states: usize,
    },
    /// Two states of one name.
    #[error("state `{state}` of `{node}` is given twice: expected distinct names")]
    RepeatedState {
        /// The node.
        node: String,
        /// The name of the state.
        state: String,
    },
    /// A row that a table does not have.
    #[error("row {row} does not exist: the table has {n_rows} rows, numbered from 0")]
    RowOutOfRange {
        /// The row.
        row: usize,
        /// The number of rows.
        n_rows: usize,
    },
    /// Graphs, orders or tables over other nodes than expected.
    #[error("{what} is over the nodes {got}: expected {expected}", got = list(got), expected = list(expected))]
    OtherNodes {
        /// The caller's name for the object.
        what: &'static str,
        /// Its nodes.
        got: Vec<String>,
        /// The nodes it should have.
        expected: Vec<String>,
    },
}

/// Names that an error message shows before it only counts.
const SHOWN: usize = 8;

/// `a, b, c`, cut off after the first few.
pub(crate) fn list(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0 => "none".to_owned(),
        n if n > SHOWN => format!("{shown} and {} more", n - SHOWN),
        _ => shown,
    }
}

/// `a -> b -> a`, cut off after the first few.
fn path(cycle: &[String]) -> String {
    let Some(first) = cycle.first() else {
        return String::new();
    };
    let shown: Vec<&str> = cycle.iter().take(SHOWN).map(String::as_str).collect();
    let gap = if cycle.len() > SHOWN { " -> ..." } else { "" };
    format!("`{}{gap} -> {first}`", shown.join(" -> "))
}
