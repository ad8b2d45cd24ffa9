//! Ranges of parameters.

use crate::{Error, Result};

/// Checks that a parameter is finite and above zero.
///
/// # Errors
///
/// [`Error::Parameter`] with the name and the value.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::positive("epsilon", 1e-4).is_ok());
/// let error = check::positive("epsilon", 0.0).unwrap_err();
/// assert_eq!(error.to_string(), "epsilon is 0: expected a finite number above 0");
/// ```
pub fn positive(name: &'static str, value: f64) -> Result<()> {
    parameter(
        name,
        value > 0.0 && value.is_finite(),
        "a finite number above 0",
        value,
    )
}

/// Checks that a parameter is finite and not below zero.
///
/// # Errors
///
/// [`Error::Parameter`] with the name and the value.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::non_negative("weight_decay", 0.0).is_ok());
/// assert!(check::non_negative("weight_decay", f64::NAN).is_err());
/// ```
pub fn non_negative(name: &'static str, value: f64) -> Result<()> {
    parameter(
        name,
        value >= 0.0 && value.is_finite(),
        "a finite number, 0 or more",
        value,
    )
}

/// Checks that a parameter lies between 0 and 1, both included.
///
/// # Errors
///
/// [`Error::Parameter`] with the name and the value.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::unit_interval("shrinkage", 1.0).is_ok());
/// assert!(check::unit_interval("shrinkage", 1.5).is_err());
/// ```
pub fn unit_interval(name: &'static str, value: f64) -> Result<()> {
    parameter(name, (0.0..=1.0).contains(&value), "a number from 0 to 1", value)
}

/// Checks that a parameter of any type is in its range, which the caller has tested (write the test so that a NaN
/// fails it).
///
/// # Errors
///
/// [`Error::Parameter`] with the name, the range and the value if `in_range` is false.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// let beta = 1.0;
/// let error = check::parameter("beta", (0.0..1.0).contains(&beta), "at least 0 and below 1", beta).unwrap_err();
/// assert_eq!(error.to_string(), "beta is 1: expected at least 0 and below 1");
/// ```
pub fn parameter(
    name: &'static str,
    in_range: bool,
    expected: &'static str,
    value: impl std::fmt::Display,
) -> Result<()> {
    if in_range {
        return Ok(());
    }
    Err(Error::Parameter {
        name,
        expected,
        got: value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&'static str, f64) -> Result<()>;

    #[test]
    fn parameter_ranges_have_the_right_ends_and_refuse_nan() {
        let tiny = f64::MIN_POSITIVE;
        let cases: [(Check, &[f64], &[f64]); 3] = [
            (
                positive,
                &[tiny, 1.0, f64::MAX],
                &[0.0, -0.0, -tiny, f64::INFINITY, f64::NEG_INFINITY, f64::NAN],
            ),
            (
                non_negative,
                &[0.0, -0.0, tiny, f64::MAX],
                &[-tiny, f64::INFINITY, f64::NEG_INFINITY, f64::NAN],
            ),
            (
                unit_interval,
                &[0.0, -0.0, 0.5, 1.0],
                &[-tiny, 1.0 + f64::EPSILON, f64::INFINITY, f64::NAN],
            ),
        ];
        for (check, inside, outside) in cases {
            for &value in inside {
                assert!(check("x", value).is_ok(), "{value}");
            }
            for &value in outside {
                assert!(
                    matches!(check("x", value), Err(Error::Parameter { name: "x", .. })),
                    "{value}"
                );
            }
        }
    }
}
