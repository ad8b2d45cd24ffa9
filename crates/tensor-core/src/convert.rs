//! The one boundary between arrays and tensors.
//!
//! Every array layout is taken (C, Fortran, sliced, reversed, broadcast), every tensor too (any strides, any device,
//! inside or outside a gradient graph). The result is always a C-ordered copy: nothing is shared, and equal input
//! values give equal results whatever the strides were.
//!
//! Reading a tensor may widen its elements but never changes a value. A target type reads every kind whose values it
//! holds exactly, as in NumPy's `casting="safe"`; `f64` also reads `int64`, value by value, and refuses the first one
//! that lies between two `f64`s. Everything else is [`Error::Kind`].

mod element;
#[cfg(test)]
mod tests;

pub use element::Element;

use std::cmp::Reverse;

use ndarray::{Array, Array2, ArrayD, ArrayView, Axis, Dimension, Ix2, IxDyn};
use tch::{Device, Kind, Tensor};

use crate::{Error, Result, check, kind};

/// Copies an array of any layout into a tensor of the same kind and shape on the processor.
///
/// # Errors
///
/// [`Error::Torch`] if libtorch cannot allocate the result.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use tensor_core::convert;
///
/// let a = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
/// let transposed = convert::tensor_from_array(a.t())?;
/// assert_eq!(transposed.size(), [3, 2]);
/// assert_eq!(transposed.double_value(&[2, 0]), 3.0);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn tensor_from_array<T: Element, D: Dimension>(array: ArrayView<'_, T, D>) -> Result<Tensor> {
    let shape: Vec<i64> = array.shape().iter().map(|&length| length as i64).collect();
    if let Some(values) = array.as_slice() {
        return Ok(Tensor::f_from_slice(values)?.f_reshape(shape)?);
    }
    // Block by block, so that no second copy of the whole is ever held; a block is read in the order in which the
    // array lies in memory, and libtorch transposes it in cache.
    let mut axes: Vec<usize> = (0..array.ndim()).collect();
    axes.sort_by_key(|&axis| Reverse(array.stride_of(Axis(axis)).unsigned_abs()));
    let tensor = Tensor::f_empty(shape, (T::KIND, Device::Cpu))?;
    let target = tensor.f_permute(axes.iter().map(|&axis| axis as i64).collect::<Vec<_>>())?;
    let array = array.into_dyn().permuted_axes(axes);
    let mut values = Vec::new();
    let mut start = 0;
    for block in array.axis_chunks_iter(Axis(0), rows_per_block(array.shape())) {
        values.clear();
        values.extend(block.iter().copied());
        let rows = block.len_of(Axis(0)) as i64;
        let mut target = target.f_narrow(0, start, rows)?;
        target.f_copy_(&Tensor::f_from_slice(&values)?.f_reshape(target.size())?)?;
        start += rows;
    }
    Ok(tensor)
}

/// Copies values in row-major order into a tensor of the given shape on the processor.
///
/// # Errors
///
/// [`Error::Shape`] if a dimension is negative or the shape does not hold exactly the values given.
///
/// # Examples
///
/// ```
/// use tensor_core::convert;
///
/// let a = convert::tensor_from_slice(&[1_i64, 2, 3, 4, 5, 6], &[2, 3])?;
/// assert_eq!(a.int64_value(&[1, 0]), 4);
/// assert!(convert::tensor_from_slice(&[1_i64, 2, 3], &[2, 2]).is_err());
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn tensor_from_slice<T: Element>(values: &[T], shape: &[i64]) -> Result<Tensor> {
    let size = shape.iter().try_fold(1_usize, |product, &length| {
        product.checked_mul(usize::try_from(length).ok()?)
    });
    if size != Some(values.len()) {
        return Err(Error::Shape {
            what: "the tensor".to_owned(),
            expected: format!(
                "dimensions whose product is {}, the number of values",
                values.len()
            ),
            got: shape.to_vec(),
        });
    }
    Ok(Tensor::f_from_slice(values)?.f_reshape(shape)?)
}

/// Copies a tensor into an array of the same shape, widening its elements if need be.
///
/// # Errors
///
/// [`Error::Kind`] if `T` cannot hold every value of the tensor's kind; [`Error::Lossy`] with the first `int64` that
/// is not an `f64`.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, convert};
///
/// let labels = Tensor::from_slice(&[3_i32, 1]);
/// assert_eq!(convert::array_from_tensor::<i64>("labels", &labels)?.as_slice(), Some(&[3, 1][..]));
///
/// let large = Tensor::from_slice(&[1_i64 << 53, (1 << 53) + 1]);
/// let error = convert::array_from_tensor::<f64>("counts", &large).unwrap_err();
/// assert!(error.to_string().starts_with("counts[1] is 9007199254740993"));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn array_from_tensor<T: Element>(what: &str, tensor: &Tensor) -> Result<ArrayD<T>> {
    let values = values::<T>(what, tensor)?;
    let shape: Vec<usize> = tensor.size().iter().map(|&length| length as usize).collect();
    shaped(what, values, IxDyn(&shape))
}

