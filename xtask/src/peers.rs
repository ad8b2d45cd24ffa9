//! `cargo xtask peers`: the same work by us and by the Python peers, timed in turns on the same inputs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{folder, process, python, setup};

/// A comparison: what we run, what the peer runs, and how much of the peer's CPU time we may take.
struct Case {
    ours: &'static str,
    peer: &'static str,
    target: f64,
}

const METRICS: &[Case] = &[
    Case::new("logme", "logme", 0.35),
    Case::new("logme-fixed-point", "logme-fixed-point", 0.35),
    Case::new("logme-converged", "logme-fixed-point", 0.35),
    Case::new("hscore", "hscore", 0.2),
    Case::new("hscore-reg", "hscore-reg", 0.06),
    Case::new("transrate", "transrate", 0.05),
    Case::new("leep", "leep", 0.6),
    Case::new("nce", "nce", 0.3),
];

/// The scale that the targets are set for, as `benches/peers/metrics.py` calls it.
const FULL: &str = "full";

impl Case {
    const fn new(ours: &'static str, peer: &'static str, target: f64) -> Self {
        Self { ours, peer, target }
    }
}

/// Times every case of `which` (`metrics`) on both sides with one thread each, prints the table, and writes it to
/// `target/peers/<which>.json`.
///
/// A missed target is a line of its own and no failure: the times are those of this machine.
pub(crate) fn run(workspace: &Workspace, which: &str, quick: bool) -> Result<()> {
    if which != "metrics" {
        bail!("there are no peers of `{which}`: expected metrics");
    }
    setup::run(workspace)?;
    let python = python::environment(
        workspace,
        "peers",
        &workspace.root.join("benches/peers/requirements.txt"),
    )?;
    let step = Step::unbounded("building the benchmark");
    process::output_of(
        workspace
            .cargo()
            .args(["bench", "--quiet", "--bench", "peer_metrics", "--no-run"]),
    )?;
    step.end();

    let home = workspace.root.join("target").join("peers");
    let inputs = home.join("inputs");
    let sides = Sides {
        workspace,
        python: &python,
        inputs: &inputs,
        scale: if quick { "quick" } else { FULL },
    };
    let step = Step::parts("timing", 2 * METRICS.len() as u64 + 2);
    sides.write_inputs()?;
    step.advance(1);
    let machine: Machine = sides.ours("machine")?;
    step.advance(1);
    let mut peers = BTreeMap::new();
    let mut rows = Vec::new();
    for case in METRICS {
        let ours: Record = sides.ours(case.ours)?;
        step.advance(1);
        if !peers.contains_key(case.peer) {
            peers.insert(case.peer, sides.peer(case.peer)?);
        }
        step.advance(1);
        rows.push(Row::new(case, ours, peers[case.peer].clone(), &machine));
    }
    step.end();
    folder::remove(&inputs)?;

    let comparison = Comparison {
        scale: sides.scale.to_owned(),
        machine,
        rows,
    };
    print!("{}", comparison.table());
    let path = home.join(format!("{which}.json"));
    fs::write(&path, serde_json::to_string_pretty(&comparison)? + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("written to {}", workspace.shown(&path));
    Ok(())
}

/// How either side is run.
struct Sides<'a> {
    workspace: &'a Workspace,
    python: &'a Path,
    inputs: &'a Path,
    scale: &'static str,
}

impl Sides<'_> {
    fn write_inputs(&self) -> Result<()> {
        process::output_of(&mut self.script("inputs")).context("the inputs cannot be made")?;
        Ok(())
    }

    fn peer(&self, case: &str) -> Result<Record> {
        let said =
            process::output_of(&mut self.script(case)).with_context(|| format!("the peer's {case}"))?;
        record(&said).with_context(|| format!("the peer's {case}"))
    }

    fn ours<T: for<'de> Deserialize<'de>>(&self, case: &str) -> Result<T> {
        // Through cargo, which sets the loader path.
        let mut command = self.workspace.cargo();
        command.args(["bench", "--quiet", "--bench", "peer_metrics", "--", "--dir"]);
        command.arg(self.inputs).args(["--case", case]);
        let said = process::output_of(one_thread(&mut command)).with_context(|| format!("our {case}"))?;
        record(&said).with_context(|| format!("our {case}"))
    }

    fn script(&self, case: &str) -> Command {
        let mut command = Command::new(self.python);
        command
            .current_dir(&self.workspace.root)
            .args(["-B", "benches/peers/metrics.py", "--dir"]);
        command
            .arg(self.inputs)
            .args(["--case", case, "--scale", self.scale]);
        one_thread(&mut command);
        command
    }
}

/// One thread for whatever BLAS the program uses, which chooses its kernels by itself.
fn one_thread(command: &mut Command) -> &mut Command {
    for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
        command.env(variable, "1");
    }
    command
        .env_remove("OPENBLAS_CORETYPE")
        .env_remove("OPENBLAS_L2_SIZE")
}

/// The JSON object in the last line that a program printed.
fn record<T: for<'de> Deserialize<'de>>(said: &str) -> Result<T> {
    let line = said
        .lines()
        .rfind(|line| line.starts_with('{'))
        .context("it printed no result")?;
    serde_json::from_str(line).with_context(|| format!("`{line}` is not a result"))
}

