//! Confidence intervals from bootstrap replicates.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::{
    Result, check,
    numeric::{Bootstrap, Jackknife, quantiles, vector},
};

/// A bootstrap confidence interval, or the reason why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// From `low` to `high`.
    Bounds {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// All replicates have this one value: the resamples say nothing about the spread.
    Point {
        /// The value.
        value: f64,
    },
    /// The statistic is undefined on every resample.
    NoReplicate,
    /// [`Bootstrap::bca`] only: the statistic is undefined on the sample itself.
    NoEstimate,
    /// [`Bootstrap::bca`] only: all replicates lie on one side of the estimate, so the bias correction is
    /// infinite.
    OneSided,
    /// [`Bootstrap::bca`] only: the statistic is the same whichever item is left out, so the acceleration is
    /// 0 / 0.
    NoAcceleration,
}

impl Interval {
    /// The lower and the upper end, where there are any; both are the value of a [`Point`](Self::Point).
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::numeric::Interval;
    ///
    /// assert_eq!(Interval::Bounds { low: 1.0, high: 2.0 }.bounds(), Some((1.0, 2.0)));
    /// assert_eq!(Interval::Point { value: 3.0 }.bounds(), Some((3.0, 3.0)));
    /// assert_eq!(Interval::NoReplicate.bounds(), None);
    /// ```
    pub const fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Bounds { low, high } => Some((low, high)),
            Self::Point { value } => Some((value, value)),
            Self::NoReplicate | Self::NoEstimate | Self::OneSided | Self::NoAcceleration => None,
        }
    }
}

impl Bootstrap {
    /// The percentile interval.
    ///
    /// ```text
    /// [ quantile(replicates, (1 - level) / 2),  quantile(replicates, (1 + level) / 2) ]
    /// ```
    ///
    /// Resamples on which the statistic is undefined are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`](crate::Error::Parameter) unless `0 < level < 1`,
    /// [`Error::NonFinite`](crate::Error::NonFinite) for a replicate that is not finite.
    ///
    /// # Reference
    ///
    /// B. Efron, R. J. Tibshirani, "An introduction to the bootstrap", 1993, section 13.3.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::numeric::{Bootstrap, Interval};
    ///
    /// let replicates = (0..=100).map(f64::from).collect();
    /// let bootstrap = Bootstrap { estimate: Some(50.0), replicates, n_undefined: 0 };
    /// assert_eq!(bootstrap.percentile(0.5)?, Interval::Bounds { low: 25.0, high: 75.0 });
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn percentile(&self, level: f64) -> Result<Interval> {
        check_level(level)?;
        if let Some(degenerate) = self.degenerate()? {
            return Ok(degenerate);
        }
        self.between(f64::midpoint(0.0, 1.0 - level), f64::midpoint(1.0, level))
    }

    /// The bias-corrected and accelerated interval, in short `BCa`.
    ///
    /// ```text
    /// z0         = Phi^-1( (#{replicates < estimate} + #{replicates <= estimate}) / (2 n_replicates) )
    /// alpha(z)   = Phi( z0 + (z0 + z) / (1 - a (z0 + z)) )
    /// interval   = [ quantile(replicates, alpha(-z_level)),  quantile(replicates, alpha(z_level)) ]
    /// ```
    ///
    /// `Phi` is the standard normal distribution function, `z_level = Phi^-1((1 + level) / 2)`, and `a` the
    /// [acceleration](Jackknife::acceleration). Replicates equal to the estimate count half, as in
    /// `scipy.stats.bootstrap`, so that a statistic with few values is not biased by its ties. Where `a (z0 +
    /// z)` reaches 1, the end is the extreme replicate, which is the limit from below.
    ///
    /// # Errors
    ///
    /// As [`percentile`](Self::percentile), for the values of the jackknife too.
    ///
    /// # Reference
    ///
    /// B. Efron, "Better bootstrap confidence intervals", 1987, doi:10.1080/01621459.1987.10478410; Efron and
    /// Tibshirani 1993, equations 14.9 to 14.15.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::numeric::{Bootstrap, Interval, Jackknife};
    ///
    /// // Half of the replicates below the estimate and no skew: nothing to correct.
    /// let replicates = (0..=100).map(f64::from).collect();
    /// let bootstrap = Bootstrap { estimate: Some(50.0), replicates, n_undefined: 0 };
    /// let symmetric = Jackknife { values: vec![49.0, 50.0, 51.0], n_undefined: 0 };
    /// let (low, high) = bootstrap.bca(0.5, &symmetric)?.bounds().unwrap();
    /// assert!((low - 25.0).abs() < 1e-9 && (high - 75.0).abs() < 1e-9);
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn bca(&self, level: f64, jackknife: &Jackknife) -> Result<Interval> {
        check_level(level)?;
        let acceleration = jackknife.acceleration()?;
        if let Some(degenerate) = self.degenerate()? {
            return Ok(degenerate);
        }
        let Some(estimate) = self.estimate else {
            return Ok(Interval::NoEstimate);
        };
        let n_below = self
            .replicates
            .iter()
            .filter(|&&replicate| replicate < estimate)
            .count();
        let n_up_to = self
            .replicates
            .iter()
            .filter(|&&replicate| replicate <= estimate)
            .count();
        let below = (n_below + n_up_to) as f64 / (2 * self.replicates.len()) as f64;
        if !(below > 0.0 && below < 1.0) {
            return Ok(Interval::OneSided);
        }
        let Some(acceleration) = acceleration else {
            return Ok(Interval::NoAcceleration);
        };
        let normal = Normal::standard();
        let bias = normal.inverse_cdf(below);
        let z_level = normal.inverse_cdf(f64::midpoint(1.0, level));
        let alpha = |z: f64| {
            let shifted = bias + z;
            let slope = 1.0 - acceleration * shifted;
            if slope > 0.0 {
                normal.cdf(bias + shifted / slope)
            } else {
                f64::from(u8::from(shifted > 0.0))
            }
        };
        self.between(alpha(-z_level), alpha(z_level))
    }

