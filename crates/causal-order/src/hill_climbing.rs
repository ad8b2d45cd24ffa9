//! Hill climbing over DAGs.

pub(crate) mod ancestry;
pub(crate) mod neighbourhood;

use causal_graph::Dag;
use rand::RngExt;
use run_control::Seed;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

use crate::score::{LocalScore, check_n_variables};
use crate::{DagSearch, Error, Knowledge, Result, SearchStatus};
use neighbourhood::{Neighbourhood, Operation};

/// The greedy search that takes the best of all single changes of an edge until none is an improvement.
///
/// A step adds, deletes or reverses an edge; knowledge and the limit of parents decide which steps there are. Of equally good
/// steps, up to rounding, it takes the first: additions and deletions before reversals, then by the node that the edge
/// leads to, then by the other. The result depends on nothing else, neither on threads nor on a cache.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `max_parents` | none | the most parents of a node | |
/// | `max_iterations` | none | the most steps, those of all restarts together | |
/// | `restarts` | 0 | how often to climb again from the best graph, perturbed | |
/// | `perturbations` | 1 | random steps before each restart | at least 1 if there are restarts |
/// | `seed` | 0 | the seed of the perturbations | |
/// | `start` | the required edges alone | where to begin | a graph that agrees with the knowledge |
///
/// The defaults are those of bnlearn's `hc`.
///
/// # Complexity
///
/// A step asks for the p - 1 local scores of one child, or of two; `n_evaluations` counts them. Finding the best of the
/// p² steps takes a comparison each at most.
///
/// # Examples
///
/// ```
/// use causal_graph::{DiscreteTable, Nodes};
/// use causal_order::score::{DiscreteCriterion, DiscreteScore};
/// use causal_order::{HillClimbing, Knowledge};
///
/// let nodes = Nodes::new(["coin", "copy", "other"])?;
/// let coin = vec![0, 1, 0, 1, 0, 1, 0, 1];
/// let other = vec![0, 0, 1, 1, 0, 0, 1, 1];
/// let states = vec![vec!["no".to_owned(), "yes".to_owned()]; 3];
/// let table = DiscreteTable::new(nodes.clone(), states, vec![coin.clone(), coin, other])?;
/// let score = DiscreteScore::new(&table, DiscreteCriterion::BIC)?;
///
/// let found = HillClimbing::default().run(&score, &Knowledge::none(nodes))?;
/// assert_eq!(found.dag.n_edges(), 1);
/// assert!(found.dag.is_adjacent(0, 1));
/// // Two fair coins, a copy, and four parameters.
/// assert!((found.score - (2.0 * 8.0 * 0.5_f64.ln() - 4.0 * 0.5 * 8.0_f64.ln())).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HillClimbing {
    /// The most parents of a node.
    pub max_parents: Option<usize>,
    /// The most steps, those of all restarts together.
    pub max_iterations: Option<usize>,
    /// How often to climb again from the best graph, perturbed.
    pub restarts: usize,
    /// Random steps before each restart.
    pub perturbations: usize,
    /// The seed of the perturbations.
    pub seed: Seed,
    /// Where to begin.
    pub start: Option<Dag>,
}

impl Default for HillClimbing {
    fn default() -> Self {
        Self {
            max_parents: None,
            max_iterations: None,
            restarts: 0,
            perturbations: 1,
            seed: Seed::new(0),
            start: None,
        }
    }
}

impl HillClimbing {
    /// Checks the parameters against the knowledge.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for restarts without perturbations; a start over other nodes, or one that the knowledge
    /// contradicts.
    pub fn validate(&self, knowledge: &Knowledge) -> Result<()> {
        if self.restarts > 0 && self.perturbations == 0 {
            return Err(Error::Parameter {
                name: "perturbations",
                value: 0.0,
                expected: "at least 1 if there are restarts",
            });
        }
        match &self.start {
            Some(start) => knowledge.check(&start.into()),
            None => Ok(()),
        }
    }

    /// Climbs.
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
        progress.begin("hill climbing", None);
        let mut state = {
            let progress = &*progress;
            let look = |_| check(progress, "hill climbing", 0);
            Neighbourhood::new(score, knowledge, self.max_parents, self.start.as_ref(), &look)?
        };
        let mut best = state.best_seen();
        let mut iterations = 0;
        let mut status = self.climb(&mut state, &mut iterations, progress)?;
        best.update(&state);
        for restart in 0..self.restarts as u64 {
            if status == SearchStatus::IterationLimit {
                break;
            }
            state.go_to(&best)?;
            let mut draws = self.seed.stream("hill-climbing/restart", restart);
            for _ in 0..self.perturbations {
                random_step(&mut state, |n| draws.random_range(0..n))?;
            }
            status = self.climb(&mut state, &mut iterations, progress)?;
            best.update(&state);
        }
        progress.end();
        state.finish(best, iterations, status)
    }

    /// Takes steps until none improves or there were enough.
    fn climb(
        &self,
        state: &mut Neighbourhood<'_>,
        iterations: &mut usize,
        progress: &mut dyn Progress,
    ) -> Result<SearchStatus> {
        while let Some((operation, _)) = state.best_operation(0.0, |_| true) {
            if self.max_iterations.is_some_and(|most| *iterations >= most) {
                return Ok(SearchStatus::IterationLimit);
            }
            check(progress, "hill climbing", *iterations as u64)?;
            state.apply(operation)?;
            *iterations += 1;
            progress.advance(1);
        }
        Ok(SearchStatus::Converged)
    }
}

/// Takes a step drawn from all legal ones, each with the same probability; none if there is none.
fn random_step(state: &mut Neighbourhood<'_>, below: impl FnOnce(usize) -> usize) -> Result<()> {
    let legal: Vec<Operation> = state.legal_operations();
    if legal.is_empty() {
        return Ok(());
    }
    state.apply(legal[below(legal.len())])
}
