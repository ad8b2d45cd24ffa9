//! What the scores read of a source network: its pixels and those of the target, reduced to distances, couplings and
//! probabilities.

use anyhow::Context;
use ot_transferability::{DomainDistance, Joint, Member, OtNce, PixelSample, PixelSampling, SourceSample};
use serde::{Deserialize, Serialize};
use tensor_core::progress::Progress;
use tensor_core::{Kind, Tensor, convert};
use transferability_metrics::{Features, Labels, Probabilities, Sample};

use crate::segmentation_pool::network::Network;
use crate::segmentation_pool::plan::Source;
use crate::segmentation_pool::pool::{SegmentationPool, SourceKey, Target};
use crate::segmentation_pool::sampled_scenes::SampledScenes;
use crate::segmentation_pool::training;
use crate::support::cache::Item;
use crate::support::workers::Workers;

/// How far the target's features lie from the source's, in the units that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Distances {
    /// The transport cost as it is.
    pub(crate) raw: f64,
    /// Over the total variance of the features.
    pub(crate) per_variance: f64,
    /// Less the cost between halves of the source sample.
    pub(crate) above_floor: f64,
}

/// A network on one draw of pixels.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) distances: Distances,
    /// Everything but the domain difference.
    pub(crate) member: Member,
}

/// One draw of the target's pixels, and every network on it.
#[derive(Debug)]
pub(crate) struct Draw {
    pub(crate) labels: Labels,
    pub(crate) networks: Vec<Measured>,
}

/// Everything that a measured network depends on.
#[derive(Serialize)]
struct MemberKey<'a> {
    source: SourceKey<'a>,
    target: [u8; 32],
    sampling: PixelSampling,
    n_source_scenes: usize,
    draw: usize,
    solver: OtNce,
}

impl SegmentationPool<'_> {
    /// Measures every network on every draw of the target's pixels.
    pub(crate) fn measure(
        &self,
        target: &Target<'_>,
        workers: &Workers,
        progress: &mut (dyn Progress + Send),
    ) -> anyhow::Result<Vec<Draw>> {
        let sources = &self.plan.sources;
        let n_draws = self.plan.n_draws;
        let sampled = self.sampled(&target.train, &target.task.name);
        let task = format!("transport for `{}`", target.task.name);
        let total = (sources.len() * n_draws) as u64;
        let mut networks = workers
            .map(&task, sources, total, progress, |source, advance| {
                self.measure_source(source, target, &sampled, advance)
                    .with_context(|| source.name())
            })?
            .into_iter()
            .map(Vec::into_iter)
            .collect::<Vec<_>>();
        (0..n_draws)
            .map(|draw| {
                Ok(Draw {
                    labels: sampled.labels(&sampled.draw(draw)?)?,
                    networks: networks.iter_mut().filter_map(Iterator::next).collect(),
                })
            })
            .collect()
    }

    /// The network on every draw.
    fn measure_source(
        &self,
        source: &Source,
        target: &Target<'_>,
        sampled: &SampledScenes<'_>,
        advance: &dyn Fn(u64),
    ) -> anyhow::Result<Vec<Measured>> {
        let own = self.own_scenes(source);
        let own = self.sampled(&own, &source.task.name);
        (0..self.plan.n_draws)
            .map(|draw| {
                let key = MemberKey {
                    source: self.source_key(source),
                    target: target.train.sha256(),
                    sampling: sampled.sampling,
                    n_source_scenes: own.scenes.len(),
                    draw,
                    solver: OtNce::default(),
                };
                let item = self.cache.item("segmentation-member", &key, || {
                    let (network, _) = self.source_network(source, &|_| ())?;
                    measure(&network, &own, sampled, draw)
                })?;
                advance(1);
                restore(&source.name(), &item, &sampled.labels(&sampled.draw(draw)?)?)
            })
            .collect()
    }
}

/// The names of tensors in an item.
const COUPLING: &str = "coupling";
const PROBABILITIES: &str = "probabilities";

fn measure(
    network: &Network,
    own: &SampledScenes<'_>,
    target: &SampledScenes<'_>,
    draw: usize,
) -> anyhow::Result<Item<Distances>> {
    let features = |sampled: &SampledScenes<'_>, pixels: &PixelSample| -> anyhow::Result<Features> {
        let maps = training::pixel_features(network, sampled.scenes)?;
        Ok(Features::new(pixels.rows("features", &maps)?)?)
    };
    let own_pixels = own.draw(draw)?;
    let source = SourceSample::new(&features(own, &own_pixels)?, own.labels(&own_pixels)?)?;
    let pixels = target.draw(draw)?;
    let sample = Sample::new(target.labels(&pixels)?).with_features(features(target, &pixels)?)?;

    let coupling = OtNce::default().measure(&source, &sample)?.coupling;
    let measured = DomainDistance::default().measure(&source, &sample)?;
    let distances = Distances {
        raw: measured.raw,
        per_variance: measured.raw / measured.total_variance,
        above_floor: measured.raw - measured.floor,
    };

    let probabilities = pixels.rows("probabilities", &training::probabilities(network, target.scenes)?)?;
    let joint = &coupling.joint;
    let joint =
        convert::tensor_from_slice(joint.values(), &[joint.n_rows() as i64, joint.n_columns() as i64])?;
    let tensors = [(COUPLING, joint), (PROBABILITIES, probabilities)];
    Ok(Item {
        state: distances,
        tensors: tensors.map(|(name, tensor)| (name.to_owned(), tensor)).into(),
    })
}

fn restore(name: &str, item: &Item<Distances>, labels: &Labels) -> anyhow::Result<Measured> {
    let tensor = |name: &str| -> anyhow::Result<&Tensor> {
        item.tensors
            .get(name)
            .with_context(|| format!("a finished item without its {name}"))
    };
    let coupling = convert::array2::<f64>(COUPLING, tensor(COUPLING)?)?;
    let (n_rows, n_columns) = coupling.dim();
    let coupling = Joint::new(coupling.into_iter().collect(), n_rows, n_columns)?;
    let probabilities = Probabilities::new(tensor(PROBABILITIES)?.f_to_kind(Kind::Double)?)?;
    Ok(Measured {
        distances: item.state,
        member: Member::new(name)
            .with_coupling(coupling)
            .with_probabilities(&probabilities, labels)?,
    })
}
