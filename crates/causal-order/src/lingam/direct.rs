//! `DirectLiNGAM`.

use causal_graph::{CausalOrder, ContinuousTable, Dag, NodeSet};
use rayon::prelude::*;
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

use super::entropy::{Column, entropy, log_likelihood_ratio};
use super::{LinearModel, PathKnowledge};
use crate::sparse_regression::{EdgeRule, Standardized, standardize};
use crate::{AdaptiveLasso, Knowledge, Result};

/// The task of the progress.
const TASK: &str = "DirectLiNGAM";

/// Finds the first cause, takes what it explains out of the rest, and goes on with the rest.
///
/// ```text
/// next   = argmin_i  sum_j min(0, R_ij)^2          R_ij = [H(x_j) + H(r_ij)] - [H(x_i) + H(r_ji)]
///
/// r_ij     what x_j leaves of x_i, standardised     H     entropy, by an approximation of maximum entropy
/// R_ij     log-likelihood ratio of i -> j against j -> i, per row; R_ji = -R_ij
/// ```
///
/// Then the adaptive lasso chooses the edges from the earlier to the later. Of equally good candidates the one with the
/// least index comes first. The result does not depend on the number of threads.
///
/// | name | default | meaning | source |
/// |---|---|---|---|
/// | `known_paths` | none | paths that must or must not be | Shimizu 2011, section 3.4 |
/// | `knowledge` | none | edges that must or must not be; earlier tiers come first | |
/// | `pruning` | exponent 1 | how edges are chosen | `lingam` 1.13 |
///
/// # Complexity
///
/// O(n p³) for n rows and p columns: p³ / 6 pairs of residuals, with two exponentials for each number of each. 100 columns
/// of 1000 rows take about a second.
///
/// # Reference
///
/// Shimizu, Inazumi, Sogawa, Hyvärinen, Kawahara, Washio, Hoyer, Bollen, *`DirectLiNGAM`: A Direct Method for Learning a
/// Linear Non-Gaussian Structural Equation Model*, JMLR 12, 2011. Hyvärinen, Smith, *Pairwise Likelihood Ratios for
/// Estimation of Non-Gaussian Structural Equation Models*, JMLR 14, 2013.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::DirectLingam;
///
/// // Causes and noise of a uniform grid: every pair of values comes once.
/// let grid = |step: usize| (0..900).map(move |row| ((row / step) % 30) as f64 - 14.5);
/// let cause: Vec<f64> = grid(1).collect();
/// let effect: Vec<f64> = grid(1).zip(grid(30)).map(|(x, noise)| 2.0 * x + noise).collect();
/// let table = ContinuousTable::new(Nodes::new(["effect", "cause"])?, vec![effect, cause])?;
///
/// let model = DirectLingam::default().run(&table)?;
/// assert_eq!(model.order.names(), ["cause", "effect"]);
/// assert!((model.weights.get(1, 0) - 2.0).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DirectLingam {
    /// What is known of paths before.
    pub known_paths: Option<PathKnowledge>,
    /// What is known of edges before.
    pub knowledge: Option<Knowledge>,
    /// How the edges are chosen.
    pub pruning: AdaptiveLasso,
}

impl DirectLingam {
    /// Finds the order, then the weights.
    ///
    /// # Errors
    ///
    /// [`Parameter`](crate::Error::Parameter), [`TooFewRows`](crate::Error::TooFewRows) unless there are two rows more than
    /// columns, [`ConstantColumn`](crate::Error::ConstantColumn), [`CollinearColumns`](crate::Error::CollinearColumns);
    /// [`Graph`](crate::Error::Graph) if what is known is of other nodes, or puts nodes into a circle.
    pub fn run(&self, table: &ContinuousTable) -> Result<LinearModel> {
        self.run_with(table, &mut Silent)
    }

    /// [`run`](Self::run) with progress, a step for each column.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Cancelled`](crate::Error::Cancelled).
    pub fn run_with(&self, table: &ContinuousTable, progress: &mut dyn Progress) -> Result<LinearModel> {
        self.pruning.validate()?;
        let known_order = self.known_order(table)?;
        let standardized = Standardized::new(table, TASK)?;
        let order = order(&standardized, &known_order, progress)?;
        let rule = |from, to| self.rule(from, to);
        let weights = self.pruning.along(&standardized, &order, rule, progress)?;
        LinearModel::new(CausalOrder::new(table.nodes().clone(), order)?, weights)
    }

