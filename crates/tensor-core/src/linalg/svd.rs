//! Singular values and numerical rank.

use tch::Tensor;

use super::{finite_values, matrix};
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
/// [`Error::NonFinite`](crate::Error::NonFinite) with the index of the first NaN or infinity, or of a singular value that
/// overflows, [`Error::Torch`](crate::Error::Torch) if LAPACK's iteration does not converge.
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
    let op = "svd";
    let (a, ..) = matrix(op, a)?;
    let (u, values, v) = a.f_svd(true, true)?;
    finite_values("singular values", op, &values)?;
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
    let op = "numerical_rank";
    let (a, rows, columns) = matrix(op, a)?;
    let rtol = rtol.unwrap_or(rows.max(columns) as f64 * f64::EPSILON);
    check::unit_interval("rtol", rtol)?;
    let (_, values, _) = a.f_svd(true, false)?;
    finite_values("singular values", op, &values)?;
    let values = convert::vector::<f64>("singular values", &values)?;
    let cut = rtol * values.first().copied().unwrap_or(0.0);
    Ok(values.iter().filter(|&&value| value > cut).count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tch::{Device, Kind};

    use super::super::random_matrices::{dense, distance, identity};
    use super::*;
    use crate::Error;

    /// LAPACK's backward error is a small multiple of n epsilon; n is 40 here at most.
    const RTOL: f64 = 1e-13;

    proptest! {
        #[test]
        fn the_factors_rebuild_the_matrix(rows in 1..40_i64, columns in 1..40_i64, seed: u64) {
            let a = dense(rows, columns, seed);
            let Svd { u, values, v } = svd(&a).expect("a matrix");
            let order = rows.min(columns);
            prop_assert_eq!((u.size(), v.size()), (vec![rows, order], vec![columns, order]));
            prop_assert!(distance(&(&u * &values).matmul(&v.tr()), &a) < RTOL);
            prop_assert!(distance(&u.tr().matmul(&u), &identity(order)) < RTOL);
            prop_assert!(distance(&v.tr().matmul(&v), &identity(order)) < RTOL);

            let values: Vec<f64> = convert::vector("values", &values).expect("a vector");
            prop_assert!(values.is_sorted_by(|a, b| a >= b) && values.iter().all(|&value| value >= 0.0));
        }

        #[test]
        fn the_rank_of_a_product_is_its_inner_dimension(
            rows in 1..20_i64, columns in 1..20_i64, inner in 0..20_i64, exponent in -30..30_i32, seed: u64,
        ) {
            let inner = inner.min(rows).min(columns);
            let product = dense(rows, inner, seed).matmul(&dense(inner, columns, seed ^ 1));
            let a = product * 10.0_f64.powi(exponent);
            // Far above rounding, far below the singular values of random factors.
            prop_assert_eq!(numerical_rank(&a, Some(1e-12)).expect("a matrix"), inner as usize);
        }
    }

    #[test]
    fn the_default_cut_sees_through_rounding() {
        for rank in 0..=30 {
            let a = dense(50, rank, 1).matmul(&dense(rank, 30, 2));
            assert_eq!(numerical_rank(&a, None).expect("a matrix"), rank as usize);
        }
    }

    #[test]
    fn the_cut_is_relative_and_exclusive() {
        let a = Tensor::from_slice(&[8.0, 4.0, 1.0]).diag(0);
        for (rtol, rank) in [(0.0, 3), (0.124, 3), (0.125, 2), (0.5, 1), (1.0, 0)] {
            assert_eq!(
                numerical_rank(&a, Some(rtol)).expect("a matrix"),
                rank,
                "rtol {rtol}"
            );
        }
        assert_eq!(
            numerical_rank(&Tensor::zeros([2, 3], (Kind::Double, Device::Cpu)), None).expect("zeros"),
            0
        );
        for rtol in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = numerical_rank(&a, Some(rtol)).expect_err("a bad tolerance");
            assert!(matches!(error, Error::Parameter { name: "rtol", .. }), "{error}");
        }
    }
}
