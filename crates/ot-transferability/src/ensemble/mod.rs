//! Scores of ensembles: functions of a set of pool members, higher for better.

mod averaged;
mod catalogue;
mod e_leep;
mod pairwise;
mod soft_iou;
mod with_cohesion;

use std::collections::BTreeMap;
use std::fmt;

pub use averaged::AveragedPredictions;
pub use catalogue::{ENSEMBLE_METHODS, EnsembleMethod};
pub use e_leep::ELeep;
pub use pairwise::PairwiseScore;
pub(crate) use pairwise::finite;
pub use soft_iou::SoftIouEep;
pub use with_cohesion::WithCohesion;

use crate::{Error, Result};

/// A score of the ensembles that can be formed of a pool: a set function `f(S)`, higher for better.
///
/// Members are named by their index in the pool, and scores are finite. Selection and evaluation need no more than this
/// trait.
///
/// # Examples
///
/// ```
/// use ot_transferability::{EnsembleScore, PairwiseScore};
///
/// let sum = PairwiseScore::modular("sum", &[1.0, 2.0, 4.0])?;
/// assert_eq!(sum.score(&[0, 2])?, 5.0);
/// assert!(sum.score(&[0, 0]).is_err());
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub trait EnsembleScore: fmt::Debug + Sync {
    /// The score's name.
    fn name(&self) -> &str;

    /// The number of members of the pool, M.
    fn n_members(&self) -> usize;

    /// The empty ensemble.
    fn empty(&self) -> Box<dyn GrowingEnsemble + '_>;

    /// Whether every gain `f(S + v) - f(S)` can only shrink as `S` grows. If not known, `false`.
    fn is_submodular(&self) -> bool {
        false
    }

    /// What the score of an ensemble is made of, `total` among it; see each score for the names.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    fn terms(&self, members: &[usize]) -> Result<BTreeMap<String, f64>> {
        Ok(BTreeMap::from([("total".to_owned(), self.score(members)?)]))
    }

    /// The score of an ensemble: the same bits whatever the order of the members.
    ///
    /// # Errors
    ///
    /// A member that is not in the pool or stands twice.
    fn score(&self, members: &[usize]) -> Result<f64> {
        let mut ensemble = self.empty();
        for member in ordered(members, self.n_members())? {
            ensemble.push(member);
        }
        Ok(ensemble.score())
    }
}

/// An ensemble that grows and shrinks at one end, with what it takes to score it and its extensions cheaply.
///
/// Every step is undone exactly: no rounding error builds up over many of them.
///
/// # Panics
///
/// Methods panic if there is no such member. A member must not be pushed twice.
pub trait GrowingEnsemble {
    /// `f(S)`. The empty ensemble has 0, unless the score says otherwise.
    fn score(&self) -> f64;

    /// `f(S + candidate)`.
    fn score_with(&self, candidate: usize) -> f64;

    /// `f(S + candidate) - f(S)`.
    fn gain(&self, candidate: usize) -> f64 {
        self.score_with(candidate) - self.score()
    }

    /// Adds a member.
    fn push(&mut self, member: usize);

    /// Removes the member that was added last; nothing if there is none.
    fn pop(&mut self);
}

/// The members in increasing order, if they are distinct members of the pool.
pub(crate) fn ordered(members: &[usize], n_members: usize) -> Result<Vec<usize>> {
    let mut ordered = members.to_vec();
    ordered.sort_unstable();
    if let Some(&member) = ordered.last().filter(|&&last| last >= n_members) {
        return Err(Error::MemberOutOfRange { member, n_members });
    }
    match ordered.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(ordered),
        Some(pair) => Err(Error::RepeatedMember { member: pair[0] }),
    }
}
