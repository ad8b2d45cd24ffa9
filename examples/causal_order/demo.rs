//! Without a subcommand: every algorithm on data whose graph is known.

mod effects;
mod linear;
mod networks;
mod section;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tensor_core::report::{Provenance, Report};
use tensor_core::{Device, Kind, Seed};

use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::workers::Workers;
use crate::support::{output, report};

const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// How the demonstration is run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DemoArguments {
    /// Small samples and one repetition, a few seconds: shows that everything works, settles nothing
    #[arg(long)]
    quick: bool,
    /// Where the report goes [default: target/demo in the workspace]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// What is done, at one of two sizes.
#[derive(Debug, Serialize)]
struct Size {
    networks: networks::Experiment,
    linear: linear::Experiment,
}

/// What comes out.
#[derive(Debug, Serialize)]
struct Results {
    networks: networks::Results,
    linear: linear::Results,
    effects: Vec<effects::Effect>,
}

/// Runs the demonstration, writes the report, and says what was found.
pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    let workspace = Path::new(WORKSPACE);
    let workers = Workers::start(arguments.run.threads()?)?;
    let seed = Seed::new(arguments.run.seed);
    let size = Size::of(arguments.quick);
    let mut bars = Bars::default();
    let results = Results {
        networks: networks::run(&size.networks, workspace, seed, &workers, &mut bars)?,
        linear: linear::run(&size.linear, seed, &workers, &mut bars)?,
        effects: effects::published()?,
    };
    let provenance = Provenance {
        seed: Some(seed.value()),
        parameters: serde_json::to_value(&size)?,
        ..Provenance::new(
            "causal-order",
            env!("CARGO_PKG_VERSION"),
            Device::Cpu,
            Kind::Double,
        )
    };
    let section = section::section(&results, &provenance)?;
    let report = Report { provenance, results };
    let directory = arguments
        .report_dir
        .clone()
        .unwrap_or_else(|| workspace.join("target/demo"));
    let index = report::publish(&directory, &section)?;
    report.save(directory.join("causal_order.json"))?;
    output::result(&if arguments.run.json {
        output::to_json(&report)?
    } else {
        section::tables(&report.results)
    })?;
    for finding in section::sentences(&report.results) {
        output::note(&finding);
    }
    output::note(&format!("report: {}", index.display()));
    Ok(())
}

impl Size {
    fn of(quick: bool) -> Self {
        Self {
            networks: networks::Experiment::of(quick),
            linear: linear::Experiment::of(quick),
        }
    }
}

/// The mean of some numbers.
fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}
