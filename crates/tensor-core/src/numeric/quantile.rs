//! Quantiles of a sample.

use crate::{
    Result, check,
    numeric::vector::{self, compare},
};

/// The `p`-quantile of the entries, in any order.
///
/// ```text
/// quantile(x, p) = x_(j) + g (x_(j+1) - x_(j)),    j + g = p (n - 1),    j whole, 0 <= g < 1
/// ```
///
/// `x_(0) <= ... <= x_(n-1)` are the entries in order. This is definition 7 of Hyndman and Fan, the default
/// of `numpy.quantile` and of R.
///
/// # Errors
///
/// [`Error::TooFew`](crate::Error::TooFew) for no entries, [`Error::NonFinite`](crate::Error::NonFinite) for
/// an entry that is not finite, [`Error::Parameter`](crate::Error::Parameter) unless `0 <= p <= 1`.
///
/// # Reference
///
/// R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", 1996,
/// doi:10.1080/00031305.1996.10473566.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::quantile;
///
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5)?, 2.5);
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 1.0)?, 4.0);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn quantile(values: &[f64], p: f64) -> Result<f64> {
    vector::check("values", values, 1)?;
    check::unit_interval("p", p)?;
    let mut values = values.to_vec();
    let (j, g) = position(values.len(), p);
    let (_, &mut at, above) = values.select_nth_unstable_by(j, |a, b| compare(*a, *b));
    let next = above.iter().copied().min_by(|a, b| compare(*a, *b));
    Ok(between(at, next.unwrap_or(at), g))
}

/// Several [quantiles](quantile) of the same entries, sorted once.
///
/// # Errors
///
/// As [`quantile`], for each of the probabilities.
///
/// # Complexity
///
/// O(n log n), where [`quantile`] is O(n).
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::quantiles;
///
/// assert_eq!(quantiles(&[4.0, 1.0, 3.0, 2.0], &[0.0, 0.5, 1.0])?, [1.0, 2.5, 4.0]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn quantiles(values: &[f64], probabilities: &[f64]) -> Result<Vec<f64>> {
    vector::check("values", values, 1)?;
    probabilities
        .iter()
        .try_for_each(|&p| check::unit_interval("p", p))?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(|a, b| compare(*a, *b));
    let at = |p: &f64| {
        let (j, g) = position(sorted.len(), *p);
        between(sorted[j], sorted[(j + 1).min(sorted.len() - 1)], g)
    };
    Ok(probabilities.iter().map(at).collect())
}

fn position(n: usize, p: f64) -> (usize, f64) {
    let position = p * (n - 1) as f64;
    (position.floor() as usize, position.fract())
}

/// Between two neighbours, computed from the nearer one as NumPy does: rising in `g` and exact at both ends.
fn between(low: f64, high: f64, g: f64) -> f64 {
    let gap = high - low;
    if !gap.is_finite() {
        return low * (1.0 - g) + high * g;
    }
    if g < 0.5 {
        low + gap * g
    } else {
        high - gap * (1.0 - g)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    #[test]
    fn bad_input_is_refused() {
        assert!(matches!(quantile(&[], 0.5), Err(Error::TooFew { .. })));
        assert!(matches!(
            quantile(&[1.0, f64::NAN], 0.5),
            Err(Error::NonFinite { .. })
        ));
        for p in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                quantile(&[1.0], p),
                Err(Error::Parameter { name: "p", .. })
            ));
            assert!(matches!(
                quantiles(&[1.0], &[0.5, p]),
                Err(Error::Parameter { name: "p", .. })
            ));
        }
        assert_eq!(quantile(&[1.0, 2.0], -0.0).expect("zero is zero"), 1.0);
    }

    #[test]
    fn a_gap_beyond_the_largest_double_is_crossed() {
        assert_eq!(quantile(&[-f64::MAX, f64::MAX], 0.5).expect("finite"), 0.0);
    }

    proptest! {
        #[test]
        fn both_forms_agree_and_rise(
            values in prop::collection::vec(-10..10_i32, 1..50), p in 0.0..=1.0_f64, other in 0.0..=1.0_f64,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let (low, high) = (p.min(other), p.max(other));
            let at = quantiles(&values, &[0.0, low, high, 1.0]).expect("valid");
            prop_assert_eq!(at[1], quantile(&values, low).expect("valid"));
            prop_assert!(at.is_sorted());
            prop_assert_eq!(at[0], values.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(at[3], values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }

        #[test]
        fn the_quantile_of_minus_x_mirrors(values in prop::collection::vec(-1e3..1e3_f64, 1..50), p in 0.0..=1.0_f64) {
            let negated: Vec<f64> = values.iter().map(|x| -x).collect();
            let mirrored = -quantile(&negated, 1.0 - p).expect("valid");
            // The position p (n - 1) is rounded: to 50 ulps of the range 2e3.
            prop_assert!((quantile(&values, p).expect("valid") - mirrored).abs() < 1e-10);
        }
    }
}
