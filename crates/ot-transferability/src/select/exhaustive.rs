//! Selection by trying every ensemble.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tensor_core::progress::{self, Progress, Silent};

use super::{BestTwo, Selection, SelectionStatus, check_size};
use crate::evaluation::count_ensembles;
use crate::{EnsembleScore, Error, GrowingEnsemble, Result};

/// The best of all ensembles of a size.
///
/// Ensembles are tried in lexicographic order, sharing what those with the same beginning have in common; of equal scores
/// the first ensemble wins. Runs on the threads of the current pool; the result does not depend on their number.
///
/// # Complexity
///
/// `C(M, k)` scores: O(1) each for a [`PairwiseScore`](crate::PairwiseScore).
///
/// # Examples
///
/// ```
/// use ot_transferability::{Exhaustive, PairwiseScore};
///
/// // Greedy would start with member 0.
/// let score = PairwiseScore::new("example", &[3.0, 2.0, 2.0], &[0.0, 4.0, 4.0, 4.0, 0.0, 0.0, 4.0, 0.0, 0.0])?;
/// let selection = Exhaustive::default().select(&score, 2)?;
/// assert_eq!((selection.members, selection.score), (vec![1, 2], 4.0));
/// assert_eq!(selection.runner_up_gaps, [Some(3.0)]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exhaustive {
    /// The most ensembles that are tried; more are an error before the work starts.
    pub max_ensembles: u64,
}

impl Default for Exhaustive {
    /// A thousand million: some seconds for a pairwise score.
    fn default() -> Self {
        Self {
            max_ensembles: 1_000_000_000,
        }
    }
}

impl Exhaustive {
    /// The best ensemble of a size.
    ///
    /// # Errors
    ///
    /// An empty pool, a size outside `1..=n_members`, or more ensembles than [`max_ensembles`](Self::max_ensembles).
    pub fn select(&self, score: &dyn EnsembleScore, size: usize) -> Result<Selection> {
        self.select_with(score, size, &mut Silent)
    }

    /// As [`select`](Self::select), with progress.
    ///
    /// # Errors
    ///
    /// As [`select`](Self::select), or a cancellation.
    #[allow(
        clippy::missing_panics_doc,
        reason = "there is an ensemble of the checked size"
    )]
    pub fn select_with(
        &self,
        score: &dyn EnsembleScore,
        size: usize,
        progress: &mut dyn Progress,
    ) -> Result<Selection> {
        /// Ensembles between two looks at the progress are those with so many first members.
        const BLOCK: usize = 8;
        check_size(score, size)?;
        let n_members = score.n_members();
        let count = count_ensembles(n_members, size).filter(|&count| count <= self.max_ensembles);
        let Some(evaluations) = count else {
            return Err(Error::TooManyEnsembles {
                size,
                n_members,
                count: count_ensembles(n_members, size),
                limit: self.max_ensembles,
            });
        };
        let first_members: Vec<usize> = (0..=n_members - size).collect();
        let mut best = BestTwo::new();
        progress.begin("exhaustive selection", Some(first_members.len() as u64));
        for (block, first_members) in first_members.chunks(BLOCK).enumerate() {
            progress::check(progress, "exhaustive selection", (block * BLOCK) as u64)?;
            let branches: Vec<BestTwo<Vec<usize>>> = first_members
                .par_iter()
                .map(|&first| {
                    let mut search = Search {
                        ensemble: score.empty(),
                        members: Vec::with_capacity(size),
                        n_members,
                        size,
                        best: BestTwo::new(),
                    };
                    search.visit(first..first + 1);
                    search.best
                })
                .collect();
            for branch in branches {
                if let Some((members, value)) = branch.best {
                    best.offer(|| members, value);
                }
                if let Some(second) = branch.second {
                    // Never above the best of its own branch, which was offered before.
                    best.offer(Vec::new, second);
                }
            }
            progress.advance(first_members.len() as u64);
        }
        progress.end();
        let gap = best.gap();
        let (members, _) = best.best.expect("there is at least one ensemble");
        Selection::new(score, members, vec![gap], evaluations, SelectionStatus::Optimal)
    }
}

/// A walk through the ensembles that begin with `members`, in lexicographic order.
struct Search<'a> {
    ensemble: Box<dyn GrowingEnsemble + 'a>,
    members: Vec<usize>,
    n_members: usize,
    size: usize,
    best: BestTwo<Vec<usize>>,
}

impl Search<'_> {
    /// Visits the ensembles whose next member is one of `next`.
    fn visit(&mut self, next: std::ops::Range<usize>) {
        let n_missing = self.size - self.members.len();
        for member in next {
            if n_missing == 1 {
                let members = &self.members;
                let with_member = || members.iter().copied().chain([member]).collect();
                self.best.offer(with_member, self.ensemble.score_with(member));
            } else {
                self.ensemble.push(member);
                self.members.push(member);
                self.visit(member + 1..self.n_members - (n_missing - 2));
                self.members.pop();
                self.ensemble.pop();
            }
        }
    }
}
