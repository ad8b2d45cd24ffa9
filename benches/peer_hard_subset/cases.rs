//! The cases, each with its inputs in memory.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use hard_subset::{
    Activations, ClassAgnostic, Hardness, Haste, NearestSources, PrototypeFit, References, SubsetSpec,
    gram_statistics,
};
use tensor_core::{Kind, Seed, Tensor, array_io, convert, random};
use transferability_metrics::{
    Features, Gbc, HScore, Labels, Leep, LogMe, LogMeMode, Metric, Nce, Probabilities, RegularizedHScore,
    Sample, TransRate, nce_from_predictions,
};

use crate::inputs::{self, Sizes};
use crate::stream::Stream;
use crate::timing::Floor;

/// Every case, as small as it runs without a folder; `stream` ends in its number of rows.
pub(crate) const CASES: [&str; 13] = [
    "top-k",
    "top-k-memory",
    "mean",
    "gram",
    "half-logme",
    "half-hscore",
    "half-hscore-reg",
    "half-transrate",
    "half-leep",
    "half-nce",
    "sweep",
    "full-evaluation",
    "stream-3000",
];

const LAYER: &str = "features";
const ORDERS: [u32; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const FRACTIONS: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// Where inputs come from.
#[derive(Debug)]
pub(crate) enum Inputs {
    /// The script's files.
    Folder(PathBuf),
    /// Nowhere: small ones are drawn.
    Drawn,
}

/// What came out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) value: f64,
    /// Where less is timed than what ran.
    pub(crate) seconds: Option<f64>,
}

/// A case with its inputs in memory.
pub(crate) struct Prepared {
    work: Box<dyn FnMut() -> Result<Outcome>>,
    /// Whether the memory that it holds is part of the comparison.
    pub(crate) counts_memory: bool,
    /// The work that no algorithm for the case can avoid, where it is known.
    pub(crate) floor: Option<Floor>,
}

impl Prepared {
    fn new(mut work: impl FnMut() -> Result<f64> + 'static) -> Self {
        Self {
            work: Box::new(move || {
                Ok(Outcome {
                    value: work()?,
                    seconds: None,
                })
            }),
            counts_memory: false,
            floor: None,
        }
    }

    fn with_floor(self, floor: Floor) -> Self {
        Self {
            floor: Some(floor),
            ..self
        }
    }

    pub(crate) fn run(&mut self) -> Result<Outcome> {
        (self.work)()
    }
}

pub(crate) fn prepare(case: &str, inputs: &Inputs) -> Result<Prepared> {
    if let Some(metric) = case.strip_prefix("half-") {
        return half(metric, inputs);
    }
    if let Some(n_rows) = case.strip_prefix("stream-") {
        return stream(n_rows.parse().context("a number of rows")?, inputs);
    }
    match case {
        "top-k" => top_k(inputs),
        "top-k-memory" => Ok(Prepared {
            counts_memory: true,
            ..top_k(inputs)?
        }),
        "mean" => mean(inputs),
        "gram" => gram(inputs),
        "sweep" => sweep(inputs),
        "full-evaluation" => full_evaluation(inputs),
        _ => bail!("there is no case `{case}`"),
    }
}

fn top_k(inputs: &Inputs) -> Result<Prepared> {
    let [source, target] = inputs.similarity_rows()?;
    // A multiplication and an addition of each pair of features, in f32 at twice the rate of f64.
    let floor = Floor {
        flops: source.numel() as f64 * target.size()[0] as f64,
        ..Floor::default()
    };
    let prepared = Prepared::new(move || {
        let references = References::all(&Activations::single(LAYER, source.shallow_clone())?)?;
        let target = Activations::single(LAYER, target.shallow_clone())?;
        Ok(mean_of(
            &NearestSources::default().hardness(&references, &target)?.combined,
        ))
    });
    Ok(prepared.with_floor(floor))
}

