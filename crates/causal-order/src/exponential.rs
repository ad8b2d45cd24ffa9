//! An exponential that the compiler vectorises, where it is inlined into a loop that runs under `pulp::Arch::dispatch`.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use std::f64::consts::{LN_2, LOG2_E};

/// `2^t` for `t <= 0`, within 2 units in the last place; 0 below `2^-1022.5`.
#[inline(always)]
pub(crate) fn exp2_of_negative(t: f64) -> f64 {
    const LOWEST: f64 = -1023.0;
    const EXPONENT_BIAS: u64 = 1023;
    const MANTISSA_BITS: u32 = 52;
    let [c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11] = COEFFICIENTS;
    let t = if t < LOWEST { LOWEST } else { t };
    let shifted = t + ROUND;
    let r = t - (shifted - ROUND);
    let mut power = c11;
    for c in [c10, c9, c8, c7, c6, c5, c4, c3, c2, c1, 1.0] {
        power = power.mul_add(r, c);
    }
    power * f64::from_bits(shifted.to_bits().wrapping_add(EXPONENT_BIAS) << MANTISSA_BITS)
}

/// The hyperbolic tangent, within 1e-15.
#[inline(always)]
pub(crate) fn tanh(u: f64) -> f64 {
    let power = exp2_of_negative(-2.0 * LOG2_E * u.abs());
    ((1.0 - power) / (1.0 + power)).copysign(u)
}

/// Adding and subtracting `1.5 * 2^52` rounds to an integer, and leaves that integer in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The coefficients of `2^r = sum_k (r ln 2)^k / k!`, economised on `|r| <= 1/2`: `c_0 = 1`, and a relative error of 8e-18.
const COEFFICIENTS: [f64; 11] = [
    LN_2,
    0.240_226_506_959_100_97,
    0.055_504_108_664_821_6,
    0.009_618_129_107_606_888,
    0.001_333_355_814_641_693_6,
    0.000_154_035_304_417_360_5,
    1.525_273_382_983_612e-5,
    1.321_544_258_792_169e-6,
    1.017_806_244_584_577_4e-7,
    7.072_585_949_269_223e-9,
    4.454_960_598_186_518_6e-10,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact_and_the_rest_within_two_units() {
        for n in -1022..=0 {
            assert_eq!(exp2_of_negative(f64::from(n)), 2.0_f64.powi(n));
        }
        for point in 0..100_000 {
            let t = -1021.0 * f64::from(point) / 100_000.0;
            let ulps = exp2_of_negative(t).to_bits().abs_diff(t.exp2().to_bits());
            assert!(ulps <= 2, "2^{t}: {ulps} units");
        }
        assert_eq!(exp2_of_negative(-5000.0), 0.0);
    }

    #[test]
    fn the_tangent_is_within_rounding() {
        for point in -2000..2000 {
            let u = f64::from(point) / 100.0;
            assert!((tanh(u) - u.tanh()).abs() < 1e-15, "tanh({u})");
        }
    }
}
