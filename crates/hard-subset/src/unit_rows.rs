//! The rows of a layer as unit vectors.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};
use tch::Kind;

use crate::{Layer, Result};

/// A vector shorter than this has no direction.
pub(crate) const LEAST_NORM: f64 = 1e-12;

/// 2^-540, for vectors whose square overflows: that of the greatest double comes down to 1e291, and the least such vector
/// stays above [`LEAST_NORM`].
const DOWN: f64 = f64::from_bits((1023 - 540) << 52);

/// Numbers that are read at a time: few enough for a core's second cache.
const LENGTH_READ: usize = 1 << 15;

/// Numbers that are worked on at a time: few enough for its first cache.
const LENGTH_VISITED: usize = 1 << 11;

/// Numbers that are added side by side, whatever the processor's vectors hold: the order of a sum never changes.
const LANES: usize = 16;

/// Gives `visit` the unit vectors of a layer's pooled rows, block by block: the first row's index and the vectors one
/// after the other. Returns the zero rows.
///
/// ```text
/// u = e / ||e||,    with a centre m:    u = (e / ||e|| - m) / ||e / ||e|| - m||
/// ```
///
/// A row shorter than [`LEAST_NORM`], before or after centring, becomes 0. Each vector depends on its own row alone: not
/// on the batch, not on the number of threads, not on the processor. Memory: a few blocks, on the host.
pub(crate) fn for_each_block(
    layer: &Layer,
    centre: Option<&[f64]>,
    visit: impl FnMut(usize, &[f64]) -> Result<()>,
) -> Result<Vec<usize>> {
    match layer.tensor().kind() {
        Kind::Float => for_each_block_of::<f32>(layer, centre, visit),
        _ => for_each_block_of::<f64>(layer, centre, visit),
    }
}

/// The product of each row's unit vector with the vector that stands against the row, and the zero rows.
pub(crate) fn products<'a>(
    layer: &Layer,
    centre: Option<&[f64]>,
    against: impl Fn(usize) -> &'a [f64],
) -> Result<(Vec<f64>, Vec<usize>)> {
    let mut products = Vec::with_capacity(layer.n_samples());
    let zero_rows = for_each_block(layer, centre, |first_row, unit_vectors| {
        Arch::new().dispatch(Multiply {
            unit_vectors,
            n_channels: layer.n_channels(),
            against: |row| against(first_row + row),
            products: &mut products,
        });
        Ok(())
    })?;
    Ok((products, zero_rows))
}

/// One less each [product](products): the hardness that goes with a similarity, and the number of zero rows.
pub(crate) fn distances<'a>(
    layer: &Layer,
    centre: Option<&[f64]>,
    against: impl Fn(usize) -> &'a [f64],
) -> Result<(Vec<f64>, usize)> {
    let (mut values, zero_rows) = products(layer, centre, against)?;
    for value in &mut values {
        *value = 1.0 - *value;
    }
    Ok((values, zero_rows.len()))
}

fn for_each_block_of<T: tch::kind::Element + Copy + Default + Into<f64>>(
    layer: &Layer,
    centre: Option<&[f64]>,
    mut visit: impl FnMut(usize, &[f64]) -> Result<()>,
) -> Result<Vec<usize>> {
    let (n_samples, n_channels) = (layer.n_samples(), layer.n_channels());
    let row_length = layer.tensor().numel() / n_samples;
    let n_rows_read = (LENGTH_READ / row_length).clamp(1, n_samples);
    let n_rows_visited = (LENGTH_VISITED / row_length).clamp(1, n_rows_read);
    let mut activations = vec![T::default(); n_rows_read * row_length];
    let mut unit_vectors = vec![0.0; n_rows_visited * n_channels];
    let mut zero_rows = Vec::new();
    for first_read in (0..n_samples).step_by(n_rows_read) {
        let n_rows = n_rows_read.min(n_samples - first_read);
        let activations = &mut activations[..n_rows * row_length];
        layer
            .tensor()
            .f_narrow(0, first_read as i64, n_rows as i64)?
            .f_copy_data(activations, activations.len())?;
        for (block, rows) in activations.chunks(n_rows_visited * row_length).enumerate() {
            let first_row = first_read + block * n_rows_visited;
            let unit_vectors = &mut unit_vectors[..rows.len() / row_length * n_channels];
            Arch::new().dispatch(Normalise {
                rows,
                n_channels,
                centre,
                first_row,
                unit_vectors,
                zero_rows: &mut zero_rows,
            });
            visit(first_row, unit_vectors)?;
        }
    }
    Ok(zero_rows)
}

struct Normalise<'a, T> {
    rows: &'a [T],
    n_channels: usize,
    centre: Option<&'a [f64]>,
    first_row: usize,
    unit_vectors: &'a mut [f64],
    zero_rows: &'a mut Vec<usize>,
}

