//! Does the harder part of the target sample tell more about transfer than the whole? Scores of your own networks on
//! their hard subsets, and a study on real images.
//!
//! ```text
//! cargo run --release --example hard_subset -- score --metric leep --hardness ca-mean \
//!     --source-acts S.npy --target-acts T.npy --probs P.npy --labels y.npy --rho 0.5 --json
//! cargo run --release --example hard_subset -- --threads 2
//! ```

mod agreement;
mod demo;
mod measure;
mod score;
mod scorers;
mod segmentation;
#[path = "../segmentation_pool/mod.rs"]
mod segmentation_pool;
#[path = "../source_pool/mod.rs"]
mod source_pool;
mod study;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use demo::DemoArguments;
use score::ScoreArguments;
use support::{arguments, exit};

/// Scores how well a pre-trained network suits a target task, on the harder part of the target sample.
///
/// Without a subcommand, runs the study: scores a pool of small networks on their hard subsets and on random ones, and
/// reports which foretell better how well each network transfers. What is finished is kept, so a run that was stopped
/// goes on where it was.
#[derive(Debug, Parser)]
#[command(name = "hard_subset", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: DemoArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scores one network on the hardest of its target samples, read from npy files
    Score(Box<ScoreArguments>),
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
