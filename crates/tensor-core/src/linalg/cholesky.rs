//! Cholesky factorisation of symmetric positive definite matrices, and what it gives: solutions and determinants.

use tch::Tensor;

use super::{right_hand_side, square};
use crate::{Error, Result, convert};

/// The Cholesky factor of a symmetric positive definite matrix.
///
/// ```text
/// A = L L^T,   L lower triangular with a positive diagonal
/// ```
///
/// # Shapes
///
/// `a`: (n, n), the lower triangle is read. Result: (n, n), zero above the diagonal.
///
/// # Errors
///
/// [`Error::NotPositiveDefinite`] with the order of the first leading minor that is not positive; [`Error::Kind`]
/// unless `f64`, [`Error::Shape`] unless square, [`Error::NonFinite`] with the index of the first NaN or infinity.
///
/// # Complexity
///
/// O(n³): n³/3 operations.
///
/// # Examples
///
/// ```
/// use tensor_core::{Error, Tensor, linalg};
///
/// let a = Tensor::from_slice(&[4.0, 2.0, 2.0, 5.0]).reshape([2, 2]);
/// let factor = linalg::cholesky(&a)?;
/// assert_eq!(factor, Tensor::from_slice(&[2.0, 0.0, 1.0, 2.0]).reshape([2, 2]));
///
/// let indefinite = Tensor::from_slice(&[1.0, 2.0, 2.0, 1.0]).reshape([2, 2]);
/// assert!(matches!(linalg::cholesky(&indefinite), Err(Error::NotPositiveDefinite { order: 2, .. })));
/// # Ok::<(), Error>(())
/// ```
pub fn cholesky(a: &Tensor) -> Result<Tensor> {
    factor("cholesky", a)
}

/// Solves `A x = b` given the Cholesky factor of `A`.
///
/// ```text
/// x = L^-T L^-1 b
/// ```
///
/// # Shapes
///
/// `factor`: (n, n), the lower triangle is read. `b`: (n) or (n, k). Result: as `b`.
///
/// # Errors
///
/// [`Error::Kind`] unless `f64`, [`Error::Shape`] unless the factor is square and `b` has its n rows,
/// [`Error::NonFinite`] with the index of the first NaN or infinity, [`Error::Matrix`] if the factor has a zero on its
/// diagonal.
///
/// # Complexity
///
/// O(n² k).
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[4.0, 2.0, 2.0, 5.0]).reshape([2, 2]);
/// let x = linalg::cholesky_solve(&linalg::cholesky(&a)?, &Tensor::from_slice(&[8.0, 8.0]))?;
/// assert_eq!(x, Tensor::from_slice(&[1.5, 1.0]));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn cholesky_solve(factor: &Tensor, b: &Tensor) -> Result<Tensor> {
    let op = "cholesky_solve";
    let (factor, order) = square(op, factor)?;
    let b = right_hand_side(op, b, order)?;
    let diagonal = convert::vector::<f64>("diagonal", &factor.f_diagonal(0, 0, 1)?)?;
    if let Some(position) = diagonal.iter().position(|&entry| entry == 0.0) {
        return Err(Error::Matrix {
            op,
            reason: format!("the factor's entry [{position}, {position}] is 0"),
        });
    }
    if b.dim() == 2 {
        return Ok(b.f_cholesky_solve(&factor, false)?);
    }
    Ok(b.f_unsqueeze(1)?
        .f_cholesky_solve(&factor, false)?
        .f_squeeze_dim(1)?)
}

/// The logarithm of the determinant of a symmetric positive definite matrix.
///
/// ```text
/// log det A = 2 sum_i log L_ii,   A = L L^T
/// ```
///
/// Unlike the determinant itself it neither overflows nor vanishes.
///
/// # Shapes
///
/// `a`: (n, n), the lower triangle is read.
///
/// # Errors
///
/// As [`cholesky`].
///
/// # Complexity
///
/// O(n³): n³/3 operations.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[4.0, 2.0, 2.0, 5.0]).reshape([2, 2]);
/// assert!((linalg::logdet_spd(&a)? - 16.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn logdet_spd(a: &Tensor) -> Result<f64> {
    let factor = factor("logdet_spd", a)?;
    let diagonal = convert::vector::<f64>("diagonal", &factor.f_diagonal(0, 0, 1)?)?;
    Ok(2.0 * diagonal.iter().map(|entry| entry.ln()).sum::<f64>())
}

/// The Cholesky factor, with errors in the name of `op`.
fn factor(op: &'static str, a: &Tensor) -> Result<Tensor> {
    let (a, _) = square(op, a)?;
    let (factor, info) = a.f_linalg_cholesky_ex(false, false)?;
    match info.f_int64_value(&[])? {
        0 => Ok(factor),
        order => Err(Error::NotPositiveDefinite {
            op,
            order: order as usize,
        }),
    }
}
