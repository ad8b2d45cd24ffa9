//! Numbers that explain what hard subsets do: how they overlap, what they have in common, how far scores on them can be
//! trusted.

use hard_subset::Hardness;
use serde::{Deserialize, Serialize};
use tensor_core::{Seed, numeric};
use transferability_metrics::Labels;

use super::comparison::Task;
use super::experiment::Experiment;
use super::observation::{Measured, Observation, Side};
use crate::measure::Measure;
use crate::scorers::{METRICS, subset_of};

/// What is known of a group's hardnesses and scores. All numbers are means over the targets; at the middle fraction where one
/// is needed. Nothing stands where no number is defined.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Diagnostics {
    pub(crate) measures: Vec<MeasureDiagnostics>,
    /// Mean Jaccard index of random subsets of pairs of networks.
    pub(crate) random_overlap: Option<f64>,
    /// Spearman's correlation over samples of each measure with each, the mean over the networks.
    pub(crate) measure_agreement: Vec<Vec<Option<f64>>>,
    pub(crate) metrics: Vec<MetricDiagnostics>,
}

/// One measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MeasureDiagnostics {
    pub(crate) measure: Measure,
    /// Mean Jaccard index of the hard subsets of pairs of networks.
    pub(crate) overlap: Option<f64>,
    /// Spearman's correlation over samples between pairs of networks.
    pub(crate) network_agreement: Option<f64>,
    /// Spearman's correlation over samples between pairs of layers.
    pub(crate) layer_agreement: Option<f64>,
    /// Share of the networks for which all samples are equally hard.
    pub(crate) constant: f64,
    /// Share of the samples whose source class has no source sample.
    pub(crate) fallbacks: f64,
    /// Spearman's correlation over networks of the mean hardness with the fine-tuned accuracy.
    pub(crate) level_and_accuracy: Option<f64>,
}

/// One metric: Spearman's correlations over the networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MetricDiagnostics {
    pub(crate) metric: String,
    /// Between two random halves of each network's samples.
    pub(crate) random_halves: Option<f64>,
    /// Between random subsets and the whole sample.
    pub(crate) random_and_base: Option<f64>,
    pub(crate) measures: Vec<ScoreDiagnostics>,
}

/// One metric on one measure's subsets: Spearman's correlations over the networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ScoreDiagnostics {
    pub(crate) measure: Measure,
    /// Between the hard and the easy half.
    pub(crate) hard_and_easy: Option<f64>,
    /// Between the hard subset and the whole sample.
    pub(crate) hard_and_base: Option<f64>,
    /// Between the network's mean hardness and its score on the hard subset.
    pub(crate) level_and_hard: Option<f64>,
    /// Between the network's mean hardness and its score on the whole sample.
    pub(crate) level_and_base: Option<f64>,
}

