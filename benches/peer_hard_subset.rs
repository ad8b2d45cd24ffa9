//! Our side of `cargo xtask peers hard-subset`: values and least CPU times on the inputs that `peers/hard_subset.py` wrote.
//!
//! `--dir DIR --case CASE` prints one JSON object: a number that depends on every result, the least CPU seconds of the
//! repetitions, and for some cases the memory held at once beyond the inputs. A case is timed from tensors in memory to the
//! result, the checks of the constructors included; libtorch and rayon have one thread. `half-*` chooses the hardest half of
//! each class and scores it. `sweep` scores ten nested subsets with five metrics, `full-evaluation` everything once with the
//! same five. `stream` fits prototypes of 1000 classes to source rows that are made as they are needed; its seconds are those
//! of the fit alone. The case `machine` measures what floors are divided by.
//!
//! Without `--dir` every case runs once on small inputs, so that a test of the benchmarks runs this one too.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

#[path = "peer_hard_subset/cases.rs"]
mod cases;
mod inputs;
#[path = "peer_hard_subset/stream.rs"]
mod stream;
mod timing;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::cases::{CASES, Inputs, prepare};

fn main() -> Result<()> {
    tch::set_num_threads(1);
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let Some((folder, case)) = timing::requested()? else {
        for name in CASES {
            let value = prepare(name, &Inputs::Drawn)?.run()?.value;
            ensure!(value.is_finite(), "{name} gives {value}");
        }
        println!(
            "{} cases run once on small inputs; cargo xtask peers hard-subset times them",
            CASES.len()
        );
        return Ok(());
    };
    if case == "machine" {
        println!(
            "{}",
            json!({
                "case": case,
                "flops_per_second": timing::flops_per_second()?,
                "bytes_per_second": timing::bytes_per_second()?,
            })
        );
        return Ok(());
    }
    let mut prepared = prepare(&case, &Inputs::Folder(folder))?;
    let before = timing::resident_megabytes()?;
    let (outcome, seconds, repetitions) = timing::least_cpu_time(|| prepared.run())?;
    let record = json!({
        "case": case,
        "value": outcome.value,
        "seconds": outcome.seconds.unwrap_or(seconds),
        "repetitions": repetitions,
        "threads": tch::get_num_threads(),
        "floor": prepared.floor,
        "added_megabytes": prepared.counts_memory.then_some(timing::peak_megabytes()? - before),
    });
    println!("{record}");
    Ok(())
}
