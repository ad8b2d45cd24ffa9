//! Sample weights.

use super::at_least;
use crate::{Error, Result};

/// Checks that weights are finite and not negative, and that one at least is positive.
///
/// # Errors
///
/// [`Error::NonFinite`] or [`Error::NegativeWeight`] with the index of the first weight that fails;
/// [`Error::TooFew`] if none is positive.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::weights("weights", &[0.0, 2.0]).is_ok());
/// let error = check::weights("weights", &[1.0, -0.5]).unwrap_err();
/// assert_eq!(error.to_string(), "weights[1] is -0.5: weights are 0 or more");
/// ```
pub fn weights(what: &str, weights: &[f64]) -> Result<()> {
    for (index, &value) in weights.iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::NonFinite {
                what: what.to_owned(),
                index: vec![index],
                value,
            });
        }
        if value < 0.0 {
            return Err(Error::NegativeWeight {
                what: what.to_owned(),
                index,
                value,
            });
        }
    }
    let n_positive = weights.iter().filter(|&&weight| weight > 0.0).count();
    at_least(&format!("the support of {what}"), n_positive, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_finite_not_negative_and_not_all_zero() {
        assert!(weights("w", &[0.0, 1e-300]).is_ok());
        for (weights, message) in [
            (&[1.0, f64::NAN][..], "w[1] is NaN: expected a finite number"),
            (&[1.0, f64::INFINITY], "w[1] is inf: expected a finite number"),
            (&[-1.0, f64::NAN], "w[0] is -1: weights are 0 or more"),
            (
                &[0.0, -0.0],
                "the support of w has 0 entries: expected at least 1",
            ),
            (&[], "the support of w has 0 entries: expected at least 1"),
        ] {
            assert_eq!(
                super::weights("w", weights).expect_err(message).to_string(),
                message
            );
        }
    }
}
