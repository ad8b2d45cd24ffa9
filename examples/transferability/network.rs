//! Two small convolutional networks: an extractor of 64 features, and a linear head over the classes.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};

use tensor_core::{Device, Kind, Result, Tensor, nn};

/// Features that every extractor gives.
pub(crate) const N_FEATURES: i64 = 64;
/// Groups of channels of a group normalisation; every normalised layer has a multiple of it.
const N_GROUPS: i64 = 4;
/// Keeps the variance of a constant group away from 0; the customary value.
const NORM_EPSILON: f64 = 1e-5;

/// How images become features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Architecture {
    /// Two convolutions (16, 32 channels), each halved by a maximum; every position feeds the features.
    Flat,
    /// Three group-normalised convolutions (16, 32, 64 channels); the mean over positions feeds the features.
    Pooled,
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
            Self::Flat => "flat",
            Self::Pooled => "pooled",
        }
    }
}

impl Network {
    /// A network with every weight drawn afresh and every bias 0.
    pub(crate) fn initialise(architecture: Architecture, n_classes: i64, rng: &mut impl Rng) -> Result<Self> {
        let mut network = Self {
            architecture,
            parameters: BTreeMap::new(),
        };
        match architecture {
            Architecture::Flat => {
                network.insert_layer("convolution.1", &[16, 1, 3, 3], rng)?;
                network.insert_layer("convolution.2", &[32, 16, 3, 3], rng)?;
                network.insert_layer("features", &[N_FEATURES, 32 * 7 * 7], rng)?;
            }
            Architecture::Pooled => {
                let channels = [1, 16, 32, 64];
                for (layer, pair) in (1..).zip(channels.windows(2)) {
                    network.insert_layer(&format!("convolution.{layer}"), &[pair[1], pair[0], 3, 3], rng)?;
                    network.insert_normalisation(&format!("normalisation.{layer}"), pair[1])?;
                }
                network.insert_layer("features", &[N_FEATURES, 64], rng)?;
            }
        }
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
        let pooled = match self.architecture {
            Architecture::Flat => {
                let halved = self
                    .convolve("convolution.1", images)?
                    .f_relu()?
                    .f_max_pool2d(2, 2, 0, 1, false)?;
                let quartered = self
                    .convolve("convolution.2", &halved)?
                    .f_relu()?
                    .f_max_pool2d(2, 2, 0, 1, false)?;
                quartered.f_flatten(1, -1)?
            }
            Architecture::Pooled => {
                let halved = self.block(1, images)?.f_max_pool2d(2, 2, 0, 1, false)?;
                let quartered = self.block(2, &halved)?.f_max_pool2d(2, 2, 0, 1, false)?;
                self.block(3, &quartered)?
                    .f_mean_dim([2_i64, 3].as_slice(), false, Kind::Float)?
            }
        };
        Ok(self.linear("features", &pooled)?.f_relu()?)
    }

    /// Scores of the classes (n, k) from features (n, 64).
    pub(crate) fn head(&self, features: &Tensor) -> Result<Tensor> {
        self.linear("head", features)
    }

    fn block(&self, layer: usize, input: &Tensor) -> Result<Tensor> {
        let output = self.convolve(&format!("convolution.{layer}"), input)?;
        let [scale, shift] =
            ["scale", "shift"].map(|part| self.parameter(&format!("normalisation.{layer}"), part));
        Ok(output
            .f_group_norm(N_GROUPS, Some(scale), Some(shift), NORM_EPSILON, false)?
            .f_relu()?)
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

    fn insert_normalisation(&mut self, layer: &str, n_channels: i64) -> Result<()> {
        self.insert(layer, "scale", &zeros(n_channels)?.f_add_scalar(1.0)?)?;
        self.insert(layer, "shift", &zeros(n_channels)?)
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
