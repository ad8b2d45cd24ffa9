//! The pool of source networks: trained, scored on the targets, fine-tuned for them.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tensor_core::Seed;
use tensor_core::progress::Progress;
use transferability_metrics::{Features, Labels, Probabilities, Sample, catalogue};

use crate::experiment::{Experiment, Source};
use crate::support::cache::{Cache, Item};
use crate::support::data_set::DataSet;
use crate::support::image_set::{ImageSet, Split};
use crate::support::network::Network;
use crate::support::training::{self, TrainingParams};
use crate::support::workers::Workers;

/// Scores of one network on one target, by metric.
pub(crate) type Scores = BTreeMap<String, f64>;

/// What every stage reads.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) experiment: Experiment,
    pub(crate) seed: u64,
    /// Every data set, split.
    pub(crate) splits: BTreeMap<DataSet, Split>,
    pub(crate) cache: Cache,
}

/// Everything that a trained source network depends on.
#[derive(Serialize)]
struct SourceKey<'a> {
    seed: u64,
    source: &'a Source,
    /// SHA-256 of the images trained on and of those measured on.
    images: Option<[[u8; 32]; 2]>,
    params: TrainingParams,
}

/// Everything that the accuracy of a fine-tuned network depends on.
#[derive(Serialize)]
struct FineTunedKey<'a> {
    source: SourceKey<'a>,
    images: [[u8; 32]; 2],
    params: TrainingParams,
    repeat: u64,
}

#[derive(Serialize, Deserialize)]
struct Measured {
    accuracy: Option<f64>,
}

/// A network of the pool on a target.
struct Pair<'a> {
    source: &'a Source,
    target: DataSet,
}

