//! `score`: scores of one network on one target sample, read from files.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tensor_core::report::{InputHash, Provenance};
use tensor_core::{Device, Kind, Seed, Tensor, array_io, check, convert, kind};
use transferability_metrics::{
    Error, Features, Labels, Metric, Probabilities, Requirement, Result, Sample, by_name, catalogue,
};

use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::exit::{bad_input, one_line};
use crate::support::output;
use crate::support::table::Table;
use crate::support::workers::Workers;

/// `--metric all`: every metric that reads what was given.
const ALL: &str = "all";
/// Kinds that labels are stored in.
const LABEL_KINDS: &[Kind] = &[Kind::Int64, Kind::Int];

/// Files and the metric.
#[derive(Debug, clap::Args)]
pub(crate) struct ScoreArguments {
    /// nce, leep, nleep, logme, hscore, hscore-reg, gbc, transrate, lfc, parc or sfda; `all` for those the files allow
    #[arg(long, value_name = "NAME")]
    metric: String,
    /// Features of the target samples: (n, d), float32 or float64
    #[arg(long, value_name = "F.npy")]
    features: Option<PathBuf>,
    /// Source-head probabilities of the target samples: (n, k), float32 or float64, rows on the simplex
    #[arg(long, value_name = "P.npy")]
    probs: Option<PathBuf>,
    /// Classes of the target samples: (n), int64 or int32, 0 or more
    #[arg(long, value_name = "y.npy")]
    labels: PathBuf,
    /// Frequency weights of the target samples: (n), float32 or float64, 0 or more
    #[arg(long, value_name = "w.npy")]
    weights: Option<PathBuf>,
    #[command(flatten)]
    run: RunArguments,
}

/// What `--json` prints for one metric.
#[derive(Serialize)]
struct OneScore {
    metric: &'static str,
    score: f64,
    #[serde(flatten)]
    run: Run,
}

/// What `--json` prints for all metrics.
#[derive(Serialize)]
struct AllScores {
    metric: &'static str,
    scores: Vec<NamedScore>,
    /// Metrics that were not computed, each with the reason.
    skipped: Vec<Skipped>,
    #[serde(flatten)]
    run: Run,
}

#[derive(Serialize)]
struct Run {
    n_samples: usize,
    n_classes: usize,
    seed: u64,
    provenance: Provenance,
}

#[derive(Serialize)]
struct NamedScore {
    metric: &'static str,
    score: f64,
}

#[derive(Serialize)]
struct Skipped {
    metric: &'static str,
    reason: String,
}

/// Scores the sample and prints the result.
pub(crate) fn run(arguments: &ScoreArguments) -> anyhow::Result<()> {
    let workers = Workers::start(arguments.run.threads()?)?;
    if arguments.metric == ALL {
        score_all(arguments, &workers)
    } else {
        score_one(arguments)
    }
}

fn score_one(arguments: &ScoreArguments) -> anyhow::Result<()> {
    let metric = by_name(&arguments.metric, Seed::new(arguments.run.seed)).map_err(from_metrics)?;
    if let Some(reason) = arguments.missing_input(metric.as_ref()) {
        return Err(bad_input(reason));
    }
    let (sample, run) = read(arguments)?;
    let score = metric.score(&sample).map_err(from_metrics)?;
    let metric = metric.name();
    if arguments.run.json {
        return output::result(&output::to_json(&OneScore { metric, score, run })?);
    }
    output::result(&format!("{metric} = {score}\n"))
}

