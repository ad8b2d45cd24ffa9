//! What a search over orders asks of a score.

use std::cell::Cell;

use crate::Result;
use crate::score::{LocalScore, with_member, without_member};

/// A score as it is asked for by steps of one parent: it may keep with a child what makes the next step cheap.
pub(super) trait Families {
    /// A child, its parents and their score.
    type Family: Clone + Send;

    /// The child without parents.
    fn orphan(&self, child: usize) -> Result<Self::Family>;

    /// The parents, in any order.
    fn parents<'f>(&self, family: &'f Self::Family) -> &'f [usize];

    /// The local score.
    fn score(&self, family: &Self::Family) -> f64;

    /// Of the candidates, none of them a parent, the one that raises the score most as one parent more.
    fn best_addition(&self, family: &Self::Family, candidates: &[usize]) -> Result<Option<usize>>;

    /// Of the parents given, the one whose removal leaves the highest score, and whether that is higher than now.
    fn best_removal(&self, family: &Self::Family, removable: &[usize]) -> Result<Option<(usize, bool)>>;

    /// Adds a parent.
    fn add(&self, family: &mut Self::Family, parent: usize) -> Result<()>;

    /// Takes a parent out.
    fn remove(&self, family: &mut Self::Family, parent: usize) -> Result<()>;

    /// How many local scores were asked for.
    fn n_evaluations(&self) -> u64;
}

/// An improvement below this share of a local score is rounding.
pub(super) const ROUNDING: f64 = 1e-13;

/// Any decomposable score.
pub(super) struct ScoredFamilies<'a> {
    score: &'a dyn LocalScore,
    n_evaluations: Cell<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct ScoredFamily {
    child: usize,
    /// Ascending.
    parents: Vec<usize>,
    score: f64,
}

impl<'a> ScoredFamilies<'a> {
    pub(super) fn new(score: &'a dyn LocalScore) -> Self {
        Self {
            score,
            n_evaluations: Cell::new(0),
        }
    }

    fn count(&self, n: usize) {
        self.n_evaluations.set(self.n_evaluations.get() + n as u64);
    }

    fn rescore(&self, family: &mut ScoredFamily) -> Result<()> {
        self.count(1);
        family.score = self.score.local(family.child, &family.parents)?;
        Ok(())
    }
}

impl Families for ScoredFamilies<'_> {
    type Family = ScoredFamily;

    fn orphan(&self, child: usize) -> Result<ScoredFamily> {
        let mut family = ScoredFamily {
            child,
            parents: Vec::new(),
            score: 0.0,
        };
        self.rescore(&mut family)?;
        Ok(family)
    }

    fn parents<'f>(&self, family: &'f ScoredFamily) -> &'f [usize] {
        &family.parents
    }

    fn score(&self, family: &ScoredFamily) -> f64 {
        family.score
    }

    fn best_addition(&self, family: &ScoredFamily, candidates: &[usize]) -> Result<Option<usize>> {
        let mut ascending = candidates.to_vec();
        ascending.sort_unstable();
        self.count(ascending.len());
        let scores = self
            .score
            .local_additions(family.child, &family.parents, &ascending)?;
        let best = greatest(&scores);
        Ok(best
            .filter(|&best| is_above(scores[best], family.score))
            .map(|best| ascending[best]))
    }

    fn best_removal(&self, family: &ScoredFamily, removable: &[usize]) -> Result<Option<(usize, bool)>> {
        self.count(family.parents.len());
        let mut scores = self.score.local_removals(family.child, &family.parents)?;
        for (score, parent) in scores.iter_mut().zip(&family.parents) {
            if !removable.contains(parent) {
                *score = f64::NEG_INFINITY;
            }
        }
        let best = greatest(&scores).filter(|_| !removable.is_empty());
        Ok(best.map(|best| (family.parents[best], is_above(scores[best], family.score))))
    }

    fn add(&self, family: &mut ScoredFamily, parent: usize) -> Result<()> {
        family.parents = with_member(&family.parents, parent);
        self.rescore(family)
    }

    fn remove(&self, family: &mut ScoredFamily, parent: usize) -> Result<()> {
        family.parents = without_member(&family.parents, parent);
        self.rescore(family)
    }

    fn n_evaluations(&self) -> u64 {
        self.n_evaluations.get()
    }
}

/// Whether a score is above another by more than rounding.
fn is_above(score: f64, other: f64) -> bool {
    score > other + ROUNDING * other.abs()
}

/// The place of the greatest value, the first of several.
fn greatest(values: &[f64]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (place, &value) in values.iter().enumerate() {
        if best.is_none_or(|best| value > values[best]) {
            best = Some(place);
        }
    }
    best
}
