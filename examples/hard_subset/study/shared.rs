//! Scores on subsets that all networks of a group share.

use std::collections::BTreeMap;

use anyhow::Context;
use hard_subset::{Hardness, PoolHardness};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::experiment::Experiment;
use super::observation::{Observation, Shown};
use crate::measure::Measure;
use crate::scorers::{METRICS, MIN_PER_CLASS, Sweeps};
use crate::source_pool::SourcePool;
use crate::support::cache::{Cache, Item};

/// The hardness of a target's samples for a whole group: the mean rank over its networks.
#[derive(Debug, Clone)]
pub(super) struct GroupHardness(Vec<(Measure, Hardness)>);

/// A network's scores on the hardest samples of its group, by measure, at the middle fraction.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SharedScores(Vec<(Measure, Sweeps)>);

/// Everything that shared scores depend on.
#[derive(Serialize)]
struct SharedKey<K> {
    outputs: K,
    metrics: [&'static str; 6],
    /// SHA-256 of the measures and their hardnesses.
    hardness: [u8; 32],
    middle: f64,
    min_per_class: usize,
}

impl GroupHardness {
    /// Of the measures that all members of the group have.
    pub(super) fn of(members: &[&Observation], measures: &[Measure]) -> anyhow::Result<Self> {
        let mut of_group = Vec::new();
        for &measure in measures {
            let of_members = members.iter().map(|observation| observation.hardness(measure));
            let Some(of_members) = of_members.collect::<Option<Vec<_>>>() else {
                continue;
            };
            let of_members: Vec<Hardness> = of_members.into_iter().cloned().collect();
            of_group.push((measure, PoolHardness::MeanRank.of(&of_members)?));
        }
        Ok(Self(of_group))
    }

    /// The scores of network `source` on target `target`; read if they are finished.
    pub(super) fn scores(
        &self,
        pool: &SourcePool,
        experiment: &Experiment,
        source: usize,
        target: usize,
        cache: &Cache,
    ) -> anyhow::Result<SharedScores> {
        let key = SharedKey {
            outputs: pool.outputs_key(source, target),
            metrics: METRICS,
            hardness: self.digest(),
            middle: experiment.middle,
            min_per_class: MIN_PER_CLASS,
        };
        let item = cache.item("hard-subset-shared", &key, || {
            let shown = Shown::new(pool, source, target)?;
            let scorers = shown
                .scorers(experiment)?
                .without_transport()
                .at(experiment.middle);
            let of_measure = |(measure, hardness): &(Measure, Hardness)| {
                let sweeps = scorers.sweeps(&shown.sample, hardness);
                Ok((*measure, sweeps.with_context(|| measure.name())?))
            };
            Ok(Item {
                state: SharedScores(self.0.iter().map(of_measure).collect::<anyhow::Result<_>>()?),
                tensors: BTreeMap::new(),
            })
        })?;
        Ok(item.state)
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (measure, hardness) in &self.0 {
            hash.update(measure.name());
            for value in hardness.values() {
                hash.update(value.to_le_bytes());
            }
        }
        hash.finalize().into()
    }
}

impl SharedScores {
    /// The scores on the hardest samples by one measure.
    pub(super) fn of(&self, measure: Measure) -> Option<&Sweeps> {
        let mut scores = self.0.iter();
        scores.find(|(of, _)| *of == measure).map(|(_, sweeps)| sweeps)
    }
}
