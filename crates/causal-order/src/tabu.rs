//! Tabu search over DAGs.

use std::collections::VecDeque;

use causal_graph::Dag;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

use crate::hill_climbing::neighbourhood::{Neighbourhood, Operation};
use crate::score::{LocalScore, check_n_variables};
use crate::{DagSearch, Error, Knowledge, Result, SearchStatus};

/// Hill climbing that goes on past a local optimum: it takes the best change of an edge even where that is a step down, but
/// returns to none of the graphs that it came from lately.
///
/// Of equally good steps, up to rounding, it takes the first, as [`HillClimbing`](crate::HillClimbing) does.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `tabu_length` | 10 | how many of the last graphs are not returned to | at least 1 |
/// | `max_worse` | 10 | the most steps without a new best graph | at least 1 |
/// | `max_parents` | none | the most parents of a node | |
/// | `max_iterations` | none | the most steps | |
/// | `start` | the required edges alone | where to begin | a graph that agrees with the knowledge |
///
/// The defaults are those of bnlearn's `tabu`.
///
/// # Reference
///
/// F. Glover, "Future paths for integer programming and links to artificial intelligence", Computers & Operations
/// Research 13, 1986.
///
/// # Examples
///
/// ```
/// use causal_graph::{DiscreteTable, Nodes};
/// use causal_order::score::{DiscreteCriterion, DiscreteScore};
/// use causal_order::{Knowledge, TabuSearch};
///
/// let nodes = Nodes::new(["coin", "copy"])?;
/// let coin = vec![0, 1, 0, 1, 0, 1, 0, 1];
/// let states = vec![vec!["no".to_owned(), "yes".to_owned()]; 2];
/// let table = DiscreteTable::new(nodes.clone(), states, vec![coin.clone(), coin])?;
/// let score = DiscreteScore::new(&table, DiscreteCriterion::BIC)?;
/// let found = TabuSearch::default().run(&score, &Knowledge::none(nodes))?;
/// assert_eq!(found.dag.n_edges(), 1);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TabuSearch {
    /// How many of the last graphs are not returned to.
    pub tabu_length: usize,
    /// The most steps without a new best graph.
    pub max_worse: usize,
    /// The most parents of a node.
    pub max_parents: Option<usize>,
    /// The most steps.
    pub max_iterations: Option<usize>,
    /// Where to begin.
    pub start: Option<Dag>,
}

impl Default for TabuSearch {
    fn default() -> Self {
        Self {
            tabu_length: 10,
            max_worse: 10,
            max_parents: None,
            max_iterations: None,
            start: None,
        }
    }
}

impl TabuSearch {
    /// Checks the parameters against the knowledge.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for a length or a number of steps of 0; a start over other nodes, or one that the knowledge
    /// contradicts.
    pub fn validate(&self, knowledge: &Knowledge) -> Result<()> {
        for (name, value) in [("tabu_length", self.tabu_length), ("max_worse", self.max_worse)] {
            if value == 0 {
                return Err(Error::Parameter {
                    name,
                    value: 0.0,
                    expected: "at least 1",
                });
            }
        }
        match &self.start {
            Some(start) => knowledge.check(&start.into()),
            None => Ok(()),
        }
    }

    /// Searches.
    ///
    /// # Errors
    ///
    /// Those of [`validate`](Self::validate) and of the score; knowledge over another number of nodes than the score;
    /// [`Error::Parameter`] if a node has more parents to begin with than `max_parents`; [`Error::ImpossibleGraph`] if
    /// the score to begin with is not finite.
    pub fn run(&self, score: &dyn LocalScore, knowledge: &Knowledge) -> Result<DagSearch> {
        self.run_with(score, knowledge, &mut Silent)
    }

    /// [`run`](Self::run) with progress: a step of the task for each change of an edge.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(
        &self,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> Result<DagSearch> {
        check_n_variables(score.n_variables(), knowledge.n_nodes())?;
        self.validate(knowledge)?;
        progress.begin("tabu search", None);
        let mut state = {
            let progress = &*progress;
            let look = |_| check(progress, "tabu search", 0);
            Neighbourhood::new(score, knowledge, self.max_parents, self.start.as_ref(), &look)?
        };
        let mut best = state.best_seen();
        let mut fingerprint = state
            .edges()
            .fold(0, |print, (from, to)| print ^ edge_key(from, to));
        let mut tabu = VecDeque::from([fingerprint]);
        let (mut iterations, mut n_worse) = (0, 0);
        let mut status = SearchStatus::Converged;
        while n_worse < self.max_worse {
            let is_new = |operation| !tabu.contains(&(fingerprint ^ change_key(operation)));
            let Some((operation, _)) = state.best_operation(f64::NEG_INFINITY, is_new) else {
                break;
            };
            if self.max_iterations.is_some_and(|most| iterations >= most) {
                status = SearchStatus::IterationLimit;
                break;
            }
            check(progress, "tabu search", iterations as u64)?;
            state.apply(operation)?;
            iterations += 1;
            progress.advance(1);
            fingerprint ^= change_key(operation);
            tabu.push_back(fingerprint);
            if tabu.len() > self.tabu_length {
                tabu.pop_front();
            }
            n_worse = if best.update(&state) { 0 } else { n_worse + 1 };
        }
        progress.end();
        state.finish(best, iterations, status)
    }
}

/// What a change does to the fingerprint of a graph, the exclusive or of the keys of its edges.
fn change_key(operation: Operation) -> u64 {
    match operation {
        Operation::Add { from, to } | Operation::Delete { from, to } => edge_key(from, to),
        Operation::Reverse { from, to } => edge_key(from, to) ^ edge_key(to, from),
    }
}

/// Bits of an edge that look drawn: the output function of `SplitMix64` of the two nodes.
fn edge_key(from: usize, to: usize) -> u64 {
    let pair = ((from as u64) << 32 | to as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (pair ^ (pair >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
