//! Means and covariances of all columns.

use causal_graph::{ContinuousTable, Nodes};

use super::centred::centred_columns;
use super::cross_products::cross_products;
use crate::{Error, Result};

/// The means of the columns of a table, and their sums of squares and products about the means.
///
/// ```text
/// s_ij = sum (x_i - m_i)(x_j - m_j)          cov_ij = s_ij / (n - 1)
///
/// m   means          n   rows
/// ```
///
/// The number of threads changes no bit. Constant columns have zeros.
///
/// # Complexity
///
/// O(n p²) for p columns and n rows.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::Covariances;
///
/// let columns = vec![vec![1.0, 2.0, 3.0], vec![1.0, 3.0, 2.0]];
/// let covariances = Covariances::of(&ContinuousTable::new(Nodes::numbered(2), columns)?)?;
/// assert_eq!(covariances.means(), [2.0, 2.0]);
/// assert_eq!(covariances.scatter(0, 0), 2.0);
/// assert_eq!(covariances.get(0, 1), 0.5);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Covariances {
    nodes: Nodes,
    n_rows: usize,
    means: Vec<f64>,
    scatter: Vec<f64>,
}

impl Covariances {
    /// The covariances of a table.
    ///
    /// # Errors
    ///
    /// [`Error::TooFewRows`] below two rows; [`Error::ColumnRange`] if values are so far apart that their products
    /// overflow.
    pub fn of(table: &ContinuousTable) -> Result<Self> {
        let n = table.n_columns();
        let mut columns = centred_columns(table)?;
        for column in &mut columns {
            column.values.resize(table.n_rows(), 0.0);
        }
        let views: Vec<&[f64]> = columns.iter().map(|column| column.values.as_slice()).collect();
        let mut scatter = cross_products(&views);
        for (i, row) in scatter.chunks_exact_mut(n.max(1)).enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value *= columns[i].scale * columns[j].scale;
                if !value.is_finite() {
                    return Err(Error::ColumnRange {
                        column: table.nodes().name(i).to_owned(),
                    });
                }
            }
        }
        Ok(Self {
            nodes: table.nodes().clone(),
            n_rows: table.n_rows(),
            means: columns.iter().map(|column| column.mean).collect(),
            scatter,
        })
    }

    /// The nodes, in the order of the columns.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The number of rows of the table.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of variables.
    pub fn n_variables(&self) -> usize {
        self.nodes.len()
    }

    /// The means.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The unbiased covariance of two variables, both below [`n_variables`](Self::n_variables).
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.scatter(i, j) / (self.n_rows - 1) as f64
    }

    /// The sum of products of two variables about their means.
    pub fn scatter(&self, i: usize, j: usize) -> f64 {
        self.scatter[i * self.n_variables() + j]
    }

    /// The sums of products about the means, row after row.
    pub fn scatter_matrix(&self) -> &[f64] {
        &self.scatter
    }
}
