//! Which networks of a pool make the best ensemble, and which score foretells it?
//!
//! ```text
//! cargo run --release --example osborn
//! cargo xtask data && cargo xtask data --pool && cargo run --release --example osborn -- --full --threads 2
//! ```
//!
//! Trains a pool of source networks, adapts each to every target, scores every ensemble with OSBORN, its variants and the
//! LEEP family, and says how well the scores rank what the ensembles reach: for images, and for the pixels of scenes.

mod segmentation;
#[path = "../segmentation_pool/mod.rs"]
mod segmentation_pool;
#[path = "../source_pool/mod.rs"]
mod source_pool;
mod study;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use tensor_core::report::{Provenance, Report};
use tensor_core::{Device, Kind};

use source_pool::images::Folders;
use source_pool::plan::Plan;
use source_pool::{SourcePool, foreign};
use study::{Study, StudyResults};
use support::arguments::{self, RunArguments};
use support::bars::Bars;
use support::cache::Cache;
use support::workers::Workers;
use support::{exit, output, report};

const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// Trains a pool of source networks, adapts each to every target, and says which scores of ensembles foretell what they
/// reach.
///
/// What is finished is kept, so a run that was stopped goes on where it was.
#[derive(Debug, Parser)]
#[command(name = "osborn", version)]
struct Arguments {
    /// The whole pool, about an hour; needs the data that `cargo xtask data --pool` fetches
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// The small pool with less training, a few seconds: shows that everything works, settles nothing
    #[arg(long)]
    quick: bool,
    /// Where the report goes [default: target/demo in the workspace]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// Where finished networks and probabilities are kept [default: .local/cache/source-pool in the workspace]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// What is done, at one of three sizes.
#[derive(Debug, Serialize)]
struct Size {
    pool: Plan,
    study: Study,
    segmentation: segmentation::Experiment,
}

/// What comes out.
#[derive(Debug, Serialize)]
struct Results {
    classification: StudyResults,
    segmentation: segmentation::Results,
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
    let size = Size::of(&arguments);
    let cache = arguments
        .cache
        .clone()
        .unwrap_or_else(|| workspace.join(".local/cache/source-pool"));
    let cache = Cache::open(&cache)?;
    let folders = Folders::of_workspace(workspace);
    let pool = SourcePool::open(
        size.pool.clone(),
        arguments.run.seed,
        folders.clone(),
        cache.clone(),
    )?;
    if arguments.full {
        for check in foreign::check(&folders.pool())? {
            output::note(&format!(
                "{}: {} of {} known pictures named",
                check.network, check.n_right, check.n_pictures
            ));
        }
    }

    let mut bars = Bars::default();
    let own_accuracies = pool.train(&workers, &mut bars)?;
    pool.measure(&workers, &mut bars)?;
    let classification = size
        .study
        .run(&pool, &own_accuracies, &cache, &workers, &mut bars)?;
    let seed = arguments.run.seed;
    let segmented = segmentation::run(&size.segmentation, workspace, seed, &cache, &workers, &mut bars)?;

    let part = segmentation::section_part(&segmented);
    let report = Report {
        provenance: size.provenance(seed)?,
        results: Results {
            classification,
            segmentation: segmented.results,
        },
    };
    let directory = arguments
        .report_dir
        .unwrap_or_else(|| workspace.join("target/demo"));
    let section = study::section(&report.results.classification, &report.provenance, &part)?;
    let index = report::publish(&directory, &section)?;
    report.save(directory.join("osborn.json"))?;
    output::result(&if arguments.run.json {
        output::to_json(&report)?
    } else {
        study::tables(&report.results.classification) + &segmentation::tables(&report.results.segmentation)
    })?;
    output::note(&format!("report: {}", index.display()));
    Ok(())
}

impl Size {
    fn of(arguments: &Arguments) -> Self {
        let (pool, n_resamples, segmentation) = match (arguments.full, arguments.quick) {
            (true, _) => (Plan::full(), 200, segmentation::Experiment::full()),
            (_, true) => (Plan::quick(), 20, segmentation::Experiment::quick()),
            _ => (Plan::small(), 200, segmentation::Experiment::small()),
        };
        Self {
            pool,
            // Ensembles of three, as in the publication.
            study: Study { size: 3, n_resamples },
            segmentation,
        }
    }

    fn provenance(&self, seed: u64) -> anyhow::Result<Provenance> {
        Ok(Provenance {
            seed: Some(seed),
            parameters: serde_json::to_value(self)?,
            ..Provenance::new(
                "ot-transferability",
                env!("CARGO_PKG_VERSION"),
                Device::Cpu,
                Kind::Float,
            )
        })
    }
}
