//! How well scores rank ensembles: every score, every ensemble of a size, every group of networks, every target.

mod observed;
mod results;
mod scores;
mod section;
mod tables;
mod transport_terms;

use std::collections::BTreeMap;

use ndarray::Array2;
use ot_transferability::{
    AgreementOverTasks, AveragedPredictions, Ensembles, Pool, ScoredEnsembles, agreement_over_tasks,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tensor_core::Seed;
use tensor_core::progress::Progress;
use transferability_metrics::{Labels, RankInterval};

use crate::source_pool::SourcePool;
use crate::source_pool::group::{Group, Members, Relation, architectures};
use crate::source_pool::plan::Plan;
use crate::support::cache::{Cache, Item};
use crate::support::data_set::DataSet;
use crate::support::workers::Workers;
use observed::{Observed, probabilities};
pub(crate) use results::StudyResults;
use results::{GroupResults, NetworkResults, ScoreResults};
use scores::NamedScore;
pub(crate) use section::section;
pub(crate) use tables::tables;

/// A group needs more members than this for a target, or that target is left out.
const TOO_FEW: usize = 4;
/// More ensembles than a pool of this study can have.
const LIMIT: u64 = 1_000_000;

/// What the study varies.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Study {
    /// Members of an ensemble.
    pub(crate) size: usize,
    /// Bootstrap resamples behind an interval.
    pub(crate) n_resamples: usize,
}

/// A target with every network of the pool on it.
struct TargetData {
    target: DataSet,
    labels: Vec<i64>,
    test_labels: Vec<i64>,
    networks: Vec<Observed>,
}

/// The ensembles of a group for one target, and what they reached.
struct Task<'a> {
    data: &'a TargetData,
    /// Indices of the group's networks.
    members: Vec<usize>,
    /// Ensembles of members by their place in the group.
    ensembles: Ensembles,
    /// The same ensembles, by their index in the whole pool.
    in_pool: Ensembles,
    fine_tuned: Vec<f64>,
    linear_probe: Vec<f64>,
}

/// Everything that an agreement depends on.
#[derive(Serialize)]
struct AgreementKey<'a> {
    /// SHA-256 of members, scores and accuracies.
    tasks: [u8; 32],
    interval: &'a RankInterval,
}

impl Study {
    /// Compares every score with the truth in every group of the pool.
    pub(crate) fn run(
        self,
        pool: &SourcePool,
        own_accuracies: &[Option<f64>],
        cache: &Cache,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<StudyResults> {
        let seed = Seed::new(pool.seed()).derive("study");
        let targets = observe(pool, seed, workers, progress)?;
        let interval = RankInterval {
            n_resamples: self.n_resamples,
            seed,
            ..RankInterval::default()
        };
        let groups = groups(pool.plan());
        let scores = NamedScore::all();
        progress.begin("comparing scores", Some((groups.len() * scores.len()) as u64));
        let mut of_groups = Vec::new();
        for group in groups {
            let tasks = self.tasks(group, pool.plan(), &targets, workers)?;
            if tasks.is_empty() {
                progress.advance(scores.len() as u64);
                continue;
            }
            let mut rows = Vec::new();
            for score in &scores {
                if group.has_source_samples() || !score.needs_source() {
                    rows.push(compare(score, &tasks, cache, &interval, workers)?);
                }
                progress.advance(1);
            }
            of_groups.push(GroupResults {
                group,
                targets: tasks.iter().map(|task| task.data.target).collect(),
                n_members: tasks.iter().map(|task| task.members.len()).collect(),
                n_ensembles: tasks.iter().map(|task| task.ensembles.len()).collect(),
                accuracies: tasks.iter().map(|task| range(&task.fine_tuned)).collect(),
                rows,
            });
        }
        progress.end();
        Ok(StudyResults {
            size: self.size,
            targets: pool.plan().targets.clone(),
            networks: networks(&targets, own_accuracies)?,
            groups: of_groups,
        })
    }

    /// The ensembles of a group for every target for which it has members enough.
    fn tasks<'a>(
        self,
        group: Group,
        plan: &Plan,
        targets: &'a [TargetData],
        workers: &Workers,
    ) -> anyhow::Result<Vec<Task<'a>>> {
        let mut tasks = Vec::new();
        for data in targets {
            let members = group.members(plan, data.target);
            if members.len() <= TOO_FEW.max(self.size) {
                continue;
            }
            let ensembles = Ensembles::all(members.len(), self.size, LIMIT)?;
            let in_pool: Vec<Vec<usize>> = ensembles
                .iter()
                .map(|ensemble| ensemble.iter().map(|&member| members[member]).collect())
                .collect();
            let truth = |of: fn(&Observed) -> &Vec<Array2<f32>>| {
                let networks: Vec<&Vec<Array2<f32>>> =
                    members.iter().map(|&member| of(&data.networks[member])).collect();
                workers.install(|| mean_accuracies(&ensembles, &networks, &data.test_labels))
            };
            tasks.push(Task {
                fine_tuned: truth(|network| &network.fine_tuned)?,
                linear_probe: truth(|network| &network.linear_probe)?,
                in_pool: Ensembles::new(data.networks.len(), &in_pool)?,
                data,
                members,
                ensembles,
            });
        }
        Ok(tasks)
    }
}

impl Task<'_> {
    fn scores(&self, score: &NamedScore) -> anyhow::Result<Vec<f64>> {
        let networks = || self.members.iter().map(|&member| &self.data.networks[member]);
        score.recipe.scores(
            &self.ensembles,
            |distance| {
                let labels = Labels::new(&self.data.labels)?;
                Ok(Pool::new(
                    labels,
                    networks().map(|network| network.member(distance)).collect(),
                )?)
            },
            |metric| networks().map(|network| network.metrics[metric]).collect(),
        )
    }
}

