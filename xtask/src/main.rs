//! The workspace's own commands: set-up, tests, demo, benchmarks, golden values and house rules.
//!
//! `cargo xtask --help` lists them. This program knows no crate's types: it runs tools and reads files.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks to its user")]

mod data;
mod digest;
mod pip;
mod process;
mod progress;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Set-up, tests, demo, benchmarks, golden values and house rules of the workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Fetch the full MNIST and Fashion-MNIST into .local/data.
    Data {
        /// Make the sample files in data/ anew instead.
        #[arg(long)]
        samples: bool,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let workspace = Workspace::from_environment()?;
    match task {
        Task::Data { samples } => data::run(&workspace, *samples),
    }
}

/// The error and its causes in one line.
fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}
