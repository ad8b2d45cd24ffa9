//! Instance normalisation of images.

use tch::Tensor;

use super::same_kind::require_same_kind;
use crate::{Error, Result, check, kind};

/// Normalises every channel of every image to mean 0 and variance 1 over its pixels.
///
/// ```text
/// y_nchw = weight_c * (x_nchw - mean_nc) / sqrt(var_nc + epsilon) + bias_c
/// ```
///
/// with `mean_nc` the mean and `var_nc` the population variance (divided by `h * w`) over the pixels. Without `weight`
/// and `bias`, 1 and 0 stand in their place. Gradients pass through input, weight and bias. PyTorch's `InstanceNorm2d`
/// takes `epsilon = 1e-5`.
///
/// # Shapes
///
/// `input`: (n, c, h, w) with `h * w >= 2`, `f32` or `f64`; `weight` and `bias`: (c), of the same kind. Returns
/// (n, c, h, w).
///
/// # Errors
///
/// [`Error::Shape`] or [`Error::Kind`] if an argument is not of that shape and kind; [`Error::Parameter`] unless
/// `epsilon` is positive and finite.
///
/// # Reference
///
/// D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization: the missing ingredient for fast stylization",
/// 2016, arXiv:1607.08022, equation 2.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, nn};
///
/// let image = Tensor::from_slice(&[1.0_f64, 3.0]).f_reshape([1, 1, 1, 2])?; // mean 2, variance 1
/// let normal = nn::instance_norm_2d(&image, None, None, 3.0)?; // divided by sqrt(1 + 3)
/// assert_eq!(Vec::<f64>::try_from(normal.f_reshape([-1])?)?, [-0.5, 0.5]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn instance_norm_2d(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    epsilon: f64,
) -> Result<Tensor> {
    check::positive("epsilon", epsilon)?;
    let kind = kind::require("input", input, kind::FLOATS)?;
    let channels = match *input.size() {
        [_, channels, height, width] if height.saturating_mul(width) >= 2 => channels,
        ref got => {
            return Err(Error::Shape {
                what: "input".to_owned(),
                expected: "(n, c, h, w) with at least two pixels".to_owned(),
                got: got.to_vec(),
            });
        }
    };
    for (what, affine) in [("weight", weight), ("bias", bias)] {
        let Some(affine) = affine else { continue };
        require_same_kind(what, affine, kind)?;
        if affine.size() != [channels] {
            return Err(Error::Shape {
                what: what.to_owned(),
                expected: format!("[{channels}], one entry a channel"),
                got: affine.size(),
            });
        }
    }
    let no_statistics = None::<&Tensor>;
    Ok(input.f_instance_norm(
        weight,
        bias,
        no_statistics,
        no_statistics,
        true,
        0.0,
        epsilon,
        false,
    )?)
}

#[cfg(test)]
mod tests {
    use golden::assert_close;

    use super::*;
    use crate::{Kind, Seed, random};

    const EPSILON: f64 = 1e-5;
    /// A mean and a variance over at most 20 numbers of size 1, each sum rounded once a term.
    const RTOL: f64 = 1e-13;
    const ATOL: f64 = 1e-14;
    const SHAPE: [i64; 4] = [2, 3, 4, 5];

    fn draw(label: &str, shape: &[i64]) -> Tensor {
        let tensor = random::normal(&mut Seed::new(5).stream(label, 0), shape, Kind::Double);
        tensor
            .expect("a shape and a kind")
            .f_set_requires_grad(true)
            .expect("a leaf")
    }

    fn flat(tensor: &Tensor) -> Vec<f64> {
        Vec::try_from(tensor.detach().contiguous().reshape([-1])).expect("f64")
    }

    /// The formula, with libtorch's means and variances.
    fn composed(input: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        let dims = [2_i64, 3];
        let mean = input.mean_dim(&dims[..], true, Kind::Double);
        let centred = input - mean;
        let variance = (&centred * &centred).mean_dim(&dims[..], true, Kind::Double);
        let normal = centred / (variance + EPSILON).sqrt();
        normal * weight.reshape([-1, 1, 1]) + bias.reshape([-1, 1, 1])
    }

