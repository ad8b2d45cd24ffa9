//! The eigenvalues of a symmetric matrix and the coordinates of a few vectors along its eigenvectors, which are never
//! formed.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

/// Numbers that are added side by side, whatever the processor's vectors hold: the order of a sum never changes.
const LANES: usize = 16;

/// Steps of the QL iteration for one eigenvalue, of which two are usual.
const MAX_STEPS: usize = 60;

/// What is nothing beside a matrix whose greatest entry is 1 to 2, and whose square is still a normal number: a reflection
/// or a rotation made from less would not be orthogonal.
const NEGLIGIBLE: f64 = 1e-140;

/// An eigenvalue, and the squared coordinates of the vectors along its eigenvector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Direction {
    pub(crate) eigenvalue: f64,
    pub(crate) squared_coordinates: Vec<f64>,
}

/// The eigenvalues of a symmetric matrix in increasing order, each with the squared coordinates of some vectors along its
/// eigenvector. `None` if the iteration does not converge, or if an eigenvalue is not finite.
///
/// ```text
/// A = V diag(sigma) V^T,     squared coordinates of z: (v_i^T z)^2
/// ```
///
/// Householder reflections make the matrix tridiagonal, the QL iteration makes it diagonal, and each of their steps is
/// applied to the vectors. The errors are those of an eigendecomposition: `2.2e-16 ||A||` times a small factor.
///
/// # Shapes
///
/// `matrix`: `order * order` numbers, row by row, of which the lower triangle is read and overwritten. `vectors`: entry
/// `j` of every vector, one `j` after the other.
///
/// # Complexity
///
/// `O(order^2 (order + k))` for `k` vectors. Measured with one thread at order 512 with 100 vectors: half the time of an
/// eigendecomposition.
///
/// # Reference
///
/// Martin, Reinsch, Wilkinson, *Householder's tridiagonalization of a symmetric matrix*, Numerische Mathematik 11 (1968),
/// 181-195; Bowdler, Martin, Reinsch, Wilkinson, *The QR and QL algorithms for symmetric matrices*, ibid., 293-306.
pub(crate) fn project(matrix: &mut [f64], order: usize, vectors: &[f64]) -> Option<Vec<Direction>> {
    if order == 0 {
        return Some(Vec::new());
    }
    let n_vectors = vectors.len() / order;
    let mut vectors = vectors.to_vec();
    let scale = scale(matrix, order);
    for entry in matrix.iter_mut() {
        *entry /= scale;
    }
    let mut tridiagonal = Arch::new().dispatch(Reduction {
        matrix,
        order,
        vectors: &mut vectors,
        n_vectors,
    });
    let converged = Arch::new().dispatch(Iteration {
        tridiagonal: &mut tridiagonal,
        vectors: &mut vectors,
        n_vectors,
    });
    let mut directions: Vec<Direction> = tridiagonal
        .diagonal
        .iter()
        .enumerate()
        .map(|(row, eigenvalue)| Direction {
            eigenvalue: eigenvalue * scale,
            squared_coordinates: vectors[row * n_vectors..][..n_vectors]
                .iter()
                .map(|coordinate| coordinate * coordinate)
                .collect(),
        })
        .collect();
    directions.sort_by(|left, right| left.eigenvalue.total_cmp(&right.eigenvalue));
    let finite = directions
        .iter()
        .all(|direction| direction.eigenvalue.is_finite());
    (converged && finite).then_some(directions)
}

/// The power of 2 that brings the greatest entry of the lower triangle to 1 to 2: nothing is rounded, and squares stay in
/// range.
fn scale(matrix: &[f64], order: usize) -> f64 {
    let lower = (0..order).flat_map(|row| &matrix[row * order..][..=row]);
    let greatest = lower.fold(0.0_f64, |greatest, entry| greatest.max(entry.abs()));
    if greatest > 0.0 {
        greatest.log2().floor().exp2()
    } else {
        1.0
    }
}

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// Entry `i` stands between `i` and `i + 1`; the last is 0.
    beside: Vec<f64>,
}

