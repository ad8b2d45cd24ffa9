//! Training a network, and what it makes of images.

use rand::Rng;
use serde::{Deserialize, Serialize};
use tch::Reduction;
use tensor_core::nn::{Adam, AdamParams};
use tensor_core::{Kind, Result, Tensor, convert, random};

use super::image_set::ImageSet;
use super::network::Network;

/// Images that pass through a network at a time when no gradient is needed: bounds the memory, changes nothing else.
const EVALUATION_BATCH: usize = 250;

/// The label that libtorch leaves out of the loss; no image has it.
const NO_LABEL: i64 = -100;

/// How a network is trained; Adam with its published defaults otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingParams {
    /// Passes over the images.
    pub(crate) epochs: u64,
    /// Images a step.
    pub(crate) batch_size: usize,
    /// Adam's step length at the start; it falls in a straight line to 0 at the end.
    pub(crate) learning_rate: f64,
}

/// What a network makes of images.
#[derive(Debug)]
pub(crate) struct Outputs {
    /// (n, d), f32.
    pub(crate) features: Tensor,
    /// (n, k), f64, rows on the simplex.
    pub(crate) probabilities: Tensor,
}

/// Trains extractor and head on the cross-entropy of the labels; an epoch is a step of progress.
pub(crate) fn train(
    network: &Network,
    images: &ImageSet,
    params: TrainingParams,
    rng: &mut impl Rng,
    advance: &dyn Fn(u64),
) -> Result<()> {
    let pixels = images.images(0..images.len())?;
    let labels = Tensor::f_from_slice(images.labels())?;
    fit(
        network.parameters(),
        AdamParams::default(),
        images.len(),
        params,
        rng,
        advance,
        |batch| {
            let scores = network.head(&network.features(&pixels.f_index_select(0, batch)?)?)?;
            cross_entropy(&scores, &labels.f_index_select(0, batch)?)
        },
    )
}

/// Lowers `loss`, a function of the indices in a batch, in mini-batches drawn without replacement; an epoch is a step
/// of progress.
pub(crate) fn fit(
    parameters: Vec<(String, Tensor)>,
    adam: AdamParams,
    n_samples: usize,
    params: TrainingParams,
    rng: &mut impl Rng,
    advance: &dyn Fn(u64),
    mut loss: impl FnMut(&Tensor) -> Result<Tensor>,
) -> Result<()> {
    let mut adam = Adam::new(
        parameters,
        AdamParams {
            lr: params.learning_rate,
            ..adam
        },
    )?;
    let steps_per_epoch = n_samples.div_ceil(params.batch_size) as u64;
    let n_steps = (params.epochs * steps_per_epoch) as f64;
    let mut steps_left = n_steps;
    for _ in 0..params.epochs {
        let order: Vec<i64> = random::permutation(rng, n_samples)
            .into_iter()
            .map(|place| place as i64)
            .collect();
        for batch in order.chunks(params.batch_size) {
            let loss = loss(&Tensor::f_from_slice(batch)?)?;
            adam.set_lr(params.learning_rate * steps_left / n_steps)?;
            adam.zero_grad()?;
            loss.f_backward()?;
            adam.step()?;
            steps_left -= 1.0;
        }
        advance(1);
    }
    Ok(())
}

/// The mean cross-entropy of scores (n, k) and labels (n).
pub(crate) fn cross_entropy(scores: &Tensor, labels: &Tensor) -> Result<Tensor> {
    Ok(scores.f_cross_entropy_loss::<Tensor>(labels, None, Reduction::Mean, NO_LABEL, 0.0)?)
}

/// Features of the images.
pub(crate) fn features(network: &Network, images: &ImageSet) -> Result<Tensor> {
    let _no_gradient = tch::no_grad_guard();
    let mut features = Vec::new();
    for start in (0..images.len()).step_by(EVALUATION_BATCH) {
        let batch = images.images(start..images.len().min(start + EVALUATION_BATCH))?;
        features.push(network.features(&batch)?);
    }
    Ok(Tensor::f_cat(&features, 0)?)
}

/// What each layer makes of the images, by name.
pub(crate) fn layer_activations(network: &Network, images: &ImageSet) -> Result<Vec<(String, Tensor)>> {
    let _no_gradient = tch::no_grad_guard();
    let mut layers: Vec<(String, Vec<Tensor>)> = Vec::new();
    for start in (0..images.len()).step_by(EVALUATION_BATCH) {
        let batch = images.images(start..images.len().min(start + EVALUATION_BATCH))?;
        for (index, (name, activations)) in network.layer_activations(&batch)?.into_iter().enumerate() {
            if index == layers.len() {
                layers.push((name, Vec::new()));
            }
            layers[index].1.push(activations);
        }
    }
    layers
        .into_iter()
        .map(|(name, batches)| Ok((name, Tensor::f_cat(&batches, 0)?)))
        .collect()
}

/// Features and probabilities of the images.
pub(crate) fn outputs(network: &Network, images: &ImageSet) -> Result<Outputs> {
    let _no_gradient = tch::no_grad_guard();
    let features = features(network, images)?;
    let probabilities = network.head(&features)?.f_softmax(-1, Kind::Double)?;
    Ok(Outputs {
        features,
        probabilities,
    })
}

/// The fraction of images whose likeliest class is their label.
pub(crate) fn accuracy(network: &Network, images: &ImageSet) -> Result<f64> {
    accuracy_of(&outputs(network, images)?.probabilities, images.labels())
}

/// The fraction of rows (n, k) whose greatest entry is at their label.
pub(crate) fn accuracy_of(probabilities: &Tensor, labels: &[i64]) -> Result<f64> {
    let predicted = probabilities.f_argmax(-1, false)?;
    let predicted = convert::vector::<i64>("predicted classes", &predicted)?;
    let n_right = predicted
        .iter()
        .zip(labels)
        .filter(|(predicted, label)| predicted == label)
        .count();
    Ok(n_right as f64 / labels.len() as f64)
}
