//! Whether the numbers of a tensor are numbers.

use tch::{Device, Kind, Tensor};

use crate::{Error, Result, kind};

/// Checks that every entry of a tensor is finite. Integers always are.
///
/// # Errors
///
/// [`Error::NonFinite`] with the index of the first NaN or infinity in row-major order; [`Error::Kind`] for complex
/// and quantised tensors.
///
/// # Complexity
///
/// One vectorised pass without temporaries. The index is looked for only after a failure.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, check};
///
/// let features = Tensor::from_slice(&[1.0, 2.0, f64::NAN, 4.0]).reshape([2, 2]);
/// let error = check::finite("features", &features).unwrap_err();
/// assert_eq!(error.to_string(), "features[1, 0] is NaN: expected a finite number");
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn finite(what: &str, tensor: &Tensor) -> Result<()> {
    match kind::require(what, tensor, kind::REAL)? {
        Kind::Double | Kind::Float | Kind::Half | Kind::BFloat16 => {}
        _ => return Ok(()),
    }
    let tensor = tensor.f_detach()?;
    // A sum with a NaN or an infinity among its terms is not finite, so a finite sum settles the matter in one pass.
    // A sum of finite terms may overflow: then the entries are looked at one by one.
    if tensor.f_sum(None)?.f_double_value(&[])?.is_finite() {
        return Ok(());
    }
    let offending = tensor
        .f_isfinite()?
        .f_logical_not()?
        .f_reshape([-1])?
        .f_to_device(Device::Cpu)?;
    let first = offending.f_nonzero_static(1, -1)?;
    let flat = first.f_int64_value(&[0, 0])?;
    if flat < 0 {
        return Ok(());
    }
    let index = coordinates(flat, &tensor.size());
    Err(Error::NonFinite {
        what: what.to_owned(),
        value: tensor.f_double_value(&index)?,
        index: index.into_iter().map(|i| i as usize).collect(),
    })
}

/// The coordinates of a row-major index.
fn coordinates(mut flat: i64, shape: &[i64]) -> Vec<i64> {
    let mut coordinates = vec![0; shape.len()];
    for (coordinate, &length) in coordinates.iter_mut().zip(shape).rev() {
        *coordinate = flat % length;
        flat /= length;
    }
    coordinates
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zeros(shape: &[i64], kind: Kind) -> Tensor {
        Tensor::zeros(shape, (kind, Device::Cpu))
    }

    #[test]
    fn finite_tensors_pass_whatever_their_shape_kind_or_size() {
        let f64_max = Tensor::from_slice(&[f64::MAX, f64::MAX, f64::MIN, -0.0]);
        let f32_max = Tensor::from_slice(&[f32::MAX, f32::MAX]);
        for tensor in [f64_max, f32_max, Tensor::from(0.5), zeros(&[0, 3], Kind::Double)] {
            assert!(finite("x", &tensor).is_ok(), "{tensor:?}");
        }
        for kind in [
            Kind::Half,
            Kind::BFloat16,
            Kind::Int64,
            Kind::Int,
            Kind::Int16,
            Kind::Int8,
            Kind::Uint8,
            Kind::Bool,
        ] {
            assert!(finite("x", &zeros(&[2, 2], kind)).is_ok(), "{kind:?}");
        }
        assert!(finite("x", &zeros(&[2], Kind::Double).set_requires_grad(true)).is_ok());
    }

    #[test]
    fn entries_that_are_not_finite_are_named() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for kind in [Kind::Double, Kind::Float, Kind::Half, Kind::BFloat16] {
                let tensor = zeros(&[2, 3], kind);
                let _ = tensor.get(1).get(2).fill_(value);
                let error = finite("x", &tensor).expect_err("not finite");
                assert_eq!(
                    error.to_string(),
                    format!("x[1, 2] is {value}: expected a finite number")
                );
            }
        }
        // Infinities of both signs, and an overflow on the way to the offender.
        let tensor = Tensor::from_slice(&[f64::MAX, f64::MAX, f64::NEG_INFINITY, f64::INFINITY]);
        assert!(matches!(finite("x", &tensor), Err(Error::NonFinite { index, .. }) if index == [2]));
        let error = finite("x", &Tensor::from(f64::NAN)).expect_err("a NaN");
        assert_eq!(error.to_string(), "x is NaN: expected a finite number");
        assert!(matches!(
            finite("x", &zeros(&[2], Kind::ComplexDouble)),
            Err(Error::Kind { .. })
        ));
    }

    proptest! {
        #[test]
        fn the_first_offender_in_row_major_order_is_named(
            shape in prop::collection::vec(1..5_i64, 1..4),
            positions in prop::collection::btree_set(0..64_i64, 1..4),
            transposed: bool,
        ) {
            let size: i64 = shape.iter().product();
            let positions: Vec<i64> = positions.into_iter().map(|position| position % size).collect();
            let flat = zeros(&[size], Kind::Double);
            for &position in &positions {
                let _ = flat.get(position).fill_(f64::INFINITY);
            }
            let mut tensor = flat.reshape(&shape);
            if transposed {
                // The same entries in the same places, with the strides of a column-major tensor.
                let reversed: Vec<i64> = (0..shape.len() as i64).rev().collect();
                tensor = tensor.permute(&reversed).contiguous().permute(&reversed);
            }
            match finite("x", &tensor) {
                Err(Error::NonFinite { index, value, .. }) => {
                    let flat = index.iter().zip(&shape).fold(0, |flat, (&i, &length)| flat * length + i as i64);
                    prop_assert_eq!(Some(flat), positions.iter().copied().min());
                    prop_assert_eq!(value, f64::INFINITY);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
