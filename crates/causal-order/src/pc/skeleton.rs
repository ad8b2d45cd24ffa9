//! The result of the search for the skeleton.

use causal_graph::Pdag;
use serde::{Deserialize, Serialize};

use super::{PairValues, SeparatingSets};

/// Which nodes are adjacent, and what separated the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skeleton {
    /// The graph of undirected edges.
    pub graph: Pdag,
    /// What separated the pairs that are not adjacent.
    pub separating_sets: SeparatingSets,
    /// For each tested pair the largest p-value of its tests.
    pub maximal_p_values: PairValues,
    /// The number of tests by the size of the conditioning set.
    pub n_tests_by_depth: Vec<u64>,
}

impl Skeleton {
    /// The number of tests.
    pub fn n_tests(&self) -> u64 {
        self.n_tests_by_depth.iter().sum()
    }
}
