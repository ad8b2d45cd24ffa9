//! Mean and variance, mergeable.

use crate::{Result, numeric::vector};

/// Count, mean and sum of squared deviations of the numbers seen so far.
///
/// ```text
/// n,    mean = sum_i x_i / n,    m2 = sum_i (x_i - mean)^2
/// ```
///
/// One more number `x` (Welford), and two parts `a` and `b` made one (Chan, Golub, LeVeque):
///
/// ```text
/// delta = x - mean;          mean += delta / n;                 m2 += delta (x - mean)
/// delta = mean_b - mean_a;   mean = mean_a + delta n_b / n;     m2 = m2_a + m2_b + delta^2 n_a n_b / n
/// ```
///
/// The squares are of deviations, never of the numbers, so a small spread about a large mean is not lost. The
/// order and the grouping of the numbers change the result by rounding only. Numbers whose differences or
/// squared deviations add to more than the largest double give moments that are not finite.
///
/// # Reference
///
/// B. P. Welford, "Note on a method for calculating corrected sums of squares and products", 1962,
/// doi:10.1080/00401706.1962.10490022; T. F. Chan et al., "Algorithms for computing the sample
/// variance", 1983, doi:10.1080/00031305.1983.10483115.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::Moments;
///
/// let mut moments = Moments::of(&[1.0, 2.0])?;
/// moments.merge(&Moments::of(&[3.0, 6.0])?);
/// assert_eq!(moments.count(), 4);
/// assert_eq!(moments.mean(), Some(3.0));
/// assert_eq!(moments.population_variance(), Some(3.5));
/// assert_eq!(moments.sample_variance(), Some(14.0 / 3.0));
/// # Ok::<(), tensor_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: u64,
    mean: f64,
    m2: f64,
}

