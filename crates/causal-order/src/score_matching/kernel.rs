//! The Gaussian kernel of the rows of a table.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use std::f64::consts::LOG2_E;

use ndarray::Array2;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::exponential::exp2_of_negative;

/// Squared distances between all rows.
#[derive(Debug, Clone)]
pub(super) struct SquaredDistances {
    /// Row-major, symmetric to the last bit.
    distances: Vec<f64>,
    n_rows: usize,
}

impl SquaredDistances {
    /// # Complexity
    ///
    /// O(n² p).
    pub(super) fn new(columns: &[&[f64]]) -> Self {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let mut distances = vec![0.0; n_rows * n_rows];
        distances
            .par_chunks_mut(n_rows.max(1))
            .enumerate()
            .for_each(|(row, distances)| {
                for column in columns {
                    let x = column[row];
                    for (distance, other) in distances.iter_mut().zip(*column) {
                        let difference = x - other;
                        *distance += difference * difference;
                    }
                }
            });
        Self { distances, n_rows }
    }

    /// The median distance between two different rows; of an even number of pairs the mean of the middle two.
    pub(super) fn median(&self) -> f64 {
        let mut pairs: Vec<f64> = (0..self.n_rows)
            .flat_map(|row| &self.distances[row * self.n_rows + row + 1..][..self.n_rows - row - 1])
            .copied()
            .collect();
        if pairs.is_empty() {
            return 0.0;
        }
        let middle = pairs.len() / 2;
        let is_even = pairs.len().is_multiple_of(2);
        let (below, upper, _) = pairs.select_nth_unstable_by(middle, f64::total_cmp);
        let upper = upper.sqrt();
        if !is_even {
            return upper;
        }
        let lower = below
            .iter()
            .fold(0.0, |greatest: f64, &value| greatest.max(value))
            .sqrt();
        0.5 * (lower + upper)
    }

    /// ```text
    /// K_ik = exp(-|x_i - x_k|^2 / 2 s^2) / s
    /// ```
    pub(super) fn gaussian(&self, bandwidth: f64) -> Array2<f64> {
        let mut kernel = self.distances.clone();
        kernel.par_chunks_mut(self.n_rows.max(1)).for_each(|row| {
            Arch::new().dispatch(Row {
                values: row,
                exponent: -0.5 * LOG2_E / (bandwidth * bandwidth),
                factor: bandwidth.recip(),
            });
        });
        Array2::from_shape_vec((self.n_rows, self.n_rows), kernel).expect("a row for each row of the table")
    }
}

/// A row of squared distances, which becomes one of the kernel.
struct Row<'a> {
    values: &'a mut [f64],
    exponent: f64,
    factor: f64,
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for value in self.values {
            *value = self.factor * exp2_of_negative(self.exponent * *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_distances_between_different_rows() {
        // Distances 1, 3, 7, 2, 6, 4.
        let distances = SquaredDistances::new(&[&[0.0, 1.0, 3.0, 7.0]]);
        golden::assert_close(&[distances.median()], &[3.5], 1e-15, 0.0);
        // Distances 1, 3, 2.
        let distances = SquaredDistances::new(&[&[0.0, 1.0, 3.0]]);
        assert_eq!(distances.median(), 2.0);
    }

    #[test]
    fn distances_are_over_all_columns() {
        let distances = SquaredDistances::new(&[&[0.0, 3.0], &[1.0, 5.0]]);
        assert_eq!(distances.distances, [0.0, 25.0, 25.0, 0.0]);
    }

    #[test]
    fn the_kernel_is_the_formula() {
        let kernel = SquaredDistances::new(&[&[0.0, 1.0]]).gaussian(2.0);
        let expected = [0.5, 0.5 * (-0.125_f64).exp(), 0.5 * (-0.125_f64).exp(), 0.5];
        golden::assert_close(kernel.as_slice().expect("contiguous"), &expected, 1e-15, 0.0);
    }
}
