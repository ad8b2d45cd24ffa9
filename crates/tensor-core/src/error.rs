//! What can go wrong on the floor, with the data needed to mend it.

use std::path::PathBuf;

use tch::{Device, Kind, TchError};

use crate::{device, kind};

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong in this crate: each variant says what was wrong, where, and what would be right.
///
/// `what` is the caller's name for the offending value (`"features"`, `"labels.npy"`), so that a message reads
/// in the terms of the program that shows it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A device name that cannot be parsed.
    #[error("device `{got}` is not known: expected `cpu`, `cuda`, `cuda:<index>` or `mps`")]
    UnknownDevice {
        /// The name that was given.
        got: String,
    },
    /// A device this machine or this libtorch does not have.
    #[error("device {requested} is not available: {missing}", requested = device::name(*requested))]
    DeviceUnavailable {
        /// The device that was asked for.
        requested: Device,
        /// What is missing.
        missing: String,
    },
    /// A tensor of an element type that the operation does not take.
    #[error("{what} has element type {got}: expected {expected}", got = kind::name(*got), expected = kind::list(expected))]
    Kind {
        /// The caller's name for the value.
        what: String,
        /// The kinds that would be right.
        expected: &'static [Kind],
        /// The kind that was given.
        got: Kind,
    },
    /// A value that the requested element type cannot hold.
    #[error("{what}[{index}] is {value}: converting {from} to {to} would lose it")]
    Lossy {
        /// The caller's name for the value.
        what: String,
        /// Flat (row-major) index of the first value that would change.
        index: usize,
        /// The value, as text.
        value: String,
        /// The element type it has.
        from: &'static str,
        /// The element type that was asked for.
        to: &'static str,
    },
    /// A shape that the operation does not take.
    #[error("{what} has shape {got:?}: expected {expected}")]
    Shape {
        /// The caller's name for the value.
        what: String,
        /// The shape that would be right, in words or symbols.
        expected: String,
        /// The shape that was given.
        got: Vec<i64>,
    },
    /// Two things that must be of one length and are not.
    #[error("{left} has {left_len} entries and {right} has {right_len}: they must agree")]
    Length {
        /// The caller's name for the first value.
        left: String,
        /// Its length.
        left_len: usize,
        /// The caller's name for the second value.
        right: String,
        /// Its length.
        right_len: usize,
    },
    /// Fewer entries than the operation needs.
    #[error("{what} has {got} entries: expected at least {at_least}")]
    TooFew {
        /// The caller's name for the value.
        what: String,
        /// The least number that would be right.
        at_least: usize,
        /// The number that was given.
        got: usize,
    },
    /// A NaN or an infinity.
    #[error("{what}{place} is {value}: expected a finite number", place = place(index))]
    NonFinite {
        /// The caller's name for the value.
        what: String,
        /// Index of the first such entry, one coordinate a dimension.
        index: Vec<usize>,
        /// The entry.
        value: f64,
    },
    /// A row that is not a probability distribution.
    #[error("{what}[{row}] is not a probability distribution: {reason}")]
    Simplex {
        /// The caller's name for the value.
        what: String,
        /// Index of the first such row.
        row: usize,
        /// Which condition failed, with the figures.
        reason: String,
    },
    /// A label below zero.
    #[error("{what}[{index}] is {value}: labels are class indices, 0 or more")]
    NegativeLabel {
        /// The caller's name for the value.
        what: String,
        /// Index of the first such label.
        index: usize,
        /// The label.
        value: i64,
    },
    /// A negative weight.
    #[error("{what}[{index}] is {value}: weights are 0 or more")]
    NegativeWeight {
        /// The caller's name for the value.
        what: String,
        /// Index of the first such weight.
        index: usize,
        /// The weight.
        value: f64,
    },
    /// A parameter outside its range.
    #[error("{name} is {got}: expected {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// The value that was given, as text.
        got: String,
    },
    /// A matrix that a factorisation does not take.
    #[error("{op}: {reason}")]
    Matrix {
        /// The operation.
        op: &'static str,
        /// What the matrix is or is not.
        reason: String,
    },
    /// A symmetric matrix that has no Cholesky factor.
    #[error("{op}: the matrix is not positive definite: its leading minor of order {order} is not positive")]
    NotPositiveDefinite {
        /// The operation.
        op: &'static str,
        /// Order of the first leading minor that is not positive.
        order: usize,
    },
    /// A name that stands twice where names tell the entries apart.
    #[error("{what}: the name `{name}` stands twice")]
    DuplicateName {
        /// The caller's name for the list.
        what: String,
        /// The name.
        name: String,
    },
    /// A set of named tensors that lacks one.
    #[error("{what}: there is no entry `{name}`")]
    MissingEntry {
        /// The caller's name for the set.
        what: String,
        /// The name that was looked for.
        name: String,
    },
    /// A set of named tensors that holds one too many.
    #[error("{what}: the entry `{name}` does not belong there")]
    UnexpectedEntry {
        /// The caller's name for the set.
        what: String,
        /// The name that is not known.
        name: String,
    },
    /// A tensor that never gets a gradient.
    #[error("{what} cannot be trained: expected a leaf tensor that requires gradients")]
    NotTrainable {
        /// The caller's name for the tensor.
        what: String,
    },
    /// A file that is not what its name or its header says.
    #[error("{path}: {reason}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what was expected.
        reason: String,
    },
    /// A checkpoint of something else.
    #[error("{path}: a checkpoint of kind `{got}`: expected kind `{expected}`", path = path.display())]
    CheckpointKind {
        /// The file.
        path: PathBuf,
        /// The kind that was asked for.
        expected: String,
        /// The kind that the file has.
        got: String,
    },
    /// A checkpoint of another version of the same thing, newer or older.
    #[error("{path}: a checkpoint of version {got}: expected version {expected}", path = path.display())]
    CheckpointVersion {
        /// The file.
        path: PathBuf,
        /// The version that was asked for.
        expected: u32,
        /// The version that the file has.
        got: u32,
    },
    /// The operating system refused a file operation.
    ///
    /// The message holds the reason, so the reason is no `source` that a chain of causes would say again.
    #[error("{path}: {reason}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: std::io::Error,
    },
    /// The caller asked for the work to stop.
    #[error(transparent)]
    Cancelled(#[from] run_control::Cancelled),
    /// libtorch refused an operation.
    #[error("libtorch: {message}")]
    Torch {
        /// The first line of libtorch's message (the rest is a C++ stack).
        message: String,
    },
}

impl From<TchError> for Error {
    fn from(error: TchError) -> Self {
        let text = match error {
            TchError::Torch(message) => message,
            other => other.to_string(),
        };
        Self::Torch {
            message: text.lines().next().unwrap_or_default().trim().to_owned(),
        }
    }
}

/// An index as it follows a name: `[1, 2]`, and nothing for a number without dimensions.
fn place(index: &[usize]) -> String {
    if index.is_empty() {
        String::new()
    } else {
        format!("{index:?}")
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_chain_of_causes_says_each_thing_once() {
        let error = crate::array_io::read_npy("absent.npy").expect_err("there is no such file");
        let reason = std::io::Error::from_raw_os_error(2).to_string();
        let mut chain = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push(cause.to_string());
            source = cause.source();
        }
        assert_eq!(chain.join(": "), format!("absent.npy: {reason}"));
    }

    #[test]
    fn a_message_of_libtorch_is_its_first_line() {
        let error = Error::from(TchError::Torch(
            "no such axis\nframe #0: c10::Error\nframe #1".to_owned(),
        ));
        assert_eq!(error.to_string(), "libtorch: no such axis");
    }
}
