//! Networks adapted to targets: fine-tuned, or given a linear head.

use std::collections::BTreeMap;

use anyhow::Context;
use ndarray::Array2;
use serde::Serialize;
use tensor_core::{Kind, Seed, Tensor, convert};

use super::networks::{Measured, SourceKey};
use super::pool::SourcePool;
use super::probe::Head;
use crate::support::cache::Item;
use crate::support::image_set::{ImageSet, Split};
use crate::support::network::Network;
use crate::support::training::{self, TrainingParams};

/// A way to adapt a network to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adaptation {
    FineTuned,
    LinearProbe,
}

/// One network adapted to one target once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) repeat: u64,
    pub(super) adaptation: Adaptation,
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

impl SourcePool {
    /// Test probabilities (m, k) of an adapted network.
    pub(super) fn adapted(&self, run: Run) -> anyhow::Result<Array2<f32>> {
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