    fn rule(&self, from: usize, to: usize) -> EdgeRule {
        let knowledge = self.knowledge.as_ref();
        let known_paths = self.known_paths.as_ref();
        if knowledge
            .is_some_and(|knowledge| knowledge.requires(from, to) || knowledge.requires_join(from, to))
        {
            EdgeRule::Required
        } else if knowledge.is_none_or(|knowledge| knowledge.may_direct(from, to))
            && known_paths.is_none_or(|paths| paths.may_direct(from, to))
        {
            EdgeRule::Free
        } else {
            EdgeRule::Forbidden
        }
    }

    /// An edge from each column to those that must come after it.
    fn known_order(&self, table: &ContinuousTable) -> Result<Dag> {
        let nodes = table.nodes();
        if let Some(paths) = &self.known_paths {
            nodes.check_same("the known paths", paths.nodes())?;
        }
        if let Some(knowledge) = &self.knowledge {
            nodes.check_same("the knowledge", knowledge.nodes())?;
        }
        let comes_first = |first, second| {
            let by_path = self
                .known_paths
                .as_ref()
                .is_some_and(|paths| paths.precedes(first, second));
            let by_edge = self.knowledge.as_ref().is_some_and(|knowledge| {
                let tiers = knowledge.tier(first).zip(knowledge.tier(second));
                knowledge.requires(first, second) || tiers.is_some_and(|(first, second)| first < second)
            });
            by_path || by_edge
        };
        let pairs = (0..nodes.len()).flat_map(|first| (0..nodes.len()).map(move |second| (first, second)));
        let edges = pairs.filter(|&(first, second)| first != second && comes_first(first, second));
        Ok(Dag::from_edges(nodes.clone(), edges)?)
    }
}

fn order(table: &Standardized, known_order: &Dag, progress: &mut dyn Progress) -> Result<Vec<usize>> {
    let n_nodes = table.columns.len();
    let mut columns = table.columns.clone();
    let mut remaining = NodeSet::full(n_nodes);
    let mut order = Vec::with_capacity(n_nodes);
    progress.begin(TASK, Some(n_nodes as u64));
    while !remaining.is_empty() {
        check(progress, TASK, order.len() as u64)?;
        let is_free = |&node: &usize| known_order.parents(node).is_disjoint(&remaining);
        let candidates: Vec<usize> = remaining.iter().filter(is_free).collect();
        let next = first_cause(&columns, &remaining, &candidates);
        remaining.remove(next);
        order.push(next);
        take_out(&mut columns, &remaining, next);
        progress.advance(1);
    }
    progress.end();
    Ok(order)
}

/// The candidate that is least an effect of the others.
fn first_cause(columns: &[Vec<f64>], remaining: &NodeSet, candidates: &[usize]) -> usize {
    /// Pairs that are worth another thread.
    const PAIRS: usize = 8;
    if let [only] = candidates {
        return *only;
    }
    let entropies: Vec<f64> = columns
        .par_iter()
        .enumerate()
        .map(|(node, column)| {
            if remaining.contains(node) {
                entropy(column)
            } else {
                0.0
            }
        })
        .collect();
    let column = |node: usize| Column {
        values: &columns[node],
        entropy: entropies[node],
    };
    let is_candidate = NodeSet::with(remaining.n_nodes(), candidates.iter().copied());
    // Each pair with a candidate once.
    let pairs: Vec<(usize, usize)> = candidates
        .iter()
        .flat_map(|&i| remaining.iter().map(move |j| (i, j)))
        .filter(|&(i, j)| i < j || (i > j && !is_candidate.contains(j)))
        .collect();
    let ratios: Vec<f64> = pairs
        .par_iter()
        .with_min_len(PAIRS)
        .map(|&(i, j)| log_likelihood_ratio(column(i), column(j)))
        .collect();
    let mut against = vec![0.0; columns.len()];
    for (&(i, j), ratio) in pairs.iter().zip(ratios) {
        against[if ratio < 0.0 { i } else { j }] += ratio * ratio;
    }
    // `min_by` gives the first of equals.
    candidates
        .iter()
        .copied()
        .min_by(|&i, &j| against[i].total_cmp(&against[j]))
        .expect("an acyclic order leaves a first candidate")
}

/// Leaves of the remaining columns what `cause` does not explain, standardised.
fn take_out(columns: &mut [Vec<f64>], remaining: &NodeSet, cause: usize) {
    let explaining = std::mem::take(&mut columns[cause]);
    columns
        .par_iter_mut()
        .enumerate()
        .filter(|(node, _)| remaining.contains(*node))
        .for_each(|(_, column)| {
            let products = column.iter().zip(&explaining).map(|(x, cause)| x * cause);
            let correlation = products.sum::<f64>() / column.len() as f64;
            for (x, cause) in column.iter_mut().zip(&explaining) {
                *x -= correlation * cause;
            }
            standardize(column);
        });
}
