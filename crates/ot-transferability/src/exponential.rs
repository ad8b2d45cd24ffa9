//! An exponential and a sum that the compiler vectorises.
//!
//! Each function here works on one number or one slice, without branches or calls. Inlined into a loop that runs under
//! `pulp::Arch::dispatch`, it becomes AVX2 or AVX-512 code where the processor has it:
//!
//! ```text
//! struct Row<'a>(&'a mut [f64]);
//!
//! impl WithSimd for Row<'_> {
//!     type Output = f64;
//!     #[inline(always)]
//!     fn with_simd<S: Simd>(self, _: S) -> f64 {
//!         for value in &mut *self.0 { *value = exp2(*value); }
//!         sum(self.0)
//!     }
//! }
//! let total = Arch::new().dispatch(Row(&mut values));
//! ```
//!
//! The last bit of a result may differ between processors, never between runs or numbers of threads.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

/// `1 / ln 2`: a logarithm to base e times this is one to base 2.
pub(crate) const LOG2_E: f64 = std::f64::consts::LOG2_E;

/// Adding and subtracting `1.5 * 2^52` rounds to an integer, and leaves that integer in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Where `2^t` is taken as 0, and as infinity.
const LOWEST: f64 = -1023.0;
const HIGHEST: f64 = 1024.0;

/// The coefficients `c` of `2^r ~ 1 + c_1 r + .. + c_11 r^11` for `|r| <= 1/2`, from the Chebyshev interpolant of
/// `(2^r - 1) / r`: relative error 8e-18 before rounding.
const COEFFICIENTS: [f64; 11] = [
    std::f64::consts::LN_2,
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

/// `2^t` within 2 units in the last place; 0 below `2^-1022.5` (subnormal numbers included), infinity above `2^1023.5`.
#[inline(always)]
pub(crate) fn exp2(t: f64) -> f64 {
    const EXPONENT_BIAS: u64 = 1023;
    const MANTISSA_BITS: u32 = 52;
    let [c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11] = COEFFICIENTS;
    let t = clamp(t, LOWEST, HIGHEST);
    let shifted = t + ROUND;
    let r = t - (shifted - ROUND);
    let mut power = c11;
    for c in [c10, c9, c8, c7, c6, c5, c4, c3, c2, c1, 1.0] {
        power = power.mul_add(r, c);
    }
    power * f64::from_bits(shifted.to_bits().wrapping_add(EXPONENT_BIAS) << MANTISSA_BITS)
}

/// One instruction each way; a NaN stays.
#[inline(always)]
#[allow(clippy::manual_clamp, reason = "`f64::clamp` takes more instructions")]
fn clamp(value: f64, low: f64, high: f64) -> f64 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

/// The sum of a slice in an order that does not depend on the processor.
#[inline(always)]
pub(crate) fn sum(values: &[f64]) -> f64 {
    const LANES: usize = 16;
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += chunk[lane];
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += value;
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units in the last place between two positive normal numbers.
    fn ulps(left: f64, right: f64) -> u64 {
        left.to_bits().abs_diff(right.to_bits())
    }

    fn grid(low: f64, high: f64, points: u32) -> impl Iterator<Item = f64> {
        (0..=points).map(move |point| low + (high - low) * f64::from(point) / f64::from(points))
    }

    #[test]
    fn exp2_is_within_two_units_in_the_last_place() {
        for t in grid(-1021.9, 1023.4, 200_003).chain(grid(-3.0, 1.0, 200_003)) {
            assert!(ulps(exp2(t), t.exp2()) <= 2, "exp2({t})");
        }
        for n in -1022..=1023 {
            assert_eq!(exp2(f64::from(n)), 2.0_f64.powi(n));
        }
    }

    #[test]
    fn the_limits_are_zero_infinity_and_nan() {
        for low in [f64::NEG_INFINITY, -1e300, -1023.6] {
            assert_eq!(exp2(low), 0.0);
        }
        for high in [f64::INFINITY, 1e300, 1024.0] {
            assert_eq!(exp2(high), f64::INFINITY);
        }
        assert!(exp2(f64::NAN).is_nan());
        assert_eq!(exp2(0.0), 1.0);
    }

    #[test]
    fn sums_of_all_lengths_count_every_term_once() {
        for length in 0..70 {
            let values: Vec<f64> = (0..length).map(f64::from).collect();
            assert_eq!(
                sum(&values),
                f64::from(length * (length - 1) / 2),
                "{length} terms"
            );
        }
    }
}
