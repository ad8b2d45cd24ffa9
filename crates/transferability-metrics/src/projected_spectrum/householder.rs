//! Householder's reduction of a symmetric matrix to tridiagonal form, and its reflections of vectors.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use std::mem;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::NEGLIGIBLE;

/// Numbers that are added side by side, whatever the processor's vectors hold: the order of a sum never changes.
const LANES: usize = 16;

/// The lower triangle of a symmetric matrix. Rows end in zeros, and rows of zeros follow, up to whole [`Lanes`].
pub(super) struct Triangle {
    order: usize,
    lanes: Vec<Lanes>,
}

impl Triangle {
    /// The triangle over a scale.
    pub(super) fn new(matrix: &[f64], order: usize, scale: f64) -> Self {
        let mut lanes = vec![Lanes::ZERO; Self::range(order.next_multiple_of(LANES), 0).start];
        for (place, row) in matrix.chunks_exact(order).enumerate() {
            for (lanes, entries) in lanes[Self::range(place, 1)]
                .iter_mut()
                .zip(row[..=place].chunks(LANES))
            {
                *lanes = Lanes::new(entries);
                for entry in &mut lanes.0 {
                    *entry /= scale;
                }
            }
        }
        Self { order, lanes }
    }

    /// Where rows of one length lie: the first [`LANES`] rows are one [`Lanes`] long, the next are two, and so on.
    #[inline(always)]
    fn range(first: usize, n_rows: usize) -> Range<usize> {
        let before = first / LANES;
        let width = before + 1;
        let start = LANES * before * width / 2 + first % LANES * width;
        start..start + n_rows * width
    }
}

/// A symmetric tridiagonal matrix.
pub(super) struct Tridiagonal {
    pub(super) diagonal: Vec<f64>,
    /// Entry `i` stands between `i` and `i + 1`; the last is 0.
    pub(super) beside: Vec<f64>,
}

/// What a matrix was reduced to.
pub(super) struct Reduced {
    pub(super) tridiagonal: Tridiagonal,
    /// Those of the reflections `I - factor u u^T`, one a row, and zeros up to an even number.
    pub(super) factors: Vec<f64>,
}

/// Householder's reduction to tridiagonal form, from the last row to the first. Each reflector takes the place of the row
/// that it reflects.
pub(super) struct Reduction<'a> {
    pub(super) matrix: &'a mut Triangle,
}

impl WithSimd for Reduction<'_> {
    type Output = Reduced;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Reduced {
        let Triangle { order, lanes } = self.matrix;
        let order = *order;
        let mut tridiagonal = Tridiagonal {
            diagonal: vec![0.0; order],
            beside: vec![0.0; order],
        };
        let mut factors = vec![0.0; order.next_multiple_of(2)];
        let zeros = || vec![Lanes::ZERO; order.div_ceil(LANES)];
        // Each reflection A - v w^T - w v^T is left to the pass that needs the result.
        let (mut v, mut w, mut u, mut product) = (zeros(), zeros(), zeros(), zeros());
        for last in (0..order).rev() {
            let row = &mut lanes[Triangle::range(last, 1)];
            let (v_last, w_last) = (entry(&v, last), entry(&w, last));
            for ((row, v), w) in row.iter_mut().zip(&v).zip(&w) {
                for lane in 0..LANES {
                    row.0[lane] -= v_last * w.0[lane] + w_last * v.0[lane];
                }
            }
            (*entry_mut(&mut v, last), *entry_mut(&mut w, last)) = (0.0, 0.0);
            tridiagonal.diagonal[last] = mem::take(entry_mut(row, last));
            let Some(before) = last.checked_sub(1) else {
                break;
            };
            (factors[last], tridiagonal.beside[before]) = to_reflector(row, before);
            u.fill(Lanes::ZERO);
            u[..row.len()].copy_from_slice(row);

            product.fill(Lanes::ZERO);
            let pass = Pass { v: &v, w: &w, u: &u };
            for first in (0..last).step_by(2) {
                pass.reflect_pair(first, &mut lanes[Triangle::range(first, 2)], &mut product);
            }
            if last % 2 == 1 {
                // The pass went over this row too: v, w and u are 0 there, and what it left is this entry.
                *entry_mut(&mut product, last) = 0.0;
            }
            // w = factor A u - 1/2 factor^2 (u^T A u) u, and v = u.
            let factor = factors[last];
            let half = 0.5 * factor * factor * dot(&u, &product);
            for ((w, product), u) in w.iter_mut().zip(&product).zip(&u) {
                for lane in 0..LANES {
                    w.0[lane] = factor * product.0[lane] - half * u.0[lane];
                }
            }
            mem::swap(&mut v, &mut u);
        }
        Reduced { tridiagonal, factors }
    }
}

