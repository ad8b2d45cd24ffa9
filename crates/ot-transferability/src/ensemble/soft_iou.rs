//! SoftIoU-EEP: intersection over union of averaged expectations, without a decision for one class.

use super::{EnsembleScore, GrowingEnsemble};
use crate::{ExpectedPredictions, Pool, Result};

/// The mean soft intersection over union of an ensemble's averaged expected empirical predictions.
///
/// ```text
/// f(S) = (1/C) sum_c  sum_j p_jc y_jc / sum_j (p_jc + y_jc - p_jc y_jc),     p_jc = (1/|S|) sum_{r in S} EEP^r_jc
///
/// y_jc    1 if sample j has label c, else 0
/// ```
///
/// The empty ensemble has 0.
///
/// # Complexity
///
/// Both sums are averages of those of the members: O(C) a gain and O(M C) memory, whatever the number of samples.
///
/// # Reference
///
/// Agostinelli, Uijlings, Mensink, Ferrari, *Transferability Metrics for Selecting Source Model Ensembles*, CVPR 2022,
/// arXiv:2111.13011.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EnsembleScore, Member, Pool, SoftIouEep};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Probabilities};
///
/// let labels = Labels::new(&[0, 1])?;
/// let blind = Probabilities::new(tensor_from_slice(&[0.5; 4], &[2, 2])?)?;
/// let member = Member::new("blind").with_probabilities(&blind, &labels)?;
/// let score = SoftIouEep::new(&Pool::new(labels, vec![member])?)?;
/// // Either class: 1/2 over 1 + 1 - 1/2.
/// assert!((score.score(&[0])? - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SoftIouEep {
    /// Of each class, of each member.
    members: Vec<Vec<Masses>>,
    counts: Vec<usize>,
}

/// `sum_j p_jc y_jc` and `sum_j p_jc` of a class.
type Masses = (f64, f64);

impl SoftIouEep {
    /// The score of the ensembles of a pool.
    ///
    /// # Errors
    ///
    /// A member without probabilities.
    pub fn new(pool: &Pool) -> Result<Self> {
        let labels = pool.labels();
        let masses = |expected: &ExpectedPredictions| {
            let mut masses = vec![(0.0, 0.0); labels.n_classes()];
            for (vector, &label) in expected
                .class_vectors()
                .chunks_exact(labels.n_classes())
                .zip(labels.indices())
            {
                masses[label].0 += vector[label];
                for (mass, entry) in masses.iter_mut().zip(vector) {
                    mass.1 += entry;
                }
            }
            masses
        };
        Ok(Self {
            members: pool.expected_predictions()?.into_iter().map(masses).collect(),
            counts: labels.counts().to_vec(),
        })
    }

    fn mean_iou(&self, sums: &[Masses], added: &[Masses], n_members: usize) -> f64 {
        let n_members = n_members as f64;
        let mut total = 0.0;
        for ((sum, added), &count) in sums.iter().zip(added).zip(&self.counts) {
            let (both, expected) = ((sum.0 + added.0) / n_members, (sum.1 + added.1) / n_members);
            total += both / (expected + count as f64 - both);
        }
        total / self.counts.len() as f64
    }
}

impl EnsembleScore for SoftIouEep {
    fn name(&self) -> &'static str {
        "soft-iou-eep"
    }

    fn n_members(&self) -> usize {
        self.members.len()
    }

    fn empty(&self) -> Box<dyn GrowingEnsemble + '_> {
        Box::new(Growing {
            of: self,
            levels: vec![(vec![(0.0, 0.0); self.counts.len()], 0.0)],
        })
    }
}

/// Sums and score of the ensemble and of all its beginnings, the empty one first.
struct Growing<'a> {
    of: &'a SoftIouEep,
    levels: Vec<(Vec<Masses>, f64)>,
}

impl Growing<'_> {
    fn level(&self) -> &(Vec<Masses>, f64) {
        &self.levels[self.levels.len() - 1]
    }
}

impl GrowingEnsemble for Growing<'_> {
    fn score(&self) -> f64 {
        self.level().1
    }

    fn score_with(&self, candidate: usize) -> f64 {
        self.of
            .mean_iou(&self.level().0, &self.of.members[candidate], self.levels.len())
    }

    fn push(&mut self, member: usize) {
        let score = self.score_with(member);
        let sums = self
            .level()
            .0
            .iter()
            .zip(&self.of.members[member])
            .map(|(sum, added)| (sum.0 + added.0, sum.1 + added.1))
            .collect();
        self.levels.push((sums, score));
    }

    fn pop(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
        }
    }
}
