//! Linear systems with a general square matrix.

use tch::Tensor;

use super::{right_hand_side, square};
use crate::{Error, Result};

/// Solves `A x = b` by LU factorisation with partial pivoting.
///
/// For a symmetric positive definite matrix [`cholesky`](super::cholesky) and
/// [`cholesky_solve`](super::cholesky_solve) take half the time.
///
/// # Shapes
///
/// `a`: (n, n). `b`: (n) or (n, k). Result: as `b`.
///
/// # Errors
///
/// [`Error::Matrix`] if a pivot is exactly zero; [`Error::Kind`] unless `f64`, [`Error::Shape`] unless `a` is square and
/// `b` has its n rows, [`Error::NonFinite`] with the index of the first NaN or infinity. A matrix that is singular up to
/// rounding is not refused: [`numerical_rank`](super::numerical_rank) tells.
///
/// # Complexity
///
/// O(n³ + n² k): 2/3 n³ operations for the factors.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[0.0, 2.0, 1.0, 1.0]).reshape([2, 2]);
/// let x = linalg::solve(&a, &Tensor::from_slice(&[4.0, 3.0]))?;
/// assert_eq!(x, Tensor::from_slice(&[1.0, 2.0]));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn solve(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let op = "solve";
    let (a, order) = square(op, a)?;
    let b = right_hand_side(op, b, order)?;
    let (x, info) = Tensor::f_linalg_solve_ex(&a, &b, true, false)?;
    match info.f_int64_value(&[])? {
        0 => Ok(x),
        pivot => Err(Error::Matrix {
            op,
            reason: format!("the matrix is singular: pivot {pivot} of {order} is 0"),
        }),
    }
}
