//! The check that two tensors have one kind.

use tch::{Kind, Tensor};

use crate::{Result, kind};

/// Checks that a tensor has the kind `expected`, which is `f32` or `f64`.
pub(super) fn require_same_kind(what: &str, tensor: &Tensor, expected: Kind) -> Result<()> {
    let expected: &[Kind] = match expected {
        Kind::Float => &[Kind::Float],
        _ => &[Kind::Double],
    };
    kind::require(what, tensor, expected)?;
    Ok(())
}