/// The reflection `I - factor u u^T` that maps `x`, whose last entry is at `last`, to its last axis, and the entry there; `u`
/// takes the place of `x`. Where `x` lies on that axis already, but for what is [`NEGLIGIBLE`], the factor is 0.
#[inline(always)]
fn to_reflector(x: &mut [Lanes], last: usize) -> (f64, f64) {
    let end = mem::take(entry_mut(x, last));
    let rest_squared = dot(x, x);
    if rest_squared <= NEGLIGIBLE * NEGLIGIBLE {
        *entry_mut(x, last) = 1.0;
        return (0.0, end);
    }
    let image = -(end * end + rest_squared).sqrt().copysign(end);
    // x less its image, without cancellation, scaled to 1 in the last entry.
    let pivot = end - image;
    for entry in x.iter_mut().flat_map(|lanes| &mut lanes.0) {
        *entry /= pivot;
    }
    *entry_mut(x, last) = 1.0;
    (-pivot / image, image)
}

/// A pass over the lower triangle of a matrix: subtracts `v w^T + w v^T` and multiplies what is left with `u`.
struct Pass<'a> {
    v: &'a [Lanes],
    w: &'a [Lanes],
    u: &'a [Lanes],
}

impl Pass<'_> {
    /// The rows `first` and `first + 1`, which share what they read of the vectors, and their part in the product.
    #[inline(always)]
    fn reflect_pair(&self, first: usize, rows: &mut [Lanes], product: &mut [Lanes]) {
        let n_before = first / LANES;
        let (v_upper, w_upper, u_upper) = self.at(first);
        let (v_lower, w_lower, u_lower) = self.at(first + 1);
        let (upper, lower) = rows.split_at_mut(n_before + 1);
        let (mut upper_sums, mut lower_sums) = (Lanes::ZERO.0, Lanes::ZERO.0);
        let blocks = upper[..n_before]
            .iter_mut()
            .zip(&mut lower[..n_before])
            .zip(&mut product[..n_before])
            .zip(self.v.iter().zip(self.w))
            .zip(self.u);
        for ((((upper, lower), product), (v, w)), u) in blocks {
            for lane in 0..LANES {
                let above = upper.0[lane] - (v_upper * w.0[lane] + w_upper * v.0[lane]);
                let below = lower.0[lane] - (v_lower * w.0[lane] + w_lower * v.0[lane]);
                upper.0[lane] = above;
                lower.0[lane] = below;
                product.0[lane] += u_upper * above + u_lower * below;
                upper_sums[lane] += u.0[lane] * above;
                lower_sums[lane] += u.0[lane] * below;
            }
        }
        let (v, w, u) = (&self.v[n_before].0, &self.w[n_before].0, &self.u[n_before].0);
        let (upper, lower) = (&mut upper[n_before].0, &mut lower[n_before].0);
        let diagonal = first % LANES;
        let mut sums = [0.0; LANES];
        for lane in 0..LANES {
            let above = v_upper * w[lane] + w_upper * v[lane];
            let below = v_lower * w[lane] + w_lower * v[lane];
            upper[lane] -= if lane <= diagonal { above } else { 0.0 };
            lower[lane] -= if lane <= diagonal + 1 { below } else { 0.0 };
            sums[lane] = u_upper * upper[lane] + u_lower * lower[lane];
            upper_sums[lane] += u[lane] * if lane < diagonal { upper[lane] } else { 0.0 };
            lower_sums[lane] += u[lane] * if lane <= diagonal { lower[lane] } else { 0.0 };
        }
        sums[diagonal] += Lanes(upper_sums).sum();
        sums[diagonal + 1] += Lanes(lower_sums).sum();
        for (product, sum) in product[n_before].0.iter_mut().zip(sums) {
            *product += sum;
        }
    }

    #[inline(always)]
    fn at(&self, place: usize) -> (f64, f64, f64) {
        (entry(self.v, place), entry(self.w, place), entry(self.u, place))
    }
}

/// The reflections of a reduction, applied to vectors.
pub(super) struct Reflections<'a> {
    pub(super) reflectors: &'a Triangle,
    pub(super) factors: &'a [f64],
    pub(super) vectors: &'a mut [f64],
    pub(super) n_vectors: usize,
}

