//! The eigenvalues of a symmetric matrix and the coordinates of a few vectors along its eigenvectors, which are never
//! formed.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use pulp::{Arch, Simd, WithSimd};

use self::householder::{Reduced, Reduction, Reflections, Triangle, Tridiagonal};

mod householder;

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
/// `matrix`: `order * order` numbers, row by row, of which the lower triangle is read. `vectors`: entry
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
pub(crate) fn project(matrix: &[f64], order: usize, vectors: &[f64]) -> Option<Vec<Direction>> {
    if order == 0 {
        return Some(Vec::new());
    }
    let n_vectors = vectors.len() / order;
    let mut vectors = vectors.to_vec();
    let scale = scale(matrix, order);
    let mut triangle = Triangle::new(matrix, order, scale);
    let Reduced {
        mut tridiagonal,
        factors,
    } = Arch::new().dispatch(Reduction {
        matrix: &mut triangle,
    });
    Arch::new().dispatch(Reflections {
        reflectors: &triangle,
        factors: &factors,
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
            let directions = project(&values(&gram), order as usize, &values(&vectors)).expect("converges");
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
        let diagonal = [4.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 9.0];
        let directions = project(&diagonal, 3, &[1.0, 2.0, 3.0]).expect("converges");
        let pairs: Vec<(f64, f64)> = directions
            .iter()
            .map(|direction| (direction.eigenvalue, direction.squared_coordinates[0]))
            .collect();
        assert_eq!(pairs, [(1.0, 4.0), (4.0, 1.0), (9.0, 9.0)]);
        let zero = project(&[0.0; 4], 2, &[1.0, 2.0]).expect("converges");
        assert!(zero.iter().all(|direction| direction.eigenvalue == 0.0));
        assert_eq!(project(&[], 0, &[]), Some(Vec::new()));
    }

    #[test]
    fn the_upper_triangle_is_not_read_and_scale_does_not_matter() {
        // Eigenvalues 1 and 3, with (1, -1) and (1, 1) over the root of 2.
        for scale in [1.0, 1e-200, 1e200] {
            let matrix = [2.0 * scale, f64::NAN, scale, 2.0 * scale];
            let directions = project(&matrix, 2, &[1.0, 0.0, 0.0, 2.0]).expect("converges");
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
            let directions = project(&values(&graded), 24, &values(&vectors)).expect("converges");
            let kept: Vec<i64> = (0..24).filter(|row| row % 3 != 2).collect();
            let kept = Tensor::from_slice(&kept);
            let part = gram.index_select(0, &kept).index_select(1, &kept);
            let expected = project(&values(&part), 16, &values(&vectors.index_select(0, &kept)));
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
        let directions = project(&matrix, order, &vector).expect("converges");
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
            assert_eq!(project(&[entry], 1, &[1.0]), None);
            assert_eq!(project(&[1.0, 0.0, entry, 1.0], 2, &[1.0, 1.0]), None);
            assert_eq!(project(&[entry, 0.0, 0.0, 1.0], 2, &[1.0, 1.0]), None);
        }
        // The eigenvalue overflows.
        let ones = &[f64::MAX; 4];
        assert_eq!(project(ones, 2, &[1.0, 1.0]), None);
    }
}
