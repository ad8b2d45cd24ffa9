//! Networks: an extractor of features, and a linear head over the classes.
//!
//! Three small ones are trained here: two plain stacks of convolutions and one with residual blocks. The others take
//! parameters that were trained elsewhere; their batch normalisations are folded into the convolutions, so all they
//! do is convolve, pool and rectify.

mod digits;
mod efficientnet;
pub(crate) mod layers;
mod plain;
mod residual;
mod squeezenet;
mod taps;

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Result, Tensor};

use layers::Layers;
use taps::Taps;

/// How images become features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Architecture {
    /// Two convolutions and a layer of 64 features.
    Shallow,
    /// Three group-normalised convolutions and a layer of 64 features.
    Deep,
    /// Three group-normalised residual blocks and the mean of 64 channels.
    Residual,
    /// Two convolutions and a layer of 128 features, at 28 pixels: ccexam's network for MNIST.
    MnistDigits,
    /// The same at 16 pixels: ccexam's network for USPS.
    UspsDigits,
    /// Six convolutions and a layer of 256 features, at 32 pixels and in colour: ccexam's network for SVHN.
    SvhnDigits,
    /// `SqueezeNet` 1.1, the mean of 512 channels.
    SqueezeNet,
    /// EfficientNet-Lite0, the mean of 1280 channels.
    EfficientNetLite0,
}

/// The layer that the head reads, where it is no map.
pub(crate) const FEATURES: &str = "features";

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
            Self::Shallow => "shallow",
            Self::Deep => "deep",
            Self::Residual => "residual",
            Self::MnistDigits => "ccexam MNIST",
            Self::UspsDigits => "ccexam USPS",
            Self::SvhnDigits => "ccexam SVHN",
            Self::SqueezeNet => "SqueezeNet",
            Self::EfficientNetLite0 => "EfficientNet-Lite0",
        }
    }

    /// Features that the extractor gives.
    pub(crate) fn n_features(self) -> i64 {
        match self {
            Self::Shallow | Self::Deep | Self::Residual => 64,
            Self::MnistDigits | Self::UspsDigits => 128,
            Self::SvhnDigits => 256,
            Self::SqueezeNet => 512,
            Self::EfficientNetLite0 => 1280,
        }
    }

    /// Whether the features are the means of the channels of the last map.
    fn features_are_means(self) -> bool {
        matches!(self, Self::Residual | Self::SqueezeNet | Self::EfficientNetLite0)
    }

    /// Channels behind each convolution of a plain network.
    pub(crate) fn channels(self) -> &'static [i64] {
        match self {
            Self::Shallow => &[16, 32],
            Self::Deep => &[12, 24, 48],
            _ => &[],
        }
    }
}

impl Network {
    /// A small network with every weight drawn afresh and every bias 0.
    pub(crate) fn initialise(architecture: Architecture, n_classes: i64, rng: &mut impl Rng) -> Result<Self> {
        let mut layers = Layers::default();
        if architecture == Architecture::Residual {
            residual::initialise(&mut layers, rng)?;
        } else {
            plain::initialise(architecture, &mut layers, rng)?;
        }
        let mut network = Self { architecture, layers };
        network.replace_head(n_classes, rng)?;
        Ok(network)
    }

    /// A network with the parameters that [`Self::into_parameters`] gave, or those of a network trained elsewhere.
    pub(crate) fn from_parameters(
        architecture: Architecture,
        parameters: BTreeMap<String, Tensor>,
    ) -> Result<Self> {
        let layers = Layers::from_parameters(parameters)?;
        Ok(Self { architecture, layers })
    }

    /// How images become features.
    pub(crate) fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The parameters by name, detached.
    pub(crate) fn into_parameters(self) -> Result<BTreeMap<String, Tensor>> {
        self.layers.into_parameters()
    }

    /// The parameters by name, for an optimiser: handles on the network's own.
    pub(crate) fn parameters(&self) -> Vec<(String, Tensor)> {
        self.layers.parameters()
    }

    /// Puts a new head over `n_classes` classes on the extractor.
    pub(crate) fn replace_head(&mut self, n_classes: i64, rng: &mut impl Rng) -> Result<()> {
        self.layers
            .insert_layer("head", &[n_classes, self.architecture.n_features()], rng)
    }

    /// Puts this head on the extractor: weights (k, d) and biases (k).
    pub(crate) fn set_head(&mut self, weight: &Tensor, bias: &Tensor) -> Result<()> {
        self.layers.insert("head", "weight", weight)?;
        self.layers.insert("head", "bias", bias)
    }

