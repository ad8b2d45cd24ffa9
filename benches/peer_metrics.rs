//! Our side of `cargo xtask peers metrics`: scores and least CPU times on the inputs that `peers/metrics.py` wrote.
//!
//! `--dir DIR --case CASE` prints one JSON object: the score, the least CPU seconds of the repetitions, and the floor,
//! the work that no algorithm for the case can avoid. A case is timed from tensors in memory to the score, the checks
//! of the constructors included; libtorch has one thread. The case `machine` measures what a floor is divided by.
//!
//! Without `--dir` every case runs once on small inputs, so that a test of the benchmarks runs this one too.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

mod inputs;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cpu_time::ProcessTime;
use serde::Serialize;
use serde_json::json;
use tensor_core::{Device, Kind, Tensor, array_io, convert};
use transferability_metrics::{
    Features, HScore, Labels, Leep, LogMe, LogMeMode, Metric, Probabilities, RegularizedHScore, Sample,
    TransRate, nce_from_predictions,
};

const CASES: [&str; 8] = [
    "logme",
    "logme-fixed-point",
    "logme-converged",
    "hscore",
    "hscore-reg",
    "transrate",
    "leep",
    "nce",
];

/// Repetitions stop after this many, or when this much time has passed: as in `peers/metrics.py`.
const REPETITIONS: usize = 5;
const BUDGET: Duration = Duration::from_secs(20);

fn main() -> Result<()> {
    tch::set_num_threads(1);
    let Some((folder, case)) = requested()? else {
        for case in CASES {
            let score = Inputs::drawn(case)?.score(case)?;
            anyhow::ensure!(score.is_finite(), "{case} scores {score}");
        }
        println!(
            "{} cases run once on small inputs; cargo xtask peers metrics times them",
            CASES.len()
        );
        return Ok(());
    };
    if case == "machine" {
        println!("{}", machine()?);
        return Ok(());
    }
    let inputs = Inputs::read(&folder, &case)?;
    let (score, seconds, repetitions) = least_cpu_time(|| inputs.score(&case))?;
    let record = json!({
        "case": case,
        "score": score,
        "seconds": seconds,
        "repetitions": repetitions,
        "threads": tch::get_num_threads(),
        "floor": inputs.floor(&case),
    });
    println!("{record}");
    Ok(())
}

/// The values of `--dir` and `--case`, if they are given. Whatever else cargo passes on is not for this program.
fn requested() -> Result<Option<(PathBuf, String)>> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |flag: &str| {
        let place = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(place + 1).cloned()
    };
    match (value("--dir"), value("--case")) {
        (None, None) => Ok(None),
        (Some(folder), Some(case)) if case == "machine" || CASES.contains(&case.as_str()) => {
            Ok(Some((folder.into(), case)))
        }
        (Some(_), Some(case)) => bail!("case `{case}` is not known: expected machine or one of {CASES:?}"),
        _ => bail!("--dir and --case go together"),
    }
}

enum Inputs {
    Features { features: Tensor, labels: Vec<i64> },
    Probabilities { probabilities: Tensor, labels: Vec<i64> },
    Predictions { predictions: Vec<i64>, labels: Vec<i64> },
}

impl Inputs {
    fn read(folder: &Path, case: &str) -> Result<Self> {
        let tensor = |name: &str| array_io::read_npy(folder.join(format!("{name}.npy")));
        let integers = |name: &str| convert::vector::<i64>(name, &tensor(name)?);
        Ok(match case {
            "leep" => Self::Probabilities {
                probabilities: tensor("probabilities")?,
                labels: integers("probability_labels")?,
            },
            "nce" => Self::Predictions {
                predictions: integers("predictions")?,
                labels: integers("probability_labels")?,
            },
            _ => Self::Features {
                features: tensor("features")?,
                labels: integers("feature_labels")?,
            },
        })
    }

    fn drawn(case: &str) -> Result<Self> {
        let sizes = inputs::probability_sizes(false);
        Ok(match case {
            "leep" => Self::Probabilities {
                probabilities: inputs::probabilities(sizes)?,
                labels: inputs::labels(sizes),
            },
            "nce" => Self::Predictions {
                predictions: inputs::predictions(&inputs::probabilities(sizes)?)?,
                labels: inputs::labels(sizes),
            },
            _ => {
                let sizes = inputs::feature_sizes(false);
                let labels = inputs::labels(sizes);
                Self::Features {
                    features: inputs::features(sizes, &labels)?,
                    labels,
                }
            }
        })
    }

