//! Gaussian local scores of all parent sets, each by one row of a Cholesky factor.

use super::parent_table::Scope;
use crate::Result;
use crate::score::{GaussianScore, LocalScore as _};

/// A variance of which at most this share is left by other columns is left to the score itself.
const SINGULAR: f64 = 1e-9;

/// A Cholesky factor of the correlations of a parent set, from its greatest member down.
///
/// In counting order a set differs from the one before in its least members: these rows go, and one comes.
pub(super) struct GaussianBlock<'a> {
    score: &'a GaussianScore,
    scope: &'a Scope<'a>,
    correlations: &'a [f64],
    n_columns: usize,
    /// The bits of the members, descending.
    bits: Vec<usize>,
    nodes: Vec<usize>,
    /// Row `i` starts at `i (i + 1) / 2`; the diagonal is inverted.
    rows: Vec<f64>,
    /// What each member adds to the explanation of the child.
    projections: Vec<f64>,
    /// The variance of the child that the first members leave.
    left: Vec<f64>,
}

impl<'a> GaussianBlock<'a> {
    pub(super) fn new(score: &'a GaussianScore, scope: &'a Scope<'a>) -> Self {
        Self {
            score,
            scope,
            correlations: score.correlations(),
            n_columns: score.n_variables(),
            bits: Vec::new(),
            nodes: Vec::new(),
            rows: Vec::new(),
            projections: Vec::new(),
            left: vec![1.0],
        }
    }

    /// Writes the scores of the sets of a block, and says how many they are.
    pub(super) fn fill(&mut self, start: usize, scores: &mut [f64]) -> Result<u64> {
        let mut n_scores = 0;
        for (low, score) in scores.iter_mut().enumerate() {
            let set = start | low;
            if !self.scope.is_possible(set) {
                continue;
            }
            n_scores += 1;
            *score = if self.factor(set) {
                let n_parents = self.bits.len();
                self.score
                    .term_of_share(self.scope.child, n_parents, self.left[n_parents])?
            } else {
                self.scope.local(set)?
            };
        }
        Ok(n_scores)
    }

    /// Brings the factor to the set; false if some member is a linear function of others, up to rounding.
    fn factor(&mut self, set: usize) -> bool {
        let mut rest = set;
        let mut n_kept = 0;
        while rest != 0 {
            let bit = rest.ilog2() as usize;
            if self.bits.get(n_kept) != Some(&bit) {
                break;
            }
            n_kept += 1;
            rest &= !(1 << bit);
        }
        self.bits.truncate(n_kept);
        self.nodes.truncate(n_kept);
        self.projections.truncate(n_kept);
        self.left.truncate(n_kept + 1);
        self.rows.truncate(n_kept * (n_kept + 1) / 2);
        while rest != 0 {
            let bit = rest.ilog2() as usize;
            rest &= !(1 << bit);
            if !self.push(bit) {
                return false;
            }
        }
        true
    }

    fn push(&mut self, bit: usize) -> bool {
        let node = super::subsets::node_of_bit(bit, self.scope.child);
        let k = self.nodes.len();
        let entries = &self.correlations[node * self.n_columns..(node + 1) * self.n_columns];
        let at = self.rows.len();
        let mut pivot = 1.0;
        let mut open = entries[self.scope.child];
        for (j, &other) in self.nodes.iter().enumerate() {
            let start = j * (j + 1) / 2;
            let (before, row) = self.rows.split_at(at);
            let explained: f64 = row
                .iter()
                .zip(&before[start..start + j])
                .map(|(a, b)| a * b)
                .sum();
            let value = (entries[other] - explained) * before[start + j];
            pivot -= value * value;
            open -= value * self.projections[j];
            self.rows.push(value);
        }
        let scale = pivot.sqrt().recip();
        let projection = open * scale;
        let left = self.left[k] - projection * projection;
        if !(pivot > SINGULAR && left > SINGULAR) {
            self.rows.truncate(at);
            return false;
        }
        self.rows.push(scale);
        self.projections.push(projection);
        self.left.push(left);
        self.bits.push(bit);
        self.nodes.push(node);
        true
    }
}
