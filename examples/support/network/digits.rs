//! The three networks of the Python package `ccexam` 1.0.0: digits of MNIST, USPS and SVHN.
//!
//! Dropout is left out: it acts in training only.

use tensor_core::{Result, Tensor};

use super::layers::{Layers, Window, standardise};
use super::taps::Taps;

/// Width and height of what each network sees [pixels].
pub(super) const MNIST_SIDE: i64 = 28;
pub(super) const USPS_SIDE: i64 = 16;
pub(super) const SVHN_SIDE: i64 = 32;

pub(super) fn mnist_features(layers: &Layers, pictures: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    two_convolutions(layers, &standardise(pictures, &[0.1307], &[0.3081])?, taps)
}

pub(super) fn usps_features(layers: &Layers, pictures: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    two_convolutions(layers, &standardise(pictures, &[0.2471], &[0.2994])?, taps)
}

pub(super) fn svhn_features(layers: &Layers, pictures: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    let mut signal = standardise(pictures, &[0.4377, 0.4438, 0.4728], &[0.1980, 0.2010, 0.1970])?;
    for block in 0..3 {
        for layer in [2 * block, 2 * block + 1] {
            signal = layers
                .convolve(&format!("convolution.{layer}"), &signal, Window::SAME)?
                .f_relu()?;
        }
        signal = signal.f_max_pool2d(2, 2, 0, 1, false)?;
        taps.offer(&signal);
    }
    layer_of_features(layers, &signal)
}

fn two_convolutions(layers: &Layers, input: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    let mut signal = input.shallow_clone();
    for name in ["convolution.0", "convolution.1"] {
        signal = layers
            .convolve(name, &signal, Window::SAME)?
            .f_relu()?
            .f_max_pool2d(2, 2, 0, 1, false)?;
        taps.offer(&signal);
    }
    layer_of_features(layers, &signal)
}

fn layer_of_features(layers: &Layers, signal: &Tensor) -> Result<Tensor> {
    Ok(layers.linear("features", &signal.f_flatten(1, -1)?)?.f_relu()?)
}
