//! One pass over the rows that gives the new scalings of the sources and the column sums for those of the targets.
//!
//! A row needs nothing but itself for its own scaling, and once that is known, its part of the column sums: so one pass
//! over the matrix is a whole iteration, with one exponential a cell, or one read of the kernel.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::problem::{LogScalings, Problem, Side, in_range};
use crate::exponential::{exp2, sum};

/// Fewer cells than this are quicker on one thread.
const PARALLEL_CELLS: usize = 1 << 15;

/// How a pass divides the rows, whatever the number of threads, and what each block adds up.
#[derive(Debug)]
pub(super) struct Blocks {
    rows: usize,
    parts: Vec<Part>,
}

/// What the rows of one block add up to.
#[derive(Debug)]
struct Part {
    column_sums: Vec<f64>,
    residual: f64,
    out_of_range: bool,
}

impl Blocks {
    pub(super) fn new(problem: &Problem<'_>) -> Self {
        const MOST_BLOCKS: usize = 32;
        const FEWEST_ROWS: usize = 16;
        let (n_sources, n_targets) = (problem.cost.n_sources(), problem.cost.n_targets());
        let rows = n_sources.div_ceil(MOST_BLOCKS).max(FEWEST_ROWS);
        let part = || Part {
            column_sums: vec![0.0; n_targets],
            residual: 0.0,
            out_of_range: false,
        };
        Self {
            rows,
            parts: std::iter::repeat_with(part)
                .take(n_sources.div_ceil(rows))
                .collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// How far the rows were from their marginals before the pass, `|P 1 - a|_1`.
    fn residual(&self) -> f64 {
        self.parts.iter().map(|part| part.residual).sum()
    }

    /// Adds up the column sums, into the first block.
    fn column_sums(&mut self) -> &[f64] {
        let (first, rest) = self.parts.split_at_mut(1);
        let sums = &mut first[0].column_sums;
        for part in rest {
            for (sum, more) in sums.iter_mut().zip(&part.column_sums) {
                *sum += more;
            }
        }
        sums
    }
}

/// What a pass found.
pub(super) struct Pass<'a> {
    /// How far the rows were from their marginals before the pass.
    pub(super) residual: f64,
    /// The column sums with the new scalings of the sources and the old ones of the targets.
    pub(super) column_sums: &'a [f64],
    /// Whether a row of the stored kernel lost its sum to underflow or overflow.
    pub(super) out_of_range: bool,
}

/// A pass that computes the kernel, with the scalings in it: `K_ij = 2^(source_i + target_j - steepness C_ij)`.
///
/// `factors` become those of the sources, to be absorbed or kept. `kernel` holds the kernel afterwards if it has room for it, or else is scratch
/// of one row for each block. A row that would underflow first gets the scaling whose largest entry is 1.
pub(super) fn generate<'b>(
    problem: &Problem<'_>,
    scalings: &mut LogScalings,
    relaxation: f64,
    factors: &mut [f64],
    kernel: &mut [f64],
    blocks: &'b mut Blocks,
) -> Pass<'b> {
    let n_targets = problem.cost.n_targets();
    let (rows, cells) = (blocks.rows, problem.cost.values().len());
    let kernel_stride = if kernel.len() == cells {
        rows * n_targets
    } else {
        n_targets
    };
    let target_scalings = &scalings.target;
    let work: Vec<Generate<'_>> = blocks
        .parts
        .iter_mut()
        .zip(problem.cost.values().chunks(rows * n_targets))
        .zip(scalings.source.chunks_mut(rows))
        .zip(factors.chunks_mut(rows))
        .zip(kernel.chunks_mut(kernel_stride))
        .enumerate()
        .map(
            |(block, ((((part, costs), source_scalings), factors), kernel))| Generate {
                costs,
                steepness: problem.steepness,
                side: &problem.source,
                first_row: block * rows,
                relaxation,
                source_scalings,
                target_scalings,
                factors,
                kernel,
                part,
            },
        )
        .collect();
    for_each(work, cells, |block| Arch::new().dispatch(block));
    blocks.found()
}

