//! `ensemble`: the choice of an ensemble of pre-trained networks, from a pool that a file describes.

mod pool_file;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use ot_transferability::{
    DomainDistance, EnsembleMethod, EnsembleScore, Exact, Exhaustive, FeatureScale, Frobenius, Pool,
    Selection, SelectionStatus, Sinkhorn, Solver, Swap, Warning, greedy, lazy_greedy,
};
use serde::Serialize;
use serde_json::json;
use tensor_core::report::Provenance;
use tensor_core::{Device, Kind};

use crate::ot::from_ot;
use crate::support::arguments::RunArguments;
use crate::support::bars::Bars;
use crate::support::output;
use crate::support::table::Table;
use crate::support::workers::Workers;

use pool_file::PoolFile;

/// What `--help` says of `pool.json`.
const POOL_FORMAT: &str = r#"The models and their files: a JSON object whose paths are relative to its own folder

  {
    "target_labels": "y.npy",
    "models": [
      {
        "name": "resnet",
        "source_features": "F.npy",
        "source_labels": "ys.npy",
        "target_features": "T.npy",
        "target_probabilities": "P.npy"
      }
    ]
  }

target_labels (m) and source_labels (n) are int64 or int32; source_features (n, d), target_features (m, d) and
target_probabilities (m, k) float32 or float64. n, d and k may differ between models. What the score does not read
may be left out: only osborn, osborn-otce, osborn-nce and otce-sum read features and source labels, and all but
otce-sum read probabilities."#;

/// How an ensemble of the size is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Strategy {
    /// The member of largest gain, again and again
    Greedy,
    /// As greedy, with fewer gains computed where the score is submodular
    Lazy,
    /// The best of all ensembles
    Exhaustive,
    /// Greedy, then exchanges of one member while the score rises
    Swap,
}

/// The solver of the transport between source and target features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TransportSolver {
    Exact,
    Sinkhorn,
    Frobenius,
}

/// How features are scaled before their distance is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scale {
    /// As they are
    Raw,
    /// Each row over its Euclidean norm
    UnitRows,
    /// All over the root of their total variance
    TotalVariance,
}

