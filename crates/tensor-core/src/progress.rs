//! Progress of long work and its cancellation: [`run_control::progress`], with this crate's error.

pub use run_control::progress::{CancelToken, Cancellable, Cancelled, Progress, Silent};

use crate::Result;

/// Stops work that was asked to stop: call it between steps.
///
/// # Errors
///
/// [`Error::Cancelled`](crate::Error::Cancelled) with the task and the steps `done`, if the progress asks for it.
///
/// # Examples
///
/// ```
/// use tensor_core::progress::{CancelToken, Cancellable, Silent, check};
///
/// let token = CancelToken::new();
/// let progress = Cancellable::new(Silent, token.clone());
/// check(&progress, "training", 0)?;
/// token.cancel();
/// let error = check(&progress, "training", 7).expect_err("the token is set");
/// assert_eq!(error.to_string(), "cancelled during training, 7 steps in");
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn check(progress: &dyn Progress, task: &str, done: u64) -> Result<()> {
    Ok(run_control::progress::check(progress, task, done)?)
}
