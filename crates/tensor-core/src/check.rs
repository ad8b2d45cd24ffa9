//! Checks of what comes in, made once and before the work starts.
//!
//! Each function takes `what`, the caller's name for the value, and fails with a message that names the value, the
//! index and what was expected there.

use tch::{Device, Kind, Tensor};

use crate::{Error, Result, convert, kind};

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
    match kind::require(what, tensor, REAL)? {
        Kind::Double | Kind::Float | Kind::Half | Kind::BFloat16 => {}
        _ => return Ok(()),
    }
    let tensor = tensor.f_detach()?;
    // A sum with a NaN or an infinity among its terms is not finite, so a finite sum settles the matter in one pass.
    // A sum of finite terms may overflow: then the entries are looked at one by one.
    if tensor.f_sum(None)?.f_double_value(&[])?.is_finite() {
        return Ok(());
    }
    let first = tensor
        .f_isfinite()?
        .f_logical_not()?
        .f_reshape([-1])?
        .f_nonzero_static(1, -1)?;
    let Ok(mut flat) = usize::try_from(first.f_int64_value(&[0, 0])?) else {
        return Ok(());
    };
    let mut index: Vec<usize> = Vec::new();
    for &length in tensor.size().iter().rev() {
        index.push(flat % length as usize);
        flat /= length as usize;
    }
    index.reverse();
    let coordinates: Vec<i64> = index.iter().map(|&i| i as i64).collect();
    let value = tensor.f_double_value(&coordinates)?;
    Err(Error::NonFinite {
        what: what.to_owned(),
        index,
        value,
    })
}

/// Checks that a tensor is a matrix and returns its rows and columns.
///
/// # Errors
///
/// [`Error::Shape`] if it has not two dimensions.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, check};
///
/// let features = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape([3, 2]);
/// assert_eq!(check::matrix("features", &features)?, (3, 2));
/// assert!(check::matrix("features", &features.reshape([-1])).is_err());
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn matrix(what: &str, tensor: &Tensor) -> Result<(usize, usize)> {
    match *tensor.size() {
        [rows, columns] => Ok((rows as usize, columns as usize)),
        ref other => Err(Error::Shape {
            what: what.to_owned(),
            expected: "two dimensions (rows, columns)".to_owned(),
            got: other.to_vec(),
        }),
    }
}

/// Checks that two things have one length.
///
/// # Errors
///
/// [`Error::Length`] with both names and both lengths.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// let error = check::same_length("features", 10, "labels", 9).unwrap_err();
/// assert_eq!(error.to_string(), "features has 10 entries and labels has 9: they must agree");
/// ```
pub fn same_length(left: &str, left_len: usize, right: &str, right_len: usize) -> Result<()> {
    if left_len == right_len {
        return Ok(());
    }
    Err(Error::Length {
        left: left.to_owned(),
        left_len,
        right: right.to_owned(),
        right_len,
    })
}

/// Checks that there are entries enough.
///
/// # Errors
///
/// [`Error::TooFew`] with the number given and the number needed.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::at_least("labels", 2, 2).is_ok());
/// let error = check::at_least("labels", 1, 2).unwrap_err();
/// assert_eq!(error.to_string(), "labels has 1 entries: expected at least 2");
/// ```
pub fn at_least(what: &str, got: usize, at_least: usize) -> Result<()> {
    if got >= at_least {
        return Ok(());
    }
    Err(Error::TooFew {
        what: what.to_owned(),
        at_least,
        got,
    })
}

/// Checks that every row of a matrix is a probability distribution.
///
/// ```text
/// p_ij >= 0   and   |sum_j p_ij - 1| <= tolerance
/// ```
///
/// The tolerance covers the rounding of the row sums, which are formed in `f64`. It does not excuse negative entries:
/// rounding makes none.
///
/// # Shapes
///
/// `tensor`: (rows, classes), `f32` or `f64`, at least one class.
///
/// # Errors
///
/// For the first row that fails: [`Error::NonFinite`] if it holds a NaN or an infinity, else [`Error::Simplex`] with
/// the negative entry or the sum. Before that [`Error::Shape`], [`Error::Kind`], and [`Error::Parameter`] for a
/// tolerance that is negative or not finite.
///
/// # Complexity
///
/// Two vectorised passes over blocks that stay in cache.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, check};
///
/// let rows = Tensor::from_slice(&[0.25, 0.75, 0.5, 0.25]).reshape([2, 2]);
/// let error = check::simplex_rows("probabilities", &rows, 1e-6).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "probabilities[1] is not a probability distribution: its entries sum to 0.75, expected 1 within 0.000001",
/// );
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn simplex_rows(what: &str, tensor: &Tensor, tolerance: f64) -> Result<()> {
    const BLOCK_LENGTH: usize = 1 << 17;
    non_negative("tolerance", tolerance)?;
    kind::require(what, tensor, kind::FLOATS)?;
    let (n_rows, n_classes) = matrix(what, tensor)?;
    if n_classes == 0 {
        return Err(Error::Shape {
            what: what.to_owned(),
            expected: "at least one column".to_owned(),
            got: tensor.size(),
        });
    }
    let tensor = tensor.f_detach()?;
    let block_rows = (BLOCK_LENGTH / n_classes).max(1);
    for start in (0..n_rows).step_by(block_rows) {
        let rows = block_rows.min(n_rows - start);
        let block = tensor
            .f_narrow(0, start as i64, rows as i64)?
            .f_to_kind(Kind::Double)?;
        // `amin` and the sum both carry a NaN on.
        let least = convert::vector::<f64>(what, &block.f_amin([1_i64], false)?)?;
        let sums =
            convert::vector::<f64>(what, &block.f_sum_dim_intlist([1_i64].as_slice(), false, None)?)?;
        let on_simplex = |row: &usize| least[*row] >= 0.0 && (sums[*row] - 1.0).abs() <= tolerance;
        if let Some(row) = (0..rows).find(|row| !on_simplex(row)) {
            return Err(off_simplex(
                what,
                start + row,
                &block.f_select(0, row as i64)?,
                tolerance,
            )?);
        }
    }
    Ok(())
}

