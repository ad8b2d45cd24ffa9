//! Shuffles of what a conditioning set leaves of a variable.

use causal_graph::ContinuousTable;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::threshold;
use crate::Result;
use crate::data::{SINGULAR, unit_columns};

/// Columns of mean 0 and length 1.
#[derive(Debug, Clone)]
pub(super) struct CentredTable {
    columns: Vec<Vec<f64>>,
}

impl CentredTable {
    pub(super) fn new(table: &ContinuousTable) -> Result<Self> {
        Ok(Self {
            columns: unit_columns(table)?,
        })
    }

    /// The size of the partial correlation, and the number of draws that reach it.
    pub(super) fn draw(
        &self,
        [x, y]: [usize; 2],
        given: &[usize],
        n_draws: usize,
        rng: &mut ChaCha8Rng,
    ) -> (f64, usize) {
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(given.len());
        for &node in given {
            // A member that the others determine adds nothing.
            if let Some(direction) = self.residual(node, &basis) {
                basis.push(direction);
            }
        }
        let (Some(mut x), Some(y)) = (self.residual(x, &basis), self.residual(y, &basis)) else {
            return (0.0, n_draws);
        };
        let observed = dot(&x, &y).abs();
        let n_reached = (0..n_draws)
            .filter(|_| {
                x.shuffle(rng);
                // y is orthogonal to the set, a shuffled x is not: of its length 1 the set takes some away.
                let explained: f64 = basis.iter().map(|direction| dot(&x, direction).powi(2)).sum();
                let left = 1.0 - explained;
                left <= SINGULAR || dot(&x, &y).abs() >= threshold(observed) * left.sqrt()
            })
            .count();
        (observed, n_reached)
    }

    /// What orthonormal directions leave of a column, scaled to length 1; nothing if that is rounding only.
    fn residual(&self, node: usize, basis: &[Vec<f64>]) -> Option<Vec<f64>> {
        let mut residual = self.columns[node].clone();
        // The second time takes out what rounding left the first time.
        for _ in 0..2 {
            for direction in basis {
                let product = dot(&residual, direction);
                for (value, direction) in residual.iter_mut().zip(direction) {
                    *value -= product * direction;
                }
            }
        }
        let square = dot(&residual, &residual);
        let is_left = square > SINGULAR;
        if !is_left {
            return None;
        }
        let length = square.sqrt();
        for value in &mut residual {
            *value /= length;
        }
        Some(residual)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
