//! A sum of doubles without rounding, whatever the order of the terms.

/// The exact sum of finite doubles; reading it rounds once, to the nearest double.
///
/// A fixed-point number wide enough for every double, from 2^-1074 to 2^1024 and 64 bits beyond: addition is that of
/// integers, so any order and grouping of the terms gives the same bits, and no term is lost however they cancel.
///
/// # Reference
///
/// U. Kulisch, "Computer arithmetic and validity", 2nd ed., 2013; digits with room for carries as in R. M. Neal, "Fast
/// exact summation using small and large superaccumulators", 2015, arXiv:1505.05571.
#[derive(Debug, Clone)]
pub(crate) struct ExactSum {
    /// Digits of 32 bits, the lowest first, in units of 2^-1074. Carries wait in the upper halves.
    digits: [i64; N_DIGITS],
    /// Additions since the carries were last moved on.
    n_waiting: u32,
}

/// 2098 bits for every double, and 78 for their number.
const N_DIGITS: usize = 68;

const DIGIT_BITS: u32 = 32;

/// A digit takes less than 2^32 in each addition: after so many it stays below 2^62.
const LONGEST_WAIT: u32 = 1 << 30;

impl Default for ExactSum {
    fn default() -> Self {
        Self {
            digits: [0; N_DIGITS],
            n_waiting: 0,
        }
    }
}

impl ExactSum {
    /// Adds a finite number.
    pub(crate) fn add(&mut self, value: f64) {
        debug_assert!(value.is_finite(), "{value}");
        self.make_room();
        let bits = value.to_bits();
        let field = (bits >> 52) & 0x7FF;
        let fraction = bits & ((1 << 52) - 1);
        // Value = significand 2^(shift - 1074); a subnormal lacks the leading one and has the least exponent.
        let significand = if field == 0 { fraction } else { fraction | 1 << 52 };
        let shift = field.saturating_sub(1) as u32;
        let place = (shift / DIGIT_BITS) as usize;
        let mut shifted = u128::from(significand) << (shift % DIGIT_BITS);
        for digit in &mut self.digits[place..place + 3] {
            let part = i64::from(shifted as u32);
            *digit += if value.is_sign_negative() { -part } else { part };
            shifted >>= DIGIT_BITS;
        }
        self.n_waiting += 1;
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.carry();
        self.make_room();
        for (digit, other) in self.digits.iter_mut().zip(other.digits) {
            *digit += other;
        }
        self.n_waiting += 1;
    }

    /// The sum, rounded to the nearest double, to the even one of two; infinite beyond the largest.
    pub(crate) fn value(&self) -> f64 {
        let mut sum = self.clone();
        sum.carry();
        let is_negative = sum.digits[N_DIGITS - 1] < 0;
        if is_negative {
            for digit in &mut sum.digits {
                *digit = -*digit;
            }
            sum.carry();
        }
        let Some(highest) = sum.digits.iter().rposition(|&digit| digit != 0) else {
            return 0.0;
        };
        // The highest three digits hold at least 65 bits: what lies below them only tells a tie from more than a tie.
        let mut leading = 0_u128;
        for back in 0..3 {
            let digit = highest.checked_sub(back).map_or(0, |place| sum.digits[place]);
            leading = leading << DIGIT_BITS | u128::from(digit.cast_unsigned());
        }
        let has_more = sum.digits[..highest.saturating_sub(2)]
            .iter()
            .any(|&digit| digit != 0);
        let rounded = (leading | u128::from(has_more)) as f64;
        let exponent = DIGIT_BITS as i32 * (highest as i32 - 2) - 1074;
        let magnitude = rounded * power_of_two(exponent / 2) * power_of_two(exponent - exponent / 2);
        if is_negative { -magnitude } else { magnitude }
    }

    fn make_room(&mut self) {
        if self.n_waiting == LONGEST_WAIT {
            self.carry();
        }
    }

    /// Moves the carries on: all digits but the highest lie from 0 to 2^32 afterwards, and the highest has the sign.
    fn carry(&mut self) {
        let mut carry = 0;
        for digit in &mut self.digits[..N_DIGITS - 1] {
            let total = *digit + carry;
            *digit = total & i64::from(u32::MAX);
            carry = total >> DIGIT_BITS;
        }
        self.digits[N_DIGITS - 1] += carry;
        self.n_waiting = 1;
    }
}

