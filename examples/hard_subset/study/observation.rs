//! A network on a target: how hard each sample is, and every score on all samples and on every subset.

use std::collections::BTreeMap;

use anyhow::Context;
use hard_subset::{Activations, Hardness};
use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Seed};
use transferability_metrics::{Features, Labels, Probabilities, Sample};

use super::experiment::Experiment;
use crate::measure::{Measure, Seen, SourceStatistics};
use crate::scorers::{METRICS, MIN_PER_CLASS, Scorers, Sweeps, source_sample};
use crate::source_pool::{SourceOutputs, SourcePool};
use crate::support::cache::{Cache, Item};
use crate::support::network::FEATURES;

/// Which end of a hardness a subset is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    /// The hardest samples.
    Hard,
    /// The easiest: a control.
    Easy,
}

/// Everything that a network made of a target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Observation {
    /// How hard each sample is, by measure; some cannot be known without source samples.
    pub(super) measured: Vec<Measured>,
    /// On the whole sample, one score a metric; transport, the last, is missing without a source sample.
    pub(super) base: Vec<f64>,
    /// On the subsets of each measure.
    pub(super) subsets: Vec<SubsetScores>,
    /// On random subsets of the network's own.
    pub(super) random: Vec<Sweeps>,
    /// On random subsets that all networks share, at the middle fraction.
    pub(super) shared_random: Vec<Sweeps>,
    /// On what the first random subsets leave over at the middle fraction.
    pub(super) other_halves: Vec<Sweeps>,
}

/// One hardness of every sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured {
    pub(super) measure: Measure,
    pub(super) hardness: Hardness,
    /// Samples whose source class has no source sample.
    pub(super) n_fallbacks: usize,
    /// Samples without a direction, over all layers.
    pub(super) n_zero_rows: usize,
    /// Spearman's correlation of each pair of layers.
    pub(super) layer_agreement: Vec<Option<f64>>,
}

/// Scores on one end of one hardness.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubsetScores {
    pub(super) measure: Measure,
    pub(super) side: Side,
    pub(super) sweeps: Sweeps,
}

/// Everything that an observation depends on.
#[derive(Serialize)]
struct ObservationKey<'a, K> {
    outputs: K,
    metrics: [&'static str; 6],
    measures: &'a [Measure],
    reversed: &'a [Measure],
    fractions: &'a [f64],
    middle: f64,
    n_random: [usize; 2],
    min_per_class: usize,
}

/// A network shown the target's training images.
pub(super) struct Shown {
    outputs: SourceOutputs,
    pub(super) sample: Sample,
}

impl Observation {
    /// Network `source` on target `target`, both in the order of the plan; read if it is finished.
    pub(super) fn of(
        pool: &SourcePool,
        experiment: &Experiment,
        source: usize,
        target: usize,
        cache: &Cache,
    ) -> anyhow::Result<Self> {
        let key = ObservationKey {
            outputs: pool.outputs_key(source, target),
            metrics: METRICS,
            measures: &experiment.measures,
            reversed: &experiment.reversed,
            fractions: &experiment.fractions,
            middle: experiment.middle,
            n_random: [experiment.n_random, experiment.n_halves],
            min_per_class: MIN_PER_CLASS,
        };
        let item = cache.item("hard-subset", &key, || {
            Ok(Item {
                state: Self::compute(pool, experiment, source, target)?,
                tensors: BTreeMap::new(),
            })
        })?;
        Ok(item.state)
    }

    /// One hardness of every sample, if the network has it.
    pub(super) fn hardness(&self, measure: Measure) -> Option<&Hardness> {
        let mut measured = self.measured.iter();
        measured
            .find(|measured| measured.measure == measure)
            .map(|measured| &measured.hardness)
    }

    /// The scores on one end of a hardness, if the network has it.
    pub(super) fn subset(&self, measure: Measure, side: Side) -> Option<&Sweeps> {
        let mut subsets = self.subsets.iter();
        subsets
            .find(|subset| (subset.measure, subset.side) == (measure, side))
            .map(|subset| &subset.sweeps)
    }