/// Checks that labels are class indices: 0 or more.
///
/// # Errors
///
/// [`Error::NegativeLabel`] with the index of the first label below zero.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// let error = check::labels("labels", &[0, 2, -1]).unwrap_err();
/// assert_eq!(error.to_string(), "labels[2] is -1: labels are class indices, 0 or more");
/// ```
pub fn labels(what: &str, labels: &[i64]) -> Result<()> {
    match labels.iter().position(|&label| label < 0) {
        None => Ok(()),
        Some(index) => Err(Error::NegativeLabel {
            what: what.to_owned(),
            index,
            value: labels[index],
        }),
    }
}

/// Checks that weights are finite and not negative, and that one at least is positive.
///
/// # Errors
///
/// [`Error::NonFinite`] or [`Error::NegativeWeight`] with the index of the first weight that fails;
/// [`Error::TooFew`] if none is positive.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::weights("weights", &[0.0, 2.0]).is_ok());
/// let error = check::weights("weights", &[1.0, -0.5]).unwrap_err();
/// assert_eq!(error.to_string(), "weights[1] is -0.5: weights are 0 or more");
/// ```
pub fn weights(what: &str, weights: &[f64]) -> Result<()> {
    for (index, &value) in weights.iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::NonFinite {
                what: what.to_owned(),
                index: vec![index],
                value,
            });
        }
        if value < 0.0 {
            return Err(Error::NegativeWeight {
                what: what.to_owned(),
                index,
                value,
            });
        }
    }
    let n_positive = weights.iter().filter(|&&weight| weight > 0.0).count();
    at_least(&format!("the positive part of {what}"), n_positive, 1)
}

/// Checks that a parameter is finite and above zero.
///
/// # Errors
///
/// [`Error::Parameter`] with the name and the value.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::positive("epsilon", 1e-4).is_ok());
/// let error = check::positive("epsilon", 0.0).unwrap_err();
/// assert_eq!(error.to_string(), "epsilon is 0: expected a finite number above 0");
/// ```
pub fn positive(name: &'static str, value: f64) -> Result<()> {
    parameter(
        name,
        value > 0.0 && value.is_finite(),
        "a finite number above 0",
        value,
    )
}

/// Checks that a parameter is finite and not below zero.
///
/// # Errors
///
/// [`Error::Parameter`] with the name and the value.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::non_negative("weight_decay", 0.0).is_ok());
/// assert!(check::non_negative("weight_decay", f64::NAN).is_err());
/// ```
pub fn non_negative(name: &'static str, value: f64) -> Result<()> {
    parameter(
        name,
        value >= 0.0 && value.is_finite(),
        "a finite number, 0 or more",
        value,
    )
}

/// Checks that a parameter lies between 0 and 1, both included.
///
/// # Errors
///
/// [`Error::Parameter`] with the name and the value.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// assert!(check::unit_interval("shrinkage", 1.0).is_ok());
/// assert!(check::unit_interval("shrinkage", 1.5).is_err());
/// ```
pub fn unit_interval(name: &'static str, value: f64) -> Result<()> {
    parameter(name, (0.0..=1.0).contains(&value), "a number from 0 to 1", value)
}

/// Checks that a parameter of any type is in its range, which the caller has tested (write the test so that a NaN
/// fails it).
///
/// # Errors
///
/// [`Error::Parameter`] with the name, the range and the value if `in_range` is false.
///
/// # Examples
///
/// ```
/// use tensor_core::check;
///
/// let beta = 1.0;
/// let error = check::parameter("beta", (0.0..1.0).contains(&beta), "at least 0 and below 1", beta).unwrap_err();
/// assert_eq!(error.to_string(), "beta is 1: expected at least 0 and below 1");
/// ```
pub fn parameter(
    name: &'static str,
    in_range: bool,
    expected: &'static str,
    value: impl std::fmt::Display,
) -> Result<()> {
    if in_range {
        return Ok(());
    }
    Err(Error::Parameter {
        name,
        expected,
        got: value.to_string(),
    })
}

/// Why a row is not on the simplex.
fn off_simplex(what: &str, row: usize, entries: &Tensor, sum: f64, tolerance: f64) -> Result<Error> {
    let entries = convert::vector::<f64>(what, entries)?;
    if let Some(column) = entries.iter().position(|entry| !entry.is_finite()) {
        return Ok(Error::NonFinite {
            what: what.to_owned(),
            index: vec![row, column],
            value: entries[column],
        });
    }
    let reason = match entries.iter().position(|&entry| entry < 0.0) {
        Some(column) => format!("entry {column} is {}, expected 0 or more", entries[column]),
        None => format!("its entries sum to {sum}, expected 1 within {tolerance}"),
    };
    Ok(Error::Simplex {
        what: what.to_owned(),
        row,
        reason,
    })
}

/// The kinds whose entries are real numbers.
const REAL: &[Kind] = &[
    Kind::Double,
    Kind::Float,
    Kind::Half,
    Kind::BFloat16,
    Kind::Int64,
    Kind::Int,
    Kind::Int16,
    Kind::Int8,
    Kind::Uint8,
    Kind::Bool,
];
