//! Progress on the terminal: a bar or spinner for a person, one line for a log.

use std::io::{IsTerminal as _, Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A step that takes longer than a moment. It draws on standard error; without a terminal there it only says
/// its name when it starts.
pub(crate) struct Step {
    bar: ProgressBar,
    started: Instant,
}

impl Step {
    /// A step of `total` bytes.
    pub(crate) fn bytes(name: &str, total: u64) -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}");
        Self::start(name, ProgressBar::new(total), style)
    }

    /// A step of `total` equal parts.
    pub(crate) fn parts(name: &str, total: u64) -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}");
        Self::start(name, ProgressBar::new(total), style)
    }

    /// A step whose length is not known.
    pub(crate) fn unbounded(name: &str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let step = Self::start(name, ProgressBar::new_spinner(), style);
        step.bar.enable_steady_tick(Duration::from_millis(120));
        step
    }

    fn start(
        name: &str,
        bar: ProgressBar,
        style: Result<ProgressStyle, indicatif::style::TemplateError>,
    ) -> Self {
        bar.set_style(style.expect("the templates above are well formed"));
        bar.set_message(name.to_owned());
        if !stderr().is_terminal() {
            eprintln!("{name} …");
        }
        Self {
            bar,
            started: Instant::now(),
        }
    }

    /// Says how far the step has come.
    pub(crate) fn reach(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// `writer` with the bytes that pass through it counted.
    pub(crate) fn counting<W: Write>(&self, writer: W) -> impl Write {
        self.bar.wrap_write(writer)
    }

    /// Says that `steps` more are done.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Ends the step, removes its bar, and returns how long it took.
    pub(crate) fn end(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
