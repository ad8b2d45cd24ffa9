//! NCE with the Miller-Madow correction for small samples.

use serde::{Deserialize, Serialize};

use crate::contingency::{ConditionalEntropy, Contingency, nested_entropies, predicted_classes};
use crate::{Metric, NestedRows, Requirement, Result, Sample};

/// [`Nce`](crate::Nce) with the Miller-Madow correction of its entropies.
///
/// ```text
/// NCE_MM = -( H(Y | Z) + (m_YZ - m_Z) / (2 n) )
///
/// H(Y | Z)   entropy of the frequencies, -NCE      m_YZ   pairs of source class and label that occur
/// n          number of samples                     m_Z    source classes that are predicted
/// ```
///
/// The entropy of the frequencies in a sample is too low by `(m - 1) / (2 n)` to first order, for `m` cells of positive
/// probability; `H(Y | Z) = H(Y, Z) - H(Z)` by the difference of the two. So plain NCE favours small samples; with the
/// correction, samples of different size compare. It takes the cells that occur for those of positive probability, which
/// are more: with few samples a cell some bias is left. The value may fall below `-log C`.
///
/// Not in the [`catalogue`](crate::catalogue).
///
/// # Shapes
///
/// Reads the probabilities `(n, k)`. Takes weights, whose sum is `n`.
///
/// # Complexity
///
/// `O(n k + n log n)`.
///
/// # Reference
///
/// Miller, *Note on the bias of information estimates*, in *Information Theory in Psychology*, 1955; Paninski,
/// *Estimation of Entropy and Mutual Information*, Neural Computation 15 (2003),
/// doi:10.1162/089976603321780272.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Metric, NceMillerMadow, Probabilities, Sample};
///
/// // Source class 0 holds both target classes equally, source class 1 one of them: three cells, two source classes.
/// let probabilities = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2])?;
/// let sample = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_probabilities(Probabilities::new(probabilities)?)?;
/// let expected = -0.5 * 2_f64.ln() - (3.0 - 2.0) / (2.0 * 4.0);
/// assert!((NceMillerMadow.score(&sample)? - expected).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NceMillerMadow;

impl Metric for NceMillerMadow {
    fn name(&self) -> &'static str {
        "nce-mm"
    }

    fn requires(&self) -> Requirement {
        Requirement::Probabilities
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        let table = Contingency::new(&predicted_classes(sample)?, sample.labels(), sample.weights());
        Ok(corrected(&table.conditional_entropy()))
    }

    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        Ok(nested_entropies(sample, nested)?.iter().map(corrected).collect())
    }
}

fn corrected(estimate: &ConditionalEntropy) -> f64 {
    // A source class has a cell at least.
    let n_surplus = (estimate.n_cells - estimate.n_source_classes) as f64;
    -(estimate.entropy + n_surplus / (2.0 * estimate.total_weight))
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;
    use crate::{Labels, Nce, Probabilities};

    fn sample(labels: &[i64]) -> Result<Sample> {
        let rows: Vec<f64> = (0..labels.len())
            .flat_map(|row| [0.9, 0.1, 0.1, 0.9][2 * (row % 2)..][..2].to_vec())
            .collect();
        let rows = tensor_from_slice(&rows, &[labels.len() as i64, 2])?;
        Sample::new(Labels::new(labels)?).with_probabilities(Probabilities::new(rows)?)
    }

    #[test]
    fn a_prediction_that_determines_the_label_needs_no_correction() -> Result<()> {
        assert_eq!(NceMillerMadow.score(&sample(&[3, 5, 3, 5])?)?, 0.0);
        Ok(())
    }

    #[test]
    fn the_correction_falls_with_the_number_of_samples() -> Result<()> {
        // All four cells, two source classes.
        let sample = sample(&[0, 0, 1, 1, 0, 0, 1, 1])?;
        let correction =
            |sample: &Sample| -> Result<f64> { Ok(Nce.score(sample)? - NceMillerMadow.score(sample)?) };
        assert!((correction(&sample)? - 2.0 / 16.0).abs() < 1e-15);
        let threefold = sample.with_weights(&[3.0; 8])?;
        assert!((correction(&threefold)? - 2.0 / 48.0).abs() < 1e-15);
        Ok(())
    }
}
