//! Products of all pairs of columns.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Columns of a tile. Two tiles of `ROWS` rows fit into a second-level cache.
const TILE: usize = 48;

/// Rows that are worked on before the next tile comes.
const ROWS: usize = 512;

/// `x_i . x_j` for all pairs of columns, a symmetric matrix row after row.
///
/// Every entry is summed in an order that depends on the number of rows and the width of the processor's vectors alone:
/// the number of threads changes no bit.
///
/// # Complexity
///
/// O(n p² / 2) for p columns of n values.
pub(super) fn cross_products(columns: &[&[f64]]) -> Vec<f64> {
    let n = columns.len();
    let n_tiles = n.div_ceil(TILE);
    let pairs: Vec<(usize, usize)> = (0..n_tiles)
        .flat_map(|right| (0..=right).map(move |left| (left, right)))
        .collect();
    let tile = |index: usize| &columns[index * TILE..n.min((index + 1) * TILE)];
    let products: Vec<Vec<f64>> = pairs
        .par_iter()
        .map(|&(left, right)| Arch::new().dispatch(Tile(tile(left), tile(right))))
        .collect();
    let mut matrix = vec![0.0; n * n];
    for (&(left, right), products) in pairs.iter().zip(&products) {
        let width = tile(right).len();
        for (i, row) in products.chunks_exact(width).enumerate() {
            for (j, &product) in row.iter().enumerate() {
                let (i, j) = (left * TILE + i, right * TILE + j);
                matrix[i * n + j] = product;
                matrix[j * n + i] = product;
            }
        }
    }
    matrix
}

/// All products of a column on the left with one on the right.
struct Tile<'a>(&'a [&'a [f64]], &'a [&'a [f64]]);

impl WithSimd for Tile<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let Self(left, right) = self;
        let n_rows = left[0].len();
        let mut products = vec![0.0; left.len() * right.len()];
        let mut start = 0;
        while start < n_rows {
            let rows = start..n_rows.min(start + ROWS);
            for i in (0..left.len()).step_by(4) {
                for j in (0..right.len()).step_by(2) {
                    // At the edges the last column is taken again: the same product is found twice.
                    let a: [&[f64]; 4] =
                        std::array::from_fn(|k| &left[(i + k).min(left.len() - 1)][rows.clone()]);
                    let b: [&[f64]; 2] =
                        std::array::from_fn(|k| &right[(j + k).min(right.len() - 1)][rows.clone()]);
                    let sums = block(simd, a, b);
                    for (a, sums) in sums.iter().enumerate().take(left.len() - i) {
                        for (b, sum) in sums.iter().enumerate().take(right.len() - j) {
                            products[(i + a) * right.len() + j + b] += sum;
                        }
                    }
                }
            }
            start += ROWS;
        }
        products
    }
}

/// Eight products at a time, so that every value that is read is used several times.
#[inline(always)]
fn block<S: Simd>(simd: S, a: [&[f64]; 4], b: [&[f64]; 2]) -> [[f64; 2]; 4] {
    let a = a.map(S::as_simd_f64s);
    let b = b.map(S::as_simd_f64s);
    let mut sums = [[simd.splat_f64s(0.0); 2]; 4];
    let vectors = a[0]
        .0
        .iter()
        .zip(a[1].0)
        .zip(a[2].0)
        .zip(a[3].0)
        .zip(b[0].0)
        .zip(b[1].0);
    for (((((&a0, &a1), &a2), &a3), &b0), &b1) in vectors {
        let (a, b) = ([a0, a1, a2, a3], [b0, b1]);
        for i in 0..4 {
            for j in 0..2 {
                sums[i][j] = simd.mul_add_e_f64s(a[i], b[j], sums[i][j]);
            }
        }
    }
    let mut products = [[0.0; 2]; 4];
    for i in 0..4 {
        for j in 0..2 {
            let rest = a[i].1.iter().zip(b[j].1).map(|(a, b)| a * b);
            products[i][j] = simd.reduce_sum_f64s(sums[i][j]) + rest.sum::<f64>();
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        // Small integers: sums are exact in any order.
        for (n_columns, n_rows) in [(1, 1), (3, 7), (5, 16), (49, 600), (97, 1037)] {
            let columns: Vec<Vec<f64>> = (0..n_columns)
                .map(|j| {
                    (0..n_rows)
                        .map(|i| ((i * 7 + j * 13) % 11) as f64 - 5.0)
                        .collect()
                })
                .collect();
            let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let products = cross_products(&views);
            for i in 0..n_columns {
                for j in 0..n_columns {
                    let expected: f64 = columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b).sum();
                    assert_eq!(products[i * n_columns + j], expected, "{i} {j} of {n_columns}");
                }
            }
        }
        assert!(cross_products(&[]).is_empty());
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let columns: Vec<Vec<f64>> = (0..130)
            .map(|j| (0..700).map(|i| f64::from(i * 31 + j * 17).sin()).collect())
            .collect();
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let with_threads = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
            pool.expect("a pool").install(|| cross_products(&views))
        };
        assert_eq!(with_threads(1), with_threads(3));
    }
}
