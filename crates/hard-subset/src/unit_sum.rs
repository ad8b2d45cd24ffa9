//! Sums of unit vectors that do not depend on the order of the terms.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

/// Adding this to a number from -1 to 1 (and some rounding) gives one from 4 to 8, where neighbouring doubles lie one
/// [`UNIT`] apart and are the whole multiples of it, as this is. So the addition, which gives the nearest double, rounds the
/// number to the nearest multiple, and the distance of the result's bits from this one's is that multiple.
const SHIFT: f64 = 6.0;

/// 2^-50.
const UNIT: f64 = f64::EPSILON * 4.0;

/// Rows after which the `i64` sums are spilled: as many entries of 2^50 units and some rounding stay below 2^63.
const MOST_RECENT_ROWS: u64 = 1 << 12;

/// The sum of vectors whose entries lie from -1 to 1, each rounded to a multiple of 2^-50 and then added exactly.
///
/// Sums of integers know no order: any order, grouping and number of threads gives the same bits. An entry of the mean is
/// off by 2^-51 (4.4e-16) at most before its own rounding: two units in the last place of an entry just below 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnitSum {
    n_rows: u64,
    /// Units, of the last `n_recent` rows.
    recent: Vec<i64>,
    n_recent: u64,
    /// Units, of the rows before; empty until there are any.
    spilled: Vec<i128>,
}

/// One [`UnitSum`] a class.
#[derive(Debug, Clone)]
pub(crate) struct ClassSums {
    n_channels: usize,
    sums: Vec<UnitSum>,
}

impl UnitSum {
    /// The number of vectors.
    pub(crate) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// The sum; empty without vectors.
    pub(crate) fn sum(&self) -> Vec<f64> {
        self.units().map(|units| units as f64 * UNIT).collect()
    }

    /// The mean; nothing without vectors.
    pub(crate) fn mean(&self) -> Option<Vec<f64>> {
        let n_rows = self.n_rows as f64;
        (self.n_rows > 0).then(|| self.units().map(|units| units as f64 * UNIT / n_rows).collect())
    }

    /// Adds another sum of vectors of the same length.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.n_rows == 0 {
            return;
        }
        self.make_room(other.recent.len(), other.n_recent);
        for (units, other) in self.recent.iter_mut().zip(&other.recent) {
            *units += other;
        }
        if !other.spilled.is_empty() {
            self.spilled.resize(other.spilled.len(), 0);
            for (units, other) in self.spilled.iter_mut().zip(&other.spilled) {
                *units += other;
            }
        }
        self.n_rows += other.n_rows;
        self.n_recent += other.n_recent;
    }

    #[inline(always)]
    fn add(&mut self, unit_vector: &[f64]) {
        self.make_room(unit_vector.len(), 1);
        for (units, value) in self.recent.iter_mut().zip(unit_vector) {
            let bits = (value + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits());
            *units = units.wrapping_add(bits.cast_signed());
        }
        self.n_rows += 1;
        self.n_recent += 1;
    }

    /// Makes sure that so many more rows cannot overflow.
    #[inline(always)]
    fn make_room(&mut self, n_channels: usize, n_rows: u64) {
        if self.recent.len() != n_channels || self.n_recent + n_rows > MOST_RECENT_ROWS {
            self.spill(n_channels);
        }
    }

    #[cold]
    fn spill(&mut self, n_channels: usize) {
        self.recent.resize(n_channels, 0);
        if self.n_recent > 0 {
            self.spilled.resize(n_channels, 0);
            for (spilled, units) in self.spilled.iter_mut().zip(&mut self.recent) {
                *spilled += i128::from(std::mem::take(units));
            }
            self.n_recent = 0;
        }
    }

    fn units(&self) -> impl Iterator<Item = i128> {
        let spilled = self.spilled.iter().copied().chain(std::iter::repeat(0));
        self.recent
            .iter()
            .zip(spilled)
            .map(|(&units, spilled)| i128::from(units) + spilled)
    }
}

impl ClassSums {
    pub(crate) fn new(n_channels: usize, n_classes: usize) -> Self {
        Self {
            n_channels,
            sums: vec![UnitSum::default(); n_classes],
        }
    }

    /// The sum of each class.
    pub(crate) fn sums(&self) -> &[UnitSum] {
        &self.sums
    }

