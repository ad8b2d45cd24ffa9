//! The result of PC.

use causal_graph::{CausalOrder, Dag, Pdag};
use serde::{Deserialize, Serialize};

use super::extension::extension;
use super::{Conflict, PairValues, Pc, SeparatingSets};

/// What PC found, and with which parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PcResult {
    /// The graph. Its directed edges form no cycle and agree with the knowledge; if there is no conflict, there is a DAG
    /// with its directions and its colliders, and others at most at undecided triples.
    pub graph: Pdag,
    /// The graph without directions.
    pub skeleton: Pdag,
    /// What separated the pairs that are not adjacent.
    pub separating_sets: SeparatingSets,
    /// For each tested pair the largest p-value of its tests.
    pub maximal_p_values: PairValues,
    /// The number of tests of the skeleton, by the size of the conditioning set.
    pub n_tests_by_depth: Vec<u64>,
    /// The number of further tests that the collider rule and the policy asked for.
    pub n_collider_tests: u64,
    /// The unshielded triples `[x, middle, z]`, `x < z`, that the rule could not decide, and those across a pair that
    /// knowledge keeps apart.
    pub undecided_triples: Vec<[usize; 3]>,
    /// What did not fit together.
    pub conflicts: Vec<Conflict>,
    /// The name of the test.
    pub test: String,
    /// The parameters.
    pub configuration: Pc,
}

impl PcResult {
    /// The number of tests.
    pub fn n_tests(&self) -> u64 {
        self.n_tests_by_depth.iter().sum::<u64>() + self.n_collider_tests
    }

    /// A DAG with the directions and the colliders of the graph, and with others at most at undecided triples. `None` if
    /// conflicts leave none.
    pub fn extension(&self) -> Option<Dag> {
        extension(&self.graph, &self.undecided_triples.iter().copied().collect()).ok()
    }

    /// An order of the [`extension`](Self::extension); of all nodes that could come next, the least.
    pub fn order(&self) -> Option<CausalOrder> {
        self.extension().map(|dag| CausalOrder::of(&dag))
    }
}
