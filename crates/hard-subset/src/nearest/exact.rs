//! The nearest references of each target, in the order that the definition of the similarity gives them.

use super::blocks::{TileShape, blocks};
use super::direct::Direct;
use super::rows::Pair;
use super::selection::{Selection, n_candidates};
use super::tiles::{Tile, scan};
use crate::{Kernel, Result};

/// Calls `visit` with each target and its k most similar references, similarity and index, the most similar first; of those
/// equally similar the lower index comes first. `excluded` names a reference that a target passes over.
///
/// Products, in `f64`, find the candidates: all rows that rounding could place among the nearest. Their similarities are
/// then taken by definition, so that equal rows are equally near, to the bit. Where more candidates tie than are worth
/// keeping, such as copies of one row, the target is compared with all references in that way.
pub(super) fn nearest(
    pair: &Pair,
    kernel: Kernel,
    k: usize,
    shape: TileShape,
    excluded: impl Fn(usize) -> Option<usize>,
    mut visit: impl FnMut(usize, &[(f64, usize)]),
) -> Result<()> {
    let shape = shape.with_candidates(n_candidates(k));
    let margins = Margins::new(pair);
    let direct = Direct::new(pair.targets.tensor(), pair.references.tensor(), kernel);
    let tile = Tile::new(pair, shape)?;
    let mut values = Vec::new();
    for range in blocks(pair.targets.n_rows(), shape.n_targets) {
        let targets = tile.targets(range.clone())?;
        let mut selections: Vec<Selection<f64>> = range
            .clone()
            .map(|target| Selection::within(k, margins.of(target), excluded(target)))
            .collect();
        for references in blocks(pair.references.n_rows(), shape.n_references) {
            let products = tile.products(&targets, references.clone())?;
            scan(&products, references.start, &mut values, &mut selections)?;
        }
        for (target, selection) in range.zip(selections) {
            let mut ranked: Vec<(f64, usize)> = if let Some(candidates) = selection.finish() {
                let indices: Vec<usize> = candidates.iter().map(|&(_, index)| index).collect();
                let similarities = direct.similarities(target, &indices)?;
                similarities.into_iter().zip(indices).collect()
            } else {
                let all = direct.all(target)?.into_iter().zip(0..);
                all.filter(|&(_, index)| excluded(target) != Some(index))
                    .collect()
            };
            ranked.sort_unstable_by(|left, right| {
                let descending = right.0.total_cmp(&left.0);
                descending.then(left.1.cmp(&right.1))
            });
            ranked.truncate(k);
            visit(target, &ranked);
        }
    }
    Ok(())
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
        match (pair.targets.square_lengths(), pair.references.square_lengths()) {
            (Some(of_targets), Some(of_references)) => Self {
                relative: 8.0 * length,
                square_lengths: Some((of_targets, of_references.iter().copied().fold(0.0, f64::max))),
            },
            _ => Self {
                relative: 4.0 * length,
                square_lengths: None,
            },
        }
    }

    fn of(&self, target: usize) -> f64 {
        match self.square_lengths {
            None => self.relative,
            // Above 0 even if all rows are equal.
            Some((squares, greatest)) => {
                (self.relative * (squares[target] + greatest)).max(f64::MIN_POSITIVE)
            }
        }
    }
}
