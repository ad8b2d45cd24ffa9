//! Dense linear algebra in `f64` over libtorch's BLAS and LAPACK.
//!
//! What every function here has in common:
//!
//! - **Kinds.** `f64` in, `f64` out. [`gram`], [`weighted_gram`] and [`scatter`] also take `f32` features and accumulate in `f64`.
//! - **Symmetric matrices** are given by their lower triangle. The upper one is not read by the factorisations, but
//!   it must be finite.
//! - **Errors before the work.** A wrong kind, a wrong shape or a NaN is found first, and the message says where.
//! - **Finite or an error.** Eigenvalues, singular values and Gram matrices that overflow are an error, never an
//!   infinity.
//! - **Gradients.** Inputs are detached: no result carries a gradient.
//! - **Devices.** The result lies where the input does.
//! - **Threads.** This crate never sets libtorch's thread count. More than one pays only on cores that nothing else
//!   uses: on a virtual machine of two cores, `eigh` of a 2048 x 2048 matrix took 2.0 s with one thread and 1.1 s with
//!   two, but 3.2 s with two while one core was busy, since the workers wait for each other. With independent problems
//!   to solve, take one thread for each.

mod cholesky;
mod eigh;
mod gram;
mod pinv;
mod psd;
#[cfg(test)]
mod random_matrices;
mod solve;
mod svd;

pub use cholesky::{cholesky, cholesky_solve, logdet_spd};
pub use eigh::{Eigh, eigh, eigvalsh};
pub use gram::{gram, scatter, weighted_gram};
pub use pinv::pinv_symmetric;
pub use psd::{PSD_TOLERANCE, sqrt_psd};
pub use solve::solve;
pub use svd::{Svd, numerical_rank, svd};

use tch::{Kind, Tensor};

use crate::{Error, Result, check, kind};

/// A checked input: an `f64` matrix, finite, outside any gradient graph; and its shape.
fn matrix(op: &str, a: &Tensor) -> Result<(Tensor, usize, usize)> {
    let what = input_of(op);
    kind::require(&what, a, &[Kind::Double])?;
    let (rows, columns) = check::matrix(&what, a)?;
    check::finite(&what, a)?;
    Ok((a.f_detach()?, rows, columns))
}

/// A checked square input, and its order.
fn square(op: &str, a: &Tensor) -> Result<(Tensor, usize)> {
    let (checked, rows, columns) = matrix(op, a)?;
    if rows == columns {
        return Ok((checked, rows));
    }
    Err(Error::Shape {
        what: input_of(op),
        expected: "a square matrix (n, n)".to_owned(),
        got: a.size(),
    })
}

/// A checked right-hand side of `order` rows: a vector (n) or a matrix (n, k).
fn right_hand_side(op: &str, b: &Tensor, order: usize) -> Result<Tensor> {
    let what = format!("right-hand side of {op}");
    kind::require(&what, b, &[Kind::Double])?;
    let shape = b.size();
    if !matches!(shape.len(), 1 | 2) || shape[0] as usize != order {
        return Err(Error::Shape {
            what,
            expected: format!("({order}) or ({order}, k)"),
            got: shape,
        });
    }
    check::finite(&what, b)?;
    Ok(b.f_detach()?)
}

/// Checks eigenvalues or singular values, which may overflow though the matrix is finite.
fn finite_values(what: &str, op: &str, values: &Tensor) -> Result<()> {
    check::finite(&format!("{what} of {op}"), values)
}

