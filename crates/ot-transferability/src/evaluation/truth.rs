//! The truth that scores of ensembles are compared with.

use transferability_metrics::Probabilities;

use crate::{AveragedPredictions, EnsembleScore, Result};

/// The accuracy of networks whose predicted probabilities are averaged, as published: the members are fine-tuned one by
/// one and averaged on the test samples.
///
/// For many ensembles of the same networks, [`AveragedPredictions`] shares the work.
///
/// # Errors
///
/// As [`AveragedPredictions::accuracy`].
///
/// # Examples
///
/// ```
/// use ot_transferability::ensemble_accuracy;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let members = [
///     Probabilities::new(tensor_from_slice(&[0.9, 0.1, 0.6, 0.4], &[2, 2])?)?,
///     Probabilities::new(tensor_from_slice(&[0.4, 0.6, 0.2, 0.8], &[2, 2])?)?,
/// ];
/// assert_eq!(ensemble_accuracy(&members, &[0, 1])?, 1.0);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn ensemble_accuracy(members: &[Probabilities], labels: &[i64]) -> Result<f64> {
    of_all(&AveragedPredictions::accuracy(members, labels)?)
}

/// The mean intersection over union of networks whose predicted probabilities are averaged, one row a pixel.
///
/// # Errors
///
/// As [`AveragedPredictions::mean_iou`].
///
/// # Examples
///
/// ```
/// use ot_transferability::ensemble_mean_iou;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let pixels = Probabilities::new(tensor_from_slice(&[0.9, 0.1, 0.6, 0.4, 0.2, 0.8], &[3, 2])?)?;
/// // Predicted 0, 0, 1: half of the union of class 0 is right, and half of that of class 1.
/// assert_eq!(ensemble_mean_iou(&[pixels], &[0, 1, 1])?, 0.5);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn ensemble_mean_iou(members: &[Probabilities], labels: &[i64]) -> Result<f64> {
    of_all(&AveragedPredictions::mean_iou(members, labels)?)
}

fn of_all(truth: &AveragedPredictions) -> Result<f64> {
    truth.score(&(0..truth.n_members()).collect::<Vec<_>>())
}
