//! Seeded initial values of weights and biases.

use rand::Rng;
use tch::{Kind, Tensor};

use crate::{Error, Result, random};

/// Weights for a layer with a rectifier behind it, uniform in `[-bound, bound)`.
///
/// ```text
/// bound = sqrt(2) * sqrt(3 / fan_in)
/// ```
///
/// `fan_in`, the number of inputs of a unit, is `shape[1] * shape[2] * ...`. The signal keeps its second moment on the
/// way forward.
///
/// # Shapes
///
/// `shape` is that of the weight, output side first: (out, in) of a linear layer, (out, in, h, w) of a convolution. The
/// result is `f32`, on the CPU.
///
/// # Errors
///
/// [`Error::Shape`] unless `shape` has two dimensions or more, none of them 0.
///
/// # Reference
///
/// K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing human-level performance on ImageNet
/// classification", ICCV 2015, arXiv:1502.01852, equation 10; `torch.nn.init.kaiming_uniform_` with its default
/// arguments (PyTorch 2.13).
///
/// # Examples
///
/// ```
/// use tensor_core::{Seed, nn};
///
/// let weight = nn::kaiming_uniform(&mut Seed::new(1).stream("fc1.weight", 0), &[64, 6])?;
/// let largest = weight.f_abs()?.f_max()?.f_double_value(&[])?;
/// assert!(largest <= 1.0 && largest > 0.95); // sqrt(2) * sqrt(3 / 6)
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn kaiming_uniform(rng: &mut impl Rng, shape: &[i64]) -> Result<Tensor> {
    let fan_in = fan_in(shape)?;
    uniform(rng, (6.0 / fan_in).sqrt(), shape)
}

/// The weights that PyTorch's `Linear` and `Conv2d` start from, uniform in `[-bound, bound)`.
///
/// ```text
/// bound = 1 / sqrt(fan_in)
/// ```
///
/// PyTorch reaches this bound as `kaiming_uniform_` for a leaky rectifier of slope `sqrt(5)`.
///
/// # Shapes
///
/// As for [`kaiming_uniform`], `fan_in` too.
///
/// # Errors
///
/// [`Error::Shape`] unless `shape` has two dimensions or more, none of them 0.
///
/// # Reference
///
/// `torch.nn.Linear.reset_parameters`, `torch.nn.Conv2d.reset_parameters` (PyTorch 2.13).
///
/// # Examples
///
/// ```
/// use tensor_core::{Seed, nn};
///
/// let weight = nn::default_weight(&mut Seed::new(1).stream("conv1.weight", 0), &[16, 1, 5, 5])?;
/// let largest = weight.f_abs()?.f_max()?.f_double_value(&[])?;
/// assert!(largest <= 0.2 && largest > 0.19); // 1 / sqrt(25)
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn default_weight(rng: &mut impl Rng, shape: &[i64]) -> Result<Tensor> {
    let fan_in = fan_in(shape)?;
    uniform(rng, fan_in.sqrt().recip(), shape)
}

/// The biases that PyTorch's `Linear` and `Conv2d` start from, uniform in `[-bound, bound)`.
///
/// ```text
/// bound = 1 / sqrt(fan_in)
/// ```
///
/// # Shapes
///
/// `weight_shape` is that of the layer's weight; the result is (`weight_shape[0]`), `f32`, on the CPU.
///
/// # Errors
///
/// [`Error::Shape`] unless `weight_shape` has two dimensions or more, none of them 0.
///
/// # Reference
///
/// As for [`default_weight`].
///
/// # Examples
///
/// ```
/// use tensor_core::{Seed, nn};
///
/// let bias = nn::default_bias(&mut Seed::new(1).stream("conv1.bias", 0), &[16, 1, 5, 5])?;
/// assert_eq!(bias.size(), [16]);
/// assert!(bias.f_abs()?.f_max()?.f_double_value(&[])? <= 0.2); // 1 / sqrt(25)
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn default_bias(rng: &mut impl Rng, weight_shape: &[i64]) -> Result<Tensor> {
    let fan_in = fan_in(weight_shape)?;
    uniform(rng, fan_in.sqrt().recip(), &weight_shape[..1])
}

fn uniform(rng: &mut impl Rng, bound: f64, shape: &[i64]) -> Result<Tensor> {
    random::uniform(rng, -bound, bound, shape, Kind::Float)
}

/// The number of inputs of a unit, for a weight of that shape.
fn fan_in(shape: &[i64]) -> Result<f64> {
    match shape {
        [_, inputs @ ..] if !inputs.is_empty() && shape.iter().all(|&side| side > 0) => {
            Ok(inputs.iter().map(|&side| side as f64).product())
        }
        _ => Err(Error::Shape {
            what: "weight".to_owned(),
            expected: "(out, in, ...), every side 1 or more".to_owned(),
            got: shape.to_vec(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    /// 40 units of 64 channels x 3 x 5 pixels.
    const SHAPE: [i64; 4] = [40, 64, 3, 5];
    const FAN_IN: f64 = 960.0;

    fn rng(index: u64) -> impl Rng {
        Seed::new(11).stream("init", index)
    }

    /// The largest of n uniform draws falls short of the bound by 1/n of it on average; 20 times that has the chance
    /// e^-20. Above the bound there is only the rounding to `f32`.
    fn assert_bound(weight: &Tensor, bound: f64) {
        let short = 20.0 / weight.numel() as f64;
        let largest = weight.abs().max().double_value(&[]);
        assert!(
            largest <= bound * (1.0 + f64::from(f32::EPSILON)) && largest >= bound * (1.0 - short),
            "{largest} against {bound}"
        );
    }

    #[test]
    fn bounds_are_those_of_the_formulas() {
        let weight = kaiming_uniform(&mut rng(0), &SHAPE).expect("sound");
        assert_bound(&weight, 2.0_f64.sqrt() * (3.0 / FAN_IN).sqrt());
        let weight = default_weight(&mut rng(2), &SHAPE).expect("sound");
        assert_bound(&weight, 1.0 / FAN_IN.sqrt());
        let bias = default_bias(&mut rng(3), &[2000, 9]).expect("sound");
        assert_eq!(bias.size(), [2000]);
        assert_bound(&bias, 1.0 / 3.0);
    }

    #[test]
    fn the_default_bound_is_pytorchs() {
        // calculate_gain("leaky_relu", sqrt(5)) * sqrt(3 / fan_in)
        let gain = (2.0_f64 / (1.0 + 5.0)).sqrt();
        let weight = default_weight(&mut rng(0), &SHAPE).expect("sound");
        assert_bound(&weight, gain * (3.0 / FAN_IN).sqrt());
    }

    #[test]
    fn one_stream_gives_one_tensor() {
        let draw = |index| kaiming_uniform(&mut rng(index), &[3, 4]).expect("sound");
        assert_eq!(draw(0), draw(0));
        assert_ne!(draw(0), draw(1));
        assert_eq!(draw(0).kind(), Kind::Float);
    }

    #[test]
    fn a_shape_without_a_fan_is_refused() {
        for shape in [&[][..], &[3], &[3, 0], &[0, 3], &[3, 3, 0], &[3, -1]] {
            for result in [
                kaiming_uniform(&mut rng(0), shape),
                default_weight(&mut rng(0), shape),
                default_bias(&mut rng(0), shape),
            ] {
                let error = result.expect_err("no fan");
                assert!(matches!(error, Error::Shape { .. }), "{shape:?}: {error}");
            }
        }
    }
}
