//! Scores that are a sum over members less a sum over pairs.

use super::{EnsembleScore, GrowingEnsemble};
use crate::{Error, Result};

/// A score of single members and pairs.
///
/// ```text
/// f(S) = sum_{v in S} a_v - sum_{u < v, both in S} p_uv
///
/// a_v    worth of member v        p_uv = p_vu    penalty of the pair
/// ```
///
/// Submodular exactly if no penalty is negative: the gain `a_v - sum_{u in S} p_uv` shrinks as `S` grows. Monotone only if
/// `a_v >= sum_{u != v} p_uv` for all `v`; see [`PairwiseScore::monotone_shift`].
///
/// # Complexity
///
/// A gain takes O(1), adding a member O(M), the table O(M^2) memory.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EnsembleScore, PairwiseScore};
///
/// let score = PairwiseScore::new("example", &[3.0, 2.0], &[0.0, 1.0, 1.0, 0.0])?;
/// assert_eq!(score.score(&[0, 1])?, 4.0);
/// assert!(score.is_submodular());
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PairwiseScore {
    name: String,
    worths: Vec<f64>,
    /// Row after row.
    penalties: Vec<f64>,
}

impl PairwiseScore {
    /// A score from the worths (M) and the symmetric matrix of penalties (M, M), row after row; its diagonal is not read.
    ///
    /// # Errors
    ///
    /// No member, a matrix of another size, a number that is not finite, or a matrix that is not symmetric.
    pub fn new(name: &str, worths: &[f64], penalties: &[f64]) -> Result<Self> {
        let n_members = worths.len();
        if n_members == 0 {
            return Err(Error::EmptyPool);
        }
        if penalties.len() != n_members * n_members {
            return Err(Error::PenaltyShape {
                entries: penalties.len(),
                n_members,
            });
        }
        finite("member worths", worths)?;
        finite("pair penalties", penalties)?;
        for a in 0..n_members {
            for b in 0..a {
                let (left, right) = (penalties[a * n_members + b], penalties[b * n_members + a]);
                if left != right {
                    return Err(Error::Asymmetric { a, b, left, right });
                }
            }
        }
        Ok(Self {
            name: name.to_owned(),
            worths: worths.to_vec(),
            penalties: penalties.to_vec(),
        })
    }

    /// A score without pairs: the sum of the members' own scores, whichever metric they come from.
    ///
    /// # Errors
    ///
    /// As [`PairwiseScore::new`].
    pub fn modular(name: &str, worths: &[f64]) -> Result<Self> {
        Self::new(name, worths, &vec![0.0; worths.len() * worths.len()])
    }

    /// The worth of each member, `a_v`.
    pub fn worths(&self) -> &[f64] {
        &self.worths
    }

    /// The penalty of a pair.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    pub fn penalty(&self, a: usize, b: usize) -> f64 {
        self.penalties_of(a)[b]
    }

    /// The score with `shift` added for each member.
    ///
    /// ```text
    /// g(S) = f(S) + c |S|
    /// ```
    ///
    /// Among ensembles of one size `g` and `f` have the same order, and greedy picks alike.
    ///
    /// # Errors
    ///
    /// A shift that leaves a worth not finite.
    pub fn shifted(&self, shift: f64) -> Result<Self> {
        let worths: Vec<f64> = self.worths.iter().map(|worth| worth + shift).collect();
        finite("member worths", &worths)?;
        Ok(Self {
            name: self.name.clone(),
            worths,
            penalties: self.penalties.clone(),
        })
    }

    /// The least `c >= 0` for which [`shifted`](Self::shifted) gives a monotone score:
    /// `c = max(0, max_v [ sum_{u != v} p_uv - a_v ])`.
    ///
    /// With it `g` is monotone, submodular and 0 on the empty ensemble, so that greedy reaches at least `(1 - 1/e)` of the
    /// best `g` of its size (Nemhauser, Wolsey, Fisher, *An analysis of approximations for maximizing submodular set
    /// functions*, 1978). The bound says nothing of `f` itself. `None` if the score is not submodular.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{EnsembleScore, PairwiseScore};
    ///
    /// // Costs of 1 and 2 and a penalty of 5: each member can lose 6 and 7.
    /// let score = PairwiseScore::new("costs", &[-1.0, -2.0], &[0.0, 5.0, 5.0, 0.0])?;
    /// assert_eq!(score.monotone_shift(), Some(7.0));
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn monotone_shift(&self) -> Option<f64> {
        let loss = |member: usize| -> f64 {
            let others = (0..self.worths.len()).filter(|&other| other != member);
            others.map(|other| self.penalty(member, other)).sum::<f64>() - self.worths[member]
        };
        self.is_submodular()
            .then(|| (0..self.worths.len()).map(loss).fold(0.0, f64::max))
    }

    pub(crate) fn penalties_of(&self, member: usize) -> &[f64] {
        let n_members = self.worths.len();
        &self.penalties[member * n_members..][..n_members]
    }
}

