//! The nearest other rows of each row of one sample.

use tensor_core::{Kind, Tensor};

use super::blocks::{TileShape, blocks};
use super::direct::Direct;
use super::rows::Pair;
use super::selection::{Selection, n_candidates};
use super::tiles::{Tile, scan};
use crate::{Kernel, Result};

/// Calls `visit` with each row and its k nearest others, the nearest first; of rows equally near the lower index comes
/// first. Returns the number of rows without direction.
///
/// Products find the candidates: all rows that rounding could place among the nearest. Their similarities are then taken
/// in `f64` by definition, so that equal rows are equally near, to the bit. Where more candidates tie than are worth
/// keeping, such as copies of one row, the row is compared with all others in that way.
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
    let n_rows = pair.targets.n_rows();
    let margins = Margins::new(&pair);
    let direct = Direct::new(rows, rows, ranking);
    let shape = TileShape::new(pair.targets.width(), pair.kind).with_candidates(n_candidates(k));
    let tile = Tile::new(&pair, shape)?;
    let mut values = Vec::new();
    for range in blocks(n_rows, shape.n_targets) {
        let targets = tile.targets(range.clone())?;
        let mut selections: Vec<Selection<f64>> = range
            .clone()
            .map(|row| Selection::within(k, margins.of(row), Some(row)))
            .collect();
        for others in blocks(n_rows, shape.n_references) {
            let products = tile.products(&targets, others.clone())?;
            scan(&products, others.start, &mut values, &mut selections)?;
        }
        for (row, selection) in range.zip(selections) {
            let mut ranked: Vec<(f64, usize)> = if let Some(candidates) = selection.finish() {
                let indices: Vec<usize> = candidates.iter().map(|&(_, index)| index).collect();
                direct
                    .similarities(row, &indices)?
                    .into_iter()
                    .zip(indices)
                    .collect()
            } else {
                let all = direct.all(row)?.into_iter().zip(0..);
                all.filter(|&(_, index)| index != row).collect()
            };
            ranked.sort_unstable_by(|left, right| {
                let descending = right.0.total_cmp(&left.0);
                descending.then(left.1.cmp(&right.1))
            });
            let nearest: Vec<usize> = ranked.iter().take(k).map(|&(_, index)| index).collect();
            visit(row, &nearest);
        }
    }
    Ok(pair.targets.n_zero())
}

/// Twice a bound on the difference between a product and the similarity by definition.
///
/// ```text
/// cosine      4 (d + 8) u           each, of unit rows
/// distance    8 (d + 8) u (a + b)   each, of its square; a, b  squared norms about the centre
///
/// d   channels
/// u   2^-53: half the distance of 1 to the next number
/// ```
struct Margins<'a> {
    relative: f64,
    square_lengths: Option<(&'a [f64], f64)>,
}

impl<'a> Margins<'a> {
    fn new(pair: &'a Pair) -> Self {
        let length = (pair.targets.width() + 8) as f64 * f64::EPSILON;
        match pair.targets.square_lengths() {
            None => Self {
                relative: 4.0 * length,
                square_lengths: None,
            },
            Some(squares) => Self {
                relative: 8.0 * length,
                square_lengths: Some((squares, squares.iter().copied().fold(0.0, f64::max))),
            },
        }
    }

    fn of(&self, row: usize) -> f64 {
        match self.square_lengths {
            None => self.relative,
            // Above 0 even if all rows are equal.
            Some((squares, greatest)) => (self.relative * (squares[row] + greatest)).max(f64::MIN_POSITIVE),
        }
    }
}