/// Householder's reduction to tridiagonal form, from the last row to the first.
struct Reduction<'a> {
    matrix: &'a mut [f64],
    order: usize,
    vectors: &'a mut [f64],
    n_vectors: usize,
}

impl WithSimd for Reduction<'_> {
    type Output = Tridiagonal;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Tridiagonal {
        let Self {
            matrix,
            order,
            vectors,
            n_vectors,
        } = self;
        let mut tridiagonal = Tridiagonal {
            diagonal: vec![0.0; order],
            beside: vec![0.0; order],
        };
        // Each reflection A - v w^T - w v^T is left to the pass that needs the result.
        let (mut v, mut w) = (vec![0.0; order], vec![0.0; order]);
        let mut product = vec![0.0; order];
        let mut sums = vec![0.0; n_vectors];
        for last in (0..order).rev() {
            let row = &mut matrix[last * order..][..=last];
            reflect_row(row, &v, &w, v[last], w[last]);
            tridiagonal.diagonal[last] = row[last];
            let Some(before) = last.checked_sub(1) else {
                break;
            };
            let mut reflector = row[..last].to_vec();
            let (factor, beside) = to_reflector(&mut reflector);
            tridiagonal.beside[before] = beside;

            product[..last].fill(0.0);
            let pass = Pass {
                v: &v[..last],
                w: &w[..last],
                u: &reflector,
            };
            // In pairs of rows, which share what they read of the vectors.
            for (pair, rows) in matrix[..last * order].chunks_mut(2 * order).enumerate() {
                match rows.split_at_mut_checked(order) {
                    Some((upper, lower)) if !lower.is_empty() => {
                        pass.reflect_pair(2 * pair, upper, lower, &mut product);
                    }
                    _ => pass.reflect_one(2 * pair, rows, &mut product),
                }
            }
            // w = factor A u - 1/2 factor^2 (u^T A u) u, and v = u.
            let half = 0.5 * factor * factor * dot(&reflector, &product[..last]);
            for ((w, product), u) in w.iter_mut().zip(&product[..last]).zip(&reflector) {
                *w = factor * product - half * u;
            }
            v[..last].copy_from_slice(&reflector);
            v[last..].fill(0.0);
            w[last..].fill(0.0);

            reflect_vectors(vectors, &reflector, factor, &mut sums);
        }
        tridiagonal
    }
}

/// The reflection `I - factor u u^T` that maps `x` to its last axis, and the entry there; `u` takes the place of `x`.
/// Where `x` lies on that axis already, but for what is [`NEGLIGIBLE`], the factor is 0.
#[inline(always)]
fn to_reflector(x: &mut [f64]) -> (f64, f64) {
    let Some((last, rest)) = x.split_last_mut() else {
        return (0.0, 0.0);
    };
    let rest_squared = dot(rest, rest);
    if rest_squared <= NEGLIGIBLE * NEGLIGIBLE {
        return (0.0, std::mem::replace(last, 1.0));
    }
    let image = -(*last * *last + rest_squared).sqrt().copysign(*last);
    // x less its image, without cancellation, scaled to 1 in the last entry.
    let pivot = *last - image;
    for entry in rest.iter_mut() {
        *entry /= pivot;
    }
    *last = 1.0;
    (-pivot / image, image)
}

/// `z - factor (u^T z) u` for every vector `z`; `sums`, one number a vector, holds the inner products.
#[inline(always)]
fn reflect_vectors(vectors: &mut [f64], u: &[f64], factor: f64, sums: &mut [f64]) {
    let n_vectors = sums.len().max(1);
    sums.fill(0.0);
    for (row, u) in vectors.chunks_exact(n_vectors).zip(u) {
        for (sum, entry) in sums.iter_mut().zip(row) {
            *sum += u * entry;
        }
    }
    for (row, u) in vectors.chunks_exact_mut(n_vectors).zip(u) {
        let share = factor * u;
        for (entry, sum) in row.iter_mut().zip(&*sums) {
            *entry -= share * sum;
        }
    }
}

