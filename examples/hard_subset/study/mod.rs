//! Do scores on the harder part of a target's samples rank networks better than scores on all of them?
//!
//! Each network of the pool says how hard each training image of a target is, in ten ways. Every metric is computed on
//! the hardest images of each class, on the easiest, and on random ones. What a score is worth is how well it ranks the
//! networks by the accuracy that they reach when they are adapted to the target.

mod comparison;
mod diagnostic_tables;
mod diagnostics;
mod experiment;
mod figures;
mod findings;
mod gallery;
mod names;
mod observation;
mod random_pools;
mod results;
mod section;
mod shared;
mod significance;
mod summary_tables;
mod tables;
mod target_data;

use tensor_core::Seed;
use tensor_core::progress::Progress;

use crate::scorers::METRICS;
use crate::source_pool::SourcePool;
use crate::source_pool::group::{Group, Members, Relation, architectures};
use crate::source_pool::plan::Plan;
use crate::source_pool::source::Source;
use crate::support::cache::Cache;
use crate::support::workers::Workers;
use comparison::{Comparison, Task};
use diagnostics::Diagnostics;
pub(crate) use experiment::Experiment;
pub(crate) use findings::sentences;
use gallery::gallery;
use observation::Observation;
pub(crate) use results::StudyResults;
use results::{GroupResults, NetworkResults, SourceStatisticsOrigin};
pub(crate) use section::section;
use shared::{GroupHardness, SharedScores};
pub(crate) use tables::tables;
use target_data::TargetData;

/// A group needs so many members for a target, or that target is left out.
const LEAST_MEMBERS: usize = 4;

/// What the study gives.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) results: StudyResults,
    /// Figures in HTML: each target's hardest and easiest images.
    pub(crate) pictures: Vec<String>,
}

/// The members of a group on a target that has enough of them.
struct Gathering {
    /// Place among the groups.
    group: usize,
    /// Place among the targets.
    target: usize,
    members: Vec<usize>,
    hardness: GroupHardness,
}

