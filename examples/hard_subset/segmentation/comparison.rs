//! How well scores on subsets rank the networks, beside scores on all pixels and on random subsets.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tensor_core::{Result, Seed};
use transferability_metrics::Estimate;

use super::experiment::Experiment;
use super::observation::Observation;
use super::order::Order;
use super::results::{Comparison, FractionResults, MetricResults, Part, SubsetResults, Truth, Way};
use crate::agreement::{AgainstChance, Agreement, RankedNetworks, Resamples};
use crate::scorers::{METRICS, Sweeps};

/// All networks on all targets.
pub(super) struct Observed {
    /// For each target, each draw, each network.
    pub(super) observations: Vec<Vec<Vec<Observation>>>,
    /// For each target, what each network reached.
    pub(super) truths: Vec<Truth<Vec<f64>>>,
}

/// Where a score stands in an observation.
#[derive(Clone, Copy)]
struct Place {
    metric: usize,
    fraction: usize,
}

impl Observed {
    /// Every metric on every subset; runs on several threads.
    pub(super) fn compare(&self, experiment: &Experiment, seed: Seed) -> Result<Vec<MetricResults>> {
        let n_networks = experiment.plan.sources.len();
        let resamples = Resamples::draw(n_networks, experiment.n_resamples, seed);
        let metrics = METRICS.iter().enumerate();
        metrics
            .map(|(index, metric)| {
                let on_all = |observation: &Observation| observation.base[index];
                let base = Truth::try_from_fn(|way| self.agreement(way, &resamples, on_all))?;
                let fractions = experiment.fractions_of(index).into_iter().enumerate();
                let fractions = fractions.map(|(fraction, value)| {
                    let place = Place {
                        metric: index,
                        fraction,
                    };
                    let random = Truth::try_from_fn(|way| self.random(way, place, experiment.n_random))?;
                    let random_orders = (0..experiment.n_random)
                        .map(|draw| self.order(|observation| place.of(&observation.random[draw]), on_all));
                    Ok(FractionResults {
                        fraction: value,
                        random_order: Order::mean(&random_orders.collect::<Result<Vec<_>>>()?),
                        subsets: self.subsets(experiment, &resamples, place, &base, &random)?,
                        random,
                    })
                });
                Ok(MetricResults {
                    metric: (*metric).to_owned(),
                    base: Truth::<Estimate>::try_from_fn(|way| base.by(way).estimate())?,
                    base_order: self.order(on_all, on_all)?,
                    fractions: fractions.collect::<Result<_>>()?,
                })
            })
            .collect()
    }

    fn subsets(
        &self,
        experiment: &Experiment,
        resamples: &Resamples,
        place: Place,
        base: &Truth<Agreement>,
        random: &Truth<Vec<Option<f64>>>,
    ) -> Result<Vec<SubsetResults>> {
        let mut subsets = Vec::new();
        for part in [Part::Hard, Part::Easy] {
            for (index, &measure) in experiment.measures.iter().enumerate() {
                let score = |observation: &Observation| place.of(observation.measures[index].sweeps(part));
                let truth = Truth::try_from_fn(|way| {
                    let agreement = self.agreement(way, resamples, score)?;
                    self.comparison(&agreement, base.by(way), random.by(way))
                })?;
                subsets.push(SubsetResults {
                    measure,
                    part,
                    truth,
                    order: self.order(score, |observation| observation.base[place.metric])?,
                });
            }
        }
        Ok(subsets)
    }

    fn comparison(
        &self,
        agreement: &Agreement,
        base: &Agreement,
        random: &[Option<f64>],
    ) -> Result<Comparison> {
        let n_draws = self.observations[0].len();
        let targets = agreement.tasks.chunks(n_draws).map(|draws| {
            let sum: Option<f64> = draws.iter().copied().sum();
            sum.map(|sum| sum / n_draws as f64)
        });
        let random: Vec<f64> = random.iter().copied().flatten().collect();
        let chance = agreement.mean.map(|value| AgainstChance::of(value, &random));
        Ok(Comparison {
            agreement: agreement.estimate()?,
            targets: targets.collect(),
            gain: agreement.gain_over(base)?,
            chance: chance.transpose()?.flatten(),
        })
    }

    /// The agreement on each random subset, where it is defined.
    fn random(&self, way: Way, place: Place, n_random: usize) -> Result<Vec<Option<f64>>> {
        let none = Resamples::draw(self.truths[0].by(way).len(), 0, Seed::new(0));
        let draws = (0..n_random).into_par_iter();
        draws
            .map(|draw| {
                let agreement =
                    self.agreement(way, &none, |observation| place.of(&observation.random[draw]))?;
                Ok(agreement.mean)
            })
            .collect()
    }

    /// Of one score of each observation with a truth; a task is a draw of a target.
    fn agreement(
        &self,
        way: Way,
        resamples: &Resamples,
        score: impl Fn(&Observation) -> f64,
    ) -> Result<Agreement> {
        let networks: Vec<usize> = (0..self.truths[0].by(way).len()).collect();
        let targets = self.observations.iter().zip(&self.truths);
        let scored: Vec<(Vec<f64>, &[f64])> = targets
            .flat_map(|(draws, truth)| draws.iter().map(move |networks| (networks, truth)))
            .map(|(networks, truth)| (networks.iter().map(&score).collect(), truth.by(way).as_slice()))
            .collect();
        let tasks: Vec<RankedNetworks<'_>> = scored
            .iter()
            .map(|(scores, accuracies)| RankedNetworks {
                networks: &networks,
                scores,
                accuracies,
            })
            .collect();
        Agreement::of(&tasks, resamples)
    }
}

impl Place {
    fn of(self, sweeps: &Sweeps) -> f64 {
        sweeps[self.metric][self.fraction]
    }
}
