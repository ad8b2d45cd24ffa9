//! Pearson's chi-square test.

use causal_graph::DiscreteTable;

use super::contingency::Contingency;
use super::counts::StateCounts;
use super::{ContingencyParams, IndependenceTest, TestResult};
use crate::Result;

/// Pearson's chi-square test of discrete variables, summed over the strata of the conditioning set.
///
/// ```text
/// X² = sum over s, x, y with E > 0 of (N_sxy - E)² / E          E = N_sx N_sy / N_s
///
/// N   numbers of rows          s   configuration of the conditioning set
/// ```
///
/// Without degrees of freedom the p-value is 1.
///
/// # Complexity
///
/// O(n c / 64) for n rows and c cells while these are few, O(n) up to some 16 n cells, O(n log n) beyond.
///
/// # Examples
///
/// ```
/// use causal_graph::{DiscreteTable, Nodes};
/// use causal_order::independence::{ChiSquare, ContingencyParams, IndependenceTest};
///
/// let states = vec![vec!["no".to_owned(), "yes".to_owned()]; 2];
/// let columns = vec![vec![0, 0, 0, 1, 1, 1], vec![0, 0, 1, 0, 1, 1]];
/// let table = DiscreteTable::new(Nodes::numbered(2), states, columns)?;
/// let test = ChiSquare::new(&table, ContingencyParams::default())?;
/// // Four cells of which 1.5 are expected and 1 or 2 are found.
/// let result = test.test(0, 1, &[])?;
/// assert!((result.statistic - 4.0 * 0.25 / 1.5).abs() < 1e-15);
/// assert_eq!(result.degrees_of_freedom, Some(1.0));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ChiSquare(Contingency);

impl ChiSquare {
    /// The test for a table.
    ///
    /// # Errors
    ///
    /// Those of [`ContingencyParams::validate`]; [`Error::TooFewRows`](crate::Error::TooFewRows) without rows.
    pub fn new(table: &DiscreteTable, params: ContingencyParams) -> Result<Self> {
        Ok(Self(Contingency::new(table, params)?))
    }
}

impl IndependenceTest for ChiSquare {
    fn name(&self) -> &'static str {
        "chi2"
    }

    fn n_variables(&self) -> usize {
        self.0.table().n_columns()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        self.0.test(x, y, given, statistic)
    }
}

/// The terms of a state of x in a stratum.
#[inline]
pub(super) fn statistic(counts: &StateCounts<'_>) -> f64 {
    let share = f64::from(counts.of_x) / f64::from(counts.n_rows);
    let cells = counts.cells.iter().zip(counts.of_y);
    cells
        .filter(|&(_, &of_y)| of_y > 0)
        .map(|(&count, &of_y)| {
            let expected = share * f64::from(of_y);
            let excess = f64::from(count) - expected;
            excess * excess / expected
        })
        .sum()
}
