//! Linear regression on few variables.

mod growing_cholesky;
mod lasso_path;
mod standardized;

use causal_graph::{CausalOrder, ContinuousTable};
use run_control::progress::{Progress, Silent, check};
use serde::{Deserialize, Serialize};

pub(crate) use growing_cholesky::GrowingCholesky;
use lasso_path::lasso_path;
pub(crate) use standardized::{Standardized, standardize};

use crate::{EdgeWeights, Error, Result};

/// What is known of an edge before it is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EdgeRule {
    /// The data decide.
    Free,
    /// It is not there.
    Forbidden,
    /// It is there, whatever the data say.
    Required,
}

/// The purpose in the message of too few rows.
const PURPOSE: &str = "regressions on all other columns";

/// The adaptive lasso, with the penalty chosen by the Bayesian information criterion, and a least-squares fit of what it
/// selects.
///
/// ```text
/// w_j     = |b_j|^exponent               b = least squares, on standardised columns
/// c(l)    = argmin_c  1/2n |y - sum_j x_j w_j c_j|^2 + l |c|_1
/// l*      = argmin_l  |y - sum_j x_j w_j c_j(l)|^2 / s^2 + ln(n) #{j : c_j(l) != 0}
/// result  = least squares on the x_j with c_j(l*) != 0, on the columns as given
///
/// s^2     residual variance of the least squares on all regressors     n    rows
/// ```
///
/// The criterion is taken where the set of selected regressors changes, as the `lingam` package and `LassoLarsIC` of
/// scikit-learn do.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `exponent` | 1 | of the least-squares coefficients in the weights | > 0 | `lingam` 1.13 |
///
/// # Complexity
///
/// O(n p²) for the correlations of p columns, once; then O(k³) for k candidates.
///
/// # Reference
///
/// Zou, *The Adaptive Lasso and Its Oracle Properties*, 2006, equation 4. Zou, Hastie, Tibshirani, *On the "degrees of
/// freedom" of the lasso*, 2007, section 4, for the criterion.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::AdaptiveLasso;
///
/// // x2 = 2 x0 + a little that is orthogonal to both; x1 plays no part.
/// let x0 = vec![1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0];
/// let x1 = vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
/// let x2 = vec![2.1, 2.1, -2.1, -2.1, 1.9, 1.9, -1.9, -1.9];
/// let table = ContinuousTable::new(Nodes::numbered(3), vec![x0, x1, x2])?;
/// let selected = AdaptiveLasso::default().select(&table, 2, &[0, 1])?;
/// assert_eq!(selected.len(), 1);
/// assert_eq!(selected[0].0, 0);
/// assert!((selected[0].1 - 2.0).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveLasso {
    /// The power of the least-squares coefficients in the weights.
    pub exponent: f64,
}

impl Default for AdaptiveLasso {
    fn default() -> Self {
        Self { exponent: 1.0 }
    }
}

