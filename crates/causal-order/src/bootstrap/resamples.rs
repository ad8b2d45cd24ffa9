//! Tables drawn with replacement.

use causal_graph::Table;
use rand::RngExt;
use rayon::prelude::*;
use run_control::Seed;
use run_control::progress::{Progress, check};

use super::{BootstrapParams, FailedResample};
use crate::{Error, Result};

/// The task in progress.
const TASK: &str = "bootstrap";

/// Hands what is discovered in each resample to `count`, in the order of the resamples, and returns the number of failures.
pub(super) fn for_each<T: Send>(
    table: &Table,
    params: &BootstrapParams,
    discover: impl Fn(&Table) -> Result<T> + Sync,
    progress: &mut dyn Progress,
    mut count: impl FnMut(T),
) -> Result<u64> {
    params.validate()?;
    if table.n_rows() == 0 {
        return Err(Error::TooFewRows {
            got: 0,
            expected: 1,
            purpose: "a resample",
        });
    }
    let n_resamples = params.n_resamples;
    let (mut n_failed, mut first_error) = (0, None);
    progress.begin(TASK, Some(n_resamples as u64));
    // Each thread has a resample at hand; progress and results are passed on between rounds.
    let per_round = rayon::current_num_threads().max(1);
    for start in (0..n_resamples).step_by(per_round) {
        check(progress, TASK, start as u64)?;
        let round = start..n_resamples.min(start + per_round);
        let n_steps = round.len() as u64;
        let found: Vec<Result<T>> = round
            .into_par_iter()
            .map(|index| discover(&draw(table, params, index)?))
            .collect();
        for result in found {
            match result {
                Ok(found) => count(found),
                Err(error) if params.failed == FailedResample::Refuse => return Err(error),
                Err(Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => {
                    n_failed += 1;
                    first_error.get_or_insert(error);
                }
            }
        }
        progress.advance(n_steps);
    }
    progress.end();
    match first_error {
        Some(error) if n_failed == n_resamples as u64 => Err(error),
        _ => Ok(n_failed),
    }
}

/// Resample `index`.
fn draw(table: &Table, params: &BootstrapParams, index: usize) -> Result<Table> {
    let mut stream = Seed::new(params.seed).stream("causal-order/bootstrap", index as u64);
    let n_rows = table.n_rows();
    let rows: Vec<usize> = (0..params.n_rows.unwrap_or(n_rows))
        .map(|_| stream.random_range(0..n_rows))
        .collect();
    Ok(table.select_rows(&rows)?)
}