/// `row - v_r w - w_r v`, over the length of the row.
#[inline(always)]
fn reflect_row(row: &mut [f64], v: &[f64], w: &[f64], v_row: f64, w_row: f64) {
    for ((entry, v), w) in row.iter_mut().zip(v).zip(w) {
        *entry -= v_row * w + w_row * v;
    }
}

/// A pass over the lower triangle of a matrix: subtracts `v w^T + w v^T` and multiplies what is left with `u`.
struct Pass<'a> {
    v: &'a [f64],
    w: &'a [f64],
    u: &'a [f64],
}

impl Pass<'_> {
    /// Row `place`, and its part in the product.
    #[inline(always)]
    fn reflect_one(&self, place: usize, row: &mut [f64], product: &mut [f64]) {
        self.columns(place, 0, place, row, product);
        self.diagonal(place, row, product);
    }

    /// The rows `place` and `place + 1`.
    #[inline(always)]
    fn reflect_pair(&self, place: usize, upper: &mut [f64], lower: &mut [f64], product: &mut [f64]) {
        let (v, w, u) = (self.v, self.w, self.u);
        let n_whole = place - place % LANES;
        let (mut upper_sums, mut lower_sums) = ([0.0; LANES], [0.0; LANES]);
        let (v_upper, w_upper, u_upper) = (v[place], w[place], u[place]);
        let (v_lower, w_lower, u_lower) = (v[place + 1], w[place + 1], u[place + 1]);
        let chunks = upper[..n_whole]
            .chunks_exact_mut(LANES)
            .zip(lower[..n_whole].chunks_exact_mut(LANES))
            .zip(product[..n_whole].chunks_exact_mut(LANES))
            .zip(v.chunks_exact(LANES).zip(w.chunks_exact(LANES)))
            .zip(u.chunks_exact(LANES));
        for ((((upper, lower), product), (v_chunk, w_chunk)), u_chunk) in chunks {
            for lane in 0..LANES {
                let above = upper[lane] - (v_upper * w_chunk[lane] + w_upper * v_chunk[lane]);
                let below = lower[lane] - (v_lower * w_chunk[lane] + w_lower * v_chunk[lane]);
                upper[lane] = above;
                lower[lane] = below;
                product[lane] += u_upper * above + u_lower * below;
                upper_sums[lane] += u_chunk[lane] * above;
                lower_sums[lane] += u_chunk[lane] * below;
            }
        }
        product[place] += upper_sums.iter().sum::<f64>();
        product[place + 1] += lower_sums.iter().sum::<f64>();
        self.columns(place, n_whole, place, upper, product);
        self.columns(place + 1, n_whole, place + 1, lower, product);
        self.diagonal(place, upper, product);
        self.diagonal(place + 1, lower, product);
    }

    /// The columns `start..end`, all left of the diagonal.
    #[inline(always)]
    fn columns(&self, place: usize, start: usize, end: usize, row: &mut [f64], product: &mut [f64]) {
        let mut sum = 0.0;
        for column in start..end {
            row[column] -= self.v[place] * self.w[column] + self.w[place] * self.v[column];
            product[column] += self.u[place] * row[column];
            sum += self.u[column] * row[column];
        }
        product[place] += sum;
    }

    #[inline(always)]
    fn diagonal(&self, place: usize, row: &mut [f64], product: &mut [f64]) {
        row[place] -= 2.0 * self.v[place] * self.w[place];
        product[place] += self.u[place] * row[place];
    }
}

