//! How long work says how far it is, and how it is told to stop.
//!
//! A library function that may run for seconds takes a `&mut dyn Progress`. It opens a task with
//! [`Progress::begin`], counts steps with [`Progress::advance`], closes the task with [`Progress::end`], and asks
//! [`check`] between steps whether it shall go on. Tasks nest like brackets. A task that an error or a
//! cancellation leaves is never closed, so `end` means that the work was done.
//!
//! Nothing here prints: the program that calls the library decides what a step looks like. [`Silent`] shows
//! nothing; [`Cancellable`] adds a [`CancelToken`] to any other progress.
//!
//! # Examples
//!
//! A sum in blocks that can be stopped. Work that is resumed from a checkpoint advances by what was done before
//! and goes on from there.
//!
//! ```
//! use run_control::Cancelled;
//! use run_control::progress::{CancelToken, Cancellable, Progress, Silent, check};
//!
//! fn sum(blocks: &[Vec<f64>], resume_from: usize, progress: &mut dyn Progress) -> Result<f64, Cancelled> {
//!     let mut total = 0.0;
//!     progress.begin("sum", Some(blocks.len() as u64));
//!     progress.advance(resume_from as u64);
//!     for (block_idx, block) in blocks.iter().enumerate().skip(resume_from) {
//!         check(progress, "sum", block_idx as u64)?;
//!         total += block.iter().sum::<f64>();
//!         progress.advance(1);
//!     }
//!     progress.end();
//!     Ok(total)
//! }
//!
//! let blocks = [vec![1.0, 2.0], vec![3.0]];
//! assert_eq!(sum(&blocks, 0, &mut Silent)?, 6.0);
//! assert_eq!(sum(&blocks, 1, &mut Silent)?, 3.0);
//!
//! let token = CancelToken::new();
//! let mut progress = Cancellable::new(Silent, token.clone());
//! token.cancel();
//! let error = sum(&blocks, 0, &mut progress).expect_err("cancelled before the first block");
//! assert_eq!(error.to_string(), "cancelled during sum, 0 steps in");
//! # Ok::<(), run_control::Cancelled>(())
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Work that stopped because its progress asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cancelled during {task}, {done} steps in")]
pub struct Cancelled {
    /// The innermost task.
    pub task: String,
    /// Its finished steps.
    pub done: u64,
}

/// Receives the steps of long work, and may ask for it to stop.
///
/// # Examples
///
/// A progress that counts the steps of all tasks:
///
/// ```
/// use run_control::progress::Progress;
///
/// struct Counter(u64);
///
/// impl Progress for Counter {
///     fn begin(&mut self, _task: &str, _total: Option<u64>) {}
///     fn advance(&mut self, steps: u64) {
///         self.0 += steps;
///     }
///     fn end(&mut self) {}
/// }
///
/// let mut counter = Counter(0);
/// counter.begin("epochs", Some(3));
/// counter.advance(2);
/// counter.advance(1);
/// counter.end();
/// assert_eq!(counter.0, 3);
/// assert!(!counter.is_cancelled());
/// ```
pub trait Progress {
    /// Opens a task inside the one that is open, with its number of steps where that is known.
    fn begin(&mut self, task: &str, total: Option<u64>);

    /// Counts steps of the innermost open task.
    fn advance(&mut self, steps: u64);

    /// Closes the innermost open task: its work is done.
    fn end(&mut self);

    /// Whether the work shall stop at the next step. The default never asks for it.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl<P: Progress + ?Sized> Progress for &mut P {
    fn begin(&mut self, task: &str, total: Option<u64>) {
        (**self).begin(task, total);
    }

    fn advance(&mut self, steps: u64) {
        (**self).advance(steps);
    }

    fn end(&mut self) {
        (**self).end();
    }

    fn is_cancelled(&self) -> bool {
        (**self).is_cancelled()
    }
}

/// Stops work that was asked to stop: call it between steps.
///
/// # Errors
///
/// [`Cancelled`] with the task and the steps `done`, if the progress asks for it.
///
/// # Examples
///
/// ```
/// use run_control::progress::{CancelToken, Cancellable, Silent, check};
///
/// let token = CancelToken::new();
/// let progress = Cancellable::new(Silent, token.clone());
/// check(&progress, "training", 0)?;
/// token.cancel();
/// let error = check(&progress, "training", 7).expect_err("the token is set");
/// assert_eq!(error.to_string(), "cancelled during training, 7 steps in");
/// # Ok::<(), run_control::Cancelled>(())
/// ```
pub fn check(progress: &dyn Progress, task: &str, done: u64) -> Result<(), Cancelled> {
    if progress.is_cancelled() {
        return Err(Cancelled {
            task: task.to_owned(),
            done,
        });
    }
    Ok(())
}

