//! Iterations until a tolerance is reached, whatever their form.

use tensor_core::progress::{Progress, check};

use super::problem::LogScalings;
use super::relaxation::{OverRelaxation, Relaxation};
use crate::{Result, Status};

/// One form of the iteration.
pub(crate) trait Iterate {
    /// Updates all sources, then all targets; returns `|P 1 - a|_1 + |P^T 1 - b|_1` from before.
    fn iterate(&mut self, relaxation: f64) -> Result<f64>;

    /// The scalings, and a buffer to use again.
    fn into_scalings(self) -> (LogScalings, Vec<f64>);
}

/// The name of the task that is shown as progress.
pub(crate) const TASK: &str = "sinkhorn";

/// Iterates until the residual is at most `tolerance` or `done` reaches `limit`.
pub(crate) fn iterate_until(
    form: &mut impl Iterate,
    over_relaxation: OverRelaxation,
    tolerance: f64,
    done: &mut usize,
    limit: usize,
    progress: &mut dyn Progress,
) -> Result<Status> {
    let mut relaxation = Relaxation::new(over_relaxation);
    // What the rows are off by says nothing of the columns before these were updated once at this strength.
    let mut columns_are_updated = false;
    while *done < limit {
        check(progress, TASK, *done as u64)?;
        let residual = form.iterate(relaxation.value())?;
        *done += 1;
        progress.advance(1);
        if residual <= tolerance && columns_are_updated {
            return Ok(Status::Converged);
        }
        columns_are_updated = true;
        relaxation.observe(residual);
    }
    Ok(Status::IterationLimit)
}