    fn degenerate(&self) -> Result<Option<Interval>> {
        vector::check("replicates", &self.replicates, 0)?;
        Ok(match self.replicates.first() {
            None => Some(Interval::NoReplicate),
            Some(&value) if vector::is_constant(&self.replicates) => Some(Interval::Point { value }),
            Some(_) => None,
        })
    }

    fn between(&self, alpha_low: f64, alpha_high: f64) -> Result<Interval> {
        let ends = quantiles(&self.replicates, &[alpha_low, alpha_high])?;
        Ok(Interval::Bounds {
            low: ends[0],
            high: ends[1],
        })
    }
}

fn check_level(level: f64) -> Result<()> {
    check::parameter(
        "level",
        level > 0.0 && level < 1.0,
        "a number between 0 and 1, neither included",
        level,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    fn bootstrap(estimate: Option<f64>, replicates: &[f64]) -> Bootstrap {
        Bootstrap {
            estimate,
            replicates: replicates.to_vec(),
            n_undefined: 0,
        }
    }

    fn jackknife(values: &[f64]) -> Jackknife {
        Jackknife {
            values: values.to_vec(),
            n_undefined: 0,
        }
    }

    #[test]
    fn bad_input_is_refused() {
        let (good, leave_one_out) = (bootstrap(Some(1.5), &[1.0, 2.0]), jackknife(&[1.0, 2.0]));
        for level in [0.0, 1.0, -0.5, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                good.percentile(level),
                Err(Error::Parameter { name: "level", .. })
            ));
            assert!(matches!(
                good.bca(level, &leave_one_out),
                Err(Error::Parameter { name: "level", .. })
            ));
        }
        let bad = bootstrap(Some(1.5), &[1.0, f64::NAN]);
        assert!(matches!(bad.percentile(0.9), Err(Error::NonFinite { .. })));
        assert!(matches!(
            bad.bca(0.9, &leave_one_out),
            Err(Error::NonFinite { .. })
        ));
        assert!(matches!(
            good.bca(0.9, &jackknife(&[f64::NAN, 1.0])),
            Err(Error::NonFinite { .. })
        ));
    }

    #[test]
    fn each_degenerate_case_has_its_name() -> Result<()> {
        let leave_one_out = jackknife(&[1.0, 2.0, 4.0]);
        let bca = |estimate, replicates: &[f64]| bootstrap(estimate, replicates).bca(0.9, &leave_one_out);
        assert_eq!(bootstrap(None, &[]).percentile(0.9)?, Interval::NoReplicate);
        assert_eq!(
            bootstrap(None, &[3.0, 3.0]).percentile(0.9)?,
            Interval::Point { value: 3.0 }
        );
        assert_eq!(bca(Some(1.0), &[])?, Interval::NoReplicate);
        assert_eq!(bca(Some(1.0), &[3.0, 3.0])?, Interval::Point { value: 3.0 });
        assert_eq!(bca(None, &[1.0, 2.0])?, Interval::NoEstimate);
        assert_eq!(bca(Some(0.5), &[1.0, 2.0])?, Interval::OneSided);
        assert_eq!(bca(Some(2.5), &[1.0, 2.0])?, Interval::OneSided);
        let flat = bootstrap(Some(1.5), &[1.0, 2.0]).bca(0.9, &jackknife(&[1.0, 1.0]))?;
        assert_eq!(flat, Interval::NoAcceleration);
        Ok(())
    }

    #[test]
    fn beyond_the_pole_the_end_is_the_extreme_replicate() -> Result<()> {
        // One value far from the others: acceleration near its bound 1/6. Two of 10 000 replicates above the
        // estimate: z0 = 3.54, so that a (z0 + 3.29) is above 1.
        let mut values = vec![1.0; 2000];
        values[0] = -1e6;
        let replicates: Vec<f64> = (0..10_000).map(f64::from).collect();
        let (low, high) = bootstrap(Some(9997.5), &replicates)
            .bca(0.999, &jackknife(&values))?
            .bounds()
            .expect("bounds");
        assert!(low < high);
        assert_eq!(high, 9999.0);
        Ok(())
    }

    proptest! {
        #[test]
        fn intervals_nest_and_follow_the_scale(
            replicates in prop::collection::vec(-10.0..10.0_f64, 20..200),
            skew in prop::collection::vec(-1.0..1.0_f64, 3..20),
            level in 0.1..0.99_f64, exponent in -5..5_i32,
        ) {
            prop_assume!(!vector::is_constant(&skew));
            let estimate = quantiles(&replicates, &[0.4]).expect("valid")[0];
            let of = |scale: f64, level: f64| {
                let scaled: Vec<f64> = replicates.iter().map(|r| r * scale).collect();
                let bootstrap = bootstrap(Some(estimate * scale), &scaled);
                let ends = |interval: Result<Interval>| interval.expect("valid").bounds().expect("bounds");
                [ends(bootstrap.percentile(level)), ends(bootstrap.bca(level, &jackknife(&skew)))]
            };
            // A power of two changes no digit.
            let scale = 2.0_f64.powi(exponent);
            for ((low, high), scaled) in of(1.0, level).into_iter().zip(of(scale, level)) {
                prop_assert!(low <= high);
                prop_assert_eq!((low * scale, high * scale), scaled);
            }
            for (inner, outer) in of(1.0, level * 0.9).into_iter().zip(of(1.0, level)) {
                prop_assert!(outer.0 <= inner.0 && inner.1 <= outer.1);
            }
        }
    }
}
