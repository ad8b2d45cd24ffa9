//! Our side of `cargo xtask peers causal`: values and least CPU times on the inputs that `peers/causal.py` wrote.
//!
//! `--dir DIR --case CASE` prints one JSON object. A case is timed from a table in memory to the graph: correlations, scores
//! and checks are part of it. One thread. `value` is what the script values: the structural Hamming distance to the true
//! class for PC, the BIC of the graph for searches, a checksum of the order for LiNGAM, the objective for NOTEARS. The case
//! `machine` measures what floors are divided by.
//!
//! Without `--dir` every case runs once on small inputs, so that a test of the benchmarks runs this one too.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

#[path = "peer_causal/cases.rs"]
mod cases;
#[path = "peer_causal/data.rs"]
mod data;
mod timing;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::cases::{CASES, prepare};
use crate::data::Inputs;

fn main() -> Result<()> {
    tch::set_num_threads(1);
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let Some((folder, case)) = timing::requested()? else {
        for (name, size) in CASES {
            let value = prepare(name, size, &Inputs::Drawn)?()?.value;
            ensure!(value.is_finite(), "{name} gives {value}");
        }
        println!(
            "{} cases run once on small inputs; cargo xtask peers causal times them",
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
    let (name, size) = split(&case);
    let mut run = prepare(name, size, &Inputs::Folder(folder))?;
    let (outcome, seconds, repetitions) = timing::least_cpu_time(&mut run)?;
    let record = json!({
        "case": case,
        "value": outcome.value,
        "seconds": seconds,
        "repetitions": repetitions,
        "threads": rayon::current_num_threads(),
        "hamming_distance": outcome.hamming_distance,
        "peak_megabytes": timing::peak_megabytes()?,
    });
    println!("{record}");
    Ok(())
}

/// The name of a case and the size that it ends in.
fn split(case: &str) -> (&str, usize) {
    case.rsplit_once('-')
        .and_then(|(name, size)| Some((name, size.parse().ok()?)))
        .unwrap_or((case, 0))
}