impl Moments {
    /// The moments of the entries of a vector, which may be empty.
    ///
    /// ```text
    /// c = x_1 + sum_i (x_i - x_1) / n,    r = sum_i (x_i - c)
    /// mean = c + r / n,    m2 = sum_i (x_i - c)^2 - r^2 / n
    /// ```
    ///
    /// Two passes and a correction for the rounding of `c`: as exact as the numbers allow, where
    /// [`push`](Self::push) loses digits when the spread is some 1e-12 of the mean.
    ///
    /// # Errors
    ///
    /// [`Error::NonFinite`](crate::Error::NonFinite) for the first entry that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tensor_core::numeric::Moments::of(&[2.0, 4.0])?.mean(), Some(3.0));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn of(values: &[f64]) -> Result<Self> {
        vector::check("values", values, 0)?;
        let Some(&first) = values.first() else {
            return Ok(Self::default());
        };
        let n = values.len() as f64;
        let sum_from = |origin: f64| values.iter().map(|value| value - origin).sum::<f64>();
        let near_mean = first + sum_from(first) / n;
        let rest = sum_from(near_mean);
        let squares: f64 = values.iter().map(|value| (value - near_mean).powi(2)).sum();
        let m2 = squares - rest * rest / n;
        Ok(Self {
            count: values.len() as u64,
            mean: near_mean + rest / n,
            // Not `max`, which would take the NaN of an overflow for 0.
            m2: if m2 < 0.0 { 0.0 } else { m2 },
        })
    }

    /// Takes one more number in.
    ///
    /// # Errors
    ///
    /// [`Error::NonFinite`](crate::Error::NonFinite) unless it is finite; the moments are unchanged then.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut moments = tensor_core::numeric::Moments::default();
    /// moments.push(2.0)?;
    /// moments.push(4.0)?;
    /// assert_eq!(moments.population_variance(), Some(1.0));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn push(&mut self, value: f64) -> Result<()> {
        vector::check("value", &[value], 1)?;
        self.add(value);
        Ok(())
    }

    /// Takes in everything that `other` has seen.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::numeric::Moments;
    ///
    /// let mut moments = Moments::of(&[0.0])?;
    /// moments.merge(&Moments::of(&[4.0])?);
    /// assert_eq!(moments.population_variance(), Some(4.0));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let (n_self, n_other) = (self.count as f64, other.count as f64);
        let n = n_self + n_other;
        let delta = other.mean - self.mean;
        self.count += other.count;
        self.mean += delta * (n_other / n);
        self.m2 += other.m2 + delta * (delta * (n_self * n_other / n));
    }

    /// How many numbers were seen.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tensor_core::numeric::Moments::of(&[2.0, 4.0])?.count(), 2);
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The mean, or `None` before the first number.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tensor_core::numeric::Moments::of(&[2.0, 4.0])?.mean(), Some(3.0));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The variance of the numbers as a whole population, `m2 / n`, or `None` before the first number.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tensor_core::numeric::Moments::of(&[2.0, 4.0])?.population_variance(), Some(1.0));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn population_variance(&self) -> Option<f64> {
        (self.count > 0).then(|| self.m2 / self.count as f64)
    }

    /// The unbiased estimate from a sample, `m2 / (n - 1)`, or `None` before the second number.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tensor_core::numeric::Moments::of(&[2.0, 4.0])?.sample_variance(), Some(2.0));
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn sample_variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    fn add(&mut self, value: f64) {
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.m2 += delta * (value - self.mean);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    /// A step of either recurrence is wrong by a few ulps of what it adds up; 200 steps by a few hundred ulps
    /// at most.
    const RTOL: f64 = 1e-13;

    #[test]
    fn too_few_numbers_have_no_moments() {
        let empty = Moments::default();
        assert_eq!(
            (empty.mean(), empty.population_variance(), empty.sample_variance()),
            (None, None, None)
        );
        let one = Moments::of(&[5.0]).expect("finite");
        assert_eq!(
            (one.mean(), one.population_variance(), one.sample_variance()),
            (Some(5.0), Some(0.0), None)
        );
    }

    #[test]
    fn huge_numbers_merge_into_nothing_unchanged() {
        let huge = Moments::of(&[1e300, 1e300]).expect("finite");
        let mut merged = Moments::default();
        merged.merge(&huge);
        assert_eq!(
            (merged, huge.mean(), huge.sample_variance()),
            (huge, Some(1e300), Some(0.0))
        );
    }

    #[test]
    fn differences_beyond_the_largest_double_are_not_taken_for_no_spread() {
        let apart = [-1.7e308, 1.7e308];
        let moments = Moments::of(&apart).expect("finite");
        assert!(!moments.sample_variance().expect("two").is_finite());
        let mut pushed = Moments::default();
        apart
            .iter()
            .try_for_each(|&value| pushed.push(value))
            .expect("finite");
        assert!(!pushed.sample_variance().expect("two").is_finite());
    }

    #[test]
    fn what_is_not_finite_is_refused_and_leaves_no_trace() {
        assert!(matches!(Moments::of(&[1.0, f64::NAN]), Err(Error::NonFinite { index, .. }) if index == [1]));
        let mut moments = Moments::of(&[1.0, 2.0]).expect("finite");
        let before = moments;
        assert!(matches!(
            moments.push(f64::INFINITY),
            Err(Error::NonFinite { .. })
        ));
        assert_eq!(moments, before);
    }

    #[test]
    fn a_small_spread_about_a_large_mean_is_kept() {
        // NIST StRD "NumAcc4": standard deviation 0.1 about 10 000 000.2; 1 001 numbers.
        let mut values = vec![10_000_000.2];
        for _ in 0..500 {
            values.extend([10_000_000.1, 10_000_000.3]);
        }
        let moments = Moments::of(&values).expect("finite");
        let deviation = moments.sample_variance().expect("two or more").sqrt();
        // The inputs themselves are rounded: to 9e-10, that is 1e-8 of the deviation.
        assert!((deviation - 0.1).abs() < 1e-8 * 0.1, "{deviation}");
        assert!((moments.mean().expect("one or more") - 10_000_000.2).abs() < 2e-9);
    }

    fn close(actual: f64, expected: f64, scale: f64) -> bool {
        (actual - expected).abs() <= RTOL * scale
    }

    proptest! {
        #[test]
        fn merging_parts_equals_the_whole(
            values in prop::collection::vec(-1e3..1e3_f64, 0..200), cuts in prop::collection::vec(0_usize..200, 0..5),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
            cuts.extend([0, values.len()]);
            cuts.sort_unstable();
            let mut merged = Moments::default();
            for part in cuts.windows(2) {
                merged.merge(&Moments::of(&values[part[0]..part[1]]).expect("finite"));
            }
            let whole = Moments::of(&values).expect("finite");
            let mut pushed = Moments::default();
            values.iter().try_for_each(|&value| pushed.push(value)).expect("finite");
            for moments in [merged, pushed] {
                prop_assert_eq!(moments.count(), values.len() as u64);
                prop_assert!(close(moments.mean, whole.mean, 1e3));
                prop_assert!(close(moments.m2, whole.m2, 1e6 * values.len() as f64));
            }
        }

        #[test]
        fn moments_follow_shift_and_scale(
            values in prop::collection::vec(-1.0..1.0_f64, 2..100), shift in -1e3..1e3_f64, scale in 0.1..10.0_f64,
        ) {
            let moved: Vec<f64> = values.iter().map(|x| scale * x + shift).collect();
            let (before, after) = (Moments::of(&values).expect("finite"), Moments::of(&moved).expect("finite"));
            let (mean, variance) = (before.mean, before.sample_variance().expect("two or more"));
            prop_assert!(close(after.mean, scale * mean + shift, shift.abs() + scale));
            // Each moved number is rounded by half an ulp of |shift| + scale, on a deviation of up to 2
            // scale.
            let allowed = (shift.abs() + scale) * scale;
            prop_assert!(close(after.sample_variance().expect("two or more"), scale * scale * variance, allowed));
        }
    }
}
