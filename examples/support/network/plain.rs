//! Convolutions, each halved by a maximum, then a layer over all that is left.

use rand::Rng;
use tensor_core::{Result, Tensor};

use super::Architecture;
use super::layers::{Layers, Window};
use super::taps::Taps;
use crate::support::image_set::SIDE;

pub(super) fn initialise(architecture: Architecture, layers: &mut Layers, rng: &mut impl Rng) -> Result<()> {
    let (mut n_inputs, mut side) = (1, SIDE as i64);
    for (layer, &n_channels) in architecture.channels().iter().enumerate() {
        layers.insert_layer(
            &format!("convolution.{layer}"),
            &[n_channels, n_inputs, 3, 3],
            rng,
        )?;
        if is_normalised(architecture) {
            layers.insert_norm(&format!("normalisation.{layer}"), n_channels)?;
        }
        (n_inputs, side) = (n_channels, side / 2);
    }
    let n_features = architecture.n_features();
    layers.insert_layer("features", &[n_features, n_inputs * side * side], rng)
}

pub(super) fn features(
    architecture: Architecture,
    layers: &Layers,
    images: &Tensor,
    taps: &mut Taps,
) -> Result<Tensor> {
    let mut signal = images.shallow_clone();
    for layer in 0..architecture.channels().len() {
        signal = layers.convolve(&format!("convolution.{layer}"), &signal, Window::SAME)?;
        if is_normalised(architecture) {
            signal = layers.normalise(&format!("normalisation.{layer}"), &signal)?;
        }
        signal = signal.f_relu()?.f_max_pool2d(2, 2, 0, 1, false)?;
        taps.offer(&signal);
    }
    Ok(layers.linear("features", &signal.f_flatten(1, -1)?)?.f_relu()?)
}

fn is_normalised(architecture: Architecture) -> bool {
    architecture == Architecture::Deep
}
