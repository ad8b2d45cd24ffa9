//! Orders in which a matrix is nearly lower triangular.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How the order is found in which the estimated weights point from the earlier to the later as nearly as they can.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Triangular {
    /// The smallest weights are set to zero, one after the other, until the rest is acyclic. For any number of columns.
    #[default]
    Pruning,
    /// The order with the least sum of squares of the weights that point backwards. For at most 20 columns.
    Exact,
}

/// The most columns of [`Triangular::Exact`].
const MOST_COLUMNS: usize = 20;

impl Triangular {
    /// An order of the rows and columns of `weights`, row-major with a row for each effect. Its diagonal is not read.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if there are too many columns for it.
    pub(super) fn order(self, weights: &[f64], n_nodes: usize) -> Result<Vec<usize>> {
        debug_assert_eq!(weights.len(), n_nodes * n_nodes);
        match self {
            Self::Pruning => Ok(by_pruning(weights, n_nodes)),
            Self::Exact => {
                self.check_columns(n_nodes)?;
                Ok(exact(weights, n_nodes))
            }
        }
    }

    pub(super) fn check_columns(self, n_nodes: usize) -> Result<()> {
        if self == Self::Pruning || n_nodes <= MOST_COLUMNS {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "number of columns for the exact triangular order",
            value: n_nodes as f64,
            expected: "at most 20",
        })
    }
}

/// Shimizu et al. 2006, algorithm C. As many as must be zero in a triangular matrix, `p (p + 1) / 2` with the diagonal, are
/// set to zero at once, the least first.
fn by_pruning(weights: &[f64], n_nodes: usize) -> Vec<usize> {
    let mut matrix = weights.to_vec();
    for node in 0..n_nodes {
        matrix[node * n_nodes + node] = 0.0;
    }
    let mut places: Vec<usize> = (0..matrix.len()).collect();
    places.sort_by(|&a, &b| matrix[a].abs().total_cmp(&matrix[b].abs()));
    let order_without = |n_least: usize| {
        let mut matrix = matrix.clone();
        for &place in &places[..n_least] {
            matrix[place] = 0.0;
        }
        acyclic_order(&matrix, n_nodes)
    };
    // What is acyclic stays so with less: the least number is found by bisection.
    let (mut least, mut enough) = (n_nodes * (n_nodes + 1) / 2, places.len());
    while least < enough {
        let middle = usize::midpoint(least, enough);
        if order_without(middle).is_some() {
            enough = middle;
        } else {
            least = middle + 1;
        }
    }
    order_without(enough).unwrap_or_else(|| (0..n_nodes).collect())
}

/// The order in which each effect comes after all its causes, of those that could come next the least; nothing for a cycle.
fn acyclic_order(matrix: &[f64], n_nodes: usize) -> Option<Vec<usize>> {
    let mut n_causes: Vec<usize> = (0..n_nodes)
        .map(|effect| {
            let row = &matrix[effect * n_nodes..][..n_nodes];
            row.iter().filter(|&&weight| weight != 0.0).count()
        })
        .collect();
    let mut placed = vec![false; n_nodes];
    let mut order = Vec::with_capacity(n_nodes);
    while order.len() < n_nodes {
        let next = (0..n_nodes).find(|&node| !placed[node] && n_causes[node] == 0)?;
        placed[next] = true;
        order.push(next);
        for effect in 0..n_nodes {
            if matrix[effect * n_nodes + next] != 0.0 {
                n_causes[effect] -= 1;
            }
        }
    }
    Some(order)
}

/// Dynamic programming over the set of nodes that come first: `least[set]` is the least sum for the nodes of the set. Where
/// no sum is finite, there is still an order.
fn exact(weights: &[f64], n_nodes: usize) -> Vec<usize> {
    const NONE: u8 = u8::MAX;
    let n_sets = 1_usize << n_nodes;
    let mut least = vec![f64::INFINITY; n_sets];
    let mut last = vec![NONE; n_sets];
    least[0] = 0.0;
    for set in 0..n_sets {
        for node in (0..n_nodes).filter(|node| set >> node & 1 == 0) {
            let with_node = set | 1 << node;
            let row = &weights[node * n_nodes..][..n_nodes];
            let backwards = row.iter().enumerate();
            let later = backwards.filter(|&(cause, _)| with_node >> cause & 1 == 0);
            let total = least[set] + later.map(|(_, weight)| weight * weight).sum::<f64>();
            if total < least[with_node] || last[with_node] == NONE {
                least[with_node] = total;
                last[with_node] = node as u8;
            }
        }
    }
    let mut set = n_sets - 1;
    let mut order = Vec::with_capacity(n_nodes);
    while set != 0 {
        let node = usize::from(last[set]);
        order.push(node);
        set &= !(1 << node);
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Effects 0 <- 1 <- 2, and a little the other way.
    const NEARLY: [f64; 9] = [0.0, 2.0, 0.1, 0.05, 0.0, -1.0, 0.2, 0.0, 0.0];

    #[test]
    fn both_find_the_order_of_a_nearly_triangular_matrix() {
        for search in [Triangular::Pruning, Triangular::Exact] {
            assert_eq!(search.order(&NEARLY, 3).expect("three columns"), [2, 1, 0]);
        }
    }

    #[test]
    fn the_exact_order_has_the_least_sum_of_squares_backwards() {
        // 1 and 2 against 0: what points backwards has the lesser sum of squares.
        let weights = [0.0, 0.6, 0.6, 0.8, 0.0, 0.0, 0.8, 0.0, 0.0];
        assert_eq!(Triangular::Exact.order(&weights, 3).expect("three columns")[0], 0);
        let weights = [0.0, 0.6, 0.6, 0.5, 0.0, 0.0, 0.5, 0.0, 0.0];
        assert_eq!(Triangular::Exact.order(&weights, 3).expect("three columns")[2], 0);
    }

    #[test]
    fn weights_that_are_not_finite_have_an_order() {
        for weight in [f64::INFINITY, f64::NAN, 1e200] {
            for search in [Triangular::Pruning, Triangular::Exact] {
                let mut order = search.order(&[weight; 9], 3).expect("three columns");
                order.sort_unstable();
                assert_eq!(order, [0, 1, 2]);
            }
        }
    }

    #[test]
    fn pruning_stops_at_the_first_acyclic_matrix() {
        // Six entries go at once, with the diagonal; of those left 3 -> 0 -> 1 -> 3 is a cycle until the least of them, 0.5
        // from 1 to 3, is gone. 3 and 2 come first then.
        let mut weights = [0.0; 16];
        for (effect, cause, weight) in [(1, 0, 0.9), (3, 1, 0.5), (0, 3, 0.8), (1, 2, 0.7)] {
            weights[effect * 4 + cause] = weight;
        }
        assert_eq!(
            Triangular::Pruning.order(&weights, 4).expect("four columns"),
            [2, 3, 0, 1]
        );
    }

    #[test]
    fn no_weights_and_no_columns_have_an_order() {
        for search in [Triangular::Pruning, Triangular::Exact] {
            assert_eq!(search.order(&[0.0; 9], 3).expect("three columns").len(), 3);
            assert!(search.order(&[], 0).expect("no columns").is_empty());
        }
        assert!(Triangular::Exact.check_columns(21).is_err());
        assert!(Triangular::Pruning.check_columns(21).is_ok());
    }
}
