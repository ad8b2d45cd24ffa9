//! For each row of the costs, the columns that are cheapest at present prices.
//!
//! The passes over a row are written without branches and run under `pulp::Arch::dispatch`, for the widest vectors that
//! the processor has. Sums of two numbers and minima do not depend on the width.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

/// The columns of each row whose cost and price sum to least when the row was last looked through.
///
/// Of the optimal plan almost every move is among the few cheapest columns of its row. A solver that looks at these
/// alone reads some kilobytes over and over, and the whole matrix a few times.
pub(super) struct Candidates {
    /// How many columns a row keeps, about.
    usual: usize,
    /// The place for the columns of one row.
    capacity: usize,
    columns: Vec<u32>,
    costs: Vec<f64>,
    lengths: Vec<u32>,
    bounds: Vec<f64>,
    /// The costs and prices of the row being looked through, summed.
    totals: Vec<f64>,
    selection: Vec<f64>,
    /// The columns found in the row, and room for a run.
    kept: Vec<u32>,
}

/// A row's totals are looked through in runs of this length: one test tells whether a run holds anything.
const RUN: usize = 16;

/// The threshold of a row is this one, counted from 0, of the totals of a sample: more would be surer, and slower.
const SAMPLE_RANK: usize = 4;

impl Candidates {
    /// Empty lists, for about `usual` columns a row, at least 2.
    pub(super) fn new(n_rows: usize, n_columns: usize, usual: usize) -> Self {
        let usual = usual.max(2).min(n_columns);
        let capacity = (4 * usual).min(n_columns);
        Self {
            usual,
            capacity,
            columns: vec![0; n_rows * capacity],
            costs: vec![0.0; n_rows * capacity],
            lengths: vec![0; n_rows],
            bounds: vec![f64::NEG_INFINITY; n_rows],
            totals: vec![0.0; n_columns],
            selection: Vec::with_capacity(n_columns),
            kept: vec![0; capacity + RUN],
        }
    }

    /// The columns that `row` keeps, with their costs.
    pub(super) fn of(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let place = row * self.capacity..row * self.capacity + self.lengths[row] as usize;
        let costs = &self.costs[place.clone()];
        self.columns[place]
            .iter()
            .zip(costs)
            .map(|(&column, &cost)| (column as usize, cost))
    }

    /// What the columns that `row` does not keep cost with their price, at least, when it was last looked through.
    pub(super) fn bound(&self, row: usize) -> f64 {
        self.bounds[row]
    }

    /// Looks `row` through: keeps the cheapest columns, at least two if there are, and gives their least cost and price.
    pub(super) fn refresh(&mut self, row: usize, costs: &[f64], prices: &[f64]) -> f64 {
        self.refresh_below(row, costs, prices, f64::NEG_INFINITY)
    }

    /// As [`Candidates::refresh`]; if they fit, keeps all columns whose cost and price do not exceed `limit`.
    pub(super) fn refresh_below(&mut self, row: usize, costs: &[f64], prices: &[f64], limit: f64) -> f64 {
        Arch::new().dispatch(Sum {
            totals: &mut self.totals,
            costs,
            prices,
        });
        let fewest = self.usual.div_ceil(2);
        let enough = |&length: &usize| length >= fewest;
        let mut kept = None;
        if self.capacity == self.totals.len() {
            kept = self.keep(row, |total| total < f64::INFINITY);
        }
        if kept.is_none() && limit > f64::NEG_INFINITY {
            kept = self.keep(row, |total| total <= limit).filter(enough);
        }
        if kept.is_none() {
            let threshold = self.estimated_threshold();
            kept = self.keep(row, |total| total <= threshold).filter(enough);
        }
        let length = kept.unwrap_or_else(|| self.keep_exactly(row));
        self.lengths[row] = length as u32;
        let place = row * self.capacity..row * self.capacity + length;
        let mut least = f64::INFINITY;
        for (kept_cost, &column) in self.costs[place.clone()].iter_mut().zip(&self.columns[place]) {
            *kept_cost = costs[column as usize];
            least = least.min(self.totals[column as usize]);
        }
        least
    }

    /// A total that about `usual` of the totals do not exceed, by a sample of them.
    fn estimated_threshold(&mut self) -> f64 {
        let stride = (self.usual / SAMPLE_RANK).max(1);
        self.selection.clear();
        self.selection.extend(self.totals.iter().step_by(stride));
        let rank = SAMPLE_RANK.min(self.selection.len() - 1);
        *self.selection.select_nth_unstable_by(rank, f64::total_cmp).1
    }

    /// Keeps the columns whose total is wanted and sets the bound to the least other total; `None` if there are more than fit.
    fn keep(&mut self, row: usize, wanted: impl Fn(f64) -> bool) -> Option<usize> {
        let (length, bound) = Arch::new().dispatch(Keep {
            columns: &mut self.kept,
            totals: &self.totals,
            wanted,
        })?;
        self.columns[row * self.capacity..][..length].copy_from_slice(&self.kept[..length]);
        self.bounds[row] = bound;
        Some(length)
    }

    /// Keeps exactly `usual` columns, of those that are equal the first; the bound is the last total kept.
    fn keep_exactly(&mut self, row: usize) -> usize {
        self.selection.clear();
        self.selection.extend_from_slice(&self.totals);
        let last = *self
            .selection
            .select_nth_unstable_by(self.usual - 1, f64::total_cmp)
            .1;
        let n_below = self
            .keep(row, |total| total < last)
            .expect("fewer than `usual` totals lie below the last of the `usual` least");
        let columns = &mut self.columns[row * self.capacity..][n_below..self.usual];
        let equal = (0..self.totals.len()).filter(|&column| self.totals[column] == last);
        for (place, column) in columns.iter_mut().zip(equal) {
            *place = column as u32;
        }
        self.usual
    }
}

