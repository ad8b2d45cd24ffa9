//! Transferability: scores of your own networks, optimal transport and ensembles from files, and a demonstration on real
//! data.
//!
//! ```text
//! cargo run --release --example transferability -- score --metric logme --features F.npy --labels y.npy --json
//! cargo run --release --example transferability -- ot --method exact --source X.npy --target Y.npy --json
//! cargo run --release --example transferability -- ensemble --pool pool.json --size 3 --score osborn --json
//! cargo run --release --example transferability -- --threads 2
//! ```

mod demo;
mod ensemble;
mod experiment;
mod figures;
mod findings;
mod ot;
mod pool;
mod results;
mod score;
mod section;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use demo::DemoArguments;
use ensemble::EnsembleArguments;
use ot::OtArguments;
use score::ScoreArguments;
use support::{arguments, exit};

/// Scores how well a pre-trained network suits a target task.
///
/// Without a subcommand, runs the demonstration: trains a pool of small networks on real images, scores each with
/// every metric, fine-tunes each for the truth, and writes a report of how well the metrics foretold it. What is
/// finished is kept, so a run that was stopped goes on where it was.
#[derive(Debug, Parser)]
#[command(name = "transferability", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: DemoArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scores one network on one target sample, read from npy files
    Score(ScoreArguments),
    /// Solves a transport problem between two clouds of points, or for given costs
    Ot(OtArguments),
    /// Chooses an ensemble from a pool of networks
    Ensemble(EnsembleArguments),
}

fn main() -> ExitCode {
    exit::code(run())
}

fn run() -> anyhow::Result<()> {
    let Some(arguments) = arguments::parse::<Arguments>()? else {
        return Ok(());
    };
    match &arguments.command {
        Some(Command::Score(score)) => score::run(score),
        Some(Command::Ot(ot)) => ot::run(ot),
        Some(Command::Ensemble(ensemble)) => ensemble::run(ensemble),
        None => demo::run(&arguments.demo),
    }
}
