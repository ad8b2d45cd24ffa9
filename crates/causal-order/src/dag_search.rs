//! What every search for a DAG returns.

use causal_graph::Dag;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SearchStatus {
    /// The search came to its own end: no step that it knows leads to a better graph.
    Converged,
    /// The limit of iterations was reached; going on may find a better graph.
    IterationLimit,
}

/// The graph that a search found, and how it got there.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
/// use causal_order::{DagSearch, SearchStatus};
///
/// let found = DagSearch {
///     dag: Dag::empty(Nodes::numbered(2)),
///     score: -3.5,
///     iterations: 0,
///     n_evaluations: 2,
///     status: SearchStatus::Converged,
/// };
/// assert_eq!(found.dag.n_edges(), 0);
/// assert_eq!(found.status, SearchStatus::Converged);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DagSearch {
    /// The best graph that was seen.
    pub dag: Dag,
    /// Its score: the sum of the local scores of its nodes, in the order of the nodes.
    pub score: f64,
    /// The number of steps taken.
    pub iterations: usize,
    /// The number of local scores that the search asked for, cached or not.
    pub n_evaluations: u64,
    /// Why the search ended.
    pub status: SearchStatus,
}

/// Checks that a score is that of a graph that can be: neither infinite nor NaN.
pub(crate) fn check_possible(score: f64) -> Result<()> {
    if score.is_finite() {
        return Ok(());
    }
    Err(Error::ImpossibleGraph { score })
}
