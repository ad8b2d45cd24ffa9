//! Fisher's z-test.

use std::sync::{Arc, OnceLock};

use causal_graph::ContinuousTable;

use super::partial::{Partial, partial};
use super::query::check_query;
use super::{IndependenceTest, Singular, TestResult, tail};
use crate::{Correlations, Error, Result};

/// Fisher's z-test of a partial correlation.
///
/// ```text
/// z = sqrt(n - |S| - 3) atanh r          p = erfc(|z| / sqrt 2)
///
/// n   rows
/// S   conditioning set
/// r   partial correlation of x and y given S
/// ```
///
/// # Complexity
///
/// O(n p²) once; after that O(k³) for a set of k, whatever the number of rows, without allocation up to k = 14.
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
/// use causal_order::independence::{FisherZ, IndependenceTest};
///
/// // x <- u -> y: the correlation of x and y is the product of theirs with u.
/// let matrix = vec![1.0, 0.36, 0.6, 0.36, 1.0, 0.6, 0.6, 0.6, 1.0];
/// let test = FisherZ::new(Correlations::new(Nodes::numbered(3), 103, matrix)?);
/// let marginal = test.test(0, 1, &[])?;
/// assert!((marginal.statistic - 10.0 * 0.36_f64.atanh()).abs() < 1e-14);
/// assert!(marginal.p_value < 0.001);
/// assert!((test.test(0, 1, &[2])?.p_value - 1.0).abs() < 1e-14);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FisherZ {
    correlations: Arc<Correlations>,
    singular: Singular,
    critical: OnceLock<Critical>,
}

impl FisherZ {
    /// The test for these correlations.
    pub fn new(correlations: impl Into<Arc<Correlations>>) -> Self {
        Self {
            correlations: correlations.into(),
            singular: Singular::Refuse,
            critical: OnceLock::new(),
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

    /// The correlations.
    pub fn correlations(&self) -> &Correlations {
        &self.correlations
    }

    fn partial(&self, x: usize, y: usize, given: &[usize]) -> Result<Option<Partial>> {
        check_query(self.correlations.nodes(), x, y, given)?;
        partial(&self.correlations, x, y, given, self.singular)
    }

    /// `n - |S| - 3`, which is at least 1.
    fn freedom(&self, n_given: usize) -> Result<f64> {
        let n_rows = self.correlations.n_rows();
        if n_rows < n_given + 4 {
            return Err(Error::TooFewRows {
                got: n_rows,
                expected: n_given + 4,
                purpose: "Fisher's z given that many variables",
            });
        }
        Ok((n_rows - n_given - 3) as f64)
    }
}

impl IndependenceTest for FisherZ {
    fn name(&self) -> &'static str {
        "fisher-z"
    }

    fn n_variables(&self) -> usize {
        self.correlations.n_variables()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        let found = self.partial(x, y, given)?;
        let freedom = self.freedom(found.map_or(0, |partial| partial.n_given))?;
        let statistic = found.map_or(0.0, |partial| freedom.sqrt() * partial.correlation().atanh());
        Ok(TestResult {
            statistic,
            degrees_of_freedom: None,
            p_value: tail::normal_two_sided(statistic),
        })
    }

    fn is_independent(&self, x: usize, y: usize, given: &[usize], alpha: f64) -> Result<bool> {
        let critical = self
            .critical
            .get_or_init(|| Critical::new(alpha, self.correlations.n_rows()));
        if critical.alpha == alpha
            && let Some(&threshold) = critical.squares.get(given.len())
            && let Some(partial) = self.partial(x, y, given)?
            && partial.n_given == given.len()
        {
            let (square, variances) = partial.square();
            let (low, high) = (threshold * (1.0 - NEAR), threshold * (1.0 + NEAR));
            if square <= low * variances {
                return Ok(true);
            }
            if square > high * variances {
                return Ok(false);
            }
        }
        Ok(self.test(x, y, given)?.p_value > alpha)
    }
}

/// Within this share of the critical value the p-value decides, so that rounding of the critical value cannot.
const NEAR: f64 = 1e-9;

/// Squares of the correlations whose p-value is `alpha`, by the size of the conditioning set; none for levels and sizes
/// at which the critical value is not known to within [`NEAR`].
#[derive(Debug, Clone)]
struct Critical {
    alpha: f64,
    squares: Vec<f64>,
}

impl Critical {
    /// The first level that is asked for; others go by the p-value.
    fn new(alpha: f64, n_rows: usize) -> Self {
        const SIZES: usize = 32;
        // Outside, one rounding of alpha moves the critical value by more than `NEAR`.
        const LEVELS: std::ops::RangeInclusive<f64> = 1e-280..=0.999;
        // Beyond, correlations are cut off so that statistics are finite.
        const LARGEST: f64 = 1.0 - 1e-8;
        let z = tail::normal_quantile_two_sided(alpha).filter(|_| LEVELS.contains(&alpha));
        let squares = z.map_or_else(Vec::new, |z| {
            (0..SIZES)
                .take_while(|size| n_rows >= size + 4)
                .map(|size| (z / ((n_rows - size - 3) as f64).sqrt()).tanh().powi(2))
                .take_while(|&square| square < LARGEST)
                .collect()
        });
        Self { alpha, squares }
    }
}
