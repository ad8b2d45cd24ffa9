//! Padding of images by reflection.

use tch::Tensor;

use crate::{Error, Result, check};

/// Widens images by their own reflection in the border pixels, which are not repeated.
///
/// ```text
/// y[i, j] = x[r(i - top, h), r(j - left, w)],   r(k, n) = k mirrored at 0 and at n - 1 into 0..n
/// ```
///
/// The row 1 2 3 padded by two on the left and by one on the right is 3 2 1 2 3 2. `padding` is
/// `[left, right, top, bottom]` (pixels), in the order of PyTorch's `ReflectionPad2d`.
///
/// # Shapes
///
/// `input`: (n, c, h, w) or (c, h, w). Returns the same with `h + top + bottom` rows and `w + left + right` columns.
///
/// # Errors
///
/// [`Error::Shape`] if the input has another number of dimensions; [`Error::Parameter`] if a padding is negative or
/// not less than the side it extends: one reflection does not reach further.
///
/// # Reference
///
/// `torch.nn.ReflectionPad2d` (PyTorch 2.13).
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, nn};
///
/// let image = Tensor::from_slice(&[1.0_f32, 2.0, 3.0]).f_reshape([1, 1, 1, 3])?;
/// let padded = nn::reflection_pad_2d(&image, [2, 1, 0, 0])?;
/// assert_eq!(Vec::<f32>::try_from(padded.f_reshape([-1])?)?, [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn reflection_pad_2d(input: &Tensor, padding: [i64; 4]) -> Result<Tensor> {
    let size = input.size();
    let ([_, height, width] | [_, _, height, width]) = size[..] else {
        return Err(Error::Shape {
            what: "input".to_owned(),
            expected: "(n, c, h, w) or (c, h, w)".to_owned(),
            got: size,
        });
    };
    for (amount, side) in padding.into_iter().zip([width, width, height, height]) {
        check::parameter(
            "padding",
            (0..side).contains(&amount),
            "at least 0 and less than the side it extends",
            format_args!("{amount} for a side of {side}"),
        )?;
    }
    Ok(input.f_reflection_pad2d(padding)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Device, Kind};

    /// `k` mirrored at 0 and at `n - 1`.
    fn mirrored(k: i64, n: i64) -> i64 {
        let k = k.abs();
        if k < n { k } else { 2 * (n - 1) - k }
    }

    #[test]
    fn every_pixel_is_where_the_formula_says() {
        let (height, width) = (4, 5);
        let input = Tensor::arange(2 * 3 * height * width, (Kind::Double, Device::Cpu));
        let input = input.reshape([2, 3, height, width]);
        for [left, right, top, bottom] in [[0, 0, 0, 0], [1, 2, 3, 0], [4, 4, 3, 3], [0, 1, 0, 2]] {
            let output = reflection_pad_2d(&input, [left, right, top, bottom]).expect("within the sides");
            assert_eq!(output.size(), [2, 3, height + top + bottom, width + left + right]);
            for image in 0..2 {
                for channel in 0..3 {
                    for i in 0..height + top + bottom {
                        for j in 0..width + left + right {
                            let (row, column) = (mirrored(i - top, height), mirrored(j - left, width));
                            assert_eq!(
                                output.double_value(&[image, channel, i, j]),
                                input.double_value(&[image, channel, row, column]),
                                "{left} {right} {top} {bottom}: pixel {i}, {j}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_batch_is_optional() {
        let input = Tensor::arange(12, (Kind::Float, Device::Cpu)).reshape([1, 3, 4]);
        let single = reflection_pad_2d(&input, [1, 2, 2, 1]).expect("within the sides");
        let batch = reflection_pad_2d(&input.unsqueeze(0), [1, 2, 2, 1]).expect("within the sides");
        assert_eq!(single.unsqueeze(0), batch);
    }

    #[test]
    fn the_gradient_counts_the_reflections() {
        let input = Tensor::from_slice(&[1.0, 2.0, 3.0])
            .reshape([1, 1, 3])
            .set_requires_grad(true);
        let padded = reflection_pad_2d(&input, [2, 1, 0, 0]).expect("within the sides");
        padded.sum(None).backward();
        // 3 2 1 2 3 2: one 1, three 2s, two 3s.
        let gradient = Vec::<f64>::try_from(input.grad().reshape([-1])).expect("f64");
        assert_eq!(gradient, [1.0, 3.0, 2.0]);
    }

    #[test]
    fn bad_arguments_are_named() {
        let input = Tensor::zeros([1, 1, 3, 4], (Kind::Float, Device::Cpu));
        let error = reflection_pad_2d(&input.reshape([3, 4]), [1; 4]).expect_err("two dimensions");
        assert!(matches!(error, Error::Shape { .. }), "{error}");
        for padding in [
            [4, 0, 0, 0],
            [0, 4, 0, 0],
            [0, 0, 3, 0],
            [0, 0, 0, 3],
            [-1, 0, 0, 0],
            [0, 0, 0, -1],
        ] {
            let error = reflection_pad_2d(&input, padding).expect_err("too far");
            assert!(
                matches!(error, Error::Parameter { name: "padding", .. }),
                "{error}"
            );
        }
        let error = reflection_pad_2d(&input, [0, 0, 3, 0]).expect_err("too far");
        assert_eq!(
            error.to_string(),
            "padding is 3 for a side of 3: expected at least 0 and less than the side it extends"
        );
    }
}
