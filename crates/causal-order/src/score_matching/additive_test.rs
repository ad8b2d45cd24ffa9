//! Which variables an additive model needs.

use causal_graph::ContinuousTable;
use ndarray::{Array1, Array2};
use ndarray_linalg::InverseC;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::b_spline::cubic_b_splines;
use crate::sparse_regression::{GrowingCholesky, standardize};
use crate::{Error, Result};

/// F tests of the smooth terms of an additive model.
///
/// ```text
/// y = mean + sum_k f_k(x_k) + noise          f_k: a cubic spline, by least squares
///
/// F_k = (RSS without f_k - RSS) / d_k  /  (RSS / (n - 1 - sum d))         p = P(F(d_k, n - 1 - sum d) > F_k)
///
/// d_k    free coefficients of f_k: functions - 1      RSS    residual sum of squares      n    rows
/// ```
///
/// The inner knots of a spline are quantiles of its variable. With fewer than three rows for each function there are fewer
/// functions: `n / 3 p` for p candidates; and there are no more than one and half as many as the variable has values. Where that
/// leaves fewer than 4, the term is a straight line.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `alpha` | 0.001 | a term is needed if its p-value is below | 0 to 1 | Bühlmann 2014, section 3.4 |
/// | `n_functions` | 10 | B-splines for a term | ≥ 4 | Bühlmann 2014, section 6.1 |
///
/// # Reference
///
/// Bühlmann, Peters, Ernest, *CAM: Causal additive models, high-dimensional order search and penalized regression*, Annals of
/// Statistics 42, 2014. There the splines are penalised; here they are not, so that the tests are exact for normal noise.
///
/// # Examples
///
/// ```
/// # extern crate openblas_src;
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::AdditiveTest;
///
/// let grid = |step: usize| (0..400).map(move |row| ((row / step) % 20) as f64 - 9.5);
/// let (x, z): (Vec<f64>, Vec<f64>) = (grid(1).collect(), grid(20).collect());
/// // A parabola of x; z plays no part; the noise is orthogonal to all functions of one of them.
/// let noise = x.iter().zip(&z).map(|(x, z)| (x * z).signum());
/// let y = x.iter().zip(noise).map(|(x, noise)| x * x / 10.0 + noise).collect();
/// let table = ContinuousTable::new(Nodes::numbered(3), vec![x, z, y])?;
/// let p_values = AdditiveTest::default().p_values(&table, 2, &[0, 1])?;
/// assert!(p_values[0] < 1e-100);
/// assert!((p_values[1] - 1.0).abs() < 1e-9);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdditiveTest {
    /// A term is needed if its p-value is below.
    pub alpha: f64,
    /// B-splines for a term.
    pub n_functions: usize,
}

impl Default for AdditiveTest {
    fn default() -> Self {
        Self {
            alpha: 0.001,
            n_functions: 10,
        }
    }
}

/// The least number of cubic B-splines.
const LEAST_FUNCTIONS: usize = 4;

/// Rows for each function.
const ROWS_FOR_FUNCTION: usize = 3;

impl AdditiveTest {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`].
    pub fn validate(&self) -> Result<()> {
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return Err(Error::Parameter {
                name: "alpha",
                value: self.alpha,
                expected: "a number between 0 and 1",
            });
        }
        if self.n_functions >= LEAST_FUNCTIONS {
            return Ok(());
        }
        Err(Error::Parameter {
            name: "n_functions",
            value: self.n_functions as f64,
            expected: "at least 4",
        })
    }

    /// The p-value of the term of every candidate, in their order.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`]; [`Error::Graph`] for a node that is not of the table; [`Error::TargetAmongCandidates`];
    /// [`Error::TooFewRows`] unless there are two rows more than candidates; [`Error::ConstantColumn`];
    /// [`Error::DependentTerms`].
    ///
    /// # Complexity
    ///
    /// O(n q² + q³) for q functions of all terms.
    pub fn p_values(&self, table: &ContinuousTable, target: usize, candidates: &[usize]) -> Result<Vec<f64>> {
        self.validate()?;
        let nodes = table.nodes();
        for &node in candidates.iter().chain([&target]) {
            nodes.check(node)?;
        }
        if candidates.contains(&target) {
            let target = nodes.name(target).to_owned();
            return Err(Error::TargetAmongCandidates { target });
        }
        let n_rows = table.n_rows();
        if n_rows < candidates.len() + 2 {
            return Err(Error::TooFewRows {
                got: n_rows,
                expected: candidates.len() + 2,
                purpose: "an additive model of all candidates",
            });
        }
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let n_functions = self
            .n_functions
            .min(n_rows.div_ceil(ROWS_FOR_FUNCTION * candidates.len()));
        let response = standardized(table, target)?;
        let mut terms = Vec::with_capacity(candidates.len());
        for &candidate in candidates {
            terms.push(term(table, candidate, n_functions)?);
        }
        f_tests(&terms, &response).ok_or_else(|| Error::DependentTerms {
            target: nodes.name(target).to_owned(),
        })
    }
}