/// The inner product, in interleaved partial sums.
#[inline(always)]
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest = left_chunks.remainder().iter().zip(right_chunks.remainder());
    let rest: f64 = rest.map(|(l, r)| l * r).sum();
    let mut partial = [0.0; LANES];
    for (left, right) in left_chunks.zip(right_chunks) {
        for lane in 0..LANES {
            partial[lane] += left[lane] * right[lane];
        }
    }
    partial.iter().sum::<f64>() + rest
}

/// The QL iteration with implicit shifts; its rotations are applied to the vectors.
struct Iteration<'a> {
    tridiagonal: &'a mut Tridiagonal,
    vectors: &'a mut [f64],
    n_vectors: usize,
}

impl WithSimd for Iteration<'_> {
    /// Whether every eigenvalue was reached.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> bool {
        let Tridiagonal { diagonal, beside } = self.tridiagonal;
        let order = diagonal.len();
        for first in 0..order {
            let mut n_steps = 0;
            loop {
                let decoupled = |&end: &usize| {
                    let around = diagonal[end].abs() + diagonal[end + 1].abs();
                    beside[end].abs() <= NEGLIGIBLE + f64::EPSILON * around
                };
                let end = (first..order - 1).find(decoupled).unwrap_or(order - 1);
                if end == first {
                    break;
                }
                if n_steps == MAX_STEPS {
                    return false;
                }
                n_steps += 1;
                step(diagonal, beside, first, end, |upper, cosine, sine| {
                    rotate(self.vectors, self.n_vectors, upper, cosine, sine);
                });
            }
        }
        true
    }
}

/// One QL step on the rows `first..=end`, with Wilkinson's shift.
#[inline(always)]
fn step(
    diagonal: &mut [f64],
    beside: &mut [f64],
    first: usize,
    end: usize,
    mut rotated: impl FnMut(usize, f64, f64),
) {
    let half_gap = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
    let root = half_gap.hypot(1.0).copysign(half_gap);
    // What the bulge is chased with: the last entry less the shift.
    let mut chased = diagonal[end] - diagonal[first] + beside[first] / (half_gap + root);
    let (mut sine, mut cosine, mut change) = (1.0, 1.0, 0.0);
    for upper in (first..end).rev() {
        let bulge = sine * beside[upper];
        let below = cosine * beside[upper];
        let length = (bulge * bulge + chased * chased).sqrt();
        beside[upper + 1] = length;
        if length == 0.0 {
            // The matrix falls apart here: what is left is done by later steps.
            diagonal[upper + 1] -= change;
            beside[end] = 0.0;
            return;
        }
        (sine, cosine) = (bulge / length, chased / length);
        let reduced = diagonal[upper + 1] - change;
        let mixed = (diagonal[upper] - reduced) * sine + 2.0 * cosine * below;
        change = sine * mixed;
        diagonal[upper + 1] = reduced + change;
        chased = cosine * mixed - below;
        rotated(upper, cosine, sine);
    }
    diagonal[first] -= change;
    beside[first] = chased;
    beside[end] = 0.0;
}

