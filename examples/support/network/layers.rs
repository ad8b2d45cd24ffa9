//! Parameters by layer, and what a layer does with them.

use std::collections::BTreeMap;

use rand::Rng;
use tensor_core::{Device, Error, Kind, Result, Tensor, nn};

/// Groups of channels of a group normalisation; every normalised layer has a multiple of it.
const N_GROUPS: i64 = 4;
/// Keeps the variance of a constant group away from 0; the customary value.
const NORM_EPSILON: f64 = 1e-5;

/// Parameters by name: `LAYER.weight` and `LAYER.bias`, or `LAYER.scale` and `LAYER.shift` of a normalisation.
#[derive(Debug, Default)]
pub(crate) struct Layers(BTreeMap<String, Tensor>);

/// A convolution's stride and padding, the same in both directions, and its groups of channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) stride: i64,
    pub(crate) padding: i64,
    pub(crate) groups: i64,
}

impl Window {
    /// Of a 3 x 3 convolution that keeps the size.
    pub(crate) const SAME: Self = Self {
        stride: 1,
        padding: 1,
        groups: 1,
    };
    /// Of a 1 x 1 convolution.
    pub(crate) const POINT: Self = Self {
        stride: 1,
        padding: 0,
        groups: 1,
    };
}

impl Layers {
    pub(crate) fn from_parameters(parameters: BTreeMap<String, Tensor>) -> Result<Self> {
        let parameters = parameters
            .into_iter()
            .map(|(name, value)| Ok((name, value.f_set_requires_grad(true)?)))
            .collect::<Result<_>>()?;
        Ok(Self(parameters))
    }

    pub(crate) fn into_parameters(self) -> Result<BTreeMap<String, Tensor>> {
        self.0
            .into_iter()
            .map(|(name, value)| Ok((name, value.f_detach()?)))
            .collect()
    }

    pub(crate) fn parameters(&self) -> Vec<(String, Tensor)> {
        self.0
            .iter()
            .map(|(name, value)| (name.clone(), value.shallow_clone()))
            .collect()
    }

    /// A layer with its weight drawn afresh and its bias 0.
    pub(crate) fn insert_layer(
        &mut self,
        layer: &str,
        weight_shape: &[i64],
        rng: &mut impl Rng,
    ) -> Result<()> {
        self.insert(layer, "weight", &nn::kaiming_uniform(rng, weight_shape)?)?;
        self.insert(layer, "bias", &zeros(weight_shape[0])?)
    }

    /// A group normalisation that changes no scale yet.
    pub(crate) fn insert_norm(&mut self, layer: &str, n_channels: i64) -> Result<()> {
        self.insert(layer, "scale", &zeros(n_channels)?.f_add_scalar(1.0)?)?;
        self.insert(layer, "shift", &zeros(n_channels)?)
    }

    pub(crate) fn insert(&mut self, layer: &str, part: &str, value: &Tensor) -> Result<()> {
        self.0
            .insert(format!("{layer}.{part}"), value.f_set_requires_grad(true)?);
        Ok(())
    }

    pub(crate) fn has(&self, layer: &str) -> bool {
        self.0.contains_key(&format!("{layer}.weight"))
    }

    pub(crate) fn convolve(&self, layer: &str, input: &Tensor, window: Window) -> Result<Tensor> {
        let Window {
            stride,
            padding,
            groups,
        } = window;
        let (weight, bias) = (self.get(layer, "weight")?, self.get(layer, "bias")?);
        Ok(input.f_conv2d(weight, Some(bias), stride, padding, 1, groups)?)
    }

    pub(crate) fn normalise(&self, layer: &str, input: &Tensor) -> Result<Tensor> {
        let (scale, shift) = (self.get(layer, "scale")?, self.get(layer, "shift")?);
        Ok(input.f_group_norm(N_GROUPS, Some(scale), Some(shift), NORM_EPSILON, false)?)
    }

    pub(crate) fn linear(&self, layer: &str, input: &Tensor) -> Result<Tensor> {
        Ok(input.f_linear(self.get(layer, "weight")?, Some(self.get(layer, "bias")?))?)
    }

    pub(crate) fn get(&self, layer: &str, part: &str) -> Result<&Tensor> {
        let name = format!("{layer}.{part}");
        self.0.get(&name).ok_or_else(|| Error::MissingEntry {
            what: "parameters of the network".to_owned(),
            name,
        })
    }
}

/// The mean over the places of each channel: (n, c) from (n, c, h, w).
pub(crate) fn mean_over_places(signal: &Tensor) -> Result<Tensor> {
    Ok(signal.f_mean_dim([2_i64, 3].as_slice(), false, None::<tch::Kind>)?)
}

/// `(pictures - mean) / deviation`, channel by channel.
pub(crate) fn standardise(pictures: &Tensor, mean: &[f32], deviation: &[f32]) -> Result<Tensor> {
    let by_channel =
        |values: &[f32]| -> Result<Tensor> { Ok(Tensor::f_from_slice(values)?.f_view([1, -1, 1, 1])?) };
    Ok(pictures
        .f_sub(&by_channel(mean)?)?
        .f_div(&by_channel(deviation)?)?)
}

/// A vector of zeros, f32.
pub(crate) fn zeros(length: i64) -> Result<Tensor> {
    Ok(Tensor::f_zeros(length, (Kind::Float, Device::Cpu))?)
}
