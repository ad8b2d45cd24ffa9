//! The pseudo-inverse of a symmetric matrix.

use tch::Tensor;

use super::eigh::{decompose, rebuild};
use crate::{Result, check};

/// The Moore–Penrose pseudo-inverse of a symmetric matrix.
///
/// ```text
/// A^+ = sum of v_i v_i^T / w_i over all i with |w_i| > rcond max_j |w_j|,   A = V diag(w) V^T
/// ```
///
/// The cut is relative, so that the pseudo-inverse of `c A` is `A^+ / c` for every scale `c`. A usual `rcond` is n
/// times the machine epsilon, `n as f64 * f64::EPSILON`.
///
/// # Shapes
///
/// `a`: (n, n), the lower triangle is read. Result: (n, n), symmetric to the last bit.
///
/// # Errors
///
/// [`Error::Parameter`](crate::Error::Parameter) unless `rcond` lies between 0 and 1; otherwise as
/// [`eigh`](super::eigh()).
///
/// # Complexity
///
/// O(n³), most of it for the eigenvectors. To solve systems, apply these instead of forming the inverse.
///
/// # Reference
///
/// Penrose, "A generalized inverse for matrices", Mathematical Proceedings of the Cambridge Philosophical Society 51
/// (1955), doi:10.1017/S0305004100030401.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// // [[1, 2], [2, 4]] = 5 u u^T with u = (1, 2) / sqrt(5), so the pseudo-inverse is u u^T / 5.
/// let a = Tensor::from_slice(&[1.0, 2.0, 2.0, 4.0]).reshape([2, 2]);
/// let inverse = linalg::pinv_symmetric(&a, 1e-12)?;
/// assert!((inverse.double_value(&[0, 1]) - 2.0 / 25.0).abs() < 1e-16);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn pinv_symmetric(a: &Tensor, rcond: f64) -> Result<Tensor> {
    check::unit_interval("rcond", rcond)?;
    let (values, vectors) = decompose("pinv_symmetric", a)?;
    let cut = rcond * values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let inverses: Vec<f64> =
        values.iter().map(|&value| if value.abs() > cut { value.recip() } else { 0.0 }).collect();
    rebuild(&vectors, &inverses)
}
