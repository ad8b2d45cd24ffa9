//! The t-test of a partial correlation.

use std::sync::Arc;

use causal_graph::ContinuousTable;

use super::partial::partial;
use super::query::check_query;
use super::{IndependenceTest, Singular, TestResult, tail};
use crate::{Correlations, Error, Result};

/// Student's t-test of a partial correlation: exact for Gaussian variables.
///
/// ```text
/// t = r sqrt(d / (1 - r²))          d = n - |S| - 2          p = P(|T_d| >= |t|)
///
/// n   rows
/// S   conditioning set
/// r   partial correlation of x and y given S
/// ```
///
/// # Complexity
///
/// That of [`FisherZ`](super::FisherZ).
///
/// # Reference
///
/// Fisher, *The distribution of the partial correlation coefficient*, Metron 3, 1924.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_order::Correlations;
/// use causal_order::independence::{IndependenceTest, PartialCorrelation};
///
/// let matrix = vec![1.0, 0.6, 0.6, 1.0];
/// let test = PartialCorrelation::new(Correlations::new(Nodes::numbered(2), 4, matrix)?);
/// // With two degrees of freedom the p-value of r is 1 - |r|.
/// let result = test.test(0, 1, &[])?;
/// assert!((result.p_value - 0.4).abs() < 1e-14);
/// assert_eq!(result.degrees_of_freedom, Some(2.0));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PartialCorrelation {
    correlations: Arc<Correlations>,
    singular: Singular,
}

impl PartialCorrelation {
    /// The test for these correlations.
    pub fn new(correlations: impl Into<Arc<Correlations>>) -> Self {
        Self {
            correlations: correlations.into(),
            singular: Singular::Refuse,
        }
    }

    /// The test for the correlations of a table.
    ///
    /// # Errors
    ///
    /// Those of [`Correlations::of`].
    pub fn of(table: &ContinuousTable) -> Result<Self> {
        Ok(Self::new(Correlations::of(table)?))
    }

    /// The test with another policy for sets that are singular.
    #[must_use]
    pub fn with_singular(self, singular: Singular) -> Self {
        Self { singular, ..self }
    }
}

impl IndependenceTest for PartialCorrelation {
    fn name(&self) -> &'static str {
        "partial-correlation"
    }

    fn n_variables(&self) -> usize {
        self.correlations.n_variables()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        check_query(self.correlations.nodes(), x, y, given)?;
        let found = partial(&self.correlations, x, y, given, self.singular)?;
        let n_given = found.map_or(0, |partial| partial.n_given);
        let n_rows = self.correlations.n_rows();
        if n_rows < n_given + 3 {
            return Err(Error::TooFewRows {
                got: n_rows,
                expected: n_given + 3,
                purpose: "a t-test given that many variables",
            });
        }
        let freedom = (n_rows - n_given - 2) as f64;
        let r = found.map_or(0.0, |partial| partial.correlation());
        Ok(TestResult {
            statistic: r * (freedom / ((1.0 - r) * (1.0 + r))).sqrt(),
            degrees_of_freedom: Some(freedom),
            p_value: tail::correlation_two_sided(r, freedom),
        })
    }
}