impl<T: Copy + Into<f64>> WithSimd for Normalise<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n_places = self.rows.len() / self.unit_vectors.len();
        let rows = self.rows.chunks_exact(self.n_channels * n_places);
        let unit_vectors = self.unit_vectors.chunks_exact_mut(self.n_channels);
        for (row_idx, (row, unit_vector)) in (self.first_row..).zip(rows.zip(unit_vectors)) {
            pool(row, n_places, unit_vector);
            if !normalise(unit_vector, self.centre) {
                unit_vector.fill(0.0);
                self.zero_rows.push(row_idx);
            }
        }
    }
}

struct Multiply<'a, F> {
    unit_vectors: &'a [f64],
    n_channels: usize,
    against: F,
    products: &'a mut Vec<f64>,
}

impl<'a, F: Fn(usize) -> &'a [f64]> WithSimd for Multiply<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (row, unit_vector) in self.unit_vectors.chunks_exact(self.n_channels).enumerate() {
            self.products.push(dot(unit_vector, (self.against)(row)));
        }
    }
}

/// The mean of each channel over its places.
#[inline(always)]
fn pool<T: Copy + Into<f64>>(row: &[T], n_places: usize, means: &mut [f64]) {
    if n_places == 1 {
        for (mean, &value) in means.iter_mut().zip(row) {
            *mean = value.into();
        }
        return;
    }
    for (mean, map) in means.iter_mut().zip(row.chunks_exact(n_places)) {
        *mean = sum(map, 1.0) / n_places as f64;
        if !mean.is_finite() {
            // The sum overflows, the mean does not, but for its rounding.
            *mean = sum(map, 1.0 / n_places as f64).clamp(f64::MIN, f64::MAX);
        }
    }
}

/// Brings a vector to length 1, less the centre and once more if there is one; false if it has no direction.
#[inline(always)]
fn normalise(vector: &mut [f64], centre: Option<&[f64]>) -> bool {
    if !to_unit_length(vector) {
        return false;
    }
    let Some(centre) = centre else {
        return true;
    };
    for (value, centre) in vector.iter_mut().zip(centre) {
        *value -= centre;
    }
    to_unit_length(vector)
}

#[inline(always)]
fn to_unit_length(vector: &mut [f64]) -> bool {
    let mut square = dot(vector, vector);
    if !square.is_finite() {
        scale(vector, DOWN);
        square = dot(vector, vector);
    }
    let norm = square.sqrt();
    if norm < LEAST_NORM {
        return false;
    }
    scale(vector, 1.0 / norm);
    true
}

#[inline(always)]
fn scale(vector: &mut [f64], factor: f64) {
    for value in vector {
        *value *= factor;
    }
}

/// The sum of the values, each times a factor.
#[inline(always)]
fn sum<T: Copy + Into<f64>>(values: &[T], factor: f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += chunk[lane].into() * factor;
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += value.into() * factor;
    }
    total(lanes)
}

