//! What a network makes of the pixels of one draw: each pixel is a sample.

use hard_subset::Activations;
use ot_transferability::{PixelSample, SourceSample};
use tensor_core::{Kind, Seed, Tensor};
use transferability_metrics::{Features, Labels, Probabilities, Sample};

use crate::measure::{Seen, SourceStatistics, most_probable};
use crate::segmentation_pool::network::Network;
use crate::segmentation_pool::sampled_scenes::SampledScenes;
use crate::segmentation_pool::training;

/// Names of the layers.
pub(super) const LAYERS: [&str; 2] = ["inner", "features"];

/// The layers of a network at some pixels.
#[derive(Debug)]
pub(super) struct Pixels {
    /// The inner layer (n, c) and the features (n, d), what the head says, and the classes of the scenes' task.
    pub(super) seen: Seen,
    /// Features alone, (n, d), f32: what metrics read.
    features: Tensor,
    /// The scene of each pixel.
    pub(super) scenes: Vec<usize>,
}

impl Pixels {
    /// The pixels of a draw.
    pub(super) fn of(network: &Network, sampled: &SampledScenes<'_>, draw: usize) -> anyhow::Result<Self> {
        Self::at(network, sampled, &sampled.draw(draw)?)
    }

    /// These pixels.
    pub(super) fn at(
        network: &Network,
        sampled: &SampledScenes<'_>,
        pixels: &PixelSample,
    ) -> anyhow::Result<Self> {
        let maps = training::pixel_layers(network, sampled.scenes)?;
        let [inner_layer, last_layer] = LAYERS;
        let inner = pixels.rows(inner_layer, &maps.inner)?;
        let features = pixels.rows(last_layer, &maps.features)?;
        let scores = pixels.rows("scores", &maps.scores)?.f_to_kind(Kind::Double)?;
        let scenes = pixels.pixels().iter().enumerate();
        Ok(Self {
            seen: Seen {
                activations: Activations::new(vec![
                    (inner_layer.to_owned(), inner),
                    (last_layer.to_owned(), features.shallow_clone()),
                ])?,
                probabilities: probabilities(&scores)?,
                scores,
                labels: sampled.classes(pixels)?,
            },
            features,
            scenes: scenes
                .flat_map(|(scene, pixels)| pixels.iter().map(move |_| scene))
                .collect(),
        })
    }

    /// What the hardnesses read of pixels of the network's own task, whose classes are numbered as its head's.
    pub(super) fn statistics(&self, seed: Seed) -> anyhow::Result<SourceStatistics> {
        let Seen {
            activations,
            scores,
            probabilities,
            labels,
        } = &self.seen;
        let classes: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
        let n_classes = probabilities.n_source_classes();
        SourceStatistics::of_samples(activations, &classes, &most_probable(scores)?, n_classes, seed)
    }

    /// What metrics read of pixels of a target.
    pub(super) fn sample(&self) -> anyhow::Result<Sample> {
        Ok(Sample::new(Labels::new(&self.seen.labels)?)
            .with_features(self.features()?)?
            .with_probabilities(probabilities(&self.seen.scores)?)?)
    }

    /// What optimal transport reads of pixels of the network's own task.
    pub(super) fn source_sample(&self) -> anyhow::Result<SourceSample> {
        Ok(SourceSample::new(
            &self.features()?,
            Labels::new(&self.seen.labels)?,
        )?)
    }

    fn features(&self) -> anyhow::Result<Features> {
        Ok(Features::new(self.features.shallow_clone())?)
    }
}

fn probabilities(scores: &Tensor) -> anyhow::Result<Probabilities> {
    Ok(Probabilities::new(scores.f_softmax(-1, Kind::Double)?)?)
}
