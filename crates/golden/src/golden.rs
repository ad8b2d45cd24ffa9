//! The golden file: provenance, tolerance, values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::compare::compare;
use crate::error::{Error, Result};
use crate::value::{Array, Number};

/// Numbers another program computed, with the record of how.
///
/// # Examples
///
/// ```
/// let golden = golden::Golden::load("tests/golden/square_roots.json")?;
/// assert_eq!(golden.provenance.script, "crates/golden/tests/golden/square_roots.py");
/// assert_eq!(golden.scalar("sqrt2")?, 1.4142135623730951);
/// # Ok::<(), golden::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Golden {
    /// How the numbers were made.
    pub provenance: Provenance,
    /// How closely ours must agree, where a value says nothing else.
    pub tolerance: Tolerance,
    path: PathBuf,
    values: BTreeMap<String, Value>,
}

/// How the numbers of a golden file were made. Every field must be there and say something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The program or library that computed the numbers.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The script that wrote the file, relative to the root of the repository.
    pub script: String,
    /// The seed of its random draws; `null` in the file where nothing is drawn.
    #[serde(deserialize_with = "present")]
    pub seed: Option<u64>,
    /// The day it ran (ISO 8601).
    pub date: String,
    /// What the numbers are.
    pub note: String,
}

/// How closely a number must agree: `|actual - expected| <= atol + rtol |expected|`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Relative tolerance.
    pub rtol: f64,
    /// Absolute tolerance.
    pub atol: f64,
    /// Why these.
    pub reason: String,
}

impl Golden {
    /// Loads and checks a golden file. Relative paths start at the root of the package under test.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read; [`Error::Json`] if it is not JSON, lacks a field or has one too many;
    /// [`Error::Empty`], [`Error::Tolerance`], [`Error::Ragged`] or [`Error::NotNumeric`] if a field says nothing of use.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// The names of the values, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The shape of a value and its elements in row-major order; a single number has shape `[]`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no value of that name.
    pub fn array(&self, name: &str) -> Result<(&[usize], Vec<f64>)> {
        let array = &self.value(name)?.array;
        let numbers = array.numbers.iter().map(|number| number.as_f64());
        Ok((&array.shape, numbers.collect()))
    }

    /// A single number.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no value of that name, [`Error::NotScalar`] if it is an array.
    pub fn scalar(&self, name: &str) -> Result<f64> {
        let array = &self.value(name)?.array;
        match array.numbers[..] {
            [number] if array.shape.is_empty() => Ok(number.as_f64()),
            _ => Err(Error::NotScalar {
                path: self.path.clone(),
                name: name.to_owned(),
                shape: array.shape.clone(),
            }),
        }
    }

    /// The elements of a value in row-major order, all of them integers.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no value of that name, [`Error::NotInteger`] if an element was not written as a
    /// 64-bit integer (`1.0` is not one).
    pub fn integers(&self, name: &str) -> Result<Vec<i64>> {
        let numbers = self.value(name)?.array.numbers.iter().enumerate();
        numbers
            .map(|(index, number)| match *number {
                Number::Integer(integer) => Ok(integer),
                Number::Real(got) => Err(Error::NotInteger {
                    path: self.path.clone(),
                    name: name.to_owned(),
                    index,
                    got,
                }),
            })
            .collect()
    }

    /// The tolerance that holds for a value: its own, else the file's.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no value of that name.
    pub fn tolerance_of(&self, name: &str) -> Result<&Tolerance> {
        Ok(self.value(name)?.tolerance.as_ref().unwrap_or(&self.tolerance))
    }

    /// Asserts that a number agrees with the file's.
    ///
    /// # Panics
    ///
    /// Panics if it does not, or if there is no single number of that name.
    #[track_caller]
    pub fn assert_scalar(&self, name: &str, actual: f64) {
        or_panic(self.scalar(name));
        self.assert_array(name, &[actual]);
    }

    /// Asserts that elements in row-major order agree with the file's.
    ///
    /// # Panics
    ///
    /// Panics if they do not, naming the worst index in the shape of the value, or if there is no value of that name.
    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion: panicking is what it is called for")]
    pub fn assert_array(&self, name: &str, actual: &[f64]) {
        let (shape, expected) = or_panic(self.array(name));
        let Tolerance { rtol, atol, reason } = or_panic(self.tolerance_of(name));
        if let Err(mismatch) = compare(actual, &expected, shape, *rtol, *atol) {
            panic!(
                "`{name}` of {}: {mismatch}; tolerance: {reason}",
                self.path.display()
            );
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        let file: File = serde_json::from_str(text).map_err(|source| Error::Json {
            path: path.to_owned(),
            source,
        })?;
        let Provenance {
            tool,
            version,
            script,
            seed: _,
            date,
            note,
        } = &file.provenance;
        for (field, text) in [
            ("tool", tool),
            ("version", version),
            ("script", script),
            ("date", date),
            ("note", note),
        ] {
            says_something(path, &format!("provenance.{field}"), text)?;
        }
        check_tolerance(path, "tolerance", &file.tolerance)?;
        let mut values = BTreeMap::new();
        for (name, json) in file.values {
            let value = Value::parse(path, &name, json)?;
            values.insert(name, value);
        }
        Ok(Self {
            provenance: file.provenance,
            tolerance: file.tolerance,
            path: path.to_owned(),
            values,
        })
    }

    fn value(&self, name: &str) -> Result<&Value> {
        self.values.get(name).ok_or_else(|| Error::Unknown {
            path: self.path.clone(),
            name: name.to_owned(),
            known: self.values.keys().cloned().collect(),
        })
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provenance: Provenance,
    tolerance: Tolerance,
    values: BTreeMap<String, serde_json::Value>,
}

/// A value with a tolerance of its own, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overriding {
    value: serde_json::Value,
    rtol: f64,
    atol: f64,
    reason: String,
}

#[derive(Debug, Clone)]
struct Value {
    array: Array,
    tolerance: Option<Tolerance>,
}

impl Value {
    fn parse(path: &Path, name: &str, json: serde_json::Value) -> Result<Self> {
        if !json.is_object() {
            let array = Array::parse(&json, name, path)?;
            return Ok(Self {
                array,
                tolerance: None,
            });
        }
        let Overriding {
            value,
            rtol,
            atol,
            reason,
        } = serde_json::from_value(json).map_err(|source| Error::Json {
            path: path.to_owned(),
            source,
        })?;
        let tolerance = Tolerance { rtol, atol, reason };
        check_tolerance(path, &format!("values.{name}"), &tolerance)?;
        Ok(Self {
            array: Array::parse(&value, name, path)?,
            tolerance: Some(tolerance),
        })
    }
}

/// Deserialises an option that must be written down, if only as `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<u64>, D::Error> {
    Option::deserialize(deserializer)
}

fn check_tolerance(path: &Path, place: &str, tolerance: &Tolerance) -> Result<()> {
    for (field, got) in [("rtol", tolerance.rtol), ("atol", tolerance.atol)] {
        if !(got >= 0.0 && got.is_finite()) {
            return Err(Error::Tolerance {
                path: path.to_owned(),
                field: format!("{place}.{field}"),
                got,
            });
        }
    }
    says_something(path, &format!("{place}.reason"), &tolerance.reason)
}

fn says_something(path: &Path, field: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::Empty {
            path: path.to_owned(),
            field: field.to_owned(),
        });
    }
    Ok(())
}

#[track_caller]
#[allow(clippy::panic, reason = "an assertion: panicking is what it is called for")]
fn or_panic<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

#[cfg(test)]
mod tests;
