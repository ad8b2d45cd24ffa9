//! Progress on standard error: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tensor_core::progress::Progress;

use super::output;

/// Off a terminal, a task that is still running says so this often.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Shows each task as it runs, an inner task below the one it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Bars {
    screen: MultiProgress,
    /// The innermost last.
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    task: String,
    total: Option<u64>,
    done: u64,
    started: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl Progress for Bars {
    fn begin(&mut self, task: &str, total: Option<u64>) {
        let bar = io::stderr()
            .is_terminal()
            .then(|| self.screen.add(bar(task, total)));
        let now = Instant::now();
        self.running.push(Running {
            task: task.to_owned(),
            total,
            done: 0,
            started: now,
            last_line: now,
            bar,
        });
    }

    fn advance(&mut self, steps: u64) {
        let Some(running) = self.running.last_mut() else {
            return;
        };
        running.done += steps;
        match &running.bar {
            Some(bar) => bar.set_position(running.done),
            None if running.last_line.elapsed() >= LINE_INTERVAL => {
                running.last_line = Instant::now();
                output::note(&running.line());
            }
            None => {}
        }
    }

    fn end(&mut self) {
        let Some(running) = self.running.pop() else {
            return;
        };
        if let Some(bar) = &running.bar {
            bar.finish_and_clear();
        }
        if self.running.is_empty() {
            output::note(&running.line());
        }
    }
}

impl Running {
    fn line(&self) -> String {
        let of_total = self
            .total
            .map_or_else(String::new, |total| format!(" of {total}"));
        let seconds = self.started.elapsed().as_secs_f64();
        format!("{}: {}{of_total} steps, {seconds:.1} s", self.task, self.done)
    }
}

fn bar(task: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{msg:34} [{bar:32}] {pos}/{len}  {elapsed} so far, {eta} to go",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{msg:34} {spinner} {pos} steps, {elapsed}",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("the template is a constant and well formed");
    bar.set_style(style.progress_chars("=> "));
    bar.set_message(task.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
