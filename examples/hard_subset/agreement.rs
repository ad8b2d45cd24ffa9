//! How well scores rank networks, in the mean over tasks: with intervals, against another score, and against chance.
//!
//! A task is whatever networks are ranked on: a target, or a target and one draw of its samples. Numbers in, numbers
//! out; the sums run in a fixed order, so nothing depends on the number of threads.

use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tensor_core::numeric::{self, Bootstrap, Moments};
use tensor_core::{Result, Seed};
use transferability_metrics::Estimate;

/// Share of the resamples inside an interval.
const LEVEL: f64 = 0.95;

/// Networks that were scored on a task, and what they reached there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RankedNetworks<'a> {
    /// Their places in the pool, each once.
    pub(crate) networks: &'a [usize],
    /// Higher for better.
    pub(crate) scores: &'a [f64],
    pub(crate) accuracies: &'a [f64],
}

/// Pools whose networks are drawn with replacement: the same for every score, so that differences are paired.
#[derive(Debug, Clone)]
pub(crate) struct Resamples {
    n_networks: usize,
    /// For each resample, how often each network was drawn.
    draws: Vec<Vec<u32>>,
}

/// A correlation of scores with accuracies; nothing where one of them is constant.
pub(crate) type Correlation = fn(&[f64], &[f64]) -> Result<Option<f64>>;

/// The mean over tasks of a correlation between scores and accuracies, as it is and on resampled pools.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Agreement {
    /// Undefined where that of a task is, as when all its scores are equal.
    pub(crate) mean: Option<f64>,
    /// One entry a task.
    pub(crate) tasks: Vec<Option<f64>>,
    /// One entry a resample.
    replicates: Vec<Option<f64>>,
}

/// A number beside those of random subsets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgainstChance {
    /// Random subsets.
    pub(crate) n_draws: usize,
    /// Their mean.
    pub(crate) mean: f64,
    /// Their sample standard deviation.
    pub(crate) standard_deviation: f64,
    /// The number less their mean, in standard deviations; nothing where they are all equal.
    pub(crate) z: Option<f64>,
    /// The chance of a random subset as good or better: `(1 + as good or better) / (1 + n_draws)`.
    pub(crate) p_value: f64,
}

impl Resamples {
    /// Draws the pools; resample `b` comes from the stream `("bootstrap", b)`.
    pub(crate) fn draw(n_networks: usize, n_resamples: usize, seed: Seed) -> Self {
        let draw = |resample| {
            let mut rng = seed.stream("bootstrap", resample);
            let mut counts = vec![0; n_networks];
            for _ in 0..n_networks {
                counts[rng.random_range(0..n_networks)] += 1;
            }
            counts
        };
        Self {
            n_networks,
            draws: (0..n_resamples as u64).map(draw).collect(),
        }
    }
}

impl Agreement {
    /// By the weighted Kendall, in which the best networks count most.
    ///
    /// # Errors
    ///
    /// Lengths that differ within a task, or a number that is not finite.
    pub(crate) fn of(tasks: &[RankedNetworks<'_>], resamples: &Resamples) -> Result<Self> {
        Self::by(numeric::weighted_kendall, tasks, resamples)
    }

    /// By any correlation; resamples run on several threads.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(crate) fn by(
        correlation: Correlation,
        tasks: &[RankedNetworks<'_>],
        resamples: &Resamples,
    ) -> Result<Self> {
        let once = vec![1; resamples.n_networks];
        let of_tasks = tasks
            .iter()
            .map(|task| task.correlation(correlation, &once))
            .collect::<Result<Vec<_>>>()?;
        let on_resample = |counts: &Vec<u32>| {
            let of_tasks = tasks.iter().map(|task| task.correlation(correlation, counts));
            Ok(mean(&of_tasks.collect::<Result<Vec<_>>>()?))
        };
        Ok(Self {
            mean: mean(&of_tasks),
            tasks: of_tasks,
            replicates: resamples
                .draws
                .par_iter()
                .map(on_resample)
                .collect::<Result<_>>()?,
        })
    }

    /// The mean of several agreements over the same tasks and resamples.
    pub(crate) fn average(agreements: &[Self]) -> Option<Self> {
        let first = agreements.first()?;
        let of_place =
            |of: &dyn Fn(&Self) -> Option<f64>| mean(&agreements.iter().map(of).collect::<Vec<_>>());
        let tasks = 0..first.tasks.len();
        let replicates = 0..first.replicates.len();
        Some(Self {
            mean: of_place(&|agreement| agreement.mean),
            tasks: tasks
                .map(|task| of_place(&|agreement| agreement.tasks[task]))
                .collect(),
            replicates: replicates
                .map(|resample| of_place(&|agreement| agreement.replicates[resample]))
                .collect(),
        })
    }

    /// The mean with its interval.
    pub(crate) fn estimate(&self) -> Result<Estimate> {
        estimate(self.mean, &self.replicates)
    }

    /// How much more this agrees than `other`, with the interval of the difference on the same resamples.
    pub(crate) fn gain_over(&self, other: &Self) -> Result<Estimate> {
        let difference = |(left, right): (&Option<f64>, &Option<f64>)| Some((*left)? - (*right)?);
        let replicates: Vec<Option<f64>> = self
            .replicates
            .iter()
            .zip(&other.replicates)
            .map(difference)
            .collect();
        estimate(difference((&self.mean, &other.mean)), &replicates)
    }
}

impl AgainstChance {
    /// Compares a number with those of random subsets, at least two.
    pub(crate) fn of(value: f64, random: &[f64]) -> Result<Option<Self>> {
        let moments = Moments::of(random)?;
        let (Some(mean), Some(variance)) = (moments.mean(), moments.sample_variance()) else {
            return Ok(None);
        };
        let standard_deviation = variance.sqrt();
        let n_as_good = random.iter().filter(|&&other| other >= value).count();
        Ok(Some(Self {
            n_draws: random.len(),
            mean,
            standard_deviation,
            z: (standard_deviation > 0.0).then(|| (value - mean) / standard_deviation),
            p_value: (1 + n_as_good) as f64 / (1 + random.len()) as f64,
        }))
    }
}

impl RankedNetworks<'_> {
    /// Of a pool that holds each network so many times.
    fn correlation(&self, correlation: Correlation, counts: &[u32]) -> Result<Option<f64>> {
        let repeated = |values: &[f64]| -> Vec<f64> {
            let copies = self.networks.iter().zip(values);
            copies
                .flat_map(|(&network, &value)| std::iter::repeat_n(value, counts[network] as usize))
                .collect()
        };
        let (scores, accuracies) = (repeated(self.scores), repeated(self.accuracies));
        if scores.len() < 2 {
            return Ok(None);
        }
        correlation(&scores, &accuracies)
    }
}

/// The mean where every value is defined.
fn mean(values: &[Option<f64>]) -> Option<f64> {
    let sum: Option<f64> = values.iter().copied().sum();
    sum.filter(|_| !values.is_empty())
        .map(|sum| sum / values.len() as f64)
}

fn estimate(value: Option<f64>, replicates: &[Option<f64>]) -> Result<Estimate> {
    let defined: Vec<f64> = replicates.iter().copied().flatten().collect();
    let spread = Bootstrap {
        estimate: value,
        n_undefined: replicates.len() - defined.len(),
        replicates: defined,
    };
    Ok(Estimate {
        value,
        interval: Some(spread.percentile(LEVEL)?),
    })
}
