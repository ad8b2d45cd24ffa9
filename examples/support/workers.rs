//! Worker threads over independent items.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tensor_core::progress::Progress;

/// A pool of threads, each of which runs libtorch on itself alone.
///
/// A tensor belongs to one thread at a time, so an item builds its own. What an item computes may depend on the item
/// only: then the results do not depend on the number of threads.
pub(crate) struct Workers {
    pool: rayon::ThreadPool,
}

impl Workers {
    /// Starts the threads; call it once, before libtorch is first used.
    pub(crate) fn start(threads: NonZeroUsize) -> anyhow::Result<Self> {
        tch::set_num_interop_threads(1);
        tch::set_num_threads(1);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            // The setting belongs to the thread that makes it.
            .start_handler(|_| tch::set_num_threads(1))
            .build()
            .context("cannot start the worker threads")?;
        Ok(Self { pool })
    }

    /// Runs `work` with these threads for whatever it spreads over threads itself.
    pub(crate) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// Maps `work` over the items: results in the order of the items, or the error of the first item that failed.
    ///
    /// `work` reports its steps through the function it is given; together the items make `total` of them.
    pub(crate) fn map<T: Sync, R: Send>(
        &self,
        task: &str,
        items: &[T],
        total: u64,
        progress: &mut (dyn Progress + Send),
        work: impl Fn(&T, &(dyn Fn(u64) + Sync)) -> anyhow::Result<R> + Sync,
    ) -> anyhow::Result<Vec<R>> {
        progress.begin(task, Some(total));
        let shared = Mutex::new(progress);
        let advance = |steps| {
            let mut progress = shared.lock().unwrap_or_else(PoisonError::into_inner);
            progress.advance(steps);
        };
        let results: Vec<anyhow::Result<R>> = self.pool.install(|| {
            items
                .par_iter()
                .with_max_len(1)
                .map(|item| work(item, &advance))
                .collect()
        });
        let results = results.into_iter().collect::<anyhow::Result<Vec<R>>>()?;
        shared.into_inner().unwrap_or_else(PoisonError::into_inner).end();
        Ok(results)
    }
}