/// A pass over a stored kernel: `P_ij = source_factor_i K_ij target_factor_j`.
///
/// `source_factors` become the new ones; the column sums are those of `source_factor_i K_ij`.
pub(super) fn reuse<'b>(
    problem: &Problem<'_>,
    kernel: &[f64],
    relaxation: f64,
    source_factors: &mut [f64],
    target_factors: &[f64],
    blocks: &'b mut Blocks,
) -> Pass<'b> {
    let rows = blocks.rows;
    let work: Vec<Reuse<'_>> = blocks
        .parts
        .iter_mut()
        .zip(kernel.chunks(rows * problem.cost.n_targets()))
        .zip(source_factors.chunks_mut(rows))
        .enumerate()
        .map(|(block, ((part, kernel), source_factors))| Reuse {
            kernel,
            side: &problem.source,
            first_row: block * rows,
            relaxation,
            source_factors,
            target_factors,
            part,
        })
        .collect();
    for_each(work, kernel.len(), |block| Arch::new().dispatch(block));
    blocks.found()
}

impl Blocks {
    fn found(&mut self) -> Pass<'_> {
        Pass {
            residual: self.residual(),
            out_of_range: self.parts.iter().any(|part| part.out_of_range),
            column_sums: self.column_sums(),
        }
    }
}

/// Runs blocks of work, on the current threads if there are enough cells.
pub(super) fn for_each<W: Send>(work: Vec<W>, cells: usize, run: impl Fn(W) + Sync + Send) {
    if cells < PARALLEL_CELLS || rayon::current_num_threads() == 1 {
        work.into_iter().for_each(run);
    } else {
        work.into_par_iter().for_each(run);
    }
}

struct Generate<'a> {
    costs: &'a [f64],
    steepness: f64,
    side: &'a Side,
    first_row: usize,
    relaxation: f64,
    source_scalings: &'a mut [f64],
    target_scalings: &'a [f64],
    factors: &'a mut [f64],
    kernel: &'a mut [f64],
    part: &'a mut Part,
}

impl WithSimd for Generate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n_targets = self.target_scalings.len();
        let keeps_kernel = self.kernel.len() == self.costs.len();
        self.part.column_sums.fill(0.0);
        self.part.residual = 0.0;
        self.part.out_of_range = false;
        for (row, costs) in self.costs.chunks_exact(n_targets).enumerate() {
            let start = if keeps_kernel { row * n_targets } else { 0 };
            let kernel = &mut self.kernel[start..][..n_targets];
            let scaling = &mut self.source_scalings[row];
            let point = self.first_row + row;
            let wanted = self.side.wanted(point, *scaling);
            fill(kernel, costs, self.target_scalings, self.steepness, *scaling);
            let mut carried = sum(kernel);
            if in_range(carried) {
                self.part.residual += (carried - wanted).abs();
            } else {
                *scaling = -largest_exponent(costs, self.target_scalings, self.steepness);
                fill(kernel, costs, self.target_scalings, self.steepness, *scaling);
                carried = sum(kernel);
                self.part.residual += wanted;
                self.part.out_of_range = true;
            }
            let mut factor = self.side.factor(point, *scaling, carried, self.relaxation);
            if !in_range(factor) {
                *scaling += self.side.log_factor(point, *scaling, carried.log2());
                fill(kernel, costs, self.target_scalings, self.steepness, *scaling);
                factor = 1.0;
                self.part.out_of_range = true;
            }
            self.factors[row] = factor;
            add(&mut self.part.column_sums, kernel, factor);
        }
    }
}

/// `kernel_j = 2^(scaling + target_j - steepness cost_j)`.
#[inline(always)]
pub(super) fn fill(kernel: &mut [f64], costs: &[f64], targets: &[f64], steepness: f64, scaling: f64) {
    for ((value, cost), target) in kernel.iter_mut().zip(costs).zip(targets) {
        *value = exp2(cost.mul_add(-steepness, scaling + target));
    }
}

#[inline(always)]
fn largest_exponent(costs: &[f64], targets: &[f64], steepness: f64) -> f64 {
    costs
        .iter()
        .zip(targets)
        .map(|(cost, target)| cost.mul_add(-steepness, *target))
        .fold(f64::NEG_INFINITY, f64::max)
}

struct Reuse<'a> {
    kernel: &'a [f64],
    side: &'a Side,
    first_row: usize,
    relaxation: f64,
    source_factors: &'a mut [f64],
    target_factors: &'a [f64],
    part: &'a mut Part,
}