/// Copies a matrix into an array, widening its elements if need be.
///
/// # Errors
///
/// [`Error::Shape`] if the tensor has not two dimensions; otherwise as [`array_from_tensor`].
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, convert};
///
/// let a = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0]).reshape([2, 2]);
/// assert_eq!(convert::array2::<f64>("a", &a.tr())?, ndarray::array![[1.0, 3.0], [2.0, 4.0]]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn array2<T: Element>(what: &str, tensor: &Tensor) -> Result<Array2<T>> {
    let (rows, columns) = check::matrix(what, tensor)?;
    shaped(what, values(what, tensor)?, Ix2(rows, columns))
}

/// Copies a one-dimensional tensor into a vector, widening its elements if need be.
///
/// # Errors
///
/// [`Error::Shape`] if the tensor has not one dimension; otherwise as [`array_from_tensor`].
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, convert};
///
/// assert_eq!(convert::vector::<f64>("x", &Tensor::from_slice(&[0.5_f32, 2.0]))?, [0.5, 2.0]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn vector<T: Element>(what: &str, tensor: &Tensor) -> Result<Vec<T>> {
    if tensor.dim() == 1 {
        values(what, tensor)
    } else {
        Err(Error::Shape {
            what: what.to_owned(),
            expected: "one dimension".to_owned(),
            got: tensor.size(),
        })
    }
}

/// An array of the values in row-major order. An array's shape has a narrower limit than a tensor's if one of the
/// lengths is 0.
fn shaped<T, D: Dimension>(what: &str, values: Vec<T>, shape: D) -> Result<Array<T, D>> {
    let got: Vec<i64> = shape.slice().iter().map(|&length| length as i64).collect();
    Array::from_shape_vec(shape, values).map_err(|_| Error::Shape {
        what: what.to_owned(),
        expected: "lengths whose product, without those that are 0, fits into isize".to_owned(),
        got,
    })
}

/// The values of a tensor in row-major order.
fn values<T: Element>(what: &str, tensor: &Tensor) -> Result<Vec<T>> {
    let from = kind::require(what, tensor, T::READS)?;
    // The imaginary part of a conjugate is stored with the wrong sign until it is resolved.
    let mut tensor = tensor.f_detach()?.f_resolve_neg()?;
    if tensor.dim() == 0 {
        tensor = tensor.f_unsqueeze(0)?;
    }
    let shape: Vec<usize> = tensor.size().iter().map(|&length| length as usize).collect();
    let n_elements = tensor.numel();
    // An expanded view may claim more elements than there is memory for.
    if n_elements > isize::MAX as usize / size_of::<T>() {
        return Err(Error::Shape {
            what: what.to_owned(),
            expected: "elements that fit into memory".to_owned(),
            got: tensor.size(),
        });
    }
    let mut values = vec![T::ZERO; n_elements];
    if values.is_empty() {
        return Ok(values);
    }
    // Block by block, so that neither widening nor gathering strided rows ever holds a second copy of the whole.
    let rows = rows_per_block(&shape);
    let row_length = values.len() / shape[0];
    for (block_idx, target) in values.chunks_mut(rows * row_length).enumerate() {
        let block = tensor.f_narrow(0, (block_idx * rows) as i64, (target.len() / row_length) as i64)?;
        if from == Kind::Int64 && T::KIND == Kind::Double {
            check_exact(what, &block, block_idx * rows * row_length)?;
        }
        block.f_to_kind(T::KIND)?.f_copy_data(target, target.len())?;
    }
    Ok(values)
}

/// Checks that every `int64` of a block is an `f64` too; `offset` is the flat index of its first value.
fn check_exact(what: &str, block: &Tensor, offset: usize) -> Result<()> {
    let mut values = vec![0_i64; block.numel()];
    block.f_copy_data(&mut values, block.numel())?;
    match values.iter().position(|&value| !is_exact(value)) {
        None => Ok(()),
        Some(position) => Err(Error::Lossy {
            what: what.to_owned(),
            index: offset + position,
            value: values[position].to_string(),
            from: kind::name(Kind::Int64),
            to: kind::name(Kind::Double),
        }),
    }
}

/// Whether an integer's significant bits fit into the 53 of an `f64`.
fn is_exact(value: i64) -> bool {
    let magnitude = value.unsigned_abs();
    magnitude.leading_zeros() + magnitude.trailing_zeros() >= u64::BITS - f64::MANTISSA_DIGITS
}

/// Rows of an array that make a block of about 1 MiB of `f64`: it stays in a core's cache between two passes.
fn rows_per_block(shape: &[usize]) -> usize {
    const BLOCK_LENGTH: usize = 1 << 17;
    let row_length: usize = shape.iter().skip(1).product();
    (BLOCK_LENGTH / row_length.max(1)).max(1)
}
