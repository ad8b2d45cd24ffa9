//! The pool of source networks: trained, and fine-tuned for the targets.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tensor_core::Seed;
use tensor_core::progress::Progress;

use super::images::{Images, Part};
use super::network::Network;
use super::plan::{Plan, Source};
use super::scene::Scenes;
use super::task::Task;
use super::test_pixels::{Predictions, TestPixels};
use super::training;
use crate::support::cache::{Cache, Item};
use crate::support::training::TrainingParams;
use crate::support::workers::Workers;

/// Source networks and their scenes; see the [module](super).
#[derive(Debug)]
pub(crate) struct SegmentationPool<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) seed: Seed,
    images: Images,
    /// By the name of the task.
    source_scenes: BTreeMap<String, SourceScenes>,
    pub(crate) cache: &'a Cache,
}

/// Scenes of a source's own task.
#[derive(Debug)]
struct SourceScenes {
    train: Scenes,
    /// To measure it on.
    test: Scenes,
}

/// A target's scenes.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) task: &'a Task,
    /// For scoring and fine-tuning.
    pub(crate) train: Scenes,
    /// For measuring what was reached.
    pub(crate) test: Scenes,
    pub(crate) test_pixels: TestPixels,
}

/// How a source network is brought to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Transfer {
    /// Extractor and new head are trained.
    FineTuning,
    /// The new head alone is trained.
    LinearProbe,
}

/// Everything that a trained source network depends on.
#[derive(Serialize)]
pub(crate) struct SourceKey<'a> {
    seed: Seed,
    source: &'a Source,
    /// SHA-256 of the scenes trained on and of those measured on.
    scenes: [[u8; 32]; 2],
    params: TrainingParams,
}

/// Everything that the predictions of a transferred network depend on.
#[derive(Serialize)]
struct TransferKey<'a> {
    source: SourceKey<'a>,
    target: &'a Task,
    scenes: [[u8; 32]; 2],
    transfer: Transfer,
    params: TrainingParams,
    repeat: u64,
}

#[derive(Serialize, Deserialize)]
struct Measured {
    mean_iou: f64,
}

impl<'a> SegmentationPool<'a> {
    /// Reads the images and draws the scenes of the source tasks; `workspace` is where the folders of images are.
    pub(crate) fn open(
        plan: &'a Plan,
        workspace: &Path,
        seed: u64,
        cache: &'a Cache,
    ) -> anyhow::Result<Self> {
        let seed = Seed::new(seed).derive("segmentation");
        let images = Images::read(plan, workspace, seed)?;
        let mut source_scenes = BTreeMap::new();
        for Source { task, .. } in &plan.sources {
            if source_scenes.contains_key(&task.name) {
                continue;
            }
            let part = images.part(Part::Source);
            let seed = seed.derive("source scenes").derive(&task.name);
            let scenes = SourceScenes {
                train: Scenes::draw(task, &part, plan.n_source_scenes, seed.derive("train"))?,
                test: Scenes::draw(task, &part, plan.n_own_test_scenes, seed.derive("test"))?,
            };
            source_scenes.insert(task.name.clone(), scenes);
        }
        Ok(Self {
            plan,
            seed,
            images,
            source_scenes,
            cache,
        })
    }