    /// The head's weights (k, d), detached.
    pub(crate) fn head_weights(&self) -> Result<Tensor> {
        Ok(self.layers.get("head", "weight")?.f_detach()?)
    }

    /// Features (n, d) of grey images (n, 1, 28, 28) in -1..=1.
    pub(crate) fn features(&self, images: &Tensor) -> Result<Tensor> {
        self.tapped_features(images, &mut Taps::closed())
    }

    /// What each layer makes of grey images (n, 1, 28, 28) in -1..=1, by name: the maps (n, c, h, w) behind each block
    /// of convolutions, `block.0` first, and last the `features` (n, d), unless they are the mean of the last map.
    pub(crate) fn layer_activations(&self, images: &Tensor) -> Result<Vec<(String, Tensor)>> {
        let mut taps = Taps::open();
        let features = self.tapped_features(images, &mut taps)?;
        let maps = taps.into_maps().into_iter().enumerate();
        let mut layers: Vec<_> = maps.map(|(block, map)| (format!("block.{block}"), map)).collect();
        if !self.architecture.features_are_means() {
            layers.push((FEATURES.to_owned(), features));
        }
        Ok(layers)
    }

    fn tapped_features(&self, images: &Tensor, taps: &mut Taps) -> Result<Tensor> {
        let side = match self.architecture {
            Architecture::Shallow | Architecture::Deep => {
                return plain::features(self.architecture, &self.layers, images, taps);
            }
            Architecture::Residual => return residual::features(&self.layers, images, taps),
            Architecture::MnistDigits => digits::MNIST_SIDE,
            Architecture::UspsDigits => digits::USPS_SIDE,
            Architecture::SvhnDigits => digits::SVHN_SIDE,
            Architecture::SqueezeNet | Architecture::EfficientNetLite0 => IMAGENET_SMALL_SIDE,
        };
        self.tapped_features_of_pictures(&images.f_add_scalar(1.0)?.f_mul_scalar(0.5)?, side, taps)
    }

    /// Features (n, d) of pictures (n, 1 or 3, h, w) in 0..=1 that a network trained elsewhere sees at `side` pixels.
    ///
    /// # Panics
    ///
    /// If the network is one of the small ones.
    pub(crate) fn features_of_pictures(&self, pictures: &Tensor, side: i64) -> Result<Tensor> {
        self.tapped_features_of_pictures(pictures, side, &mut Taps::closed())
    }

    fn tapped_features_of_pictures(&self, pictures: &Tensor, side: i64, taps: &mut Taps) -> Result<Tensor> {
        let pictures = resize(pictures, side)?;
        match self.architecture {
            Architecture::MnistDigits => digits::mnist_features(&self.layers, &pictures, taps),
            Architecture::UspsDigits => digits::usps_features(&self.layers, &pictures, taps),
            Architecture::SvhnDigits => digits::svhn_features(&self.layers, &in_colour(&pictures)?, taps),
            Architecture::SqueezeNet => squeezenet::features(&self.layers, &in_colour(&pictures)?, taps),
            Architecture::EfficientNetLite0 => {
                efficientnet::features(&self.layers, &in_colour(&pictures)?, taps)
            }
            Architecture::Shallow | Architecture::Deep | Architecture::Residual => {
                unreachable!("the small networks see images of one size")
            }
        }
    }

    /// Scores of the classes (n, k) from features (n, d).
    pub(crate) fn head(&self, features: &Tensor) -> Result<Tensor> {
        self.layers.linear("head", features)
    }
}

/// Width and height [pixels] at which an `ImageNet` network sees the 28 x 28 images: at 224 one fine-tuning would take
/// twelve times as long.
const IMAGENET_SMALL_SIDE: i64 = 64;

/// Bilinear; a smaller picture is smoothed first.
fn resize(pictures: &Tensor, side: i64) -> Result<Tensor> {
    let pictures = pictures.f_to_kind(Kind::Float)?;
    if pictures.size().ends_with(&[side, side]) {
        return Ok(pictures);
    }
    Ok(pictures.f_internal_upsample_bilinear2d_aa([side, side], false, None, None)?)
}

fn in_colour(pictures: &Tensor) -> Result<Tensor> {
    Ok(pictures.f_expand([-1, 3, -1, -1], false)?)
}
