//! Ensembles that average their class vectors and predict the largest entry.

use tensor_core::{Kind, convert};
use transferability_metrics::Probabilities;

use super::{EnsembleScore, GrowingEnsemble};
use crate::segmentation::mean_iou_of_counts;
use crate::{Error, Pool, Result};

/// The quality of the classes that an ensemble predicts when the class vectors of its members are averaged.
///
/// ```text
/// yhat_j(S) = argmax_c sum_{r in S} v^r_jc        (the first of equal entries)
///
/// accuracy    (1/m) |{ j : yhat_j = y_j }|
/// mean IoU    mean over classes c of  |yhat = c and y = c| / |yhat = c or y = c|
/// ```
///
/// With expected empirical predictions for vectors, the mean `IoU` (intersection over union) is the score `IoU-EEP`. With
/// the predictions of fine-tuned networks on test samples, accuracy and mean `IoU` are the truth that scores are compared with. A class that neither
/// predictions nor labels have is left out of the mean. The empty ensemble has 0.
///
/// # Complexity
///
/// O(m C) a gain, O(M m C) memory.
///
/// # Reference
///
/// Agostinelli, Uijlings, Mensink, Ferrari, *Transferability Metrics for Selecting Source Model Ensembles*, CVPR 2022,
/// arXiv:2111.13011.
///
/// # Examples
///
/// ```
/// use ot_transferability::{AveragedPredictions, EnsembleScore};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::Probabilities;
///
/// let members = [
///     Probabilities::new(tensor_from_slice(&[0.9, 0.1, 0.6, 0.4, 0.2, 0.8], &[3, 2])?)?,
///     Probabilities::new(tensor_from_slice(&[0.7, 0.3, 0.1, 0.9, 0.4, 0.6], &[3, 2])?)?,
/// ];
/// let accuracy = AveragedPredictions::accuracy(&members, &[0, 1, 1])?;
/// // The first network alone misses the second sample.
/// assert_eq!(accuracy.score(&[0])?, 2.0 / 3.0);
/// assert_eq!(accuracy.score(&[0, 1])?, 1.0);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AveragedPredictions {
    measure: Measure,
    /// Of each member (m, C), row after row.
    vectors: Vec<Vec<f64>>,
    /// In `0..n_classes`.
    labels: Vec<usize>,
    n_classes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Accuracy,
    MeanIou,
    IouEep,
}

impl AveragedPredictions {
    /// The accuracy of averaged probabilities: one matrix (m, C) a network, one label a sample.
    ///
    /// # Errors
    ///
    /// No network, matrices of different shape, another number of labels than of rows, or a label that has no column.
    pub fn accuracy(members: &[Probabilities], labels: &[i64]) -> Result<Self> {
        Self::of_probabilities(members, labels, Measure::Accuracy)
    }

    /// The mean intersection over union of averaged probabilities, such as those of pixels.
    ///
    /// # Errors
    ///
    /// As [`accuracy`](Self::accuracy).
    pub fn mean_iou(members: &[Probabilities], labels: &[i64]) -> Result<Self> {
        Self::of_probabilities(members, labels, Measure::MeanIou)
    }

    /// `IoU-EEP`: the mean intersection over union of averaged expected empirical predictions.
    ///
    /// # Errors
    ///
    /// A member without probabilities.
    pub fn iou_eep(pool: &Pool) -> Result<Self> {
        let expected = pool.expected_predictions()?;
        Ok(Self {
            measure: Measure::IouEep,
            vectors: expected
                .into_iter()
                .map(|member| member.class_vectors().to_vec())
                .collect(),
            labels: pool.labels().indices().to_vec(),
            n_classes: pool.labels().n_classes(),
        })
    }

    fn of_probabilities(members: &[Probabilities], labels: &[i64], measure: Measure) -> Result<Self> {
        let first = members.first().ok_or(Error::EmptyPool)?;
        let n_classes = first.n_source_classes();
        let mut vectors = Vec::with_capacity(members.len());
        for member in members {
            tensor_core::check::same_length(member.name(), member.n_samples(), "labels", labels.len())?;
            tensor_core::check::same_length(
                member.name(),
                member.n_source_classes(),
                first.name(),
                n_classes,
            )?;
            let rows = member.tensor().f_to_kind(Kind::Double)?.f_reshape([-1])?;
            vectors.push(convert::vector::<f64>(member.name(), &rows)?);
        }
        tensor_core::check::labels("labels", labels)?;
        let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
        if let Some(position) = labels.iter().position(|&label| label >= n_classes) {
            return Err(Error::ClassOutOfRange {
                what: "labels",
                position,
                class: labels[position],
                n_classes,
            });
        }
        Ok(Self {
            measure,
            vectors,
            labels,
            n_classes,
        })
    }

