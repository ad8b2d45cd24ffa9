//! What can be wrong with a golden file.

use std::path::PathBuf;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can be wrong with a golden file or with a question put to it; each variant names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The file is not JSON, or lacks a field, or has a field this crate does not know.
    #[error("{path}: {source}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What was met where, by line and column.
        source: serde_json::Error,
    },
    /// A text field that says nothing.
    #[error("{path}: `{field}` is empty: say where the numbers come from", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// The field, as a dotted path.
        field: String,
    },
    /// A tolerance that is negative or not finite.
    #[error("{path}: `{field}` is {got}: expected a finite number, 0 or more", path = path.display())]
    Tolerance {
        /// The file.
        path: PathBuf,
        /// The field, as a dotted path.
        field: String,
        /// The number that was given.
        got: f64,
    },
    /// Arrays side by side whose shapes differ.
    #[error("{path}: `{value}` is ragged: entry {index} has shape {got:?} where entry 0 has {expected:?}", path = path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The value, with the index of the array that is ragged (`table[1]`).
        value: String,
        /// Index of the first entry that differs.
        index: usize,
        /// Shape of entry 0.
        expected: Vec<usize>,
        /// Shape of that entry.
        got: Vec<usize>,
    },
    /// A leaf that is no number.
    #[error("{path}: `{value}` is {got}: expected a number, \"nan\", \"inf\" or \"-inf\"", path = path.display())]
    NotNumeric {
        /// The file.
        path: PathBuf,
        /// The value, with the index of the leaf.
        value: String,
        /// What stands there, as JSON.
        got: String,
    },
    /// A name the file does not hold.
    #[error("{path}: no value `{name}`: the file has {}", known.join(", "), path = path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// An array where a single number was asked for.
    #[error("{path}: `{name}` has shape {shape:?}: expected a single number", path = path.display())]
    NotScalar {
        /// The file.
        path: PathBuf,
        /// The value.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A number that is not a 64-bit integer where integers were asked for.
    #[error("{path}: `{name}` holds {got} at flat index {index}: expected 64-bit integers", path = path.display())]
    NotInteger {
        /// The file.
        path: PathBuf,
        /// The value.
        name: String,
        /// Flat (row-major) index of the first such number.
        index: usize,
        /// The number.
        got: f64,
    },
}
