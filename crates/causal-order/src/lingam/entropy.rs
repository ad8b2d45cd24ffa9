//! The maximum-entropy approximation of differential entropy, and the pairwise measure made of it.
//!
//! The loops are written over fixed lanes, without branches and calls, and run under `pulp::Arch::dispatch`, for the widest
//! vectors that the processor has. The order of the additions does not depend on it.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use std::f64::consts::{LN_2, LOG2_E, PI};

use pulp::{Arch, Simd, WithSimd};

use crate::exponential::exp2_of_negative;

/// Coefficients of the approximation, and `E ln cosh` of a standard normal variable: Hyvärinen 1998, section 6.
const K1: f64 = 79.047;
const K2: f64 = 7.4129;
const GAMMA: f64 = 0.374_57;

/// Numbers that are worked on at once.
const LANES: usize = 16;

/// The product of as many factors of at most 2 is still finite.
const BLOCK: usize = 63 * LANES;

/// The entropy of a variable of mean 0 and variance 1, in nats.
///
/// ```text
/// H(u) = (1 + ln 2 pi) / 2 - k1 (E ln cosh u - gamma)^2 - k2 (E u exp(-u^2 / 2))^2
/// ```
pub(super) fn entropy(u: &[f64]) -> f64 {
    Arch::new().dispatch(Entropy(u))
}

/// By how much the entropies of `b` and of what `b` leaves of `a` exceed those of `a` and of what `a` leaves of `b`: the
/// log-likelihood ratio of `a -> b` against `b -> a`, which is negative where `a` is more likely the effect.
///
/// ```text
/// [H(b) + H(r_ab)] - [H(a) + H(r_ba)],    r_ab = (a - rho b) / sqrt(1 - rho^2),   rho = E a b
/// ```
///
/// Swapping the columns changes the sign and nothing else.
///
/// # Reference
///
/// Hyvärinen, Smith, *Pairwise likelihood ratios for estimation of non-Gaussian structural equation models*, JMLR 14, 2013,
/// equation 7.
pub(super) fn log_likelihood_ratio(a: Column<'_>, b: Column<'_>) -> f64 {
    let [a_given_b, b_given_a] = Arch::new().dispatch(ResidualEntropies(a.values, b.values));
    (b.entropy + a_given_b) - (a.entropy + b_given_a)
}

/// A standardised column and its entropy.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) values: &'a [f64],
    pub(super) entropy: f64,
}

struct Entropy<'a>(&'a [f64]);

impl WithSimd for Entropy<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let mut means = Means::default();
        for block in self.0.chunks(BLOCK) {
            let mut lanes = Lanes::ZERO;
            let (chunks, rest) = block.as_chunks::<LANES>();
            for u in chunks {
                lanes.add(u);
            }
            lanes.add_rest(rest.iter().copied());
            means.add(&lanes);
        }
        means.entropy(self.0.len())
    }
}

/// Entropies of what each column leaves of the other.
struct ResidualEntropies<'a>(&'a [f64], &'a [f64]);

impl WithSimd for ResidualEntropies<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f64; 2] {
        let Self(a, b) = self;
        let correlation = mean_product(a, b);
        let [a_left, b_left] = unexplained(a, b, correlation).map(|variance| variance.sqrt().recip());
        let mut a_means = Means::default();
        let mut b_means = Means::default();
        for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
            let mut a_lanes = Lanes::ZERO;
            let mut b_lanes = Lanes::ZERO;
            let (a_chunks, a_rest) = a.as_chunks::<LANES>();
            let (b_chunks, b_rest) = b.as_chunks::<LANES>();
            for (a, b) in a_chunks.iter().zip(b_chunks) {
                let mut left_of_a = [0.0; LANES];
                let mut left_of_b = [0.0; LANES];
                for lane in 0..LANES {
                    left_of_a[lane] = (a[lane] - correlation * b[lane]) * a_left;
                    left_of_b[lane] = (b[lane] - correlation * a[lane]) * b_left;
                }
                a_lanes.add(&left_of_a);
                b_lanes.add(&left_of_b);
            }
            let rest = || a_rest.iter().zip(b_rest);
            a_lanes.add_rest(rest().map(|(a, b)| (a - correlation * b) * a_left));
            b_lanes.add_rest(rest().map(|(a, b)| (b - correlation * a) * b_left));
            a_means.add(&a_lanes);
            b_means.add(&b_lanes);
        }
        [a_means.entropy(a.len()), b_means.entropy(b.len())]
    }
}

/// The variances that standardised columns leave of each other.
#[inline(always)]
fn unexplained(a: &[f64], b: &[f64], correlation: f64) -> [f64; 2] {
    /// Beyond this correlation, 1 - rho^2 loses digits.
    const CLOSE: f64 = 0.99;
    if correlation.abs() < CLOSE {
        return [1.0 - correlation * correlation; 2];
    }
    let mean_square = |a: &[f64], b: &[f64]| {
        let squares = a.iter().zip(b).map(|(a, b)| (a - correlation * b).powi(2));
        squares.sum::<f64>() / a.len() as f64
    };
    [mean_square(a, b), mean_square(b, a)]
}

