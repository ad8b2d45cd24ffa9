//! Tests of contingency tables, stratum by stratum.

use causal_graph::DiscreteTable;
use serde::{Deserialize, Serialize};

use super::counts::{CountedTable, StateCounts};
use super::query::check_query;
use super::{TestResult, tail};
use crate::{Error, Result};

/// How the degrees of freedom of a test of discrete variables are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DegreesOfFreedom {
    /// `(|X| - 1)(|Y| - 1) |S|` with all states and all configurations of the conditioning set, observed or not: as
    /// bnlearn's `x2` and `mi`.
    Full,
    /// `(|X| - 1 - a_s)(|Y| - 1 - b_s)` summed over the strata `s` that have rows, of which `a_s` states of x and `b_s`
    /// of y have none: as causal-learn's `chisq` and `gsq`, and bnlearn's `x2-adf` and `mi-adf`. The default.
    #[default]
    Adjusted,
}

/// How [`ChiSquare`](super::ChiSquare) and [`GSquare`](super::GSquare) treat sparse tables.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `degrees_of_freedom` | `Adjusted` | how they are counted | |
/// | `min_rows_per_cell` | 0, as causal-learn | with fewer rows for each cell of the table the p-value is 1 | finite, at least 0; bnlearn's `-adf` tests have 5 |
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContingencyParams {
    /// How degrees of freedom are counted.
    pub degrees_of_freedom: DegreesOfFreedom,
    /// Rows for each cell below which the variables pass for independent.
    pub min_rows_per_cell: f64,
}

impl ContingencyParams {
    /// Checks the number of rows for each cell.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if it is negative or not finite.
    pub fn validate(&self) -> Result<()> {
        if self.min_rows_per_cell >= 0.0 && self.min_rows_per_cell.is_finite() {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "min_rows_per_cell",
            value: self.min_rows_per_cell,
            expected: "a finite number, at least 0",
        })
    }
}

/// A table and how tests of it are done.
#[derive(Debug, Clone)]
pub(super) struct Contingency {
    counted: CountedTable,
    params: ContingencyParams,
}

impl Contingency {
    pub(super) fn new(table: &DiscreteTable, params: ContingencyParams) -> Result<Self> {
        params.validate()?;
        if table.n_rows() == 0 {
            return Err(Error::TooFewRows {
                got: 0,
                expected: 1,
                purpose: "a contingency table",
            });
        }
        Ok(Self {
            counted: CountedTable::new(table),
            params,
        })
    }

    pub(super) fn table(&self) -> &DiscreteTable {
        self.counted.table()
    }

    /// Adds the statistic up over all strata.
    pub(super) fn test(
        &self,
        x: usize,
        y: usize,
        given: &[usize],
        statistic: impl Fn(&StateCounts<'_>) -> f64,
    ) -> Result<TestResult> {
        check_query(self.table().nodes(), x, y, given)?;
        let n_states = |node: usize| self.table().n_states(node) as f64;
        let configurations: f64 = given.iter().map(|&node| n_states(node)).product();
        let n_cells = n_states(x) * n_states(y) * configurations;
        let sums = self.counted.sum_over_strata([x, y], given, statistic);
        let freedom = match self.params.degrees_of_freedom {
            DegreesOfFreedom::Full => (n_states(x) - 1.0) * (n_states(y) - 1.0) * configurations,
            DegreesOfFreedom::Adjusted => sums.degrees_of_freedom as f64,
        };
        let is_sparse = (self.table().n_rows() as f64) < self.params.min_rows_per_cell * n_cells;
        Ok(TestResult {
            statistic: sums.statistic,
            degrees_of_freedom: Some(freedom),
            p_value: if is_sparse {
                1.0
            } else {
                tail::chi_square(sums.statistic, freedom)
            },
        })
    }
}