impl Diagnostics {
    pub(super) fn of(experiment: &Experiment, tasks: &[Task<'_>], seed: Seed) -> anyhow::Result<Self> {
        let measures = experiment.measures.iter().map(|&measure| {
            let of_task = |task: &Task<'_>| MeasureNumbers::of(experiment, task, measure);
            let numbers = tasks.iter().map(of_task).collect::<anyhow::Result<Vec<_>>>()?;
            let mean_of = |of: fn(&MeasureNumbers) -> Option<f64>| mean(numbers.iter().map(of));
            Ok(MeasureDiagnostics {
                measure,
                overlap: mean_of(|numbers| numbers.overlap),
                network_agreement: mean_of(|numbers| numbers.network_agreement),
                layer_agreement: mean_of(|numbers| numbers.layer_agreement),
                constant: mean_of(|numbers| numbers.constant).unwrap_or_default(),
                fallbacks: mean_of(|numbers| numbers.fallbacks).unwrap_or_default(),
                level_and_accuracy: mean_of(|numbers| numbers.level_and_accuracy),
            })
        });
        let random_overlap = tasks.iter().map(|task| random_overlap(experiment, task, seed));
        Ok(Self {
            measures: measures.collect::<anyhow::Result<_>>()?,
            random_overlap: mean(random_overlap.collect::<anyhow::Result<Vec<_>>>()?.into_iter()),
            measure_agreement: measure_agreement(experiment, tasks)?,
            metrics: (0..METRICS.len())
                .filter_map(|metric| metric_diagnostics(experiment, tasks, metric).transpose())
                .collect::<anyhow::Result<_>>()?,
        })
    }
}

/// One measure on one target.
struct MeasureNumbers {
    overlap: Option<f64>,
    network_agreement: Option<f64>,
    layer_agreement: Option<f64>,
    constant: Option<f64>,
    fallbacks: Option<f64>,
    level_and_accuracy: Option<f64>,
}

impl MeasureNumbers {
    fn of(experiment: &Experiment, task: &Task<'_>, measure: Measure) -> anyhow::Result<Self> {
        let measured: Vec<&Measured> = task
            .observations()
            .filter_map(|observation| {
                observation
                    .measured
                    .iter()
                    .find(|measured| measured.measure == measure)
            })
            .collect();
        let hardness: Vec<&Hardness> = measured.iter().map(|measured| &measured.hardness).collect();
        let share = |count: usize, of: usize| (of > 0).then(|| count as f64 / of as f64);
        let n_constant = hardness.iter().filter(|hardness| hardness.is_constant()).count();
        let n_fallbacks = measured.iter().map(|measured| measured.n_fallbacks).sum();
        let levels = levels(task, measure);
        Ok(Self {
            overlap: overlap(experiment, task, &hardness)?,
            network_agreement: mean(
                pairs(&hardness)
                    .map(|(left, right)| numeric::spearman(left.values(), right.values()))
                    .collect::<tensor_core::Result<Vec<_>>>()?
                    .into_iter(),
            ),
            layer_agreement: mean(
                measured
                    .iter()
                    .flat_map(|measured| measured.layer_agreement.iter().copied()),
            ),
            constant: share(n_constant, hardness.len()),
            fallbacks: share(n_fallbacks, hardness.iter().map(|hardness| hardness.len()).sum()),
            level_and_accuracy: match levels {
                Some(levels) => numeric::spearman(&levels, &task.fine_tuned)?,
                None => None,
            },
        })
    }
}

/// The mean Jaccard index of the hard subsets of all pairs of networks.
fn overlap(experiment: &Experiment, task: &Task<'_>, hardness: &[&Hardness]) -> anyhow::Result<Option<f64>> {
    let labels = Labels::new(&task.data.labels)?;
    let spec = subset_of(experiment.middle);
    let kept = hardness
        .iter()
        .map(|hardness| {
            let mut is_kept = vec![false; labels.len()];
            for &row in spec.select(hardness, &labels)?.rows() {
                is_kept[row] = true;
            }
            Ok(is_kept)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let jaccard = |(left, right): (&Vec<bool>, &Vec<bool>)| {
        let both = left
            .iter()
            .zip(right)
            .filter(|&(&left, &right)| left && right)
            .count();
        let either = left
            .iter()
            .zip(right)
            .filter(|&(&left, &right)| left || right)
            .count();
        Some(both as f64 / either as f64)
    };
    Ok(mean(pairs(&kept).map(jaccard)))
}

fn random_overlap(experiment: &Experiment, task: &Task<'_>, seed: Seed) -> anyhow::Result<Option<f64>> {
    let drawn = (0..task.members.len() as u64)
        .map(|network| Hardness::random(task.data.labels.len(), seed, network))
        .collect::<hard_subset::Result<Vec<_>>>()?;
    overlap(experiment, task, &drawn.iter().collect::<Vec<_>>())
}

/// Spearman's correlation over samples of each measure with each, the mean over networks and targets.
fn measure_agreement(experiment: &Experiment, tasks: &[Task<'_>]) -> anyhow::Result<Vec<Vec<Option<f64>>>> {
    let agreement = |first: Measure, second: Measure| -> anyhow::Result<Option<f64>> {
        let of_network = |observation: &Observation| {
            let (Some(first), Some(second)) = (observation.hardness(first), observation.hardness(second))
            else {
                return Ok(None);
            };
            numeric::spearman(first.values(), second.values())
        };
        let networks = tasks.iter().flat_map(Task::observations).map(of_network);
        Ok(mean(
            networks.collect::<tensor_core::Result<Vec<_>>>()?.into_iter(),
        ))
    };
    let measures = &experiment.measures;
    measures
        .iter()
        .map(|&first| measures.iter().map(|&second| agreement(first, second)).collect())
        .collect()
}

/// Nothing for a metric that a network lacks.
fn metric_diagnostics(
    experiment: &Experiment,
    tasks: &[Task<'_>],
    metric: usize,
) -> anyhow::Result<Option<MetricDiagnostics>> {
    let has_base = |observation: &Observation| observation.base.len() > metric;
    let Some(middle) = experiment.middle_of(metric) else {
        return Ok(None);
    };
    if !tasks.iter().flat_map(Task::observations).all(has_base) {
        return Ok(None);
    }
    let base = |observation: &Observation| observation.base.get(metric).copied();
    let random = |draw: usize| {
        move |observation: &Observation| observation.random.get(draw)?.get(metric)?.get(middle).copied()
    };
    let rest = |draw: usize| {
        move |observation: &Observation| observation.other_halves.get(draw)?.get(metric)?.first().copied()
    };
    let halves = (0..experiment.n_halves).map(|draw| correlation(tasks, random(draw), rest(draw)));
    let random_and_base = (0..experiment.n_halves).map(|draw| correlation(tasks, random(draw), base));
    let measures = experiment.measures.iter().map(|&measure| {
        let on = |side| {
            move |observation: &Observation| {
                observation
                    .subset(measure, side)?
                    .get(metric)?
                    .get(middle)
                    .copied()
            }
        };
        let level = |observation: &Observation| observation.hardness(measure).map(level);
        Ok(ScoreDiagnostics {
            measure,
            hard_and_easy: correlation(tasks, on(Side::Hard), on(Side::Easy))?,
            hard_and_base: correlation(tasks, on(Side::Hard), base)?,
            level_and_hard: correlation(tasks, level, on(Side::Hard))?,
            level_and_base: correlation(tasks, level, base)?,
        })
    });
    Ok(Some(MetricDiagnostics {
        metric: METRICS[metric].to_owned(),
        random_halves: mean(halves.collect::<anyhow::Result<Vec<_>>>()?.into_iter()),
        random_and_base: mean(random_and_base.collect::<anyhow::Result<Vec<_>>>()?.into_iter()),
        measures: measures.collect::<anyhow::Result<_>>()?,
    }))
}

/// Spearman's correlation over networks of two numbers, the mean over the targets; nothing if a network lacks one.
fn correlation(
    tasks: &[Task<'_>],
    left: impl Fn(&Observation) -> Option<f64>,
    right: impl Fn(&Observation) -> Option<f64>,
) -> anyhow::Result<Option<f64>> {
    let of_task = |task: &Task<'_>| {
        let left = task.observations().map(&left).collect::<Option<Vec<f64>>>();
        let right = task.observations().map(&right).collect::<Option<Vec<f64>>>();
        match (left, right) {
            (Some(left), Some(right)) => numeric::spearman(&left, &right),
            _ => Ok(None),
        }
    };
    let of_tasks = tasks
        .iter()
        .map(of_task)
        .collect::<tensor_core::Result<Vec<_>>>()?;
    Ok(mean(of_tasks.into_iter()))
}

/// Every network's mean hardness; nothing if one has none.
fn levels(task: &Task<'_>, measure: Measure) -> Option<Vec<f64>> {
    let levels = task
        .observations()
        .map(|observation| observation.hardness(measure).map(level));
    levels.collect()
}

fn level(hardness: &Hardness) -> f64 {
    hardness.values().iter().sum::<f64>() / hardness.len() as f64
}

fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    let firsts = items.iter().enumerate();
    firsts.flat_map(|(index, first)| items[index + 1..].iter().map(move |second| (first, second)))
}

/// The mean of the numbers that are defined.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values.flatten() {
        sum += value;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}
