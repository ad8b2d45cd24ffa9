//! A score that remembers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{LocalScore, with_member, without_member};
use crate::Result;

/// A score that computes each local term once; any number of threads may ask.
///
/// Memory grows with the number of different families asked for. Two threads that ask for a new family at the same time may
/// both compute it.
///
/// # Examples
///
/// ```
/// use causal_graph::{ContinuousTable, Nodes};
/// use causal_order::score::{GaussianScore, LocalScore, ScoreCache};
///
/// let table = ContinuousTable::new(
///     Nodes::numbered(2),
///     vec![vec![1.0, 2.0, 4.0, 3.0], vec![0.0, 3.0, 2.0, 1.0]],
/// )?;
/// let cache = ScoreCache::new(GaussianScore::bic(&table)?);
/// assert_eq!(cache.local(1, &[0])?, cache.local(1, &[0])?);
/// assert_eq!((cache.n_asked(), cache.n_computed()), (2, 1));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug)]
pub struct ScoreCache<S> {
    score: S,
    /// The terms of each child by its parents.
    terms: Vec<Mutex<Terms>>,
    n_asked: AtomicU64,
    n_computed: AtomicU64,
}

type Terms = HashMap<Box<[usize]>, f64>;

impl<S: LocalScore> ScoreCache<S> {
    /// A score of which nothing is remembered yet.
    pub fn new(score: S) -> Self {
        Self {
            terms: (0..score.n_variables()).map(|_| Mutex::default()).collect(),
            score,
            n_asked: AtomicU64::new(0),
            n_computed: AtomicU64::new(0),
        }
    }

    /// The number of terms asked for.
    pub fn n_asked(&self) -> u64 {
        self.n_asked.load(Ordering::Relaxed)
    }

    /// The number of terms that had to be computed.
    pub fn n_computed(&self) -> u64 {
        self.n_computed.load(Ordering::Relaxed)
    }

    /// The score itself.
    pub fn score(&self) -> &S {
        &self.score
    }

    /// What is remembered of a child. A thread that panicked with the lock left nothing half done.
    fn of(&self, child: usize) -> MutexGuard<'_, Terms> {
        self.terms[child].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terms of a child for each of the families; those that are not known are computed together.
    fn all(
        &self,
        child: usize,
        families: &[Vec<usize>],
        compute: impl FnOnce(&[usize]) -> Result<Vec<f64>>,
    ) -> Result<Vec<f64>> {
        self.n_asked.fetch_add(families.len() as u64, Ordering::Relaxed);
        let mut terms = vec![0.0; families.len()];
        let mut unknown = Vec::new();
        {
            let known = self.of(child);
            for (index, family) in families.iter().enumerate() {
                match known.get(family.as_slice()) {
                    Some(&term) => terms[index] = term,
                    None => unknown.push(index),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(terms);
        }
        self.n_computed.fetch_add(unknown.len() as u64, Ordering::Relaxed);
        let computed = compute(&unknown)?;
        let mut known = self.of(child);
        for (&index, &term) in unknown.iter().zip(&computed) {
            known.insert(families[index].as_slice().into(), term);
            terms[index] = term;
        }
        Ok(terms)
    }
}

impl<S: LocalScore> LocalScore for ScoreCache<S> {
    fn name(&self) -> &'static str {
        self.score.name()
    }

    fn n_variables(&self) -> usize {
        self.score.n_variables()
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        self.n_asked.fetch_add(1, Ordering::Relaxed);
        if let Some(&term) = self.of(child).get(parents) {
            return Ok(term);
        }
        self.n_computed.fetch_add(1, Ordering::Relaxed);
        let term = self.score.local(child, parents)?;
        self.of(child).insert(parents.into(), term);
        Ok(term)
    }

    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        let families: Vec<_> = candidates
            .iter()
            .map(|&candidate| with_member(parents, candidate))
            .collect();
        self.all(child, &families, |unknown| {
            let unknown: Vec<_> = unknown.iter().map(|&index| candidates[index]).collect();
            self.score.local_additions(child, parents, &unknown)
        })
    }

    fn local_removals(&self, child: usize, parents: &[usize]) -> Result<Vec<f64>> {
        let families: Vec<_> = parents
            .iter()
            .map(|&parent| without_member(parents, parent))
            .collect();
        self.all(child, &families, |unknown| {
            if unknown.len() == parents.len() {
                return self.score.local_removals(child, parents);
            }
            unknown
                .iter()
                .map(|&index| self.score.local(child, &families[index]))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A score whose terms tell families apart.
    struct Code;

    impl LocalScore for Code {
        fn name(&self) -> &'static str {
            "code"
        }

        fn n_variables(&self) -> usize {
            5
        }

        fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
            Ok(parents.iter().map(|&parent| f64::from(1 << parent)).sum::<f64>() + 0.1 * child as f64)
        }
    }

    #[test]
    fn batches_and_single_terms_share_what_is_remembered() -> Result<()> {
        let cache = ScoreCache::new(Code);
        assert_eq!(cache.local_additions(0, &[2], &[1, 3, 4])?, [6.0, 12.0, 20.0]);
        assert_eq!(cache.n_computed(), 3);
        assert_eq!(cache.local_removals(0, &[2, 3, 4])?, [24.0, 20.0, 12.0]);
        assert_eq!(cache.n_computed(), 4);
        assert_eq!(cache.local(0, &[3, 4])?, 24.0);
        assert_eq!((cache.n_computed(), cache.n_asked()), (4, 7));
        Ok(())
    }

    #[test]
    fn children_do_not_share_terms() -> Result<()> {
        let cache = ScoreCache::new(Code);
        assert_ne!(cache.local(0, &[2])?, cache.local(1, &[2])?);
        Ok(())
    }
}
