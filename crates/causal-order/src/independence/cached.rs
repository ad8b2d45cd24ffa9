//! A memory of results.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{IndependenceTest, TestResult};
use crate::Result;

/// How many tests were asked for and how many were different, by the size of the conditioning set from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCounts {
    /// Tests asked for.
    pub asked: Vec<u64>,
    /// Different tests among them.
    pub computed: Vec<u64>,
}

impl TestCounts {
    /// All tests asked for.
    pub fn n_asked(&self) -> u64 {
        self.asked.iter().sum()
    }

    /// All different tests.
    pub fn n_computed(&self) -> u64 {
        self.computed.iter().sum()
    }
}

/// A test that remembers its results and counts.
///
/// A test of `y` against `x` is the test of `x` against `y`: it is done with the lesser variable first, whichever way
/// it is asked for. Errors are not remembered.
///
/// Threads may share it. What a test returns depends on the test alone. Two threads that ask for the same at the same
/// time may both compute it; it is counted once, so that the counts do not depend on the threads either.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
/// use causal_order::independence::{Cached, DSeparation, IndependenceTest};
///
/// let chain = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
/// let cached = Cached::new(DSeparation::new(chain));
/// assert_eq!(cached.test(0, 2, &[1])?, cached.test(2, 0, &[1])?);
/// cached.test(0, 2, &[])?;
/// let counts = cached.counts();
/// assert_eq!((counts.asked, counts.computed), (vec![1, 2], vec![1, 1]));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug)]
pub struct Cached<T> {
    test: T,
    shards: Vec<Mutex<HashMap<Box<[usize]>, TestResult>>>,
    asked: Vec<AtomicU64>,
    computed: Vec<AtomicU64>,
}

/// Keys up to this length are looked up without allocation.
const SHORT: usize = 16;

/// Maps, of which a thread locks one at a time.
const N_SHARDS: usize = 64;

impl<T: IndependenceTest> Cached<T> {
    /// The test, with nothing to remember yet.
    pub fn new(test: T) -> Self {
        let n_sizes = test.n_variables().saturating_sub(1);
        let zeros = || (0..n_sizes).map(|_| AtomicU64::new(0)).collect();
        Self {
            test,
            shards: (0..N_SHARDS).map(|_| Mutex::default()).collect(),
            asked: zeros(),
            computed: zeros(),
        }
    }

    /// The test itself.
    pub fn inner(&self) -> &T {
        &self.test
    }

    /// How often tests were asked for so far; an error counts as asked for only.
    pub fn counts(&self) -> TestCounts {
        let read = |counts: &[AtomicU64]| {
            let used = counts.iter().rposition(|count| count.load(Ordering::Relaxed) > 0);
            let counts = &counts[..used.map_or(0, |last| last + 1)];
            counts.iter().map(|count| count.load(Ordering::Relaxed)).collect()
        };
        TestCounts {
            asked: read(&self.asked),
            computed: read(&self.computed),
        }
    }
}

impl<T: IndependenceTest> IndependenceTest for Cached<T> {
    fn name(&self) -> &'static str {
        self.test.name()
    }

    fn n_variables(&self) -> usize {
        self.test.n_variables()
    }

    fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<TestResult> {
        let (x, y) = (x.min(y), x.max(y));
        if let Some(count) = self.asked.get(given.len()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let mut short = [0; SHORT];
        let long: Vec<usize>;
        let key: &[usize] = if given.len() + 2 <= SHORT {
            (short[0], short[1]) = (x, y);
            short[2..given.len() + 2].copy_from_slice(given);
            &short[..given.len() + 2]
        } else {
            long = [&[x, y], given].concat();
            &long
        };
        // A shard is never left half changed, so one that another thread panicked with is good.
        let shard = &self.shards[(x * 31 + y) % N_SHARDS];
        let known = shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .copied();
        if let Some(result) = known {
            return Ok(result);
        }
        let result = self.test.test(x, y, given)?;
        let mut results = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if results.insert(key.into(), result).is_none()
            && let Some(count) = self.computed.get(given.len())
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(result)
    }
}
