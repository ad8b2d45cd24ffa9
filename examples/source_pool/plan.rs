//! What the pool holds, at three sizes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::corruption::Corruption;
use super::foreign::FOREIGN;
use super::images::Store;
use super::source::{AfterPretext, Learning, Source};
use crate::support::data_set::DataSet;
use crate::support::image_set::SplitSizes;
use crate::support::network::Architecture;
use crate::support::training::TrainingParams;

/// A pool and what is done with it: its whole size in one value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// The networks.
    pub(crate) sources: Vec<Source>,
    /// Data sets that the networks are transferred to.
    pub(crate) targets: Vec<DataSet>,
    /// Where images come from.
    pub(crate) store: Store,
    /// How each data set is split, images a class.
    pub(crate) splits: BTreeMap<DataSet, SplitSizes>,
    /// Images in every source sample, equally many of each class.
    pub(crate) n_sample: usize,
    /// How an extractor is trained on 3200 images; on fewer with more epochs, see [`Plan::epochs`].
    pub(crate) source_training: TrainingParams,
    /// How a linear head is trained on features that stay.
    pub(crate) probe: TrainingParams,
    /// How a network trained here is fine-tuned.
    pub(crate) fine_tuning: TrainingParams,
    /// How a network trained elsewhere is fine-tuned.
    pub(crate) foreign_fine_tuning: TrainingParams,
    /// Times each network is fine-tuned and probed for each target, from different heads and in different orders.
    pub(crate) repeats: u64,
}

