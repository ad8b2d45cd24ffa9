//! Parents of each node when the order is known.

use causal_graph::{CausalOrder, Dag};
use rayon::prelude::*;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

mod best_parents;

use crate::dag_search::check_possible;
use crate::parent_sets::ParentConstraints;
use crate::score::{LocalScore, with_member};
use crate::{DagSearch, Knowledge, Result, SearchStatus};

/// How parents are chosen among the predecessors of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParentChoice {
    /// The predecessor that raises the score most is added until none raises it: K2.
    #[default]
    Greedy,
    /// The set of the greatest score of all sets within the limit.
    Exact,
}

/// The best graph whose edges agree with a known order.
///
/// With an order the score splits into one problem for each node, which are solved in parallel.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `choice` | `Greedy` | how parents are chosen | |
/// | `max_parents` | none | most parents of a node | at least what the knowledge requires |
///
/// # Complexity
///
/// `Greedy`: O(n² k) local scores for k parents at most. `Exact`: all sets of at most k predecessors of each node; set a
/// limit beyond 20 nodes.
///
/// # Reference
///
/// G. F. Cooper, E. Herskovits, "A Bayesian method for the induction of probabilistic networks from data", Machine
/// Learning 9, 1992.
///
/// # Examples
///
/// ```
/// use causal_graph::{CausalOrder, ContinuousTable, Nodes};
/// use causal_order::score::GaussianScore;
/// use causal_order::{KnownOrderSearch, Knowledge};
///
/// let columns = vec![vec![0.0, 1.0, 2.0, 3.0], vec![0.1, 1.0, 1.9, 3.0]];
/// let table = ContinuousTable::new(Nodes::numbered(2), columns)?;
/// let order = CausalOrder::new(Nodes::numbered(2), vec![1, 0])?;
/// let knowledge = Knowledge::none(Nodes::numbered(2));
/// let found = KnownOrderSearch::default().run(&GaussianScore::bic(&table)?, &order, &knowledge)?;
/// assert_eq!(found.dag.edges().collect::<Vec<_>>(), [(1, 0)]);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KnownOrderSearch {
    /// How parents are chosen.
    pub choice: ParentChoice,
    /// The most parents of a node; any number by default.
    pub max_parents: Option<usize>,
}

/// The task of the progress.
const TASK: &str = "parents in a known order";

impl KnownOrderSearch {
    /// The graph.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`](crate::Error::Graph) if the score, the order and the knowledge are not of the same nodes;
    /// [`Error::Parameter`](crate::Error::Parameter) for too few parents;
    /// [`Error::OrderAgainstKnowledge`](crate::Error::OrderAgainstKnowledge) if a required edge leads back in the order;
    /// [`Error::ImpossibleGraph`](crate::Error::ImpossibleGraph) if the score of the result is not finite; those of the score.
    pub fn run(
        &self,
        score: &dyn LocalScore,
        order: &CausalOrder,
        knowledge: &Knowledge,
    ) -> Result<DagSearch> {
        self.run_with(score, order, knowledge, &mut Silent)
    }

    /// [`run`](Self::run) with progress: a step for each node.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn run_with(
        &self,
        score: &dyn LocalScore,
        order: &CausalOrder,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> Result<DagSearch> {
        knowledge.nodes().check_same("order", order.nodes())?;
        let constraints = ParentConstraints::new(knowledge, score.n_variables(), self.max_parents)?;
        if let Some((first, second)) = knowledge
            .required()
            .find(|&(first, second)| order.precedes(second, first))
        {
            return Err(crate::Error::OrderAgainstKnowledge {
                from: knowledge.nodes().name(first).to_owned(),
                to: knowledge.nodes().name(second).to_owned(),
            });
        }
        let n_nodes = knowledge.n_nodes();
        let mut edges = Vec::new();
        let (mut n_steps, mut n_evaluations) = (0, 0);
        progress.begin(TASK, Some(n_nodes as u64));
        // A few nodes at a time, so that the work can be stopped.
        for (block_idx, block) in order.sequence().chunks(rayon::current_num_threads()).enumerate() {
            check(progress, TASK, (block_idx * rayon::current_num_threads()) as u64)?;
            let choices: Vec<Choice> = block
                .par_iter()
                .map(|&child| {
                    let problem = Problem::new(score, &constraints, order, child);
                    match self.choice {
                        ParentChoice::Greedy => problem.grow(),
                        ParentChoice::Exact => best_parents::best_parents(&problem),
                    }
                })
                .collect::<Result<_>>()?;
            for (&child, choice) in block.iter().zip(&choices) {
                edges.extend(choice.parents.iter().map(|&parent| (parent, child)));
                n_steps += choice.parents.len();
                n_evaluations += choice.n_evaluations;
            }
            progress.advance(block.len() as u64);
        }
        progress.end();
        let dag = Dag::from_edges(knowledge.nodes().clone(), edges)?;
        let total = score.total(&dag)?;
        check_possible(total)?;
        Ok(DagSearch {
            score: total,
            dag,
            iterations: n_steps,
            n_evaluations,
            status: SearchStatus::Converged,
        })
    }
}

/// The choice of parents for one child.
struct Problem<'a> {
    score: &'a dyn LocalScore,
    child: usize,
    /// Ascending.
    required: Vec<usize>,
    /// Predecessors that may be parents and need not, ascending.
    candidates: Vec<usize>,
    max_parents: usize,
}

/// The parents chosen for one child, ascending.
struct Choice {
    parents: Vec<usize>,
    n_evaluations: u64,
}

impl<'a> Problem<'a> {
    fn new(
        score: &'a dyn LocalScore,
        constraints: &ParentConstraints,
        order: &CausalOrder,
        child: usize,
    ) -> Self {
        let mut before = order.predecessors(child).to_vec();
        before.sort_unstable();
        before.retain(|&parent| constraints.allows(parent, child));
        let (required, candidates) = before
            .into_iter()
            .partition(|&parent| constraints.requires(parent, child));
        Self {
            score,
            child,
            required,
            candidates,
            max_parents: constraints.max_parents(),
        }
    }

    /// Cooper and Herskovits: the best addition until none raises the score.
    fn grow(&self) -> Result<Choice> {
        let mut parents = self.required.clone();
        let mut candidates = self.candidates.clone();
        let mut best = self.score.local(self.child, &parents)?;
        let mut n_evaluations = 1;
        while parents.len() < self.max_parents && !candidates.is_empty() {
            let scores = self.score.local_additions(self.child, &parents, &candidates)?;
            n_evaluations += scores.len() as u64;
            let mut place = 0;
            for (other, score) in scores.iter().enumerate() {
                if *score > scores[place] {
                    place = other;
                }
            }
            let improves = scores[place] > best;
            if !improves {
                break;
            }
            best = scores[place];
            parents = with_member(&parents, candidates.remove(place));
        }
        Ok(Choice {
            parents,
            n_evaluations,
        })
    }
}
