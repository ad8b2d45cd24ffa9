//! The choice of an ensemble of a given size.

mod exhaustive;
mod greedy;
mod lazy;
mod swap;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use exhaustive::Exhaustive;
pub use greedy::greedy;
pub use lazy::lazy_greedy;
pub use swap::Swap;

use crate::{EnsembleScore, Error, Result};

/// The ensemble that was chosen, always of the size that was asked for.
///
/// # Examples
///
/// ```
/// use ot_transferability::{PairwiseScore, SelectionStatus, greedy};
///
/// // The best member first, although it goes badly with both others.
/// let score = PairwiseScore::new("example", &[3.0, 2.0, 2.0], &[0.0, 4.0, 4.0, 4.0, 0.0, 0.0, 4.0, 0.0, 0.0])?;
/// let selection = greedy(&score, 2)?;
/// assert_eq!(selection.members, [0, 1]);
/// assert_eq!(selection.gains, [3.0, -2.0]);
/// assert_eq!(selection.runner_up_gaps, [Some(1.0), Some(0.0)]);
/// assert_eq!((selection.score, selection.status), (1.0, SelectionStatus::Greedy));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The members: in the order of the picks for the greedy strategies, else in increasing order.
    pub members: Vec<usize>,
    /// The score of the ensemble, higher is better.
    pub score: f64,
    /// What the score is made of: [`EnsembleScore::terms`].
    pub terms: BTreeMap<String, f64>,
    /// What each member added to the score of those before it in `members`.
    pub gains: Vec<f64>,
    /// How far the choice was ahead of the next best one; `None` where there was no other.
    ///
    /// For the greedy strategies one for each pick: its gain less that of the second-best candidate. For the exhaustive
    /// search one: the score less that of the second-best ensemble. For swaps one: the score less that of the best ensemble
    /// that differs in one member.
    pub runner_up_gaps: Vec<Option<f64>>,
    /// How many scores of ensembles, or gains of members, were computed.
    pub evaluations: u64,
    /// What is known of the ensemble.
    pub status: SelectionStatus,
}

/// What is known of a chosen ensemble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionStatus {
    /// Each pick was the best one given those before.
    Greedy,
    /// No ensemble of the size scores higher.
    Optimal,
    /// No ensemble that differs in one member scores higher.
    SwapOptimal,
    /// The cap on the swaps came first.
    SwapLimit,
}

impl Selection {
    /// The selection of some members in their order.
    fn new(
        score: &dyn EnsembleScore,
        members: Vec<usize>,
        runner_up_gaps: Vec<Option<f64>>,
        evaluations: u64,
        status: SelectionStatus,
    ) -> Result<Self> {
        let mut ensemble = score.empty();
        let mut gains = Vec::with_capacity(members.len());
        for &member in &members {
            gains.push(ensemble.gain(member));
            ensemble.push(member);
        }
        Ok(Self {
            score: score.score(&members)?,
            terms: score.terms(&members)?,
            members,
            gains,
            runner_up_gaps,
            evaluations,
            status,
        })
    }
}

fn check_size(score: &dyn EnsembleScore, size: usize) -> Result<()> {
    let n_members = score.n_members();
    if n_members == 0 {
        return Err(Error::EmptyPool);
    }
    if (1..=n_members).contains(&size) {
        Ok(())
    } else {
        Err(Error::EnsembleSize { size, n_members })
    }
}

/// The two best of a sequence of values; among equal ones the first counts as better.
#[derive(Debug, Clone, Copy)]
struct BestTwo<T> {
    best: Option<(T, f64)>,
    second: Option<f64>,
}

impl<T> BestTwo<T> {
    fn new() -> Self {
        Self {
            best: None,
            second: None,
        }
    }

    fn offer(&mut self, item: impl FnOnce() -> T, value: f64) {
        match &self.best {
            Some((_, best)) if value.partial_cmp(best) != Some(Ordering::Greater) => {
                if self.second.is_none_or(|second| value > second) {
                    self.second = Some(value);
                }
            }
            _ => {
                self.second = self.best.take().map(|(_, best)| best);
                self.best = Some((item(), value));
            }
        }
    }

    fn gap(&self) -> Option<f64> {
        let (_, best) = self.best.as_ref()?;
        self.second.map(|second| best - second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PairwiseScore;

    #[test]
    fn sizes_out_of_range_are_refused() -> Result<()> {
        let score = PairwiseScore::modular("sum", &[1.0, 2.0])?;
        for size in [0, 3] {
            let results = [
                greedy(&score, size),
                lazy_greedy(&score, size),
                Exhaustive::default().select(&score, size),
                Swap::default().select(&score, size),
            ];
            for result in results {
                assert!(matches!(result, Err(Error::EnsembleSize { n_members: 2, .. })));
            }
        }
        Ok(())
    }

    #[test]
    fn a_pool_of_one_has_no_runner_up() -> Result<()> {
        let score = PairwiseScore::modular("sum", &[-1.0])?;
        for selection in [
            greedy(&score, 1)?,
            lazy_greedy(&score, 1)?,
            Exhaustive::default().select(&score, 1)?,
            Swap::default().select(&score, 1)?,
        ] {
            assert_eq!((selection.members, selection.score), (vec![0], -1.0));
            assert_eq!(selection.runner_up_gaps, [None]);
        }
        Ok(())
    }

    #[test]
    fn ties_go_to_the_lowest_index() -> Result<()> {
        let score = PairwiseScore::modular("sum", &[1.0, 2.0, 2.0, 2.0])?;
        for selection in [
            greedy(&score, 2)?,
            lazy_greedy(&score, 2)?,
            Exhaustive::default().select(&score, 2)?,
            Swap::default().select(&score, 2)?,
        ] {
            assert_eq!(selection.members, [1, 2]);
            assert_eq!(selection.runner_up_gaps.last(), Some(&Some(0.0)));
        }
        Ok(())
    }
}
