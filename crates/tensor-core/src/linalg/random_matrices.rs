//! Random matrices for the tests of this folder, and the distance between two matrices.

use tch::{Device, Kind, Tensor};

use crate::{Seed, random};

/// A matrix of standard normal entries.
pub(super) fn dense(rows: i64, columns: i64, seed: u64) -> Tensor {
    let mut rng = Seed::new(seed).stream("linalg/dense", 0);
    random::normal(&mut rng, &[rows, columns], Kind::Double).expect("a small tensor")
}

/// A matrix of integers from -8 to 8: sums of its products are exact in any order.
pub(super) fn integers(rows: i64, columns: i64, seed: u64) -> Tensor {
    dense(rows, columns, seed)
        .clamp(-2.0, 2.0)
        .multiply_scalar(4.0)
        .round()
}

/// A symmetric matrix with eigenvalues of both signs, some of them near zero.
pub(super) fn symmetric(order: i64, seed: u64) -> Tensor {
    let a = dense(order, order, seed);
    &a + a.tr()
}

/// A symmetric positive definite matrix with eigenvalues from 1 to 4.
pub(super) fn definite(order: i64, seed: u64) -> Tensor {
    semidefinite(order, order, seed)
}

/// A symmetric matrix with `rank` eigenvalues from 1 to 4; the others are zero.
pub(super) fn semidefinite(order: i64, rank: i64, seed: u64) -> Tensor {
    let values = spectrum(rank, seed);
    with_eigenvalues(order, &values, seed)
}

/// A symmetric matrix with eigenvalues from 1 to 4 and from -4 to -1 in turn.
pub(super) fn indefinite(order: i64, seed: u64) -> Tensor {
    let signs = Tensor::arange(order, (Kind::Double, Device::Cpu)).remainder(2.0) * -2.0 + 1.0;
    with_eigenvalues(order, &(spectrum(order, seed) * signs), seed)
}

pub(super) fn identity(order: i64) -> Tensor {
    Tensor::eye(order, (Kind::Double, Device::Cpu))
}

/// The largest difference between two tensors of one shape, relative to the largest entry of the second.
pub(super) fn distance(actual: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(actual.size(), expected.size());
    if actual.numel() == 0 {
        return 0.0;
    }
    let scale = expected.abs().max().double_value(&[]);
    let difference = (actual - expected).abs().max().double_value(&[]);
    if difference == 0.0 {
        0.0
    } else {
        difference / scale
    }
}

/// Numbers from 1 to 4.
fn spectrum(length: i64, seed: u64) -> Tensor {
    let mut rng = Seed::new(seed).stream("linalg/spectrum", 0);
    random::uniform(&mut rng, 1.0, 4.0, &[length], Kind::Double).expect("a small tensor")
}

/// A symmetric matrix with the given eigenvalues; those that are missing are zero.
fn with_eigenvalues(order: i64, values: &Tensor, seed: u64) -> Tensor {
    let (basis, _) = Tensor::linalg_qr(&dense(order, order, seed), "reduced");
    let basis = basis.narrow(1, 0, values.size()[0]);
    let a = (&basis * values).matmul(&basis.tr());
    a.tril(0) + a.tril(-1).tr()
}
