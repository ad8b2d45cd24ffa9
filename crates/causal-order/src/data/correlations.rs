//! Correlations of all pairs of columns.

use causal_graph::{ContinuousTable, Nodes};
use serde::{Deserialize, Serialize};

use super::centred::unit_columns;
use super::cross_products::cross_products;
use super::dependence::{Dependence, dependences};
use crate::{Error, Result};

/// How far a given matrix may be from symmetric, its diagonal from 1 and its entries beyond 1.
const GIVEN: f64 = 1e-8;

/// The correlations of the columns of a table: all that a test or score of Gaussian variables reads of it.
///
/// ```text
/// r_ij = sum (x_i - m_i)(x_j - m_j) / sqrt( sum (x_i - m_i)²  sum (x_j - m_j)² )
///
/// m   means
/// ```
///
/// The matrix is symmetric to the last bit and has ones on the diagonal. The number of threads changes no
/// bit of it.
///
/// # Complexity
///
/// O(n p²) for p columns and n rows.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::Correlations;
///
/// let columns = vec![vec![1.0, 2.0, 3.0], vec![1.0, 3.0, 2.0]];
/// let correlations = Correlations::of(&ContinuousTable::new(Nodes::numbered(2), columns)?)?;
/// // (-1)(-1) + 0 + (1)(0) = 1 over sqrt(2 x 2).
/// assert!((correlations.get(0, 1) - 0.5).abs() < 1e-15);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Correlations {
    nodes: Nodes,
    n_rows: usize,
    matrix: Vec<f64>,
}

/// How serde writes them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    nodes: Nodes,
    n_rows: usize,
    matrix: Vec<f64>,
}

impl Correlations {
    /// The correlations of a table.
    ///
    /// # Errors
    ///
    /// [`Error::TooFewRows`] below two rows; [`Error::ConstantColumn`]; [`Error::ColumnRange`] if the values of a
    /// column are so far apart that their differences overflow.
    pub fn of(table: &ContinuousTable) -> Result<Self> {
        let columns = unit_columns(table)?;
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut matrix = cross_products(&views);
        drop(columns);
        let n = table.n_columns();
        for r in &mut matrix {
            *r = r.clamp(-1.0, 1.0);
        }
        for node in 0..n {
            matrix[node * n + node] = 1.0;
        }
        Ok(Self {
            nodes: table.nodes().clone(),
            n_rows: table.n_rows(),
            matrix,
        })
    }

    /// Correlations that were found elsewhere, row after row, of `n_rows` rows.
    ///
    /// What rounding left is put right: the matrix becomes exactly symmetric, its diagonal exactly 1.
    ///
    /// # Shapes
    ///
    /// As many rows and columns as nodes.
    ///
    /// # Errors
    ///
    /// [`Error::NotCorrelations`] for another number of entries, or for an entry that is further than 1e-8 from what a
    /// correlation matrix has there.
    pub fn new(nodes: Nodes, n_rows: usize, mut matrix: Vec<f64>) -> Result<Self> {
        let n = nodes.len();
        let refuse = |row: usize, column: usize| Error::NotCorrelations {
            row,
            column,
            n_variables: n,
        };
        if matrix.len() != n * n {
            return Err(refuse(matrix.len() / n.max(1), matrix.len() % n.max(1)));
        }
        for i in 0..n {
            for j in 0..=i {
                let (lower, upper) = (matrix[i * n + j], matrix[j * n + i]);
                let is_close = (lower - upper).abs() <= GIVEN && lower.abs() <= 1.0 + GIVEN;
                if !(is_close && (i != j || (lower - 1.0).abs() <= GIVEN)) {
                    return Err(refuse(i, j));
                }
                let r = if i == j {
                    1.0
                } else {
                    f64::midpoint(lower, upper).clamp(-1.0, 1.0)
                };
                (matrix[i * n + j], matrix[j * n + i]) = (r, r);
            }
        }
        Ok(Self {
            nodes,
            n_rows,
            matrix,
        })
    }

    /// The nodes, in the order of the rows.
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

    /// The correlation of two variables, both below [`n_variables`](Self::n_variables).
    #[inline]
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.matrix[i * self.nodes.len() + j]
    }

    /// The correlations of a variable with all, itself included.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.matrix[i * self.n_variables()..(i + 1) * self.n_variables()]
    }

    /// The matrix, row after row.
    pub fn matrix(&self) -> &[f64] {
        &self.matrix
    }

    /// The columns that are linear functions of others, and of which: see [`Dependence`].
    ///
    /// # Complexity
    ///
    /// O(p³) for p variables.
    pub fn dependences(&self) -> Vec<Dependence> {
        dependences(self)
    }

    /// Checks that no column is a linear function of others.
    ///
    /// # Errors
    ///
    /// [`Error::CollinearColumns`] with the first.
    pub fn check_independent(&self) -> Result<()> {
        match self.dependences().first() {
            None => Ok(()),
            Some(dependence) => Err(dependence.error(&self.nodes)),
        }
    }
}

impl TryFrom<Parts> for Correlations {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self> {
        Self::new(parts.nodes, parts.n_rows, parts.matrix)
    }
}

impl From<Correlations> for Parts {
    fn from(correlations: Correlations) -> Self {
        Self {
            nodes: correlations.nodes,
            n_rows: correlations.n_rows,
            matrix: correlations.matrix,
        }
    }
}
