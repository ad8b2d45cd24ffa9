//! Eigenvalues and eigenvectors of symmetric matrices.

use tch::Tensor;

use super::{finite_values, square, weighted_gram};
use crate::{Result, convert};

/// The eigendecomposition of a symmetric matrix, `A = V diag(w) V^T`.
#[derive(Debug)]
pub struct Eigh {
    /// Eigenvalues `w`, ascending: (n).
    pub values: Tensor,
    /// Orthonormal eigenvectors `V`, one a column, in the order of the values: (n, n).
    pub vectors: Tensor,
}

/// Eigenvalues and eigenvectors of a symmetric matrix.
///
/// ```text
/// A = V diag(w) V^T,   V^T V = I,   w_1 <= w_2 <= ... <= w_n
/// ```
///
/// The sign of each eigenvector is LAPACK's choice.
///
/// # Shapes
///
/// `a`: (n, n), the lower triangle is read.
///
/// # Errors
///
/// [`Error::Kind`](crate::Error::Kind) unless `f64`, [`Error::Shape`](crate::Error::Shape) unless square,
/// [`Error::NonFinite`](crate::Error::NonFinite) with the index of the first NaN or infinity, or of an eigenvalue that
/// overflows, [`Error::Torch`](crate::Error::Torch) if LAPACK's iteration does not converge.
///
/// # Complexity
///
/// O(n³): about 9 n³ operations, half of them in the reduction to tridiagonal form, which is bound by memory. Use
/// [`eigvalsh`] when the values alone are needed.
///
/// # Reference
///
/// LAPACK `dsyevd`: Cuppen, "A divide and conquer method for the symmetric tridiagonal eigenproblem", Numerische
/// Mathematik 36 (1981), doi:10.1007/BF01396757.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[2.0, 1.0, 1.0, 2.0]).reshape([2, 2]);
/// let eigen = linalg::eigh(&a)?;
/// assert!((eigen.values.double_value(&[0]) - 1.0).abs() < 1e-15);
/// assert!((eigen.values.double_value(&[1]) - 3.0).abs() < 1e-15);
/// // (1, 1) / sqrt(2) belongs to 3.
/// assert!((eigen.vectors.double_value(&[0, 1]) - eigen.vectors.double_value(&[1, 1])).abs() < 1e-15);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn eigh(a: &Tensor) -> Result<Eigh> {
    let (values, vectors) = factors("eigh", a)?;
    Ok(Eigh { values, vectors })
}

/// Eigenvalues of a symmetric matrix, ascending.
///
/// # Shapes
///
/// `a`: (n, n), the lower triangle is read. Result: (n).
///
/// # Errors
///
/// As [`eigh`].
///
/// # Complexity
///
/// O(n³): about 4/3 n³ operations.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let a = Tensor::from_slice(&[0.0, 2.0, 2.0, 3.0]).reshape([2, 2]);
/// let values = linalg::eigvalsh(&a)?;
/// assert!((values.double_value(&[0]) + 1.0).abs() < 1e-15);
/// assert!((values.double_value(&[1]) - 4.0).abs() < 1e-15);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn eigvalsh(a: &Tensor) -> Result<Tensor> {
    let op = "eigvalsh";
    let (a, _) = square(op, a)?;
    let values = a.f_linalg_eigvalsh("L")?;
    finite_values("eigenvalues", op, &values)?;
    Ok(values)
}

/// Eigenvalues, ascending, and eigenvectors of the input of `op`.
pub(super) fn decompose(op: &str, a: &Tensor) -> Result<(Vec<f64>, Tensor)> {
    let (values, vectors) = factors(op, a)?;
    Ok((convert::vector("eigenvalues", &values)?, vectors))
}

/// The symmetric matrix with the given eigenvalues and eigenvectors, `V diag(w) V^T`.
pub(super) fn rebuild(vectors: &Tensor, values: &[f64]) -> Result<Tensor> {
    weighted_gram(&vectors.f_tr()?, values)
}

fn factors(op: &str, a: &Tensor) -> Result<(Tensor, Tensor)> {
    let (a, _) = square(op, a)?;
    let (values, vectors) = a.f_linalg_eigh("L")?;
    finite_values("eigenvalues", op, &values)?;
    Ok((values, vectors))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::random_matrices::{dense, distance, identity, symmetric};
    use super::*;

    /// LAPACK's backward error is a small multiple of n epsilon; n is 40 here at most.
    const RTOL: f64 = 1e-13;

    proptest! {
        #[test]
        fn the_factors_rebuild_the_matrix(order in 1..40_i64, seed: u64) {
            let a = symmetric(order, seed);
            let Eigh { values, vectors } = eigh(&a).expect("a symmetric matrix");
            prop_assert!(distance(&(&vectors * &values).matmul(&vectors.tr()), &a) < RTOL);
            prop_assert!(distance(&vectors.tr().matmul(&vectors), &identity(order)) < RTOL);

            let values: Vec<f64> = convert::vector("values", &values).expect("a vector");
            prop_assert!(values.is_sorted());
            prop_assert!(distance(&rebuild(&vectors, &values).expect("finite values"), &a) < RTOL);
        }

        #[test]
        fn both_functions_find_the_same_values(order in 1..40_i64, seed: u64) {
            let a = symmetric(order, seed);
            let values = eigvalsh(&a).expect("a symmetric matrix");
            prop_assert!(distance(&values, &eigh(&a).expect("a symmetric matrix").values) < RTOL);
            // The sum of the eigenvalues is the trace.
            let scale = values.abs().max().double_value(&[]) * order as f64;
            prop_assert!((values.sum(None) - a.trace()).abs().double_value(&[]) < RTOL * scale);
        }

        #[test]
        fn only_the_lower_triangle_is_read(order in 1..20_i64, seed: u64) {
            let a = symmetric(order, seed);
            let overwritten = a.tril(0) + dense(order, order, seed).triu(1);
            let (expected, got) = (eigh(&a).expect("a matrix"), eigh(&overwritten).expect("a matrix"));
            prop_assert_eq!(got.values, expected.values);
            prop_assert_eq!(got.vectors, expected.vectors);
            prop_assert_eq!(eigvalsh(&overwritten).expect("a matrix"), eigvalsh(&a).expect("a matrix"));
        }
    }
}
