//! A source network on one draw of a target's pixels: every score, on all pixels and on every subset.

use std::collections::BTreeMap;

use anyhow::Context;
use hard_subset::Hardness;
use ot_transferability::PixelSampling;
use serde::{Deserialize, Serialize};
use tensor_core::Seed;

use super::experiment::Experiment;
use super::pixels::Pixels;
use super::results::Part;
use super::scene_coverage::SceneCoverage;
use crate::measure::{Measure, SourceStatistics};
use crate::scorers::{METRICS, MIN_PER_CLASS, Scorers, Sweeps, subset_of};
use crate::segmentation_pool::plan::Source;
use crate::segmentation_pool::pool::{SegmentationPool, SourceKey, Target};
use crate::segmentation_pool::sampled_scenes::SampledScenes;
use crate::support::cache::Item;

/// Everything that a network scored on a draw.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Observation {
    pub(super) n_pixels: usize,
    /// On all pixels, one entry a metric.
    pub(super) base: Vec<f64>,
    /// One entry a hardness.
    pub(super) measures: Vec<Measured>,
    /// One entry a random subset.
    pub(super) random: Vec<Sweeps>,
    /// How the first random subset spreads over the scenes, one entry a fraction.
    pub(super) random_coverage: Vec<SceneCoverage>,
}

/// One hardness.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured {
    /// On the hardest pixels.
    pub(super) hard: Sweeps,
    /// On the easiest.
    pub(super) easy: Sweeps,
    /// How the hardest spread over the scenes, one entry a fraction.
    pub(super) coverage: Vec<SceneCoverage>,
    /// Spearman's correlation of the two layers, where the hardness has them.
    pub(super) layer_agreement: Option<f64>,
    /// Share of the pixels whose source class has no pixel in the source sample.
    pub(super) fallbacks: f64,
}

impl Measured {
    /// On one end of it.
    pub(super) fn sweeps(&self, part: Part) -> &Sweeps {
        match part {
            Part::Hard => &self.hard,
            Part::Easy => &self.easy,
        }
    }
}

/// Everything that an observation depends on.
#[derive(Serialize)]
struct ObservationKey<'a> {
    source: SourceKey<'a>,
    target: [u8; 32],
    sampling: PixelSampling,
    n_source_scenes: usize,
    draw: usize,
    metrics: [&'static str; 6],
    measures: &'a [Measure],
    fractions: Vec<f64>,
    transport_fraction: f64,
    n_random: usize,
    min_per_class: usize,
}

/// A network shown the pixels that a score may see.
struct Shown {
    /// Of its own task.
    own: Pixels,
    /// Of the target.
    target: Pixels,
    statistics: SourceStatistics,
}

/// The observation, read if it is finished.
pub(super) fn observe(
    pool: &SegmentationPool<'_>,
    experiment: &Experiment,
    source: &Source,
    target: &Target<'_>,
    draw: usize,
) -> anyhow::Result<Observation> {
    let own = pool.own_scenes(source);
    let own = pool.sampled(&own, &source.task.name);
    let sampled = pool.sampled(&target.train, &target.task.name);
    let key = ObservationKey {
        source: pool.source_key(source),
        target: target.train.sha256(),
        sampling: sampled.sampling,
        n_source_scenes: own.scenes.len(),
        draw,
        metrics: METRICS,
        measures: &experiment.measures,
        fractions: experiment.subset_fractions(),
        transport_fraction: experiment.transport_fraction,
        n_random: experiment.n_random,
        min_per_class: MIN_PER_CLASS,
    };
    let item = pool.cache.item("segmentation-hard-subset", &key, || {
        let shown = Shown::new(pool, source, &own, &sampled, draw)?;
        let pair = format!("hard subsets of {} for {}", target.task.name, source.name());
        let seed = pool.seed.derive(&pair).derive(&draw.to_string());
        Ok(Item {
            state: shown.measure(experiment, seed)?,
            tensors: BTreeMap::new(),
        })
    })?;
    Ok(item.state)
}

impl Shown {
    fn new(
        pool: &SegmentationPool<'_>,
        source: &Source,
        own: &SampledScenes<'_>,
        target: &SampledScenes<'_>,
        draw: usize,
    ) -> anyhow::Result<Self> {
        let (network, _) = pool.source_network(source, &|_| ())?;
        let own = Pixels::of(&network, own, draw)?;
        Ok(Self {
            statistics: own.statistics(pool.seed)?,
            target: Pixels::of(&network, target, draw)?,
            own,
        })
    }

    fn measure(&self, experiment: &Experiment, seed: Seed) -> anyhow::Result<Observation> {
        let sample = self.target.sample()?;
        let source = self.own.source_sample()?;
        let scorers = Scorers::new(|metric| experiment.fractions_of(metric), Some(source));
        let fractions = experiment.subset_fractions();
        let coverage = |hardness: &Hardness| -> anyhow::Result<Vec<SceneCoverage>> {
            let of_fraction = |&fraction: &f64| {
                let subset = subset_of(fraction).select(hardness, sample.labels())?;
                SceneCoverage::of(&subset, &self.target.scenes)
            };
            fractions.iter().map(of_fraction).collect()
        };
        let of_measure = |&measure: &Measure| -> anyhow::Result<Measured> {
            let hardness = self.statistics.hardness(measure, &self.target.seen)?;
            let hardness = hardness.context("cannot be measured")?;
            let combined = &hardness.combined;
            let agreement = hardness.layer_agreement()?;
            Ok(Measured {
                hard: scorers.sweeps(&sample, combined)?,
                easy: scorers.sweeps(&sample, &combined.easy())?,
                coverage: coverage(combined)?,
                layer_agreement: agreement.first().and_then(|&(_, _, correlation)| correlation),
                fallbacks: hardness.n_fallbacks as f64 / sample.n_samples() as f64,
            })
        };
        let random = |draw| Hardness::random(sample.n_samples(), seed, draw);
        Ok(Observation {
            n_pixels: sample.n_samples(),
            base: scorers.base(&sample)?,
            measures: experiment
                .measures
                .iter()
                .map(|measure| of_measure(measure).with_context(|| measure.name()))
                .collect::<anyhow::Result<_>>()?,
            random: (0..experiment.n_random as u64)
                .map(|draw| scorers.sweeps(&sample, &random(draw)?))
                .collect::<anyhow::Result<_>>()?,
            random_coverage: coverage(&random(0)?)?,
        })
    }
}
