//! The linear model of OTCE and its least-squares fit.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use tensor_core::numeric::Moments;
use tensor_core::{check, convert, linalg};

use crate::ensemble::finite;
use crate::{Error, Result};

/// The fewest known transfers: one more than the coefficients, so that a fit leaves a residual.
const LEAST_TRANSFERS: usize = 4;

/// Two inputs whose smaller singular value, once both are centred and scaled to unit length, is below this share of the
/// larger are taken for collinear: their coefficients would have no digit that the inputs' own rounding leaves alone.
const COLLINEARITY: f64 = 1e-10;

/// The coefficients of OTCE: predicted accuracy as a linear function of domain and task difference.
///
/// ```text
/// accuracy = lambda_D (W_D - m_D) / s_D + lambda_T (W_T - m_T) / s_T + b
///
/// m, s   mean and standard deviation over the known transfers if standardised, else 0 and 1
/// ```
///
/// Standardised coefficients are in units of accuracy, and compare with one another; the predictions are the same.
///
/// # Examples
///
/// ```
/// use ot_transferability::OtceCoefficients;
///
/// // accuracy = 1 - 0.1 W_D - 0.4 W_T, without noise.
/// let fitted = OtceCoefficients::fit(&[0.0, 1.0, 0.0, 1.0], &[0.0, 0.0, 1.0, 1.0], &[1.0, 0.9, 0.6, 0.5])?;
/// assert!((fitted.domain + 0.1).abs() < 1e-14 && (fitted.task + 0.4).abs() < 1e-14);
/// assert!((fitted.predict(2.0, 0.5) - 0.6).abs() < 1e-14);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtceCoefficients {
    /// `lambda_D`.
    pub domain: f64,
    /// `lambda_T`.
    pub task: f64,
    /// `b`.
    pub intercept: f64,
    /// How `W_D` is standardised.
    #[serde(default)]
    pub domain_scale: Standardization,
    /// How `W_T` is standardised.
    #[serde(default)]
    pub task_scale: Standardization,
}

/// A shift and a scale, `x -> (x - mean) / standard_deviation`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standardization {
    /// What is subtracted.
    pub mean: f64,
    /// What is divided by, above 0.
    pub standard_deviation: f64,
}

impl Default for Standardization {
    /// Leaves numbers as they are.
    fn default() -> Self {
        Self {
            mean: 0.0,
            standard_deviation: 1.0,
        }
    }
}

impl Standardization {
    /// The mean and the population standard deviation of some numbers.
    fn of(values: &[f64]) -> Result<Self> {
        let moments = Moments::of(values)?;
        Ok(Self {
            mean: moments.mean().unwrap_or(0.0),
            standard_deviation: moments.population_variance().unwrap_or(0.0).sqrt(),
        })
    }

    fn apply(&self, value: f64) -> f64 {
        (value - self.mean) / self.standard_deviation
    }
}

impl OtceCoefficients {
    /// The least-squares fit to the accuracies of known transfers, one entry each.
    ///
    /// # Errors
    ///
    /// Lengths that differ, fewer than 4 transfers, a number that is not finite, or [`Error::RankDeficient`] if one input
    /// is constant or follows from the other.
    pub fn fit(domain: &[f64], task: &[f64], accuracy: &[f64]) -> Result<Self> {
        let standardized = Self::fit_standardized(domain, task, accuracy)?;
        let Self {
            domain_scale,
            task_scale,
            ..
        } = standardized;
        let domain = standardized.domain / domain_scale.standard_deviation;
        let task = standardized.task / task_scale.standard_deviation;
        Ok(Self {
            domain,
            task,
            intercept: standardized.intercept - domain * domain_scale.mean - task * task_scale.mean,
            domain_scale: Standardization::default(),
            task_scale: Standardization::default(),
        })
    }

