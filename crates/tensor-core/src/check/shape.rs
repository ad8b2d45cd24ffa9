//! Shapes, lengths and numbers of entries.

use tch::Tensor;

use crate::{Error, Result};

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

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn a_matrix_has_two_dimensions_which_may_be_empty() {
        let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
        assert_eq!(matrix("x", &zeros(&[0, 5])).expect("no rows"), (0, 5));
        assert_eq!(matrix("x", &zeros(&[5, 2]).tr()).expect("a view"), (2, 5));
        for shape in [&[][..], &[4], &[2, 1, 2]] {
            let error = matrix("x", &zeros(shape)).expect_err("no matrix");
            assert_eq!(
                error.to_string(),
                format!("x has shape {shape:?}: expected two dimensions (rows, columns)")
            );
        }
    }

    #[test]
    fn bounds_are_inclusive() {
        assert!(same_length("a", 0, "b", 0).is_ok());
        assert!(same_length("a", 0, "b", 1).is_err());
        assert!(at_least("a", 0, 0).is_ok());
        assert!(at_least("a", 3, 2).is_ok());
        assert!(at_least("a", 1, 2).is_err());
    }
}