fn score_all(arguments: &ScoreArguments, workers: &Workers) -> anyhow::Result<()> {
    let (sample, run) = read(arguments)?;
    let metrics = catalogue(Seed::new(arguments.run.seed));
    let rows: Vec<usize> = (0..sample.n_samples()).collect();
    // A tensor belongs to one thread at a time: each metric gets a copy of the sample.
    let sample = Mutex::new(sample);
    let total = metrics.len() as u64;
    let outcomes = workers.map(
        "scoring",
        &metrics,
        total,
        &mut Bars::default(),
        |metric, advance| {
            advance(1);
            if let Some(reason) = arguments.missing_input(metric.as_ref()) {
                return Ok(Err(reason));
            }
            let copy = sample
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .select(&rows)?;
            Ok(metric.score(&copy).map_err(|error| one_line(&error.to_string())))
        },
    )?;

    let (mut scores, mut skipped) = (Vec::new(), Vec::new());
    for (metric, outcome) in metrics.iter().map(Metric::name).zip(outcomes) {
        match outcome {
            Ok(score) => scores.push(NamedScore { metric, score }),
            Err(reason) => skipped.push(Skipped { metric, reason }),
        }
    }
    if arguments.run.json {
        return output::result(&output::to_json(&AllScores {
            metric: ALL,
            scores,
            skipped,
            run,
        })?);
    }
    let mut table = Table::new().words("metric").numbers("score");
    for NamedScore { metric, score } in &scores {
        table.row(vec![(*metric).to_owned(), score.to_string()]);
    }
    for Skipped { metric, reason } in &skipped {
        output::note(&format!("{metric} is left out: {reason}"));
    }
    output::result(&table.to_text())
}

impl ScoreArguments {
    /// Says which argument the metric lacks, if any.
    fn missing_input(&self, metric: &dyn Metric) -> Option<String> {
        let (given, argument) = match metric.requires() {
            Requirement::Features => (&self.features, "--features F.npy"),
            Requirement::Probabilities => (&self.probs, "--probs P.npy"),
        };
        given.is_none().then(|| {
            format!(
                "metric `{}` is computed from {argument}: it is missing",
                metric.name()
            )
        })
    }
}

/// Reads and checks every file that was given.
fn read(arguments: &ScoreArguments) -> anyhow::Result<(Sample, Run)> {
    let mut inputs = Vec::new();
    let mut load = |argument: &str, path: &Path| -> Result<(String, Tensor)> {
        let tensor = array_io::read_npy(path)?;
        inputs.push(InputHash::of_tensor(argument, &tensor)?);
        Ok((path.display().to_string(), tensor))
    };
    let labels = load("labels", &arguments.labels);
    let features = arguments
        .features
        .as_ref()
        .map(|path| load("features", path))
        .transpose();
    let probs = arguments
        .probs
        .as_ref()
        .map(|path| load("probs", path))
        .transpose();
    let weights = arguments
        .weights
        .as_ref()
        .map(|path| load("weights", path))
        .transpose();
    let sample = labels
        .and_then(|labels| build(labels, features?, probs?, weights?))
        .map_err(from_metrics)?;

    let run = Run {
        n_samples: sample.n_samples(),
        n_classes: sample.labels().n_classes(),
        seed: arguments.run.seed,
        provenance: Provenance {
            seed: Some(arguments.run.seed),
            inputs,
            ..Provenance::new(
                "transferability-metrics",
                env!("CARGO_PKG_VERSION"),
                Device::Cpu,
                Kind::Double,
            )
        },
    };
    Ok((sample, run))
}

/// Tensors with the names of their files.
fn build(
    (labels_name, labels): (String, Tensor),
    features: Option<(String, Tensor)>,
    probs: Option<(String, Tensor)>,
    weights: Option<(String, Tensor)>,
) -> Result<Sample> {
    kind::require(&labels_name, &labels, LABEL_KINDS)?;
    let labels = Labels::named(&labels_name, &convert::vector::<i64>(&labels_name, &labels)?)?;
    let n_labels = labels.len();
    let mut sample = Sample::new(labels);
    if let Some((name, tensor)) = features {
        sample = sample.with_features(Features::named(&name, tensor)?)?;
    }
    if let Some((name, tensor)) = probs {
        sample = sample.with_probabilities(Probabilities::named(&name, tensor)?)?;
    }
    if let Some((name, tensor)) = weights {
        kind::require(&name, &tensor, kind::FLOATS)?;
        let weights = convert::vector::<f64>(&name, &tensor)?;
        // Checked here under the file's name.
        check::same_length(&name, weights.len(), &labels_name, n_labels)?;
        check::weights(&name, &weights)?;
        sample = sample.with_weights(&weights)?;
    }
    Ok(sample)
}

/// What a metric or a check refuses, the user can mend; what libtorch refuses is a fault of ours.
fn from_metrics(error: Error) -> anyhow::Error {
    match error {
        Error::Core(tensor_core::Error::Torch { .. }) => error.into(),
        error => bad_input(error),
    }
}
