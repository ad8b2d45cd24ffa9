//! Greedy selection that computes only the gains that matter.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::{Selection, SelectionStatus, check_size, greedy};
use crate::{EnsembleScore, GrowingEnsemble, Result};

/// [`greedy`](crate::greedy) with fewer evaluations: for a submodular score a gain of an earlier round bounds that of this
/// round from above, so that only candidates at the top need be computed anew.
///
/// Picks, gains and gaps are those of greedy. Where the score is not [known to be
/// submodular](EnsembleScore::is_submodular), the bound does not hold and every gain is computed, as greedy does.
///
/// # Errors
///
/// As [`greedy`](crate::greedy).
///
/// # Complexity
///
/// Between O(M + k) and O(k M) gains.
///
/// # Reference
///
/// Minoux, *Accelerated greedy algorithms for maximizing submodular set functions*, 1978, doi:10.1007/BFb0006528.
///
/// # Examples
///
/// ```
/// use ot_transferability::{PairwiseScore, lazy_greedy};
///
/// let selection = lazy_greedy(&PairwiseScore::modular("sum", &[5.0, 4.0, 3.0, 2.0, 1.0])?, 3)?;
/// assert_eq!(selection.members, [0, 1, 2]);
/// // Five in the first round, then the best and the runner-up of the others.
/// assert_eq!(selection.evaluations, 9);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[allow(
    clippy::missing_panics_doc,
    reason = "the size is checked to be at most the number of candidates"
)]
pub fn lazy_greedy(score: &dyn EnsembleScore, size: usize) -> Result<Selection> {
    check_size(score, size)?;
    if !score.is_submodular() {
        return greedy(score, size);
    }
    let mut ensemble = score.empty();
    let n_members = score.n_members();
    let mut heap: BinaryHeap<Bound> = (0..n_members)
        .map(|member| Bound {
            gain: ensemble.gain(member),
            member,
            round: 0,
        })
        .collect();
    let mut evaluations = n_members as u64;
    let mut members = Vec::with_capacity(size);
    let mut gaps = Vec::with_capacity(size);
    for round in 0..size {
        let best = fresh_best(&mut heap, ensemble.as_ref(), round, &mut evaluations)
            .expect("candidates are left: the size is at most their number");
        let second = fresh_best(&mut heap, ensemble.as_ref(), round, &mut evaluations);
        gaps.push(second.map(|second| best.gain - second.gain));
        heap.extend(second);
        ensemble.push(best.member);
        members.push(best.member);
    }
    Selection::new(score, members, gaps, evaluations, SelectionStatus::Greedy)
}

/// Takes out the candidate of the largest gain in this round, bringing the bounds above it up to date.
fn fresh_best(
    heap: &mut BinaryHeap<Bound>,
    ensemble: &dyn GrowingEnsemble,
    round: usize,
    evaluations: &mut u64,
) -> Option<Bound> {
    loop {
        let bound = heap.pop()?;
        if bound.round == round {
            return Some(bound);
        }
        *evaluations += 1;
        heap.push(Bound {
            gain: ensemble.gain(bound.member),
            round,
            ..bound
        });
    }
}

/// The gain of a candidate as it was in some round: the largest first, then the lowest index.
#[derive(Debug, Clone, Copy)]
struct Bound {
    gain: f64,
    member: usize,
    round: usize,
}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> Ordering {
        // Zeros of either sign are equal, as they are for greedy.
        let gains = self.gain.partial_cmp(&other.gain).unwrap_or(Ordering::Equal);
        gains.then(other.member.cmp(&self.member))
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Bound {}
