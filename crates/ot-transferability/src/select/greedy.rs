//! Greedy selection.

use super::{BestTwo, Selection, SelectionStatus, check_size};
use crate::{EnsembleScore, Result};

/// Adds the member of largest gain, `size` times, also where all gains are negative.
///
/// Ties go to the lowest index. For the bound that holds, see [`Osborn`](crate::Osborn) and
/// [`PairwiseScore::monotone_shift`](crate::PairwiseScore::monotone_shift).
///
/// # Errors
///
/// An empty pool, or a size outside `1..=n_members`.
///
/// # Complexity
///
/// O(k M) gains.
///
/// # Examples
///
/// ```
/// use ot_transferability::{PairwiseScore, greedy};
///
/// let score = PairwiseScore::modular("sum", &[-3.0, -1.0, -2.0])?;
/// assert_eq!(greedy(&score, 2)?.members, [1, 2]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[allow(
    clippy::missing_panics_doc,
    reason = "the size is checked to be at most the number of candidates"
)]
pub fn greedy(score: &dyn EnsembleScore, size: usize) -> Result<Selection> {
    check_size(score, size)?;
    let mut ensemble = score.empty();
    let mut candidates: Vec<usize> = (0..score.n_members()).collect();
    let mut members = Vec::with_capacity(size);
    let mut gaps = Vec::with_capacity(size);
    let mut evaluations = 0;
    while members.len() < size {
        let mut best = BestTwo::new();
        for (position, &candidate) in candidates.iter().enumerate() {
            best.offer(|| position, ensemble.gain(candidate));
        }
        evaluations += candidates.len() as u64;
        gaps.push(best.gap());
        let (position, _) = best
            .best
            .expect("candidates are left: the size is at most their number");
        let member = candidates.remove(position);
        ensemble.push(member);
        members.push(member);
    }
    Selection::new(score, members, gaps, evaluations, SelectionStatus::Greedy)
}