fn mean(inputs: &Inputs) -> Result<Prepared> {
    let [source, target] = inputs.similarity_rows()?;
    // Each row is read once.
    let floor = Floor {
        bytes: (size_of::<f32>() * (source.numel() + target.numel())) as f64,
        ..Floor::default()
    };
    let prepared = Prepared::new(move || {
        let mut fit = PrototypeFit::new(&[(LAYER, source.size()[1] as usize)], 1)?;
        fit.observe_unlabelled(&Activations::single(LAYER, source.shallow_clone())?)?;
        let target = Activations::single(LAYER, target.shallow_clone())?;
        let hardness = ClassAgnostic::default().hardness(&fit.finish()?, &target)?;
        Ok(mean_of(&hardness.combined))
    });
    Ok(prepared.with_floor(floor))
}

fn gram(inputs: &Inputs) -> Result<Prepared> {
    let activations = match inputs {
        Inputs::Folder(_) => inputs.tensor("activations")?,
        Inputs::Drawn => drawn("activations", &[4, 3, 2, 2])?,
    };
    Ok(Prepared::new(move || {
        let statistics = gram_statistics(&activations, &ORDERS)?;
        Ok(f64::try_from(statistics.f_mean(Kind::Double)?)?)
    }))
}

/// The hardest half of each class, scored.
fn half(metric: &str, inputs: &Inputs) -> Result<Prepared> {
    let spec = SubsetSpec::default();
    let of_probabilities = matches!(metric, "leep" | "nce");
    let (labels, hardness) = inputs.labels(if of_probabilities {
        "probability"
    } else {
        "feature"
    })?;
    if metric == "nce" {
        let predictions = inputs.predictions()?;
        return Ok(Prepared::new(move || {
            let labels = Labels::new(&labels)?;
            let subset = spec.select(&Hardness::new(hardness.clone())?, &labels)?;
            let kept = subset.rows().iter();
            let (predictions, labels): (Vec<usize>, Vec<i64>) = kept
                .map(|&row| (predictions[row], labels.classes()[labels.indices()[row]]))
                .unzip();
            Ok(nce_from_predictions(&predictions, &Labels::new(&labels)?, None)?)
        }));
    }
    let rows = if of_probabilities {
        inputs.probabilities()?
    } else {
        inputs.features()?
    };
    let metric: Box<dyn Metric> = match metric {
        "logme" => Box::new(LogMe {
            mode: LogMeMode::Tllib,
        }),
        "hscore" => Box::new(HScore),
        "hscore-reg" => Box::new(RegularizedHScore),
        "transrate" => Box::new(TransRate::default()),
        "leep" => Box::new(Leep),
        _ => bail!("there is no case half-{metric}"),
    };
    Ok(Prepared::new(move || {
        let sample = Sample::new(Labels::new(&labels)?);
        let sample = if of_probabilities {
            sample.with_probabilities(Probabilities::new(rows.shallow_clone())?)?
        } else {
            sample.with_features(Features::new(rows.shallow_clone())?)?
        };
        let subset = spec.select(&Hardness::new(hardness.clone())?, sample.labels())?;
        Ok(metric.score_subset(&sample, subset.rows())?)
    }))
}

/// The five metrics of the sweep.
fn five_metrics() -> [Box<dyn Metric>; 5] {
    [
        Box::new(Nce),
        Box::new(Leep),
        Box::new(LogMe::default()),
        Box::new(Gbc::default()),
        Box::new(RegularizedHScore),
    ]
}

fn sweep(inputs: &Inputs) -> Result<Prepared> {
    let (sample, hardness) = sweep_sample(inputs)?;
    Ok(Prepared::new(move || {
        let mut sum = 0.0;
        for metric in five_metrics() {
            let haste = Haste {
                metric,
                subset: SubsetSpec::default(),
            };
            let scores = haste.sweep(&sample, &hardness, &FRACTIONS)?;
            sum += scores.iter().map(|score| score.score).sum::<f64>();
        }
        Ok(sum)
    }))
}

fn full_evaluation(inputs: &Inputs) -> Result<Prepared> {
    let (sample, _) = sweep_sample(inputs)?;
    Ok(Prepared::new(move || {
        let mut sum = 0.0;
        for metric in five_metrics() {
            sum += metric.score(&sample)?;
        }
        Ok(sum)
    }))
}

