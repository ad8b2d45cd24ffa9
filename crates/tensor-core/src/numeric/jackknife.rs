//! Leaving out one item at a time.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result, check,
    numeric::{statistic::defined, vector},
};

/// The values of a statistic with each item left out once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Jackknife {
    /// The defined values, in the order of the items left out.
    pub values: Vec<f64>,
    /// How many items leave the statistic undefined when left out.
    pub n_undefined: usize,
}

/// Evaluates a statistic with each of the items `0..n_items` left out once.
///
/// The statistic takes the indices that are left and gives `None` where it has no value. It runs on several
/// threads.
///
/// # Errors
///
/// The first error of the statistic; [`Error::TooFew`] below two items; [`Error::NonFinite`] for a value that
/// is not finite.
///
/// # Complexity
///
/// `n_items` evaluations.
///
/// # Examples
///
/// ```
/// use tensor_core::{Error, numeric::jackknife};
///
/// let x = [1.0, 2.0, 6.0];
/// let mean = |rows: &[usize]| Ok::<_, Error>(Some(rows.iter().map(|&i| x[i]).sum::<f64>() / rows.len() as f64));
/// assert_eq!(jackknife(3, mean)?.values, [4.0, 3.5, 1.5]);
/// # Ok::<(), Error>(())
/// ```
pub fn jackknife<E>(
    n_items: usize,
    statistic: impl Fn(&[usize]) -> std::result::Result<Option<f64>, E> + Sync,
) -> std::result::Result<Jackknife, E>
where
    E: From<Error> + Send,
{
    check::at_least("the sample", n_items, 2)?;
    let evaluations: Vec<_> = (0..n_items)
        .into_par_iter()
        .map_init(Vec::new, |kept, left_out| {
            kept.clear();
            kept.extend((0..n_items).filter(|&item| item != left_out));
            statistic(kept)
        })
        .collect();
    let (values, n_undefined) = defined("jackknife values", evaluations)?;
    Ok(Jackknife { values, n_undefined })
}

impl Jackknife {
    /// The acceleration of the [bias-corrected and accelerated interval](crate::numeric::Bootstrap::bca);
    /// `None` when the values do not differ.
    ///
    /// ```text
    /// a = sum_i d_i^3 / ( 6 (sum_i d_i^2)^(3/2) ),    d_i = mean of the values - value_i
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NonFinite`] for a value that is not finite.
    ///
    /// # Reference
    ///
    /// B. Efron, R. J. Tibshirani, "An introduction to the bootstrap", 1993, equation 14.15.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::numeric::Jackknife;
    ///
    /// // d = (-1, -1, 2): (-1 - 1 + 8) / (6 · 6^1.5) = 6^-1.5.
    /// let jackknife = Jackknife { values: vec![4.0, 4.0, 1.0], n_undefined: 0 };
    /// assert!((jackknife.acceleration()?.unwrap() - 6.0_f64.powf(-1.5)).abs() < 1e-15);
    /// # Ok::<(), tensor_core::Error>(())
    /// ```
    pub fn acceleration(&self) -> Result<Option<f64>> {
        vector::check("jackknife values", &self.values, 0)?;
        if self.values.is_empty() || vector::is_constant(&self.values) {
            return Ok(None);
        }
        let d: Vec<f64> = vector::deviations(&self.values).iter().map(|d_i| -d_i).collect();
        let squares: f64 = d.iter().map(|d_i| d_i * d_i).sum();
        let cubes: f64 = d.iter().map(|d_i| d_i * d_i * d_i).sum();
        Ok(Some(cubes / (6.0 * squares.powf(1.5))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_values_are_counted_and_faults_are_errors() {
        let undefined_without_1 =
            |rows: &[usize]| Ok::<_, Error>(rows.contains(&1).then_some(rows[0] as f64));
        let found = jackknife(3, undefined_without_1).expect("valid");
        assert_eq!(
            found,
            Jackknife {
                values: vec![1.0, 0.0],
                n_undefined: 1
            }
        );

        assert!(matches!(
            jackknife(1, |_| Ok(None)),
            Err(Error::TooFew { got: 1, .. })
        ));
        assert!(matches!(
            jackknife(2, |_| Ok(Some(f64::NAN))),
            Err(Error::NonFinite { .. })
        ));
        let fails = |rows: &[usize]| vector::check("rows", &[], rows.len()).map(|()| None);
        assert!(matches!(
            jackknife(5, fails),
            Err(Error::TooFew { at_least: 4, .. })
        ));
    }

    #[test]
    fn equal_values_have_no_acceleration() {
        for values in [vec![], vec![0.1; 9]] {
            let jackknife = Jackknife {
                values,
                n_undefined: 0,
            };
            assert_eq!(jackknife.acceleration().expect("finite"), None);
        }
    }

    #[test]
    fn acceleration_ignores_the_scale() {
        let of = |scale: f64| {
            let values = [1.0, 4.0, 2.0, 9.0].map(|value| value * scale).to_vec();
            Jackknife {
                values,
                n_undefined: 0,
            }
            .acceleration()
            .expect("finite")
            .expect("they differ")
        };
        // Powers of two change no digit.
        assert_eq!(of(2.0_f64.powi(1000)), of(1.0));
        assert_eq!(of(2.0_f64.powi(-1000)), of(1.0));
        assert_eq!(of(-1.0), -of(1.0));
    }
}