/// Rotates the entries `upper` and `upper + 1` of every vector.
#[inline(always)]
fn rotate(vectors: &mut [f64], n_vectors: usize, upper: usize, cosine: f64, sine: f64) {
    let (uppers, lowers) = vectors[upper * n_vectors..][..2 * n_vectors].split_at_mut(n_vectors);
    for (upper, lower) in uppers.iter_mut().zip(lowers) {
        let before = *upper;
        *upper = cosine * before - sine * *lower;
        *lower = sine * before + cosine * *lower;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tensor_core::{Kind, Seed, Tensor, convert, linalg, random};

    use super::*;

    /// Two backward stable methods on matrices of norm 1 to 1000, of order 60 at most: eigenvalues within a few units of
    /// `2.2e-16` times the norm.
    const RTOL_OF_NORM: f64 = 1e-13;

    fn values(tensor: &Tensor) -> Vec<f64> {
        convert::vector("values", &tensor.reshape([-1])).expect("f64")
    }

    /// A Gram matrix of `rank` rows, and vectors.
    fn draw(order: i64, rank: i64, n_vectors: i64, seed: u64) -> (Tensor, Tensor) {
        let normal = |stream: &str, shape: [i64; 2]| {
            random::normal(&mut Seed::new(seed).stream(stream, 0), &shape, Kind::Double).expect("draws")
        };
        let gram = linalg::gram(&normal("rows", [rank, order])).expect("a matrix");
        (gram, normal("vectors", [order, n_vectors]))
    }

    /// Quadratic forms `z^T (A + t I)^{-1} z`, which do not depend on the basis of an eigenspace.
    fn resolvents(eigenvalues: &[f64], squares: impl Fn(usize) -> Vec<f64>, t: f64) -> Vec<f64> {
        let mut sums = vec![0.0; squares(0).len()];
        for (i, eigenvalue) in eigenvalues.iter().enumerate() {
            for (sum, square) in sums.iter_mut().zip(squares(i)) {
                *sum += square / (eigenvalue + t);
            }
        }
        sums
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn agrees_with_the_eigendecomposition(order in 1..60_i64, rank in 1..60_i64, n_vectors in 1..20_i64, seed: u64) {
            let (gram, vectors) = draw(order, rank, n_vectors, seed);
            let directions = project(&mut values(&gram), order as usize, &values(&vectors)).expect("converges");
            let eigen = linalg::eigh(&gram).expect("converges");
            let expected = values(&eigen.values);
            let norm = expected.last().copied().expect("a value");
            let eigenvalues: Vec<f64> = directions.iter().map(|direction| direction.eigenvalue).collect();
            golden::compare(&eigenvalues, &expected, &[expected.len()], 0.0, RTOL_OF_NORM * norm)
                .map_err(|mismatch| TestCaseError::fail(mismatch.to_string()))?;
            let squares = values(&eigen.vectors.tr().matmul(&vectors).square());
            let width = n_vectors as usize;
            // Of condition 100, so that the tolerance is that of the eigenvalues times 100.
            let t = norm / 100.0;
            let actual = resolvents(&eigenvalues, |i| directions[i].squared_coordinates.clone(), t);
            let expected = resolvents(&expected, |i| squares[i * width..][..width].to_vec(), t);
            golden::compare(&actual, &expected, &[width], 100.0 * RTOL_OF_NORM, 0.0)
                .map_err(|mismatch| TestCaseError::fail(mismatch.to_string()))?;
        }
    }

    #[test]
    fn matrices_that_are_diagonal_or_zero_need_no_step() {
        let mut diagonal = [4.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 9.0];
        let directions = project(&mut diagonal, 3, &[1.0, 2.0, 3.0]).expect("converges");
        let pairs: Vec<(f64, f64)> = directions
            .iter()
            .map(|direction| (direction.eigenvalue, direction.squared_coordinates[0]))
            .collect();
        assert_eq!(pairs, [(1.0, 4.0), (4.0, 1.0), (9.0, 9.0)]);
        let zero = project(&mut [0.0; 4], 2, &[1.0, 2.0]).expect("converges");
        assert!(zero.iter().all(|direction| direction.eigenvalue == 0.0));
        assert_eq!(project(&mut [], 0, &[]), Some(Vec::new()));
    }

    #[test]
    fn the_upper_triangle_is_not_read_and_scale_does_not_matter() {
        // Eigenvalues 1 and 3, with (1, -1) and (1, 1) over the root of 2.
        for scale in [1.0, 1e-200, 1e200] {
            let mut matrix = [2.0 * scale, f64::NAN, scale, 2.0 * scale];
            let directions = project(&mut matrix, 2, &[1.0, 0.0, 0.0, 2.0]).expect("converges");
            for (direction, eigenvalue) in directions.iter().zip([1.0, 3.0]) {
                golden::assert_close(&[direction.eigenvalue / scale], &[eigenvalue], 1e-15, 0.0);
                golden::assert_close(&direction.squared_coordinates, &[0.5, 2.0], 1e-15, 0.0);
            }
        }
    }

    #[test]
    fn entries_that_range_over_all_magnitudes_disturb_no_eigenvalue() {
        // Where D is 1, D A D is A; elsewhere its entries are nothing beside those, and the sums of their squares may be
        // numbers of few digits or 0. The last row, where the reduction begins, is one of those.
        for tiny in [1e-70, 1e-78, 1e-80, 1e-155, 1e-158, 1e-161, 1e-170] {
            let (gram, vectors) = draw(24, 30, 3, 4);
            let scales: Vec<f64> = (0..24).map(|row| if row % 3 == 2 { tiny } else { 1.0 }).collect();
            let scales = Tensor::from_slice(&scales);
            let graded = &gram * &scales * scales.unsqueeze(1);
            let directions = project(&mut values(&graded), 24, &values(&vectors)).expect("converges");
            let kept: Vec<i64> = (0..24).filter(|row| row % 3 != 2).collect();
            let kept = Tensor::from_slice(&kept);
            let part = gram.index_select(0, &kept).index_select(1, &kept);
            let expected = project(&mut values(&part), 16, &values(&vectors.index_select(0, &kept)));
            let expected = expected.expect("converges");
            let eigenvalues = |directions: &[Direction]| -> Vec<f64> {
                directions.iter().map(|direction| direction.eigenvalue).collect()
            };
            let (actual, expected_values) = (eigenvalues(&directions[8..]), eigenvalues(&expected));
            let norm = expected_values[15];
            golden::assert_close(&actual, &expected_values, 0.0, RTOL_OF_NORM * norm);
            let t = norm / 100.0;
            golden::assert_close(
                &resolvents(&actual, |i| directions[8 + i].squared_coordinates.clone(), t),
                &resolvents(&expected_values, |i| expected[i].squared_coordinates.clone(), t),
                100.0 * RTOL_OF_NORM,
                0.0,
            );
        }
    }

    #[test]
    fn clustered_eigenvalues_share_the_squared_length() {
        // The identity and a matrix of ones: 1 (n - 1 times) and 1 + n, along (1, ..., 1).
        let order = 40;
        let mut matrix = vec![1.0; order * order];
        for i in 0..order {
            matrix[i * order + i] = 2.0;
        }
        let mut vector = vec![0.0; order];
        vector[0] = 1.0;
        let directions = project(&mut matrix, order, &vector).expect("converges");
        let (last, cluster) = directions.split_last().expect("directions");
        golden::assert_close(&[last.eigenvalue], &[41.0], RTOL_OF_NORM, 0.0);
        golden::assert_close(&last.squared_coordinates, &[1.0 / 40.0], RTOL_OF_NORM, 0.0);
        let length: f64 = cluster
            .iter()
            .map(|direction| direction.squared_coordinates[0])
            .sum();
        golden::assert_close(&[length], &[39.0 / 40.0], RTOL_OF_NORM, 0.0);
        for direction in cluster {
            golden::assert_close(&[direction.eigenvalue], &[1.0], 0.0, 41.0 * RTOL_OF_NORM);
        }
    }

    #[test]
    fn what_is_not_finite_is_left_to_the_caller() {
        for entry in [f64::NAN, f64::INFINITY] {
            assert_eq!(project(&mut [entry], 1, &[1.0]), None);
            assert_eq!(project(&mut [1.0, 0.0, entry, 1.0], 2, &[1.0, 1.0]), None);
            assert_eq!(project(&mut [entry, 0.0, 0.0, 1.0], 2, &[1.0, 1.0]), None);
        }
        // The eigenvalue overflows.
        let ones = &mut [f64::MAX; 4];
        assert_eq!(project(ones, 2, &[1.0, 1.0]), None);
    }
}
