//! Columns that are linear functions of others.

use causal_graph::Nodes;
use serde::{Deserialize, Serialize};

use super::{Correlations, SINGULAR};
use crate::Error;

/// A coefficient of standardised columns that is 0 up to rounding.
const NEGLIGIBLE: f64 = 1e-6;

/// A column that other columns determine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependence {
    /// The column that adds nothing.
    pub column: usize,
    /// The columns that determine it, in ascending order.
    pub of: Vec<usize>,
}

impl Dependence {
    /// The error that names the columns.
    pub(super) fn error(&self, nodes: &Nodes) -> Error {
        let name = |node: usize| nodes.name(node).to_owned();
        Error::CollinearColumns {
            column: name(self.column),
            of: self.of.iter().map(|&node| name(node)).collect(),
        }
    }
}

/// Eliminates the column that the eliminated ones leave the greatest share of, again and again; whoever is left with
/// no more than rounding when nothing is left to eliminate is a function of the eliminated.
///
/// With no more rows than columns every column is a function of the others: then only copies are found, columns
/// whose correlation is 1 or -1.
pub(super) fn dependences(correlations: &Correlations) -> Vec<Dependence> {
    if correlations.n_rows() <= correlations.n_variables() {
        return copies(correlations);
    }
    let elimination = Elimination::new(correlations);
    let mut dependences: Vec<Dependence> = elimination
        .left
        .iter()
        .map(|&column| elimination.dependence(column))
        .collect();
    dependences.sort_by_key(|dependence| dependence.column);
    dependences
}

fn copies(correlations: &Correlations) -> Vec<Dependence> {
    (1..correlations.n_variables())
        .filter_map(|column| {
            let is_copy = |&other: &usize| 1.0 - correlations.get(column, other).abs() <= SINGULAR;
            let of = vec![(0..column).find(is_copy)?];
            Some(Dependence { column, of })
        })
        .collect()
}

/// A Cholesky factor of the correlations with pivoting.
struct Elimination {
    /// The eliminated columns in that order.
    pivots: Vec<usize>,
    /// The others.
    left: Vec<usize>,
    /// Row `k` has the entries of all columns for the `k`-th pivot.
    factor: Vec<Vec<f64>>,
}

impl Elimination {
    fn new(correlations: &Correlations) -> Self {
        let n = correlations.n_variables();
        // The errors of n eliminations can add up.
        let tolerance = SINGULAR.max(8.0 * n as f64 * f64::EPSILON);
        let mut shares = vec![1.0; n];
        let mut left: Vec<usize> = (0..n).collect();
        let (mut pivots, mut factor): (Vec<usize>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        while let Some(place) = greatest(&left, &shares) {
            let pivot = left[place];
            let is_independent = shares[pivot] > tolerance;
            if !is_independent {
                break;
            }
            left.remove(place);
            let root = shares[pivot].sqrt();
            let mut row = correlations.row(pivot).to_vec();
            for before in &factor {
                let at_pivot = before[pivot];
                for (value, other) in row.iter_mut().zip(before) {
                    *value -= at_pivot * other;
                }
            }
            for value in &mut row {
                *value /= root;
            }
            for &column in &left {
                shares[column] -= row[column] * row[column];
            }
            pivots.push(pivot);
            factor.push(row);
        }
        Self { pivots, left, factor }
    }

    /// Solves for the coefficients of the pivots that give the column, and keeps those that are not 0.
    fn dependence(&self, column: usize) -> Dependence {
        let mut coefficients: Vec<f64> = self.factor.iter().map(|row| row[column]).collect();
        for k in (0..self.pivots.len()).rev() {
            let later: f64 = (k + 1..self.pivots.len())
                .map(|l| self.factor[k][self.pivots[l]] * coefficients[l])
                .sum();
            coefficients[k] = (coefficients[k] - later) / self.factor[k][self.pivots[k]];
        }
        let mut of: Vec<usize> = self
            .pivots
            .iter()
            .zip(&coefficients)
            .filter(|(_, coefficient)| coefficient.abs() > NEGLIGIBLE)
            .map(|(&pivot, _)| pivot)
            .collect();
        of.sort_unstable();
        Dependence { column, of }
    }
}

/// The place of the column with the greatest share, the first of several.
fn greatest(left: &[usize], shares: &[f64]) -> Option<usize> {
    (0..left.len()).reduce(|best, place| {
        if shares[left[place]] > shares[left[best]] {
            place
        } else {
            best
        }
    })
}
