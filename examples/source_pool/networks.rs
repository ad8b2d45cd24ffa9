//! The networks of the pool before they are adapted: trained here, or read.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tensor_core::Seed;

use super::corruption::Corruption;
use super::foreign;
use super::outputs::SourceSample;
use super::pool::SourcePool;
use super::probe::Head;
use super::self_supervised;
use super::source::{AfterPretext, Learning, Source, Training};
use crate::support::cache::Item;
use crate::support::data_set::DataSet;
use crate::support::image_set::{ImageSet, Split};
use crate::support::network::Network;
use crate::support::training::{self, TrainingParams};

/// What a network comes from: SHA-256 of files or images.
#[derive(Debug, Clone, Serialize)]
pub(super) enum Origin {
    /// The file of its parameters.
    File(String),
    /// The images it is trained on, and those it is measured on.
    Images([[u8; 32]; 2]),
}

/// Everything that a source network depends on.
#[derive(Serialize)]
pub(super) struct SourceKey<'a> {
    seed: u64,
    source: &'a Source,
    origin: &'a Origin,
    training: Option<[TrainingParams; 2]>,
}

/// How often a finished network is right.
#[derive(Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) accuracy: f64,
}

impl SourcePool {
    /// A network of the pool, and its accuracy on held-out images like those of its sample.
    pub(super) fn source_network(&self, index: usize) -> anyhow::Result<(Network, Option<f64>)> {
        let source = &self.plan.sources[index];
        let Some(training) = &source.training else {
            return self.foreign_network(source);
        };
        let item = self.cache.item("pool-source", &self.source_key(index), || {
            let [train, test] = source_images(&self.splits, training, self.seed);
            let network = self.trained(source, training, &train)?;
            let accuracy = training::accuracy(&network, &test)?;
            Ok(Item {
                state: Measured { accuracy },
                tensors: network.into_parameters()?,
            })
        });
        let item = item.with_context(|| format!("source network `{}`", source.name))?;
        let network = Network::from_parameters(source.architecture, item.tensors)?;
        Ok((network, Some(item.state.accuracy)))
    }

    pub(super) fn source_key(&self, index: usize) -> SourceKey<'_> {
        let source = &self.plan.sources[index];
        SourceKey {
            seed: self.seed,
            source,
            origin: &self.origins[index],
            training: source
                .training
                .as_ref()
                .map(|training| [self.plan.training_on(training.n_images()), self.plan.probe]),
        }
    }

    pub(super) fn source_sample(
        &self,
        source: &Source,
        network: &Network,
    ) -> anyhow::Result<Option<SourceSample>> {
        let Some(images) = self.sample_images(source) else {
            return Ok(None);
        };
        Ok(Some(SourceSample {
            features: training::features(network, &images)?,
            labels: images.labels().to_vec(),
            is_stand_in: source.has_stand_in(),
        }))
    }

    fn foreign_network(&self, source: &Source) -> anyhow::Result<(Network, Option<f64>)> {
        let network = foreign::load(source.architecture, &self.folders.pool())?;
        let accuracy = foreign::sample_data(source.architecture)
            .map(|data| training::accuracy(&network, &self.splits[&data].target_test))
            .transpose()?;
        Ok((network, accuracy))
    }

    fn trained(&self, source: &Source, training: &Training, images: &ImageSet) -> anyhow::Result<Network> {
        let seed = Seed::new(self.seed).derive(&source.name);
        let params = self.plan.training_on(training.n_images());
        let n_classes = training.classes.len() as i64;
        let batches = &mut seed.stream("batches", 0);
        let mut network = Network::initialise(
            source.architecture,
            n_classes,
            &mut seed.stream("initial weights", 0),
        )?;
        let after = match training.learning {
            Learning::Labels => {
                training::train(&network, images, params, batches, &|_| ())?;
                return Ok(network);
            }
            Learning::Rotations(after) => {
                let head = &mut seed.stream("pretext", 0);
                self_supervised::predict_rotations(&mut network, images, params, head, batches)?;
                after
            }
            Learning::Views(after) => {
                let draws = &mut seed.stream("pretext", 0);
                self_supervised::contrast(&network, images, params, draws, batches)?;
                after
            }
        };
        // Both ways start from the probe, so that the extractor is not thrown off by a head that knows nothing.
        let features = training::features(&network, images)?;
        let probe = Head::fit(
            &features,
            images.labels(),
            n_classes,
            self.plan.probe,
            &mut seed.stream("probe", 0),
        )?;
        network.set_head(&probe.weight, &probe.bias)?;
        if after == AfterPretext::FineTuned {
            training::train(&network, images, params, &mut seed.stream("batches", 1), &|_| ())?;
        }
        Ok(network)
    }

    pub(super) fn sample_images(&self, source: &Source) -> Option<ImageSet> {
        let Some(training) = &source.training else {
            let images = &self.splits[&foreign::sample_data(source.architecture)?].source;
            let classes: Vec<i64> = (0..images.n_classes()).collect();
            return Some(images.of_classes(&classes, self.plan.n_sample / classes.len()));
        };
        let per_class = self.plan.n_sample / training.classes.len();
        if training.corruption == Corruption::ShuffledLabels {
            let [trained, _] = source_images(&self.splits, training, self.seed);
            let classes: Vec<i64> = (0..trained.n_classes()).collect();
            return Some(trained.of_classes(&classes, per_class));
        }
        let images = self.splits[&training.data]
            .source
            .of_classes(&training.classes, per_class);
        Some(training.corruption.of_images(images))
    }
}

/// The images a network is trained on, and those it is measured on.
pub(super) fn source_images(
    splits: &BTreeMap<DataSet, Split>,
    training: &Training,
    seed: u64,
) -> [ImageSet; 2] {
    let split = &splits[&training.data];
    let train = split.source.of_classes(&training.classes, training.per_class);
    let test = split.target_test.of_classes(&training.classes, usize::MAX);
    let [train, test] = [train, test].map(|images| training.corruption.of_images(images));
    if training.corruption == Corruption::ShuffledLabels {
        [train.with_shuffled_labels(Seed::new(seed)), test]
    } else {
        [train, test]
    }
}
