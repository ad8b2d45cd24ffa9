//! All products of targets and references, a tile at a time.

use std::ops::Range;

use rayon::prelude::*;
use tensor_core::Tensor;

use super::blocks::TileShape;
use super::rows::Pair;
use super::selection::{Score, Selection};
use crate::Result;

/// Memory for a tile: the products of some targets with some references, and the rows that they are products of.
pub(super) struct Tile<'a> {
    pair: &'a Pair,
    targets: Tensor,
    references: Tensor,
    products: Tensor,
}

impl<'a> Tile<'a> {
    pub(super) fn new(pair: &'a Pair, shape: TileShape) -> Result<Self> {
        let n_targets = shape.n_targets.min(pair.targets.n_rows());
        let n_references = shape.n_references.min(pair.references.n_rows());
        let width = pair.targets.width();
        let flat =
            |length: usize| Tensor::f_empty([length as i64], (pair.kind, pair.targets.tensor().device()));
        Ok(Self {
            targets: flat(n_targets * width)?,
            references: flat(n_references * width)?,
            products: flat(n_targets * n_references)?,
            pair,
        })
    }

    /// Prepares some targets, `(rows, width)`.
    pub(super) fn targets(&self, range: Range<usize>) -> Result<Tensor> {
        let mut place = matrix(&self.targets, range.len(), self.pair.targets.width())?;
        self.pair.targets.write(range, &mut place)?;
        Ok(place)
    }

    /// The products of prepared targets with some references, `(targets, references)`.
    pub(super) fn products(&self, targets: &Tensor, range: Range<usize>) -> Result<Tensor> {
        let mut references = matrix(&self.references, range.len(), self.pair.references.width())?;
        let products = matrix(&self.products, targets.size()[0] as usize, range.len())?;
        self.pair.references.write(range, &mut references)?;
        Ok(targets.f_mm_out(&products, &references.f_tr()?)?)
    }
}

/// The front of a flat tensor as a matrix.
fn matrix(flat: &Tensor, n_rows: usize, n_columns: usize) -> Result<Tensor> {
    Ok(flat
        .f_narrow(0, 0, (n_rows * n_columns) as i64)?
        .f_view([n_rows as i64, n_columns as i64])?)
}

/// Shows each row of the products to the selection of its target. Rows do not depend on each other, so that the number of
/// threads changes nothing.
pub(super) fn scan<T: Score>(
    products: &Tensor,
    first_reference: usize,
    values: &mut Vec<T>,
    selections: &mut [Selection<T>],
) -> Result<()> {
    /// Rows that are worth another thread.
    const ROWS: usize = 128;
    let n_references = products.size()[1] as usize;
    let n_products = selections.len() * n_references;
    values.resize(n_products, T::default());
    products.f_copy_data(values, n_products)?;
    selections
        .par_iter_mut()
        .zip(values.par_chunks(n_references))
        .with_min_len(ROWS)
        .for_each(|(selection, scores)| selection.scan(first_reference, scores));
    Ok(())
}
