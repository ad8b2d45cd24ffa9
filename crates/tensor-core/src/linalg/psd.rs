//! Functions of symmetric positive semi-definite matrices.

use tch::Tensor;

use super::eigh::{decompose, rebuild};
use crate::{Error, Result};

/// How far below zero an eigenvalue may lie, relative to the largest, and still count as a rounded zero.
///
/// A covariance summed in `f64` over n rows is off by at most n epsilon of its norm: `1e-10` covers 450 000 rows in the
/// worst case, and far more in the usual one, where the error grows with the square root of n.
pub const PSD_TOLERANCE: f64 = 1e-10;

/// The symmetric positive semi-definite square root of a symmetric positive semi-definite matrix.
///
/// ```text
/// A^(1/2) = V diag(sqrt(max(w, 0))) V^T,   A = V diag(w) V^T
/// ```
///
/// Eigenvalues between `-PSD_TOLERANCE` times the largest and 0 count as rounded zeros.
///
/// The root of a product such as `S^(1/2) T S^(1/2)`, which may vanish against its factors, has no scale of its own to
/// measure a negative eigenvalue by. Where only its trace is needed, sum the singular values of `S^(1/2) T^(1/2)`.
///
/// # Shapes
///
/// `a`: (n, n), the lower triangle is read. Result: (n, n), symmetric to the last bit.
///
/// # Errors
///
/// [`Error::Matrix`] with the least eigenvalue if it is clearly negative; otherwise as [`eigh`](super::eigh()).
///
/// # Complexity
///
/// O(n³), most of it for the eigenvectors.
///
/// # Reference
///
/// Higham, "Functions of Matrices" (2008), chapter 6, doi:10.1137/1.9780898717778.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// // The square of [[2, 1], [1, 2]].
/// let a = Tensor::from_slice(&[5.0, 4.0, 4.0, 5.0]).reshape([2, 2]);
/// let root = linalg::sqrt_psd(&a)?;
/// assert!((root.double_value(&[0, 0]) - 2.0).abs() < 1e-15);
/// assert!((root.double_value(&[0, 1]) - 1.0).abs() < 1e-15);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn sqrt_psd(a: &Tensor) -> Result<Tensor> {
    let op = "sqrt_psd";
    let (values, vectors) = decompose(op, a)?;
    if let [least, ..] = values[..] {
        let largest = values[values.len() - 1].max(0.0);
        if least < -PSD_TOLERANCE * largest {
            let reason = format!(
                "eigenvalue {least} is negative: expected 0 or more, to within {PSD_TOLERANCE:e} times the largest, {largest}"
            );
            return Err(Error::Matrix { op, reason });
        }
    }
    let roots: Vec<f64> = values.iter().map(|&value| value.max(0.0).sqrt()).collect();
    rebuild(&vectors, &roots)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{
        eigvalsh,
        random_matrices::{dense, distance, semidefinite},
    };
    use super::*;

    /// Squaring the root of an eigenvalue of size n epsilon below zero leaves n epsilon of the norm; n is 20 at most.
    const RTOL: f64 = 1e-13;

    proptest! {
        #[test]
        fn the_square_of_the_root_is_the_matrix(order in 1..20_i64, rank in 0..20_i64, seed: u64) {
            let a = semidefinite(order, rank.min(order), seed);
            let root = sqrt_psd(&a).expect("a semi-definite matrix");
            prop_assert!(distance(&root.matmul(&root), &a) < RTOL);
            prop_assert_eq!(&root, &root.tr());
            let least = eigvalsh(&root).expect("a symmetric matrix").min().double_value(&[]);
            let scale = root.abs().max().double_value(&[]) * order as f64;
            prop_assert!(least >= -RTOL * scale);
        }

        #[test]
        fn the_root_commutes_with_the_matrix(order in 1..20_i64, seed: u64) {
            let a = semidefinite(order, order, seed);
            let root = sqrt_psd(&a).expect("a semi-definite matrix");
            prop_assert!(distance(&root.matmul(&a), &a.matmul(&root)) < RTOL);
            prop_assert_eq!(sqrt_psd(&(a.tril(0) + dense(order, order, seed).triu(1))).expect("lower triangle"), root);
        }
    }

    #[test]
    fn a_rounded_zero_counts_as_zero_and_a_negative_eigenvalue_does_not() {
        let root = sqrt_psd(&Tensor::from_slice(&[4.0, -3e-10]).diag(0)).expect("a rounded zero");
        assert_eq!(root, Tensor::from_slice(&[2.0, 0.0]).diag(0));
        assert_eq!(
            sqrt_psd(&(root * 0.0))
                .expect("zeros")
                .abs()
                .max()
                .double_value(&[]),
            0.0
        );

        let error = sqrt_psd(&Tensor::from_slice(&[4.0, -5e-10]).diag(0)).expect_err("a negative eigenvalue");
        assert_eq!(
            error.to_string(),
            "sqrt_psd: eigenvalue -0.0000000005 is negative: expected 0 or more, to within 1e-10 times the largest, 4"
        );
        assert!(sqrt_psd(&Tensor::from_slice(&[-1.0, -2.0]).diag(0)).is_err());
    }
}
