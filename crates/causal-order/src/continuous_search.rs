//! What a search over real matrices ends with.

use causal_graph::{CausalOrder, Dag};
use serde::{Deserialize, Serialize};

use crate::EdgeWeights;

/// The weights that a continuous search ends with, and their graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinuousSearch {
    /// The weights beyond the threshold.
    pub weights: EdgeWeights,
    /// All weights, as the search left them.
    pub all_weights: EdgeWeights,
    /// The graph of the weights beyond the threshold; none if they form a cycle.
    pub dag: Option<Dag>,
    /// An order of that graph.
    pub order: Option<CausalOrder>,
    /// The loss of all weights: half the mean of the squared residuals of a row.
    pub loss: f64,
    /// The loss and the penalty on the size of all weights.
    pub objective: f64,
    /// How far from acyclic all weights are; 0 for an acyclic graph.
    pub acyclicity: f64,
    /// How the search ended.
    pub status: ContinuousStatus,
}

/// How a continuous search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinuousStatus {
    /// Whether the last problem of the sequence was solved to its tolerance.
    pub converged: bool,
    /// The problems of the sequence.
    pub n_problems: usize,
    /// The steps in all of them.
    pub n_iterations: usize,
}

impl ContinuousSearch {
    pub(crate) fn new(
        all_weights: EdgeWeights,
        threshold: f64,
        values: Values,
        status: ContinuousStatus,
    ) -> Self {
        let weights = all_weights.above(threshold);
        let dag = weights.dag().ok();
        let Values {
            loss,
            objective,
            acyclicity,
        } = values;
        Self {
            order: dag.as_ref().map(CausalOrder::of),
            dag,
            weights,
            all_weights,
            loss,
            objective,
            acyclicity,
            status,
        }
    }
}

/// The functions of all weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values {
    pub(crate) loss: f64,
    pub(crate) objective: f64,
    pub(crate) acyclicity: f64,
}