/// The pool, and which ensemble of it is wanted.
#[derive(Debug, clap::Args)]
pub(crate) struct EnsembleArguments {
    /// The models and their files; --help shows the format
    #[arg(long, value_name = "pool.json", long_help = POOL_FORMAT)]
    pool: PathBuf,
    /// Number of models in the ensemble
    #[arg(long, value_name = "K")]
    size: usize,
    /// How it is searched for
    #[arg(long, value_enum, value_name = "NAME", default_value = "greedy")]
    strategy: Strategy,
    /// osborn, osborn-otce, osborn-nce, otce-sum, ms-leep, e-leep, iou-eep, soft-iou-eep, ms-leep+cohesion or
    /// e-leep+cohesion; `otce` and `nce` stand for osborn-otce and osborn-nce
    #[arg(long, value_name = "NAME", default_value = "osborn")]
    score: String,
    /// Solver of the transport between source and target features
    #[arg(long, value_enum, value_name = "NAME", default_value = "exact")]
    solver: TransportSolver,
    /// How features are scaled before their distance is taken
    #[arg(long, value_enum, value_name = "NAME", default_value = "raw")]
    feature_scale: Scale,
    #[command(flatten)]
    run: RunArguments,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    method: &'a str,
    strategy: Strategy,
    /// Names, in the order in which they were chosen.
    ensemble: Vec<&'a str>,
    /// Higher is better.
    score: f64,
    terms: BTreeMap<String, f64>,
    /// What each model added to the score of those before it.
    gains: Vec<f64>,
    runner_up_gaps: Vec<Option<f64>>,
    status: SelectionStatus,
    evaluations: u64,
    warnings: Vec<PrintedWarning<'a>>,
    n_models: usize,
    n_samples: usize,
    n_classes: usize,
    seed: u64,
    provenance: Provenance,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum PrintedWarning<'a> {
    ConstantPredictor { model: &'a str, class: usize },
}

/// Chooses the ensemble and prints it.
pub(crate) fn run(arguments: &EnsembleArguments) -> anyhow::Result<()> {
    let name = match arguments.score.as_str() {
        "otce" => "osborn-otce",
        "nce" => "osborn-nce",
        name => name,
    };
    let method: EnsembleMethod = name.parse().map_err(from_ot)?;
    let distance = arguments.distance();
    let workers = Workers::start(arguments.run.threads()?)?;
    let file = PoolFile::read(&arguments.pool)?;
    file.check(arguments.size, &method).map_err(from_ot)?;
    let (pool, inputs) = file.load(&method, &distance, &workers)?;

    let selection = workers
        .install(|| -> ot_transferability::Result<Selection> {
            let score = method.on(&pool)?;
            arguments.strategy.select(score.as_ref(), arguments.size)
        })
        .map_err(from_ot)?;
    let warnings: Vec<PrintedWarning<'_>> = pool
        .warnings()
        .into_iter()
        .map(|warning| named(&pool, warning))
        .collect();
    for PrintedWarning::ConstantPredictor { model, class } in &warnings {
        output::note(&format!(
            "warning: {model} predicts source class {class} for every target sample: its conditional entropies are 0, \
             which scores read as agreement"
        ));
    }
    let names = pool.names();
    let printed = Printed {
        method: name,
        strategy: arguments.strategy,
        ensemble: selection.members.iter().map(|&member| names[member]).collect(),
        score: selection.score,
        terms: selection.terms,
        gains: selection.gains,
        runner_up_gaps: selection.runner_up_gaps,
        status: selection.status,
        evaluations: selection.evaluations,
        warnings,
        n_models: pool.len(),
        n_samples: pool.labels().len(),
        n_classes: pool.labels().n_classes(),
        seed: arguments.run.seed,
        provenance: Provenance {
            seed: Some(arguments.run.seed),
            parameters: json!({"size": arguments.size, "method": method, "domain_distance": distance}),
            inputs,
            ..Provenance::new(
                "ot-transferability",
                env!("CARGO_PKG_VERSION"),
                Device::Cpu,
                Kind::Double,
            )
        },
    };
    if arguments.run.json {
        return output::result(&output::to_json(&printed)?);
    }
    output::result(&table(&printed))
}

impl EnsembleArguments {
    fn distance(&self) -> DomainDistance {
        DomainDistance {
            scale: match self.feature_scale {
                Scale::Raw => FeatureScale::Raw,
                Scale::UnitRows => FeatureScale::UnitRows,
                Scale::TotalVariance => FeatureScale::TotalVariance,
            },
            solver: match self.solver {
                TransportSolver::Exact => Solver::Exact(Exact::default()),
                TransportSolver::Sinkhorn => Solver::Sinkhorn(Sinkhorn::default()),
                TransportSolver::Frobenius => Solver::Frobenius(Frobenius::default()),
            },
            ..DomainDistance::default()
        }
    }
}

impl Strategy {
    fn select(self, score: &dyn EnsembleScore, size: usize) -> ot_transferability::Result<Selection> {
        match self {
            Self::Greedy => greedy(score, size),
            Self::Lazy => lazy_greedy(score, size),
            Self::Exhaustive => Exhaustive::default().select_with(score, size, &mut Bars::default()),
            Self::Swap => Swap::default().select(score, size),
        }
    }
}

fn named(pool: &Pool, warning: Warning) -> PrintedWarning<'_> {
    match warning {
        Warning::ConstantPredictor { member, class } => PrintedWarning::ConstantPredictor {
            model: pool.members()[member].name(),
            class,
        },
    }
}

fn table(printed: &Printed<'_>) -> String {
    let mut models = Table::new().words("model").numbers("gain");
    for (name, gain) in printed.ensemble.iter().zip(&printed.gains) {
        models.row(vec![(*name).to_owned(), gain.to_string()]);
    }
    let mut terms = Table::new().words("term").numbers("value");
    terms.row(vec![printed.method.to_owned(), printed.score.to_string()]);
    for (term, value) in &printed.terms {
        terms.row(vec![term.clone(), value.to_string()]);
    }
    format!("{}\n{}", models.to_text(), terms.to_text())
}
