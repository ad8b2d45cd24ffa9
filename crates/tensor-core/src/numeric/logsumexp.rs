//! Sums of exponentials that neither overflow nor vanish.

use crate::{Error, Result, check};

/// The logarithm of a sum of exponentials.
///
/// ```text
/// logsumexp(x) = log sum_i exp(x_i) = m + log(1 + sum_{i /= argmax} exp(x_i - m)),    m = max_i x_i
/// ```
///
/// The largest term is taken out of the sum, so the result is right to rounding however large, small or
/// unequal the entries are. Entries of minus infinity count as zero probability: a vector of nothing else,
/// like the empty vector, gives minus infinity. One entry of plus infinity gives plus infinity. NaN
/// propagates.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::logsumexp;
///
/// assert_eq!(logsumexp(&[0.0, 0.0]), 2.0_f64.ln());
/// assert_eq!(logsumexp(&[1000.0, 1000.0]), 1000.0 + 2.0_f64.ln());
/// assert_eq!(logsumexp(&[f64::NEG_INFINITY]), f64::NEG_INFINITY);
/// ```
pub fn logsumexp(x: &[f64]) -> f64 {
    let (argmax, max) = largest(x);
    if !max.is_finite() {
        return max;
    }
    let rest: f64 = x
        .iter()
        .enumerate()
        .filter(|&(i, _)| i != argmax)
        .map(|(_, x_i)| (x_i - max).exp())
        .sum();
    max + rest.ln_1p()
}

/// The probabilities that are proportional to exponentials.
///
/// ```text
/// softmax(x)_i = exp(x_i - m) / sum_j exp(x_j - m),    m = max_j x_j
/// ```
///
/// An entry of minus infinity has probability zero.
///
/// # Errors
///
/// [`Error::TooFew`] for no entries; [`Error::NonFinite`] for a NaN, for plus infinity, and when every entry
/// is minus infinity: there is no distribution then.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::softmax;
///
/// let p = softmax(&[0.0, 3.0_f64.ln(), f64::NEG_INFINITY])?;
/// assert!((p[0] - 0.25).abs() < 1e-15 && (p[1] - 0.75).abs() < 1e-15 && p[2] == 0.0);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn softmax(x: &[f64]) -> Result<Vec<f64>> {
    let what = "the argument of softmax";
    check::at_least(what, x.len(), 1)?;
    let (argmax, max) = largest(x);
    if !max.is_finite() {
        return Err(Error::NonFinite {
            what: what.to_owned(),
            index: vec![argmax],
            value: max,
        });
    }
    let mut p: Vec<f64> = x.iter().map(|x_i| (x_i - max).exp()).collect();
    let total: f64 = p.iter().sum();
    for p_i in &mut p {
        *p_i /= total;
    }
    Ok(p)
}

/// The first largest entry with its index, a NaN above everything; minus infinity of no entries.
fn largest(x: &[f64]) -> (usize, f64) {
    let start = (0, f64::NEG_INFINITY);
    x.iter().copied().enumerate().fold(start, |best, next| {
        let replaces = next.1 > best.1 || (next.1.is_nan() && !best.1.is_nan());
        if replaces { next } else { best }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `exp` and `ln_1p` are right to an ulp or two; the sum of a few dozen terms adds an ulp a term at most.
    const RTOL: f64 = 1e-14;

    #[test]
    fn extremes_of_logsumexp() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        assert_eq!(logsumexp(&[]), -inf);
        assert_eq!(logsumexp(&[-inf, -inf]), -inf);
        assert_eq!(logsumexp(&[-inf, 3.0]), 3.0);
        assert_eq!(logsumexp(&[inf, inf, -inf]), inf);
        assert_eq!(logsumexp(&[-1e308, 1e308]), 1e308);
        for with_nan in [
            &[nan][..],
            &[nan, 1.0],
            &[1.0, nan],
            &[nan, inf],
            &[-inf, nan, -inf],
            &[inf, nan],
        ] {
            assert!(logsumexp(with_nan).is_nan(), "{with_nan:?}");
        }
    }

    #[test]
    fn a_small_second_term_is_kept() {
        // log(1 + e^-50) = e^-50 to 22 digits; log applied to the rounded sum would give 0.
        let actual = logsumexp(&[-50.0, 0.0]);
        assert!((actual / (-50.0_f64).exp() - 1.0).abs() < RTOL, "{actual:e}");
    }

    #[test]
    fn softmax_refuses_what_has_no_distribution() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        assert!(matches!(softmax(&[]), Err(Error::TooFew { got: 0, .. })));
        assert!(matches!(softmax(&[0.0, nan, inf]), Err(Error::NonFinite { index, .. }) if index == [1]));
        assert!(matches!(softmax(&[0.0, -inf, inf]), Err(Error::NonFinite { index, .. }) if index == [2]));
        assert!(matches!(softmax(&[-inf, -inf]), Err(Error::NonFinite { .. })));
    }

    proptest! {
        #[test]
        fn logsumexp_shifts_and_splits(x in prop::collection::vec(-30.0..30.0_f64, 1..40), shift in -700.0..700.0_f64) {
            let whole = logsumexp(&x);
            let shifted: Vec<f64> = x.iter().map(|x| x + shift).collect();
            // Both sides are within an ulp a term of numbers no larger than |shift| + 34.
            let allowed = RTOL * (shift.abs() + 34.0);
            prop_assert!((logsumexp(&shifted) - whole - shift).abs() < allowed);

            let (left, right) = x.split_at(x.len() / 2);
            prop_assert!((logsumexp(&[logsumexp(left), logsumexp(right)]) - whole).abs() < RTOL * 34.0);
        }

        #[test]
        fn softmax_is_exp_of_the_difference_to_logsumexp(x in prop::collection::vec(-300.0..300.0_f64, 1..40)) {
            let p = softmax(&x).expect("finite");
            let total = logsumexp(&x);
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < RTOL);
            for (p_i, x_i) in p.iter().zip(&x) {
                // The exponent is as wrong as the rounding of numbers up to 304: |x| ulps.
                let expected = (x_i - total).exp();
                prop_assert!((p_i - expected).abs() <= 610.0 * RTOL * expected);
            }
        }
    }
}