fn input_of(op: &str) -> String {
    format!("input of {op}")
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    type Operation = fn(&Tensor) -> Result<()>;

    /// Every function of this module, by the name in its messages.
    const OPERATIONS: [(&str, Operation); 13] = [
        ("gram", |a| gram(a).map(drop)),
        ("weighted_gram", |a| {
            weighted_gram(a, &vec![1.0; a.size()[0] as usize]).map(drop)
        }),
        ("scatter", |a| {
            let n_features = *a.size().last().expect("a dimension");
            scatter(a, &Tensor::zeros([n_features], (Kind::Double, Device::Cpu))).map(drop)
        }),
        ("eigh", |a| eigh(a).map(drop)),
        ("eigvalsh", |a| eigvalsh(a).map(drop)),
        ("svd", |a| svd(a).map(drop)),
        ("numerical_rank", |a| numerical_rank(a, None).map(drop)),
        ("cholesky", |a| cholesky(a).map(drop)),
        ("logdet_spd", |a| logdet_spd(a).map(drop)),
        ("cholesky_solve", |a| cholesky_solve(a, &right_side(a)).map(drop)),
        ("solve", |a| solve(a, &right_side(a)).map(drop)),
        ("pinv_symmetric", |a| pinv_symmetric(a, 1e-12).map(drop)),
        ("sqrt_psd", |a| sqrt_psd(a).map(drop)),
    ];
    /// Those of them that take any matrix.
    const RECTANGULAR: [&str; 5] = ["gram", "weighted_gram", "scatter", "svd", "numerical_rank"];
    /// Those that take `f32` features.
    const WIDENING: [&str; 3] = ["gram", "weighted_gram", "scatter"];

    fn right_side(a: &Tensor) -> Tensor {
        Tensor::ones([a.size()[0]], (Kind::Double, Device::Cpu))
    }

    #[test]
    fn a_nan_is_found_before_the_work_and_its_place_is_named() {
        let a = random_matrices::definite(3, 1);
        let _ = a.get(1).get(2).fill_(f64::NAN);
        for (op, run) in OPERATIONS {
            let error = run(&a).expect_err(op);
            assert_eq!(
                error.to_string(),
                format!("input of {op}[1, 2] is NaN: expected a finite number")
            );
        }
    }

    #[test]
    fn a_matrix_that_is_not_square_is_refused() {
        let a = random_matrices::dense(3, 2, 1);
        for (op, run) in OPERATIONS {
            match run(&a) {
                Ok(()) => assert!(RECTANGULAR.contains(&op), "{op} took a 3 x 2 matrix"),
                Err(error) => assert_eq!(
                    error.to_string(),
                    format!("input of {op} has shape [3, 2]: expected a square matrix (n, n)")
                ),
            }
        }
    }

    #[test]
    fn a_tensor_that_is_no_matrix_is_refused() {
        let a = random_matrices::dense(4, 4, 1).reshape([2, 2, 4]);
        for (op, run) in OPERATIONS {
            let error = run(&a).expect_err(op);
            assert!(
                matches!(error, Error::Shape { ref got, .. } if got == &[2, 2, 4]),
                "{op}: {error}"
            );
        }
    }

    #[test]
    fn only_the_gram_matrices_widen() {
        let a = random_matrices::definite(3, 1).to_kind(Kind::Float);
        for (op, run) in OPERATIONS {
            match run(&a) {
                Ok(()) => assert!(WIDENING.contains(&op), "{op} took f32"),
                Err(error) => assert!(
                    matches!(error, Error::Kind { got: Kind::Float, .. }),
                    "{op}: {error}"
                ),
            }
            let error = run(&a.to_kind(Kind::Int64)).expect_err(op);
            assert!(
                matches!(error, Error::Kind { got: Kind::Int64, .. }),
                "{op}: {error}"
            );
        }
    }

    #[test]
    fn empty_matrices_have_empty_results() {
        let empty = Tensor::zeros([0, 0], (Kind::Double, Device::Cpu));
        for (op, run) in OPERATIONS {
            assert!(run(&empty).is_ok(), "{op}");
        }
        assert_eq!(logdet_spd(&empty).expect("an empty product"), 0.0);
        assert_eq!(numerical_rank(&empty, None).expect("an empty matrix"), 0);
    }

    #[test]
    fn values_beyond_the_largest_double_are_refused_by_name() {
        // Finite, with a singular value and an eigenvalue of 3e308.
        let a = Tensor::ones([3, 3], (Kind::Double, Device::Cpu)) * 1e308;
        for (op, values) in [
            ("eigh", "eigenvalues"),
            ("eigvalsh", "eigenvalues"),
            ("pinv_symmetric", "eigenvalues"),
            ("sqrt_psd", "eigenvalues"),
            ("svd", "singular values"),
            ("numerical_rank", "singular values"),
        ] {
            let (_, run) = OPERATIONS[OPERATIONS
                .iter()
                .position(|(name, _)| *name == op)
                .expect("one of them")];
            let error = run(&a).expect_err(op).to_string();
            assert!(error.starts_with(&format!("{values} of {op}[")), "{error}");
        }
    }

    #[test]
    fn results_carry_no_gradient() {
        let a = random_matrices::definite(3, 1).set_requires_grad(true);
        assert!(!gram(&a).expect("a matrix").requires_grad());
        assert!(!eigh(&a).expect("a symmetric matrix").values.requires_grad());
        assert!(!cholesky(&a).expect("a definite matrix").requires_grad());
        assert!(
            !solve(&a, &right_side(&a))
                .expect("a regular matrix")
                .requires_grad()
        );
    }

    #[test]
    fn right_hand_sides_must_fit() {
        let a = random_matrices::definite(3, 1);
        for shape in [&[2][..], &[2, 3], &[3, 1, 1], &[]] {
            let b = Tensor::ones(shape, (Kind::Double, Device::Cpu));
            for error in [
                solve(&a, &b).expect_err("a bad shape"),
                cholesky_solve(&a, &b).expect_err("a bad shape"),
            ] {
                assert!(
                    matches!(error, Error::Shape { ref got, .. } if got == shape),
                    "{error}"
                );
            }
        }
        let b = Tensor::from_slice(&[1.0, f64::INFINITY, 0.0]);
        let error = solve(&a, &b).expect_err("an infinity");
        assert_eq!(
            error.to_string(),
            "right-hand side of solve[1] is inf: expected a finite number"
        );
    }
}