    #[test]
    fn it_is_the_formula() {
        let (input, weight, bias) = (draw("input", &SHAPE), draw("weight", &[3]), draw("bias", &[3]));
        let actual = instance_norm_2d(&input, Some(&weight), Some(&bias), EPSILON).expect("sound");
        assert_eq!(actual.size(), SHAPE);

        let (x, w, b) = (flat(&input), flat(&weight), flat(&bias));
        let mut expected = Vec::new();
        for (plane, pixels) in x.chunks(20).enumerate() {
            let channel = plane % 3;
            let mean = pixels.iter().sum::<f64>() / 20.0;
            let variance = pixels.iter().map(|pixel| (pixel - mean).powi(2)).sum::<f64>() / 20.0;
            let scale = w[channel] / (variance + EPSILON).sqrt();
            expected.extend(pixels.iter().map(|pixel| (pixel - mean) * scale + b[channel]));
        }
        assert_close(&flat(&actual), &expected, RTOL, ATOL);
    }

    #[test]
    fn its_gradients_are_those_of_the_formula() {
        let (input, weight, bias) = (draw("input", &SHAPE), draw("weight", &[3]), draw("bias", &[3]));
        let direction = draw("direction", &SHAPE).detach();
        let gradients = |output: Tensor| {
            let loss = (output * &direction).sum(None);
            Tensor::run_backward(&[loss], &[&input, &weight, &bias], false, false)
        };
        let actual = instance_norm_2d(&input, Some(&weight), Some(&bias), EPSILON).expect("sound");
        for (actual, expected) in gradients(actual)
            .iter()
            .zip(gradients(composed(&input, &weight, &bias)))
        {
            assert_close(&flat(actual), &flat(&expected), RTOL, ATOL);
        }
    }

    #[test]
    fn without_weight_and_bias_they_are_one_and_zero() {
        let input = draw("input", &SHAPE);
        let one = Tensor::ones([3], (Kind::Double, input.device()));
        let zero = one.zeros_like();
        let plain = instance_norm_2d(&input, None, None, EPSILON).expect("sound");
        let with = instance_norm_2d(&input, Some(&one), Some(&zero), EPSILON).expect("sound");
        assert_eq!(plain, with);
    }

    #[test]
    fn the_layout_in_memory_does_not_matter() {
        let input = draw("input", &[2, 5, 4, 3]).detach();
        let permuted = input.permute([0, 3, 2, 1]);
        let actual = instance_norm_2d(&permuted, None, None, EPSILON).expect("sound");
        let expected = instance_norm_2d(&permuted.contiguous(), None, None, EPSILON).expect("sound");
        assert_close(&flat(&actual), &flat(&expected), RTOL, ATOL);
    }

    #[test]
    fn bad_arguments_are_named() {
        let input = draw("input", &SHAPE);
        for shape in [&[2, 3, 4][..], &[2, 3, 1, 1], &[2, 3, 0, 4]] {
            let error = instance_norm_2d(&draw("x", shape), None, None, EPSILON).expect_err("a bad shape");
            assert!(
                matches!(&error, Error::Shape { what, .. } if what == "input"),
                "{error}"
            );
        }
        // A view of no image whose number of pixels overflows.
        let empty = draw("x", &[1, 1, 1, 1])
            .narrow(0, 0, 0)
            .expand([0, 1, 1 << 40, 1 << 40], false);
        let normal = instance_norm_2d(&empty, None, None, EPSILON).expect("nothing to do");
        assert_eq!(normal.size(), empty.size());
        let error = instance_norm_2d(&input.to_kind(Kind::Int64), None, None, EPSILON).expect_err("integers");
        assert!(
            matches!(&error, Error::Kind { what, .. } if what == "input"),
            "{error}"
        );

        let (four, single) = (draw("four", &[4]), draw("three", &[3]).to_kind(Kind::Float));
        let error = instance_norm_2d(&input, Some(&four), None, EPSILON).expect_err("four channels");
        assert!(
            matches!(&error, Error::Shape { what, .. } if what == "weight"),
            "{error}"
        );
        let error = instance_norm_2d(&input, None, Some(&single), EPSILON).expect_err("single precision");
        assert!(
            matches!(&error, Error::Kind { what, .. } if what == "bias"),
            "{error}"
        );

        for epsilon in [0.0, -1e-5, f64::NAN, f64::INFINITY] {
            let error = instance_norm_2d(&input, None, None, epsilon).expect_err("out of range");
            assert!(
                matches!(error, Error::Parameter { name: "epsilon", .. }),
                "{error}"
            );
        }
    }
}