impl AdaptiveLasso {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        if self.exponent > 0.0 && self.exponent.is_finite() {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "exponent",
            value: self.exponent,
            expected: "a positive finite number",
        })
    }

    /// The candidates that `target` depends on, ascending, and their coefficients.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`]; [`Error::Graph`] for a node that is not of the table; [`Error::TooFewRows`] unless there are
    /// two rows more than columns; [`Error::ConstantColumn`] and [`Error::CollinearColumns`] for any column of the table;
    /// [`Error::TargetAmongCandidates`].
    pub fn select(
        &self,
        table: &ContinuousTable,
        target: usize,
        candidates: &[usize],
    ) -> Result<Vec<(usize, f64)>> {
        self.validate()?;
        for &node in candidates.iter().chain([&target]) {
            table.nodes().check(node)?;
        }
        let mut candidates = candidates.to_vec();
        candidates.sort_unstable();
        candidates.dedup();
        if candidates.binary_search(&target).is_ok() {
            return Err(Error::TargetAmongCandidates {
                target: table.nodes().name(target).to_owned(),
            });
        }
        let standardized = Standardized::new(table, PURPOSE)?;
        Ok(self.select_among(&standardized, target, &candidates, |_| false))
    }

    /// The weights of the edges into every node from those before it in the order.
    ///
    /// # Errors
    ///
    /// As [`select`](Self::select); [`Error::Graph`] if the order is of other nodes.
    pub fn along_order(&self, table: &ContinuousTable, order: &CausalOrder) -> Result<EdgeWeights> {
        self.along_order_with(table, order, &mut Silent)
    }

    /// [`along_order`](Self::along_order) with progress, a step for each node.
    ///
    /// # Errors
    ///
    /// As [`along_order`](Self::along_order), and [`Error::Cancelled`].
    pub fn along_order_with(
        &self,
        table: &ContinuousTable,
        order: &CausalOrder,
        progress: &mut dyn Progress,
    ) -> Result<EdgeWeights> {
        self.validate()?;
        table.nodes().check_same("the order", order.nodes())?;
        let standardized = Standardized::new(table, PURPOSE)?;
        self.along(&standardized, order.sequence(), |_, _| EdgeRule::Free, progress)
    }

    /// [`along_order_with`](Self::along_order_with), where the rule says which edges from an earlier node to a later may or
    /// must be.
    pub(crate) fn along(
        self,
        table: &Standardized,
        order: &[usize],
        rule: impl Fn(usize, usize) -> EdgeRule,
        progress: &mut dyn Progress,
    ) -> Result<EdgeWeights> {
        const TASK: &str = "adaptive lasso";
        let mut weights = EdgeWeights::zeros(table.nodes.clone());
        progress.begin(TASK, Some(order.len() as u64));
        for (position, &target) in order.iter().enumerate() {
            check(progress, TASK, position as u64)?;
            let predecessors = order[..position].iter().copied();
            let candidates: Vec<usize> = predecessors
                .filter(|&from| rule(from, target) != EdgeRule::Forbidden)
                .collect();
            let is_required = |from| rule(from, target) == EdgeRule::Required;
            for (from, weight) in self.select_among(table, target, &candidates, is_required) {
                weights.set(from, target, weight);
            }
            progress.advance(1);
        }
        progress.end();
        Ok(weights)
    }

    fn select_among(
        self,
        table: &Standardized,
        target: usize,
        candidates: &[usize],
        is_required: impl Fn(usize) -> bool,
    ) -> Vec<(usize, f64)> {
        let least_squares = least_squares(table, target, candidates);
        let weights: Vec<f64> = least_squares
            .iter()
            .map(|b| b.abs().powf(self.exponent))
            .collect();
        let explained: f64 = candidates
            .iter()
            .zip(&least_squares)
            .map(|(&node, b)| b * table.correlations.get(target, node))
            .sum();
        let n_rows = table.n_rows() as f64;
        let residual_variance = (1.0 - explained) / (n_rows - candidates.len() as f64 - 1.0);

        let weighted =
            |place: usize, node: usize| weights[place] * table.correlations.get(candidates[place], node);
        let gram: Vec<Vec<f64>> = (0..candidates.len())
            .map(|i| {
                candidates
                    .iter()
                    .zip(&weights)
                    .map(|(&node, w)| w * weighted(i, node))
                    .collect()
            })
            .collect();
        let c: Vec<f64> = (0..candidates.len()).map(|i| weighted(i, target)).collect();

        let mut best: Option<(f64, Vec<usize>)> = None;
        for knot in lasso_path(&gram, &c) {
            // |y - X b|^2 / n = 1 - c^T b - b^T (c - G b), and c - G b = penalty * sign(b) where b is not 0.
            let size: f64 = knot.coefficients.iter().map(|b| b.abs()).sum();
            let explained: f64 = c.iter().zip(&knot.coefficients).map(|(c, b)| c * b).sum();
            let residual = 1.0 - explained - knot.penalty * size;
            let selected = (0..candidates.len()).filter(|&i| knot.coefficients[i].abs() > f64::EPSILON);
            let selected: Vec<usize> = selected.map(|i| candidates[i]).collect();
            let criterion = residual / residual_variance + n_rows.ln() * selected.len() as f64;
            if best.as_ref().is_none_or(|(least, _)| criterion < *least) {
                best = Some((criterion, selected));
            }
        }
        let chosen = best.map(|(_, selected)| selected).unwrap_or_default();
        let selected: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|&node| chosen.contains(&node) || is_required(node))
            .collect();
        let coefficients = self::least_squares(table, target, &selected);
        let scale = |node: usize| table.deviations[target] / table.deviations[node];
        selected
            .into_iter()
            .zip(coefficients)
            .map(|(node, b)| (node, b * scale(node)))
            .collect()
    }
}

/// Coefficients of the standardised target on standardised columns.
fn least_squares(table: &Standardized, target: usize, nodes: &[usize]) -> Vec<f64> {
    let mut factor = GrowingCholesky::default();
    for (k, &node) in nodes.iter().enumerate() {
        let row = nodes[..=k]
            .iter()
            .map(|&other| table.correlations.get(node, other));
        let appended = factor.append(row.collect(), 0.0);
        debug_assert!(appended, "no column of the table is a linear function of others");
    }
    let right: Vec<f64> = nodes
        .iter()
        .map(|&node| table.correlations.get(target, node))
        .collect();
    factor.solve(&right)
}

#[cfg(test)]
mod tests {
    use causal_graph::Nodes;

    use super::*;

    #[test]
    fn the_exponent_is_checked() {
        for exponent in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = AdaptiveLasso { exponent }.validate().expect_err("out of range");
            assert!(matches!(error, Error::Parameter { name: "exponent", .. }));
        }
    }

    #[test]
    fn a_target_is_not_regressed_on_itself() {
        let columns = vec![vec![1.0, 2.0, 0.0, 5.0], vec![0.0, 1.0, 1.0, -3.0]];
        let table = ContinuousTable::new(Nodes::numbered(2), columns).expect("rectangular");
        let error = AdaptiveLasso::default()
            .select(&table, 1, &[0, 1])
            .expect_err("itself");
        assert!(matches!(error, Error::TargetAmongCandidates { target } if target == "X1"));
    }

    #[test]
    fn a_root_has_no_edges() {
        let columns = vec![vec![1.0, 2.0, 0.0, 5.0], vec![0.0, 1.0, 1.0, -3.0]];
        let table = ContinuousTable::new(Nodes::numbered(2), columns).expect("rectangular");
        assert_eq!(
            AdaptiveLasso::default()
                .select(&table, 1, &[])
                .expect("no regressor"),
            []
        );
    }
}
