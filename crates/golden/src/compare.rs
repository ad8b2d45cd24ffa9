//! Element-wise comparison that names the worst element.

use std::fmt;

/// How two arrays differ.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The arrays have different lengths, or the shape does not multiply to them.
    Length {
        /// Number of actual elements.
        actual: usize,
        /// Number of expected elements.
        expected: usize,
        /// Shape of the expected elements.
        shape: Vec<usize>,
    },
    /// Elements lie outside the tolerance.
    Values {
        /// Index of the worst element, one coordinate a dimension.
        index: Vec<usize>,
        /// The worst element.
        actual: f64,
        /// What was expected in its place.
        expected: f64,
        /// Number of elements outside the tolerance.
        n_off: usize,
        /// Number of elements.
        n_total: usize,
        /// Relative tolerance.
        rtol: f64,
        /// Absolute tolerance.
        atol: f64,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length {
                actual,
                expected,
                shape,
            } => write!(
                f,
                "{actual} elements where {expected} are expected (shape {shape:?})"
            ),
            Self::Values {
                index,
                actual,
                expected,
                n_off,
                n_total,
                rtol,
                atol,
            } => {
                let absolute = (actual - expected).abs();
                let relative = absolute / expected.abs();
                write!(
                    f,
                    "{n_off} of {n_total} elements differ; worst at {index:?}: actual {actual:?}, expected {expected:?}, \
                     absolute difference {absolute:e}, relative difference {relative:e} (rtol {rtol:e}, atol {atol:e})"
                )
            }
        }
    }
}

impl std::error::Error for Mismatch {}

/// Compares two arrays of one shape, element by element, in row-major order.
///
/// ```text
/// |actual - expected| <= atol + rtol |expected|
/// ```
///
/// The criterion is numpy's `assert_allclose` with `equal_nan=True`: a NaN agrees with a NaN alone, an infinity with
/// the same infinity alone, whatever the tolerance. The worst element is the one whose difference is the largest
/// multiple of what it may be.
///
/// # Errors
///
/// [`Mismatch::Length`] if the lengths differ from each other or from the product of `shape`; [`Mismatch::Values`] if
/// an element lies outside the tolerance.
///
/// # Panics
///
/// Panics if a tolerance is negative or NaN: with it no element, or every element, would agree.
///
/// # Examples
///
/// ```
/// use golden::{Mismatch, compare};
///
/// assert_eq!(compare(&[1.0, f64::NAN], &[1.0, f64::NAN], &[2], 0.0, 0.0), Ok(()));
///
/// let mismatch = compare(&[1.0, 2.0, 3.0, 5.0], &[1.0, 2.0, 3.0, 4.0], &[2, 2], 0.1, 0.0).unwrap_err();
/// assert!(matches!(mismatch, Mismatch::Values { ref index, n_off: 1, .. } if index == &[1, 1]));
/// ```
pub fn compare(
    actual: &[f64],
    expected: &[f64],
    shape: &[usize],
    rtol: f64,
    atol: f64,
) -> Result<(), Mismatch> {
    assert!(
        rtol >= 0.0 && atol >= 0.0,
        "rtol {rtol} and atol {atol} must be 0 or more"
    );
    let n_total = expected.len();
    if actual.len() != n_total || shape.iter().product::<usize>() != n_total {
        return Err(Mismatch::Length {
            actual: actual.len(),
            expected: n_total,
            shape: shape.to_vec(),
        });
    }
    let mut n_off = 0;
    let mut worst: Option<(usize, Excess)> = None;
    for (flat, (&a, &e)) in actual.iter().zip(expected).enumerate() {
        let Some(excess) = excess(a, e, rtol, atol) else {
            continue;
        };
        n_off += 1;
        if worst.is_none_or(|(_, most)| excess > most) {
            worst = Some((flat, excess));
        }
    }
    match worst {
        None => Ok(()),
        Some((flat, _)) => Err(Mismatch::Values {
            index: unravel(flat, shape),
            actual: actual[flat],
            expected: expected[flat],
            n_off,
            n_total,
            rtol,
            atol,
        }),
    }
}

/// Asserts that two slices agree within `atol + rtol |expected|`, element by element, as [`compare`] defines it.
///
/// # Panics
///
/// Panics if they do not, naming the worst index, both values there, the absolute and the relative difference and the
/// number of elements that are off.
///
/// # Examples
///
/// ```
/// golden::assert_close(&[1.0, 2.0 + 1e-13], &[1.0, 2.0], 1e-12, 0.0);
/// ```
///
/// ```should_panic
/// golden::assert_close(&[1.0, 2.1], &[1.0, 2.0], 1e-12, 0.0);
/// ```
#[track_caller]
#[allow(clippy::panic, reason = "an assertion: panicking is what it is called for")]
pub fn assert_close(actual: &[f64], expected: &[f64], rtol: f64, atol: f64) {
    if let Err(mismatch) = compare(actual, expected, &[expected.len()], rtol, atol) {
        panic!("{mismatch}");
    }
}

/// How far an element is off: the difference as a multiple of the tolerance, then the difference itself, which decides
/// where the tolerance is zero. Ordered lexicographically.
type Excess = (f64, f64);

