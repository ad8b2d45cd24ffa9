//! Families of a Gaussian score, by elimination.

use std::cell::Cell;

use super::families::{Families, ROUNDING};
use crate::Result;
use crate::score::{GaussianScore, LocalScore as _, with_member};

/// A variance of which at most this share is left by other columns is 0 up to rounding.
const SINGULAR: f64 = 1e-10;

/// Gaussian families whose parents have been eliminated from all correlations with the child: one candidate more is
/// judged by one division.
///
/// ```text
/// left_c = r_cc - sum_i w_ic²          variance of column c given the parents
/// open_c = r_cv - sum_i w_ic w_iv      covariance of c and the child v given the parents
/// w_i    = the row of the i-th parent in the Cholesky factor of the correlations r, over all columns
///
/// left_v' = left_v - open_c² / left_c  with c as one parent more
/// ```
pub(super) struct GaussianFamilies<'a> {
    score: &'a GaussianScore,
    correlations: &'a [f64],
    n_columns: usize,
    /// By the number of parents: one parent more improves the score if the variance falls below this share of itself.
    worthwhile: Vec<f64>,
    n_evaluations: Cell<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct GaussianFamily {
    child: usize,
    /// In the order of elimination.
    parents: Vec<usize>,
    /// A row of `w` for each parent.
    rows: Vec<f64>,
    left: Vec<f64>,
    open: Vec<f64>,
    score: f64,
}

impl<'a> GaussianFamilies<'a> {
    /// The families of a score, with at most `max_parents` parents.
    pub(super) fn new(score: &'a GaussianScore, max_parents: usize) -> Result<Self> {
        // term(k, share) = -n/2 ln share + c_k: the variance that makes a parent worth it follows from c_k alone.
        let n_rows = score.n_rows();
        let most = max_parents.min(n_rows.saturating_sub(2));
        let constants = (0..=most)
            .map(|k| score.term_of_share(0, k, 1.0))
            .collect::<Result<Vec<_>>>()?;
        let scale = 2.0 / n_rows as f64;
        let worthwhile = constants
            .windows(2)
            .map(|pair| ((pair[1] - pair[0] - ROUNDING * pair[0].abs()) * scale).exp())
            .collect();
        Ok(Self {
            score,
            correlations: score.correlations(),
            n_columns: score.n_variables(),
            worthwhile,
            n_evaluations: Cell::new(0),
        })
    }

    fn row_of_correlations(&self, column: usize) -> &[f64] {
        &self.correlations[column * self.n_columns..(column + 1) * self.n_columns]
    }

    /// Eliminates one parent more.
    fn eliminate(&self, family: &mut GaussianFamily, parent: usize) {
        let p = self.n_columns;
        let at = family.rows.len();
        family.rows.extend_from_slice(self.row_of_correlations(parent));
        let (before, row) = family.rows.split_at_mut(at);
        for other in before.chunks_exact(p) {
            let factor = other[parent];
            for (value, other) in row.iter_mut().zip(other) {
                *value -= factor * other;
            }
        }
        let scale = family.left[parent].max(SINGULAR).sqrt().recip();
        let of_child = row[family.child] * scale;
        for ((value, left), open) in row.iter_mut().zip(&mut family.left).zip(&mut family.open) {
            *value *= scale;
            *left -= *value * *value;
            *open -= *value * of_child;
        }
        family.parents.push(parent);
    }

    fn rescore(&self, family: &mut GaussianFamily) -> Result<()> {
        let share = family.left[family.child];
        family.score = self
            .score
            .term_of_share(family.child, family.parents.len(), share)?;
        Ok(())
    }

    /// For each parent, the variance of the child without it.
    fn left_without(&self, family: &GaussianFamily) -> Vec<f64> {
        let k = family.parents.len();
        let entry = |i: usize, column: usize| family.rows[i * self.n_columns + column];
        let left_of_child = family.left[family.child];
        // Row j of the inverse of the transposed factor gives coefficient and inverse variance of parent j.
        let mut inverse = vec![0.0; k];
        let mut left_without = |j: usize| {
            let mut coefficient = 0.0;
            let mut precision = 0.0;
            for i in j..k {
                let value = if i == j {
                    1.0
                } else {
                    -(j..i)
                        .map(|l| inverse[l] * entry(l, family.parents[i]))
                        .sum::<f64>()
                };
                inverse[i] = value / entry(i, family.parents[i]);
                coefficient += inverse[i] * entry(i, family.child);
                precision += inverse[i] * inverse[i];
            }
            left_of_child + coefficient * coefficient / precision
        };
        (0..k).map(&mut left_without).collect()
    }
}

