//! The pool at work: networks trained, shown the targets, adapted to them; each item kept in the cache.

use std::collections::BTreeMap;

use anyhow::Context;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use tensor_core::progress::Progress;
use tensor_core::report::InputHash;
use tensor_core::{Kind, Seed, Tensor, convert};

use super::corruption::Corruption;
use super::family::{Family, subject};
use super::foreign;
use super::images::{Folders, Store};
use super::outputs::{SourceOutputs, SourceSample, Truth};
use super::plan::Plan;
use super::probe::Head;
use super::self_supervised;
use super::source::{AfterPretext, Learning, Source, Training};
use crate::support::cache::{Cache, Item};
use crate::support::data_set::DataSet;
use crate::support::image_set::{ImageSet, Split};
use crate::support::network::Network;
use crate::support::training::{self, TrainingParams};
use crate::support::workers::Workers;

/// A plan, the images it needs, and where finished items are kept.
#[derive(Debug)]
pub(crate) struct SourcePool {
    plan: Plan,
    seed: u64,
    splits: BTreeMap<DataSet, Split>,
    folders: Folders,
    /// What each network comes from, in the order of the plan.
    origins: Vec<Origin>,
    cache: Cache,
}

/// What a network comes from: SHA-256 of files or images.
#[derive(Debug, Clone, Serialize)]
enum Origin {
    /// The file of its parameters.
    File(String),
    /// The images it is trained on, and those it is measured on.
    Images([[u8; 32]; 2]),
}

/// Everything that a source network depends on.
#[derive(Serialize)]
struct SourceKey<'a> {
    seed: u64,
    source: &'a Source,
    origin: &'a Origin,
    training: Option<[TrainingParams; 2]>,
}

/// Everything that a network adapted to a target depends on.
#[derive(Serialize)]
struct AdaptedKey<'a> {
    source: SourceKey<'a>,
    /// SHA-256 of the training and of the test images.
    images: [[u8; 32]; 2],
    params: TrainingParams,
    repeat: u64,
}

#[derive(Serialize, Deserialize)]
struct Measured {
    accuracy: f64,
}

/// A way to adapt a network to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adaptation {
    FineTuned,
    LinearProbe,
}

/// One network adapted to one target once.
#[derive(Debug, Clone, Copy)]
struct Run {
    source: usize,
    target: usize,
    repeat: u64,
    adaptation: Adaptation,
}

impl SourcePool {
    /// Reads the images of the plan.
    pub(crate) fn open(plan: Plan, seed: u64, folders: Folders, cache: Cache) -> anyhow::Result<Self> {
        if plan.store == Store::Full {
            folders.require_full()?;
        }
        let splits: BTreeMap<DataSet, Split> = plan
            .splits
            .iter()
            .map(|(&data, &sizes)| {
                let seed = Seed::new(seed).derive(data.name());
                let split = folders
                    .split(data, plan.store, sizes, seed)
                    .with_context(|| format!("cannot prepare {}", data.name()))?;
                Ok((data, split))
            })
            .collect::<anyhow::Result<_>>()?;
        let origins = plan
            .sources
            .iter()
            .map(|source| match &source.training {
                Some(training) => {
                    let images = source_images(&splits, training, seed);
                    Ok(Origin::Images(images.map(|images| images.sha256())))
                }
                None => {
                    let file = foreign::file(source.architecture, &folders.pool());
                    Ok(Origin::File(InputHash::of_file(&source.name, file)?.sha256))
                }
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            plan,
            seed,
            splits,
            folders,
            origins,
            cache,
        })
    }