impl WithSimd for Reflections<'_> {
    type Output = ();

    /// Two reflections at a time:
    ///
    /// ```text
    /// z - b_1 u_1 - b_2 u_2,     b_1 = f_1 u_1^T z,     b_2 = f_2 (u_2^T z - b_1 u_1^T u_2)
    /// ```
    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let n_vectors = self.n_vectors.max(1);
        let (mut firsts, mut seconds) = (vec![0.0; n_vectors], vec![0.0; n_vectors]);
        for row in (0..self.reflectors.order).step_by(2).rev() {
            // The upper row is the shorter reflector, which comes second.
            let (second, first) = self.reflectors.lanes[Triangle::range(row, 2)].split_at(row / LANES + 1);
            let (second_factor, first_factor) = (self.factors[row], self.factors[row + 1]);
            let overlap = dot(first, second);
            let entries =
                |u: &[Lanes]| -> Vec<f64> { u.iter().flat_map(|lanes| lanes.0).take(row + 1).collect() };
            let (first, second) = (entries(first), entries(second));

            multiply(self.vectors, &first, &second, &mut firsts, &mut seconds);
            for (first, second) in firsts.iter_mut().zip(&mut seconds) {
                *first *= first_factor;
                *second = second_factor * (*second - *first * overlap);
            }
            let rows = self.vectors.chunks_exact_mut(n_vectors);
            for (row, (u_first, u_second)) in rows.zip(first.iter().zip(&second)) {
                for ((entry, first), second) in row.iter_mut().zip(&firsts).zip(&seconds) {
                    *entry -= u_first * first + u_second * second;
                }
            }
        }
    }
}

/// The inner products of every vector with two reflectors, four rows at a time.
#[inline(always)]
fn multiply(vectors: &[f64], first: &[f64], second: &[f64], firsts: &mut [f64], seconds: &mut [f64]) {
    let n_vectors = firsts.len();
    firsts.fill(0.0);
    seconds.fill(0.0);
    let rows = vectors.chunks(4 * n_vectors);
    for (rows, (u, v)) in rows.zip(first.chunks(4).zip(second.chunks(4))) {
        if let (&[u0, u1, u2, u3], &[v0, v1, v2, v3]) = (u, v) {
            let (row0, rest) = rows.split_at(n_vectors);
            let (row1, rest) = rest.split_at(n_vectors);
            let (row2, row3) = rest.split_at(n_vectors);
            let rows = row0.iter().zip(row1).zip(row2.iter().zip(row3));
            for ((first, second), ((z0, z1), (z2, z3))) in firsts.iter_mut().zip(&mut *seconds).zip(rows) {
                *first += u0 * z0 + u1 * z1 + (u2 * z2 + u3 * z3);
                *second += v0 * z0 + v1 * z1 + (v2 * z2 + v3 * z3);
            }
        } else {
            for (row, (u, v)) in rows.chunks_exact(n_vectors).zip(u.iter().zip(v)) {
                for ((first, second), z) in firsts.iter_mut().zip(&mut *seconds).zip(row) {
                    *first += u * z;
                    *second += v * z;
                }
            }
        }
    }
}

/// Numbers that start a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([f64; LANES]);

impl Lanes {
    const ZERO: Self = Self([0.0; LANES]);

    /// Some numbers, and zeros.
    fn new(numbers: &[f64]) -> Self {
        let mut lanes = Self::ZERO;
        lanes.0[..numbers.len()].copy_from_slice(numbers);
        lanes
    }

    /// The sum in pairs.
    #[inline(always)]
    fn sum(mut self) -> f64 {
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                self.0[lane] += self.0[lane + half];
            }
            half /= 2;
        }
        self.0[0]
    }
}

/// A number of a row.
#[inline(always)]
fn entry(row: &[Lanes], place: usize) -> f64 {
    row[place / LANES].0[place % LANES]
}

#[inline(always)]
fn entry_mut(row: &mut [Lanes], place: usize) -> &mut f64 {
    &mut row[place / LANES].0[place % LANES]
}

/// The inner product, in interleaved partial sums.
#[inline(always)]
fn dot(left: &[Lanes], right: &[Lanes]) -> f64 {
    let mut partial = Lanes::ZERO;
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            partial.0[lane] += left.0[lane] * right.0[lane];
        }
    }
    partial.sum()
}
