//! What a network makes of the pixels of one draw: each pixel is a sample.

use hard_subset::Activations;
use ot_transferability::PixelSample;
use tensor_core::{Kind, Tensor, convert};
use transferability_metrics::{Features, Labels, Probabilities, Sample};

use crate::segmentation_pool::network::Network;
use crate::segmentation_pool::sampled_scenes::SampledScenes;
use crate::segmentation_pool::training::{self, PixelLayers};

/// Names of the layers.
pub(super) const LAYERS: [&str; 2] = ["inner", "features"];

/// The layers of a network at some pixels.
#[derive(Debug)]
pub(super) struct Pixels {
    /// The inner layer (n, c) and the features (n, d).
    pub(super) activations: Activations,
    /// Features alone, (n, d), f32: what metrics read.
    features: Tensor,
    /// The head's scores of the source classes, (n, k), f64.
    pub(super) scores: Tensor,
    pub(super) probabilities: Probabilities,
    /// The likeliest source class of each pixel.
    pub(super) predictions: Vec<usize>,
    /// The classes of the task that the scenes belong to.
    pub(super) labels: Vec<i64>,
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
        let PixelLayers {
            inner,
            features,
            scores,
        } = maps;
        let [inner_layer, last_layer] = LAYERS;
        let inner = pixels.rows(inner_layer, &inner)?;
        let features = pixels.rows(last_layer, &features)?;
        let scores = pixels.rows("scores", &scores)?.f_to_kind(Kind::Double)?;
        let predictions = convert::vector::<i64>("predicted classes", &scores.f_argmax(-1, false)?)?;
        let scenes = pixels.pixels().iter().enumerate();
        Ok(Self {
            activations: Activations::new(vec![
                (inner_layer.to_owned(), inner),
                (last_layer.to_owned(), features.shallow_clone()),
            ])?,
            features,
            probabilities: Probabilities::new(scores.f_softmax(-1, Kind::Double)?)?,
            predictions: predictions.into_iter().map(|class| class as usize).collect(),
            labels: sampled.classes(pixels)?,
            scenes: scenes
                .flat_map(|(scene, pixels)| pixels.iter().map(move |_| scene))
                .collect(),
            scores,
        })
    }

    /// What metrics read of them.
    pub(super) fn sample(&self) -> anyhow::Result<Sample> {
        Ok(Sample::new(Labels::new(&self.labels)?)
            .with_features(self.features()?)?
            .with_probabilities(self.probabilities.clone())?)
    }

    /// The features.
    pub(super) fn features(&self) -> anyhow::Result<Features> {
        Ok(Features::new(self.features.shallow_clone())?)
    }
}