#[inline(always)]
fn mean_product(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane += a * b;
    }
    lanes.iter().sum::<f64>() / a.len() as f64
}

/// What the two means are made of, for every lane.
///
/// ```text
/// sum ln cosh u = sum |u| + ln prod (1 + exp(-2 |u|)) - n ln 2
/// ```
///
/// so that there is one logarithm for a whole block.
struct Lanes {
    absolute: [f64; LANES],
    product: [f64; LANES],
    damped: [f64; LANES],
}

impl Lanes {
    const ZERO: Self = Self {
        absolute: [0.0; LANES],
        product: [1.0; LANES],
        damped: [0.0; LANES],
    };

    #[inline(always)]
    fn add(&mut self, u: &[f64; LANES]) {
        for (lane, &u) in u.iter().enumerate() {
            self.add_to(lane, u);
        }
    }

    #[inline(always)]
    fn add_rest(&mut self, rest: impl Iterator<Item = f64>) {
        for (lane, u) in rest.enumerate() {
            self.add_to(lane, u);
        }
    }

    #[inline(always)]
    fn add_to(&mut self, lane: usize, u: f64) {
        let absolute = u.abs();
        self.absolute[lane] += absolute;
        self.product[lane] *= 1.0 + exp2_of_negative(-2.0 * LOG2_E * absolute);
        self.damped[lane] += u * exp2_of_negative(-0.5 * LOG2_E * u * u);
    }
}

/// Sums of `ln cosh u + ln 2` and `u exp(-u^2 / 2)`.
#[derive(Default)]
struct Means {
    ln_cosh: f64,
    damped: f64,
}

impl Means {
    #[inline(always)]
    fn add(&mut self, lanes: &Lanes) {
        let product: f64 = lanes.product.iter().product();
        self.ln_cosh += lanes.absolute.iter().sum::<f64>() + product.ln();
        self.damped += lanes.damped.iter().sum::<f64>();
    }

    #[inline(always)]
    fn entropy(&self, n_samples: usize) -> f64 {
        let n_samples = n_samples as f64;
        let ln_cosh = self.ln_cosh / n_samples - LN_2 - GAMMA;
        let damped = self.damped / n_samples;
        0.5 * (1.0 + (2.0 * PI).ln()) - K1 * ln_cosh * ln_cosh - K2 * damped * damped
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sums of some thousand terms near 1, and the constants of order 80 that magnify them.
    const TOLERANCE: f64 = 1e-12;

    fn standardised(mut values: Vec<f64>) -> Vec<f64> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        for x in &mut values {
            *x = (*x - mean) / variance.sqrt();
        }
        values
    }

    /// The formula as it stands.
    fn plain_entropy(u: &[f64]) -> f64 {
        let n = u.len() as f64;
        let ln_cosh = u.iter().map(|u| u.cosh().ln()).sum::<f64>() / n;
        let damped = u.iter().map(|u| u * (-u * u / 2.0).exp()).sum::<f64>() / n;
        0.5 * (1.0 + (2.0 * PI).ln()) - K1 * (ln_cosh - GAMMA).powi(2) - K2 * damped.powi(2)
    }

    fn column(values: &[f64]) -> Column<'_> {
        Column {
            values,
            entropy: entropy(values),
        }
    }

    #[test]
    fn an_outlier_of_many_deviations_does_not_overflow() {
        let mut values = vec![0.0; 5000];
        values[17] = 1.0;
        let u = standardised(values);
        // ln cosh u = |u| - ln 2 where cosh overflows not: u is 70 here.
        golden::assert_close(&[entropy(&u)], &[plain_entropy(&u)], TOLERANCE, 0.0);
    }

    proptest! {
        #[test]
        fn entropy_is_the_formula_for_every_length(
            values in proptest::collection::vec(-3.0..3.0f64, 3..2100),
        ) {
            let u = standardised(values);
            golden::assert_close(&[entropy(&u)], &[plain_entropy(&u)], TOLERANCE, TOLERANCE);
        }

        #[test]
        fn the_ratio_is_antisymmetric_and_of_the_formula(
            values in proptest::collection::vec((-3.0..3.0f64, -1.0..1.0f64), 30..200),
        ) {
            let a = standardised(values.iter().map(|(a, _)| *a).collect());
            let b = standardised(values.iter().map(|(a, b)| a + b * b * b).collect());
            let ratio = log_likelihood_ratio(column(&a), column(&b));
            prop_assert_eq!(ratio, -log_likelihood_ratio(column(&b), column(&a)));
            let rho = mean_product(&a, &b);
            let left = |a: &[f64], b: &[f64]| {
                standardised(a.iter().zip(b).map(|(a, b)| a - rho * b).collect())
            };
            let expected = plain_entropy(&b) + plain_entropy(&left(&a, &b))
                - plain_entropy(&a) - plain_entropy(&left(&b, &a));
            // A residual of 1e-3 of the variance carries 1e3 times the rounding.
            golden::assert_close(&[ratio], &[expected], 0.0, 1e-9);
        }
    }
}