/// Shows nothing and never asks to stop.
///
/// # Examples
///
/// ```
/// use run_control::progress::{Progress, Silent};
///
/// let mut silent = Silent;
/// silent.begin("work", None);
/// silent.advance(1);
/// silent.end();
/// assert!(!silent.is_cancelled());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _task: &str, _total: Option<u64>) {}

    fn advance(&mut self, _steps: u64) {}

    fn end(&mut self) {}
}

/// A switch that any thread may set to stop work in another; all clones share it, and it stays set.
///
/// # Examples
///
/// ```
/// use run_control::progress::CancelToken;
///
/// let token = CancelToken::new();
/// let switch = token.clone();
/// std::thread::scope(|scope| {
///     scope.spawn(move || switch.cancel());
/// });
/// assert!(token.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the token, for this and all its clones.
    pub fn cancel(&self) {
        // The flag orders no other memory: whoever sees it only stops.
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the token is set.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A progress that a [`CancelToken`] can stop, besides what the wrapped progress itself asks for.
///
/// # Examples
///
/// Any progress can be wrapped, owned or borrowed:
///
/// ```
/// use run_control::progress::{CancelToken, Cancellable, Progress, Silent};
///
/// let mut shown = Silent;
/// let token = CancelToken::new();
/// let progress = Cancellable::new(&mut shown as &mut dyn Progress, token.clone());
/// assert!(!progress.is_cancelled());
/// token.cancel();
/// assert!(progress.is_cancelled());
/// ```
#[derive(Debug, Clone)]
pub struct Cancellable<P> {
    progress: P,
    token: CancelToken,
}

impl<P: Progress> Cancellable<P> {
    /// Attaches a token to a progress.
    pub fn new(progress: P, token: CancelToken) -> Self {
        Self { progress, token }
    }
}

impl<P: Progress> Progress for Cancellable<P> {
    fn begin(&mut self, task: &str, total: Option<u64>) {
        self.progress.begin(task, total);
    }

    fn advance(&mut self, steps: u64) {
        self.progress.advance(steps);
    }

    fn end(&mut self) {
        self.progress.end();
    }

    fn is_cancelled(&self) -> bool {
        self.token.is_cancelled() || self.progress.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down every call, and asks to stop after a number of steps.
    #[derive(Default)]
    struct Recorder {
        calls: Vec<String>,
        steps: u64,
        stop_after: Option<u64>,
    }

    impl Progress for Recorder {
        fn begin(&mut self, task: &str, total: Option<u64>) {
            self.calls.push(format!("begin {task} {total:?}"));
        }

        fn advance(&mut self, steps: u64) {
            self.steps += steps;
            self.calls.push(format!("advance {steps}"));
        }

        fn end(&mut self) {
            self.calls.push("end".to_owned());
        }

        fn is_cancelled(&self) -> bool {
            self.stop_after.is_some_and(|limit| self.steps >= limit)
        }
    }

    /// `n_steps` steps, stopping when asked to.
    fn work(n_steps: u64, progress: &mut dyn Progress) -> Result<(), Cancelled> {
        progress.begin("work", Some(n_steps));
        for step in 0..n_steps {
            check(progress, "work", step)?;
            progress.advance(1);
        }
        progress.end();
        Ok(())
    }

    #[test]
    fn a_finished_task_is_opened_counted_and_closed() {
        let mut recorder = Recorder::default();
        work(2, &mut recorder).expect("nothing asks to stop");
        assert_eq!(
            recorder.calls,
            ["begin work Some(2)", "advance 1", "advance 1", "end"]
        );
    }

    #[test]
    fn a_cancelled_task_is_never_closed_and_says_how_far_it_came() {
        let mut recorder = Recorder {
            stop_after: Some(3),
            ..Recorder::default()
        };
        let error = work(10, &mut recorder).expect_err("stops after three steps");
        assert!(
            matches!(&error, Cancelled { task, done: 3 } if task == "work"),
            "{error}"
        );
        assert_eq!(recorder.calls.last().map(String::as_str), Some("advance 1"));
    }

    #[test]
    fn a_wrapped_progress_sees_every_call_and_keeps_its_own_wish_to_stop() {
        let mut recorder = Recorder {
            stop_after: Some(1),
            ..Recorder::default()
        };
        let mut wrapped = Cancellable::new(&mut recorder, CancelToken::new());
        let error = work(2, &mut wrapped).expect_err("the wrapped progress stops it");
        assert!(matches!(error, Cancelled { done: 1, .. }), "{error}");
        assert_eq!(recorder.calls, ["begin work Some(2)", "advance 1"]);
    }

    #[test]
    fn a_token_set_by_another_thread_stops_the_work() {
        let token = CancelToken::new();
        let switch = token.clone();
        let mut progress = Cancellable::new(Silent, token);
        std::thread::scope(|scope| {
            scope.spawn(move || switch.cancel());
        });
        assert!(matches!(work(1, &mut progress), Err(Cancelled { done: 0, .. })));
    }
}
