//! Orders by marginal variance, and how much of a graph such an order tells.

use std::cmp::Ordering;

use causal_graph::{CausalOrder, ContinuousTable, Dag, NodeSet};
use run_control::progress::{Progress, Silent};
use serde::{Deserialize, Serialize};

use crate::sparse_regression::{EdgeRule, GrowingCholesky, Standardized};
use crate::{AdaptiveLasso, LinearModel, Result};

/// What the columns are sorted by, ascending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SortBy {
    /// The variance of the column. It depends on the unit.
    #[default]
    Variance,
    /// The share of the variance that the other columns explain: `R² = 1 - 1 / (C^-1)_ii`, with C the matrix of
    /// correlations. It does not depend on the unit.
    RSquared,
}

/// Sorts the columns, and chooses the edges from the earlier to the later by the adaptive lasso.
///
/// This is a baseline: where simulated data let variance grow along the order, it does as well as any search, and standardising
/// the columns takes that away.
///
/// | name | default | meaning | source |
/// |---|---|---|---|
/// | `sort_by` | variance | what the columns are sorted by | Reisach 2021, section 3.3 |
/// | `pruning` | exponent 1 | how edges are chosen | Reisach 2021, section 3.3 |
///
/// # Reference
///
/// Reisach, Seiler, Weichwald, *Beware of the Simulated DAG! Causal Discovery Benchmarks May Be Easy to Game*, `NeurIPS` 2021.
/// Reisach, Tami, Seiler, Chambaz, Weichwald, *A Scale-Invariant Sorting Criterion to Find a Causal Order in Additive Noise
/// Models*, `NeurIPS` 2023.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::VarSort;
///
/// let cause = vec![1.0, 1.0, -1.0, -1.0];
/// let effect = vec![2.1, 1.9, -2.1, -1.9];
/// let table = ContinuousTable::new(Nodes::new(["effect", "cause"])?, vec![effect, cause])?;
/// let model = VarSort::default().run(&table)?;
/// assert_eq!(model.order.names(), ["cause", "effect"]);
/// assert!((model.weights.get(1, 0) - 2.0).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VarSort {
    /// What the columns are sorted by.
    pub sort_by: SortBy,
    /// How the edges are chosen.
    pub pruning: AdaptiveLasso,
}

impl VarSort {
    /// Sorts the columns, the least index first among equals, and finds the weights.
    ///
    /// # Errors
    ///
    /// [`Parameter`](crate::Error::Parameter), [`TooFewRows`](crate::Error::TooFewRows) unless there are two rows more than
    /// columns, [`ConstantColumn`](crate::Error::ConstantColumn), [`CollinearColumns`](crate::Error::CollinearColumns).
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
        let standardized = Standardized::new(table, "sorting and regression")?;
        let values = self.sort_by.values(&standardized);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let weights = self
            .pruning
            .along(&standardized, &order, |_, _| EdgeRule::Free, progress)?;
        LinearModel::new(CausalOrder::new(table.nodes().clone(), order)?, weights)
    }
}

