//! What the demonstration trains, scores and fine-tunes: its whole size in one value.

use serde::{Deserialize, Serialize};

use crate::support::data_set::DataSet;
use crate::support::image_set::SplitSizes;
use crate::support::network::Architecture;
use crate::support::training::TrainingParams;

/// A run of the demonstration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Experiment {
    /// The pool.
    pub(crate) sources: Vec<Source>,
    /// Data sets the pool is scored on and fine-tuned for.
    pub(crate) targets: Vec<DataSet>,
    /// How MNIST and Fashion-MNIST are split, images a class.
    pub(crate) split: SplitSizes,
    /// How the digits are split, images a class: there are fewer of them.
    pub(crate) digits_split: SplitSizes,
    /// How a source network is trained.
    pub(crate) source_training: TrainingParams,
    /// How a source network is fine-tuned: extractor and a new head.
    pub(crate) fine_tuning: TrainingParams,
    /// Times each source network is fine-tuned for each target, from different heads; accuracies are averaged.
    pub(crate) repeats: u64,
    /// Resamples of the pool behind each interval.
    pub(crate) n_resamples: usize,
}

/// A source network before it is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Unique in the pool.
    pub(crate) name: String,
    /// How images become features.
    pub(crate) architecture: Architecture,
    /// What it is trained on; nothing for one that stays as it was drawn.
    pub(crate) training: Option<SourceImages>,
}

/// The images a source network is trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceImages {
    /// The data set.
    pub(crate) data: DataSet,
    /// The classes of it.
    pub(crate) classes: Vec<i64>,
    /// Images of each class.
    pub(crate) per_class: usize,
    /// Whether the labels are dealt out at random: a network with nothing to learn.
    pub(crate) shuffled: bool,
}

impl Experiment {
    /// Sixteen networks, three targets.
    pub(crate) fn full() -> Self {
        let tops = &[0, 2, 4, 6];
        let mut sources = Vec::new();
        for architecture in [Architecture::Shallow, Architecture::Deep] {
            sources.extend([
                source(architecture, "MNIST", DataSet::Mnist, &ALL_CLASSES, 120),
                source(architecture, "MNIST 0-4", DataSet::Mnist, &ALL_CLASSES[..5], 240),
                source(architecture, "MNIST 5-9", DataSet::Mnist, &ALL_CLASSES[5..], 240),
                source(architecture, "Fashion", DataSet::Fashion, &ALL_CLASSES, 120),
                source(architecture, "Fashion tops", DataSet::Fashion, tops, 250),
                source(architecture, "Digits", DataSet::Digits, &ALL_CLASSES, 100),
                untrained(architecture),
            ]);
        }
        sources.push(source(
            Architecture::Shallow,
            "Fashion, 200 images",
            DataSet::Fashion,
            &ALL_CLASSES,
            20,
        ));
        sources.push(shuffled(Architecture::Shallow, 120));
        Self {
            sources,
            targets: DataSet::VENDORED.to_vec(),
            split: SplitSizes {
                source: 250,
                target_train: 20,
                target_test: 150,
            },
            digits_split: SplitSizes {
                source: 100,
                target_train: 20,
                target_test: 50,
            },
            source_training: TrainingParams {
                epochs: 8,
                batch_size: 32,
                learning_rate: 2e-3,
            },
            fine_tuning: TrainingParams {
                epochs: 15,
                batch_size: 32,
                learning_rate: 2e-3,
            },
            repeats: 3,
            n_resamples: 1000,
        }
    }

    /// Eight networks, two targets, a few seconds: shows that everything works, settles nothing.
    pub(crate) fn quick() -> Self {
        Self {
            sources: vec![
                source(Architecture::Shallow, "MNIST", DataSet::Mnist, &ALL_CLASSES, 40),
                source(Architecture::Deep, "MNIST", DataSet::Mnist, &ALL_CLASSES, 40),
                source(
                    Architecture::Shallow,
                    "MNIST 0-4",
                    DataSet::Mnist,
                    &ALL_CLASSES[..5],
                    60,
                ),
                source(
                    Architecture::Shallow,
                    "Fashion",
                    DataSet::Fashion,
                    &ALL_CLASSES,
                    40,
                ),
                source(Architecture::Deep, "Fashion", DataSet::Fashion, &ALL_CLASSES, 40),
                source(Architecture::Shallow, "Digits", DataSet::Digits, &ALL_CLASSES, 40),
                shuffled(Architecture::Shallow, 40),
                untrained(Architecture::Deep),
            ],
            targets: vec![DataSet::Mnist, DataSet::Fashion],
            split: SplitSizes {
                source: 60,
                target_train: 10,
                target_test: 40,
            },
            digits_split: SplitSizes {
                source: 60,
                target_train: 10,
                target_test: 40,
            },
            source_training: TrainingParams {
                epochs: 3,
                batch_size: 32,
                learning_rate: 2e-3,
            },
            fine_tuning: TrainingParams {
                epochs: 8,
                batch_size: 32,
                learning_rate: 2e-3,
            },
            repeats: 1,
            n_resamples: 200,
        }
    }

    /// How the data set is split.
    pub(crate) fn split_sizes(&self, data: DataSet) -> SplitSizes {
        match data {
            DataSet::Digits => self.digits_split,
            _ => self.split,
        }
    }
}

impl Source {
    /// The data set whose images it was trained on.
    pub(crate) fn data(&self) -> Option<DataSet> {
        self.training.as_ref().map(|images| images.data)
    }
}

const ALL_CLASSES: [i64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

fn source(
    architecture: Architecture,
    name: &str,
    data: DataSet,
    classes: &[i64],
    per_class: usize,
) -> Source {
    let images = SourceImages {
        data,
        classes: classes.to_vec(),
        per_class,
        shuffled: false,
    };
    Source {
        name: full_name(name, architecture),
        architecture,
        training: Some(images),
    }
}

fn shuffled(architecture: Architecture, per_class: usize) -> Source {
    let images = SourceImages {
        data: DataSet::Mnist,
        classes: ALL_CLASSES.to_vec(),
        per_class,
        shuffled: true,
    };
    Source {
        name: full_name("MNIST, labels shuffled", architecture),
        architecture,
        training: Some(images),
    }
}

fn untrained(architecture: Architecture) -> Source {
    Source {
        name: full_name("untrained", architecture),
        architecture,
        training: None,
    }
}

fn full_name(name: &str, architecture: Architecture) -> String {
    format!("{name} ({})", architecture.name())
}
