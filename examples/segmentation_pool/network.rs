//! Two small fully convolutional networks: features at half the scene's resolution, and a linear head at each pixel.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};
use tensor_core::{Result, Tensor, nn};

use super::scene::SCENE_SIDE;
use crate::support::network::layers::{Layers, zeros};

/// Channels of the encoder-decoder, from the finest level to the coarsest.
const LEVELS: [i64; 3] = [16, 32, 64];
/// Channels of the dilated network.
const WIDTH: i64 = 16;
/// Steps between the taps of its convolutions: behind the last, a position sees 31 x 31 of the 32 x 32.
const DILATIONS: [i64; 4] = [1, 2, 4, 8];

/// How scenes become features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Architecture {
    /// Three levels down to an eighth of the scene's side and back up, the levels joined by sums.
    EncoderDecoder,
    /// Convolutions of growing dilation at half the scene's side.
    Dilated,
}

/// An architecture and its parameters, named by layer.
#[derive(Debug)]
pub(crate) struct Network {
    architecture: Architecture,
    layers: Layers,
}

impl Architecture {
    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EncoderDecoder => "encoder-decoder",
            Self::Dilated => "dilated",
        }
    }

    /// Features of a pixel.
    pub(crate) fn n_features(self) -> i64 {
        match self {
            Self::EncoderDecoder => 24,
            Self::Dilated => 32,
        }
    }
}

