//! One value of a golden file: a rectangular array of numbers.

use std::path::Path;

use serde_json::Value as Json;

use crate::error::{Error, Result};

/// Numbers in row-major order; a single number has shape `[]`.
#[derive(Debug, Clone)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Vec<Number>,
}

/// A number as the file wrote it, so that integers beyond 2^53 stay exact.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i64),
    Real(f64),
}

impl Number {
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Real(real) => real,
        }
    }
}

impl Array {
    /// Reads nested JSON arrays; `name` and `path` are for the errors.
    pub(crate) fn parse(json: &Json, name: &str, path: &Path) -> Result<Self> {
        let Json::Array(entries) = json else {
            let number = leaf(json).ok_or_else(|| Error::NotNumeric {
                path: path.to_owned(),
                value: name.to_owned(),
                got: json.to_string(),
            })?;
            return Ok(Self {
                shape: Vec::new(),
                numbers: vec![number],
            });
        };
        let mut inner: Option<Vec<usize>> = None;
        let mut numbers = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let array = Self::parse(entry, &format!("{name}[{index}]"), path)?;
            let expected = inner.get_or_insert_with(|| array.shape.clone());
            if array.shape != *expected {
                return Err(Error::Ragged {
                    path: path.to_owned(),
                    value: name.to_owned(),
                    index,
                    expected: expected.clone(),
                    got: array.shape,
                });
            }
            numbers.extend(array.numbers);
        }
        let mut shape = vec![entries.len()];
        shape.extend(inner.unwrap_or_default());
        Ok(Self { shape, numbers })
    }
}

fn leaf(json: &Json) -> Option<Number> {
    match json {
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Some(Number::Integer(integer)),
            None => number.as_f64().map(Number::Real),
        },
        Json::String(text) => match text.as_str() {
            "nan" => Some(Number::Real(f64::NAN)),
            "inf" => Some(Number::Real(f64::INFINITY)),
            "-inf" => Some(Number::Real(f64::NEG_INFINITY)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(json: &Json) -> Result<Array> {
        Array::parse(json, "v", Path::new("f.json"))
    }

    #[test]
    fn shapes_are_row_major() {
        let array = parse(&json!([[[1, 2], [3, 4], [5, 6]]])).expect("rectangular");
        assert_eq!(array.shape, [1, 3, 2]);
        let flat: Vec<f64> = array.numbers.iter().map(|n| n.as_f64()).collect();
        assert_eq!(flat, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(parse(&json!(7)).expect("a number").shape, [0_usize; 0]);
        assert_eq!(parse(&json!([])).expect("an empty array").shape, [0]);
        assert_eq!(parse(&json!([[], []])).expect("empty rows").shape, [2, 0]);
    }

    #[test]
    fn what_is_ragged_is_refused() {
        for (json, place, at) in [
            (json!([[1, 2], [3]]), "v", 1),
            (json!([1, [2]]), "v", 1),
            (json!([[[1], [2]], [[1], [2, 3]]]), "v[1]", 1),
            (json!([[], [[]]]), "v", 1),
        ] {
            let error = parse(&json).expect_err("ragged");
            assert!(
                matches!(&error, Error::Ragged { value, index, .. } if value == place && *index == at),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for json in [
            json!(null),
            json!(true),
            json!("NaN"),
            json!("1.0"),
            json!({"a": 1}),
        ] {
            let error = parse(&json!([0, json])).expect_err("no number");
            assert!(
                matches!(&error, Error::NotNumeric { value, .. } if value == "v[1]"),
                "{error}"
            );
        }
    }
}