impl Pool {
    /// Trains every source network; gives each one's accuracy on held-out images of its own classes.
    pub(crate) fn train(
        &self,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Option<f64>>> {
        let sources = &self.experiment.sources;
        let total = sources.len() as u64 * self.experiment.source_training.epochs;
        workers.map(
            "training source networks",
            sources,
            total,
            progress,
            |source, advance| Ok(self.source_network(source, advance)?.1),
        )
    }

    /// Scores every source network on the training part of every target: a list over networks for each target.
    pub(crate) fn score(
        &self,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Vec<Scores>>> {
        let pairs = self.pairs();
        let total = (pairs.len() * catalogue(Seed::new(self.seed)).len()) as u64;
        let scores = workers.map(
            "scoring with every metric",
            &pairs,
            total,
            progress,
            |pair, advance| {
                let (network, _) = self.source_network(pair.source, &|_| ())?;
                self.scores(&network, pair, advance)
            },
        )?;
        Ok(scores
            .chunks(self.experiment.sources.len())
            .map(<[Scores]>::to_vec)
            .collect())
    }

    /// Fine-tunes every source network for every target: for each target, for each network, the test accuracies.
    pub(crate) fn fine_tune(
        &self,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Vec<Vec<f64>>>> {
        let runs: Vec<(Pair<'_>, u64)> = self
            .experiment
            .targets
            .iter()
            .flat_map(|&target| self.experiment.sources.iter().map(move |source| (source, target)))
            .flat_map(|(source, target)| {
                (0..self.experiment.repeats).map(move |repeat| (Pair { source, target }, repeat))
            })
            .collect();
        let total = runs.len() as u64 * self.experiment.fine_tuning.epochs;
        let accuracies = workers.map(
            "fine-tuning for the truth",
            &runs,
            total,
            progress,
            |(pair, repeat), advance| self.fine_tuned_accuracy(pair, *repeat, advance),
        )?;
        let by_network: Vec<Vec<f64>> = accuracies
            .chunks(self.experiment.repeats as usize)
            .map(<[f64]>::to_vec)
            .collect();
        Ok(by_network
            .chunks(self.experiment.sources.len())
            .map(<[Vec<f64>]>::to_vec)
            .collect())
    }

    /// Every network on every target, target after target.
    fn pairs(&self) -> Vec<Pair<'_>> {
        let Experiment { targets, sources, .. } = &self.experiment;
        targets
            .iter()
            .flat_map(|&target| sources.iter().map(move |source| Pair { source, target }))
            .collect()
    }

    /// A network of the pool and its accuracy on its own classes; advances by the epochs of its training.
    fn source_network(
        &self,
        source: &Source,
        advance: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<(Network, Option<f64>)> {
        let params = self.experiment.source_training;
        let images = self.source_images(source);
        let mut trained_now = false;
        let item = self.cache.item(
            "source-network",
            &self.source_key(source, images.as_ref()),
            || {
                trained_now = true;
                let seed = Seed::new(self.seed).derive(&source.name);
                let n_classes = images.as_ref().map_or(10, |[train, _]| train.n_classes());
                let network = Network::initialise(
                    source.architecture,
                    n_classes,
                    &mut seed.stream("initial weights", 0),
                )?;
                let mut accuracy = None;
                if let Some([train, test]) = &images {
                    training::train(&network, train, params, &mut seed.stream("batches", 0), advance)?;
                    accuracy = Some(training::accuracy(&network, test)?);
                } else {
                    advance(params.epochs);
                }
                Ok(Item {
                    state: Measured { accuracy },
                    tensors: network.into_parameters()?,
                })
            },
        );
        let item = item.with_context(|| format!("source network `{}`", source.name))?;
        if !trained_now {
            advance(params.epochs);
        }
        Ok((
            Network::from_parameters(source.architecture, item.tensors)?,
            item.state.accuracy,
        ))
    }

    fn scores(
        &self,
        network: &Network,
        pair: &Pair<'_>,
        advance: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<Scores> {
        let images = &self.splits[&pair.target].target_train;
        let outputs = training::outputs(network, images)?;
        let sample = Sample::new(Labels::new(images.labels())?)
            .with_features(Features::new(outputs.features)?)?
            .with_probabilities(Probabilities::new(outputs.probabilities)?)?;
        catalogue(Seed::new(self.seed))
            .iter()
            .map(|metric| {
                let score = metric.score(&sample).with_context(|| {
                    format!(
                        "{} of `{}` on {}",
                        metric.name(),
                        pair.source.name,
                        pair.target.name()
                    )
                })?;
                advance(1);
                Ok((metric.name().to_owned(), score))
            })
            .collect()
    }

    fn fine_tuned_accuracy(
        &self,
        pair: &Pair<'_>,
        repeat: u64,
        advance: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<f64> {
        let params = self.experiment.fine_tuning;
        let Split {
            target_train,
            target_test,
            ..
        } = &self.splits[&pair.target];
        let key = FineTunedKey {
            source: self.source_key(pair.source, self.source_images(pair.source).as_ref()),
            images: [target_train.sha256(), target_test.sha256()],
            params,
            repeat,
        };
        let mut tuned_now = false;
        let item = self.cache.item("fine-tuned", &key, || {
            tuned_now = true;
            let seed =
                Seed::new(self.seed).derive(&format!("{} for {}", pair.source.name, pair.target.name()));
            let (mut network, _) = self.source_network(pair.source, &|_| ())?;
            network.replace_head(target_train.n_classes(), &mut seed.stream("head", repeat))?;
            training::train(
                &network,
                target_train,
                params,
                &mut seed.stream("batches", repeat),
                advance,
            )?;
            let accuracy = Some(training::accuracy(&network, target_test)?);
            Ok(Item {
                state: Measured { accuracy },
                tensors: BTreeMap::new(),
            })
        });
        let item =
            item.with_context(|| format!("`{}` fine-tuned for {}", pair.source.name, pair.target.name()))?;
        if !tuned_now {
            advance(params.epochs);
        }
        item.state
            .accuracy
            .context("a finished item without its accuracy")
    }

    fn source_key<'a>(&self, source: &'a Source, images: Option<&[ImageSet; 2]>) -> SourceKey<'a> {
        SourceKey {
            seed: self.seed,
            source,
            images: images.map(|images| images.each_ref().map(ImageSet::sha256)),
            params: self.experiment.source_training,
        }
    }

    /// The images a source is trained on, and those it is measured on.
    fn source_images(&self, source: &Source) -> Option<[ImageSet; 2]> {
        let wanted = source.training.as_ref()?;
        let split = &self.splits[&wanted.data];
        let train = split.source.of_classes(&wanted.classes, wanted.per_class);
        let test = split.target_test.of_classes(&wanted.classes, usize::MAX);
        let train = if wanted.shuffled {
            train.with_shuffled_labels(Seed::new(self.seed))
        } else {
            train
        };
        Some([train, test])
    }
}