/// The least sum of a cost and its price.
pub(super) fn least_total(costs: &[f64], prices: &[f64]) -> f64 {
    Arch::new().dispatch(LeastTotal { costs, prices })
}

/// Adds the prices to the costs.
struct Sum<'a> {
    totals: &'a mut [f64],
    costs: &'a [f64],
    prices: &'a [f64],
}

/// Writes down the columns whose total is wanted; gives their number and the least other total, or `None` if they leave
/// less room than a run.
struct Keep<'a, Wanted> {
    columns: &'a mut [u32],
    totals: &'a [f64],
    wanted: Wanted,
}

struct LeastTotal<'a> {
    costs: &'a [f64],
    prices: &'a [f64],
}

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((total, cost), price) in self.totals.iter_mut().zip(self.costs).zip(self.prices) {
            *total = cost + price;
        }
    }
}

impl<Wanted: Fn(f64) -> bool> WithSimd for Keep<'_, Wanted> {
    type Output = Option<(usize, f64)>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let mut length = 0;
        let mut least_others = [f64::INFINITY; RUN];
        for (run_idx, run) in self.totals.chunks(RUN).enumerate() {
            let mut any = false;
            for (least, &total) in least_others.iter_mut().zip(run) {
                let is_wanted = (self.wanted)(total);
                any |= is_wanted;
                *least = lesser(if is_wanted { f64::INFINITY } else { total }, *least);
            }
            if any {
                let columns = &mut self.columns[length..][..RUN];
                let mut n_wanted = 0;
                for (offset, &total) in run.iter().enumerate() {
                    // What is not wanted is written over by the next.
                    columns[n_wanted] = (run_idx * RUN + offset) as u32;
                    n_wanted += usize::from((self.wanted)(total));
                }
                length += n_wanted;
                if length + RUN > self.columns.len() {
                    return None;
                }
            }
        }
        Some((length, least_others.into_iter().fold(f64::INFINITY, lesser)))
    }
}

impl WithSimd for LeastTotal<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let mut least = [f64::INFINITY; RUN];
        let (cost_runs, price_runs) = (self.costs.chunks_exact(RUN), self.prices.chunks_exact(RUN));
        for (slot, (cost, price)) in cost_runs
            .remainder()
            .iter()
            .zip(price_runs.remainder())
            .enumerate()
        {
            least[slot] = cost + price;
        }
        for (costs, prices) in cost_runs.zip(price_runs) {
            for ((least, cost), price) in least.iter_mut().zip(costs).zip(prices) {
                *least = lesser(cost + price, *least);
            }
        }
        least.into_iter().fold(f64::INFINITY, lesser)
    }
}

/// One instruction, where `f64::min` also has to look for NaN.
#[inline(always)]
fn lesser(left: f64, right: f64) -> f64 {
    if left < right { left } else { right }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use tensor_core::Seed;

    use super::*;

    /// What a list promises: it keeps the least total, and every column left out costs the bound or more.
    fn check(candidates: &Candidates, least: f64, costs: &[f64], prices: &[f64]) {
        let mut kept = vec![false; costs.len()];
        for (column, cost) in candidates.of(0) {
            assert_eq!(cost, costs[column]);
            assert!(!kept[column], "column {column} stands twice");
            kept[column] = true;
        }
        assert!(kept.iter().filter(|&&is_kept| is_kept).count() >= 2.min(costs.len()));
        let total = |column: usize| costs[column] + prices[column];
        let least_of = |wanted: bool| {
            (0..costs.len())
                .filter(|&column| kept[column] == wanted)
                .map(total)
                .fold(f64::INFINITY, f64::min)
        };
        assert_eq!(least, least_of(true));
        assert!(candidates.bound(0) <= least_of(false));
        assert!(least <= candidates.bound(0));
        assert_eq!(least, least_total(costs, prices));
    }

    #[test]
    fn lists_keep_the_cheapest_columns() {
        let mut rng = Seed::new(3).stream("costs", 0);
        for n_columns in [1, 2, 5, 31, 64, 700, 3000] {
            // Draws from few values tie; those from many do not.
            for n_values in [1_u64, 3, 1 << 40] {
                let mut draw = || {
                    (0..n_columns)
                        .map(|_| rng.random_range(0..n_values) as f64)
                        .collect::<Vec<_>>()
                };
                let (costs, prices) = (draw(), draw());
                let mut candidates = Candidates::new(1, n_columns, 16);
                let least = candidates.refresh(0, &costs, &prices);
                check(&candidates, least, &costs, &prices);
            }
        }
    }

    #[test]
    fn an_unlucky_sample_is_mended() {
        // Every sampled total is small, then large, against the others.
        let stride = 16 / SAMPLE_RANK;
        for sampled in [0.0, 1e6] {
            let costs: Vec<f64> = (0..3000)
                .map(|column| {
                    if column % stride == 0 {
                        sampled
                    } else {
                        column as f64
                    }
                })
                .collect();
            let prices = vec![0.0; 3000];
            let mut candidates = Candidates::new(1, 3000, 16);
            let least = candidates.refresh(0, &costs, &prices);
            check(&candidates, least, &costs, &prices);
        }
    }
}
