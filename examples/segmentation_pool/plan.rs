//! What the pool draws, trains, fine-tunes and samples: its whole size in one value.

use serde::{Deserialize, Serialize};

use super::network::Architecture;
use super::task::{ObjectClass, Task};
use super::texture::Texture::{self, Checks, Clouds, Gradient, Grain, Stripes};
use crate::support::data_set::DataSet::{self, Animals, Digits, Fashion, Mnist};
use crate::support::image_set::SplitSizes;
use crate::support::training::TrainingParams;

const ALL_TEXTURES: [Texture; 5] = [Gradient, Stripes, Checks, Clouds, Grain];
const ALL_CLASSES: [i64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// T-shirt, pullover, coat, shirt.
const TOPS: [i64; 4] = [0, 2, 4, 6];
/// Trousers, dress.
const LONG: [i64; 2] = [1, 3];
/// Sandal, sneaker, ankle boot.
const FOOTWEAR: [i64; 3] = [5, 7, 9];
const BAG: [i64; 1] = [8];

/// Networks, targets, scenes, training and samples of pixels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// The pool.
    pub(crate) sources: Vec<Source>,
    /// Tasks the pool is scored on and fine-tuned for.
    pub(crate) targets: Vec<Task>,
    /// Scenes a source network is trained on.
    pub(crate) n_source_scenes: usize,
    /// Scenes of its own task that a source network is measured on.
    pub(crate) n_own_test_scenes: usize,
    /// Scenes a target gives for scoring and fine-tuning.
    pub(crate) n_train_scenes: usize,
    /// Scenes that measure what was reached on a target.
    pub(crate) n_test_scenes: usize,
    /// How a source network is trained.
    pub(crate) source_training: TrainingParams,
    /// How extractor and new head are fine-tuned.
    pub(crate) fine_tuning: TrainingParams,
    /// How the new head alone is trained.
    pub(crate) probing: TrainingParams,
    /// Times each source network is fine-tuned for each target, from different heads.
    pub(crate) repeats: u64,
    /// Samples of pixels whose scores are averaged.
    pub(crate) n_draws: usize,
    /// Scenes of a source's own task that its sample is drawn from.
    pub(crate) n_sampled_source_scenes: usize,
    /// Pixels drawn from each scene.
    pub(crate) n_pixels_per_scene: usize,
}

/// A source network before it is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// How scenes become features.
    pub(crate) architecture: Architecture,
    /// What it is trained on.
    pub(crate) task: Task,
}

impl Source {
    /// Unique in the pool.
    pub(crate) fn name(&self) -> String {
        format!("{}, {}", self.task.name, self.architecture.name())
    }
}

impl Plan {
    /// Fourteen networks and three targets; needs the silhouettes of animals, which are fetched.
    pub(crate) fn full() -> Self {
        Self {
            sources: pool(&[
                ten_digits(),
                digit_or_garment(),
                garments(),
                footwear(),
                small_digits(),
                animals(),
                anything(),
            ]),
            targets: vec![clothing_target(), digit_target(), mixed_target()],
            n_source_scenes: 150,
            n_own_test_scenes: 40,
            n_train_scenes: 40,
            n_test_scenes: 100,
            source_training: training(25, 5e-3),
            fine_tuning: training(25, 5e-3),
            probing: training(25, 2e-2),
            repeats: 3,
            n_draws: 3,
            n_sampled_source_scenes: 40,
            n_pixels_per_scene: 25,
        }
    }

    /// Four networks and two targets: shows what the full run does, settles nothing.
    pub(crate) fn small() -> Self {
        Self {
            sources: pool(&[ten_digits(), garments()]),
            targets: vec![clothing_target(), digit_target()],
            n_source_scenes: 60,
            n_own_test_scenes: 20,
            n_train_scenes: 24,
            n_test_scenes: 40,
            source_training: training(12, 5e-3),
            fine_tuning: training(12, 5e-3),
            probing: training(12, 2e-2),
            repeats: 1,
            n_draws: 2,
            n_sampled_source_scenes: 24,
            ..Self::full()
        }
    }

    /// Three networks and one target, a few seconds.
    pub(crate) fn quick() -> Self {
        let mut sources = pool(&[ten_digits(), garments()]);
        sources.truncate(3);
        Self {
            sources,
            targets: vec![clothing_target()],
            n_source_scenes: 30,
            source_training: training(8, 5e-3),
            n_train_scenes: 16,
            n_test_scenes: 20,
            fine_tuning: training(8, 5e-3),
            n_draws: 1,
            ..Self::small()
        }
    }

