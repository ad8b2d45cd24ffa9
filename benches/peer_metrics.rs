//! Our side of `cargo xtask peers metrics`: scores and least CPU times on the inputs that `peers/metrics.py` wrote.
//!
//! `--dir DIR --case CASE` prints one JSON object: the score as its value, the least CPU seconds of the repetitions, and
//! the floor, the work that no algorithm for the case can avoid. A case is timed from tensors in memory to the score, the checks
//! of the constructors included; libtorch has one thread. The case `machine` measures what a floor is divided by.
//!
//! Without `--dir` every case runs once on small inputs, so that a test of the benchmarks runs this one too.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

mod inputs;
mod timing;

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tensor_core::{Tensor, array_io, convert};
use transferability_metrics::{
    Features, HScore, Labels, Leep, LogMe, LogMeMode, Metric, Probabilities, RegularizedHScore, Sample,
    TransRate, nce_from_predictions,
};

use crate::timing::Floor;

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

fn main() -> Result<()> {
    tch::set_num_threads(1);
    let Some((folder, case)) = timing::requested()? else {
        for case in CASES {
            let score = Inputs::drawn(case)?.score(case)?;
            ensure!(score.is_finite(), "{case} scores {score}");
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
    ensure!(
        CASES.contains(&case.as_str()),
        "case `{case}` is not known: expected machine or one of {CASES:?}"
    );
    let inputs = Inputs::read(&folder, &case)?;
    let (score, seconds, repetitions) = timing::least_cpu_time(|| inputs.score(&case))?;
    let record = json!({
        "case": case,
        "value": score,
        "seconds": seconds,
        "repetitions": repetitions,
        "threads": tch::get_num_threads(),
        "floor": inputs.floor(&case),
    });
    println!("{record}");
    Ok(())
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
                    bytes: 2.0 * f64_bytes * probabilities.numel() as f64,
                    ..Floor::default()
                };
            }
            Self::Predictions { predictions, labels } => {
                return Floor {
                    bytes: f64_bytes * (predictions.len() + labels.len()) as f64,
                    ..Floor::default()
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
        Floor {
            flops,
            ..Floor::default()
        }
    }
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

/// What the floors are divided by.
fn machine() -> Result<serde_json::Value> {
    Ok(json!({
        "case": "machine",
        "flops_per_second": timing::flops_per_second()?,
        "bytes_per_second": timing::bytes_per_second()?,
    }))
}
