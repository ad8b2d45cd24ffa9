//! NCE: negative conditional entropy of the target labels given the predicted source classes.

use serde::{Deserialize, Serialize};
use tensor_core::check;

use crate::contingency::{Contingency, nested_entropies, predicted_classes};
use crate::{Labels, Metric, NestedRows, Requirement, Result, Sample};

/// Negative conditional entropy of the target labels given the source class that the network predicts.
///
/// ```text
/// NCE = -H(Y | Z) = sum_{y,z} P(y, z) log( P(y, z) / P(z) ),    z_i = argmax_k P_ik
///
/// y    target label           P_ik   probability of source class k for sample i
/// z    predicted class        P(y, z), P(z)   frequencies in the sample; 0 log 0 = 0
/// ```
///
/// Between `-log C` (the predictions say nothing about the `C` target classes) and 0 (each predicted class holds
/// one target class), in nats. Among equal probabilities the lowest class index is predicted.
///
/// # Shapes
///
/// Reads the probabilities `(n, k)`. [`nce_from_predictions`] takes predicted classes as they are.
///
/// # Reference
///
/// Tran, Nguyen, Hassner, *Transferability and Hardness of Supervised Classification Tasks*, ICCV 2019,
/// arXiv:1908.08142.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Metric, Nce, Probabilities, Sample};
///
/// let probabilities = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2])?;
/// let sample = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_probabilities(Probabilities::new(probabilities)?)?;
/// // Half of the samples fall into source class 0, which holds both target classes equally.
/// assert!((Nce.score(&sample)? + 0.5 * 2_f64.ln()).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nce;

impl Metric for Nce {
    fn name(&self) -> &'static str {
        "nce"
    }

    fn requires(&self) -> Requirement {
        Requirement::Probabilities
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        let table = Contingency::new(&predicted_classes(sample)?, sample.labels(), sample.weights());
        Ok(-table.conditional_entropy().entropy)
    }

    /// Predicts and sorts once; the scores are those of [`score_subset`](Metric::score_subset) to the last bit.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        let entropies = nested_entropies(sample, nested)?;
        Ok(entropies.iter().map(|stage| -stage.entropy).collect())
    }
}

/// [`Nce`] of source classes that are known already, such as the predictions of a classifier without
/// probabilities.
///
/// `predictions` holds one source class a sample, of any numbering; `weights` are frequency weights.
///
/// # Errors
///
/// A length that differs from the number of labels; a weight that is negative or not finite; no positive weight.
///
/// # Complexity
///
/// `O(n log n)` time and `O(n)` memory whatever the number of classes on either side.
///
/// # Examples
///
/// ```
/// use transferability_metrics::{Labels, nce_from_predictions};
///
/// let labels = Labels::new(&[0, 1, 1, 1])?;
/// let score = nce_from_predictions(&[4, 4, 7, 7], &labels, None)?;
/// assert!((score + 0.5 * 2_f64.ln()).abs() < 1e-15);
/// assert_eq!(nce_from_predictions(&[9, 4, 7, 7], &labels, None)?, 0.0);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
pub fn nce_from_predictions(predictions: &[usize], labels: &Labels, weights: Option<&[f64]>) -> Result<f64> {
    check::same_length("predictions", predictions.len(), labels.name(), labels.len())?;
    if let Some(weights) = weights {
        check::same_length("weights", weights.len(), labels.name(), labels.len())?;
        check::weights("weights", weights)?;
    }
    Ok(-Contingency::new(predictions, labels, weights)
        .conditional_entropy()
        .entropy)
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;
    use crate::Probabilities;

    fn score(rows: &[f64], n_source_classes: i64, labels: &[i64]) -> Result<f64> {
        let tensor = tensor_from_slice(rows, &[labels.len() as i64, n_source_classes])?;
        let sample = Sample::new(Labels::new(labels)?).with_probabilities(Probabilities::new(tensor)?)?;
        Nce.score(&sample)
    }

    #[test]
    fn a_prediction_that_determines_the_label_scores_exactly_zero() -> Result<()> {
        let rows = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6];
        let perfect = score(&rows, 2, &[0, 0, 1, 1])?;
        assert_eq!(perfect.to_bits(), 0.0_f64.to_bits());
        Ok(())
    }

    #[test]
    fn equal_probabilities_predict_the_lowest_class() -> Result<()> {
        // Two columns tie in each row; the second of them would separate the labels, the first does not.
        let rows = [0.4, 0.4, 0.2, 0.4, 0.2, 0.4, 0.4, 0.4, 0.2, 0.4, 0.2, 0.4];
        assert!((score(&rows, 3, &[0, 1, 0, 1])? + 2_f64.ln()).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn equal_probabilities_predict_the_lowest_class_in_long_rows() -> Result<()> {
        // Rows of 1000 equal entries, except that the first of the second row yields to the second.
        let mut rows = vec![1e-3; 2000];
        rows[1000] = 0.0;
        rows[1001] = 2e-3;
        assert_eq!(score(&rows, 1000, &[0, 1])?, 0.0);
        let equal = vec![1e-3; 2000];
        assert!((score(&equal, 1000, &[0, 1])? + 2_f64.ln()).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn an_unused_source_class_changes_nothing() -> Result<()> {
        let with_unused = [0.9, 0.0, 0.1, 0.8, 0.0, 0.2, 0.3, 0.0, 0.7, 0.4, 0.0, 0.6];
        assert!((score(&with_unused, 3, &[0, 1, 1, 1])? + 0.5 * 2_f64.ln()).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn predictions_of_another_length_are_refused() -> Result<()> {
        let labels = Labels::named("y.npy", &[0, 1, 1])?;
        let error =
            nce_from_predictions(&[0, 1], &labels, None).expect_err("two predictions for three labels");
        assert_eq!(
            error.to_string(),
            "predictions has 2 entries and y.npy has 3: they must agree"
        );
        let error =
            nce_from_predictions(&[0, 1, 1], &labels, Some(&[1.0, f64::NAN, 1.0])).expect_err("a NaN weight");
        assert_eq!(error.to_string(), "weights[1] is NaN: expected a finite number");
        Ok(())
    }
}
