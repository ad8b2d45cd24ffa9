//! Tests of conditional independence.

use serde::{Deserialize, Serialize};

use crate::Result;

/// The outcome of one test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The test statistic.
    pub statistic: f64,
    /// Its degrees of freedom, where it has any.
    pub degrees_of_freedom: Option<f64>,
    /// The probability of a statistic as extreme under independence.
    pub p_value: f64,
}

/// A test of `x` independent of `y` given a set of variables.
pub trait IndependenceTest: Sync {
    /// The name of the test, as the command line has it.
    fn name(&self) -> &'static str;

    /// The number of variables, numbered from 0.
    fn n_variables(&self) -> usize;

    /// Tests `x` against `y` given `given`, which is in ascending order and holds neither.
    ///
    /// # Errors
    ///
    /// Those of the test.
    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult>;

    /// Whether the test does not reject independence: the p-value is above `alpha`.
    ///
    /// # Errors
    ///
    /// Those of [`test`](Self::test).
    fn is_independent(&self, x: usize, y: usize, given: &[usize], alpha: f64) -> Result<bool> {
        Ok(self.test(x, y, given)?.p_value > alpha)
    }
}
