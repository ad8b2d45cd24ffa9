//! The whole stage: trained, fine-tuned, scored, compared.

use std::path::Path;

use anyhow::Context;
use ot_transferability::{
    AgreementOverTasks, AveragedPredictions, Ensembles, ScoredEnsembles, agreement_over_tasks,
};
use tensor_core::progress::Progress;
use transferability_metrics::RankInterval;

use super::experiment::Experiment;
use super::members::Draw;
use super::pictures::scenes_with_predictions;
use super::results::{NetworkResults, Range, Results, ScoreResults, SourceResults, TargetResults};
use super::scores::{Score, catalogue};
use crate::segmentation_pool::pool::{SegmentationPool, Target, Transfer};
use crate::segmentation_pool::test_pixels::Predictions;
use crate::support::cache::Cache;
use crate::support::workers::Workers;

/// More ensembles than any experiment here has.
const MOST_ENSEMBLES: u64 = 100_000;

/// What the stage gives.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) results: Results,
    /// A figure in HTML for each target: scenes, their classes, and what was predicted.
    pub(crate) pictures: Vec<String>,
}

/// What every target is compared by.
struct Comparison<'a> {
    pool: SegmentationPool<'a>,
    ensembles: Ensembles,
    catalogue: Vec<Score>,
    interval: RankInterval,
    workers: &'a Workers,
}

/// All networks on one target.
struct OnePool<'a> {
    target: Target<'a>,
    draws: Vec<Draw>,
    /// For each repeat, each network.
    fine_tuned: Vec<Vec<Predictions>>,
    linear_probe: Vec<Predictions>,
}

/// Scores and truths of all ensembles on one target.
struct Compared {
    /// One list a score.
    scores: Vec<Vec<f64>>,
    fine_tuned: Vec<f64>,
    linear_probe: Vec<f64>,
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
    let comparison = Comparison {
        ensembles: Ensembles::all(plan.sources.len(), experiment.ensemble_size, MOST_ENSEMBLES)?,
        catalogue: catalogue(),
        interval: RankInterval {
            n_resamples: experiment.n_resamples,
            seed: pool.seed,
            ..RankInterval::default()
        },
        pool,
        workers,
    };
    let own_ious = comparison.pool.train(workers, progress)?;
    let (mut compared, mut targets, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for task in &plan.targets {
        let target = comparison.pool.target(task)?;
        let draws = comparison.pool.measure(&target, workers, progress)?;
        let mut transfer = |transfer| comparison.pool.transfer(&target, transfer, workers, progress);
        let (fine_tuned, mut probes) = (transfer(Transfer::FineTuning)?, transfer(Transfer::LinearProbe)?);
        let on_target = OnePool {
            target,
            draws,
            fine_tuned,
            linear_probe: probes.pop().context("no linear probe was trained")?,
        };
        progress.begin(&format!("ensembles for `{}`", task.name), None);
        let of_ensembles = comparison.compare(&on_target)?;
        targets.push(target_results(&on_target, &of_ensembles)?);
        pictures.push(comparison.picture(&on_target, &of_ensembles)?);
        compared.push(of_ensembles);
        progress.end();
    }
    let sources = plan.sources.iter().zip(own_ious);
    let sources = sources.map(|(source, mean_iou)| SourceResults {
        name: source.name(),
        n_classes: source.task.n_classes(),
        mean_iou,
    });
    Ok(Outcome {
        results: Results {
            ensemble_size: experiment.ensemble_size,
            n_ensembles: comparison.ensembles.len(),
            sources: sources.collect(),
            targets,
            scores: comparison.score_results(&compared)?,
        },
        pictures,
    })
}

impl Comparison<'_> {
    /// Scores and truths of all ensembles; a truth is averaged over the repeats.
    fn compare(&self, on_target: &OnePool<'_>) -> anyhow::Result<Compared> {
        let labels = on_target.target.test_pixels.labels();
        let truth = |networks: &[Predictions]| -> anyhow::Result<Vec<f64>> {
            let members = networks
                .iter()
                .map(Predictions::probabilities)
                .collect::<anyhow::Result<Vec<_>>>()?;
            let truth = AveragedPredictions::mean_iou(&members, labels)?;
            Ok(self.workers.install(|| self.ensembles.scores(&truth))?)
        };
        let mut fine_tuned = vec![0.0; self.ensembles.len()];
        for networks in &on_target.fine_tuned {
            for (mean, iou) in fine_tuned.iter_mut().zip(truth(networks)?) {
                *mean += iou / on_target.fine_tuned.len() as f64;
            }
        }
        let of_score = |score: &Score| {
            score
                .of_ensembles(&self.ensembles, &on_target.draws, self.workers)
                .with_context(|| format!("{} on `{}`", score.name, on_target.target.task.name))
        };
        Ok(Compared {
            scores: self
                .catalogue
                .iter()
                .map(of_score)
                .collect::<anyhow::Result<_>>()?,
            fine_tuned,
            linear_probe: truth(&on_target.linear_probe)?,
        })
    }