impl EnsembleScore for PairwiseScore {
    fn name(&self) -> &str {
        &self.name
    }

    fn n_members(&self) -> usize {
        self.worths.len()
    }

    fn empty(&self) -> Box<dyn GrowingEnsemble + '_> {
        Box::new(Growing {
            of: self,
            gains: vec![self.worths.clone()],
            scores: vec![0.0],
        })
    }

    fn is_submodular(&self) -> bool {
        (0..self.worths.len()).all(|a| (0..a).all(|b| self.penalty(a, b) >= 0.0))
    }
}

/// Scores and gains of the ensemble and of all its beginnings, the empty one first.
struct Growing<'a> {
    of: &'a PairwiseScore,
    gains: Vec<Vec<f64>>,
    scores: Vec<f64>,
}

impl Growing<'_> {
    fn gains(&self) -> &[f64] {
        &self.gains[self.scores.len() - 1]
    }
}

impl GrowingEnsemble for Growing<'_> {
    fn score(&self) -> f64 {
        self.scores[self.scores.len() - 1]
    }

    fn score_with(&self, candidate: usize) -> f64 {
        self.score() + self.gain(candidate)
    }

    fn gain(&self, candidate: usize) -> f64 {
        self.gains()[candidate]
    }

    fn push(&mut self, member: usize) {
        let score = self.score_with(member);
        let depth = self.scores.len();
        if self.gains.len() == depth {
            self.gains.push(vec![0.0; self.of.worths.len()]);
        }
        let (before, after) = self.gains.split_at_mut(depth);
        for ((after, before), penalty) in after[0]
            .iter_mut()
            .zip(&before[depth - 1])
            .zip(self.of.penalties_of(member))
        {
            *after = before - penalty;
        }
        self.scores.push(score);
    }

    fn pop(&mut self) {
        if self.scores.len() > 1 {
            self.scores.pop();
        }
    }
}

/// An error unless all numbers are finite.
pub(crate) fn finite(what: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(tensor_core::Error::NonFinite {
            what: what.to_owned(),
            index: vec![index],
            value: values[index],
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_and_shrinking_leave_no_trace() -> Result<()> {
        let score = PairwiseScore::new(
            "example",
            &[0.1, 0.2, 0.3],
            &[0.0, 0.7, 0.11, 0.7, 0.0, 0.13, 0.11, 0.13, 0.0],
        )?;
        let mut ensemble = score.empty();
        ensemble.pop();
        assert_eq!(ensemble.score(), 0.0);
        ensemble.push(1);
        let before = (ensemble.score(), ensemble.gain(0), ensemble.gain(2));
        ensemble.push(2);
        ensemble.push(0);
        ensemble.pop();
        assert_eq!(ensemble.score(), score.score(&[2, 1])?);
        ensemble.pop();
        assert_eq!((ensemble.score(), ensemble.gain(0), ensemble.gain(2)), before);
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        let new = |worths: &[f64], penalties: &[f64]| PairwiseScore::new("bad", worths, penalties);
        assert!(matches!(new(&[], &[]), Err(Error::EmptyPool)));
        assert!(matches!(
            new(&[1.0], &[]),
            Err(Error::PenaltyShape {
                entries: 0,
                n_members: 1
            })
        ));
        assert!(matches!(new(&[f64::NAN], &[0.0]), Err(Error::Core(_))));
        assert!(matches!(new(&[1.0], &[f64::INFINITY]), Err(Error::Core(_))));
        let skew = new(&[1.0, 2.0], &[0.0, 1.0, 2.0, 0.0]);
        assert!(matches!(skew, Err(Error::Asymmetric { a: 1, b: 0, .. })));
    }

    #[test]
    fn members_are_checked() -> Result<()> {
        let score = PairwiseScore::modular("sum", &[1.0, 2.0])?;
        assert!(matches!(
            score.score(&[2]),
            Err(Error::MemberOutOfRange {
                member: 2,
                n_members: 2
            })
        ));
        assert!(matches!(
            score.score(&[1, 0, 1]),
            Err(Error::RepeatedMember { member: 1 })
        ));
        assert_eq!(score.score(&[])?, 0.0);
        Ok(())
    }
}
