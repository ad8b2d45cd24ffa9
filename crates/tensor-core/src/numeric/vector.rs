//! What every statistic here asks of its vectors.

use std::cmp::Ordering;

use crate::{Error, Result, check};

/// At least so many entries, all finite.
pub(super) fn check(what: &str, values: &[f64], at_least: usize) -> Result<()> {
    check::at_least(what, values.len(), at_least)?;
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NonFinite {
            what: what.to_owned(),
            index: vec![index],
            value: values[index],
        }),
    }
}

/// Two vectors `x` and `y` of one length, at least two entries each, all finite.
pub(super) fn check_pair(x: &[f64], y: &[f64]) -> Result<()> {
    check::same_length("x", x.len(), "y", y.len())?;
    check("x", x, 2)?;
    check("y", y, 2)
}

pub(super) fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|&value| value == values[0])
}

/// The order of two checked entries, in which `0.0` and `-0.0` are equal (under `total_cmp` they are not).
pub(super) fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).expect("entries are checked to be finite")
}

/// `x` minus its mean, times a power of two that brings the largest entry of `x` near 1. The entries of `x`
/// differ.
///
/// A scaled vector that is not constant has a spread of 2^-54 or more, so no square below vanishes. The mean
/// is rounded by up to an ulp of its size; the second centring removes that, at the scale of the deviations.
pub(super) fn deviations(x: &[f64]) -> Vec<f64> {
    let largest = x.iter().fold(0.0_f64, |largest, x_i| largest.max(x_i.abs()));
    let scale = 2.0_f64.powi(-(largest.log2() as i32).clamp(-1022, 1022));
    let mut deviations: Vec<f64> = x.iter().map(|x_i| x_i * scale).collect();
    for _ in 0..2 {
        let mean = deviations.iter().sum::<f64>() / deviations.len() as f64;
        for d in &mut deviations {
            *d -= mean;
        }
    }
    deviations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_named() {
        assert!(
            matches!(check("p", &[1.0], 2), Err(Error::TooFew { what, at_least: 2, got: 1 }) if what == "p")
        );
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = check_pair(&[1.0, 2.0], &[1.0, bad]).expect_err("not finite");
            assert!(
                matches!(error, Error::NonFinite { ref what, ref index, .. } if what == "y" && index == &[1])
            );
        }
        let error = check_pair(&[1.0, 2.0], &[1.0]).expect_err("unequal lengths");
        assert_eq!(error.to_string(), "x has 2 entries and y has 1: they must agree");
        assert!(check_pair(&[1.0, 2.0], &[3.0, 4.0]).is_ok());
    }

    #[test]
    fn the_two_zeros_are_one_value() {
        assert_eq!(compare(-0.0, 0.0), Ordering::Equal);
        assert!(is_constant(&[0.0, -0.0]));
    }
}
