//! Dense linear algebra in `f64` over libtorch's BLAS and LAPACK.
//!
//! What every function here has in common:
//!
//! - **Kinds.** `f64` in, `f64` out. [`gram`] and [`weighted_gram`] also take `f32` features and accumulate in `f64`.
//! - **Symmetric matrices** are given by their lower triangle. The upper one is not read by the factorisations, but
//!   it must be finite.
//! - **Errors before the work.** A wrong kind, a wrong shape or a NaN is found first, and the message says where.
//! - **Gradients.** Inputs are detached: no result carries a gradient.
//! - **Devices.** The result lies where the input does.
//! - **Threads.** This crate never sets libtorch's thread count, but callers should: one thread is the right number
//!   for these functions on small machines. `eigh` of a 2048 x 2048 matrix took 2.6 s with one thread and 27 s with
//!   two on a virtual machine of two cores, whose spinning workers wait for each other. Take the parallelism from
//!   independent problems instead.

mod cholesky;
mod eigh;
mod gram;
mod pinv;
mod psd;
mod solve;
mod svd;

pub use cholesky::{cholesky, cholesky_solve, logdet_spd};
pub use eigh::{Eigh, eigh, eigvalsh};
pub use gram::{gram, weighted_gram};
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

fn input_of(op: &str) -> String {
    format!("input of {op}")
}
