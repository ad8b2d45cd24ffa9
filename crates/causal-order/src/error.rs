//! What can go wrong in discovery.

use crate::Statement;

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
    /// Values that cannot be subtracted or squared.
    #[error("the values of column `{column}` are so far apart that their squares overflow: scale it")]
    ColumnRange {
        /// The name of the column.
        column: String,
    },
    /// A matrix that is not one of correlations.
    #[error(
        "row {row}, column {column} of the correlations is not as expected: {n_variables} rows of {n_variables}, symmetric, within -1 and 1, ones on the diagonal"
    )]
    NotCorrelations {
        /// The row of the first such entry, from 0.
        row: usize,
        /// Its column.
        column: usize,
        /// The number of variables.
        n_variables: usize,
    },
    /// A test of a variable against itself.
    #[error("`{column}` is tested against itself: expected two different variables")]
    SelfTest {
        /// The name of the variable.
        column: String,
    },
    /// A conditioning set that a test cannot take.
    #[error(
        "`{column}` cannot stand there in the conditioning set: expected other variables than the two that are tested, in ascending order"
    )]
    ConditioningSet {
        /// The name of the variable.
        column: String,
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
    /// A required edge that leads back in the order that was given.
    #[error("`{from}` -> `{to}` is required, but `{to}` comes first in the order")]
    OrderAgainstKnowledge {
        /// The cause.
        from: String,
        /// The effect.
        to: String,
    },
    /// Levels that must be kept, and required edges that lead back in them.
    #[error("no order agrees with both the levels and the required edges: give the levels a prior below 1")]
    LevelsAgainstKnowledge,
    /// No graph that agrees with what is known has a score above minus infinity.
    #[error(
        "the score of every graph that was looked at is {score}: expected a finite one; a prior may forbid a required edge"
    )]
    ImpossibleGraph {
        /// The score.
        score: f64,
    },
    /// More variables than a method can take.
    #[error("there are {got} variables: expected at most {expected} for {purpose}")]
    TooManyVariables {
        /// The number of variables.
        got: usize,
        /// The greatest number.
        expected: usize,
        /// The method.
        purpose: &'static str,
    },
    /// Tables larger than the memory they may take.
    #[error("{purpose} takes {needed} bytes of memory: the limit is {limit}")]
    Memory {
        /// The bytes.
        needed: u64,
        /// The limit.
        limit: u64,
        /// The method.
        purpose: &'static str,
    },
    /// A matrix of weights that is not one row and one column for each node.
    #[error("there are {got} weights in a row or column: expected {expected}, one for each node")]
    WeightShape {
        /// The number of weights.
        got: usize,
        /// The number of nodes.
        expected: usize,
    },
    /// A weight that is no number.
    #[error("the weight of the edge from `{from}` to `{to}` is {weight}: expected a finite number")]
    NonFiniteWeight {
        /// The cause.
        from: String,
        /// The effect.
        to: String,
        /// The weight.
        weight: f64,
    },
    /// A regression of a column on itself.
    #[error("`{target}` is the target and among the candidates: expected other nodes")]
    TargetAmongCandidates {
        /// The name of the target.
        target: String,
    },
    /// Rows so alike that a kernel has no bandwidth.
    #[error("most pairs of rows are equal in the columns {}: expected values that differ", columns.join(", "))]
    EqualRows {
        /// The columns.
        columns: Vec<String>,
    },
    /// Smooth terms that are functions of one another.
    #[error("the terms of the additive model of `{target}` determine each other: leave some of them out")]
    DependentTerms {
        /// The target of the model.
        target: String,
    },
    /// LAPACK refused a matrix.
    #[error("LAPACK failed: {0}")]
    Lapack(#[from] ndarray_linalg::error::LinalgError),
    /// A node in two tiers.
    #[error("`{node}` is in tier {first} and in tier {second}: expected each node in at most one")]
    RepeatedTierNode {
        /// The node.
        node: String,
        /// The tier that named it first, from 0.
        first: usize,
        /// The tier that named it again.
        second: usize,
    },
    /// Statements that cannot all be true.
    #[error("{statement}, but {}", join_statements(contradicts))]
    ContradictoryKnowledge {
        /// What is required.
        statement: Statement,
        /// What excludes it.
        contradicts: Vec<Statement>,
    },
    /// Required edges that come back to where they started, or to an earlier tier.
    #[error("the required edges and tiers lead around the cycle {}: expected none", cycle.join(" -> "))]
    KnowledgeCycle {
        /// The nodes along the cycle, each once.
        cycle: Vec<String>,
    },
    /// A graph that contradicts what is known.
    #[error("the graph contradicts the knowledge that {statement}")]
    KnowledgeViolated {
        /// What is known.
        statement: Statement,
    },
}

/// `this and that`.
fn join_statements(statements: &[Statement]) -> String {
    let texts: Vec<String> = statements.iter().map(Statement::to_string).collect();
    texts.join(" and ")
}