/// The groups that are looked at, the most telling first.
fn groups(plan: &Plan) -> Vec<Group> {
    let mixed = [Relation::OtherData, Relation::Any, Relation::OtherSubject].map(|relation| Group {
        of: Members::Mixed,
        relation,
    });
    let by_architecture = architectures(plan).into_iter().flat_map(|architecture| {
        [Relation::OtherData, Relation::Any].map(|relation| Group {
            of: Members::Architecture(architecture),
            relation,
        })
    });
    let rest = [Members::SelfSupervised, Members::Everything].map(|of| Group {
        of,
        relation: Relation::OtherData,
    });
    mixed.into_iter().chain(by_architecture).chain(rest).collect()
}

/// Every network on every target.
fn observe(
    pool: &SourcePool,
    seed: Seed,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Vec<TargetData>> {
    let plan = pool.plan();
    let n_sources = plan.sources.len();
    let pairs: Vec<(usize, usize)> = (0..plan.targets.len())
        .flat_map(|target| (0..n_sources).map(move |source| (source, target)))
        .collect();
    let total = pairs.len() as u64;
    let observed = workers.map(
        "transport to the targets",
        &pairs,
        total,
        progress,
        |&(source, target), advance| {
            let observed = Observed::of(pool, source, target, seed)?;
            advance(1);
            Ok(observed)
        },
    )?;
    let mut observed = observed.into_iter();
    plan.targets
        .iter()
        .enumerate()
        .map(|(index, &target)| {
            Ok(TargetData {
                target,
                labels: pool.target_labels(index).to_vec(),
                test_labels: pool.test_labels(index).to_vec(),
                networks: observed.by_ref().take(n_sources).collect(),
            })
        })
        .collect()
}

/// The accuracy of each ensemble: that of the averaged probabilities, in the mean over the repeats.
fn mean_accuracies(
    ensembles: &Ensembles,
    networks: &[&Vec<Array2<f32>>],
    labels: &[i64],
) -> anyhow::Result<Vec<f64>> {
    let n_repeats = networks[0].len();
    let mut mean = vec![0.0; ensembles.len()];
    for repeat in 0..n_repeats {
        let members = networks
            .iter()
            .map(|repeats| probabilities(&repeats[repeat]))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let accuracies = ensembles.scores(&AveragedPredictions::accuracy(&members, labels)?)?;
        for (mean, accuracy) in mean.iter_mut().zip(accuracies) {
            *mean += accuracy / n_repeats as f64;
        }
    }
    Ok(mean)
}

/// One score against both truths.
fn compare(
    score: &NamedScore,
    tasks: &[Task<'_>],
    cache: &Cache,
    interval: &RankInterval,
    workers: &Workers,
) -> anyhow::Result<ScoreResults> {
    let scores = workers.install(|| {
        tasks
            .iter()
            .map(|task| task.scores(score))
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let agreement = |truth: for<'a> fn(&'a Task<'_>) -> &'a Vec<f64>| -> anyhow::Result<AgreementOverTasks> {
        let scored: Vec<ScoredEnsembles<'_>> = tasks
            .iter()
            .zip(&scores)
            .map(|(task, scores)| ScoredEnsembles {
                ensembles: &task.in_pool,
                scores,
                accuracies: truth(task),
            })
            .collect();
        let key = AgreementKey {
            tasks: digest(&scored),
            interval,
        };
        let item = cache.item("agreement", &key, || {
            let state = workers.install(|| agreement_over_tasks(&scored, 1, Some(interval)))?;
            Ok(Item {
                state,
                tensors: BTreeMap::new(),
            })
        })?;
        Ok(item.state)
    };
    Ok(ScoreResults {
        part: score.part,
        score: score.name.clone(),
        fine_tuned: agreement(|task| &task.fine_tuned)?,
        linear_probe: agreement(|task| &task.linear_probe)?,
    })
}

/// SHA-256 over all ensembles, scores and accuracies.
fn digest(tasks: &[ScoredEnsembles<'_>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for task in tasks {
        hash.update((task.ensembles.len() as u64).to_le_bytes());
        for &member in task.ensembles.iter().flatten() {
            hash.update((member as u64).to_le_bytes());
        }
        for value in task.scores.iter().chain(task.accuracies) {
            hash.update(value.to_le_bytes());
        }
    }
    hash.finalize().into()
}

fn networks(targets: &[TargetData], own_accuracies: &[Option<f64>]) -> anyhow::Result<Vec<NetworkResults>> {
    let mean = |repeats: &[Array2<f32>], labels: &[i64]| -> anyhow::Result<f64> {
        let mut sum = 0.0;
        for repeat in repeats {
            sum += ot_transferability::ensemble_accuracy(&[probabilities(repeat)?], labels)?;
        }
        Ok(sum / repeats.len() as f64)
    };
    own_accuracies
        .iter()
        .enumerate()
        .map(|(source, &own_accuracy)| {
            let over_targets = |of: fn(&Observed) -> &Vec<Array2<f32>>| {
                targets
                    .iter()
                    .map(|data| mean(of(&data.networks[source]), &data.test_labels))
                    .collect::<anyhow::Result<Vec<_>>>()
            };
            Ok(NetworkResults {
                name: targets[0].networks[source].name.clone(),
                own_accuracy,
                fine_tuned: over_targets(|network| &network.fine_tuned)?,
                linear_probe: over_targets(|network| &network.linear_probe)?,
            })
        })
        .collect()
}

fn range(values: &[f64]) -> [f64; 2] {
    [
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ]
}