    fn compute(
        pool: &SourcePool,
        experiment: &Experiment,
        source: usize,
        target: usize,
    ) -> anyhow::Result<Self> {
        let shown = Shown::new(pool, source, target)?;
        let target_seed = Seed::new(pool.seed())
            .derive("hard subsets")
            .derive(pool.plan().targets[target].name());
        let seed = target_seed.derive(&shown.outputs.name);
        let measured = shown.measured(pool, experiment, source, target, seed.derive("validation"))?;

        let scorers = shown.scorers(experiment)?;
        let at_middle = shown
            .scorers(experiment)?
            .without_transport()
            .at(experiment.middle);
        let sample = &shown.sample;
        let mut subsets = Vec::new();
        for Measured {
            measure, hardness, ..
        } in &measured
        {
            let mut score = |side, hardness: &Hardness| -> anyhow::Result<()> {
                let sweeps = scorers.sweeps(sample, hardness).with_context(|| measure.name())?;
                subsets.push(SubsetScores {
                    measure: *measure,
                    side,
                    sweeps,
                });
                Ok(())
            };
            score(Side::Hard, hardness)?;
            if experiment.reversed.contains(measure) {
                score(Side::Easy, &hardness.easy())?;
            }
        }
        let n_samples = sample.n_samples();
        let draws = |n: usize| 0..n as u64;
        let random = |draw: u64| scorers.sweeps(sample, &Hardness::random(n_samples, seed, draw)?);
        let shared_seed = target_seed.derive("shared");
        let shared = |draw: u64| at_middle.sweeps(sample, &Hardness::random(n_samples, shared_seed, draw)?);
        let other_half =
            |draw: u64| at_middle.sweeps(sample, &Hardness::random(n_samples, seed, draw)?.easy());
        Ok(Self {
            base: scorers.base(sample)?,
            subsets,
            random: draws(experiment.n_random)
                .map(random)
                .collect::<anyhow::Result<_>>()?,
            shared_random: draws(experiment.n_random)
                .map(shared)
                .collect::<anyhow::Result<_>>()?,
            other_halves: draws(experiment.n_halves)
                .map(other_half)
                .collect::<anyhow::Result<_>>()?,
            measured,
        })
    }
}

impl Shown {
    pub(super) fn new(pool: &SourcePool, source: usize, target: usize) -> anyhow::Result<Self> {
        let outputs = pool.outputs(source, target)?;
        let sample = Sample::new(Labels::new(&outputs.target_labels)?)
            .with_features(Features::new(outputs.target_features.shallow_clone())?)?
            .with_probabilities(Probabilities::new(outputs.target_probabilities.shallow_clone())?)?;
        Ok(Self { outputs, sample })
    }

    pub(super) fn scorers(&self, experiment: &Experiment) -> anyhow::Result<Scorers> {
        let source = self.outputs.source_sample.as_ref();
        let source = source
            .map(|sample| source_sample(&sample.features, &sample.labels))
            .transpose()?;
        Ok(Scorers::new(|metric| experiment.fractions_of(metric), source))
    }

    fn measured(
        &self,
        pool: &SourcePool,
        experiment: &Experiment,
        source: usize,
        target: usize,
        seed: Seed,
    ) -> anyhow::Result<Vec<Measured>> {
        let outputs = &self.outputs;
        let network = pool.activations(source, target)?;
        let probabilities = self.sample.probabilities()?;
        let (statistics, activations) = match (network.layers, &outputs.source_sample) {
            (Some(layers), Some(sample)) => {
                let own = Activations::new(layers.source)?;
                let classes: Vec<usize> = sample.labels.iter().map(|&label| label as usize).collect();
                let n_classes = probabilities.n_source_classes();
                let predictions = &layers.source_predictions;
                let statistics = SourceStatistics::of_samples(&own, &classes, predictions, n_classes, seed)?;
                (statistics, Activations::new(layers.target)?)
            }
            _ => (
                SourceStatistics::of_head_weights(FEATURES, &network.head_weights)?,
                Activations::single(FEATURES, outputs.target_features.shallow_clone())?,
            ),
        };
        let seen = Seen {
            activations,
            scores: network.target_scores.f_to_kind(Kind::Double)?,
            probabilities: Probabilities::new(outputs.target_probabilities.shallow_clone())?,
            labels: outputs.target_labels.clone(),
        };
        let mut measured = Vec::new();
        for &measure in &experiment.measures {
            let hardness = statistics
                .hardness(measure, &seen)
                .with_context(|| measure.name())?;
            let Some(hardness) = hardness else {
                continue;
            };
            let agreement = hardness.layer_agreement()?.into_iter();
            measured.push(Measured {
                measure,
                n_fallbacks: hardness.n_fallbacks,
                n_zero_rows: hardness.n_zero_rows,
                layer_agreement: agreement.map(|(_, _, correlation)| correlation).collect(),
                hardness: hardness.combined,
            });
        }
        Ok(measured)
    }
}
