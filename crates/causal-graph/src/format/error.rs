//! What can be wrong with a file.

use crate::Error;
use crate::error::list;

/// What is wrong with a file, and on which line.
///
/// # Examples
///
/// ```
/// use causal_graph::format::{FormatError, Problem, edge_list};
/// use causal_graph::Error;
///
/// let error = edge_list::read_dag("a -> b\nb -> c\nc -> a\n").expect_err("a cycle");
/// assert_eq!(
///     error.to_string(),
///     "line 3: the directed edges `a -> b -> c -> a` form a cycle: expected an acyclic graph"
/// );
/// assert!(matches!(error, Error::Format(FormatError { line: 3, problem: Problem::Graph(_), .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct FormatError {
    /// The format that was expected.
    pub format: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    #[source]
    pub problem: Problem,
}

/// What is wrong on a line of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text breaks off.
    #[error("the text ends: expected {expected}")]
    UnexpectedEnd {
        /// What should have come.
        expected: &'static str,
    },
    /// Something that may not stand there.
    #[error("unexpected `{found}`: expected {expected}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A string, comment or the like without its end.
    #[error("{what} has no end")]
    Unterminated {
        /// What has no end.
        what: &'static str,
    },
    /// Something that must be there and is not.
    #[error("{what} is missing")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// Something of which there may be one only.
    #[error("{what} is given twice")]
    Repeated {
        /// What is given twice.
        what: &'static str,
    },
    /// Lists within lists, more than any real file has.
    #[error("lists are nested deeper than {limit}")]
    TooDeep {
        /// The greatest depth.
        limit: usize,
    },
    /// Text that is no number, or a number that cannot stand there.
    #[error("`{text}` is not {expected}")]
    Number {
        /// The text.
        text: String,
        /// The numbers that can.
        expected: &'static str,
    },
    /// An edge that has no counterpart in a graph of directed and undirected edges.
    #[error("the edge `{edge}` is neither directed nor undirected: expected `a -> b` or `a -- b`")]
    EdgeKind {
        /// The edge as the file has it.
        edge: String,
    },
    /// More nodes than a graph is read with.
    #[error("the graph has {got} nodes: expected at most {limit}")]
    TooManyNodes {
        /// The number of nodes.
        got: usize,
        /// The greatest number.
        limit: usize,
    },
    /// More edges than a graph is read with.
    #[error("the graph has more than {limit} edges")]
    TooManyEdges {
        /// The greatest number.
        limit: usize,
    },
    /// Another number of states than announced.
    #[error("`{node}` has {got} states: expected {expected}, as in the brackets")]
    StateCount {
        /// The node.
        node: String,
        /// The number of states in the list.
        got: usize,
        /// The number in brackets.
        expected: usize,
    },
    /// A row of a probability table with too few or too many states.
    #[error("the row of `{node}` names {got} states: expected {expected}, one for each parent")]
    RowStates {
        /// The node whose table it is.
        node: String,
        /// The number of states.
        got: usize,
        /// The number of parents.
        expected: usize,
    },
    /// A row, or a table, of too few or too many probabilities.
    #[error("{got} probabilities of `{node}`: expected {expected}")]
    ProbabilityCount {
        /// The node whose table it is.
        node: String,
        /// How many there are.
        got: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Two tables for a node.
    #[error("`{node}` has two probability tables: expected one")]
    RepeatedTable {
        /// The node.
        node: String,
    },
    /// A node without a table.
    #[error("`{node}` has no probability table")]
    MissingTable {
        /// The node.
        node: String,
    },
    /// Two rows for the same states of the parents.
    #[error("the table of `{node}` has two rows for {}", list(row))]
    RepeatedRow {
        /// The node whose table it is.
        node: String,
        /// The states of the parents.
        row: Vec<String>,
    },
    /// No row for some states of the parents.
    #[error("the table of `{node}` has no row for {} and no default", list(row))]
    MissingRow {
        /// The node whose table it is.
        node: String,
        /// The states of the parents.
        row: Vec<String>,
    },
    /// A table whose default stands for more entries than can be held, with those of the tables before it.
    #[error(
        "the table of `{node}` has a default for too many entries: expected at most {limit} in all tables"
    )]
    TableLimit {
        /// The node whose table it is.
        node: String,
        /// The greatest number of entries.
        limit: usize,
    },
    /// XML that is not well formed.
    #[error("{0}")]
    Xml(#[source] quick_xml::Error),
    /// A table of observations that cannot be read.
    #[error(transparent)]
    Csv(#[from] super::csv::CsvProblem),
    /// A graph or network that cannot be: two nodes of one name, an unknown node, a cycle.
    #[error(transparent)]
    Graph(Box<Error>),
}