impl Families for GaussianFamilies<'_> {
    type Family = GaussianFamily;

    fn orphan(&self, child: usize) -> Result<GaussianFamily> {
        let mut family = GaussianFamily {
            child,
            parents: Vec::new(),
            rows: Vec::new(),
            left: vec![1.0; self.n_columns],
            open: self.row_of_correlations(child).to_vec(),
            score: 0.0,
        };
        self.rescore(&mut family)?;
        Ok(family)
    }

    fn parents<'f>(&self, family: &'f GaussianFamily) -> &'f [usize] {
        &family.parents
    }

    fn score(&self, family: &GaussianFamily) -> f64 {
        family.score
    }

    fn best_addition(&self, family: &GaussianFamily, candidates: &[usize]) -> Result<Option<usize>> {
        let Some(worthwhile) = self.worthwhile.get(family.parents.len()) else {
            return Ok(None);
        };
        self.n_evaluations
            .set(self.n_evaluations.get() + candidates.len() as u64);
        let left_of_child = family.left[family.child];
        let mut least = (1.0 - worthwhile) * left_of_child;
        let mut best = None;
        for &candidate in candidates {
            let (left, open) = (family.left[candidate], family.open[candidate]);
            let explained = open * open;
            let is_singular = left <= SINGULAR || left_of_child - explained / left <= SINGULAR;
            if is_singular {
                // An error of the score, which names the columns, unless it can tell them apart.
                let mut parents = with_member(&family.parents, candidate);
                parents.sort_unstable();
                self.score.local(family.child, &parents)?;
            } else if explained > least * left {
                least = explained / left;
                best = Some(candidate);
            }
        }
        Ok(best)
    }

    fn best_removal(&self, family: &GaussianFamily, removable: &[usize]) -> Result<Option<(usize, bool)>> {
        let without = self.left_without(family);
        self.n_evaluations
            .set(self.n_evaluations.get() + without.len() as u64);
        let best = (0..without.len())
            .filter(|&place| removable.contains(&family.parents[place]))
            .min_by(|&a, &b| without[a].total_cmp(&without[b]));
        Ok(best.map(|best| {
            let worthwhile = self.worthwhile[family.parents.len() - 1];
            let is_worthwhile = family.left[family.child] < worthwhile * without[best];
            (family.parents[best], !is_worthwhile)
        }))
    }

    fn add(&self, family: &mut GaussianFamily, parent: usize) -> Result<()> {
        self.eliminate(family, parent);
        self.rescore(family)
    }

    fn remove(&self, family: &mut GaussianFamily, parent: usize) -> Result<()> {
        let place = family
            .parents
            .iter()
            .position(|&other| other == parent)
            .unwrap_or(family.parents.len());
        let later = family.parents.split_off(place);
        family.rows.truncate(place * self.n_columns);
        // From the beginning: what is added back would keep the rounding of what was taken off, step by step.
        family.left.fill(1.0);
        family
            .open
            .copy_from_slice(&self.correlations[family.child * self.n_columns..][..self.n_columns]);
        for row in family.rows.chunks_exact(self.n_columns) {
            let of_child = row[family.child];
            for ((value, left), open) in row.iter().zip(&mut family.left).zip(&mut family.open) {
                *left -= value * value;
                *open -= value * of_child;
            }
        }
        for &other in later.iter().skip(1) {
            self.eliminate(family, other);
        }
        self.rescore(family)
    }

    fn n_evaluations(&self) -> u64 {
        self.n_evaluations.get()
    }
}

#[cfg(test)]
mod tests {
    use causal_graph::{ContinuousTable, Nodes};
    use rand::RngExt as _;
    use run_control::Seed;

    use super::super::families::ScoredFamilies;
    use super::*;
    use crate::score::{GaussianCriterion, ResidualVariance};

    const N_COLUMNS: usize = 9;

    /// Columns that are sums of others before them, and noise.
    fn table() -> ContinuousTable {
        let mut random = Seed::new(3).stream("table", 0);
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for node in 0..N_COLUMNS {
            let weights: Vec<f64> = (0..node).map(|_| random.random_range(-0.6..0.6)).collect();
            let value = |row: usize| -> f64 { weights.iter().zip(&columns).map(|(w, c)| w * c[row]).sum() };
            columns.push(
                (0..80)
                    .map(|row| value(row) + random.random_range(-1.0..1.0))
                    .collect(),
            );
        }
        ContinuousTable::new(Nodes::numbered(N_COLUMNS), columns).expect("finite")
    }

    #[test]
    fn elimination_judges_as_the_score_does() {
        let table = table();
        for (criterion, variance) in [
            (GaussianCriterion::BIC, ResidualVariance::Unbiased),
            (GaussianCriterion::AIC, ResidualVariance::MaximumLikelihood),
            (
                GaussianCriterion::LogLikelihood,
                ResidualVariance::MaximumLikelihood,
            ),
        ] {
            let score = GaussianScore::new(&table, criterion, variance).expect("columns vary");
            let fast = GaussianFamilies::new(&score, N_COLUMNS).expect("enough rows");
            let slow = ScoredFamilies::new(&score);
            let mut random = Seed::new(4).stream("walk", 0);
            let child = 4;
            let (mut eliminated, mut scored) = (
                fast.orphan(child).expect("scored"),
                slow.orphan(child).expect("scored"),
            );
            for _ in 0..500 {
                let mut parents = fast.parents(&eliminated).to_vec();
                parents.sort_unstable();
                assert_eq!(parents, slow.parents(&scored));
                golden::assert_close(&[fast.score(&eliminated)], &[slow.score(&scored)], 1e-11, 0.0);
                let candidates: Vec<usize> = (0..N_COLUMNS)
                    .filter(|node| *node != child && !parents.contains(node))
                    .collect();
                let addition = fast.best_addition(&eliminated, &candidates).expect("scored");
                assert_eq!(
                    addition,
                    slow.best_addition(&scored, &candidates).expect("scored")
                );
                let removal = fast.best_removal(&eliminated, &parents).expect("scored");
                assert_eq!(removal, slow.best_removal(&scored, &parents).expect("scored"));
                let node = random.random_range(0..N_COLUMNS);
                if parents.contains(&node) {
                    fast.remove(&mut eliminated, node).expect("scored");
                    slow.remove(&mut scored, node).expect("scored");
                } else if node != child {
                    fast.add(&mut eliminated, node).expect("scored");
                    slow.add(&mut scored, node).expect("scored");
                }
            }
        }
    }
}
