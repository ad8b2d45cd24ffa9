//! Two small convolutional networks: an extractor of 64 features, and a linear head over the classes.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};
use tensor_core::{Device, Kind, Result, Tensor, nn};

use super::image_set::SIDE;

/// Features that every extractor gives.
pub(crate) const N_FEATURES: i64 = 64;
/// Groups of channels of a group normalisation; every normalised layer has a multiple of it.
const N_GROUPS: i64 = 4;
/// Keeps the variance of a constant group away from 0; the customary value.
const NORM_EPSILON: f64 = 1e-5;

/// How images become features: convolutions, each halved by a maximum, then a layer over all that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Architecture {
    /// Two convolutions.
    Shallow,
    /// Three convolutions, group-normalised.
    Deep,
}

/// An architecture and its parameters, named by layer.
#[derive(Debug)]
pub(crate) struct Network {
    architecture: Architecture,
    parameters: BTreeMap<String, Tensor>,
}

impl Architecture {
    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shallow => "shallow",
            Self::Deep => "deep",
        }
    }

    /// Channels behind each convolution.
    pub(crate) fn channels(self) -> &'static [i64] {
        match self {
            Self::Shallow => &[16, 32],
            Self::Deep => &[12, 24, 48],
        }
    }

    fn is_normalised(self) -> bool {
        self == Self::Deep
    }
}

impl Network {
    /// A network with every weight drawn afresh and every bias 0.
    pub(crate) fn initialise(architecture: Architecture, n_classes: i64, rng: &mut impl Rng) -> Result<Self> {
        let mut network = Self {
            architecture,
            parameters: BTreeMap::new(),
        };
        let (mut n_inputs, mut side) = (1, SIDE as i64);
        for (layer, &n_channels) in architecture.channels().iter().enumerate() {
            network.insert_layer(
                &format!("convolution.{layer}"),
                &[n_channels, n_inputs, 3, 3],
                rng,
            )?;
            if architecture.is_normalised() {
                let name = format!("normalisation.{layer}");
                network.insert(&name, "scale", &zeros(n_channels)?.f_add_scalar(1.0)?)?;
                network.insert(&name, "shift", &zeros(n_channels)?)?;
            }
            (n_inputs, side) = (n_channels, side / 2);
        }
        network.insert_layer("features", &[N_FEATURES, n_inputs * side * side], rng)?;
        network.replace_head(n_classes, rng)?;
        Ok(network)
    }

    /// A network with the parameters that [`Self::into_parameters`] gave.
    pub(crate) fn from_parameters(
        architecture: Architecture,
        parameters: BTreeMap<String, Tensor>,
    ) -> Result<Self> {
        let parameters = parameters
            .into_iter()
            .map(|(name, value)| Ok((name, value.f_set_requires_grad(true)?)))
            .collect::<Result<_>>()?;
        Ok(Self {
            architecture,
            parameters,
        })
    }

    /// The parameters by name, detached.
    pub(crate) fn into_parameters(self) -> Result<BTreeMap<String, Tensor>> {
        self.parameters
            .into_iter()
            .map(|(name, value)| Ok((name, value.f_detach()?)))
            .collect()
    }

    /// The parameters by name, for an optimiser: handles on the network's own.
    pub(crate) fn parameters(&self) -> Vec<(String, Tensor)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.clone(), value.shallow_clone()))
            .collect()
    }

    /// Puts a new head over `n_classes` classes on the extractor.
    pub(crate) fn replace_head(&mut self, n_classes: i64, rng: &mut impl Rng) -> Result<()> {
        self.insert_layer("head", &[n_classes, N_FEATURES], rng)
    }

    /// Features (n, 64) of images (n, 1, 28, 28).
    pub(crate) fn features(&self, images: &Tensor) -> Result<Tensor> {
        let mut signal = images.shallow_clone();
        for layer in 0..self.architecture.channels().len() {
            signal = self.convolve(&format!("convolution.{layer}"), &signal)?;
            if self.architecture.is_normalised() {
                signal = self.normalise(&format!("normalisation.{layer}"), &signal)?;
            }
            signal = signal.f_relu()?.f_max_pool2d(2, 2, 0, 1, false)?;
        }
        Ok(self.linear("features", &signal.f_flatten(1, -1)?)?.f_relu()?)
    }

    /// Scores of the classes (n, k) from features (n, 64).
    pub(crate) fn head(&self, features: &Tensor) -> Result<Tensor> {
        self.linear("head", features)
    }

    fn convolve(&self, layer: &str, input: &Tensor) -> Result<Tensor> {
        Ok(input.f_conv2d(
            self.parameter(layer, "weight"),
            Some(self.parameter(layer, "bias")),
            1,
            1,
            1,
            1,
        )?)
    }

    fn normalise(&self, layer: &str, input: &Tensor) -> Result<Tensor> {
        let [scale, shift] = ["scale", "shift"].map(|part| Some(self.parameter(layer, part)));
        Ok(input.f_group_norm(N_GROUPS, scale, shift, NORM_EPSILON, false)?)
    }

    fn linear(&self, layer: &str, input: &Tensor) -> Result<Tensor> {
        Ok(input.f_linear(
            self.parameter(layer, "weight"),
            Some(self.parameter(layer, "bias")),
        )?)
    }

    fn parameter(&self, layer: &str, part: &str) -> &Tensor {
        // A checkpoint is found by a hash that covers the architecture, so the names agree.
        self.parameters
            .get(&format!("{layer}.{part}"))
            .expect("every layer of the architecture was inserted")
    }

    fn insert_layer(&mut self, layer: &str, weight_shape: &[i64], rng: &mut impl Rng) -> Result<()> {
        self.insert(layer, "weight", &nn::kaiming_uniform(rng, weight_shape)?)?;
        self.insert(layer, "bias", &zeros(weight_shape[0])?)
    }

    fn insert(&mut self, layer: &str, part: &str, value: &Tensor) -> Result<()> {
        self.parameters
            .insert(format!("{layer}.{part}"), value.f_set_requires_grad(true)?);
        Ok(())
    }
}

fn zeros(length: i64) -> Result<Tensor> {
    Ok(Tensor::f_zeros(length, (Kind::Float, Device::Cpu))?)
}
