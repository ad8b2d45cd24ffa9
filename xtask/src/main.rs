//! The workspace's own commands: set-up, tests, demo, benchmarks, golden values and house rules.
//!
//! `cargo xtask --help` lists them. This program knows no crate's types: it runs tools and reads files.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to its user"
)]

mod data;
mod demo;
mod digest;
mod disk;
mod doctor;
mod folder;
mod golden;
mod lapack;
mod libtorch;
mod peers;
mod pip;
mod process;
mod progress;
mod python;
mod setup;
mod stages;
mod test;
mod tidy;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::data::Made;
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
    /// Make what a build needs and is missing: libtorch, OpenBLAS.
    Setup,
    /// Say what was found of everything that is needed, and how to mend what was not.
    Doctor,
    /// Set up if needed, then run every check and test.
    Test {
        /// Leave out the documentation, its tests and the benchmarks.
        #[arg(long)]
        quick: bool,
    },
    /// Set up if needed, then run every method on real data and write target/demo/index.html.
    Demo {
        /// Small sizes.
        #[arg(long)]
        quick: bool,
    },
    /// Set up if needed, then run the benchmarks.
    Bench {
        /// Passed on to cargo bench.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Time the Python peers beside ours and print the ratios.
    Peers {
        /// What to compare: metrics or ot.
        which: String,
        #[command(flatten)]
        options: peers::Options,
    },
    /// Check the house rules.
    Tidy,
    /// Run the scripts that make the golden values and show what differs.
    Golden {
        /// Replace the committed files that differ.
        #[arg(long)]
        write: bool,
        /// Only this crate's.
        #[arg(value_name = "CRATE")]
        only: Option<String>,
    },
    /// Fetch the full MNIST and Fashion-MNIST into .local/data.
    Data {
        /// Make the sample files in data/ anew instead.
        #[arg(long)]
        samples: bool,
        /// Fetch networks that others trained, and the image sets that go with them, instead.
        #[arg(long, conflicts_with = "samples")]
        pool: bool,
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
        Task::Setup => setup::run(&workspace),
        Task::Doctor => doctor::run(&workspace),
        Task::Test { quick } => test::run(&workspace, *quick),
        Task::Demo { quick } => demo::run(&workspace, *quick),
        Task::Bench { arguments } => {
            setup::run(&workspace)?;
            process::show(workspace.cargo().arg("bench").args(arguments))
        }
        Task::Peers { which, options } => peers::run(&workspace, which, options),
        Task::Tidy => tidy::run(&workspace),
        Task::Golden { write, only } => golden::run(&workspace, only.as_deref(), *write),
        Task::Data { samples: true, .. } => data::run(&workspace, Made::Samples),
        Task::Data { pool: true, .. } => data::run(&workspace, Made::Pool),
        Task::Data { .. } => data::run(&workspace, Made::FullSets),
    }
}

/// The error and its causes in one line.
fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
