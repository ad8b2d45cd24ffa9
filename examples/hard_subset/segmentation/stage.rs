//! The whole stage: trained, transferred, scored on subsets, compared.

use std::path::Path;

use anyhow::Context;
use tensor_core::progress::Progress;

use super::comparison::Observed;
use super::experiment::Experiment;
use super::families::families;
use super::observation::{Measured, Observation, observe};
use super::pictures::scenes_with_hardness;
use super::results::{MeasureResults, Results, SourceResults, TargetResults, Truth, Way};
use super::scene_coverage::SceneCoverage;
use crate::measure::Measure;
use crate::segmentation_pool::plan::Source;
use crate::segmentation_pool::pool::{SegmentationPool, Target, Transfer};
use crate::support::cache::Cache;
use crate::support::workers::Workers;

/// What the stage gives.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) results: Results,
    /// A figure in HTML for each target: scenes with their hardest and easiest pixels.
    pub(crate) pictures: Vec<String>,
}

/// Runs the experiment; `workspace` is where the folders of images are.
pub(crate) fn run(
    experiment: &Experiment,
    workspace: &Path,
    seed: u64,
    cache: &Cache,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Outcome> {
    let plan = &experiment.plan;
    let pool = SegmentationPool::open(plan, workspace, seed, cache)?;
    let own_ious = pool.train(workers, progress)?;
    let mut observed = Observed {
        observations: Vec::new(),
        truths: Vec::new(),
    };
    let mut pictures = Vec::new();
    for task in &plan.targets {
        let target = pool.target(task)?;
        let truth = Truth::try_from_fn(|way| reached(&pool, &target, way, workers, progress))?;
        observed
            .observations
            .push(observe_draws(&pool, experiment, &target, workers, progress)?);
        pictures.push(scenes_with_hardness(&pool, &target, &truth.fine_tuned)?);
        observed.truths.push(truth);
    }
    progress.begin("comparing subsets of pixels", None);
    let metrics = workers.install(|| observed.compare(experiment, pool.seed.derive("resamples")))?;
    progress.end();

    let sources = plan.sources.iter().zip(own_ious);
    let sources = sources.map(|(source, mean_iou)| SourceResults {
        name: source.name(),
        mean_iou,
    });
    let targets = plan
        .targets
        .iter()
        .zip(&observed.truths)
        .zip(&observed.observations);
    let targets = targets.map(|((task, truth), draws)| TargetResults {
        target: task.name.clone(),
        n_classes: task.n_classes(),
        n_pixels: draws[0][0].n_pixels,
        truth: truth.clone(),
    });
    let observations: Vec<&Observation> = observed.observations.iter().flatten().flatten().collect();
    Ok(Outcome {
        results: Results {
            sources: sources.collect(),
            targets: targets.collect(),
            n_draws: plan.n_draws,
            fractions: experiment.subset_fractions(),
            n_random: experiment.n_random,
            families: families(&experiment.measures, &metrics)?,
            metrics,
            measures: measure_results(experiment, &observations),
            random_coverage: mean_coverage(experiment, &observations, |observation| {
                &observation.random_coverage
            }),
        },
        pictures,
    })
}

/// What each network reached on the target, in the mean over the repeats.
fn reached(
    pool: &SegmentationPool<'_>,
    target: &Target<'_>,
    way: Way,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Vec<f64>> {
    let transfer = match way {
        Way::FineTuned => Transfer::FineTuning,
        Way::LinearProbe => Transfer::LinearProbe,
    };
    let repeats = pool.transfer(target, transfer, workers, progress)?;
    let mut means = vec![0.0; pool.plan.sources.len()];
    for networks in &repeats {
        for (mean, predictions) in means.iter_mut().zip(networks) {
            *mean += target.test_pixels.mean_iou(predictions)? / repeats.len() as f64;
        }
    }
    Ok(means)
}

/// For each draw, each network.
fn observe_draws(
    pool: &SegmentationPool<'_>,
    experiment: &Experiment,
    target: &Target<'_>,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Vec<Vec<Observation>>> {
    let n_sources = pool.plan.sources.len();
    let pairs: Vec<(usize, &Source)> = (0..pool.plan.n_draws)
        .flat_map(|draw| pool.plan.sources.iter().map(move |source| (draw, source)))
        .collect();
    let task = format!("subsets of the pixels of `{}`", target.task.name);
    let total = pairs.len() as u64;
    let observations = workers.map(&task, &pairs, total, progress, |&(draw, source), advance| {
        let observation = observe(pool, experiment, source, target, draw)
            .with_context(|| format!("{} on `{}`, draw {draw}", source.name(), target.task.name))?;
        advance(1);
        Ok(observation)
    })?;
    let mut observations = observations.into_iter();
    let draws = (0..pool.plan.n_draws).map(|_| observations.by_ref().take(n_sources).collect());
    Ok(draws.collect())
}

fn measure_results(experiment: &Experiment, observations: &[&Observation]) -> Vec<MeasureResults> {
    let measures = experiment.measures.iter().enumerate();
    let of_measure = |(index, &measure): (usize, &Measure)| {
        let measured: Vec<&Measured> = observations
            .iter()
            .map(|observation| &observation.measures[index])
            .collect();
        let agreements: Vec<f64> = measured
            .iter()
            .filter_map(|measured| measured.layer_agreement)
            .collect();
        let sum: f64 = agreements.iter().sum();
        MeasureResults {
            measure,
            layer_agreement: (!agreements.is_empty()).then(|| sum / agreements.len() as f64),
            fallbacks: measured.iter().map(|measured| measured.fallbacks).sum::<f64>()
                / measured.len() as f64,
            coverage: mean_coverage(experiment, observations, |observation: &Observation| {
                &observation.measures[index].coverage
            }),
        }
    };
    measures.map(of_measure).collect()
}

/// At each fraction.
fn mean_coverage<'a>(
    experiment: &Experiment,
    observations: &[&'a Observation],
    coverage: impl Fn(&'a Observation) -> &'a Vec<SceneCoverage>,
) -> Vec<SceneCoverage> {
    let fractions = 0..experiment.subset_fractions().len();
    let at = |fraction: usize| {
        let coverages: Vec<SceneCoverage> = observations
            .iter()
            .map(|observation| coverage(observation)[fraction])
            .collect();
        SceneCoverage::mean(&coverages)
    };
    fractions.map(at).collect()
}
