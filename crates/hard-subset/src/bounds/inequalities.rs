//! Bounds that a few means give.

use tensor_core::{Kind, Tensor, check, convert};
use transferability_metrics::{EmpiricalPredictor, Sample};

use super::RowWeights;
use crate::Result;

/// How far a mean log-likelihood may lie above 0: rows of single-precision probabilities may sum to 1.001.
const GREATEST_LOG_LIKELIHOOD: f64 = 1e-3;

/// The least mean log-likelihood that a head can have on the hard subset, given that on all samples.
///
/// ```text
/// l_H >= l_D / rho
///
/// l_D   mean log-likelihood on all samples, not positive       rho   share of the samples in the subset
/// l_H   mean log-likelihood of the same head on the subset
/// ```
///
/// It holds for the best heads of both too (propositions 2 and 3 of the [module](super)). If the subset holds the samples of
/// least log-likelihood under this head, `l_D` is an upper bound; of other subsets it says nothing. Rows of probabilities
/// that sum to a little more than 1 let a log-likelihood rise above 0 by that little, which counts as 0 here, and may break
/// the bound by as much over rho.
///
/// # Errors
///
/// A log-likelihood that is not finite or above 1e-3; a share outside 0 to 1, or 0.
///
/// # Examples
///
/// ```
/// use hard_subset::bounds::full_to_hard_bound;
///
/// // Half of the samples cannot lose more than all of them.
/// assert_eq!(full_to_hard_bound(-0.3, 0.5)?, -0.6);
/// assert!(full_to_hard_bound(-0.3, 0.0).is_err());
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn full_to_hard_bound(log_likelihood: f64, fraction: f64) -> Result<f64> {
    check::parameter(
        "log_likelihood",
        log_likelihood <= GREATEST_LOG_LIKELIHOOD && log_likelihood.is_finite(),
        "a finite number, at most 0 up to rounding",
        log_likelihood,
    )?;
    check::parameter(
        "fraction",
        fraction > 0.0 && fraction <= 1.0,
        "above 0 and at most 1",
        fraction,
    )?;
    Ok(log_likelihood.min(0.0) / fraction)
}

/// A lower bound of LEEP from the predicted source classes alone.
///
/// ```text
/// LEEP >= mean_j log P~(y_j | zhat_j) + mean_j log P_{j,zhat_j}
///
/// P_jz   probability of source class z for sample j       zhat_j   the most probable class, the first of several
/// P~     the table of LEEP on this sample, which is soft: see the EmpiricalPredictor
/// ```
///
/// The first mean is at most [`Nce`](transferability_metrics::Nce) (proposition 4 of the [module](super)). Weights count as
/// frequencies. Minus infinity if a weight near the smallest `f64` makes an entry of the table round to 0.
///
/// # Errors
///
/// A sample without probabilities; weights whose sum is beyond the largest double.
///
/// # Examples
///
/// ```
/// use hard_subset::bounds::leep_lower_bound;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Probabilities, Sample};
///
/// let rows = tensor_from_slice(&[0.8, 0.2, 0.4, 0.6], &[2, 2])?;
/// let sample = Sample::new(Labels::new(&[0, 1])?).with_probabilities(Probabilities::new(rows)?)?;
/// // P~(0 | 0) = 0.8 / 1.2 and P~(1 | 1) = 0.6 / 0.8, at probabilities 0.8 and 0.6.
/// let expected = (f64::ln(2.0 / 3.0) + 0.75_f64.ln() + 0.8_f64.ln() + 0.6_f64.ln()) / 2.0;
/// assert!((leep_lower_bound(&sample)? - expected).abs() < 1e-15);
/// # Ok::<(), hard_subset::Error>(())
/// ```
pub fn leep_lower_bound(sample: &Sample) -> Result<f64> {
    let probabilities = sample.probabilities()?;
    let weights = RowWeights::of(sample)?;
    let predictor = EmpiricalPredictor::fit(sample)?;
    let predicted = probabilities.tensor().f_argmax(1, true)?;
    let confidence = probabilities.tensor().f_gather(1, &predicted, false)?;
    let predicted: Vec<i64> = vector(&predicted)?;
    let confidence: Vec<f64> = vector(&confidence.f_to_kind(Kind::Double)?)?;
    let labels = sample.labels().indices();
    let mut total = 0.0;
    for row in 0..sample.n_samples() {
        let entry = labels[row] * predictor.n_source_classes() + predicted[row] as usize;
        total += weights.at(row) * (predictor.conditional()[entry].ln() + confidence[row].ln());
    }
    Ok(total / weights.total)
}

fn vector<T: convert::Element>(column: &Tensor) -> Result<Vec<T>> {
    Ok(convert::vector("column", &column.f_reshape([-1])?)?)
}