    /// The quality of the classes that `sums + added` predict.
    fn quality(&self, sums: &[f64], added: Option<&[f64]>) -> f64 {
        let n_samples = self.labels.len();
        let predict = |sample: usize| {
            let vector = &sums[sample * self.n_classes..][..self.n_classes];
            match added {
                None => argmax(vector.iter().copied()),
                Some(added) => {
                    let added = &added[sample * self.n_classes..][..self.n_classes];
                    argmax(vector.iter().zip(added).map(|(sum, added)| sum + added))
                }
            }
        };
        match self.measure {
            Measure::Accuracy => {
                let n_correct = (0..n_samples)
                    .filter(|&sample| predict(sample) == self.labels[sample])
                    .count();
                n_correct as f64 / n_samples as f64
            }
            Measure::MeanIou | Measure::IouEep => {
                let mut intersections = vec![0_u64; self.n_classes];
                let mut predicted = vec![0_u64; self.n_classes];
                let mut labelled = vec![0_u64; self.n_classes];
                for (sample, &label) in self.labels.iter().enumerate() {
                    let class = predict(sample);
                    predicted[class] += 1;
                    labelled[label] += 1;
                    intersections[class] += u64::from(class == label);
                }
                mean_iou_of_counts(&intersections, &predicted, &labelled).unwrap_or(0.0)
            }
        }
    }
}

impl EnsembleScore for AveragedPredictions {
    fn name(&self) -> &'static str {
        match self.measure {
            Measure::Accuracy => "accuracy",
            Measure::MeanIou => "mean-iou",
            Measure::IouEep => "iou-eep",
        }
    }

    fn n_members(&self) -> usize {
        self.vectors.len()
    }

    fn empty(&self) -> Box<dyn GrowingEnsemble + '_> {
        Box::new(Growing {
            of: self,
            sums: vec![vec![0.0; self.vectors[0].len()]],
            scores: vec![0.0],
        })
    }
}

/// Sums of the class vectors of the ensemble and of all its beginnings, the empty one first.
struct Growing<'a> {
    of: &'a AveragedPredictions,
    sums: Vec<Vec<f64>>,
    scores: Vec<f64>,
}

impl GrowingEnsemble for Growing<'_> {
    fn score(&self) -> f64 {
        let depth = self.scores.len() - 1;
        let score = self.scores[depth];
        // Scored when asked for: most ensembles on the way to others are not.
        if score.is_nan() {
            self.of.quality(&self.sums[depth], None)
        } else {
            score
        }
    }

    fn score_with(&self, candidate: usize) -> f64 {
        let sums = &self.sums[self.scores.len() - 1];
        self.of.quality(sums, Some(&self.of.vectors[candidate]))
    }

    fn push(&mut self, member: usize) {
        let depth = self.scores.len();
        if self.sums.len() == depth {
            self.sums.push(vec![0.0; self.sums[0].len()]);
        }
        let (before, after) = self.sums.split_at_mut(depth);
        for ((after, before), entry) in after[0]
            .iter_mut()
            .zip(&before[depth - 1])
            .zip(&self.of.vectors[member])
        {
            *after = before + entry;
        }
        self.scores.push(f64::NAN);
    }

    fn pop(&mut self) {
        if self.scores.len() > 1 {
            self.scores.pop();
        }
    }
}

/// The index of the largest entry, the first of equal ones.
fn argmax(entries: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (index, entry) in entries.enumerate() {
        if entry > best.1 {
            best = (index, entry);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;

    fn members() -> Vec<Probabilities> {
        [
            [0.5, 0.5, 0.0, 0.2, 0.7, 0.1, 0.1, 0.2, 0.7],
            [0.1, 0.8, 0.1, 0.6, 0.3, 0.1, 0.1, 0.8, 0.1],
        ]
        .map(|rows| {
            let rows = tensor_from_slice(&rows, &[3, 3]).expect("three rows");
            Probabilities::new(rows).expect("on the simplex")
        })
        .into()
    }

    #[test]
    fn mean_iou_by_hand() -> Result<()> {
        let score = AveragedPredictions::mean_iou(&members(), &[0, 1, 1])?;
        // Predicted 0, 1, 2: class 2 is nowhere in the labels, yet it is predicted: (1/1 + 1/2 + 0/1) / 3.
        assert_eq!(score.score(&[0])?, 0.5);
        // Averaged: 1, 1, 1; class 2 is left out: (0/1 + 2/3) / 2.
        assert_eq!(score.score(&[0, 1])?, 1.0 / 3.0);
        let mut growing = score.empty();
        assert_eq!(growing.score(), 0.0);
        growing.push(1);
        assert_eq!(growing.score_with(0), score.score(&[1, 0])?);
        growing.pop();
        assert_eq!(growing.score_with(0), 0.5);
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        let members = members();
        assert!(matches!(
            AveragedPredictions::accuracy(&[], &[0]),
            Err(Error::EmptyPool)
        ));
        assert!(matches!(
            AveragedPredictions::accuracy(&members, &[0, 1]),
            Err(Error::Core(_))
        ));
        assert!(matches!(
            AveragedPredictions::accuracy(&members, &[0, 1, -1]),
            Err(Error::Core(_))
        ));
        let beyond = AveragedPredictions::accuracy(&members, &[0, 1, 3]);
        assert!(matches!(
            beyond,
            Err(Error::ClassOutOfRange {
                position: 2,
                class: 3,
                ..
            })
        ));
    }
}