/// Ten thousand samples of 512 features, `f32`, and 100 source classes, drawn here.
fn sweep_sample(inputs: &Inputs) -> Result<(Sample, Hardness)> {
    let sizes = |samples, columns, classes| Sizes {
        samples,
        columns,
        classes,
    };
    let (of_features, of_probabilities) = match inputs {
        Inputs::Folder(_) => (sizes(10_000, 512, 100), sizes(10_000, 100, 100)),
        Inputs::Drawn => (sizes(300, 8, 4), sizes(300, 5, 4)),
    };
    let labels = inputs::labels(of_features);
    let features = inputs::features(of_features, &labels)?.f_to_kind(Kind::Float)?;
    let sample = Sample::new(Labels::new(&labels)?)
        .with_features(Features::new(features)?)?
        .with_probabilities(Probabilities::new(inputs::probabilities(of_probabilities)?)?)?;
    Ok((sample, Hardness::random(of_features.samples, Seed::new(1), 0)?))
}

fn stream(n_rows: usize, inputs: &Inputs) -> Result<Prepared> {
    let n_features = match inputs {
        Inputs::Folder(_) => 2048,
        Inputs::Drawn => 16,
    };
    let stream = Stream::new(n_rows, n_features)?;
    Ok(Prepared {
        work: Box::new(move || {
            let (value, seconds) = stream.fit()?;
            Ok(Outcome {
                value,
                seconds: Some(seconds),
            })
        }),
        counts_memory: true,
        floor: Some(Floor {
            bytes: (size_of::<f32>() * n_rows * n_features) as f64,
            ..Floor::default()
        }),
    })
}

impl Inputs {
    /// Source and target rows of the similarities.
    fn similarity_rows(&self) -> Result<[Tensor; 2]> {
        Ok(match self {
            Self::Folder(_) => [self.tensor("source")?, self.tensor("target")?],
            Self::Drawn => [drawn("source", &[40, 8])?, drawn("target", &[30, 8])?],
        })
    }

    /// Labels and hardness of the samples of a metric on features or on probabilities.
    fn labels(&self, of: &str) -> Result<(Vec<i64>, Vec<f64>)> {
        if let Self::Folder(_) = self {
            let labels = convert::vector::<i64>("labels", &self.tensor(&format!("{of}_labels"))?)?;
            let hardness = convert::vector::<f64>("hardness", &self.tensor(&format!("{of}_hardness"))?)?;
            return Ok((labels, hardness));
        }
        let sizes = match of {
            "feature" => inputs::feature_sizes(false),
            _ => inputs::probability_sizes(false),
        };
        let hardness = Hardness::random(sizes.samples, Seed::new(1), 0)?;
        Ok((inputs::labels(sizes), hardness.into()))
    }

    fn features(&self) -> Result<Tensor> {
        if let Self::Folder(_) = self {
            return self.tensor("features");
        }
        let sizes = inputs::feature_sizes(false);
        inputs::features(sizes, &inputs::labels(sizes))
    }

    fn probabilities(&self) -> Result<Tensor> {
        match self {
            Self::Folder(_) => self.tensor("probabilities"),
            Self::Drawn => inputs::probabilities(inputs::probability_sizes(false)),
        }
    }

    fn predictions(&self) -> Result<Vec<usize>> {
        let predictions = match self {
            Self::Folder(_) => convert::vector::<i64>("predictions", &self.tensor("predictions")?)?,
            Self::Drawn => inputs::predictions(&inputs::probabilities(inputs::probability_sizes(false))?)?,
        };
        let predictions = predictions.into_iter().map(usize::try_from);
        predictions.collect::<Result<_, _>>().context("a negative class")
    }

    fn tensor(&self, name: &str) -> Result<Tensor> {
        match self {
            Self::Folder(folder) => Ok(array_io::read_npy(folder.join(format!("{name}.npy")))?),
            Self::Drawn => bail!("{name} is not drawn"),
        }
    }
}

/// Rectified normal numbers, `f32`.
fn drawn(label: &str, shape: &[i64]) -> Result<Tensor> {
    Ok(random::normal(&mut Seed::new(1).stream(label, 0), shape, Kind::Float)?.f_relu()?)
}

fn mean_of(hardness: &Hardness) -> f64 {
    hardness.values().iter().sum::<f64>() / hardness.len() as f64
}