    /// How well each score agrees with both truths.
    fn score_results(&self, compared: &[Compared]) -> anyhow::Result<Vec<ScoreResults>> {
        let agreement =
            |score: usize, truth: fn(&Compared) -> &[f64]| -> anyhow::Result<AgreementOverTasks> {
                let tasks: Vec<ScoredEnsembles<'_>> = compared
                    .iter()
                    .map(|on_target| ScoredEnsembles {
                        ensembles: &self.ensembles,
                        scores: &on_target.scores[score],
                        accuracies: truth(on_target),
                    })
                    .collect();
                let agree = || agreement_over_tasks(&tasks, 1, Some(&self.interval));
                Ok(self.workers.install(agree)?)
            };
        let scores = self.catalogue.iter().enumerate();
        scores
            .map(|(index, score)| {
                Ok(ScoreResults {
                    score: score.name.to_owned(),
                    fine_tuned: agreement(index, |on_target| &on_target.fine_tuned)?,
                    linear_probe: agreement(index, |on_target| &on_target.linear_probe)?,
                })
            })
            .collect()
    }

    /// What the best ensemble predicts, and what its first member does.
    fn picture(&self, on_target: &OnePool<'_>, compared: &Compared) -> anyhow::Result<String> {
        let networks = on_target
            .fine_tuned
            .first()
            .context("no network was fine-tuned")?;
        let best = compared
            .fine_tuned
            .iter()
            .enumerate()
            .max_by(|left, right| left.1.total_cmp(right.1))
            .map(|(ensemble, _)| ensemble)
            .context("no ensemble")?;
        let members = self.ensembles.iter().nth(best).context("no ensemble")?;
        let names: Vec<String> = members
            .iter()
            .map(|&member| self.pool.plan.sources[member].name())
            .collect();
        let of_members: Vec<&Predictions> = members.iter().map(|&member| &networks[member]).collect();
        let alone = format!("{} alone", names[0]);
        let together = format!("the best ensemble: {}", names.join("; "));
        scenes_with_predictions(
            &on_target.target,
            (&alone, of_members[0]),
            (&together, &of_members),
        )
    }
}

fn target_results(on_target: &OnePool<'_>, compared: &Compared) -> anyhow::Result<TargetResults> {
    let OnePool {
        target,
        draws,
        fine_tuned,
        linear_probe,
    } = on_target;
    let networks = (0..linear_probe.len()).map(|network| {
        Ok(NetworkResults {
            fine_tuned: fine_tuned
                .iter()
                .map(|networks| target.test_pixels.mean_iou(&networks[network]))
                .collect::<anyhow::Result<_>>()?,
            linear_probe: target.test_pixels.mean_iou(&linear_probe[network])?,
            distances: draws
                .iter()
                .map(|draw| draw.networks[network].distances)
                .collect(),
        })
    });
    Ok(TargetResults {
        target: target.task.name.clone(),
        classes: target.task.class_names(),
        networks: networks.collect::<anyhow::Result<_>>()?,
        fine_tuned: Range::of(&compared.fine_tuned),
        linear_probe: Range::of(&compared.linear_probe),
    })
}
