//! The arithmetic of sums of products, with or without logarithms.

use std::borrow::Cow;

/// How the numbers of a table are held.
pub(super) trait Arithmetic {
    /// The numbers in this arithmetic.
    fn encode(values: &[f64]) -> Cow<'_, [f64]>;

    /// The product of two numbers.
    fn product(a: f64, b: f64) -> f64;

    /// The sum of some numbers.
    fn sum(terms: impl Iterator<Item = f64> + Clone) -> f64;

    /// Takes a power of two out of a table, and gives its exponent; none if numbers may have been lost.
    fn rescale(values: &mut [f64]) -> Option<i64>;

    /// Divides by the sum of all, and gives the logarithm of that sum; -inf and zeros if there is nothing to divide by.
    fn normalise(values: &mut [f64]) -> f64;
}

/// Plain numbers; each table is scaled by a power of two, which rounds nothing.
pub(super) struct Scaled;

/// Below this greatest number of a product of numbers of about 1, those that matter beside it may have underflowed.
const LOST: f64 = f64::from_bits((1023 - 500) << 52);

/// Tables whose greatest exponent is within this of 0 stay as they are.
const SCALED: i64 = 32;

impl Arithmetic for Scaled {
    fn encode(values: &[f64]) -> Cow<'_, [f64]> {
        Cow::Borrowed(values)
    }

    fn product(a: f64, b: f64) -> f64 {
        a * b
    }

    fn sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
        terms.sum()
    }

    fn rescale(values: &mut [f64]) -> Option<i64> {
        let greatest = values.iter().copied().fold(0.0, f64::max);
        if greatest < LOST {
            return None;
        }
        let exponent = (greatest.to_bits() >> 52) as i64 - 1023;
        if exponent.abs() <= SCALED {
            return Some(0);
        }
        let factor = f64::from_bits(((1023 - exponent) as u64) << 52);
        for value in values {
            *value *= factor;
        }
        Some(exponent)
    }

    fn normalise(values: &mut [f64]) -> f64 {
        let total: f64 = values.iter().sum();
        if total > 0.0 {
            for value in values {
                *value /= total;
            }
        }
        total.ln()
    }
}

/// Natural logarithms.
pub(super) struct Logarithmic;

impl Arithmetic for Logarithmic {
    fn encode(values: &[f64]) -> Cow<'_, [f64]> {
        values.iter().map(|value| value.ln()).collect()
    }

    fn product(a: f64, b: f64) -> f64 {
        a + b
    }

    fn sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
        let greatest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
        if greatest == f64::NEG_INFINITY {
            return greatest;
        }
        greatest + terms.map(|term| (term - greatest).exp()).sum::<f64>().ln()
    }

    fn rescale(_values: &mut [f64]) -> Option<i64> {
        Some(0)
    }

    fn normalise(values: &mut [f64]) -> f64 {
        let ln_total = Self::sum(values.iter().copied());
        for value in values {
            *value = if ln_total == f64::NEG_INFINITY {
                0.0
            } else {
                (*value - ln_total).exp()
            };
        }
        ln_total
    }
}
