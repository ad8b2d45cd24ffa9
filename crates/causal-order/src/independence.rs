//! Tests of conditional independence.
//!
//! | test | data | statistic and its distribution |
//! |---|---|---|
//! | [`FisherZ`] | continuous | Fisher's z of the partial correlation, normal |
//! | [`PartialCorrelation`] | continuous | t of the partial correlation, Student's t with n - \|S\| - 2 degrees of freedom |
//! | [`ChiSquare`] | discrete | Pearson's chi-square over the strata |
//! | [`GSquare`] | discrete | twice the log-likelihood ratio over the strata, chi-square |
//! | [`PermutationTest`] | either | one of these, by permutation within strata or of residuals |
//! | [`DSeparation`] | a DAG | what an infinite sample would say |
//!
//! [`Cached`] remembers the results of any of them and counts. All p-values are of the upper tail itself, never one less
//! the lower: they keep their digits down to 1e-300.

mod cached;
mod chi_square;
mod contingency;
mod counts;
mod d_separation;
mod fisher_z;
mod g_square;
mod partial;
mod partial_correlation;
mod permutation;
mod query;
mod tail;

pub use cached::{Cached, TestCounts};
pub use chi_square::ChiSquare;
pub use contingency::{ContingencyParams, DegreesOfFreedom};
pub use d_separation::DSeparation;
pub use fisher_z::FisherZ;
pub use g_square::GSquare;
pub use partial::Singular;
pub use partial_correlation::PartialCorrelation;
pub use permutation::{ContingencyStatistic, PermutationParams, PermutationTest};

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

impl<T: IndependenceTest + ?Sized> IndependenceTest for &T {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn n_variables(&self) -> usize {
        (**self).n_variables()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        (**self).test(x, y, given)
    }

    fn is_independent(&self, x: usize, y: usize, given: &[usize], alpha: f64) -> Result<bool> {
        (**self).is_independent(x, y, given, alpha)
    }
}