/// How well sorting the columns agrees with a graph.
///
/// ```text
///  sum_k #{ i -> j by a path of k edges, i before j }  /  sum_k #{ i -> j by a path of k edges }
/// ```
///
/// Pairs with equal values, to a relative 1e-9, count as half. 1 says that the order is a causal order, 1/2 that it tells nothing,
/// 0 that it is the reverse of one. A graph without edges has none.
///
/// # Errors
///
/// [`Graph`](crate::Error::Graph) if the graph is of other nodes; [`TooFewRows`](crate::Error::TooFewRows),
/// [`ConstantColumn`](crate::Error::ConstantColumn), [`CollinearColumns`](crate::Error::CollinearColumns).
///
/// # Complexity
///
/// O(p³ l / 64) for p nodes and a longest path of l edges.
///
/// # Reference
///
/// Reisach et al. 2021, section 3.1, for the variance; Reisach et al. 2023, section 3.1, for `R²`.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Dag, Nodes};
/// use causal_order::{SortBy, sortability};
///
/// let nodes = Nodes::numbered(3);
/// let columns = vec![vec![1.0, -1.0, 0.0, 2.0, 5.0], vec![4.0, 0.0, 1.0, -9.0, 3.0], vec![0.0, 1.0, 1.0, 0.0, 1.0]];
/// let table = ContinuousTable::new(nodes.clone(), columns)?;
/// // Variances 4.24, 21.36, 0.24: of the paths 0 -> 1, 1 -> 2 and 0 -> 1 -> 2 the first leads upwards.
/// let dag = Dag::from_edges(nodes, [(0, 1), (1, 2)])?;
/// assert_eq!(sortability(&table, &dag, SortBy::Variance)?, Some(1.0 / 3.0));
/// # Ok::<(), causal_order::Error>(())
/// ```
pub fn sortability(table: &ContinuousTable, dag: &Dag, sort_by: SortBy) -> Result<Option<f64>> {
    table.nodes().check_same("the graph", dag.nodes())?;
    let values = sort_by.values(&Standardized::new(table, "sortability")?);
    let n_nodes = dag.n_nodes();
    let mut reached: Vec<NodeSet> = (0..n_nodes).map(|node| dag.children(node).clone()).collect();
    let (mut n_paths, mut n_upwards) = (0.0, 0.0);
    while reached.iter().any(|ends| !ends.is_empty()) {
        for (start, ends) in reached.iter().enumerate() {
            for end in ends.iter() {
                n_paths += 1.0;
                n_upwards += match compare(values[start], values[end]) {
                    Ordering::Less => 1.0,
                    Ordering::Equal => 0.5,
                    Ordering::Greater => 0.0,
                };
            }
        }
        // One edge further.
        for ends in &mut reached {
            let mut next = NodeSet::new(n_nodes);
            for end in ends.iter() {
                next.union_with(dag.children(end));
            }
            *ends = next;
        }
    }
    Ok((n_paths > 0.0).then(|| n_upwards / n_paths))
}

/// Values that differ by a relative 1e-9 at most are equal, as in the publication's code.
fn compare(a: f64, b: f64) -> Ordering {
    const RELATIVE: f64 = 1e-9;
    if (a - b).abs() <= RELATIVE * b.abs() {
        return Ordering::Equal;
    }
    a.total_cmp(&b)
}

impl SortBy {
    fn values(self, table: &Standardized) -> Vec<f64> {
        match self {
            Self::Variance => table
                .deviations
                .iter()
                .map(|deviation| deviation * deviation)
                .collect(),
            Self::RSquared => {
                let mut factor = GrowingCholesky::default();
                let n_columns = table.columns.len();
                for node in 0..n_columns {
                    let row = table.correlations.row(node);
                    let appended = factor.append(row[..=node].to_vec(), 0.0);
                    debug_assert!(appended, "no column is a linear function of others");
                }
                (0..n_columns)
                    .map(|node| {
                        let mut unit = vec![0.0; n_columns];
                        unit[node] = 1.0;
                        1.0 - factor.solve(&unit)[node].recip()
                    })
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use causal_graph::Nodes;

    use super::*;

    fn chain() -> ContinuousTable {
        let x = [1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0];
        let a = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        let b = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0];
        let y: Vec<f64> = x.iter().zip(a).map(|(x, a)| x + a).collect();
        let z = y.iter().zip(b).map(|(y, b)| y + b).collect();
        ContinuousTable::new(Nodes::numbered(3), vec![x.to_vec(), y, z]).expect("finite")
    }

    #[test]
    fn a_chain_whose_variance_grows_is_sortable_by_it() {
        let table = chain();
        let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)]).expect("acyclic");
        assert_eq!(
            sortability(&table, &dag, SortBy::Variance).expect("regular"),
            Some(1.0)
        );
        // R^2 is 1/2, 3/4, 2/3 of x, y, z: the path from y to z leads downwards.
        let by_share = sortability(&table, &dag, SortBy::RSquared).expect("regular");
        assert_eq!(by_share, Some(2.0 / 3.0));
        let model = VarSort::default().run(&table).expect("regular");
        assert_eq!(model.order.sequence(), [0, 1, 2]);
        let no_edges = Dag::empty(Nodes::numbered(3));
        assert_eq!(
            sortability(&table, &no_edges, SortBy::Variance).expect("regular"),
            None
        );
    }

    #[test]
    fn equal_values_count_as_half() {
        let columns = vec![vec![1.0, -1.0, 1.0, -1.0], vec![1.0, 1.0, -1.0, -1.0]];
        let table = ContinuousTable::new(Nodes::numbered(2), columns).expect("finite");
        let dag = Dag::from_edges(Nodes::numbered(2), [(1, 0)]).expect("acyclic");
        assert_eq!(
            sortability(&table, &dag, SortBy::Variance).expect("regular"),
            Some(0.5)
        );
    }
}
