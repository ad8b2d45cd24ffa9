//! The nearest other rows of each row of one sample.

use tensor_core::{Kind, Tensor};

use super::blocks::TileShape;
use super::exact::nearest;
use super::rows::Pair;
use crate::{Kernel, Result};

/// Calls `visit` with each row and its k nearest others, the nearest first; of rows equally near the lower index comes
/// first. Returns the number of rows without direction.
pub(crate) fn nearest_others(
    rows: &Tensor,
    kernel: Kernel,
    k: usize,
    mut visit: impl FnMut(usize, &[usize]),
) -> Result<usize> {
    // A kernel of the distance ranks as the distance does, and does not underflow.
    let ranking = match kernel {
        Kernel::Cosine => Kernel::Cosine,
        Kernel::Euclidean | Kernel::Rbf { .. } => Kernel::Euclidean,
    };
    let pair = Pair {
        kind: Kind::Double,
        ..Pair::new(rows, rows, ranking, false)?
    };
    let shape = TileShape::new(pair.targets.width(), pair.kind);
    nearest(&pair, ranking, k, shape, Some, |row, others| {
        let indices: Vec<usize> = others.iter().map(|&(_, index)| index).collect();
        visit(row, &indices);
    })?;
    Ok(pair.targets.n_zero())
}
