//! The pool at work: networks trained, shown the targets, adapted to them; each item kept in the cache.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Serialize;
use tensor_core::progress::Progress;
use tensor_core::report::InputHash;
use tensor_core::{Seed, convert};

use super::adaptation::{Adaptation, Run};
use super::family::{Family, subject};
use super::foreign;
use super::images::{Folders, Store};
use super::networks::{Origin, SourceKey, source_images};
use super::outputs::{LayerActivations, NetworkActivations, SourceOutputs, Truth};
use super::plan::Plan;
use super::source::Training;
use crate::support::cache::Cache;
use crate::support::data_set::DataSet;
use crate::support::image_set::Split;
use crate::support::training;
use crate::support::workers::Workers;

/// A plan, the images it needs, and where finished items are kept.
#[derive(Debug)]
pub(crate) struct SourcePool {
    pub(super) plan: Plan,
    pub(super) seed: u64,
    pub(super) splits: BTreeMap<DataSet, Split>,
    pub(super) folders: Folders,
    /// What each network comes from, in the order of the plan.
    pub(super) origins: Vec<Origin>,
    pub(super) cache: Cache,
}

/// Everything that a network's outputs depend on.
#[derive(Serialize)]
struct OutputsKey<'a> {
    source: SourceKey<'a>,
    /// SHA-256 of the images of its sample.
    sample: Option<[u8; 32]>,
    /// SHA-256 of the target's training images.
    target: [u8; 32],
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
            .map(|source| {
                if let Some(training) = &source.training {
                    let images = source_images(&splits, training, seed);
                    Ok(Origin::Images(images.map(|images| images.sha256())))
                } else {
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

    /// The seed of every random step.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The classes of a target's training images.
    pub(crate) fn target_labels(&self, target: usize) -> &[i64] {
        self.splits[&self.plan.targets[target]].target_train.labels()
    }

    /// The classes of a target's test images.
    pub(crate) fn test_labels(&self, target: usize) -> &[i64] {
        self.splits[&self.plan.targets[target]].target_test.labels()
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

    /// The layers of network `source` before it is adapted to target `target`, both in the order of the plan.
    pub(crate) fn activations(&self, source: usize, target: usize) -> anyhow::Result<NetworkActivations> {
        let (network, _) = self.source_network(source)?;
        let images = &self.splits[&self.plan.targets[target]].target_train;
        let layers = self
            .sample_images(&self.plan.sources[source])
            .map(|sample| -> anyhow::Result<LayerActivations> {
                let predictions = training::outputs(&network, &sample)?
                    .probabilities
                    .f_argmax(-1, false)?;
                let predictions = convert::vector::<i64>("predicted classes", &predictions)?;
                Ok(LayerActivations {
                    source: training::layer_activations(&network, &sample)?,
                    source_predictions: predictions.into_iter().map(|class| class as usize).collect(),
                    target: training::layer_activations(&network, images)?,
                })
            })
            .transpose()?;
        Ok(NetworkActivations {
            target_scores: network.head(&training::features(&network, images)?)?.f_detach()?,
            head_weights: network.head_weights()?,
            layers,
        })
    }

    /// Everything that [`Self::outputs`] and [`Self::activations`] depend on, to be part of a key.
    pub(crate) fn outputs_key(&self, source: usize, target: usize) -> impl Serialize {
        OutputsKey {
            source: self.source_key(source),
            sample: self
                .sample_images(&self.plan.sources[source])
                .map(|images| images.sha256()),
            target: self.splits[&self.plan.targets[target]].target_train.sha256(),
        }
    }

    /// Training image `index` of a target: 28 x 28 grey levels.
    pub(crate) fn target_image(&self, target: usize, index: usize) -> &[u8] {
        self.splits[&self.plan.targets[target]].target_train.image(index)
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
}
