//! The pseudo-inverse of a symmetric matrix.

use tch::Tensor;

use super::eigh::{decompose, rebuild};
use super::finite_values;
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
/// [`Error::Parameter`](crate::Error::Parameter) unless `rcond` lies between 0 and 1;
/// [`Error::NonFinite`](crate::Error::NonFinite) if the inverse of an eigenvalue overflows; otherwise as
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
    let op = "pinv_symmetric";
    let (values, vectors) = decompose(op, a)?;
    let cut = rcond
        * values
            .iter()
            .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let inverses: Vec<f64> = values
        .iter()
        .map(|&value| if value.abs() > cut { value.recip() } else { 0.0 })
        .collect();
    finite_values("inverse eigenvalues", op, &Tensor::f_from_slice(&inverses)?)?;
    rebuild(&vectors, &inverses)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::random_matrices::{definite, distance, identity, indefinite, semidefinite};
    use super::*;
    use crate::Error;

    /// n epsilon times the condition number of the kept eigenvalues, with n of 20 and a condition of 4 at most.
    const RTOL: f64 = 1e-13;
    const RCOND: f64 = 1e-12;

    proptest! {
        #[test]
        fn the_conditions_of_penrose_hold(order in 1..20_i64, rank in 0..20_i64, seed: u64) {
            let a = semidefinite(order, rank.min(order), seed);
            let inverse = pinv_symmetric(&a, RCOND).expect("a symmetric matrix");
            let projector = a.matmul(&inverse);
            prop_assert!(distance(&projector.matmul(&a), &a) < RTOL);
            prop_assert!(distance(&inverse.matmul(&projector), &inverse) < RTOL);
            prop_assert!((&projector - projector.tr()).abs().max().double_value(&[]) < RTOL);
            prop_assert_eq!(&inverse, &inverse.tr());
            // The trace of the projector is the rank.
            prop_assert!((projector.trace().double_value(&[]) - rank.min(order) as f64).abs() < RTOL * order as f64);
        }

        #[test]
        fn a_regular_matrix_is_inverted(order in 1..20_i64, seed: u64) {
            let a = definite(order, seed);
            let inverse = pinv_symmetric(&a, RCOND).expect("a symmetric matrix");
            prop_assert!(distance(&a.matmul(&inverse), &identity(order)) < RTOL);
        }

        #[test]
        fn scale_and_sign_pass_through(order in 1..20_i64, exponent in -60..60_i32, seed: u64) {
            let a = indefinite(order, seed);
            let scale = -(2.0_f64.powi(exponent));
            let inverse = pinv_symmetric(&a, RCOND).expect("a symmetric matrix");
            let of_scaled = pinv_symmetric(&(&a * scale), RCOND).expect("a symmetric matrix");
            prop_assert!(distance(&(of_scaled * scale), &inverse) < RTOL);
        }
    }

    #[test]
    fn an_inverse_beyond_the_largest_double_is_refused_by_name() {
        let error = pinv_symmetric(&(identity(2) * 1e-310), RCOND).expect_err("1 / 1e-310");
        assert_eq!(
            error.to_string(),
            "inverse eigenvalues of pinv_symmetric[0] is inf: expected a finite number"
        );
    }

    #[test]
    fn the_cut_is_relative_to_the_largest_magnitude() {
        let a = Tensor::from_slice(&[-8.0, 4.0, 1.0, 0.0]).diag(0);
        let inverse = pinv_symmetric(&a, 0.125).expect("a symmetric matrix");
        assert_eq!(inverse, Tensor::from_slice(&[-0.125, 0.25, 0.0, 0.0]).diag(0));
        assert_eq!(pinv_symmetric(&(&a * 0.0), 0.0).expect("zeros"), &a * 0.0);
        for rcond in [-0.1, 1.1, f64::NAN] {
            let error = pinv_symmetric(&a, rcond).expect_err("a bad cut");
            assert!(matches!(error, Error::Parameter { name: "rcond", .. }), "{error}");
        }
    }
}