impl Network {
    /// A network with every weight drawn afresh and every bias 0.
    pub(crate) fn initialise(
        architecture: Architecture,
        n_classes: usize,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        let mut network = Self {
            architecture,
            layers: Layers::default(),
        };
        let n_features = architecture.n_features();
        match architecture {
            Architecture::EncoderDecoder => {
                let mut n_inputs = 1;
                for (level, &n_channels) in LEVELS.iter().enumerate() {
                    network.insert_layer(&format!("down.{level}"), &[n_channels, n_inputs, 3, 3], rng)?;
                    n_inputs = n_channels;
                }
                network.insert_layer("bottom", &[n_inputs, n_inputs, 3, 3], rng)?;
                for (level, pair) in LEVELS.windows(2).enumerate() {
                    let (fine, coarse) = (pair[0], pair[1]);
                    let n_outputs = if level == 0 { n_features } else { fine };
                    network.insert_layer(&format!("narrow.{level}"), &[fine, coarse, 1, 1], rng)?;
                    network.insert_layer(&format!("up.{level}"), &[n_outputs, fine, 3, 3], rng)?;
                }
            }
            Architecture::Dilated => {
                network.insert_layer("stem", &[WIDTH, 1, 3, 3], rng)?;
                for index in 0..DILATIONS.len() {
                    network.insert_layer(&format!("dilated.{index}"), &[WIDTH, WIDTH, 3, 3], rng)?;
                }
                network.insert_layer("mix", &[n_features, WIDTH, 1, 1], rng)?;
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
        Ok(Self {
            architecture,
            layers: Layers::from_parameters(parameters)?,
        })
    }

    /// The parameters by name, detached.
    pub(crate) fn into_parameters(self) -> Result<BTreeMap<String, Tensor>> {
        self.layers.into_parameters()
    }

    /// The parameters by name, for an optimiser: handles on the network's own.
    pub(crate) fn parameters(&self) -> Vec<(String, Tensor)> {
        self.layers.parameters()
    }

    /// The parameters of the head alone.
    pub(crate) fn head_parameters(&self) -> Vec<(String, Tensor)> {
        let mut parameters = self.parameters();
        parameters.retain(|(name, _)| name.starts_with("head."));
        parameters
    }

    /// Puts a new head over `n_classes` classes on the extractor.
    pub(crate) fn replace_head(&mut self, n_classes: usize, rng: &mut impl Rng) -> Result<()> {
        let shape = [n_classes as i64, self.architecture.n_features(), 1, 1];
        self.layers
            .insert("head", "weight", &nn::default_weight(rng, &shape)?)?;
        self.layers.insert("head", "bias", &zeros(shape[0])?)
    }

    /// Features (n, d, 32, 32) of scenes (n, 1, 64, 64).
    pub(crate) fn features(&self, scenes: &Tensor) -> Result<Tensor> {
        Ok(self.inner_and_features(scenes)?.1)
    }

    /// A layer half-way, and the features: (n, c, h, w) and (n, d, 32, 32) of scenes (n, 1, 64, 64).
    ///
    /// The layer is the coarsest of the encoder-decoder, 8 x 8, or what the dilated network has after half of its
    /// dilations.
    pub(crate) fn inner_and_features(&self, scenes: &Tensor) -> Result<(Tensor, Tensor)> {
        match self.architecture {
            Architecture::EncoderDecoder => {
                let fine = self.block("down.0", scenes, 2, 1)?;
                let middle = self.block("down.1", &fine, 2, 1)?;
                let coarse = self.block("down.2", &middle, 2, 1)?;
                let coarse = coarse.f_add(&self.block("bottom", &coarse, 1, 1)?)?;
                let middle = self.block("up.1", &self.join("narrow.1", &coarse, &middle)?, 1, 1)?;
                let features = self.block("up.0", &self.join("narrow.0", &middle, &fine)?, 1, 1)?;
                Ok((coarse, features))
            }
            Architecture::Dilated => {
                let mut signal = self.block("stem", scenes, 2, 1)?;
                let mut inner = signal.shallow_clone();
                for (index, &dilation) in DILATIONS.iter().enumerate() {
                    let change = self.block(&format!("dilated.{index}"), &signal, 1, dilation)?;
                    signal = signal.f_add(&change)?;
                    if 2 * (index + 1) == DILATIONS.len() {
                        inner = signal.shallow_clone();
                    }
                }
                Ok((inner, self.block("mix", &signal, 1, 1)?))
            }
        }
    }

    /// Scores of the classes (n, k, 64, 64) from features (n, d, 32, 32).
    ///
    /// The head is linear and interpolation takes means, so a pixel's scores are the head of its interpolated features.
    pub(crate) fn head(&self, features: &Tensor) -> Result<Tensor> {
        interpolate(&self.convolve("head", features, 1, 1)?)
    }

    /// A normalised and rectified convolution.
    fn block(&self, layer: &str, input: &Tensor, stride: i64, dilation: i64) -> Result<Tensor> {
        let signal = self.convolve(layer, input, stride, dilation)?;
        Ok(self.layers.normalise(layer, &signal)?.f_relu()?)
    }

    /// The coarse level, narrowed and enlarged, plus the fine one.
    fn join(&self, layer: &str, coarse: &Tensor, fine: &Tensor) -> Result<Tensor> {
        let narrowed = self.block(layer, coarse, 1, 1)?;
        let size = [fine.size()[2], fine.size()[3]];
        Ok(narrowed.f_upsample_nearest2d(size, None, None)?.f_add(fine)?)
    }

    fn convolve(&self, layer: &str, input: &Tensor, stride: i64, dilation: i64) -> Result<Tensor> {
        let (weight, bias) = (self.layers.get(layer, "weight")?, self.layers.get(layer, "bias")?);
        let padding = if weight.size()[2] == 1 { 0 } else { dilation };
        Ok(input.f_conv2d(weight, Some(bias), stride, padding, dilation, 1)?)
    }

    /// A convolution and its normalisation.
    fn insert_layer(&mut self, layer: &str, weight_shape: &[i64], rng: &mut impl Rng) -> Result<()> {
        self.layers.insert_layer(layer, weight_shape, rng)?;
        self.layers.insert_norm(layer, weight_shape[0])
    }
}

/// From the resolution of the features to that of the scenes, bilinear.
pub(crate) fn interpolate(maps: &Tensor) -> Result<Tensor> {
    let side = SCENE_SIDE as i64;
    Ok(maps.f_upsample_bilinear2d([side, side], false, None, None)?)
}

/// To the resolution of the scenes, each value repeated over the pixels it stands for.
pub(crate) fn enlarge(maps: &Tensor) -> Result<Tensor> {
    let side = SCENE_SIDE as i64;
    Ok(maps.f_upsample_nearest2d([side, side], None, None)?)
}