/// Images that [`Plan::source_training`] is meant for.
const FULL_LADDER: f64 = 3200.0;
const ALL: [i64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const LOW: &[i64] = &[0, 1, 2, 3, 4];
const HIGH: &[i64] = &[5, 6, 7, 8, 9];
/// T-shirt, pullover, coat, shirt.
const TOPS: &[i64] = &[0, 2, 4, 6];
/// Sandal, sneaker, bag, ankle boot.
const SHOES_AND_BAGS: &[i64] = &[5, 7, 8, 9];
const SMALL_NETWORKS: [Architecture; 3] = [Architecture::Shallow, Architecture::Deep, Architecture::Residual];

impl Plan {
    /// Fifty-four networks of eight architectures, five targets, three repeats.
    pub(crate) fn full() -> Self {
        let mut sources = supervised();
        sources.extend(corrupted());
        sources.extend(self_supervised());
        sources.extend(FOREIGN.map(Source::foreign));
        let sizes = |source, target_train, target_test| SplitSizes {
            source,
            target_train,
            target_test,
        };
        Self {
            sources,
            targets: vec![
                DataSet::Mnist,
                DataSet::Fashion,
                DataSet::Animals,
                DataSet::Digits,
                DataSet::Textures,
            ],
            store: Store::Full,
            splits: BTreeMap::from([
                (DataSet::Mnist, sizes(320, 40, 100)),
                (DataSet::Fashion, sizes(320, 40, 100)),
                (DataSet::Animals, sizes(320, 40, 100)),
                (DataSet::Digits, sizes(80, 40, 50)),
                (DataSet::Textures, sizes(320, 40, 100)),
                // Every face counts twice, its mirror image being the second.
                (DataSet::Faces, sizes(8, 0, 2)),
            ]),
            n_sample: 640,
            source_training: params(5, 32, 2e-3),
            probe: params(30, 32, 1e-2),
            fine_tuning: params(8, 16, 2e-3),
            foreign_fine_tuning: params(4, 16, 5e-4),
            repeats: 3,
        }
    }

    /// Eight networks, two targets, two repeats, from the samples in `data/`.
    pub(crate) fn small() -> Self {
        let small = |architecture, name: &str, data, classes: &[i64], per_class| {
            Source::supervised(architecture, name, data, classes, per_class)
        };
        let (mnist, fashion) = (DataSet::Mnist, DataSet::Fashion);
        let sizes = SplitSizes {
            source: 80,
            target_train: 20,
            target_test: 50,
        };
        Self {
            sources: vec![
                small(Architecture::Shallow, "MNIST 800", mnist, &ALL, 80),
                small(Architecture::Deep, "MNIST 200", mnist, &ALL, 20),
                small(Architecture::Residual, "MNIST 0-4", mnist, LOW, 80),
                small(Architecture::Deep, "Fashion 800", fashion, &ALL, 80),
                small(Architecture::Residual, "Fashion tops", fashion, TOPS, 80),
                small(Architecture::Shallow, "Digits 800", DataSet::Digits, &ALL, 80),
                small(Architecture::Shallow, "MNIST, labels shuffled", mnist, &ALL, 80)
                    .corrupted(Corruption::ShuffledLabels),
                small(Architecture::Deep, "Fashion, rotations", fashion, &ALL, 80)
                    .learning(Learning::Rotations(AfterPretext::Frozen)),
            ],
            targets: vec![mnist, fashion],
            store: Store::Samples,
            splits: DataSet::VENDORED.into_iter().map(|data| (data, sizes)).collect(),
            n_sample: 200,
            source_training: params(4, 32, 2e-3),
            probe: params(30, 32, 1e-2),
            fine_tuning: params(8, 16, 2e-3),
            foreign_fine_tuning: params(4, 16, 5e-4),
            repeats: 2,
        }
    }

    /// The small pool with less training and one repeat: shows that everything works, settles nothing.
    pub(crate) fn quick() -> Self {
        Self {
            source_training: params(1, 32, 2e-3),
            probe: params(10, 32, 1e-2),
            fine_tuning: params(4, 16, 2e-3),
            repeats: 1,
            ..Self::small()
        }
    }

    /// How an extractor is trained on so many images: with four times fewer, epochs twice as many.
    pub(super) fn training_on(&self, n_images: usize) -> TrainingParams {
        let factor = (FULL_LADDER / n_images as f64).sqrt();
        TrainingParams {
            epochs: (self.source_training.epochs as f64 * factor).round() as u64,
            ..self.source_training
        }
    }
}

/// Every small network on every data set, at two sizes where there are so many images; and halves of the classes.
fn supervised() -> Vec<Source> {
    let mut sources = Vec::new();
    let ten = |architecture, name: &str, data, per_class| {
        Source::supervised(architecture, name, data, &ALL, per_class)
    };
    let faces: Vec<i64> = (0..40).collect();
    for architecture in SMALL_NETWORKS {
        sources.extend([
            ten(architecture, "MNIST 3200", DataSet::Mnist, 320),
            ten(architecture, "MNIST 800", DataSet::Mnist, 80),
            ten(architecture, "Fashion 3200", DataSet::Fashion, 320),
            ten(architecture, "Fashion 800", DataSet::Fashion, 80),
            ten(architecture, "Animals 3200", DataSet::Animals, 320),
            ten(architecture, "Animals 800", DataSet::Animals, 80),
            ten(architecture, "Digits 800", DataSet::Digits, 80),
            ten(architecture, "Textures 3200", DataSet::Textures, 320),
            Source::supervised(architecture, "Faces 640", DataSet::Faces, &faces, 16),
        ]);
    }
    let [shallow, deep, residual] = SMALL_NETWORKS;
    sources.extend([
        ten(shallow, "MNIST 200", DataSet::Mnist, 20),
        ten(deep, "Fashion 200", DataSet::Fashion, 20),
        ten(residual, "Animals 200", DataSet::Animals, 20),
        Source::supervised(shallow, "MNIST 0-4", DataSet::Mnist, LOW, 320),
        Source::supervised(deep, "MNIST 5-9", DataSet::Mnist, HIGH, 320),
        Source::supervised(residual, "Fashion tops", DataSet::Fashion, TOPS, 320),
        Source::supervised(
            shallow,
            "Fashion shoes and bags",
            DataSet::Fashion,
            SHOES_AND_BAGS,
            320,
        ),
        Source::supervised(deep, "Animals 0-4", DataSet::Animals, LOW, 320),
        Source::supervised(residual, "Animals 5-9", DataSet::Animals, HIGH, 320),
    ]);
    sources
}

fn corrupted() -> Vec<Source> {
    let of = |architecture, name: &str, data, corruption| {
        Source::supervised(architecture, name, data, &ALL, 80).corrupted(corruption)
    };
    let [shallow, deep, residual] = SMALL_NETWORKS;
    vec![
        of(deep, "MNIST, rotated", DataSet::Mnist, Corruption::Rotated),
        of(
            residual,
            "Fashion, inverted",
            DataSet::Fashion,
            Corruption::Inverted,
        ),
        of(shallow, "Animals, blurred", DataSet::Animals, Corruption::Blurred),
        of(
            shallow,
            "MNIST, labels shuffled",
            DataSet::Mnist,
            Corruption::ShuffledLabels,
        ),
        of(
            residual,
            "Fashion, labels shuffled",
            DataSet::Fashion,
            Corruption::ShuffledLabels,
        ),
    ]
}

fn self_supervised() -> Vec<Source> {
    use AfterPretext::{FineTuned, Frozen};
    use Learning::{Rotations, Views};
    let of = |architecture, name: &str, data, learning| {
        Source::supervised(architecture, name, data, &ALL, 160).learning(learning)
    };
    let [shallow, deep, residual] = SMALL_NETWORKS;
    vec![
        of(shallow, "Fashion, rotations", DataSet::Fashion, Rotations(Frozen)),
        of(deep, "Animals, rotations", DataSet::Animals, Rotations(Frozen)),
        of(
            residual,
            "MNIST, rotations, tuned",
            DataSet::Mnist,
            Rotations(FineTuned),
        ),
        of(deep, "MNIST, views", DataSet::Mnist, Views(Frozen)),
        of(residual, "Fashion, views", DataSet::Fashion, Views(Frozen)),
        of(shallow, "Animals, views", DataSet::Animals, Views(Frozen)),
        of(deep, "Fashion, views, tuned", DataSet::Fashion, Views(FineTuned)),
        of(
            residual,
            "Textures, rotations",
            DataSet::Textures,
            Rotations(Frozen),
        ),
    ]
}

fn params(epochs: u64, batch_size: usize, learning_rate: f64) -> TrainingParams {
    TrainingParams {
        epochs,
        batch_size,
        learning_rate,
    }
}
