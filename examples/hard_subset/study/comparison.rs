//! How well scores on subsets rank the networks of a group, beside scores on all samples and on random subsets.

use hard_subset::Scope;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tensor_core::{Result, Seed, numeric};
use transferability_metrics::Estimate;

use super::experiment::Experiment;
use super::observation::{Observation, Side};
use super::random_pools::RandomPools;
use super::results::{BaseResults, Compared, MetricResults, SubsetKind, SubsetResults};
use super::shared::SharedScores;
use super::significance::Chance;
use super::target_data::TargetData;
use crate::agreement::{AgainstChance, Agreement, Correlation, RankedNetworks, Resamples};
use crate::scorers::{METRICS, Sweeps};

/// The networks of a group on one target.
pub(super) struct Task<'a> {
    pub(super) data: &'a TargetData,
    /// Their places in the plan.
    pub(super) members: &'a [usize],
    /// Each member's scores on subsets that the group shares.
    pub(super) shared: &'a [SharedScores],
    pub(super) fine_tuned: Vec<f64>,
    pub(super) linear_probe: Vec<f64>,
}

/// What scores are held against.
#[derive(Debug, Clone, Copy)]
struct Yardstick {
    correlation: Correlation,
    is_probe: bool,
}

/// Weighted Kendall against fine-tuned networks; Kendall's tau-b against them; weighted Kendall against probes.
const YARDSTICKS: [Yardstick; 3] = [
    Yardstick {
        correlation: numeric::weighted_kendall,
        is_probe: false,
    },
    Yardstick {
        correlation: numeric::kendall,
        is_probe: false,
    },
    Yardstick {
        correlation: numeric::weighted_kendall,
        is_probe: true,
    },
];

/// All targets of a group.
pub(super) struct Comparison<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) tasks: &'a [Task<'a>],
    resamples: Resamples,
    random_pools: RandomPools,
    /// The networks as they are.
    as_they_are: Resamples,
}

/// Random subsets that the scores of a metric on other subsets are compared with.
struct RandomAgreements {
    scope: Scope,
    fraction: f64,
    /// One entry a yardstick.
    of_yardsticks: Vec<RandomAgreement>,
}

/// A network on a target, by their places in the group.
struct Place<'a> {
    task: usize,
    network: usize,
    observation: &'a Observation,
    shared: &'a SharedScores,
}

/// Random pools by one yardstick.
struct RandomAgreement {
    /// One entry a pool.
    pools: Vec<Option<f64>>,
    /// The mean of some, as it is and on the resamples.
    average: Option<Agreement>,
}

