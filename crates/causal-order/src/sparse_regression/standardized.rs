//! Columns of mean 0 and variance 1.

use causal_graph::{ContinuousTable, Nodes};

use super::growing_cholesky::GrowingCholesky;
use crate::{Error, Result};

/// The least share of its variance that a column must keep beside those before it.
const LEAST_UNEXPLAINED: f64 = 1e-10;

/// A table whose columns have mean 0 and variance 1 (divided by the number of rows), and their correlations.
///
/// No column is constant or a linear function of others.
#[derive(Debug, Clone)]
pub(crate) struct Standardized {
    pub(crate) nodes: Nodes,
    pub(crate) columns: Vec<Vec<f64>>,
    /// Standard deviations of the columns as given.
    pub(crate) deviations: Vec<f64>,
    pub(crate) correlations: Vec<Vec<f64>>,
}

impl Standardized {
    /// # Errors
    ///
    /// [`Error::TooFewRows`] unless there are more rows than columns and one, [`Error::ConstantColumn`],
    /// [`Error::CollinearColumns`].
    pub(crate) fn new(table: &ContinuousTable, purpose: &'static str) -> Result<Self> {
        let expected = table.n_columns() + 2;
        if table.n_rows() < expected {
            return Err(Error::TooFewRows {
                got: table.n_rows(),
                expected,
                purpose,
            });
        }
        let nodes = table.nodes().clone();
        let mut columns = Vec::with_capacity(table.n_columns());
        let mut deviations = Vec::with_capacity(table.n_columns());
        for node in 0..table.n_columns() {
            let mut column = table.column(node).to_vec();
            let deviation = standardize(&mut column).ok_or_else(|| Error::ConstantColumn {
                column: nodes.name(node).to_owned(),
            })?;
            columns.push(column);
            deviations.push(deviation);
        }
        let correlations = correlations(&columns);
        check_independent(&nodes, &correlations)?;
        Ok(Self {
            nodes,
            columns,
            deviations,
            correlations,
        })
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

/// Gives the column mean 0 and variance 1, and returns the standard deviation that it had; nothing for a constant column.
pub(crate) fn standardize(column: &mut [f64]) -> Option<f64> {
    let n_rows = column.len() as f64;
    let first = *column.first()?;
    let mean = first + column.iter().map(|value| (value - first) / n_rows).sum::<f64>();
    // Squares of the scaled values neither overflow nor vanish.
    let scale = column.iter().fold(0.0, |greatest: f64, value| greatest.max((value - mean).abs()));
    if !(scale > 4.0 * f64::EPSILON * mean.abs()) {
        return None;
    }
    let variance = column.iter().map(|value| ((value - mean) / scale).powi(2)).sum::<f64>() / n_rows;
    let deviation = scale * variance.sqrt();
    for value in column {
        *value = (*value - mean) / deviation;
    }
    Some(deviation)
}

fn correlations(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut correlations = vec![vec![1.0; columns.len()]; columns.len()];
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns[..i].iter().enumerate() {
            let correlation = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64;
            correlations[i][j] = correlation;
            correlations[j][i] = correlation;
        }
    }
    correlations
}

/// Checks that no column is a linear function of those before it.
fn check_independent(nodes: &Nodes, correlations: &[Vec<f64>]) -> Result<()> {
    /// The least standardised coefficient that counts in the message.
    const LEAST_COEFFICIENT: f64 = 1e-4;
    let mut factor = GrowingCholesky::default();
    for (node, row) in correlations.iter().enumerate() {
        if factor.append(row[..=node].to_vec(), LEAST_UNEXPLAINED) {
            continue;
        }
        let coefficients = factor.solve(&row[..node]);
        let of = (0..node).filter(|&other| coefficients[other].abs() > LEAST_COEFFICIENT);
        return Err(Error::CollinearColumns {
            column: nodes.name(node).to_owned(),
            of: of.map(|other| nodes.name(other).to_owned()).collect(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: Vec<Vec<f64>>) -> ContinuousTable {
        ContinuousTable::new(Nodes::numbered(columns.len()), columns).expect("finite and rectangular")
    }

    #[test]
    fn columns_of_any_scale_are_standardised() {
        let column = [1.0, 2.0, 3.0, 4.0].map(|x| 1e200 * x);
        let standardized = Standardized::new(&table(vec![column.to_vec()]), "a test").expect("varies");
        golden::assert_close(&standardized.deviations, &[1e200 * 1.25_f64.sqrt()], 1e-15, 0.0);
        let mean_square: f64 = standardized.columns[0].iter().map(|x| x * x).sum::<f64>() / 4.0;
        golden::assert_close(&[mean_square], &[1.0], 1e-15, 0.0);
    }

    #[test]
    fn what_cannot_be_regressed_is_named() {
        let varying = vec![1.0, -2.0, 0.5, 3.0, 0.0, 1.0];
        let other = vec![0.0, 1.0, 1.0, -1.0, 2.0, 0.3];
        let sum = varying.iter().zip(&other).map(|(a, b)| a + b).collect();
        let error = Standardized::new(&table(vec![varying.clone(), other, sum]), "a test").expect_err("collinear");
        assert!(matches!(&error, Error::CollinearColumns { column, of } if column == "X2" && of == &["X0", "X1"]));
        let error = Standardized::new(&table(vec![varying, vec![0.1; 6]]), "a test").expect_err("constant");
        assert!(matches!(&error, Error::ConstantColumn { column } if column == "X1"));
        let error = Standardized::new(&table(vec![vec![1.0, 2.0]]), "a test").expect_err("two rows");
        assert!(matches!(error, Error::TooFewRows { got: 2, expected: 3, .. }));
    }
}
