//! `cargo xtask peers`: the same work by us and by the Python peers, timed in turns on the same inputs.
//!
//! A comparison is two programs and a table of cases: `benches/peer_<which>.rs` is our side, `benches/peers/<which>.py`
//! the peers' and the maker of the inputs. Either program is started anew for each case and prints one JSON object.

mod case;
mod comparison;
mod sides;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::progress::Step;
use crate::workspace::Workspace;
use crate::{folder, process, setup};

use case::{CAUSAL, HARD_SUBSET, METRICS, OT, Rival, Scale};
use comparison::{Comparison, Row};
use sides::{Machine, Pythons, Record, Sides};

/// Which cases are run, and how large.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Options {
    /// Small sizes, whose times say little.
    #[arg(long)]
    quick: bool,
    /// Also the cases that take minutes and gigabytes; never with --quick.
    #[arg(long, conflicts_with = "quick")]
    slow: bool,
    /// Only the cases whose name holds this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Times the cases of `which` on both sides with one thread each, prints the table, and writes it to
/// `target/peers/<which>.json`.
///
/// A missed target is a line of its own and no failure: the times are those of this machine.
pub(crate) fn run(workspace: &Workspace, which: &str, options: &Options) -> Result<()> {
    let cases = match which {
        "metrics" => METRICS,
        "ot" => OT,
        "hard-subset" => HARD_SUBSET,
        "causal" => CAUSAL,
        _ => bail!("there are no peers of `{which}`: expected metrics, ot, hard-subset or causal"),
    };
    let scale = if options.quick { Scale::Quick } else { Scale::Full };
    let mut runs: Vec<_> = cases
        .iter()
        .filter(|case| options.slow || !case.slow)
        .flat_map(|case| case.runs(scale))
        .collect();
    if let Some(text) = &options.only {
        runs.retain(|run| run.ours.contains(text.as_str()));
        if runs.is_empty() {
            bail!("no case of {which} has `{text}` in its name");
        }
    }
    setup::run(workspace)?;
    let pythons = Pythons::of(workspace, which)?;
    let step = Step::unbounded("building the benchmark");
    // Programs are named as Rust and Python name modules.
    let which = &which.replace('-', "_");
    let bench = format!("peer_{which}");
    process::output_of(
        workspace
            .cargo()
            .args(["bench", "--quiet", "--bench", &bench, "--no-run"]),
    )?;
    step.end();

    let home = workspace.root.join("target").join("peers");
    let inputs = home.join("inputs");
    let sides = Sides {
        workspace,
        pythons: &pythons,
        which,
        inputs: &inputs,
        scale,
    };
    let step = Step::parts("timing", runs.len() as u64 + 2);
    sides.write_inputs()?;
    step.advance(1);
    let machine: Machine = sides.ours("machine")?;
    step.advance(1);
    // A program that stands in several rows runs once.
    let mut records: BTreeMap<Rival<String>, Record> = BTreeMap::new();
    let mut comparison = Comparison {
        scale,
        machine,
        rows: Vec::new(),
    };
    let path = home.join(format!("{which}.json"));
    for run in &runs {
        let mut record_of = |rival: &Rival<String>| -> Result<Record> {
            if !records.contains_key(rival) {
                let record = match rival {
                    Rival::Peer(case) => sides.peer(case)?,
                    Rival::Ours(case) => sides.ours(case)?,
                };
                records.insert(rival.clone(), record);
            }
            Ok(records[rival].clone())
        };
        let ours = record_of(&Rival::Ours(run.ours.clone()))?;
        let rival = run.rival.as_ref().map(record_of).transpose()?;
        let row = Row::new(run, ours, rival, &comparison.machine);
        comparison.rows.push(row);
        // What is measured stays, whatever becomes of the rest.
        fs::write(&path, serde_json::to_string_pretty(&comparison)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
        step.advance(1);
    }
    step.end();
    folder::remove(&inputs)?;

    print!("{}", comparison.table());
    println!("written to {}", workspace.shown(&path));
    Ok(())
}
