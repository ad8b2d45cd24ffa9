//! Without arguments: trains a pool of source networks, scores each on every target with every metric, fine-tunes
//! each for the truth, and reports how well the metrics foretold it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tensor_core::report::{InputHash, Provenance, Report};
use tensor_core::{Device, Kind, Seed};
use transferability_metrics::{RankInterval, catalogue, rank_agreement};

use crate::experiment::Experiment;
use crate::pool::{Pool, Scores};
use crate::results::{MetricResults, NetworkResults, Results, TargetResults};
use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::cache::Cache;
use crate::support::data_set::DataSet;
use crate::support::image_set::Split;
use crate::support::workers::Workers;
use crate::support::{output, report};
use crate::{findings, section};

const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// How the demonstration is run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DemoArguments {
    /// Fewer and smaller networks, a few seconds: shows that everything works, settles nothing
    #[arg(long)]
    quick: bool,
    /// Where the report goes [default: target/demo in the workspace]
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// Where finished networks and accuracies are kept for the next run [default: cache in the report's folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// Runs the demonstration, writes the report, and says what was found.
pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    let report_directory = arguments
        .report_dir
        .clone()
        .unwrap_or_else(|| Path::new(WORKSPACE).join("target/demo"));
    let cache_directory = arguments
        .cache
        .clone()
        .unwrap_or_else(|| report_directory.join("cache"));
    let workers = Workers::start(arguments.run.threads()?)?;
    let experiment = if arguments.quick {
        Experiment::quick()
    } else {
        Experiment::full()
    };
    let seed = arguments.run.seed;
    let splits = read_splits(&experiment, Seed::new(seed))?;
    let pool = Pool {
        experiment,
        seed,
        splits,
        cache: Cache::open(&cache_directory)?,
    };

    let mut bars = Bars::default();
    let source_accuracies = pool.train(&workers, &mut bars)?;
    let scores = pool.score(&workers, &mut bars)?;
    let accuracies = pool.fine_tune(&workers, &mut bars)?;
    let targets = compare(&pool, scores, accuracies)?;
    let results = Results {
        source_accuracies,
        targets,
    };
    let report = Report {
        provenance: provenance(&pool)?,
        results,
    };

    let index = report::publish(&report_directory, &section::section(&report, &pool)?)?;
    report.save(report_directory.join("transferability.json"))?;
    output::result(&if arguments.run.json {
        output::to_json(&report)?
    } else {
        findings::tables(&report.results)
    })?;
    for finding in findings::sentences(&report.results) {
        output::note(&finding);
    }
    output::note(&format!("report: {}", index.display()));
    Ok(())
}

fn read_splits(experiment: &Experiment, seed: Seed) -> anyhow::Result<BTreeMap<DataSet, Split>> {
    let split = |data: DataSet| -> anyhow::Result<(DataSet, Split)> {
        let images = data.read_vendored(&data_directory())?;
        let split = images.split(experiment.split_sizes(data), seed.derive(data.name()))?;
        Ok((data, split))
    };
    DataSet::VENDORED
        .into_iter()
        .map(|data| split(data).with_context(|| format!("cannot prepare {}", data.name())))
        .collect()
}

fn data_directory() -> PathBuf {
    Path::new(WORKSPACE).join("data")
}

/// The experiment and the files it reads.
fn provenance(pool: &Pool) -> anyhow::Result<Provenance> {
    let files = DataSet::VENDORED
        .into_iter()
        .filter_map(DataSet::vendored_files)
        .flatten();
    let inputs = files
        .map(|file| InputHash::of_file(file, data_directory().join(file)))
        .collect::<tensor_core::Result<Vec<_>>>()?;
    Ok(Provenance {
        seed: Some(pool.seed),
        parameters: serde_json::to_value(&pool.experiment)?,
        inputs,
        ..Provenance::new(
            "transferability-metrics",
            env!("CARGO_PKG_VERSION"),
            Device::Cpu,
            Kind::Float,
        )
    })
}

/// Joins scores and accuracies (target by target, network by network) and correlates them metric by metric.
fn compare(
    pool: &Pool,
    scores: Vec<Vec<Scores>>,
    accuracies: Vec<Vec<Vec<f64>>>,
) -> anyhow::Result<Vec<TargetResults>> {
    let targets = pool
        .experiment
        .targets
        .iter()
        .zip(scores.into_iter().zip(accuracies));
    targets
        .map(|(&target, (scores, accuracies))| {
            let rows = pool
                .experiment
                .sources
                .iter()
                .zip(scores.into_iter().zip(accuracies));
            let networks: Vec<NetworkResults> = rows
                .map(|(source, (scores, accuracies))| NetworkResults {
                    name: source.name.clone(),
                    same_data: source.data() == Some(target),
                    accuracy: accuracies.iter().sum::<f64>() / accuracies.len() as f64,
                    accuracies,
                    scores,
                })
                .collect();
            let split = &pool.splits[&target];
            let interval = RankInterval {
                n_resamples: pool.experiment.n_resamples,
                seed: Seed::new(pool.seed).derive(target.name()),
                ..RankInterval::default()
            };
            Ok(TargetResults {
                target,
                n_train: split.target_train.len(),
                n_test: split.target_test.len(),
                metrics: correlate(&networks, &interval)?,
                networks,
            })
        })
        .collect()
}

/// The metrics in the order of the catalogue.
fn correlate(networks: &[NetworkResults], interval: &RankInterval) -> anyhow::Result<Vec<MetricResults>> {
    let over = |metric: &str, keep: fn(&NetworkResults) -> bool| {
        let kept: Vec<&NetworkResults> = networks.iter().filter(|network| keep(network)).collect();
        let scores: Vec<f64> = kept.iter().map(|network| network.scores[metric]).collect();
        let accuracies: Vec<f64> = kept.iter().map(|network| network.accuracy).collect();
        rank_agreement(&scores, &accuracies, 1, Some(interval))
    };
    catalogue(interval.seed)
        .iter()
        .map(|metric| {
            Ok(MetricResults {
                metric: metric.name().to_owned(),
                all: over(metric.name(), |_| true)?,
                other_data: over(metric.name(), |network| !network.same_data)?,
            })
        })
        .collect()
}