/// How many rows of a stored kernel are worked on at once.
const GROUP: usize = 4;

impl WithSimd for Reuse<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let n_targets = self.target_factors.len();
        self.part.column_sums.fill(0.0);
        self.part.residual = 0.0;
        self.part.out_of_range = false;
        // While the products of one group are formed from memory, the group before it is added up from the cache.
        let mut before: Option<([&[f64]; GROUP], [f64; GROUP])> = None;
        let mut groups = self.kernel.chunks_exact(GROUP * n_targets);
        let mut first_row = 0;
        for group in &mut groups {
            let rows: [&[f64]; GROUP] = std::array::from_fn(|row| &group[row * n_targets..][..n_targets]);
            let (added, weights) = before.unwrap_or((rows, [0.0; GROUP]));
            let sums = &mut self.part.column_sums;
            let products = multiply_and_add(simd, rows, self.target_factors, added, weights, sums);
            before = Some((
                rows,
                std::array::from_fn(|row| self.settle(first_row + row, products[row])),
            ));
            first_row += GROUP;
        }
        if let Some((rows, weights)) = before {
            for (row, weight) in rows.iter().zip(weights) {
                add(&mut self.part.column_sums, row, weight);
            }
        }
        for row in groups.remainder().chunks_exact(n_targets) {
            let nothing = &mut self.part.column_sums;
            let [product] = multiply_and_add(simd, [row], self.target_factors, [row], [0.0], nothing);
            let weight = self.settle(first_row, product);
            add(&mut self.part.column_sums, row, weight);
            first_row += 1;
        }
    }
}

impl Reuse<'_> {
    /// The new factor of a row with the sum `product`.
    #[inline(always)]
    fn settle(&mut self, row: usize, product: f64) -> f64 {
        let point = self.first_row + row;
        let old = self.source_factors[row];
        let wanted = self.side.weights()[point];
        let carried = old * product;
        let new = old * self.side.factor(point, 0.0, carried, self.relaxation);
        if in_range(product) && in_range(carried) && in_range(new) {
            self.part.residual += (carried - wanted).abs();
            self.source_factors[row] = new;
        } else {
            self.part.residual += wanted;
            self.part.out_of_range = true;
        }
        self.source_factors[row]
    }
}

/// `sums += weight row`.
#[inline(always)]
fn add(sums: &mut [f64], row: &[f64], weight: f64) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum = weight.mul_add(*value, *sum);
    }
}

/// The products of some rows with a vector; and `sums += weights_k added_k` over other rows, in the same loop.
#[inline(always)]
fn multiply_and_add<S: Simd, const N: usize>(
    simd: S,
    rows: [&[f64]; N],
    vector: &[f64],
    added: [&[f64]; N],
    weights: [f64; N],
    sums: &mut [f64],
) -> [f64; N] {
    let (vector_lanes, vector_rest) = S::as_simd_f64s(vector);
    let (sum_lanes, sum_rest) = S::as_mut_simd_f64s(sums);
    let n_lanes = vector_lanes.len();
    let row_lanes = rows.map(|row| &S::as_simd_f64s(row).0[..n_lanes]);
    let added_lanes = added.map(|row| &S::as_simd_f64s(row).0[..n_lanes]);
    let weight_lanes = weights.map(|weight| simd.splat_f64s(weight));
    let mut products = [simd.splat_f64s(0.0); N];
    for (at, (factors, total)) in vector_lanes.iter().zip(sum_lanes).enumerate() {
        let mut sum = *total;
        for row in 0..N {
            products[row] = simd.mul_add_e_f64s(row_lanes[row][at], *factors, products[row]);
            sum = simd.mul_add_e_f64s(added_lanes[row][at], weight_lanes[row], sum);
        }
        *total = sum;
    }
    let rest = vector.len() - vector_rest.len()..;
    for (row, weight) in added.iter().zip(weights) {
        add(sum_rest, &row[rest.clone()], weight);
    }
    std::array::from_fn(|row| {
        let product: f64 = rows[row][rest.clone()]
            .iter()
            .zip(vector_rest)
            .map(|(value, factor)| value * factor)
            .sum();
        simd.reduce_sum_f64s(products[row]) + product
    })
}
