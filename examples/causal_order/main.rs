//! In what causal order did the data come about? Discovery from tables, exact effects of networks, samples, and distances
//! between graphs.
//!
//! ```text
//! cargo run --release --example causal_order -- discover --data d.csv --algorithm pc-stable --test fisher-z --json
//! cargo run --release --example causal_order -- truth --network n.bif --treatment lung=no:yes --outcome dysp=yes --json
//! cargo run --release --example causal_order -- sample --network n.bif -n 1000 --seed 1 --do lung=yes --out d.csv
//! cargo run --release --example causal_order -- compare --true a.bif --estimated b.dot --json
//! cargo run --release --example causal_order
//! ```

mod compare;
mod demo;
mod discover;
mod files;
mod sample;
#[path = "../support/mod.rs"]
mod support;
mod truth;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use compare::CompareArguments;
use demo::DemoArguments;
use discover::DiscoverArguments;
use sample::SampleArguments;
use support::{arguments, exit};
use truth::TruthArguments;

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

/// Finds causal graphs and orders in tables, and works with networks whose graph is known.
///
/// Without a subcommand, runs the demonstration: samples published networks and linear models, lets every algorithm find
/// the graph, and reports how far each is from the truth.
#[derive(Debug, Parser)]
#[command(name = "causal_order", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: DemoArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Finds a graph, or an order, in a table
    Discover(DiscoverArguments),
    /// The exact average causal effect in a network
    Truth(TruthArguments),
    /// Draws a table from a network, or from the network under an intervention
    Sample(SampleArguments),
    /// How far an estimated graph is from the true one
    Compare(CompareArguments),
}

fn main() -> ExitCode {
    exit::code(run())
}

fn run() -> anyhow::Result<()> {
    let Some(arguments) = arguments::parse::<Arguments>()? else {
        return Ok(());
    };
    match &arguments.command {
        Some(Command::Discover(arguments)) => discover::run(arguments),
        Some(Command::Truth(arguments)) => truth::run(arguments),
        Some(Command::Sample(arguments)) => sample::run(arguments),
        Some(Command::Compare(arguments)) => compare::run(arguments),
        None => demo::run(&arguments.demo),
    }
}
