//! Ensembles of source networks: the pool, and what each network reaches on each target.
//!
//! ```text
//! cargo run --release --example osborn
//! cargo xtask data && cargo xtask data --pool && cargo run --release --example osborn -- --full --threads 2
//! ```

#[path = "../source_pool/mod.rs"]
mod source_pool;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use ndarray::Array2;

use source_pool::images::Folders;
use source_pool::plan::Plan;
use source_pool::{SourcePool, ensemble_accuracy, foreign};
use support::arguments::{self, RunArguments};
use support::bars::Bars;
use support::cache::Cache;
use support::table::Table;
use support::workers::Workers;
use support::{exit, output};

const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// Trains a pool of source networks, adapts each to every target, and shows what it reached.
///
/// What is finished is kept, so a run that was stopped goes on where it was.
#[derive(Debug, Parser)]
#[command(name = "osborn", version)]
struct Arguments {
    /// The whole pool, about half an hour; needs the data that `cargo xtask data --pool` fetches
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// The small pool with less training, a few seconds: shows that everything works, settles nothing
    #[arg(long)]
    quick: bool,
    /// Where finished networks and probabilities are kept [default: .local/cache/osborn in the workspace]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

fn main() -> ExitCode {
    exit::code(run())
}

fn run() -> anyhow::Result<()> {
    let Some(arguments) = arguments::parse::<Arguments>()? else {
        return Ok(());
    };
    let workspace = Path::new(WORKSPACE);
    let workers = Workers::start(arguments.run.threads()?)?;
    let plan = match (arguments.full, arguments.quick) {
        (true, _) => Plan::full(),
        (_, true) => Plan::quick(),
        _ => Plan::small(),
    };
    let cache = arguments
        .cache
        .unwrap_or_else(|| workspace.join(".local/cache/osborn"));
    let folders = Folders::of_workspace(workspace);
    let pool = SourcePool::open(plan, arguments.run.seed, folders.clone(), Cache::open(&cache)?)?;
    if arguments.full {
        for check in foreign::check(&folders.pool())? {
            output::note(&format!(
                "{}: {} of {} known pictures named",
                check.network, check.n_right, check.n_pictures
            ));
        }
    }
    let mut bars = Bars::default();
    let accuracies = pool.train(&workers, &mut bars)?;
    pool.measure(&workers, &mut bars)?;
    output::result(&table(&pool, &accuracies)?.to_text())
}

/// Mean test accuracy of each network: fine-tuned, and in brackets with a linear probe.
fn table(pool: &SourcePool, accuracies: &[Option<f64>]) -> anyhow::Result<Table> {
    let plan = pool.plan();
    let mut table = Table::new().words("network").numbers("own images");
    for target in &plan.targets {
        table = table.numbers(format!("{}\ntuned (probe)", target.name()));
    }
    for (source, (network, accuracy)) in plan.sources.iter().zip(accuracies).enumerate() {
        let mut row = vec![
            network.name.clone(),
            accuracy.map_or_else(String::new, |accuracy| format!("{accuracy:.3}")),
        ];
        for target in 0..plan.targets.len() {
            let truth = pool.truth(source, target)?;
            let mean = |repeats: &[Array2<f32>]| {
                let accuracies = repeats
                    .iter()
                    .map(|probabilities| ensemble_accuracy(&[probabilities], &truth.test_labels));
                accuracies.sum::<f64>() / repeats.len() as f64
            };
            let [tuned, probed] = [&truth.fine_tuned, &truth.linear_probe].map(|repeats| mean(repeats));
            row.push(format!("{tuned:.3} ({probed:.3})"));
        }
        table.row(row);
    }
    Ok(table)
}
