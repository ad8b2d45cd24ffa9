//! A small residual network: each block adds two group-normalised convolutions to its input.
//!
//! K. He, X. Zhang, S. Ren, J. Sun (2016), *Deep Residual Learning for Image Recognition*, CVPR; group instead of batch
//! normalisation, so that an image's features do not depend on its batch.

use rand::Rng;
use tensor_core::{Result, Tensor};

use super::layers::{Layers, Window, mean_over_places};
use super::taps::Taps;

const STEM_CHANNELS: i64 = 16;
/// Channels and stride of each block.
const BLOCKS: [(i64, i64); 3] = [(16, 1), (32, 2), (64, 2)];

pub(super) fn initialise(layers: &mut Layers, rng: &mut impl Rng) -> Result<()> {
    layers.insert_layer("stem", &[STEM_CHANNELS, 1, 3, 3], rng)?;
    layers.insert_norm("stem.normalisation", STEM_CHANNELS)?;
    let mut n_inputs = STEM_CHANNELS;
    for (block, &(n_channels, stride)) in BLOCKS.iter().enumerate() {
        let [first, second, shortcut] = names(block);
        layers.insert_layer(&first, &[n_channels, n_inputs, 3, 3], rng)?;
        layers.insert_norm(&format!("{first}.normalisation"), n_channels)?;
        layers.insert_layer(&second, &[n_channels, n_channels, 3, 3], rng)?;
        layers.insert_norm(&format!("{second}.normalisation"), n_channels)?;
        if stride > 1 {
            layers.insert_layer(&shortcut, &[n_channels, n_inputs, 1, 1], rng)?;
        }
        n_inputs = n_channels;
    }
    Ok(())
}

pub(super) fn features(layers: &Layers, images: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    let mut signal = normalised_convolution(layers, "stem", images, 2)?.f_relu()?;
    taps.offer(&signal);
    for (block, &(_, stride)) in BLOCKS.iter().enumerate() {
        let [first, second, shortcut] = names(block);
        let inner = normalised_convolution(layers, &first, &signal, stride)?.f_relu()?;
        let inner = normalised_convolution(layers, &second, &inner, 1)?;
        let passed = if stride > 1 {
            let window = Window {
                stride,
                ..Window::POINT
            };
            layers.convolve(&shortcut, &signal, window)?
        } else {
            signal
        };
        signal = inner.f_add(&passed)?.f_relu()?;
        taps.offer(&signal);
    }
    mean_over_places(&signal)
}

fn normalised_convolution(layers: &Layers, name: &str, input: &Tensor, stride: i64) -> Result<Tensor> {
    let window = Window {
        stride,
        ..Window::SAME
    };
    let output = layers.convolve(name, input, window)?;
    layers.normalise(&format!("{name}.normalisation"), &output)
}

fn names(block: usize) -> [String; 3] {
    ["first", "second", "shortcut"].map(|part| format!("block.{block}.{part}"))
}
