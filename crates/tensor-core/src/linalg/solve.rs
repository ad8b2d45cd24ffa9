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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::random_matrices::{dense, identity, integers};
    use super::*;

    /// The residual of LU with partial pivoting, relative to |A| |x|: n epsilon times the growth of the pivots.
    const RESIDUAL_RTOL: f64 = 1e-12;

    proptest! {
        #[test]
        fn the_residual_vanishes(order in 1..40_i64, n_columns in 1..4_i64, seed: u64) {
            let a = dense(order, order, seed);
            let b = dense(order, n_columns, seed ^ 1);
            for b in [b.select(1, 0), b] {
                let x = solve(&a, &b).expect("random matrices are regular");
                prop_assert_eq!(x.size(), b.size());
                let scale = a.abs().matmul(&x.abs()).max().double_value(&[]);
                let residual = (a.matmul(&x) - &b).abs().max().double_value(&[]);
                prop_assert!(residual < RESIDUAL_RTOL * scale);
            }
        }

        #[test]
        fn permutations_are_undone_exactly(order in 1..20_i64, seed: u64) {
            // The exchange matrix has zeros where elimination without pivoting would divide.
            let exchange = identity(order).flip([0]);
            let b = integers(order, 2, seed);
            prop_assert_eq!(solve(&exchange, &b).expect("a permutation"), b.flip([0]));
        }
    }

    #[test]
    fn a_singular_matrix_is_refused_with_the_pivot() {
        let a = Tensor::from_slice(&[1.0, 2.0, 2.0, 4.0]).reshape([2, 2]);
        let error = solve(&a, &Tensor::from_slice(&[1.0, 1.0])).expect_err("a singular matrix");
        assert_eq!(
            error.to_string(),
            "solve: the matrix is singular: pivot 2 of 2 is 0"
        );
    }
}