#[inline(always)]
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (left_chunks, left_rest) = left.as_chunks::<LANES>();
    let (right_chunks, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_chunks.iter().zip(right_chunks) {
        for lane in 0..LANES {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    for (lane, (left, right)) in lanes.iter_mut().zip(left_rest.iter().zip(right_rest)) {
        *lane += left * right;
    }
    total(lanes)
}

#[inline(always)]
fn total(mut lanes: [f64; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tensor_core::Tensor;
    use tensor_core::convert::{Element, tensor_from_slice};

    use super::*;
    use crate::Activations;

    /// The length of a unit vector: a root, a quotient, and as many products and roundings.
    const ATOL: f64 = 1e-15;

    fn layer<T: Element>(values: &[T], shape: &[i64]) -> Activations {
        Activations::single("layer", tensor_from_slice(values, shape).expect("a tensor"))
            .expect("activations")
    }

    fn unit_vectors(activations: &Activations, centre: Option<&[f64]>) -> (Vec<f64>, Vec<usize>) {
        let mut all = Vec::new();
        let zero_rows = for_each_block(&activations.layers()[0], centre, |_, block| {
            all.extend_from_slice(block);
            Ok(())
        });
        (all, zero_rows.expect("unit vectors"))
    }

    #[test]
    fn rows_become_unit_vectors() {
        let (units, zero_rows) = unit_vectors(&layer(&[3.0, 4.0, 0.0, 0.0, 0.0, -2.0], &[3, 2]), None);
        golden::assert_close(&units, &[0.6, 0.8, 0.0, 0.0, 0.0, -1.0], 0.0, ATOL);
        assert_eq!(zero_rows, [1]);
    }

    #[test]
    fn the_shortest_and_the_longest_vectors_have_a_direction() {
        for length in [LEAST_NORM, 1e-3, 1e153, 1e200, f64::MAX] {
            let (units, zero_rows) = unit_vectors(&layer(&[length, length, -length, length], &[1, 4]), None);
            golden::assert_close(&units, &[0.5, 0.5, -0.5, 0.5], 0.0, ATOL);
            assert!(zero_rows.is_empty(), "{length:e}");
        }
        let (units, zero_rows) = unit_vectors(&layer(&[0.9 * LEAST_NORM, 0.0], &[1, 2]), None);
        assert_eq!((units, zero_rows), (vec![0.0, 0.0], vec![0]));
    }

    #[test]
    fn a_centre_is_subtracted_and_a_zero_row_stays_zero() {
        // Against the centre (0.6, 0.3): (0.6, 0.8) leaves (0, 0.5), its half nothing else, 0 stays, the centre's own
        // direction stays if it is a mean shorter than 1.
        let rows = layer(&[3.0, 4.0, 0.0, 0.0], &[2, 2]);
        let (units, zero_rows) = unit_vectors(&rows, Some(&[0.6, 0.3]));
        golden::assert_close(&units, &[0.0, 1.0, 0.0, 0.0], 0.0, 10.0 * ATOL);
        assert_eq!(zero_rows, [1]);
        let (units, zero_rows) = unit_vectors(&layer(&[1.0, 0.0], &[1, 2]), Some(&[1.0, 0.0]));
        assert_eq!((units, zero_rows), (vec![0.0, 0.0], vec![0]));
    }

    #[test]
    fn maps_are_averaged_first() {
        let maps = layer(&[1.0, 5.0, 4.0, 4.0, -2.0, -2.0, 0.0, 0.0], &[2, 2, 1, 2]);
        let (units, _) = unit_vectors(&maps, None);
        golden::assert_close(&units, &[0.6, 0.8, -1.0, 0.0], 0.0, ATOL);
        let means = maps.layers()[0].pooled().expect("means");
        let means = Activations::single("layer", means).expect("activations");
        golden::assert_close(&units, &unit_vectors(&means, None).0, 0.0, ATOL);
        // The sum of the places overflows, their mean does not, though many a share of it is rounded up.
        for n_places in 2..50 {
            let maps = [vec![f64::MAX; n_places], vec![0.0; n_places]].concat();
            let (units, _) = unit_vectors(&layer(&maps, &[1, 2, n_places as i64, 1]), None);
            golden::assert_close(&units, &[1.0, 0.0], 0.0, ATOL);
        }
    }

    #[test]
    fn products_are_those_with_the_vector_against_the_row() {
        let rows = layer(&[3.0, 4.0, 0.0, 0.0, 1.0, 0.0], &[3, 2]);
        let against = [[1.0, 0.0], [5.0, 5.0], [-2.0, 9.0]];
        let (values, zero_rows) = products(&rows.layers()[0], None, |row| &against[row]).expect("products");
        golden::assert_close(&values, &[0.6, 0.0, -2.0], 0.0, ATOL);
        assert_eq!(zero_rows, [1]);
    }

    proptest! {
        #[test]
        fn a_vector_depends_on_its_own_row_alone_whatever_its_kind_and_strides(
            values in prop::collection::vec(-3.0..3.0_f32, 23 * 5),
            log2 in 0..60_i32,
            first in 0..23_usize,
            maps: bool,
        ) {
            let shape: &[i64] = if maps { &[5, 1, 23, 1] } else { &[5, 23] };
            let (whole, _) = unit_vectors(&layer(&values, shape), None);
            let n_channels = if maps { 1 } else { 23 };
            let row = first % 5;
            let alone = Activations::single("layer", layer(&values, shape).layers()[0].tensor().narrow(0, row as i64, 1));
            let (alone, _) = unit_vectors(&alone.expect("a row"), None);
            prop_assert_eq!(&alone, &whole[row * n_channels..(row + 1) * n_channels]);
            // Widened; times a power of 2; laid out by columns.
            let wide: Vec<f64> = values.iter().map(|&value| f64::from(value) * 2.0_f64.powi(log2)).collect();
            prop_assert_eq!(&unit_vectors(&layer(&wide, shape), None).0, &whole);
            let tensor: Tensor = tensor_from_slice(&values, shape).expect("a tensor");
            let strided = tensor.transpose(0, -1).contiguous().transpose(0, -1);
            let strided = Activations::single("layer", strided).expect("activations");
            prop_assert_eq!(&unit_vectors(&strided, None).0, &whole);
        }

        #[test]
        fn vectors_have_length_one(values in prop::collection::vec(-1e3..1e3_f64, 1..200)) {
            prop_assume!(values.iter().any(|value| value.abs() > 1e-3));
            let n_channels = values.len() as i64;
            let (units, _) = unit_vectors(&layer(&values, &[1, n_channels]), None);
            let square: f64 = units.iter().map(|value| value * value).sum();
            prop_assert!((square - 1.0).abs() < 10.0 * ATOL, "{}", square);
        }
    }
}