    /// Trains every source network; gives each one's mean intersection over union on other scenes of its own task.
    pub(crate) fn train(
        &self,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<f64>> {
        let sources = &self.plan.sources;
        let total = sources.len() as u64 * self.plan.source_training.epochs;
        workers.map(
            "training segmentation networks",
            sources,
            total,
            progress,
            |source, advance| Ok(self.source_network(source, advance)?.1),
        )
    }

    /// The scenes of a target.
    pub(crate) fn target<'t>(&self, task: &'t Task) -> anyhow::Result<Target<'t>> {
        let seed = self.seed.derive("target scenes").derive(&task.name);
        let draw =
            |part, n_scenes, label| Scenes::draw(task, &self.images.part(part), n_scenes, seed.derive(label));
        let train = draw(Part::TargetTrain, self.plan.n_train_scenes, "train")?;
        let test = draw(Part::TargetTest, self.plan.n_test_scenes, "test")?;
        let test_pixels = TestPixels::of(&test);
        Ok(Target {
            task,
            train,
            test,
            test_pixels,
        })
    }

    /// Transfers every source network to the target `repeats` times: for each repeat, each network's predictions.
    pub(crate) fn transfer(
        &self,
        target: &Target<'_>,
        transfer: Transfer,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Vec<Predictions>>> {
        let sources = &self.plan.sources;
        let runs: Vec<(&Source, u64)> = (0..self.repeats(transfer))
            .flat_map(|repeat| sources.iter().map(move |source| (source, repeat)))
            .collect();
        let task = format!("{} for `{}`", transfer.name(), target.task.name);
        let total = runs.len() as u64 * self.params(transfer).epochs;
        let predictions = workers.map(&task, &runs, total, progress, |&(source, repeat), advance| {
            self.transferred(source, target, transfer, repeat, advance)
                .with_context(|| format!("{}: {task}", source.name()))
        })?;
        let mut predictions = predictions.into_iter();
        let repeats = (0..self.repeats(transfer)).map(|_| predictions.by_ref().take(sources.len()).collect());
        Ok(repeats.collect())
    }

    /// A network of the pool and what it reached on its own task; advances by the epochs of its training.
    pub(crate) fn source_network(
        &self,
        source: &Source,
        advance: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<(Network, f64)> {
        let params = self.plan.source_training;
        let SourceScenes { train, test } = self.scenes(source);
        let mut trained_now = false;
        let key = self.source_key(source);
        let item = self.cache.item("segmentation-source", &key, || {
            trained_now = true;
            let seed = self.seed.derive(&source.name());
            let n_classes = source.task.n_classes();
            let weights = &mut seed.stream("initial weights", 0);
            let network = Network::initialise(source.architecture, n_classes, weights)?;
            let batches = &mut seed.stream("batches", 0);
            training::train(&network, train, n_classes, params, batches, advance)?;
            let pixels = TestPixels::of(test);
            let predictions = pixels.predictions(&training::probabilities(&network, test)?)?;
            let state = Measured {
                mean_iou: pixels.mean_iou(&predictions)?,
            };
            Ok(Item {
                state,
                tensors: network.into_parameters()?,
            })
        });
        let item = item.with_context(|| source.name())?;
        if !trained_now {
            advance(params.epochs);
        }
        let network = Network::from_parameters(source.architecture, item.tensors)?;
        Ok((network, item.state.mean_iou))
    }

    /// The scenes a source network is trained on.
    pub(crate) fn source_scenes(&self, source: &Source) -> &Scenes {
        &self.scenes(source).train
    }

    fn transferred(
        &self,
        source: &Source,
        target: &Target<'_>,
        transfer: Transfer,
        repeat: u64,
        advance: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<Predictions> {
        let params = self.params(transfer);
        let key = TransferKey {
            source: self.source_key(source),
            target: target.task,
            scenes: [target.train.sha256(), target.test.sha256()],
            transfer,
            params,
            repeat,
        };
        let mut trained_now = false;
        let mut item = self.cache.item("segmentation-transfer", &key, || {
            trained_now = true;
            let seed = self
                .seed
                .derive(&format!("{} for {}", source.name(), target.task.name));
            let (mut network, _) = self.source_network(source, &|_| ())?;
            let n_classes = target.task.n_classes();
            network.replace_head(n_classes, &mut seed.stream("head", repeat))?;
            let batches = &mut seed.stream("batches", repeat);
            match transfer {
                Transfer::FineTuning => {
                    training::train(&network, &target.train, n_classes, params, batches, advance)?;
                }
                Transfer::LinearProbe => {
                    training::train_head(&network, &target.train, n_classes, params, batches, advance)?;
                }
            }
            let probabilities = training::probabilities(&network, &target.test)?;
            let predictions = target.test_pixels.predictions(&probabilities)?;
            Ok(Item {
                state: (),
                tensors: BTreeMap::from([(PREDICTIONS.to_owned(), predictions.tensor().shallow_clone())]),
            })
        })?;
        if !trained_now {
            advance(params.epochs);
        }
        let predictions = item.tensors.remove(PREDICTIONS);
        let predictions = predictions.context("a finished item without its predictions")?;
        Ok(Predictions::from_tensor(predictions))
    }

    fn params(&self, transfer: Transfer) -> TrainingParams {
        match transfer {
            Transfer::FineTuning => self.plan.fine_tuning,
            Transfer::LinearProbe => self.plan.probing,
        }
    }

    /// A head alone has one optimum: it is not trained again from another start.
    fn repeats(&self, transfer: Transfer) -> u64 {
        match transfer {
            Transfer::FineTuning => self.plan.repeats,
            Transfer::LinearProbe => 1,
        }
    }

    /// What a source network depends on.
    pub(crate) fn source_key<'s>(&self, source: &'s Source) -> SourceKey<'s> {
        let SourceScenes { train, test } = self.scenes(source);
        SourceKey {
            seed: self.seed,
            source,
            scenes: [train.sha256(), test.sha256()],
            params: self.plan.source_training,
        }
    }

    fn scenes(&self, source: &Source) -> &SourceScenes {
        &self.source_scenes[&source.task.name]
    }
}

/// The name of the predictions in an item.
const PREDICTIONS: &str = "predictions";

impl Transfer {
    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FineTuning => "fine-tuning",
            Self::LinearProbe => "linear probe",
        }
    }
}