/// `2^exponent`, a normal double.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for &value in values {
            sum.add(value);
        }
        sum
    }

    #[test]
    fn the_ends_of_the_range() {
        let tiny = f64::from_bits(1);
        let cases: [(&[f64], f64); 8] = [
            (&[], 0.0),
            (&[-0.0, -0.0], 0.0),
            (&[tiny, tiny, tiny], 3.0 * tiny),
            (&[f64::MIN_POSITIVE, -tiny], f64::MIN_POSITIVE - tiny),
            (&[f64::MAX, f64::MAX], f64::INFINITY),
            (&[-f64::MAX, -f64::MAX], f64::NEG_INFINITY),
            (&[f64::MAX, f64::MAX, -f64::MAX, tiny], f64::MAX),
            (&[-f64::MAX, tiny, f64::MAX], tiny),
        ];
        for (values, expected) in cases {
            assert_eq!(sum(values).value().to_bits(), expected.to_bits(), "{values:?}");
        }
    }

    #[test]
    fn a_tie_goes_to_the_even_number_and_less_than_a_double_breaks_it() {
        let (half_unit, tiny) = (f64::EPSILON / 2.0, f64::from_bits(1));
        let cases: [(&[f64], f64); 5] = [
            (&[1.0, half_unit], 1.0),
            (&[1.0, f64::EPSILON, half_unit], 1.0 + 2.0 * f64::EPSILON),
            (&[1.0, half_unit, tiny], 1.0 + f64::EPSILON),
            (&[-1.0, -half_unit, -tiny], -1.0 - f64::EPSILON),
            (&[1.0, half_unit, -tiny], 1.0),
        ];
        for (values, expected) in cases {
            assert_eq!(sum(values).value(), expected, "{values:?}");
        }
    }

    #[test]
    fn carries_are_moved_on_in_time() {
        // As after 2^30 additions of a number whose digits are all ones, of either sign.
        for sign in [1, -1] {
            let mut full = ExactSum::default();
            full.digits[..N_DIGITS - 1].fill(sign * (i64::from(u32::MAX) << 30));
            full.n_waiting = LONGEST_WAIT;
            let expected = full.value();
            full.add(1.0);
            full.add(-1.0);
            assert!(full.n_waiting < LONGEST_WAIT);
            assert_eq!(full.value(), expected);
        }
    }

    /// Any finite double.
    fn finite() -> impl Strategy<Value = f64> {
        any::<u64>()
            .prop_map(f64::from_bits)
            .prop_filter("finite", |value| value.is_finite())
    }

    proptest! {
        #[test]
        fn sums_are_those_of_whole_numbers(
            terms in prop::collection::vec((-(1_i64 << 53)..=1 << 53, 0_u32..60), 0..50),
        ) {
            let total: i128 = terms.iter().map(|&(whole, shift)| i128::from(whole) << shift).sum();
            let unit = f64::from_bits((1023 - 30) << 52);
            let values: Vec<f64> = terms
                .iter()
                .map(|&(whole, shift)| whole as f64 * (1_u64 << shift) as f64 * unit)
                .collect();
            prop_assert_eq!(sum(&values).value(), total as f64 * unit);
        }

        #[test]
        fn order_and_grouping_do_not_show(
            (values, shuffled) in prop::collection::vec(finite(), 0..60)
                .prop_flat_map(|values| (Just(values.clone()), Just(values).prop_shuffle())),
            cut in 0_usize..60,
        ) {
            let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
            let mut merged = sum(right);
            merged.merge(&sum(left));
            prop_assert_eq!(merged.value().to_bits(), sum(&values).value().to_bits());
        }

        #[test]
        fn what_cancels_leaves_no_trace(
            last in finite(),
            values in prop::collection::vec(finite(), 0..30).prop_flat_map(|values| {
                let with_opposites: Vec<f64> = values.iter().flat_map(|&value| [value, -value]).collect();
                Just(with_opposites).prop_shuffle()
            }),
        ) {
            let mut sum = sum(&values);
            sum.add(last);
            prop_assert_eq!(sum.value(), last);
        }
    }
}
