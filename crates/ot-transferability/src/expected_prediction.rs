//! Expected empirical predictions: what a source head says about the target classes.

use tch::{Kind, Tensor};
use tensor_core::convert;
use transferability_metrics::{Labels, Probabilities};

use crate::{Joint, Result};

/// The expected empirical predictions (EEP) of one network on `m` target samples of `C` classes.
///
/// ```text
/// EEP_jc = sum_z P(c | z) P_jz,     P(c | z) = J[z, c] / sum_c J[z, c],     J[z, c] = (1/m) sum_{j: y_j = c} P_jz
///
/// P_jz   probability of source class z for sample j       y_j   label of sample j
/// ```
///
/// A source class without mass has `P(c | z) = 0`. The mean of `log EEP_j,y_j` is LEEP.
///
/// # Reference
///
/// Nguyen, Hassner, Seeger, Archambeau, *LEEP: A New Measure to Evaluate Transferability of Learned Representations*,
/// ICML 2020, arXiv:2002.12462.
///
/// # Examples
///
/// ```
/// use ot_transferability::ExpectedPredictions;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Probabilities};
///
/// let probabilities = Probabilities::new(tensor_from_slice(&[1.0, 0.0, 0.5, 0.5], &[2, 2])?)?;
/// let expected = ExpectedPredictions::of(&probabilities, &Labels::new(&[0, 1])?)?;
/// // Source class 0 has mass 2/3 with label 0 and 1/3 with label 1; source class 1 has label 1 alone.
/// assert!((expected.at_labels()[0] - 2.0 / 3.0).abs() < 1e-15);
/// assert!((expected.at_labels()[1] - 2.0 / 3.0).abs() < 1e-15);
/// assert!((expected.leep() - (2.0_f64 / 3.0).ln()).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedPredictions {
    at_labels: Vec<f64>,
    class_vectors: Vec<f64>,
    n_classes: usize,
}

impl ExpectedPredictions {
    /// The expectations of a head's probabilities, in `f64`.
    ///
    /// # Errors
    ///
    /// Another number of rows than of labels.
    ///
    /// # Complexity
    ///
    /// O(m K C) time as one product of matrices, O(m (K + C)) memory.
    pub fn of(probabilities: &Probabilities, labels: &Labels) -> Result<Self> {
        let joint = Joint::of_probabilities(probabilities, labels)?;
        let conditional = label_given_source(&joint);
        let conditional = Tensor::f_from_slice(&conditional)?
            .f_view([joint.n_rows() as i64, joint.n_columns() as i64])?
            .f_to_device(probabilities.tensor().device())?;
        let vectors = probabilities
            .tensor()
            .f_to_kind(Kind::Double)?
            .f_matmul(&conditional)?;
        let class_vectors = convert::vector::<f64>("expected predictions", &vectors.f_reshape([-1])?)?;
        let n_classes = labels.n_classes();
        let at_labels = class_vectors
            .chunks_exact(n_classes)
            .zip(labels.indices())
            .map(|(vector, &label)| vector[label])
            .collect();
        Ok(Self {
            at_labels,
            class_vectors,
            n_classes,
        })
    }

    /// `EEP_j,y_j`: the expectation of each sample's own label (m).
    pub fn at_labels(&self) -> &[f64] {
        &self.at_labels
    }

    /// `EEP_jc`: the expectations of all classes (m, C), row after row.
    pub fn class_vectors(&self) -> &[f64] {
        &self.class_vectors
    }

    /// The number of target classes, C.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The mean of `log EEP_j,y_j`: equal to [`Leep`](transferability_metrics::Leep) to rounding. An expectation of 0
    /// counts as a uniform guess there and here.
    pub fn leep(&self) -> f64 {
        let floor = -(self.n_classes as f64).ln();
        let logarithm = |&expectation: &f64| {
            if expectation > 0.0 {
                expectation.ln()
            } else {
                floor
            }
        };
        self.at_labels.iter().map(logarithm).sum::<f64>() / self.at_labels.len() as f64
    }
}

/// `P(c | z)`, row after row (K, C); zeros for a source class without mass.
fn label_given_source(joint: &Joint) -> Vec<f64> {
    joint
        .rows()
        .zip(joint.row_masses())
        .flat_map(|(row, mass)| {
            row.iter()
                .map(move |value| if mass > 0.0 { value / mass } else { 0.0 })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tensor_core::{Seed, random};
    use transferability_metrics::{Leep, Metric, Sample};

    use super::*;

    /// Sums of a thousand logarithms in two orders.
    const RTOL: f64 = 1e-13;

    #[test]
    fn the_mean_logarithm_is_leep() -> Result<()> {
        for kind in [Kind::Float, Kind::Double] {
            let logits = random::normal(&mut Seed::new(4).stream("logits", 0), &[1000, 23], Kind::Double)?;
            let probabilities = || -> Result<Probabilities> {
                Ok(Probabilities::new(
                    logits.f_softmax(1, Kind::Double)?.f_to_kind(kind)?,
                )?)
            };
            let labels = Labels::new(&(0..1000).map(|row| row * row % 7).collect::<Vec<i64>>())?;
            let expected = ExpectedPredictions::of(&probabilities()?, &labels)?.leep();
            let leep = Leep.score(&Sample::new(labels).with_probabilities(probabilities()?)?)?;
            golden::assert_close(&[expected], &[leep], RTOL, 0.0);
        }
        Ok(())
    }

    #[test]
    fn a_source_class_without_mass_is_no_nan() -> Result<()> {
        let one_hot = convert::tensor_from_slice(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0], &[2, 3])?;
        let expected = ExpectedPredictions::of(&Probabilities::new(one_hot)?, &Labels::new(&[0, 1])?)?;
        assert_eq!(expected.class_vectors(), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(expected.leep(), 0.0);
        Ok(())
    }
}