/// `None` if the elements agree.
fn excess(actual: f64, expected: f64, rtol: f64, atol: f64) -> Option<Excess> {
    if actual == expected || (actual.is_nan() && expected.is_nan()) {
        return None;
    }
    if !(actual.is_finite() && expected.is_finite()) {
        return Some((f64::INFINITY, f64::INFINITY));
    }
    let difference = (actual - expected).abs();
    let allowed = atol + rtol * expected.abs();
    (difference > allowed).then(|| (difference / allowed, difference))
}

/// The row-major coordinates of a flat index.
fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (coordinate, &extent) in index.iter_mut().zip(shape).rev() {
        *coordinate = flat % extent;
        flat /= extent;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;

    fn agrees(actual: f64, expected: f64, rtol: f64, atol: f64) -> bool {
        compare(&[actual], &[expected], &[], rtol, atol).is_ok()
    }

    #[test]
    fn the_criterion_is_numpys() {
        // Exactly representable, so the boundary itself is inside.
        assert!(agrees(1.5, 1.0, 0.5, 0.0));
        assert!(agrees(1.5, 1.0, 0.25, 0.25));
        assert!(!agrees(1.5, 1.0, 0.25, 0.125));
        // Relative to the expected value, not to the actual one.
        assert!(agrees(1.0, 2.0, 0.5, 0.0));
        assert!(!agrees(2.0, 1.0, 0.5, 0.0));
        // Two tiny numbers do not agree by being tiny.
        assert!(!agrees(1e-300, 2e-300, 1e-3, 0.0));
        assert!(agrees(0.0, -0.0, 0.0, 0.0));
    }

    #[test]
    fn nan_and_infinity_are_exact() {
        assert!(agrees(NAN, NAN, 0.0, 0.0));
        assert!(!agrees(NAN, 1.0, INF, INF));
        assert!(!agrees(1.0, NAN, INF, INF));
        assert!(agrees(INF, INF, 0.0, 0.0));
        assert!(!agrees(INF, -INF, 1.0, 1.0));
        assert!(!agrees(1.0, INF, 1.0, 1.0));
        assert!(!agrees(INF, 1.0, 1.0, 1.0));
        assert!(!agrees(NAN, INF, 1.0, 1.0));
    }

    #[test]
    fn the_worst_element_is_relative_to_its_tolerance() {
        // 1 part in 10 is worse than 1 part in 100, though the difference is smaller.
        let mismatch = compare(&[1010.0, 1.1], &[1000.0, 1.0], &[2], 1e-3, 0.0).expect_err("they differ");
        assert!(
            matches!(mismatch, Mismatch::Values { ref index, n_off: 2, .. } if index == &[1]),
            "{mismatch}"
        );
        // With no tolerance at all the difference decides.
        let mismatch = compare(&[1.0, 4.0, 2.0], &[0.0, 1.0, 1.0], &[3], 0.0, 0.0).expect_err("they differ");
        assert!(
            matches!(mismatch, Mismatch::Values { ref index, n_off: 3, .. } if index == &[1]),
            "{mismatch}"
        );
        // Nothing is worse than a NaN.
        let mismatch = compare(&[9.0, NAN], &[1.0, 1.0], &[2], 0.0, 0.0).expect_err("they differ");
        assert!(
            matches!(mismatch, Mismatch::Values { ref index, .. } if index == &[1]),
            "{mismatch}"
        );
    }

    #[test]
    fn the_message_tells_all() {
        let mut actual = vec![1.0; 24];
        actual[17] = 1.25;
        let message = compare(&actual, &[1.0; 24], &[2, 3, 4], 1e-3, 1e-6)
            .expect_err("they differ")
            .to_string();
        assert_eq!(
            message,
            "1 of 24 elements differ; worst at [1, 1, 1]: actual 1.25, expected 1.0, absolute difference 2.5e-1, \
             relative difference 2.5e-1 (rtol 1e-3, atol 1e-6)"
        );
    }

    #[test]
    fn lengths_and_shapes_are_checked() {
        for (actual, expected, shape) in [(2, 3, 3), (3, 2, 2), (3, 3, 4)] {
            let mismatch = compare(&vec![0.0; actual], &vec![0.0; expected], &[shape], 1.0, 1.0)
                .expect_err("they differ");
            assert!(matches!(mismatch, Mismatch::Length { .. }), "{mismatch}");
        }
        assert_eq!(compare(&[], &[], &[0], 0.0, 0.0), Ok(()));
    }

    #[test]
    #[should_panic(expected = "1 of 2 elements differ; worst at [1]: actual 2.5, expected 2.0")]
    fn assert_close_panics() {
        assert_close(&[1.0, 2.5], &[1.0, 2.0], 0.1, 0.1);
    }

    #[test]
    #[should_panic(expected = "1 elements where 2 are expected")]
    fn assert_close_panics_on_lengths() {
        assert_close(&[1.0], &[1.0, 2.0], 0.1, 0.1);
    }

    #[test]
    #[should_panic(expected = "must be 0 or more")]
    fn a_nan_tolerance_is_refused() {
        assert_close(&[1.0], &[1.0], NAN, 0.0);
    }
}
