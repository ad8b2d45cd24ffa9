//! Passes over the costs, some rows at a time.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::points::{Ground, Points, Tile};
use crate::Result;

/// Rows that one thread works through, and that share the sums of a part.
const PART_ROWS: usize = 16;

/// Costs held at a time: 16 MiB.
const BLOCK_COSTS: usize = 1 << 21;

/// Rows held at a time at most.
const MOST_ROWS: usize = 256;

/// What a pass does with the costs of a source point.
pub(super) trait RowWork: Sync {
    /// What it adds up.
    type Part: Send;

    /// Nothing added up.
    fn part(&self) -> Self::Part;

    /// Takes the costs (m) of a source point, and may overwrite them. Returns the number to be kept for the point.
    ///
    /// Inlined into a loop for the processor at hand: implementations are `#[inline(always)]`.
    fn row(&self, source: usize, costs: &mut [f64], part: &mut Self::Part) -> f64;
}

/// The blocks of rows of a problem, with the memory that passes use again.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    points: &'a Points,
    height: usize,
    tile: Tile,
    costs: Vec<f64>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(points: &'a Points) -> Result<Self> {
        let parts = (BLOCK_COSTS / points.n_targets() / PART_ROWS).clamp(1, MOST_ROWS / PART_ROWS);
        let height = (parts * PART_ROWS).min(points.n_sources());
        Ok(Self {
            height,
            tile: Tile::new()?,
            costs: vec![0.0; height * points.n_targets()],
            points,
        })
    }

    pub(super) fn points(&self) -> &'a Points {
        self.points
    }

    /// A pass over all rows: the number kept for each of them, and the parts, whose number and rows do not depend on the
    /// number of threads.
    pub(super) fn pass<W: RowWork>(&mut self, work: &W) -> Result<(Vec<f64>, Vec<W::Part>)> {
        let (n_sources, n_targets) = (self.points.n_sources(), self.points.n_targets());
        let mut kept = vec![0.0; n_sources];
        let mut parts: Vec<W::Part> = (0..self.height.div_ceil(PART_ROWS))
            .map(|_| work.part())
            .collect();
        let ground = self.points.ground();
        for first in (0..n_sources).step_by(self.height) {
            let n_rows = self.height.min(n_sources - first);
            let costs = &mut self.costs[..n_rows * n_targets];
            self.points.products(first, n_rows, &mut self.tile, costs)?;
            costs
                .par_chunks_mut(PART_ROWS * n_targets)
                .zip(kept[first..][..n_rows].par_chunks_mut(PART_ROWS))
                .zip(&mut parts)
                .enumerate()
                .for_each(|(at, ((costs, kept), part))| {
                    Arch::new().dispatch(PartPass {
                        ground,
                        work,
                        first: first + at * PART_ROWS,
                        costs,
                        kept,
                        part,
                    });
                });
        }
        Ok((kept, parts))
    }

    /// The costs of some rows, row after row.
    pub(super) fn costs(&mut self, first: usize, n_rows: usize) -> Result<Vec<f64>> {
        let n_targets = self.points.n_targets();
        let mut costs = vec![0.0; n_rows * n_targets];
        self.points.products(first, n_rows, &mut self.tile, &mut costs)?;
        for (row, costs) in costs.chunks_mut(n_targets).enumerate() {
            self.points.ground().costs(first + row, costs);
        }
        Ok(costs)
    }
}

struct PartPass<'a, W: RowWork> {
    ground: Ground<'a>,
    work: &'a W,
    first: usize,
    costs: &'a mut [f64],
    kept: &'a mut [f64],
    part: &'a mut W::Part,
}

impl<W: RowWork> WithSimd for PartPass<'_, W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n_targets = self.costs.len() / self.kept.len();
        for (row, (costs, kept)) in self.costs.chunks_exact_mut(n_targets).zip(self.kept).enumerate() {
            self.ground.costs(self.first + row, costs);
            *kept = self.work.row(self.first + row, costs, self.part);
        }
    }
}

/// The sum of some vectors, in order.
pub(super) fn total<'a>(n: usize, vectors: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let mut total = vec![0.0; n];
    for vector in vectors {
        for (sum, more) in total.iter_mut().zip(vector) {
            *sum += more;
        }
    }
    total
}
