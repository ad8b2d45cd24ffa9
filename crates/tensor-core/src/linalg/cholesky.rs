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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{
        eigvalsh,
        random_matrices::{definite, dense, distance, semidefinite},
        solve,
    };
    use super::*;

    /// The factorisation is backward stable: n epsilon, with n of 40 at most.
    const RTOL: f64 = 1e-13;
    /// Solutions lose the condition number on top, which is 4 at most for these matrices.
    const SOLUTION_RTOL: f64 = 1e-12;

    proptest! {
        #[test]
        fn the_factor_rebuilds_the_matrix(order in 1..40_i64, seed: u64) {
            let a = definite(order, seed);
            let factor = cholesky(&a).expect("a definite matrix");
            prop_assert!(distance(&factor.matmul(&factor.tr()), &a) < RTOL);
            prop_assert_eq!(factor.triu(1).abs().max().double_value(&[]), 0.0);
            prop_assert!(factor.diagonal(0, 0, 1).min().double_value(&[]) > 0.0);

            let overwritten = a.tril(0) + dense(order, order, seed).triu(1);
            prop_assert_eq!(cholesky(&overwritten).expect("the lower triangle is read"), factor);
        }

        #[test]
        fn solutions_satisfy_the_system(order in 1..40_i64, n_columns in 0..4_i64, seed: u64) {
            let a = definite(order, seed);
            let x = dense(order, n_columns, seed ^ 1);
            let factor = cholesky(&a).expect("a definite matrix");
            let solution = cholesky_solve(&factor, &a.matmul(&x)).expect("a right-hand side");
            prop_assert!(distance(&solution, &x) < SOLUTION_RTOL);
            prop_assert!(distance(&solve(&a, &a.matmul(&x)).expect("a right-hand side"), &x) < SOLUTION_RTOL);

            let b = dense(order, 1, seed ^ 2);
            let column = b.select(1, 0);
            let as_matrix = cholesky_solve(&factor, &b).expect("a right-hand side");
            let as_vector = cholesky_solve(&factor, &column).expect("a right-hand side");
            prop_assert_eq!(as_vector.size(), column.size());
            prop_assert_eq!(as_vector.reshape([order, 1]), as_matrix);
        }

        #[test]
        fn the_log_determinant_is_the_sum_of_the_logs_of_the_eigenvalues(order in 1..40_i64, seed: u64) {
            let a = definite(order, seed);
            let expected = eigvalsh(&a).expect("a symmetric matrix").log().sum(None).double_value(&[]);
            // Relative to the n logarithms of order one that are added.
            prop_assert!((logdet_spd(&a).expect("a definite matrix") - expected).abs() < 1e-12 * order as f64);
        }

        #[test]
        fn the_first_leading_minor_that_fails_is_named(order in 1..20_i64, position in 0..20_i64, seed: u64) {
            let position = position % order;
            let a = definite(order, seed);
            let _ = a.get(position).get(position).fill_(-1.0);
            match cholesky(&a) {
                Err(Error::NotPositiveDefinite { op: "cholesky", order }) => {
                    prop_assert_eq!(order, position as usize + 1);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn a_log_determinant_neither_overflows_nor_vanishes() {
        // exp(±2000) is out of range.
        let a = super::super::random_matrices::identity(1000);
        for exponent in [2.0_f64, -2.0] {
            let logdet = logdet_spd(&(&a * exponent.exp())).expect("a definite matrix");
            assert!((logdet - 1000.0 * exponent).abs() < 1e-10, "{logdet}");
        }
    }

    #[test]
    fn matrices_without_a_factor_are_refused_in_the_name_of_the_operation() {
        let a = -definite(3, 1);
        let error = logdet_spd(&a).expect_err("a negative definite matrix");
        assert_eq!(
            error.to_string(),
            "logdet_spd: the matrix is not positive definite: its leading minor of order 1 is not positive"
        );
        // Rank 2, with integers so that the third pivot is exactly zero.
        let singular = Tensor::from_slice(&[1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0]).reshape([3, 3]);
        assert!(matches!(
            cholesky(&singular),
            Err(Error::NotPositiveDefinite { order: 3, .. })
        ));
        assert!(matches!(
            cholesky(&(semidefinite(3, 3, 1) * 0.0)),
            Err(Error::NotPositiveDefinite { order: 1, .. })
        ));
    }

    #[test]
    fn a_singular_factor_is_refused() {
        let factor = Tensor::from_slice(&[1.0, 0.0, 3.0, 0.0]).reshape([2, 2]);
        let error =
            cholesky_solve(&factor, &Tensor::from_slice(&[1.0, 1.0])).expect_err("a zero on the diagonal");
        assert_eq!(
            error.to_string(),
            "cholesky_solve: the factor's entry [1, 1] is 0"
        );
    }
}