    fn score(&self, case: &str) -> Result<f64> {
        match self {
            Self::Features { features, labels } => {
                let features = Features::new(features.shallow_clone())?;
                let sample = Sample::new(Labels::new(labels)?).with_features(features)?;
                Ok(feature_metric(case)?.score(&sample)?)
            }
            Self::Probabilities {
                probabilities,
                labels,
            } => {
                let probabilities = Probabilities::new(probabilities.shallow_clone())?;
                Ok(Leep.score(&Sample::new(Labels::new(labels)?).with_probabilities(probabilities)?)?)
            }
            Self::Predictions { predictions, labels } => {
                let predictions = predictions.iter().map(|&class| usize::try_from(class));
                let predictions = predictions
                    .collect::<Result<Vec<_>, _>>()
                    .context("a negative class")?;
                Ok(nce_from_predictions(&predictions, &Labels::new(labels)?, None)?)
            }
        }
    }

    /// The least work of the case, in floating-point operations at the rate of a matrix product and in bytes read.
    fn floor(&self, case: &str) -> Floor {
        let f64_bytes = size_of::<f64>() as f64;
        let (features, labels) = match self {
            // Each row enters the joint distribution, which is complete only then, and is read against it again.
            Self::Probabilities { probabilities, .. } => {
                return Floor {
                    flops: 0.0,
                    bytes: 2.0 * f64_bytes * probabilities.numel() as f64,
                };
            }
            Self::Predictions { predictions, labels } => {
                return Floor {
                    flops: 0.0,
                    bytes: f64_bytes * (predictions.len() + labels.len()) as f64,
                };
            }
            Self::Features { features, labels } => (features, labels),
        };
        let (n, d) = (features.size()[0] as f64, features.size()[1] as f64);
        let counts = class_counts(labels);
        let n_classes = counts.len() as f64;
        // Half of F^T F or of F F^T, whichever is smaller: both are symmetric. A multiplication and an addition count as two.
        let gram = |rows: f64, columns: f64| rows * columns * rows.min(columns);
        let cholesky = |order: f64| order.powi(3) / 3.0;
        // To tridiagonal form (4/3) and the eigenvectors back from it (2): the tridiagonal problem itself is free.
        let eigh = |order: f64| (4.0 / 3.0 + 2.0) * order.powi(3);
        let flops = gram(n, d)
            + match case {
                "hscore" | "hscore-reg" => cholesky(d) + n_classes * d * d,
                "transrate" => {
                    cholesky(d)
                        + counts
                            .iter()
                            .map(|&count| gram(count, d) + cholesky(count.min(d)))
                            .sum::<f64>()
                }
                _ => eigh(d) + 2.0 * n_classes * d * d,
            };
        Floor { flops, bytes: 0.0 }
    }
}

#[derive(Serialize)]
struct Floor {
    flops: f64,
    bytes: f64,
}

fn feature_metric(case: &str) -> Result<Box<dyn Metric>> {
    Ok(match case {
        "logme" => Box::new(LogMe {
            mode: LogMeMode::Tllib,
        }),
        "logme-fixed-point" => Box::new(LogMe {
            mode: LogMeMode::Thuml,
        }),
        "logme-converged" => Box::new(LogMe {
            mode: LogMeMode::Converged,
        }),
        "hscore" => Box::new(HScore),
        "hscore-reg" => Box::new(RegularizedHScore),
        "transrate" => Box::new(TransRate::default()),
        _ => bail!("{case} does not read features"),
    })
}

fn class_counts(labels: &[i64]) -> Vec<f64> {
    let mut counts = std::collections::BTreeMap::new();
    for label in labels {
        *counts.entry(label).or_insert(0.0) += 1.0;
    }
    counts.into_values().collect()
}

/// Rates of this machine with one thread: `f64` operations of a 2048^3 matrix product, and bytes read in a sum over
/// 400 MB.
fn machine() -> Result<serde_json::Value> {
    let order = 2048;
    let square = Tensor::f_ones([order, order], (Kind::Double, Device::Cpu))?.f_mul_scalar(0.5)?;
    let (_, product_seconds, _) = least_cpu_time(|| Ok(black_box(square.f_matmul(&square)?)))?;
    let long = Tensor::f_ones([50_000_000], (Kind::Double, Device::Cpu))?;
    let (_, sum_seconds, _) = least_cpu_time(|| Ok(black_box(long.f_sum(None)?)))?;
    Ok(json!({
        "case": "machine",
        "flops_per_second": 2.0 * (order as f64).powi(3) / product_seconds,
        "bytes_per_second": 8.0 * long.numel() as f64 / sum_seconds,
    }))
}

/// The result of `run`, the least CPU seconds of its repetitions, and their number.
fn least_cpu_time<T>(mut run: impl FnMut() -> Result<T>) -> Result<(T, f64, usize)> {
    let started = Instant::now();
    let mut least = f64::INFINITY;
    let mut repetitions = 0;
    loop {
        let before = ProcessTime::now();
        let result = run()?;
        least = least.min(before.elapsed().as_secs_f64());
        repetitions += 1;
        if repetitions >= REPETITIONS || started.elapsed() >= BUDGET {
            return Ok((result, least, repetitions));
        }
    }
}
