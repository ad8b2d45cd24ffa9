//! `score`: a metric on the hardest samples of one target, read from files.

mod hardness;
mod inputs;
mod methods;

use std::path::PathBuf;

use clap::ValueEnum;
use hard_subset::{
    Balance, ControlScores, Controls, Error, Haste, HasteScore, PrototypeOrigin, SubsetSize, SubsetSpec,
};
use serde::Serialize;
use serde_json::json;
use tensor_core::report::Provenance;
use tensor_core::{Device, Kind, Seed};
use transferability_metrics::{Labels, by_name};

use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::exit::bad_input;
use crate::support::output;
use crate::support::table::Table;
use crate::support::workers::Workers;

use hardness::{KernelName, MeasuredHardness, OnEmpty};
use inputs::Inputs;
use methods::HardnessMethod;

/// The share that is kept unless another size is given.
const DEFAULT_FRACTION: f64 = 0.5;

/// Files, the metric, how hardness is measured, and how much is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct ScoreArguments {
    /// nce, leep, nleep, logme, hscore, hscore-reg, gbc, transrate, lfc, parc or sfda
    #[arg(long, value_name = "NAME")]
    metric: String,
    /// What makes a target sample hard
    #[arg(long, value_enum, value_name = "NAME")]
    hardness: HardnessMethod,
    /// Activations of a layer on source samples: (n, c) or (n, c, h, w), float32 or float64; once for each layer
    #[arg(long, value_name = "S.npy")]
    source_acts: Vec<PathBuf>,
    /// Source class of each source sample, as the network predicts it: (n), int64 or int32
    #[arg(long, value_name = "z.npy")]
    source_preds: Option<PathBuf>,
    /// Activations of the same layers on the target samples, in the order of --source-acts
    #[arg(long, value_name = "T.npy")]
    target_acts: Vec<PathBuf>,
    /// Weights of the source classifier in place of source samples, for ca-mean, easy and cs-proto: (k, c), a row for each
    /// source class
    #[arg(long, value_name = "W.npy", conflicts_with_all = ["source_acts", "source_preds"])]
    classifier: Option<PathBuf>,
    /// Features of the target samples, for the metric: (m, d), float32 or float64 [default: the last --target-acts, pooled]
    #[arg(long, value_name = "F.npy")]
    features: Option<PathBuf>,
    /// Source-head probabilities of the target samples: (m, k), float32 or float64, rows on the simplex
    #[arg(long, value_name = "P.npy")]
    probs: Option<PathBuf>,
    /// Source-head logits of the target samples, for energy: (m, k), float32 or float64
    #[arg(long, value_name = "Z.npy")]
    logits: Option<PathBuf>,
    /// Hardness of the target samples, larger is harder, for `--hardness file`: (m), float32 or float64
    #[arg(long, value_name = "H.npy", aliases = ["eta", "scores"])]
    hardness_file: Option<PathBuf>,
    /// Classes of the target samples: (m), int64 or int32, 0 or more
    #[arg(long, value_name = "y.npy")]
    labels: PathBuf,
    /// Share of the target samples that is kept, above 0 and at most 1 [default: 0.5]
    #[arg(
        long,
        value_name = "SHARE",
        conflicts_with = "count",
        allow_negative_numbers = true
    )]
    rho: Option<f64>,
    /// Number of target samples that are kept
    #[arg(long, value_name = "K")]
    count: Option<usize>,
    /// Whether the hardest are kept of each class, or of all
    #[arg(long, value_enum, value_name = "NAME", default_value = "per-class")]
    balance: BalanceName,
    /// Samples of each class that are kept in any case, with --balance per-class
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_per_class: usize,
    /// Share of the very hardest that is left out first, at least 0 and below 1
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    trim: f64,
    /// Source samples that ca-topk compares with: the K most similar
    #[arg(long, value_name = "K", default_value_t = 10)]
    top_k: usize,
    /// Similarity of activations, for ca-mean, ca-topk and easy
    #[arg(long, value_enum, value_name = "NAME", default_value = "cosine")]
    kernel: KernelName,
    /// Distance at which the rbf kernel is exp(-1/2)
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    bandwidth: Option<f64>,
    /// Subtract the mean of the source from activations first, for ca-* and cs-proto*
    #[arg(long)]
    centre: bool,
    /// What stands in for a source class without source samples, for cs-*: all classes, or an error
    #[arg(long, value_enum, value_name = "NAME", default_value = "fallback")]
    on_empty: OnEmpty,
    /// Also score so many random subsets of the same size, and the easiest
    #[arg(long, value_name = "N")]
    random_draws: Option<usize>,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum BalanceName {
    PerClass,
    Global,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    /// Metric, scores, and what is kept.
    #[serde(flatten)]
    score: HasteScore,
    hardness: &'static str,
    /// Target samples whose source class had no source samples.
    n_fallbacks: usize,
    /// Zero vectors among the target's activations.
    n_zero_rows: usize,
    reads_target_labels: bool,
    /// Where prototypes come from, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    prototypes: Option<PrototypeOrigin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    controls: Option<PrintedControls>,
    n_classes: usize,
    seed: u64,
    provenance: Provenance,
}

#[derive(Serialize)]
struct PrintedControls {
    n_draws: usize,
    mean: f64,
    standard_deviation: f64,
    /// Of the easiest samples.
    easy: f64,
    z: Option<f64>,
    p_value: f64,
}