/// What either side prints of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    score: f64,
    seconds: f64,
    repetitions: usize,
    threads: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<Floor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
}

/// The work no algorithm for the case can avoid.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Floor {
    flops: f64,
    bytes: f64,
}

/// What the machine does in a second with one thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Machine {
    flops_per_second: f64,
    bytes_per_second: f64,
}

#[derive(Serialize)]
struct Comparison {
    scale: String,
    machine: Machine,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    case: &'static str,
    peer_case: &'static str,
    ours: Record,
    peer: Record,
    ratio: f64,
    target: f64,
    met: bool,
    /// Seconds of the work that cannot be avoided.
    floor_seconds: f64,
    score_difference: f64,
}

impl Row {
    fn new(case: &Case, ours: Record, peer: Record, machine: &Machine) -> Self {
        let floor = ours.floor.clone().unwrap_or(Floor {
            flops: 0.0,
            bytes: 0.0,
        });
        let ratio = ours.seconds / peer.seconds;
        Self {
            case: case.ours,
            peer_case: case.peer,
            ratio,
            target: case.target,
            met: ratio <= case.target,
            floor_seconds: floor.flops / machine.flops_per_second + floor.bytes / machine.bytes_per_second,
            score_difference: (ours.score - peer.score).abs(),
            ours,
            peer,
        }
    }
}

impl Comparison {
    fn table(&self) -> String {
        let mut text = format!(
            "{:<18} {:>10} {:>10} {:>7} {:>7}  {:>10} {:>7}  {:>13} {:>9}\n",
            "case", "ours [s]", "peer [s]", "ratio", "target", "floor [s]", "x floor", "score", "differs"
        );
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{:<18} {:>10.5} {:>10.5} {:>7.4} {:>7}  {:>10.5} {:>7.2}  {:>13.8} {:>9.1e}",
                row.case,
                row.ours.seconds,
                row.peer.seconds,
                row.ratio,
                row.target,
                row.floor_seconds,
                row.ours.seconds / row.floor_seconds,
                row.ours.score,
                row.score_difference,
            );
        }
        let _ = writeln!(
            text,
            "CPU seconds, least of up to 5 repetitions, one thread on either side, {} size. Floor: {:.1} GFLOP/s (matrix \
             product, f64) and {:.1} GB/s (sum), measured in the same run.",
            self.scale,
            self.machine.flops_per_second / 1e9,
            self.machine.bytes_per_second / 1e9,
        );
        if let Some(tool) = self.rows.iter().find_map(|row| row.peer.tool.as_deref()) {
            let _ = writeln!(text, "Peers: restated in {tool}.");
        }
        if self.scale != FULL {
            text += "the targets hold for the full size\n";
            return text;
        }
        for row in self.rows.iter().filter(|row| !row.met) {
            let _ = writeln!(
                text,
                "target missed: {} takes {:.4} of the peer's CPU time, the target is {}",
                row.case, row.ratio, row.target
            );
        }
        if self.rows.iter().all(|row| row.met) {
            text += "every target is met\n";
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(seconds: f64, score: f64) -> Record {
        let floor = Some(Floor {
            flops: 4e9,
            bytes: 1e9,
        });
        Record {
            score,
            seconds,
            repetitions: 3,
            threads: 1,
            floor,
            tool: None,
        }
    }

    fn comparison(seconds: f64) -> Comparison {
        let machine = Machine {
            flops_per_second: 8e9,
            bytes_per_second: 4e9,
        };
        let row = Row::new(
            &METRICS[0],
            record_of(seconds, 0.5),
            record_of(10.0, 0.25),
            &machine,
        );
        Comparison {
            scale: FULL.to_owned(),
            machine,
            rows: vec![row],
        }
    }

    #[test]
    fn a_missed_target_has_a_line_of_its_own() {
        let met = comparison(3.5).table();
        assert!(met.ends_with("every target is met\n"), "{met}");
        let missed = comparison(4.0).table();
        let line = "target missed: logme takes 0.4000 of the peer's CPU time, the target is 0.35\n";
        assert!(missed.ends_with(line), "{missed}");
    }

    #[test]
    fn the_floor_adds_operations_and_bytes() {
        let row = &comparison(3.0).rows[0];
        assert_eq!(row.floor_seconds, 0.75);
        assert_eq!(row.ratio, 0.3);
        assert_eq!(row.score_difference, 0.25);
    }

    #[test]
    fn a_result_is_the_last_line_with_an_object() {
        let said = "warning\n{\"score\": 1.5, \"seconds\": 2.0, \"repetitions\": 3, \"threads\": 1}\n";
        let record: Record = record(said).expect("a result");
        assert_eq!((record.score, record.seconds), (1.5, 2.0));
        assert!(super::record::<Record>("nothing").is_err());
        assert!(super::record::<Record>("{\"score\": 1.5}").is_err());
    }

    #[test]
    fn every_target_is_a_share() {
        assert!(METRICS.iter().all(|case| case.target > 0.0 && case.target < 1.0));
    }
}