    /// The sum over all classes.
    pub(crate) fn total(&self) -> UnitSum {
        let mut total = UnitSum::default();
        for sum in &self.sums {
            total.merge(sum);
        }
        total
    }

    /// Adds unit vectors that lie one after the other, each to the sum of its class.
    pub(crate) fn add(&mut self, unit_vectors: &[f64], classes: impl Iterator<Item = usize>) {
        struct Add<'a, I> {
            sums: &'a mut ClassSums,
            unit_vectors: &'a [f64],
            classes: I,
        }
        impl<I: Iterator<Item = usize>> WithSimd for Add<'_, I> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let rows = self.unit_vectors.chunks_exact(self.sums.n_channels);
                for (unit_vector, class) in rows.zip(self.classes) {
                    self.sums.sums[class].add(unit_vector);
                }
            }
        }
        Arch::new().dispatch(Add {
            sums: self,
            unit_vectors,
            classes,
        });
    }

    /// Adds the sums of as many classes of vectors as long.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            sum.merge(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum_of(rows: &[[f64; 2]]) -> UnitSum {
        let mut sums = ClassSums::new(2, 1);
        sums.add(rows.as_flattened(), std::iter::repeat(0));
        sums.sums()[0].clone()
    }

    fn units(sum: &UnitSum) -> Vec<i128> {
        sum.units().collect()
    }

    #[test]
    fn entries_are_rounded_to_the_nearest_unit() {
        let cases = [
            (0.0, 0),
            (-0.0, 0),
            (1.0, 1 << 50),
            (-1.0, -(1 << 50)),
            (1.0 + f64::EPSILON, 1 << 50),
            (1.4 * UNIT, 1),
            (-1.6 * UNIT, -2),
            (0.499 * UNIT, 0),
            (f64::MIN_POSITIVE, 0),
        ];
        for (entry, expected) in cases {
            assert_eq!(
                units(&sum_of(&[[entry, -entry]])),
                [expected, -expected],
                "{entry:e}"
            );
        }
    }

    #[test]
    fn nothing_overflows_where_all_vectors_agree() {
        let n_rows = 3 * MOST_RECENT_ROWS as usize + 1;
        let sum = sum_of(&vec![[1.0, -1.0]; n_rows]);
        assert_eq!(sum.n_rows(), n_rows as u64);
        assert_eq!(sum.sum(), [n_rows as f64, -(n_rows as f64)]);
        assert_eq!(sum.mean(), Some(vec![1.0, -1.0]));
        let mut twice = sum.clone();
        twice.merge(&sum);
        assert_eq!(twice.sum(), [2.0 * n_rows as f64, -2.0 * n_rows as f64]);
    }

    #[test]
    fn a_sum_of_nothing_has_no_mean_and_changes_nothing() {
        let mut nothing = UnitSum::default();
        assert_eq!((nothing.mean(), nothing.n_rows()), (None, 0));
        let something = sum_of(&[[0.25, 0.5]]);
        nothing.merge(&something);
        nothing.merge(&UnitSum::default());
        assert_eq!(nothing.mean(), Some(vec![0.25, 0.5]));
    }

    proptest! {
        #[test]
        fn any_grouping_and_order_gives_the_same_units(
            rows in prop::collection::vec([-1.0..=1.0, -1.0..=1.0_f64], 1..40),
            cut in 0..40_usize,
            repeats in 1..400_usize,
        ) {
            let cut = cut.min(rows.len());
            let whole: Vec<[f64; 2]> = rows.iter().copied().cycle().take(rows.len() * repeats).collect();
            let (head, tail) = rows.split_at(cut);
            let mut merged = UnitSum::default();
            for _ in 0..repeats {
                merged.merge(&sum_of(tail));
            }
            let reversed: Vec<[f64; 2]> = head.iter().rev().copied().cycle().take(cut * repeats).collect();
            merged.merge(&sum_of(&reversed));
            let exact = |column: usize| -> i128 {
                whole.iter().map(|row| (row[column] / UNIT).round_ties_even() as i128).sum()
            };
            prop_assert_eq!(units(&merged), [exact(0), exact(1)]);
            prop_assert_eq!(units(&sum_of(&whole)), [exact(0), exact(1)]);
            prop_assert_eq!(merged.n_rows(), whole.len() as u64);
        }
    }
}