/// The functions of a term, each of mean 0 and variance 1.
fn term(table: &ContinuousTable, node: usize, n_functions: usize) -> Result<Vec<Vec<f64>>> {
    let column = standardized(table, node)?;
    let Some(mut functions) = cubic_b_splines(&column, n_functions) else {
        return Ok(vec![column]);
    };
    // They sum to 1: without one of them, and without the means, they are independent.
    functions.pop();
    // A function that no point lies under does not count.
    functions.retain_mut(|function| standardize(function).is_some());
    Ok(functions)
}

fn standardized(table: &ContinuousTable, node: usize) -> Result<Vec<f64>> {
    let mut column = table.column(node).to_vec();
    match standardize(&mut column) {
        Some(_) => Ok(column),
        None => Err(Error::ConstantColumn {
            column: table.nodes().name(node).to_owned(),
        }),
    }
}

/// The p-values of groups of regressors; nothing if these depend on each other. With `b` the coefficients and
/// `V = (Z^T Z)^-1`,
///
/// ```text
/// RSS without group k - RSS = b_k^T (V_kk)^-1 b_k
/// ```
fn f_tests(terms: &[Vec<Vec<f64>>], response: &[f64]) -> Option<Vec<f64>> {
    let n_rows = response.len();
    let regressors: Vec<f64> = terms.iter().flatten().flatten().copied().collect();
    let n_regressors = regressors.len() / n_rows;
    let regressors = Array2::from_shape_vec((n_regressors, n_rows), regressors)
        .expect("every function has a value for each row");
    let response = Array1::from(response.to_vec());
    let inverse = regressors.dot(&regressors.t()).invc().ok()?;
    let coefficients = inverse.dot(&regressors.dot(&response));
    let residuals = &response - &coefficients.dot(&regressors);
    let free = n_rows as f64 - 1.0 - n_regressors as f64;
    let residual_variance = residuals.dot(&residuals) / free;

    let mut p_values = Vec::with_capacity(terms.len());
    let mut first = 0;
    for term in terms {
        let group = first..first + term.len();
        first = group.end;
        let own: Vec<f64> = group.clone().map(|k| coefficients[k]).collect();
        let mut block = GrowingCholesky::default();
        for k in group.clone() {
            let row = (group.start..=k).map(|other| inverse[(k, other)]);
            if !block.append(row.collect(), 0.0) {
                return None;
            }
        }
        let gain: f64 = block.solve(&own).iter().zip(&own).map(|(a, b)| a * b).sum();
        let statistic = gain / own.len() as f64 / residual_variance;
        p_values.push(upper_tail(statistic, own.len() as f64, free));
    }
    Some(p_values)
}

/// `P(F > statistic)`.
fn upper_tail(statistic: f64, numerator: f64, denominator: f64) -> f64 {
    match FisherSnedecor::new(numerator, denominator) {
        Ok(distribution) if statistic > 0.0 => distribution.sf(statistic),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use causal_graph::Nodes;

    use super::*;

    #[test]
    fn parameters_are_checked() {
        for alpha in [0.0, 1.0, -0.1, f64::NAN] {
            let test = AdditiveTest {
                alpha,
                ..AdditiveTest::default()
            };
            assert!(matches!(
                test.validate(),
                Err(Error::Parameter { name: "alpha", .. })
            ));
        }
        let test = AdditiveTest {
            n_functions: 3,
            ..AdditiveTest::default()
        };
        assert!(matches!(
            test.validate(),
            Err(Error::Parameter {
                name: "n_functions",
                ..
            })
        ));
    }

    #[test]
    fn a_straight_line_has_the_p_value_of_the_t_test() {
        // Residuals (0.5, -0.5, -0.5, 0.5) are orthogonal to 1 and x: t^2 = 2 b^2 sum x^2 / RSS = 2 * 5 / 1 = 10.
        let x = vec![-1.5, -0.5, 0.5, 1.5];
        let y = vec![-1.0, -1.0, 0.0, 2.0];
        let table = ContinuousTable::new(Nodes::numbered(2), vec![x, y]).expect("rectangular");
        let p_values = AdditiveTest::default().p_values(&table, 1, &[0]).expect("a line");
        // P(|t_2| > t) = 1 - t / sqrt(2 + t^2).
        golden::assert_close(&p_values, &[1.0 - (10.0_f64 / 12.0).sqrt()], 1e-12, 0.0);
    }
}
