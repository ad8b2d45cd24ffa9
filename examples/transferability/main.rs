//! Transferability metrics: scores of your own network from files, and a demonstration on real data.
//!
//! ```text
//! cargo run --release --example transferability -- score --metric logme --features F.npy --labels y.npy --json
//! cargo run --release --example transferability -- --threads 2
//! ```

mod demo;
mod experiment;
mod figures;
mod findings;
mod pool;
mod results;
mod score;
mod section;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use demo::DemoArguments;
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
        None => demo::run(&arguments.demo),
    }
}
