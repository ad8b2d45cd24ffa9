//! The log-likelihood ratio test.

use causal_graph::DiscreteTable;

use super::contingency::Contingency;
use super::counts::StateCounts;
use super::{ContingencyParams, IndependenceTest, TestResult};
use crate::Result;

/// The log-likelihood ratio test of discrete variables: twice their conditional mutual information times the rows.
///
/// ```text
/// G² = 2 sum over s, x, y with N_sxy > 0 of N_sxy ln(N_sxy / E)          E = N_sx N_sy / N_s
///
/// N   numbers of rows          s   configuration of the conditioning set
/// ```
///
/// Without degrees of freedom the p-value is 1.
///
/// # Complexity
///
/// That of [`ChiSquare`](super::ChiSquare).
///
/// # Examples
///
/// ```
/// use causal_graph::{DiscreteTable, Nodes};
/// use causal_order::independence::{ContingencyParams, GSquare, IndependenceTest};
///
/// let states = vec![vec!["no".to_owned(), "yes".to_owned()]; 2];
/// let columns = vec![vec![0, 0, 1, 1], vec![0, 0, 1, 1]];
/// let table = DiscreteTable::new(Nodes::numbered(2), states, columns)?;
/// let test = GSquare::new(&table, ContingencyParams::default())?;
/// // Two cells of 2 rows where 1 is expected.
/// assert!((test.test(0, 1, &[])?.statistic - 8.0 * 2.0_f64.ln()).abs() < 1e-14);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GSquare(Contingency);

impl GSquare {
    /// The test for a table.
    ///
    /// # Errors
    ///
    /// Those of [`ChiSquare::new`](super::ChiSquare::new).
    pub fn new(table: &DiscreteTable, params: ContingencyParams) -> Result<Self> {
        Ok(Self(Contingency::new(table, params)?))
    }
}

impl IndependenceTest for GSquare {
    fn name(&self) -> &'static str {
        "g2"
    }

    fn n_variables(&self) -> usize {
        self.0.table().n_columns()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        self.0.test(x, y, given, statistic)
    }
}

/// The terms of a state of x in a stratum: not below 0, as they are a divergence of two distributions of y.
#[inline]
pub(super) fn statistic(counts: &StateCounts<'_>) -> f64 {
    let (of_x, n_rows) = (f64::from(counts.of_x), f64::from(counts.n_rows));
    let cells = counts.cells.iter().zip(counts.of_y);
    let sum: f64 = cells
        .filter(|&(&count, _)| count > 0)
        .map(|(&count, &of_y)| {
            let count = f64::from(count);
            count * (count * n_rows / (of_x * f64::from(of_y))).ln()
        })
        .sum();
    (2.0 * sum).max(0.0)
}