    /// As [`OtceCoefficients::fit`], with standardised inputs; the intercept is then the mean accuracy.
    ///
    /// # Errors
    ///
    /// As [`OtceCoefficients::fit`].
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::OtceCoefficients;
    ///
    /// let (domain, task, accuracy) = ([0.0, 20.0, 0.0, 20.0], [0.0, 0.0, 1.0, 1.0], [1.0, 0.8, 0.6, 0.4]);
    /// let fitted = OtceCoefficients::fit_standardized(&domain, &task, &accuracy)?;
    /// // Accuracy falls by 0.1 as W_D rises by its standard deviation, 10.
    /// assert!((fitted.domain + 0.1).abs() < 1e-14);
    /// assert!((fitted.intercept - 0.7).abs() < 1e-14);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn fit_standardized(domain: &[f64], task: &[f64], accuracy: &[f64]) -> Result<Self> {
        let inputs = [
            ("domain differences", domain),
            ("task differences", task),
            ("accuracies", accuracy),
        ];
        for (what, values) in inputs {
            check::same_length(what, values.len(), "accuracies", accuracy.len())?;
            finite(what, values)?;
        }
        check::at_least("accuracies", accuracy.len(), LEAST_TRANSFERS)?;
        let (domain_scale, task_scale) = (Standardization::of(domain)?, Standardization::of(task)?);
        let intercept = Standardization::of(accuracy)?.mean;
        let residual: Vec<f64> = accuracy.iter().map(|value| value - intercept).collect();
        let columns = [standardized(domain, domain_scale), standardized(task, task_scale)];
        let [domain, task] = solve(&columns, &residual)?;
        Ok(Self {
            domain,
            task,
            intercept,
            domain_scale,
            task_scale,
        })
    }

    /// Checks coefficients that come from elsewhere.
    ///
    /// # Errors
    ///
    /// A number that is not finite, or a standard deviation that is not above 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{OtceCoefficients, Standardization};
    ///
    /// let mut coefficients = OtceCoefficients::fit(&[0.0, 1.0, 0.0, 1.0], &[0.0, 0.0, 1.0, 1.0], &[1.0, 0.9, 0.6, 0.5])?;
    /// assert!(coefficients.validate().is_ok());
    /// coefficients.task_scale = Standardization { mean: 0.0, standard_deviation: 0.0 };
    /// assert!(coefficients.validate().is_err());
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn validate(&self) -> Result<()> {
        let expected = "a finite number";
        let numbers = [
            ("domain", self.domain),
            ("task", self.task),
            ("intercept", self.intercept),
            ("domain_scale.mean", self.domain_scale.mean),
            ("task_scale.mean", self.task_scale.mean),
        ];
        for (name, value) in numbers {
            check::parameter(name, value.is_finite(), expected, value)?;
        }
        check::positive(
            "domain_scale.standard_deviation",
            self.domain_scale.standard_deviation,
        )?;
        Ok(check::positive(
            "task_scale.standard_deviation",
            self.task_scale.standard_deviation,
        )?)
    }

    /// The accuracy that the model predicts.
    pub fn predict(&self, domain: f64, task: f64) -> f64 {
        self.domain * self.domain_scale.apply(domain)
            + self.task * self.task_scale.apply(task)
            + self.intercept
    }

    /// The share of the variance of the accuracies that the model explains, or `None` if they are all equal.
    ///
    /// ```text
    /// R^2 = 1 - sum (accuracy - predicted)^2 / sum (accuracy - mean)^2
    /// ```
    ///
    /// # Errors
    ///
    /// Lengths that differ, or a number that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::OtceCoefficients;
    ///
    /// let (domain, task) = ([0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]);
    /// // A saddle, of which a plane explains nothing but the mean.
    /// let saddle = [1.0, 0.0, 0.0, 1.0];
    /// let fitted = OtceCoefficients::fit(&domain, &task, &saddle)?;
    /// let explained = fitted.r_squared(&domain, &task, &saddle)?;
    /// assert!(explained.is_some_and(|share| share.abs() < 1e-14));
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn r_squared(&self, domain: &[f64], task: &[f64], accuracy: &[f64]) -> Result<Option<f64>> {
        check::same_length("domain differences", domain.len(), "accuracies", accuracy.len())?;
        check::same_length("task differences", task.len(), "accuracies", accuracy.len())?;
        finite("domain differences", domain)?;
        finite("task differences", task)?;
        let Some(mean) = Moments::of(accuracy)?.mean() else {
            return Ok(None);
        };
        // Equal numbers may differ from their rounded mean.
        if accuracy.iter().all(|value| value == &accuracy[0]) {
            return Ok(None);
        }
        let predicted = domain
            .iter()
            .zip(task)
            .map(|(&domain, &task)| self.predict(domain, task));
        let (mut unexplained, mut total) = (0.0, 0.0);
        for (value, predicted) in accuracy.iter().zip(predicted) {
            unexplained += (value - predicted).powi(2);
            total += (value - mean).powi(2);
        }
        Ok(Some(1.0 - unexplained / total))
    }
}

/// A standardised column; zeros if it is constant but for rounding.
fn standardized(values: &[f64], scale: Standardization) -> Vec<f64> {
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if scale.standard_deviation <= values.len() as f64 * f64::EPSILON * largest {
        return vec![0.0; values.len()];
    }
    values.iter().map(|&value| scale.apply(value)).collect()
}

/// The least-squares coefficients of two centred columns, through their singular values.
fn solve(columns: &[Vec<f64>; 2], right: &[f64]) -> Result<[f64; 2]> {
    let n = right.len() as i64;
    let design = convert::tensor_from_slice(&columns.concat(), &[2, n])?.f_tr()?;
    let svd = linalg::svd(&design)?;
    let values = convert::vector::<f64>("singular values", &svd.values)?;
    let rank = values
        .iter()
        .filter(|&&value| value > COLLINEARITY * values[0])
        .count();
    if rank < columns.len() {
        return Err(Error::RankDeficient {
            what: "domain and task differences",
            rank,
            expected: columns.len(),
        });
    }
    let right = Tensor::f_from_slice(right)?.f_unsqueeze(1)?;
    let projected = svd
        .u
        .f_tr()?
        .f_matmul(&right)?
        .f_squeeze_dim(1)?
        .f_div(&svd.values)?;
    let coefficients = svd.v.f_mv(&projected)?.f_to_kind(Kind::Double)?;
    let coefficients = convert::vector::<f64>("coefficients", &coefficients)?;
    Ok([coefficients[0], coefficients[1]])
}
