//! Local search by swapping one member at a time.

use serde::{Deserialize, Serialize};
use tensor_core::progress::{self, Progress, Silent};

use super::{Selection, SelectionStatus, check_size, greedy};
use crate::ensemble::ordered;
use crate::{EnsembleScore, Result};

/// Swaps the member and the outsider that raise the score most, until no swap does.
///
/// Starts from the greedy ensemble, or any other; never ends below its start. Ties go to the lowest member, then to the
/// lowest outsider.
///
/// # Complexity
///
/// O(k M) scores a swap.
///
/// # Examples
///
/// ```
/// use ot_transferability::{PairwiseScore, Swap, greedy};
///
/// // Greedy starts with the best member, which goes badly with both others.
/// let score = PairwiseScore::new("example", &[3.0, 2.0, 2.0], &[0.0, 4.0, 4.0, 4.0, 0.0, 0.0, 4.0, 0.0, 0.0])?;
/// assert_eq!(greedy(&score, 2)?.members, [0, 1]);
/// assert_eq!(Swap::default().select(&score, 2)?.members, [1, 2]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Swap {
    /// The most swaps; if they do not suffice, the status says so.
    pub max_swaps: u64,
}

impl Default for Swap {
    /// A thousand: each swap raises the score, and few are needed.
    fn default() -> Self {
        Self { max_swaps: 1000 }
    }
}

impl Swap {
    /// Improves the greedy ensemble of a size.
    ///
    /// # Errors
    ///
    /// An empty pool, or a size outside `1..=n_members`.
    pub fn select(&self, score: &dyn EnsembleScore, size: usize) -> Result<Selection> {
        let start = greedy(score, size)?;
        let mut selection = self.improve(score, &start.members)?;
        selection.evaluations += start.evaluations;
        Ok(selection)
    }

    /// Improves an ensemble.
    ///
    /// # Errors
    ///
    /// An empty pool or ensemble, or a member that is not in the pool or stands twice.
    pub fn improve(&self, score: &dyn EnsembleScore, start: &[usize]) -> Result<Selection> {
        self.improve_with(score, start, &mut Silent)
    }

    /// As [`improve`](Self::improve), with progress.
    ///
    /// # Errors
    ///
    /// As [`improve`](Self::improve), or a cancellation.
    pub fn improve_with(
        &self,
        score: &dyn EnsembleScore,
        start: &[usize],
        progress: &mut dyn Progress,
    ) -> Result<Selection> {
        let n_members = score.n_members();
        let mut members = ordered(start, n_members)?;
        check_size(score, members.len())?;
        let mut value = score.score(&members)?;
        let mut evaluations = 1;
        let mut n_swaps = 0;
        progress.begin("swaps", None);
        let status_and_gap = loop {
            progress::check(progress, "swaps", n_swaps)?;
            let best = best_swap(score, &members, &mut evaluations);
            // Scored anew, in order: a gain by rounding alone would let the search run in circles.
            let better = match &best {
                None => None,
                Some((swapped, _)) => {
                    Some((swapped, score.score(swapped)?)).filter(|&(_, swapped)| swapped > value)
                }
            };
            let Some((swapped, swapped_value)) = better else {
                let gap = best.map(|(_, best)| (value - best).max(0.0));
                break (SelectionStatus::SwapOptimal, gap);
            };
            if n_swaps == self.max_swaps {
                break (SelectionStatus::SwapLimit, Some(value - swapped_value));
            }
            members.clone_from(swapped);
            value = swapped_value;
            n_swaps += 1;
            progress.advance(1);
        };
        progress.end();
        let (status, gap) = status_and_gap;
        Selection::new(score, members, vec![gap], evaluations, status)
    }
}

/// The best ensemble that differs from `members` in one, in increasing order, with its score; `None` if there is none.
fn best_swap(
    score: &dyn EnsembleScore,
    members: &[usize],
    evaluations: &mut u64,
) -> Option<(Vec<usize>, f64)> {
    let outsiders: Vec<usize> = (0..score.n_members())
        .filter(|member| members.binary_search(member).is_err())
        .collect();
    let mut best: Option<(usize, usize, f64)> = None;
    for position in 0..members.len() {
        let mut ensemble = score.empty();
        for (other, &member) in members.iter().enumerate() {
            if other != position {
                ensemble.push(member);
            }
        }
        for &outsider in &outsiders {
            let value = ensemble.score_with(outsider);
            *evaluations += 1;
            if best.is_none_or(|(_, _, best)| value > best) {
                best = Some((position, outsider, value));
            }
        }
    }
    let (position, outsider, value) = best?;
    let mut swapped = members.to_vec();
    swapped[position] = outsider;
    swapped.sort_unstable();
    Some((swapped, value))
}
