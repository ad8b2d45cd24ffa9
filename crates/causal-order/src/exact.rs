//! Exact search by dynamic programming over sets of variables.

use causal_graph::{CausalOrder, Dag};
use run_control::Cancelled;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

mod gaussian_table;
mod parent_table;
mod subsets;

use parent_table::ParentTable;

use crate::dag_search::check_possible;
use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;
use crate::{DagSearch, Error, Knowledge, OrderedSearch, Result, SearchStatus};

/// The graph of the greatest score, by dynamic programming.
///
/// ```text
/// best(v, C) = max over P within C of s(v, P)                   the best parents of v in C
/// best(S)    = max over v in S of best(S - v) + best(v, S - v)  v is the last of S in the order
///
/// s(v, P)    local score of v with the parents P
/// best(V)    the greatest score of a graph on all variables V
/// ```
///
/// Among graphs of equal score the one whose last node, and so on forward, is least is returned, with no parent that
/// adds nothing.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `max_parents` | none | most parents of a node | at least what the knowledge requires |
/// | `max_memory` | 2 GiB | bytes that the tables may take | at least [`memory`](Self::memory) |
///
/// # Complexity
///
/// n 2ⁿ⁻¹ local scores, or those of the sets within the limit; O(n² 2ⁿ) steps; [`memory`](Self::memory) is 93 MB for 20
/// variables and 3.7 GB for [`MAX_VARIABLES`](Self::MAX_VARIABLES).
///
/// # Reference
///
/// T. Silander, P. Myllymäki, "A simple approach for finding the globally optimal Bayesian network structure", UAI 2006.
/// M. Koivisto, K. Sood, "Exact Bayesian structure discovery in Bayesian networks", JMLR 5, 2004.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::GaussianScore;
/// use causal_order::{ExactSearch, Knowledge};
///
/// // x2 = x0 + x1 up to a little; x0 and x1 are uncorrelated.
/// let x0 = vec![1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0];
/// let x1 = vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
/// let x2 = vec![2.1, 0.1, -0.1, -2.1, 1.9, -0.1, 0.1, -1.9];
/// let table = ContinuousTable::new(Nodes::numbered(3), vec![x0, x1, x2])?;
/// let knowledge = Knowledge::none(table.nodes().clone());
/// let found = ExactSearch::default().run(&GaussianScore::bic(&table)?, &knowledge)?;
/// assert_eq!(found.search.dag.edges().collect::<Vec<_>>(), [(0, 2), (1, 2)]);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExactSearch {
    /// The most parents of a node; any number by default.
    pub max_parents: Option<usize>,
    /// The most bytes of the tables.
    pub max_memory: u64,
}

impl Default for ExactSearch {
    fn default() -> Self {
        Self {
            max_parents: None,
            max_memory: 2 << 30,
        }
    }
}

/// The task of the progress.
const TASK: &str = "exact search";

impl ExactSearch {
    /// The most variables.
    pub const MAX_VARIABLES: usize = 25;

    /// The bytes of the tables for some number of variables: 8 for each child and set of other nodes, 9 for each set.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_order::ExactSearch;
    ///
    /// assert_eq!(ExactSearch::memory(3), 3 * 4 * 8 + 8 * 9);
    /// ```
    pub fn memory(n_variables: usize) -> u64 {
        let n = n_variables as u64;
        let of_children = n * (8 << n.saturating_sub(1).min(50));
        of_children + (9 << n.min(50))
    }

    /// The graph of the greatest score, and its order.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyVariables`] and [`Error::Memory`] before the work starts; [`Error::Parameter`] for too few parents;
    /// [`Error::Graph`] if the score is not of the nodes of the knowledge;
    /// [`Error::ImpossibleGraph`] if no graph has a finite score; those of the score.
    pub fn run(&self, score: &dyn LocalScore, knowledge: &Knowledge) -> Result<OrderedSearch> {
        self.run_with(score, knowledge, &mut Silent)
    }

    /// [`run`](Self::run) with progress: a step for each variable.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Cancelled`].
    pub fn run_with(
        &self,
        score: &dyn LocalScore,
        knowledge: &Knowledge,
        progress: &mut dyn Progress,
    ) -> Result<OrderedSearch> {
        let n_nodes = score.n_variables();
        if n_nodes > Self::MAX_VARIABLES {
            return Err(Error::TooManyVariables {
                got: n_nodes,
                expected: Self::MAX_VARIABLES,
                purpose: "exact search",
            });
        }
        let needed = Self::memory(n_nodes);
        if needed > self.max_memory {
            return Err(Error::Memory {
                needed,
                limit: self.max_memory,
                purpose: "exact search",
            });
        }
        let constraints = ParentConstraints::new(knowledge, n_nodes, self.max_parents)?;
        progress.begin(TASK, Some(n_nodes as u64));
        let mut tables = Vec::with_capacity(n_nodes);
        let mut n_evaluations = 0;
        for child in 0..n_nodes {
            let is_cancelled = |progress: &dyn Progress| check(progress, TASK, child as u64);
            let (table, n) = ParentTable::new(score, &constraints, child, &|| is_cancelled(progress))?;
            tables.push(table);
            n_evaluations += n;
            progress.advance(1);
        }
        check(progress, TASK, n_nodes as u64)?;
        let sequence = best_order(&tables, &|| check(progress, TASK, n_nodes as u64))?;
        let mut edges = Vec::new();
        for (place, &child) in sequence.iter().enumerate() {
            let before = sequence[..place].iter().fold(0, |set, &node| set | 1 << node);
            edges.extend(tables[child].best_parents(before).map(|parent| (parent, child)));
        }
        drop(tables);
        progress.end();
        let dag = Dag::from_edges(knowledge.nodes().clone(), edges)?;
        Ok(OrderedSearch {
            search: DagSearch {
                score: score.total(&dag)?,
                dag,
                iterations: 1,
                n_evaluations,
                status: SearchStatus::Converged,
            },
            order: CausalOrder::new(knowledge.nodes().clone(), sequence)?,
        })
    }
}

/// The sets between two looks at the progress.
const SETS_PER_LOOK: usize = 1 << 18;

/// The best order of all nodes, first to last.
fn best_order(
    tables: &[ParentTable],
    look: &dyn Fn() -> std::result::Result<(), Cancelled>,
) -> Result<Vec<usize>> {
    let n_sets = 1_usize << tables.len();
    let mut best = vec![f64::NEG_INFINITY; n_sets];
    let mut last = vec![0_u8; n_sets];
    best[0] = 0.0;
    for set in 1..n_sets {
        if set % SETS_PER_LOOK == 0 {
            look()?;
        }
        let mut rest = set;
        while rest != 0 {
            let node = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let others = set & !(1 << node);
            let total = best[others] + tables[node].best_score(others as u32);
            if total > best[set] {
                best[set] = total;
                last[set] = node as u8;
            }
        }
    }
    check_possible(best[n_sets - 1])?;
    let mut sequence = Vec::with_capacity(tables.len());
    let mut set = n_sets - 1;
    while set != 0 {
        let node = usize::from(last[set]);
        sequence.push(node);
        set &= !(1 << node);
    }
    sequence.reverse();
    Ok(sequence)
}