    /// Images of each class in the parts of a data set.
    pub(crate) fn split_sizes(data: DataSet) -> SplitSizes {
        // There are fewer small digits.
        if data == Digits {
            SplitSizes {
                source: 100,
                target_train: 20,
                target_test: 50,
            }
        } else {
            SplitSizes {
                source: 250,
                target_train: 100,
                target_test: 150,
            }
        }
    }
}

fn pool(tasks: &[Task]) -> Vec<Source> {
    let architectures = [Architecture::EncoderDecoder, Architecture::Dilated];
    architectures
        .into_iter()
        .flat_map(|architecture| {
            tasks.iter().map(move |task| Source {
                architecture,
                task: task.clone(),
            })
        })
        .collect()
}

fn training(epochs: u64, learning_rate: f64) -> TrainingParams {
    TrainingParams {
        epochs,
        batch_size: 4,
        learning_rate,
    }
}

fn ten_digits() -> Task {
    let classes = ALL_CLASSES.map(|digit| ObjectClass::new(&digit.to_string(), Mnist, &[digit]));
    Task::new("ten digits", &[Gradient, Stripes], classes.to_vec())
}

fn digit_or_garment() -> Task {
    let classes = vec![
        ObjectClass::new("digit", Mnist, &ALL_CLASSES),
        ObjectClass::new("garment", Fashion, &ALL_CLASSES),
    ];
    Task::new("digit or garment", &[Clouds], classes)
}

fn garments() -> Task {
    let classes = vec![
        ObjectClass::new("top", Fashion, &TOPS),
        ObjectClass::new("trousers", Fashion, &[1]),
        ObjectClass::new("dress", Fashion, &[3]),
        ObjectClass::new("footwear", Fashion, &FOOTWEAR),
        ObjectClass::new("bag", Fashion, &BAG),
    ];
    Task::new("garments", &[Gradient, Checks], classes)
}

fn footwear() -> Task {
    let classes = vec![
        ObjectClass::new("sandal", Fashion, &[5]),
        ObjectClass::new("sneaker", Fashion, &[7]),
        ObjectClass::new("boot", Fashion, &[9]),
    ];
    Task::new("footwear", &[Checks, Grain], classes)
}

/// Coarse digits, enlarged.
fn small_digits() -> Task {
    let classes = vec![
        ObjectClass::new("even", Digits, &[0, 2, 4, 6, 8]),
        ObjectClass::new("odd", Digits, &[1, 3, 5, 7, 9]),
    ];
    Task {
        scale: [0.9, 1.5],
        n_objects: [1, 3],
        ..Task::new("8 x 8 digits", &[Gradient], classes)
    }
}

/// Object or background, in crowded and noisy scenes.
fn anything() -> Task {
    let class = ObjectClass::new("object", Mnist, &ALL_CLASSES)
        .and(Fashion, &ALL_CLASSES)
        .and(Animals, &ALL_CLASSES);
    Task {
        n_objects: [3, 6],
        scale: [0.5, 1.0],
        noise: 0.12,
        ..Task::new("anything, noisy", &ALL_TEXTURES, vec![class])
    }
}

fn animals() -> Task {
    let classes = ALL_CLASSES
        .chunks(2)
        .map(|pair| ObjectClass::new(&format!("animals {} and {}", pair[0], pair[1]), Animals, pair));
    Task::new("animals", &[Clouds, Stripes], classes.collect())
}

fn clothing_target() -> Task {
    let classes = vec![
        ObjectClass::new("top", Fashion, &TOPS),
        ObjectClass::new("trousers or dress", Fashion, &LONG),
        ObjectClass::new("footwear", Fashion, &FOOTWEAR),
        ObjectClass::new("bag", Fashion, &BAG),
    ];
    Task::new("clothing", &[Clouds, Grain], classes)
}

fn digit_target() -> Task {
    let classes = vec![
        ObjectClass::new("with a loop", Mnist, &[0, 6, 8, 9]),
        ObjectClass::new("straight", Mnist, &[1, 4, 7]),
        ObjectClass::new("open", Mnist, &[2, 3, 5]),
    ];
    Task::new("digit shapes", &[Checks, Clouds], classes)
}

fn mixed_target() -> Task {
    let classes = vec![
        ObjectClass::new("digit", Mnist, &ALL_CLASSES),
        ObjectClass::new("top", Fashion, &TOPS),
        ObjectClass::new("footwear", Fashion, &FOOTWEAR),
        ObjectClass::new("animal", Animals, &ALL_CLASSES),
    ];
    Task {
        noise: 0.06,
        ..Task::new("mixed", &ALL_TEXTURES, classes)
    }
}
