//! The k greatest of many scores that come by in pieces.

use std::cmp::Ordering;
use std::ops::Sub;

/// A number that scores are computed in.
pub(super) trait Score:
    tch::kind::Element + Copy + PartialOrd + Default + Sub<Output = Self> + Into<f64> + Send + Sync
{
    const LOWEST: Self;
    const HIGHEST: Self;
}

impl Score for f32 {
    const LOWEST: Self = Self::NEG_INFINITY;
    const HIGHEST: Self = Self::INFINITY;
}

impl Score for f64 {
    const LOWEST: Self = Self::NEG_INFINITY;
    const HIGHEST: Self = Self::INFINITY;
}

/// The k greatest scores that were seen, and those that come within a margin of the k-th.
///
/// Of equal scores the one that came first counts as greater. Most scores fail one comparison with the k-th greatest so
/// far; those that pass are collected, and thinned out when there are many.
///
/// # Complexity
///
/// O(n + k log(n / k)) expected for n scores in random order; memory O(k).
#[derive(Debug, Clone)]
pub(super) struct Selection<T> {
    k: usize,
    margin: T,
    /// An index that is passed over.
    excluded: Option<usize>,
    entries: Vec<(T, usize)>,
    /// Scores that are not above it cannot be among those sought.
    threshold: T,
    is_crowded: bool,
}

impl<T: Score> Selection<T> {
    /// For k, at least 1.
    pub(super) fn new(k: usize) -> Self {
        Self::within(k, T::default(), None)
    }

    /// Keeps those less than `margin` below the k-th greatest too; `excluded` is no candidate.
    pub(super) fn within(k: usize, margin: T, excluded: Option<usize>) -> Self {
        Self {
            k,
            margin,
            excluded,
            entries: Vec::new(),
            threshold: T::LOWEST,
            is_crowded: false,
        }
    }

    /// Sees the scores of the indices `first`, `first + 1` and so on, which are greater than those seen before.
    pub(super) fn scan(&mut self, first: usize, scores: &[T]) {
        /// Scores that are compared at once: the loop over them has no branch, so it is vectorised.
        const CHUNK: usize = 64;
        for (number, chunk) in scores.chunks(CHUNK).enumerate() {
            let threshold = self.threshold;
            let mut passes = false;
            for &score in chunk {
                passes |= score > threshold;
            }
            if passes {
                for (offset, &score) in chunk.iter().enumerate() {
                    if score > self.threshold {
                        self.push(score, first + number * CHUNK + offset);
                    }
                }
            }
        }
    }

    /// Score and index of each, the greatest first; nothing if so many lie within the margin that they were not kept.
    pub(super) fn finish(mut self) -> Option<Vec<(T, usize)>> {
        self.thin();
        self.entries.sort_unstable_by(order);
        (!self.is_crowded).then_some(self.entries)
    }

    fn push(&mut self, score: T, index: usize) {
        if self.excluded == Some(index) {
            return;
        }
        self.entries.push((score, index));
        if self.entries.len() >= n_candidates(self.k) {
            self.thin();
            if self.entries.len() > self.k + self.k / 2 + 24 {
                self.is_crowded = true;
                self.entries.clear();
                self.threshold = T::HIGHEST;
            }
        }
    }

    fn thin(&mut self) {
        if self.entries.len() < self.k {
            return;
        }
        let (_, &mut (kth, _), _) = self.entries.select_nth_unstable_by(self.k - 1, order);
        if self.margin > T::default() {
            self.threshold = kth - self.margin;
            let threshold = self.threshold;
            self.entries.retain(|&(score, _)| score > threshold);
        } else {
            self.threshold = kth;
            self.entries.truncate(self.k);
        }
    }
}

/// The most entries that a selection of k holds at a time.
pub(super) fn n_candidates(k: usize) -> usize {
    k.saturating_mul(2).saturating_add(32)
}

fn order<T: Score>(left: &(T, usize), right: &(T, usize)) -> Ordering {
    let descending = right.0.partial_cmp(&left.0).unwrap_or(Ordering::Equal);
    descending.then(left.1.cmp(&right.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Few distinct values, so that there are ties.
    fn scores() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((-20..20_i32).prop_map(f64::from), 1..400)
    }

    fn sorted(scores: &[f64], excluded: Option<usize>) -> Vec<(f64, usize)> {
        let mut all: Vec<(f64, usize)> = scores.iter().copied().zip(0..).collect();
        all.retain(|&(_, index)| excluded != Some(index));
        all.sort_by(|left, right| right.0.total_cmp(&left.0));
        all
    }

    proptest! {
        #[test]
        fn selects_what_sorting_selects(scores in scores(), k in 1_usize..50, piece in 1_usize..200) {
            let k = k.min(scores.len());
            let mut selection = Selection::new(k);
            for (number, piece_scores) in scores.chunks(piece).enumerate() {
                selection.scan(number * piece, piece_scores);
            }
            prop_assert_eq!(selection.finish().expect("no margin"), &sorted(&scores, None)[..k]);
        }

        #[test]
        fn a_margin_keeps_all_within_or_says_that_it_cannot(
            scores in scores(), k in 1_usize..20, margin in 0.5..5.0_f64, excluded in 0_usize..400,
        ) {
            let expected = sorted(&scores, Some(excluded));
            prop_assume!(k <= expected.len());
            let mut selection = Selection::within(k, margin, Some(excluded));
            selection.scan(0, &scores);
            let n_within = expected.iter().filter(|entry| entry.0 > expected[k - 1].0 - margin).count();
            match selection.finish() {
                Some(kept) => prop_assert_eq!(&kept[..], &expected[..n_within]),
                None => prop_assert!(scores.len() > 24 + k + k / 2),
            }
        }
    }

    #[test]
    fn equal_scores_without_end_are_crowded() {
        let mut selection = Selection::within(3, 1e-9, None);
        selection.scan(0, &[1.0; 1000]);
        assert!(selection.finish().is_none());
    }
}
