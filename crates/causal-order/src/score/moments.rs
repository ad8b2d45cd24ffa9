//! Second moments of a continuous table.

use causal_graph::{ContinuousTable, Nodes};

use super::families::Families;
use crate::{Error, Result};

/// A variance of which at most this share is left by other columns is 0 up to rounding.
const SINGULAR: f64 = 1e-12;

/// What a Gaussian score reads of a table: time no longer depends on the number of rows.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) nodes: Nodes,
    pub(super) n_rows: usize,
    /// Sums of squares about the means.
    pub(super) squares: Vec<f64>,
    /// Correlations, row after row.
    pub(super) correlations: Vec<f64>,
}

impl Moments {
    pub(super) fn new(table: &ContinuousTable) -> Result<Self> {
        let (n, n_rows) = (table.n_columns(), table.n_rows());
        if n_rows < 3 {
            return Err(Error::TooFewRows {
                got: n_rows,
                expected: 3,
                purpose: "a variance and a correlation",
            });
        }
        let mut squares = Vec::with_capacity(n);
        let mut unit = Vec::with_capacity(n);
        for node in 0..n {
            let column = table.column(node);
            let mean = column.iter().sum::<f64>() / n_rows as f64;
            let centred: Vec<f64> = column.iter().map(|value| value - mean).collect();
            let sum: f64 = centred.iter().map(|value| value * value).sum();
            let is_constant = column.iter().all(|&value| value == column[0]);
            if is_constant || !(sum > 0.0 && sum.is_finite()) {
                return Err(Error::ConstantColumn {
                    column: table.nodes().name(node).to_owned(),
                });
            }
            let norm = sum.sqrt();
            unit.push(centred.iter().map(|value| value / norm).collect::<Vec<_>>());
            squares.push(sum);
        }
        let mut correlations = vec![1.0; n * n];
        for i in 0..n {
            for j in 0..i {
                let r: f64 = unit[i].iter().zip(&unit[j]).map(|(a, b)| a * b).sum();
                correlations[i * n + j] = r;
                correlations[j * n + i] = r;
            }
        }
        Ok(Self {
            nodes: table.nodes().clone(),
            n_rows,
            squares,
            correlations,
        })
    }

    /// Sums of squares and products about the means, row after row.
    pub(super) fn scatter(&self) -> Vec<f64> {
        let norms: Vec<f64> = self.squares.iter().map(|square| square.sqrt()).collect();
        let n = norms.len();
        self.correlations
            .iter()
            .enumerate()
            .map(|(cell, r)| r * (norms[cell / n] * norms[cell % n]))
            .collect()
    }

    /// The families of a child about some parents.
    pub(super) fn families<'a>(&'a self, child: usize, parents: &'a [usize]) -> Families<'a> {
        Families::new(&self.nodes, &self.correlations, SINGULAR, child, parents)
    }
}