    /// The networks of the pool, the targets, and all sizes.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Trains every network that is trained here; gives each network's accuracy on held-out images like those of its
    /// sample, nothing for one without a sample.
    pub(crate) fn train(
        &self,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Option<f64>>> {
        let sources: Vec<usize> = (0..self.plan.sources.len()).collect();
        workers.map(
            "training source networks",
            &sources,
            sources.len() as u64,
            progress,
            |&source, advance| {
                let accuracy = self.source_network(source)?.1;
                advance(1);
                Ok(accuracy)
            },
        )
    }

    /// Adapts every network to every target, by fine-tuning and by a linear probe, as often as the plan says.
    pub(crate) fn measure(
        &self,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<()> {
        let runs = self.runs();
        workers
            .map(
                "adapting to the targets",
                &runs,
                runs.len() as u64,
                progress,
                |&run, advance| {
                    self.adapted(run)?;
                    advance(1);
                    Ok(())
                },
            )
            .map(drop)
    }

    /// Network `source` before it is adapted to target `target`, both in the order of the plan.
    pub(crate) fn outputs(&self, source: usize, target: usize) -> anyhow::Result<SourceOutputs> {
        let (network, _) = self.source_network(source)?;
        let (source, target) = (&self.plan.sources[source], self.plan.targets[target]);
        let images = &self.splits[&target].target_train;
        let outputs = training::outputs(&network, images)?;
        let family = source.family();
        Ok(SourceOutputs {
            name: source.name.clone(),
            architecture: source.architecture,
            family,
            kind: source.kind(),
            n_train_source: source.training.as_ref().map(Training::n_images),
            source_sample: self.source_sample(source, &network)?,
            target_features: outputs.features,
            target_probabilities: outputs.probabilities,
            target_labels: images.labels().to_vec(),
            same_family: family == Family::Here(target),
            same_subject: family.subject() == subject(target),
            subject: family.subject(),
        })
    }

    /// What network `source` reached on target `target`, both in the order of the plan; computed if it is not yet.
    pub(crate) fn truth(&self, source: usize, target: usize) -> anyhow::Result<Truth> {
        let all = |adaptation| {
            (0..self.plan.repeats)
                .map(|repeat| {
                    self.adapted(Run {
                        source,
                        target,
                        repeat,
                        adaptation,
                    })
                })
                .collect::<anyhow::Result<Vec<_>>>()
        };
        Ok(Truth {
            fine_tuned: all(Adaptation::FineTuned)?,
            linear_probe: all(Adaptation::LinearProbe)?,
            test_labels: self.splits[&self.plan.targets[target]]
                .target_test
                .labels()
                .to_vec(),
        })
    }

    /// The slowest networks first, so that no worker is left with them at the end.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for source in (0..self.plan.sources.len()).rev() {
            for target in 0..self.plan.targets.len() {
                for repeat in 0..self.plan.repeats {
                    runs.extend(
                        [Adaptation::FineTuned, Adaptation::LinearProbe].map(|adaptation| Run {
                            source,
                            target,
                            repeat,
                            adaptation,
                        }),
                    );
                }
            }
        }
        runs
    }

    /// A network of the pool, and its accuracy on held-out images like those of its sample.
    fn source_network(&self, index: usize) -> anyhow::Result<(Network, Option<f64>)> {
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

    fn source_sample(&self, source: &Source, network: &Network) -> anyhow::Result<Option<SourceSample>> {
        let Some(images) = self.sample_images(source) else {
            return Ok(None);
        };
        Ok(Some(SourceSample {
            features: training::features(network, &images)?,
            labels: images.labels().to_vec(),
            is_stand_in: foreign::is_stand_in(source),
        }))
    }

    fn sample_images(&self, source: &Source) -> Option<ImageSet> {
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

    /// Test probabilities (m, k) of an adapted network.
    fn adapted(&self, run: Run) -> anyhow::Result<Array2<f32>> {
        let (source, target) = (&self.plan.sources[run.source], self.plan.targets[run.target]);
        let Split {
            target_train,
            target_test,
            ..
        } = &self.splits[&target];
        let (kind, params) = match run.adaptation {
            Adaptation::LinearProbe => ("pool-probe", self.plan.probe),
            Adaptation::FineTuned if source.training.is_none() => {
                ("pool-fine-tuned", self.plan.foreign_fine_tuning)
            }
            Adaptation::FineTuned => ("pool-fine-tuned", self.plan.fine_tuning),
        };
        let key = AdaptedKey {
            source: self.source_key(run.source),
            images: [target_train.sha256(), target_test.sha256()],
            params,
            repeat: run.repeat,
        };
        let item = self.cache.item(kind, &key, || {
            let seed = Seed::new(self.seed).derive(&format!("{} for {}", source.name, target.name()));
            let (network, _) = self.source_network(run.source)?;
            let probabilities = adapt(network, run, params, target_train, target_test, seed)?;
            Ok(Item {
                state: Measured {
                    accuracy: training::accuracy_of(&probabilities, target_test.labels())?,
                },
                tensors: BTreeMap::from([(
                    "probabilities".to_owned(),
                    probabilities.f_to_kind(Kind::Float)?,
                )]),
            })
        });
        let item: Item<Measured> =
            item.with_context(|| format!("`{}` adapted to {}", source.name, target.name()))?;
        let probabilities = item
            .tensors
            .get("probabilities")
            .context("a finished item without its probabilities")?;
        Ok(convert::array2("probabilities", probabilities)?)
    }

    fn source_key(&self, index: usize) -> SourceKey<'_> {
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
}

/// The images a network is trained on, and those it is measured on.
fn source_images(splits: &BTreeMap<DataSet, Split>, training: &Training, seed: u64) -> [ImageSet; 2] {
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

/// Test probabilities (m, k), f64.
fn adapt(
    mut network: Network,
    run: Run,
    params: TrainingParams,
    train: &ImageSet,
    test: &ImageSet,
    seed: Seed,
) -> tensor_core::Result<Tensor> {
    let (head, batches) = (
        &mut seed.stream("head", run.repeat),
        &mut seed.stream("batches", run.repeat),
    );
    match run.adaptation {
        Adaptation::FineTuned => {
            network.replace_head(train.n_classes(), head)?;
            training::train(&network, train, params, batches, &|_| ())?;
            Ok(training::outputs(&network, test)?.probabilities)
        }
        Adaptation::LinearProbe => {
            let features = training::features(&network, train)?;
            let probe = Head::fit(&features, train.labels(), train.n_classes(), params, batches)?;
            probe.probabilities(&training::features(&network, test)?)
        }
    }
}