/// Compares every subset with every control in every group of the pool.
pub(crate) fn run(
    experiment: &Experiment,
    pool: &SourcePool,
    own_accuracies: &[Option<f64>],
    cache: &Cache,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Outcome> {
    let plan = pool.plan();
    let targets = TargetData::all(pool, experiment, cache, workers, progress)?;
    let groups = groups(plan);
    let gatherings = gather(experiment, plan, &groups, &targets)?;
    let shared = score_shared(experiment, pool, &gatherings, cache, workers, progress)?;

    let seed = Seed::new(pool.seed()).derive("hard subsets");
    progress.begin("comparing subsets", Some((groups.len() * METRICS.len()) as u64));
    let mut of_groups = Vec::new();
    for (index, &group) in groups.iter().enumerate() {
        let tasks: Vec<Task<'_>> = gatherings
            .iter()
            .zip(&shared)
            .filter(|(gathering, _)| gathering.group == index)
            .map(|(gathering, shared)| task(&targets[gathering.target], &gathering.members, shared))
            .collect();
        if tasks.is_empty() {
            progress.advance(METRICS.len() as u64);
            continue;
        }
        let comparison = Comparison::new(experiment, &tasks, plan.sources.len(), seed);
        let (mut metrics, mut chances) = (Vec::new(), Vec::new());
        for metric in 0..METRICS.len() {
            if comparison.has(metric) {
                let (results, chance) = workers.install(|| comparison.of_metric(metric))?;
                metrics.push(results);
                chances.extend(chance);
            }
            progress.advance(1);
        }
        of_groups.push(GroupResults {
            group,
            targets: tasks.iter().map(|task| task.data.target).collect(),
            n_members: tasks.iter().map(|task| task.members.len()).collect(),
            accuracies: tasks.iter().map(|task| range(&task.fine_tuned)).collect(),
            families: significance::families(experiment, &metrics, &chances)?,
            metrics,
            diagnostics: Diagnostics::of(experiment, &tasks, seed.derive("overlap"))?,
        });
    }
    progress.end();
    Ok(Outcome {
        pictures: gallery(pool, &targets)?,
        results: StudyResults {
            targets: plan.targets.clone(),
            metrics: METRICS.map(str::to_owned).to_vec(),
            measures: experiment.measures.clone(),
            fractions: experiment.fractions.clone(),
            middle: experiment.middle,
            n_random: experiment.n_random,
            n_random_pools: experiment.n_random_pools,
            networks: networks(pool, &targets, own_accuracies),
            groups: of_groups,
        },
    })
}

/// The groups that are looked at, the most telling first.
fn groups(plan: &Plan) -> Vec<Group> {
    let mixed = [Relation::OtherData, Relation::Any].map(|relation| Group {
        of: Members::Mixed,
        relation,
    });
    let by_architecture = architectures(plan).into_iter().map(Members::Architecture);
    let other_data = by_architecture
        .chain([Members::SelfSupervised, Members::Everything])
        .map(|of| Group {
            of,
            relation: Relation::OtherData,
        });
    mixed.into_iter().chain(other_data).collect()
}

fn gather(
    experiment: &Experiment,
    plan: &Plan,
    groups: &[Group],
    targets: &[TargetData],
) -> anyhow::Result<Vec<Gathering>> {
    let mut gatherings = Vec::new();
    for (group, of) in groups.iter().enumerate() {
        for (target, data) in targets.iter().enumerate() {
            let members = of.members(plan, data.target);
            if members.len() < LEAST_MEMBERS {
                continue;
            }
            let observations: Vec<&Observation> =
                members.iter().map(|&member| &data.observations[member]).collect();
            gatherings.push(Gathering {
                group,
                target,
                hardness: GroupHardness::of(&observations, &experiment.measures)?,
                members,
            });
        }
    }
    Ok(gatherings)
}

/// For each gathering, each member's scores on the subsets of its group.
fn score_shared(
    experiment: &Experiment,
    pool: &SourcePool,
    gatherings: &[Gathering],
    cache: &Cache,
    workers: &Workers,
    progress: &mut (dyn Progress + Send),
) -> anyhow::Result<Vec<Vec<SharedScores>>> {
    let items: Vec<(&Gathering, usize)> = gatherings
        .iter()
        .flat_map(|gathering| gathering.members.iter().map(move |&member| (gathering, member)))
        .collect();
    let total = items.len() as u64;
    let scores = workers.map(
        "scoring shared subsets",
        &items,
        total,
        progress,
        |&(gathering, member), advance| {
            let target = gathering.target;
            let scores = gathering
                .hardness
                .scores(pool, experiment, member, target, cache)?;
            advance(1);
            Ok(scores)
        },
    )?;
    let mut scores = scores.into_iter();
    let members = gatherings.iter().map(|gathering| gathering.members.len());
    Ok(members
        .map(|n_members| scores.by_ref().take(n_members).collect())
        .collect())
}

fn task<'a>(data: &'a TargetData, members: &'a [usize], shared: &'a [SharedScores]) -> Task<'a> {
    let of_members = |values: &[f64]| members.iter().map(|&member| values[member]).collect();
    Task {
        data,
        members,
        shared,
        fine_tuned: of_members(&data.fine_tuned),
        linear_probe: of_members(&data.linear_probe),
    }
}

fn networks(
    pool: &SourcePool,
    targets: &[TargetData],
    own_accuracies: &[Option<f64>],
) -> Vec<NetworkResults> {
    let sources = pool.plan().sources.iter().zip(own_accuracies).enumerate();
    sources
        .map(|(index, (source, &own_accuracy))| {
            let over_targets =
                |of: fn(&TargetData) -> &Vec<f64>| targets.iter().map(|data| of(data)[index]).collect();
            NetworkResults {
                name: source.name.clone(),
                source: origin(source),
                own_accuracy,
                fine_tuned: over_targets(|data| &data.fine_tuned),
                linear_probe: over_targets(|data| &data.linear_probe),
            }
        })
        .collect()
}

fn origin(source: &Source) -> SourceStatisticsOrigin {
    if source.has_stand_in() {
        SourceStatisticsOrigin::StandIn
    } else if source.has_sample() {
        SourceStatisticsOrigin::Images
    } else {
        SourceStatisticsOrigin::HeadWeights
    }
}

fn range(values: &[f64]) -> [f64; 2] {
    [
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ]
}
