//! What a run of chains says of edges and order.

use causal_graph::{CausalOrder, Dag, Nodes};
use serde::{Deserialize, Serialize};

use super::chain::MoveCount;
use super::diagnostics::Convergence;

/// Probabilities of edges, ancestors and order, from several chains.
///
/// All matrices have a row for each first node and a column for each second: `edges[from][to]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPosterior {
    /// The nodes.
    pub nodes: Nodes,
    /// The probability of the edge from the first to the second.
    pub edges: Vec<Vec<f64>>,
    /// The standard error of these, from the means of batches of steps: correlation within a batch is in it.
    pub edge_errors: Vec<Vec<f64>>,
    /// The probability of a directed path from the first to the second.
    pub ancestors: Vec<Vec<f64>>,
    /// The probability that the first comes before the second.
    pub precedence: Vec<Vec<f64>>,
    /// The graph of the state of the greatest posterior, or of the best parents given its order.
    pub best_dag: Dag,
    /// The order of that state.
    pub best_order: CausalOrder,
    /// The score of that graph: the sum of its local scores.
    pub best_score: f64,
    /// Convergence of the log posterior.
    pub log_posterior: Convergence,
    /// Convergence of the number of edges.
    pub n_edges: Convergence,
    /// What each chain did.
    pub chains: Vec<ChainReport>,
    /// The number of local scores that were computed, by all chains together.
    pub n_evaluations: u64,
}

/// What one chain did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainReport {
    /// Proposed and accepted moves after annealing, by kind.
    pub moves: Vec<MoveCount>,
    /// The log posterior of each sample, up to a constant that all chains share.
    pub log_posterior: Vec<f64>,
    /// The number of edges of each sample.
    pub n_edges: Vec<f64>,
    /// The greatest log posterior of all steps.
    pub best_log_posterior: f64,
}
