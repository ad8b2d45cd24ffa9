//! Without a subcommand: scores on hard subsets held against scores on all samples, for images and for pixels.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tensor_core::report::{Provenance, Report};
use tensor_core::{Device, Kind};

use crate::segmentation;
use crate::source_pool::SourcePool;
use crate::source_pool::images::Folders;
use crate::source_pool::plan::Plan;
use crate::study::{self, StudyResults};
use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::cache::Cache;
use crate::support::workers::Workers;
use crate::support::{output, report};

const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// How the demonstration is run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DemoArguments {
    /// The whole pool, about an hour; needs the data that `cargo xtask data --pool` fetches
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// The small pool with less training, a few seconds: shows that everything works, settles nothing
    #[arg(long)]
    quick: bool,
    /// Where the report goes [default: target/demo in the workspace]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// Where finished networks and scores are kept [default: .local/cache/source-pool in the workspace]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// What is done, at one of three sizes.
#[derive(Debug, Serialize)]
struct Size {
    pool: Plan,
    study: study::Experiment,
    segmentation: segmentation::Experiment,
}

/// What comes out.
#[derive(Debug, Serialize)]
struct Results {
    classification: StudyResults,
    segmentation: segmentation::Results,
}

/// Runs the demonstration, writes the report, and says what was found.
pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    let workspace = Path::new(WORKSPACE);
    let workers = Workers::start(arguments.run.threads()?)?;
    let size = Size::of(arguments);
    let seed = arguments.run.seed;
    let cache = arguments
        .cache
        .clone()
        .unwrap_or_else(|| workspace.join(".local/cache/source-pool"));
    let cache = Cache::open(&cache)?;
    let folders = Folders::of_workspace(workspace);
    let pool = SourcePool::open(size.pool.clone(), seed, folders, cache.clone())?;

    let mut bars = Bars::default();
    let own_accuracies = pool.train(&workers, &mut bars)?;
    pool.measure(&workers, &mut bars)?;
    let studied = study::run(&size.study, &pool, &own_accuracies, &cache, &workers, &mut bars)?;
    let segmented = segmentation::run(&size.segmentation, workspace, seed, &cache, &workers, &mut bars)?;

    let provenance = size.provenance(seed)?;
    let part = segmentation::section_part(&segmented);
    let section = study::section(&studied, &provenance, &part)?;
    let report = Report {
        provenance,
        results: Results {
            classification: studied.results,
            segmentation: segmented.results,
        },
    };
    let directory = arguments
        .report_dir
        .clone()
        .unwrap_or_else(|| workspace.join("target/demo"));
    let index = report::publish(&directory, &section)?;
    report.save(directory.join("hard_subset.json"))?;
    output::result(&if arguments.run.json {
        output::to_json(&report)?
    } else {
        study::tables(&report.results.classification) + &segmentation::tables(&report.results.segmentation)
    })?;
    for finding in study::sentences(&report.results.classification) {
        output::note(&finding);
    }
    output::note(&format!("report: {}", index.display()));
    Ok(())
}

impl Size {
    fn of(arguments: &DemoArguments) -> Self {
        match (arguments.full, arguments.quick) {
            (true, _) => Self {
                pool: Plan::full(),
                study: study::Experiment::full(),
                segmentation: segmentation::Experiment::full(),
            },
            (_, true) => Self {
                pool: Plan::quick(),
                study: study::Experiment::quick(),
                segmentation: segmentation::Experiment::quick(),
            },
            _ => Self {
                pool: Plan::small(),
                study: study::Experiment::full(),
                segmentation: segmentation::Experiment::small(),
            },
        }
    }

    fn provenance(&self, seed: u64) -> anyhow::Result<Provenance> {
        Ok(Provenance {
            seed: Some(seed),
            parameters: serde_json::to_value(self)?,
            ..Provenance::new("hard-subset", env!("CARGO_PKG_VERSION"), Device::Cpu, Kind::Float)
        })
    }
}
