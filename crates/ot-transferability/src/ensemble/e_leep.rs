//! E-LEEP: the expected empirical prediction of the averaged predictors.

use super::{EnsembleScore, GrowingEnsemble};
use crate::{ExpectedPredictions, Pool, Result};

/// LEEP of an ensemble whose expected empirical predictions are averaged.
///
/// ```text
/// f(S) = mean_j log( (1/|S|) sum_{r in S} EEP^r_j )
///
/// EEP^r_j    expected empirical prediction of member r for the label of sample j, ExpectedPredictions
/// ```
///
/// At most 0 up to rounding. An average of 0 counts as a uniform guess over the `C` target classes, `-log C`, as in LEEP;
/// so the empty ensemble scores `-log C`. One member scores its LEEP.
///
/// # Complexity
///
/// O(m) a gain, with one logarithm for eight samples; O(M m) memory.
///
/// # Reference
///
/// Agostinelli, Uijlings, Mensink, Ferrari, *Transferability Metrics for Selecting Source Model Ensembles*, CVPR 2022,
/// arXiv:2111.13011.
///
/// # Examples
///
/// ```
/// use ot_transferability::{ELeep, EnsembleScore, Member, Pool};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Labels, Probabilities};
///
/// let labels = Labels::new(&[0, 1])?;
/// let member = |name, rows: [f64; 4]| -> Result<Member, ot_transferability::Error> {
///     let probabilities = Probabilities::new(tensor_from_slice(&rows, &[2, 2])?)?;
///     Member::new(name).with_probabilities(&probabilities, &labels)
/// };
/// let pool = [member("perfect", [1.0, 0.0, 0.0, 1.0])?, member("blind", [0.5; 4])?];
/// let score = ELeep::new(&Pool::new(labels, pool.into())?)?;
/// // Expectations of 1 and of 1/2, averaged.
/// assert!((score.score(&[0, 1])? - 0.75_f64.ln()).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ELeep {
    /// Of each member.
    at_labels: Vec<Vec<f64>>,
    floor: f64,
}

impl ELeep {
    /// The score of the ensembles of a pool.
    ///
    /// # Errors
    ///
    /// A member without probabilities.
    pub fn new(pool: &Pool) -> Result<Self> {
        let expected = pool.expected_predictions()?;
        Ok(Self {
            at_labels: expected
                .into_iter()
                .map(ExpectedPredictions::at_labels)
                .map(<[f64]>::to_vec)
                .collect(),
            floor: -(pool.labels().n_classes() as f64).ln(),
        })
    }
}

impl EnsembleScore for ELeep {
    fn name(&self) -> &'static str {
        "e-leep"
    }

    fn n_members(&self) -> usize {
        self.at_labels.len()
    }

    fn empty(&self) -> Box<dyn GrowingEnsemble + '_> {
        Box::new(Growing {
            of: self,
            sums: vec![vec![0.0; self.at_labels[0].len()]],
            scores: vec![self.floor],
        })
    }
}

/// Sums of the expectations of the ensemble and of all its beginnings, the empty one first.
struct Growing<'a> {
    of: &'a ELeep,
    sums: Vec<Vec<f64>>,
    scores: Vec<f64>,
}

impl Growing<'_> {
    fn sums(&self) -> &[f64] {
        &self.sums[self.scores.len() - 1]
    }
}

impl GrowingEnsemble for Growing<'_> {
    fn score(&self) -> f64 {
        self.scores[self.scores.len() - 1]
    }

    fn score_with(&self, candidate: usize) -> f64 {
        let n_members = self.scores.len();
        mean_log(
            self.sums(),
            &self.of.at_labels[candidate],
            n_members,
            self.of.floor,
        )
    }

    fn push(&mut self, member: usize) {
        let score = self.score_with(member);
        let depth = self.scores.len();
        if self.sums.len() == depth {
            self.sums.push(vec![0.0; self.sums[0].len()]);
        }
        let (before, after) = self.sums.split_at_mut(depth);
        for ((after, before), expectation) in after[0]
            .iter_mut()
            .zip(&before[depth - 1])
            .zip(&self.of.at_labels[member])
        {
            *after = before + expectation;
        }
        self.scores.push(score);
    }

    fn pop(&mut self) {
        if self.scores.len() > 1 {
            self.scores.pop();
        }
    }
}

/// `mean_j log((sums_j + added_j) / n_members)`, with `floor` for the logarithm of 0.
fn mean_log(sums: &[f64], added: &[f64], n_members: usize, floor: f64) -> f64 {
    const LANES: usize = 8;
    const BLOCK: usize = 8 * LANES;
    /// A product below has a factor of 0 or may have lost digits on the way: factors are at most the number of members,
    /// so that one which fell below the smallest normal number does not come back up to here.
    const SAFE_PRODUCT: f64 = 1e-250;
    let divisor = (n_members as f64).ln();
    let one_by_one = |sums: &[f64], added: &[f64]| -> f64 {
        let logarithm = |(sum, added): (&f64, &f64)| {
            let total = sum + added;
            if total > 0.0 { total.ln() - divisor } else { floor }
        };
        sums.iter().zip(added).map(logarithm).sum()
    };
    let (sum_blocks, added_blocks) = (sums.chunks_exact(BLOCK), added.chunks_exact(BLOCK));
    let rest = one_by_one(sum_blocks.remainder(), added_blocks.remainder());
    let blocks = sum_blocks.zip(added_blocks).map(|(sums, added)| {
        // The logarithm of a product of eight factors, at most 8 units in the last place off.
        let mut products = [1.0; LANES];
        for (sums, added) in sums.chunks_exact(LANES).zip(added.chunks_exact(LANES)) {
            for lane in 0..LANES {
                products[lane] *= sums[lane] + added[lane];
            }
        }
        if products.iter().any(|&product| product < SAFE_PRODUCT) {
            return one_by_one(sums, added);
        }
        products.iter().map(|product| product.ln()).sum::<f64>() - BLOCK as f64 * divisor
    });
    (blocks.sum::<f64>() + rest) / sums.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of some hundred logarithms, each the product of eight rounded factors.
    const RTOL: f64 = 1e-13;

    fn by_definition(members: &[&[f64]], floor: f64) -> f64 {
        let m = members[0].len();
        let logarithm = |sample: usize| {
            let mean = members.iter().map(|member| member[sample]).sum::<f64>() / members.len() as f64;
            if mean > 0.0 { mean.ln() } else { floor }
        };
        (0..m).map(logarithm).sum::<f64>() / m as f64
    }

    #[test]
    fn blocks_rest_zeros_and_tiny_numbers_give_the_definition() -> Result<()> {
        let spread = |step: usize, tiny: f64| -> Vec<f64> {
            (0..331)
                .map(|j| match (j * step) % 37 {
                    0 => 0.0,
                    1 if j > 64 => tiny,
                    rest => rest as f64 / 37.0,
                })
                .collect()
        };
        let score = ELeep {
            at_labels: vec![spread(5, 1e-300), spread(7, 5e-324), spread(11, 1e-60)],
            floor: -(3.0_f64.ln()),
        };
        for members in [vec![0], vec![1], vec![0, 2], vec![0, 1, 2]] {
            let rows: Vec<&[f64]> = members
                .iter()
                .map(|&member| &score.at_labels[member][..])
                .collect();
            golden::assert_close(
                &[score.score(&members)?],
                &[by_definition(&rows, score.floor)],
                RTOL,
                0.0,
            );
        }
        assert_eq!(score.score(&[])?, score.floor);
        Ok(())
    }
}