impl<'a> Task<'a> {
    /// The members' observations.
    pub(super) fn observations(&self) -> impl Iterator<Item = &'a Observation> {
        let data = self.data;
        self.members.iter().map(move |&member| &data.observations[member])
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        experiment: &'a Experiment,
        tasks: &'a [Task<'a>],
        n_networks: usize,
        seed: Seed,
    ) -> Self {
        Self {
            experiment,
            tasks,
            resamples: Resamples::draw(n_networks, experiment.n_resamples, seed),
            random_pools: RandomPools::draw(tasks, experiment.n_random, experiment.n_random_pools, seed),
            as_they_are: Resamples::draw(n_networks, 0, seed),
        }
    }

    /// Whether all networks have a metric, given by its place.
    pub(super) fn has(&self, metric: usize) -> bool {
        let mut observations = self.tasks.iter().flat_map(Task::observations);
        observations.all(|observation| observation.base.len() > metric)
    }

    /// One metric on every subset, and what random subsets are worth; runs on several threads.
    pub(super) fn of_metric(&self, metric: usize) -> Result<(MetricResults, Vec<Chance>)> {
        let bases = YARDSTICKS
            .iter()
            .map(|yardstick| {
                self.agreement(yardstick, &self.resamples, |at| {
                    at.observation.base.get(metric).copied()
                })
            })
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .collect::<Option<Vec<Agreement>>>()
            .unwrap_or_default();
        let random = self.random(metric)?;
        let subsets = self
            .subsets(metric)
            .into_par_iter()
            .map(|subset| self.compare(metric, subset, &bases, &random))
            .collect::<Result<Vec<_>>>()?;
        let results = MetricResults {
            metric: METRICS[metric].to_owned(),
            base: BaseResults {
                fine_tuned: bases[0].estimate()?,
                fine_tuned_kendall: bases[1].estimate()?,
                linear_probe: bases[2].estimate()?,
                by_target: bases[0].tasks.clone(),
            },
            subsets: subsets.into_iter().flatten().collect(),
        };
        let chances = random
            .into_iter()
            .filter(|random| random.scope == Scope::PerModel)
            .filter_map(|mut random| {
                Some(Chance {
                    metric,
                    fraction: random.fraction,
                    // Undefined where all scores of a draw are equal: then the draws say nothing together.
                    agreements: random
                        .of_yardsticks
                        .swap_remove(0)
                        .pools
                        .into_iter()
                        .collect::<Option<_>>()?,
                })
            });
        Ok((results, chances.collect()))
    }

    /// Every kind of subset on which a metric is scored.
    fn subsets(&self, metric: usize) -> Vec<SubsetKind> {
        let mut subsets = Vec::new();
        for &measure in &self.experiment.measures {
            let mut add = |side, scope, fraction| {
                subsets.push(SubsetKind {
                    measure,
                    side,
                    scope,
                    fraction,
                });
            };
            for fraction in self.experiment.fractions_of(metric) {
                add(Side::Hard, Scope::PerModel, fraction);
                if self.experiment.reversed.contains(&measure) {
                    add(Side::Easy, Scope::PerModel, fraction);
                }
            }
            if Experiment::shares(metric) {
                add(Side::Hard, Scope::Shared, self.experiment.middle);
            }
        }
        subsets
    }

    /// The agreement on one kind of subset; nothing if a network has none of the kind.
    fn compare(
        &self,
        metric: usize,
        subset: SubsetKind,
        bases: &[Agreement],
        random: &[RandomAgreements],
    ) -> Result<Option<SubsetResults>> {
        let place = self.place(metric, subset.fraction);
        let score = |at: &Place<'_>| match subset.scope {
            Scope::PerModel => score_at(at.observation.subset(subset.measure, subset.side)?, metric, place),
            Scope::Shared => score_at(at.shared.of(subset.measure)?, metric, 0),
        };
        let of_same_kind = random
            .iter()
            .find(|random| (random.scope, random.fraction) == (subset.scope, subset.fraction));
        let mut compared = Vec::new();
        let mut by_target = Vec::new();
        for (index, (yardstick, base)) in YARDSTICKS.iter().zip(bases).enumerate() {
            let Some(agreement) = self.agreement(yardstick, &self.resamples, score)? else {
                return Ok(None);
            };
            let random = of_same_kind.map(|random| &random.of_yardsticks[index]);
            let pools: Vec<f64> = random
                .iter()
                .flat_map(|random| random.pools.iter().copied().flatten())
                .collect();
            let average = random.and_then(|random| random.average.as_ref());
            compared.push(Compared {
                agreement: agreement.estimate()?,
                gain: agreement.gain_over(base)?,
                over_random: match average {
                    Some(average) => agreement.gain_over(average)?,
                    None => Estimate {
                        value: None,
                        interval: None,
                    },
                },
                chance: match agreement.mean {
                    Some(mean) => AgainstChance::of(mean, &pools)?,
                    None => None,
                },
            });
            if index == 0 {
                by_target = agreement.tasks;
            }
        }
        let Ok([fine_tuned, fine_tuned_kendall, linear_probe]) = <[Compared; 3]>::try_from(compared) else {
            return Ok(None);
        };
        Ok(Some(SubsetResults {
            subset,
            fine_tuned,
            fine_tuned_kendall,
            linear_probe,
            by_target,
        }))
    }

    /// What random subsets are worth, at every fraction of a metric and in both scopes.
    fn random(&self, metric: usize) -> Result<Vec<RandomAgreements>> {
        let fractions = self.experiment.fractions_of(metric).into_iter().enumerate();
        let mut kinds: Vec<(Scope, f64, usize)> = fractions
            .map(|(place, fraction)| (Scope::PerModel, fraction, place))
            .collect();
        if Experiment::shares(metric) {
            kinds.push((Scope::Shared, self.experiment.middle, 0));
        }
        let pools: Vec<usize> = (0..self.random_pools.len()).collect();
        let of_pool = |yardstick: &Yardstick, resamples: &Resamples, (scope, place), pool: usize| {
            self.agreement(yardstick, resamples, |at: &Place<'_>| {
                let drawn = self.random_pools.subset(pool, scope, at.task, at.network);
                let sweeps = match scope {
                    Scope::PerModel => &at.observation.random[drawn],
                    Scope::Shared => &at.observation.shared_random[drawn],
                };
                score_at(sweeps, metric, place)
            })
        };
        let of_yardstick = |yardstick: &Yardstick, kind| -> Result<RandomAgreement> {
            let averaged = pools[..self.experiment.n_averaged_pools.min(pools.len())]
                .par_iter()
                .map(|&pool| of_pool(yardstick, &self.resamples, kind, pool))
                .collect::<Result<Option<Vec<Agreement>>>>()?;
            Ok(RandomAgreement {
                pools: pools
                    .par_iter()
                    .map(|&pool| {
                        let agreement = of_pool(yardstick, &self.as_they_are, kind, pool)?;
                        Ok(agreement.and_then(|agreement| agreement.mean))
                    })
                    .collect::<Result<_>>()?,
                average: averaged.and_then(|averaged| Agreement::average(&averaged)),
            })
        };
        kinds
            .into_iter()
            .map(|(scope, fraction, place)| {
                let yardsticks = YARDSTICKS.iter();
                Ok(RandomAgreements {
                    scope,
                    fraction,
                    of_yardsticks: yardsticks
                        .map(|yardstick| of_yardstick(yardstick, (scope, place)))
                        .collect::<Result<_>>()?,
                })
            })
            .collect()
    }

    /// The agreement of scores with what was reached; nothing if a network has no such score.
    fn agreement(
        &self,
        yardstick: &Yardstick,
        resamples: &Resamples,
        score: impl Fn(&Place<'_>) -> Option<f64>,
    ) -> Result<Option<Agreement>> {
        let of_task = |(index, task): (usize, &Task<'_>)| {
            let networks = task.observations().zip(task.shared).enumerate();
            networks
                .map(|(network, (observation, shared))| {
                    score(&Place {
                        task: index,
                        network,
                        observation,
                        shared,
                    })
                })
                .collect::<Option<Vec<f64>>>()
        };
        let tasks = self.tasks.iter().enumerate();
        let Some(scores) = tasks.map(of_task).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let ranked: Vec<RankedNetworks<'_>> = self
            .tasks
            .iter()
            .zip(&scores)
            .map(|(task, scores)| RankedNetworks {
                networks: task.members,
                scores,
                accuracies: if yardstick.is_probe {
                    &task.linear_probe
                } else {
                    &task.fine_tuned
                },
            })
            .collect();
        Agreement::by(yardstick.correlation, &ranked, resamples).map(Some)
    }

    /// Where a fraction stands among those of a metric.
    fn place(&self, metric: usize, fraction: f64) -> usize {
        let fractions = self.experiment.fractions_of(metric);
        let place = fractions.iter().position(|&other| other == fraction);
        place.unwrap_or_default()
    }
}

fn score_at(sweeps: &Sweeps, metric: usize, place: usize) -> Option<f64> {
    sweeps.get(metric)?.get(place).copied()
}
