//! How well scores on subsets rank the networks of a group, beside scores on all samples and on random subsets.

use hard_subset::Scope;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tensor_core::{Result, Seed, numeric};

use super::experiment::Experiment;
use super::observation::{Observation, Side};
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
    /// The networks as they are.
    as_they_are: Resamples,
}

/// Random subsets that the scores of a metric on other subsets are compared with.
struct RandomAgreements {
    scope: Scope,
    fraction: f64,
    /// One list a yardstick, one entry a draw.
    of_yardsticks: Vec<Vec<Option<f64>>>,
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
                self.agreement(yardstick, &self.resamples, |observation, _| {
                    observation.base.get(metric).copied()
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
        let score = |observation: &Observation, shared: &SharedScores| match subset.scope {
            Scope::PerModel => score_at(observation.subset(subset.measure, subset.side)?, metric, place),
            Scope::Shared => score_at(shared.of(subset.measure)?, metric, 0),
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
            let draws: Vec<f64> = of_same_kind
                .iter()
                .flat_map(|random| random.of_yardsticks[index].iter().copied().flatten())
                .collect();
            compared.push(Compared {
                agreement: agreement.estimate()?,
                gain: agreement.gain_over(base)?,
                chance: match agreement.mean {
                    Some(mean) => AgainstChance::of(mean, &draws)?,
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
        let draws: Vec<usize> = (0..self.experiment.n_random).collect();
        kinds
            .into_iter()
            .map(|(scope, fraction, place)| {
                let of_draw = |yardstick: &Yardstick, draw: usize| {
                    let agreement = self.agreement(yardstick, &self.as_they_are, |observation, _| {
                        let sweeps = match scope {
                            Scope::PerModel => &observation.random[draw],
                            Scope::Shared => &observation.shared_random[draw],
                        };
                        score_at(sweeps, metric, place)
                    })?;
                    Ok(agreement.and_then(|agreement| agreement.mean))
                };
                let of_yardsticks = YARDSTICKS
                    .iter()
                    .map(|yardstick| draws.par_iter().map(|&draw| of_draw(yardstick, draw)).collect())
                    .collect::<Result<_>>()?;
                Ok(RandomAgreements {
                    scope,
                    fraction,
                    of_yardsticks,
                })
            })
            .collect()
    }

    /// The agreement of scores with what was reached; nothing if a network has no such score.
    fn agreement(
        &self,
        yardstick: &Yardstick,
        resamples: &Resamples,
        score: impl Fn(&Observation, &SharedScores) -> Option<f64>,
    ) -> Result<Option<Agreement>> {
        let of_task = |task: &Task<'_>| {
            let networks = task.observations().zip(task.shared);
            networks
                .map(|(observation, shared)| score(observation, shared))
                .collect::<Option<Vec<f64>>>()
        };
        let Some(scores) = self.tasks.iter().map(of_task).collect::<Option<Vec<_>>>() else {
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
