//! Class indices.

use crate::{Error, Result};

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_negative_label_is_named(labels in prop::collection::vec(-3..10_i64, 0..20)) {
            match (super::labels("y", &labels), labels.iter().position(|&label| label < 0)) {
                (Ok(()), None) => {}
                (Err(Error::NegativeLabel { index, value, .. }), Some(first)) => {
                    prop_assert_eq!((index, value), (first, labels[first]));
                }
                (got, expected) => prop_assert!(false, "{:?}, {:?}", got, expected),
            }
        }
    }
}
