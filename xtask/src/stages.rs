//! Named stages run one after another, each timed, with a table of the times at the end.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// The kernel's clock ticks a second as `/proc` counts them: 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What has run so far and how long it took.
pub(crate) struct Stages {
    finished: Vec<Finished>,
}

struct Finished {
    name: &'static str,
    wall: Duration,
    cpu: Option<Duration>,
}

impl Stages {
    /// No stage yet.
    pub(crate) fn new() -> Self {
        Self { finished: Vec::new() }
    }

    /// Runs `work` under `name`. An error names the stage and how long it ran.
    pub(crate) fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("── {name}");
        let (start, cpu_before) = (Instant::now(), cpu_time());
        let outcome = work();
        let wall = start.elapsed();
        let cpu = cpu_time()
            .zip(cpu_before)
            .map(|(after, before)| after.saturating_sub(before));
        self.finished.push(Finished { name, wall, cpu });
        outcome.with_context(|| format!("stage `{name}` failed after {:.0} s", wall.as_secs_f64()))
    }

    /// The stages and their wall times in one line.
    pub(crate) fn line(&self) -> String {
        let times = self
            .finished
            .iter()
            .map(|stage| format!("{} {:.0} s", stage.name, stage.wall.as_secs_f64()));
        times.collect::<Vec<_>>().join(", ")
    }

    /// The table of the stages and their sum, in seconds.
    pub(crate) fn table(&self) -> String {
        let width = self
            .finished
            .iter()
            .map(|stage| stage.name.len())
            .max()
            .unwrap_or(0)
            .max("total".len());
        let row = |name: &str, wall: Duration, cpu: Option<Duration>| {
            let cpu = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.1}", cpu.as_secs_f64()));
            format!("{name:width$}  {:>9.1}  {cpu:>9}\n", wall.as_secs_f64())
        };
        let mut table = format!("{:width$}  {:>9}  {:>9}\n", "stage", "wall [s]", "CPU [s]");
        for stage in &self.finished {
            table += &row(stage.name, stage.wall, stage.cpu);
        }
        let wall = self.finished.iter().map(|stage| stage.wall).sum();
        let cpu = self.finished.iter().map(|stage| stage.cpu).sum();
        table + &row("total", wall, cpu)
    }
}

/// CPU time of this process and of all its ended children, where `/proc` tells.
fn cpu_time() -> Option<Duration> {
    ticks(&fs::read_to_string("/proc/self/stat").ok()?)
        .map(|ticks| Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND))
}

/// utime + stime + cutime + cstime of a `/proc/<pid>/stat` line: proc(5), fields 14 to 17.
fn ticks(stat: &str) -> Option<u64> {
    // Field 2, the program's name, may hold anything; it ends at the last parenthesis. Field 3 follows it.
    let after_name = stat.rsplit_once(')')?.1;
    let times: Vec<u64> = after_name
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    (times.len() == 4).then(|| times.iter().sum())
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_four_times_are_added_whatever_the_program_is_called() {
        let line = "42 (odd) name) S 1 42 42 0 -1 4194560 100 200 0 0 1 2 30 400 20 0 1 0 5";
        assert_eq!(ticks(line), Some(433));
        assert_eq!(ticks("42 (x) S 1 2"), None);
    }

    #[test]
    fn a_failing_stage_is_named_and_stays_in_the_table() {
        let mut stages = Stages::new();
        assert_eq!(stages.run("first", || Ok(1)).expect("it succeeds"), 1);
        let error = stages
            .run("second", || -> Result<()> { bail!("no reason") })
            .expect_err("it fails");
        assert_eq!(format!("{error:#}"), "stage `second` failed after 0 s: no reason");
        let table = stages.table();
        let names: Vec<_> = table
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(names, ["stage", "first", "second", "total"]);
        assert_eq!(stages.line(), "first 0 s, second 0 s");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cpu_time_of_a_child_counts() {
        let before = cpu_time().expect("Linux has /proc");
        let status = std::process::Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"])
            .status()
            .expect("sh runs");
        assert!(status.success());
        assert!(cpu_time().expect("Linux has /proc") > before);
    }
}