/// Scores the hardest samples and prints the result.
pub(crate) fn run(arguments: &ScoreArguments) -> anyhow::Result<()> {
    let seed = Seed::new(arguments.run.seed);
    let metric = by_name(&arguments.metric, seed).map_err(|error| from_hard_subset(Error::Metric(error)))?;
    let haste = Haste {
        subset: arguments.subset(),
        metric,
    };
    haste.subset.validate().map_err(from_hard_subset)?;
    let fault = arguments
        .missing_for_metric(haste.metric.as_ref())
        .or_else(|| arguments.fault_of_hardness());
    if let Some(fault) = fault {
        return Err(bad_input(fault));
    }
    let workers = Workers::start(arguments.run.threads()?)?;
    workers.install(|| score(arguments, &haste, seed))
}

fn score(
    arguments: &ScoreArguments,
    haste: &Haste<Box<dyn transferability_metrics::Metric>>,
    seed: Seed,
) -> anyhow::Result<()> {
    let inputs = Inputs::read(arguments).map_err(from_hard_subset)?;
    let measured = MeasuredHardness::of(arguments, &inputs).map_err(from_hard_subset)?;
    let hashes = inputs.hashes.clone();
    let sample = inputs
        .into_sample(haste.metric.requires())
        .map_err(from_hard_subset)?;

    let score = haste
        .score(&sample, &measured.hardness)
        .map_err(from_hard_subset)?;
    let controls = arguments
        .random_draws
        .map(|n_draws| {
            let controls = Controls {
                n_draws,
                seed: seed.derive("controls"),
            };
            controls.of(haste, &sample, &measured.hardness, &score, &mut Bars::default())
        })
        .transpose()
        .map_err(from_hard_subset)?;
    if score.constant_hardness {
        output::note(&format!(
            "warning: {} is the same for all samples: the subset is chosen by index and means nothing{}",
            arguments.hardness.name(),
            measured.why_constant
        ));
    }
    let printed = Printed {
        hardness: arguments.hardness.name(),
        n_fallbacks: measured.n_fallbacks,
        n_zero_rows: measured.n_zero_rows,
        reads_target_labels: measured.reads_target_labels,
        prototypes: measured.prototypes,
        controls: controls.map(PrintedControls::from),
        n_classes: sample.labels().n_classes(),
        seed: arguments.run.seed,
        provenance: Provenance {
            seed: Some(arguments.run.seed),
            parameters: json!({
                "hardness": measured.parameters,
                "subset": haste.subset,
                "random_draws": arguments.random_draws,
            }),
            inputs: hashes,
            ..Provenance::new(
                "hard-subset",
                env!("CARGO_PKG_VERSION"),
                Device::Cpu,
                Kind::Double,
            )
        },
        score,
    };
    if arguments.run.json {
        return output::result(&output::to_json(&printed)?);
    }
    output::result(&text(&printed, sample.labels()))
}

impl ScoreArguments {
    fn subset(&self) -> SubsetSpec {
        SubsetSpec {
            size: match self.count {
                Some(count) => SubsetSize::Count(count),
                None => SubsetSize::Fraction(self.rho.unwrap_or(DEFAULT_FRACTION)),
            },
            balance: match self.balance {
                BalanceName::PerClass => Balance::PerClass,
                BalanceName::Global => Balance::Global,
            },
            min_per_class: self.min_per_class,
            trim: self.trim,
        }
    }
}

impl From<ControlScores> for PrintedControls {
    fn from(scores: ControlScores) -> Self {
        Self {
            n_draws: scores.random.len(),
            mean: scores.mean,
            standard_deviation: scores.standard_deviation,
            easy: scores.easy,
            z: scores.z,
            p_value: scores.p_value,
        }
    }
}

/// The scores, and what is kept of each class.
fn text(printed: &Printed, labels: &Labels) -> String {
    let score = &printed.score;
    let n_kept = score.n_kept.to_string();
    let mut scores = Table::new()
        .words("samples")
        .numbers("number")
        .numbers(score.metric.as_str());
    let mut add = |samples: &str, number: &str, score: f64| {
        scores.row(vec![samples.to_owned(), number.to_owned(), score.to_string()]);
    };
    add("all", &score.n_samples.to_string(), score.base_score);
    add(&format!("hardest by {}", printed.hardness), &n_kept, score.score);
    let mut closing = String::new();
    if let Some(controls) = &printed.controls {
        add("easiest", &n_kept, controls.easy);
        add(
            &format!("random, mean of {}", controls.n_draws),
            &n_kept,
            controls.mean,
        );
        let z = controls.z.map_or("undefined".to_owned(), |z| format!("{z:.2}"));
        closing = format!("\nhardest against random: z = {z}, p = {:.3}\n", controls.p_value);
    }
    let mut classes = Table::new().words("class").numbers("kept").numbers("of");
    for ((class, kept), of) in score.per_class_kept.iter().zip(labels.counts()) {
        classes.row(vec![class.to_string(), kept.to_string(), of.to_string()]);
    }
    format!("{}\n{}{closing}", scores.to_text(), classes.to_text())
}

/// What the crate refuses, the user can mend; what libtorch refuses is a fault of ours.
fn from_hard_subset(error: Error) -> anyhow::Error {
    use tensor_core::Error::Torch;
    match error {
        Error::Core(Torch { .. }) | Error::Metric(transferability_metrics::Error::Core(Torch { .. })) => {
            error.into()
        }
        error => bad_input(error),
    }
}
