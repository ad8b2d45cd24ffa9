//! Linear and rank correlation.

use crate::{
    Result,
    numeric::{
        ranks::average_ranks,
        vector::{check_pair, deviations, is_constant},
    },
};

/// Pearson's correlation: how near `y` is to a straight line in `x`; `None` when either is constant.
///
/// ```text
/// r = sum_i (x_i - mean x) (y_i - mean y) / sqrt( sum_i (x_i - mean x)^2 · sum_i (y_i - mean y)^2 )
/// ```
///
/// Both vectors are first scaled by a power of two and then centred twice: neither numbers near 1e300 nor
/// numbers near 1e-300 overflow or vanish in the squares, and a spread of a few ulps about a large mean is
/// not drowned by the rounding of the mean. The result lies in [-1, 1].
///
/// # Errors
///
/// [`Error::Length`](crate::Error::Length) for unequal lengths, [`Error::TooFew`](crate::Error::TooFew) below
/// two entries, [`Error::NonFinite`](crate::Error::NonFinite) for an entry that is not finite.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::pearson;
///
/// let r = pearson(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 3.0, 2.0, 5.0, 4.0])?;
/// assert!((r.unwrap() - 0.8).abs() < 1e-15);
/// assert_eq!(pearson(&[1.0, 2.0], &[3.0, 3.0])?, None);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn pearson(x: &[f64], y: &[f64]) -> Result<Option<f64>> {
    check_pair(x, y)?;
    if is_constant(x) || is_constant(y) {
        return Ok(None);
    }
    let (x, y) = (deviations(x), deviations(y));
    let r = dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt();
    Ok(Some(r.clamp(-1.0, 1.0)))
}

/// Spearman's rank correlation: how near `y` is to a rising function of `x`; `None` when either is constant.
///
/// ```text
/// rho = pearson(average_ranks(x), average_ranks(y))
/// ```
///
/// # Errors
///
/// As [`pearson`].
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::spearman;
///
/// assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, 10.0, 100.0])?, Some(1.0));
/// assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, 100.0, 10.0])?, Some(0.5));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> Result<Option<f64>> {
    check_pair(x, y)?;
    pearson(&average_ranks(x)?, &average_ranks(y)?)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a_i, b_i)| a_i * b_i).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    /// Sums of at most 50 products, each right to an ulp, in a quotient no larger than 1.
    const ATOL: f64 = 1e-14;

    fn r(x: &[f64], y: &[f64]) -> f64 {
        pearson(x, y).expect("valid").expect("not constant")
    }

    #[test]
    fn bad_input_is_refused_and_constants_have_no_correlation() {
        for correlation in [pearson, spearman] {
            assert!(matches!(
                correlation(&[1.0, 2.0], &[1.0]),
                Err(Error::Length { .. })
            ));
            assert!(matches!(
                correlation(&[1.0], &[1.0]),
                Err(Error::TooFew { at_least: 2, .. })
            ));
            assert!(matches!(
                correlation(&[1.0, 2.0], &[1.0, f64::NAN]),
                Err(Error::NonFinite { .. })
            ));
            assert_eq!(
                correlation(&[0.1; 7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).expect("valid"),
                None
            );
            assert_eq!(correlation(&[1.0, 2.0], &[0.0, -0.0]).expect("valid"), None);
        }
    }

    #[test]
    fn extreme_scales_neither_overflow_nor_vanish() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 3.0, 2.0, 5.0, 4.0]);
        for scale in [1e200, 3e307, 1e-200, 1e-308, 5e-324] {
            let scaled = x.map(|x_i| x_i * scale);
            assert!((r(&scaled, &y) - 0.8).abs() < ATOL, "scale {scale:e}");
            assert!((r(&y, &scaled) - 0.8).abs() < ATOL, "scale {scale:e}");
        }
    }

    #[test]
    fn a_spread_of_one_ulp_about_a_large_mean_is_seen() {
        let ulp = f64::EPSILON;
        // The mean, 1 + ulp / 3, rounds to 1.
        let x = [1.0, 1.0, 1.0 + ulp];
        assert!((r(&x, &[0.0, 0.0, 1.0]) - 1.0).abs() < ATOL);
        assert!((r(&x, &[0.0, 1.0, 0.0]) + 0.5).abs() < ATOL);
    }

    proptest! {
        #[test]
        fn pearson_ignores_scale_shift_and_order(
            (x, y) in (2_usize..50).prop_flat_map(|n| (
                prop::collection::vec(-1.0..1.0_f64, n), prop::collection::vec(-1.0..1.0_f64, n),
            )),
            exponent in -900..900_i32, seed: u64,
        ) {
            prop_assume!(!is_constant(&x) && !is_constant(&y));
            let reference = r(&x, &y);
            prop_assert!((-1.0..=1.0).contains(&reference));
            prop_assert_eq!(reference, r(&y, &x));
            prop_assert_eq!(r(&x, &x), 1.0);

            // A power of two changes no digit.
            let scaled: Vec<f64> = x.iter().map(|x_i| x_i * 2.0_f64.powi(exponent)).collect();
            prop_assert!((r(&scaled, &y) - reference).abs() <= f64::EPSILON);
            let negated: Vec<f64> = x.iter().map(|x_i| -x_i).collect();
            prop_assert_eq!(r(&negated, &y), -reference);

            let order = crate::random::permutation(&mut crate::Seed::new(seed).stream("law", 0), x.len());
            let pick = |v: &[f64]| order.iter().map(|&i| v[i]).collect::<Vec<_>>();
            prop_assert!((r(&pick(&x), &pick(&y)) - reference).abs() < ATOL);
        }

        #[test]
        fn spearman_sees_only_the_order(
            x in prop::collection::vec(-50..50_i32, 2..50), y in prop::collection::vec(-5..5_i32, 50),
        ) {
            let x: Vec<f64> = x.into_iter().map(f64::from).collect();
            let y: Vec<f64> = y.into_iter().take(x.len()).map(f64::from).collect();
            let curved: Vec<f64> = x.iter().map(|x_i| (x_i / 10.0).exp()).collect();
            prop_assert_eq!(spearman(&x, &y).expect("valid"), spearman(&curved, &y).expect("valid"));
        }
    }
}
