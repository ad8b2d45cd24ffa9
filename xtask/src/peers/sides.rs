//! How either side is run, and what it prints.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::workspace::Workspace;
use crate::{process, python};

use super::case::Scale;

/// The two programs of a comparison.
pub(super) struct Sides<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) pythons: &'a Pythons,
    pub(super) which: &'a str,
    pub(super) inputs: &'a Path,
    pub(super) scale: Scale,
}

/// The interpreters that peers run with.
pub(super) struct Pythons {
    peers: PathBuf,
    /// Copyleft peers run in an environment of their own.
    copyleft: Option<PathBuf>,
}

/// How the cases of copyleft peers begin.
const COPYLEFT: &str = "bnlearn-";

impl Pythons {
    /// The environments of a comparison, made if they are missing.
    pub(super) fn of(workspace: &Workspace, which: &str) -> Result<Self> {
        let environment =
            |name: &str, file: &str| python::environment(workspace, name, &workspace.root.join(file));
        if which != "causal" {
            return Ok(Self {
                peers: environment("peers", "benches/peers/requirements.txt")?,
                copyleft: None,
            });
        }
        Ok(Self {
            peers: environment("causal", "xtask/python/causal-requirements.txt")?,
            copyleft: Some(environment("gpl", "xtask/python/gpl-requirements.txt")?),
        })
    }

    fn of_case(&self, case: &str) -> &Path {
        match &self.copyleft {
            Some(python) if case.starts_with(COPYLEFT) => python,
            _ => &self.peers,
        }
    }
}

/// What either side prints of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// The score, cost or distance: the two sides should agree on it. None where a side came to no finite number.
    pub(super) value: Option<f64>,
    /// Least CPU seconds of the repetitions; for some cases, of one iteration.
    pub(super) seconds: f64,
    pub(super) repetitions: usize,
    pub(super) threads: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) floor: Option<Floor>,
    /// `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) marginal_error: Option<f64>,
    /// Edges that differ from those of the true graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hamming_distance: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) iterations: Option<usize>,
    /// The most memory that the process has held at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) peak_megabytes: Option<f64>,
    /// The most memory that the case has held at once beyond its inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) added_megabytes: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tool: Option<String>,
}

/// The work no algorithm for the case can avoid.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Floor {
    pub(super) flops: f64,
    pub(super) bytes: f64,
    pub(super) exponentials: f64,
}

/// What the machine does in a second with one thread; a comparison measures the rates that its floors need.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(clippy::struct_field_names, reason = "the unit is part of the name")]
pub(super) struct Machine {
    pub(super) flops_per_second: f64,
    pub(super) bytes_per_second: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exponentials_per_second: Option<f64>,
}

impl Machine {
    /// The least seconds that the work takes here.
    pub(super) fn seconds(&self, floor: &Floor) -> f64 {
        let exponentials = self
            .exponentials_per_second
            .map_or(0.0, |rate| floor.exponentials / rate);
        floor.flops / self.flops_per_second + floor.bytes / self.bytes_per_second + exponentials
    }
}

impl Sides<'_> {
    /// Lets the script write the inputs of both sides.
    pub(super) fn write_inputs(&self) -> Result<()> {
        process::output_of(&mut self.script("inputs")).context("the inputs cannot be made")?;
        Ok(())
    }

    /// Runs the peer's case.
    pub(super) fn peer(&self, case: &str) -> Result<Record> {
        let said =
            process::output_of(&mut self.script(case)).with_context(|| format!("the peer's {case}"))?;
        record(&said).with_context(|| format!("the peer's {case}"))
    }

    /// Runs our case.
    pub(super) fn ours<T: for<'de> Deserialize<'de>>(&self, case: &str) -> Result<T> {
        // Through cargo, which sets the loader path.
        let mut command = self.workspace.cargo();
        let bench = format!("peer_{}", self.which);
        command.args(["bench", "--quiet", "--bench", &bench, "--", "--dir"]);
        command.arg(self.inputs).args(["--case", case]);
        let said = process::output_of(one_thread(&mut command)).with_context(|| format!("our {case}"))?;
        record(&said).with_context(|| format!("our {case}"))
    }

    fn script(&self, case: &str) -> Command {
        let mut command = Command::new(self.pythons.of_case(case));
        command
            .current_dir(&self.workspace.root)
            .arg("-B")
            .arg(format!("benches/peers/{}.py", self.which))
            .arg("--dir");
        command
            .arg(self.inputs)
            .args(["--case", case, "--scale", self.scale.name()]);
        one_thread(&mut command);
        command
    }
}

/// One thread for the program and for whatever BLAS it uses, which chooses its kernels by itself.
fn one_thread(command: &mut Command) -> &mut Command {
    for variable in [
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "RAYON_NUM_THREADS",
    ] {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_the_last_line_with_an_object() {
        let said = "warning\n{\"value\": 1.5, \"seconds\": 2.0, \"repetitions\": 3, \"threads\": 1}\n";
        let record: Record = record(said).expect("a result");
        assert_eq!((record.value, record.seconds), (Some(1.5), 2.0));
        assert!(super::record::<Record>("nothing").is_err());
        assert!(super::record::<Record>("{\"value\": 1.5}").is_err());
    }

    #[test]
    fn the_floor_adds_operations_bytes_and_exponentials() {
        let machine = Machine {
            flops_per_second: 8e9,
            bytes_per_second: 4e9,
            exponentials_per_second: Some(1e9),
        };
        let floor = Floor {
            flops: 4e9,
            bytes: 1e9,
            exponentials: 5e8,
        };
        assert_eq!(machine.seconds(&floor), 0.5 + 0.25 + 0.5);
    }
}
