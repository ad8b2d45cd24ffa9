//! Training a segmentation network, and what it makes of scenes.

use rand::Rng;
use tch::Reduction;
use tensor_core::nn::AdamParams;
use tensor_core::{Kind, Result, Tensor};

use super::network::{Network, enlarge, interpolate};
use super::scene::{IGNORED, Scenes};
use crate::support::training::{TrainingParams, fit};

/// Scenes that pass through a network at a time when no gradient is needed: bounds the memory, changes nothing else.
const EVALUATION_BATCH: usize = 25;

/// The pixels of some scenes and the classes they should get, for the loss.
struct Loss {
    labels: Tensor,
    /// One weight a class.
    weights: Tensor,
}

/// Trains extractor and head; an epoch is a step of progress.
pub(crate) fn train(
    network: &Network,
    scenes: &Scenes,
    n_classes: usize,
    params: TrainingParams,
    rng: &mut impl Rng,
    advance: &dyn Fn(u64),
) -> Result<()> {
    let images = scenes.images(0..scenes.len())?;
    let loss = Loss::new(scenes, n_classes)?;
    let batch_loss = |batch: &Tensor| {
        let features = network.features(&images.f_index_select(0, batch)?)?;
        loss.of(&network.head(&features)?, batch)
    };
    fit(
        network.parameters(),
        AdamParams::default(),
        scenes.len(),
        params,
        rng,
        advance,
        batch_loss,
    )
}

/// Trains the head alone on the extractor as it is.
pub(crate) fn train_head(
    network: &Network,
    scenes: &Scenes,
    n_classes: usize,
    params: TrainingParams,
    rng: &mut impl Rng,
    advance: &dyn Fn(u64),
) -> Result<()> {
    let features = features(network, scenes)?;
    let loss = Loss::new(scenes, n_classes)?;
    let batch_loss = |batch: &Tensor| loss.of(&network.head(&features.f_index_select(0, batch)?)?, batch);
    fit(
        network.head_parameters(),
        AdamParams::default(),
        scenes.len(),
        params,
        rng,
        advance,
        batch_loss,
    )
}

/// What the layers of a network make of every pixel, f32.
#[derive(Debug)]
pub(crate) struct PixelLayers {
    /// A layer half-way, (n, c, 64, 64): each of its values repeated over the pixels it stands for.
    pub(crate) inner: Tensor,
    /// Features, (n, d, 64, 64), interpolated as the head's scores are.
    pub(crate) features: Tensor,
    /// The head's scores, (n, k, 64, 64), whose softmax are the probabilities.
    pub(crate) scores: Tensor,
}

/// The layers at every pixel.
pub(crate) fn pixel_layers(network: &Network, scenes: &Scenes) -> Result<PixelLayers> {
    let [inner, features, scores] = in_batches(scenes, |images| {
        let (inner, features) = network.inner_and_features(images)?;
        let scores = network.head(&features)?;
        Ok([enlarge(&inner)?, interpolate(&features)?, scores])
    })?;
    Ok(PixelLayers {
        inner,
        features,
        scores,
    })
}

/// Features (n, d, 32, 32), f32.
pub(crate) fn features(network: &Network, scenes: &Scenes) -> Result<Tensor> {
    let [features] = in_batches(scenes, |images| Ok([network.features(images)?]))?;
    Ok(features)
}

/// Features of every pixel (n, d, 64, 64), f32.
pub(crate) fn pixel_features(network: &Network, scenes: &Scenes) -> Result<Tensor> {
    let [features] = in_batches(scenes, |images| Ok([interpolate(&network.features(images)?)?]))?;
    Ok(features)
}

/// Probabilities of the classes at every pixel (n, k, 64, 64), f32.
pub(crate) fn probabilities(network: &Network, scenes: &Scenes) -> Result<Tensor> {
    let [probabilities] = in_batches(scenes, |images| {
        let scores = network.head(&network.features(images)?)?;
        Ok([scores.f_softmax(1, Kind::Float)?])
    })?;
    Ok(probabilities)
}

fn in_batches<const N: usize>(
    scenes: &Scenes,
    outputs: impl Fn(&Tensor) -> Result<[Tensor; N]>,
) -> Result<[Tensor; N]> {
    let _no_gradient = tch::no_grad_guard();
    let mut batches = [const { Vec::new() }; N];
    for start in (0..scenes.len()).step_by(EVALUATION_BATCH) {
        let images = scenes.images(start..scenes.len().min(start + EVALUATION_BATCH))?;
        for (batches, output) in batches.iter_mut().zip(outputs(&images)?) {
            batches.push(output);
        }
    }
    let mut joined = std::array::from_fn(|_| Tensor::new());
    for (joined, batches) in joined.iter_mut().zip(&batches) {
        *joined = Tensor::f_cat(batches, 0)?;
    }
    Ok(joined)
}

impl Loss {
    fn new(scenes: &Scenes, n_classes: usize) -> Result<Self> {
        Ok(Self {
            labels: scenes.label_maps()?,
            weights: Tensor::f_from_slice(&class_weights(scenes.labels(), n_classes))?,
        })
    }

    /// The weighted mean cross-entropy of the pixels that count, from scores (b, k, 64, 64) of the scenes in the batch.
    fn of(&self, scores: &Tensor, batch: &Tensor) -> Result<Tensor> {
        let labels = self.labels.f_index_select(0, batch)?;
        let ignored = i64::from(IGNORED);
        Ok(scores.f_cross_entropy_loss(&labels, Some(&self.weights), Reduction::Mean, ignored, 0.0)?)
    }
}

/// One over the square root of a class's share of the pixels, about 1 in the mean: between counting every pixel alike,
/// by which rare classes are not learned, and counting every class alike, by which they are seen everywhere.
fn class_weights(labels: &[u8], n_classes: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; n_classes];
    for &label in labels.iter().filter(|&&label| label != IGNORED) {
        counts[usize::from(label)] += 1;
    }
    // A class that does not occur never asks for its weight.
    let weights: Vec<f64> = counts
        .iter()
        .map(|&count| (count.max(1) as f64).sqrt().recip())
        .collect();
    let mean = weights.iter().sum::<f64>() / n_classes as f64;
    weights.iter().map(|weight| (weight / mean) as f32).collect()
}
