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
    /// A file that cannot be read, or a graph that a format cannot hold.
    #[error(transparent)]
    Format(#[from] crate::format::FormatError),
    /// The extension of a file that stands for no format.
    #[error(
        "files of the extension `{extension}` are of no known format: expected bif, dot, gv, dagitty, gml, graphml, xml, json, \
         txt, csv, tsv, edges, edgelist or model"
    )]
    UnknownFormat {
        /// The extension, in lower case.
        extension: String,
    },
    /// A network is wanted of a format that holds graphs, or a graph is to be written as a network.
    #[error("{format:?} holds {holds}: expected a format of {wanted}")]
    OtherContents {
        /// The format.
        format: crate::format::Format,
        /// What it holds.
        holds: &'static str,
        /// What is wanted.
        wanted: &'static str,
    },
    /// A name that a format has no way to write.
    #[error("`{name}` cannot be written as {format}: {reason}")]
    UnwritableName {
        /// The name.
        name: String,
        /// The format.
        format: &'static str,
        /// Why not.
        reason: &'static str,
    },
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
    /// A partially directed graph that no DAG has the edges and the colliders of.
    #[error("no acyclic orientation of the edges at {stuck} is without new colliders", stuck = list(stuck))]
    NoExtension {
        /// The nodes that are left when all sinks are taken away.
        stuck: Vec<String>,
    },
    /// A graph that is not the essential graph of a Markov equivalence class.
    #[error(
        "the graph is not a CPDAG: its class has {n_directed} directed edges, the graph {got}, or others"
    )]
    NotCpdag {
        /// The directed edges of the graph.
        got: usize,
        /// The directed edges of the CPDAG that its DAGs have.
        n_directed: usize,
    },
    /// A Markov equivalence class whose size does not fit into 128 bits.
    #[error("the class has about e^{ln_size:.3} members: expected fewer than 2^128")]
    ClassTooLarge {
        /// The natural logarithm of the number of members.
        ln_size: f64,
    },
    /// A set over more or fewer nodes than the graph has.
    #[error("{what} is a set over {got} nodes: expected {expected}, as in the graph")]
    SetSize {
        /// What the set is for.
        what: &'static str,
        /// The number of nodes it is over.
        got: usize,
        /// The number of nodes of the graph.
        expected: usize,
    },
    /// A set that must have a node, and has none.
    #[error("{what} is empty: expected at least one node")]
    EmptySet {
        /// What the set is for.
        what: &'static str,
    },
    /// Two sets that must not share a node, and do.
    #[error("`{node}` is in {a} and in {b}: expected disjoint sets")]
    Overlap {
        /// What the one set is for.
        a: &'static str,
        /// What the other is for.
        b: &'static str,
        /// The least node in both.
        node: String,
    },
    /// A parameter outside its range.
    #[error("{name} is {got}: expected {expected}")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// Its value.
        got: f64,
        /// The values it can have.
        expected: &'static str,
    },
    /// An outcome that does not come after its treatment.
    #[error(
        "`{outcome}` does not come after `{treatment}` in the order: expected the outcome after the treatment"
    )]
    EffectBeforeCause {
        /// The treatment.
        treatment: String,
        /// The outcome.
        outcome: String,
    },
    /// A sequence that is not an order of all nodes.
    #[error("`{node}` comes {times} times in the order: expected every node once")]
    NotAnOrder {
        /// The node.
        node: String,
        /// How often it comes.
        times: usize,
    },
    /// A mean over nothing.
    #[error("the number of draws is 0: expected at least 1")]
    NoDraws,
    /// Levels that are not one for each node.
    #[error("there are {got} levels: expected {expected}, one for each node")]
    LevelCount {
        /// The number of levels.
        got: usize,
        /// The number of nodes.
        expected: usize,
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
    /// Mechanisms that are not one for each node.
    #[error("there are {got} conditional distributions: expected {expected}, one for each node")]
    MechanismCount {
        /// The number of conditional distributions.
        got: usize,
        /// The number of nodes.
        expected: usize,
    },
    /// A variable without states.
    #[error("`{node}` has no states: expected one at least")]
    NoStates {
        /// The node.
        node: String,
    },
    /// More states than codes can tell apart.
    #[error("`{node}` has {got} states: expected at most {expected}")]
    TooManyStates {
        /// The node.
        node: String,
        /// The number of states.
        got: usize,
        /// The greatest number.
        expected: usize,
    },
    /// A name that no state has.
    #[error("`{node}` has no state `{state}`: expected one of {expected}", expected = list(expected))]
    UnknownState {
        /// The node.
        node: String,
        /// The name.
        state: String,
        /// The names of its states.
        expected: Vec<String>,
    },
    /// An index beyond the last state.
    #[error("`{node}` has no state {state}: it has {n_states}, numbered from 0")]
    NoSuchState {
        /// The node.
        node: String,
        /// The index.
        state: usize,
        /// The number of its states.
        n_states: usize,
    },
    /// A table of probabilities of the wrong size.
    #[error(
        "the table of `{node}` has {got} probabilities: expected {expected}, one for each state in each configuration of the parents"
    )]
    ProbabilityCount {
        /// The node.
        node: String,
        /// The number of probabilities.
        got: usize,
        /// What the numbers of states call for.
        expected: usize,
    },
    /// A number that is no probability.
    #[error("the table of `{node}`, row {row}: {value} is not a probability, expected 0 to 1")]
    Probability {
        /// The node.
        node: String,
        /// The row, from 0.
        row: usize,
        /// The number.
        value: f64,
    },
    /// Probabilities that do not sum to 1.
    #[error(
        "the table of `{node}`, row {row}: the probabilities sum to {sum}, expected 1 to within {tolerance:e}"
    )]
    RowSum {
        /// The node.
        node: String,
        /// The row, from 0.
        row: usize,
        /// The sum.
        sum: f64,
        /// How far from 1 it may be.
        tolerance: f64,
    },
    /// A node that comes twice where each can come once.
    #[error(
        "`{node}` comes more than once among the targets, the evidence and the interventions: expected at most once"
    )]
    RepeatedVariable {
        /// The node.
        node: String,
    },
    /// Evidence that the network rules out.
    #[error("{} has probability 0: expected evidence that is possible", list(evidence))]
    ImpossibleEvidence {
        /// `node = state` for each.
        evidence: Vec<String>,
    },
    /// A table of probabilities that would be too large.
    #[error("a table of {n_cells} cells over {n_variables} variables is needed: expected at most {limit}")]
    FactorTooLarge {
        /// The variables of the table.
        n_variables: usize,
        /// The product of their numbers of states.
        n_cells: u128,
        /// The greatest number of cells.
        limit: usize,
    },
    /// A given node that the treatment has an effect on.
    #[error(
        "`{node}` is a descendant of the treatment `{treatment}`: expected nodes that the treatment does not affect"
    )]
    AffectedByTreatment {
        /// The node.
        node: String,
        /// The treatment.
        treatment: String,
    },
    /// Values that are not one for each state.
    #[error("there are {got} values: expected {expected}, one for each state of `{node}`")]
    ValueCount {
        /// The node.
        node: String,
        /// The number of values.
        got: usize,
        /// The number of its states.
        expected: usize,
    },
    /// A value of a state that is no real number.
    #[error("the value of the state `{state}` of `{node}` is {value}: expected a finite number")]
    StateValue {
        /// The node.
        node: String,
        /// The state.
        state: String,
        /// The value.
        value: f64,
    },
    /// An edge that the graph does not have.
    #[error("there is no edge from `{from}` to `{to}`: expected edges of the graph")]
    NotAnEdge {
        /// The node that the edge would start at.
        from: String,
        /// The node that it would end at.
        to: String,
    },
    /// A path-specific effect that no experiment on the network tells.
    #[error(
        "the effect of `{treatment}` on `{outcome}` along these edges is not identified: `{witness}` is on an active path and leads to the outcome along other edges too"
    )]
    RecantingWitness {
        /// The node that would have to have two values at once.
        witness: String,
        /// The treatment.
        treatment: String,
        /// The outcome.
        outcome: String,
    },
    /// Coefficients that are not one for each parent.
    #[error("`{node}` has {got} coefficients: expected {expected}, one for each parent")]
    CoefficientCount {
        /// The node.
        node: String,
        /// The number of coefficients.
        got: usize,
        /// The number of its parents.
        expected: usize,
    },
    /// A parameter of a linear mechanism outside its range.
    #[error("the {parameter} of `{node}` is {value}: expected {expected}")]
    Mechanism {
        /// The node.
        node: String,
        /// The name of the parameter.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// The values it can have.
        expected: &'static str,
    },
    /// A node that a distribution is not about.
    #[error("node {node} is not, or no longer, a variable of the distribution")]
    NotAVariable {
        /// The index of the node.
        node: usize,
    },
    /// A value seen or set that is no real number.
    #[error("node {node} is to be {value}: expected a finite number")]
    NonFiniteEvidence {
        /// The index of the node.
        node: usize,
        /// The value.
        value: f64,
    },
    /// Evidence of which one variable is a function of others.
    #[error(
        "the evidence on node {node} is determined by the rest of the evidence: expected variables that can vary"
    )]
    DependentEvidence {
        /// The index of the node.
        node: usize,
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
