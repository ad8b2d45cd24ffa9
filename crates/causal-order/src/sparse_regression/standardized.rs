//! Columns of mean 0 and variance 1.

use causal_graph::{ContinuousTable, Nodes};

use crate::{Correlations, Error, Result};

/// A table whose columns have mean 0 and variance 1 (divided by the number of rows), and their correlations.
///
/// No column is constant or a linear function of others.
#[derive(Debug, Clone)]
pub(crate) struct Standardized {
    pub(crate) nodes: Nodes,
    pub(crate) columns: Vec<Vec<f64>>,
    /// Standard deviations of the columns as given.
    pub(crate) deviations: Vec<f64>,
    pub(crate) correlations: Correlations,
}

impl Standardized {
    /// # Errors
    ///
    /// [`Error::TooFewRows`] unless there are two rows more than columns, [`Error::ConstantColumn`],
    /// [`Error::ColumnRange`], [`Error::CollinearColumns`].
    pub(crate) fn new(table: &ContinuousTable, purpose: &'static str) -> Result<Self> {
        let expected = table.n_columns() + 2;
        if table.n_rows() < expected {
            return Err(Error::TooFewRows {
                got: table.n_rows(),
                expected,
                purpose,
            });
        }
        let correlations = Correlations::of(table)?;
        correlations.check_independent()?;
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
        Ok(Self {
            nodes,
            columns,
            deviations,
            correlations,
        })
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.correlations.n_rows()
    }
}

/// Gives the column mean 0 and variance 1, and returns the standard deviation that it had; nothing for a constant column.
pub(crate) fn standardize(column: &mut [f64]) -> Option<f64> {
    let n_rows = column.len() as f64;
    let first = *column.first()?;
    let mean = first + column.iter().map(|value| (value - first) / n_rows).sum::<f64>();
    // Squares of the scaled values neither overflow nor vanish.
    let scale = column
        .iter()
        .fold(0.0, |greatest: f64, value| greatest.max((value - mean).abs()));
    let varies = scale > 4.0 * f64::EPSILON * mean.abs();
    if !varies {
        return None;
    }
    let variance = column
        .iter()
        .map(|value| ((value - mean) / scale).powi(2))
        .sum::<f64>()
        / n_rows;
    let deviation = scale * variance.sqrt();
    for value in column {
        *value = (*value - mean) / deviation;
    }
    Some(deviation)
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
        let error =
            Standardized::new(&table(vec![varying.clone(), other, sum]), "a test").expect_err("collinear");
        assert!(matches!(&error, Error::CollinearColumns { of, .. } if of.len() == 2));
        let error = Standardized::new(&table(vec![varying, vec![0.1; 6]]), "a test").expect_err("constant");
        assert!(matches!(&error, Error::ConstantColumn { column } if column == "X1"));
        let error = Standardized::new(&table(vec![vec![1.0, 2.0]]), "a test").expect_err("two rows");
        assert!(matches!(
            error,
            Error::TooFewRows {
                got: 2,
                expected: 3,
                ..
            }
        ));
    }
}
