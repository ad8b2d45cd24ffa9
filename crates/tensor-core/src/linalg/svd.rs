//! Singular values and numerical rank.

use tch::Tensor;

use super::matrix;
use crate::{Result, check, convert};

/// The thin singular value decomposition of a matrix, `A = U diag(s) V^T` with `k = min(m, n)`.
#[derive(Debug)]
pub struct Svd {
    /// Left singular vectors `U`, one a column: (m, k).
    pub u: Tensor,
    /// Singular values `s`, descending: (k).
    pub values: Tensor,
    /// Right singular vectors `V`, one a column: (n, k).
    pub v: Tensor,
}

/// The thin singular value decomposition.
///
/// ```text
/// A = U diag(s) V^T,   U^T U = V^T V = I,   s_1 >= s_2 >= ... >= s_k >= 0,   k = min(m, n)
/// ```
///
/// # Shapes
///
/// `a`: (m, n).
///
/// # Errors
///
/// [`Error::Kind`](crate::Error::Kind) unless `f64`, [`Error::Shape`](crate::Error::Shape) unless a matrix,
/// [`Error::NonFinite`](crate::Error::NonFinite) with the index of the first NaN or infinity.
///
/// # Complexity
///
/// O(m n k).
///
/// # Reference
///
/// LAPACK `dgesdd`: Gu and Eisenstat, "A divide-and-conquer algorithm for the bidiagonal SVD", SIAM Journal on Matrix
/// Analysis and Applications 16 (1995), doi:10.1137/S0895479892242232.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[0.0, 3.0, 4.0, 0.0]).reshape([2, 2]);
/// let svd = linalg::svd(&a)?;
/// assert_eq!(svd.values.double_value(&[0]), 4.0);
/// assert_eq!(svd.values.double_value(&[1]), 3.0);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn svd(a: &Tensor) -> Result<Svd> {
    let (a, ..) = matrix("svd", a)?;
    let (u, values, v) = a.f_svd(true, true)?;
    Ok(Svd { u, values, v })
}

/// The number of singular values above `rtol` times the largest.
///
/// `None` for `rtol` stands for `max(m, n)` times the machine epsilon, the usual choice: what rounding alone can
/// leave of a zero singular value.
///
/// # Shapes
///
/// `a`: (m, n).
///
/// # Errors
///
/// [`Error::Parameter`](crate::Error::Parameter) unless `rtol` lies between 0 and 1; otherwise as [`svd`].
///
/// # Complexity
///
/// O(m n min(m, n)).
///
/// # Reference
///
/// Golub and Van Loan, "Matrix Computations", 4th edition (2013), section 5.4.1.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[1.0, 2.0, 2.0, 4.0]).reshape([2, 2]);
/// assert_eq!(linalg::numerical_rank(&a, None)?, 1);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn numerical_rank(a: &Tensor, rtol: Option<f64>) -> Result<usize> {
    let (a, rows, columns) = matrix("numerical_rank", a)?;
    let rtol = rtol.unwrap_or(rows.max(columns) as f64 * f64::EPSILON);
    check::unit_interval("rtol", rtol)?;
    let (_, values, _) = a.f_svd(true, false)?;
    let values = convert::vector::<f64>("singular values", &values)?;
    let cut = rtol * values.first().copied().unwrap_or(0.0);
    Ok(values.iter().filter(|&&value| value > cut).count())
}
