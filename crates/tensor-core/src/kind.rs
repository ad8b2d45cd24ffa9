//! Element types: `f32` for features and networks, `f64` for statistics.
//!
//! Everything that is summed, inverted or reported (statistics, costs, probabilities, p-values) is computed in
//! `f64`, whatever kind the features came in. [`to_statistic`] is the one door between the two.

use tch::{Kind, Tensor};

use crate::{Error, Result};

/// The kinds that features may have: `f32` and `f64`.
pub const FLOATS: &[Kind] = &[Kind::Float, Kind::Double];

/// The kinds that integer labels may have: `i64` and `i32`.
pub const LABELS: &[Kind] = &[Kind::Int64, Kind::Int];

/// The kinds whose entries are real numbers and that arrays, files and tensors have in common.
pub const REAL: &[Kind] = &[
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

/// Whether `kind` is one of the two float kinds that features may have, `f32` and `f64`.
///
/// The half-precision kinds are storage formats here: widen them before computing.
///
/// # Examples
///
/// ```
/// use tensor_core::{Kind, kind};
///
/// assert!(kind::is_float(Kind::Float) && kind::is_float(Kind::Double));
/// assert!(!kind::is_float(Kind::Half) && !kind::is_float(Kind::Int64));
/// ```
pub fn is_float(kind: Kind) -> bool {
    FLOATS.contains(&kind)
}

/// The name of a kind as NumPy and PyTorch print it (`float32`, `int64`, `bfloat16`).
///
/// # Examples
///
/// ```
/// use tensor_core::{Kind, kind};
///
/// assert_eq!(kind::name(Kind::Double), "float64");
/// assert_eq!(kind::name(Kind::Int), "int32");
/// ```
pub fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Uint8 => "uint8",
        Kind::Int8 => "int8",
        Kind::Int16 => "int16",
        Kind::Int => "int32",
        Kind::Int64 => "int64",
        Kind::Half => "float16",
        Kind::Float => "float32",
        Kind::Double => "float64",
        Kind::ComplexHalf => "complex32",
        Kind::ComplexFloat => "complex64",
        Kind::ComplexDouble => "complex128",
        Kind::Bool => "bool",
        Kind::QInt8 => "qint8",
        Kind::QUInt8 => "quint8",
        Kind::QInt32 => "qint32",
        Kind::BFloat16 => "bfloat16",
        Kind::Float8e5m2 => "float8_e5m2",
        Kind::Float8e4m3fn => "float8_e4m3fn",
        Kind::Float8e5m2fnuz => "float8_e5m2fnuz",
        Kind::Float8e4m3fnuz => "float8_e4m3fnuz",
    }
}

/// Checks that a tensor has one of the kinds `expected`, and returns the kind it has.
///
/// # Errors
///
/// [`Error::Kind`] with the kind found and the kinds expected.
///
/// # Examples
///
/// ```
/// use tensor_core::{Kind, Tensor, kind};
///
/// let labels = Tensor::from_slice(&[0_i64, 1, 1]);
/// assert_eq!(kind::require("labels", &labels, kind::LABELS)?, Kind::Int64);
/// let error = kind::require("labels", &labels, kind::FLOATS).unwrap_err();
/// assert_eq!(error.to_string(), "labels has element type int64: expected float32 or float64");
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn require(what: &str, tensor: &Tensor, expected: &'static [Kind]) -> Result<Kind> {
    let got = tensor.f_kind()?;
    if expected.contains(&got) {
        Ok(got)
    } else {
        Err(Error::Kind {
            what: what.to_owned(),
            expected,
            got,
        })
    }
}

/// Features as statistics take them: `f64`, on the device they are on.
///
/// An `f64` tensor is returned as it is and shares its storage; an `f32` tensor is copied. Both conversions are
/// exact.
///
/// # Errors
///
/// [`Error::Kind`] if the tensor is neither `f32` nor `f64`.
///
/// # Examples
///
/// ```
/// use tensor_core::{Kind, Tensor, kind};
///
/// let wide = kind::to_statistic("features", &Tensor::from_slice(&[0.1_f32]))?;
/// assert_eq!(wide.kind(), Kind::Double);
/// assert_eq!(wide.double_value(&[0]), f64::from(0.1_f32));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn to_statistic(what: &str, tensor: &Tensor) -> Result<Tensor> {
    match require(what, tensor, FLOATS)? {
        Kind::Double => Ok(tensor.shallow_clone()),
        _ => Ok(tensor.f_to_kind(Kind::Double)?),
    }
}

/// Kinds as a message lists them: `float32, float64 or int64`.
pub(crate) fn list(kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().copied().map(name).collect();
    match names.as_slice() {
        [] => "no kind".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn statistics_are_exact_and_copy_only_what_must_change() {
        let single = Tensor::from_slice(&[0.1_f32, f32::MIN_POSITIVE, f32::MAX]);
        let wide = to_statistic("x", &single).expect("f32 is a float kind");
        assert_eq!(wide.kind(), Kind::Double);
        assert_eq!(wide.to_kind(Kind::Float), single);

        let double = Tensor::from_slice(&[0.1]);
        let same = to_statistic("x", &double).expect("f64 is a float kind");
        assert_eq!(same.data_ptr(), double.data_ptr());
    }

    #[test]
    fn other_kinds_are_refused() {
        for kind in [
            Kind::Half,
            Kind::BFloat16,
            Kind::Int64,
            Kind::Uint8,
            Kind::Bool,
            Kind::ComplexDouble,
        ] {
            let error =
                to_statistic("x", &Tensor::zeros([2], (kind, Device::Cpu))).expect_err("no float kind");
            assert!(
                matches!(&error, Error::Kind { what, expected, got }
                    if what == "x" && *expected == FLOATS && *got == kind),
                "{error}"
            );
        }
    }

    #[test]
    fn kinds_are_listed_as_a_sentence_reads() {
        assert_eq!(list(&[]), "no kind");
        assert_eq!(list(&[Kind::Double]), "float64");
        assert_eq!(list(LABELS), "int64 or int32");
        assert_eq!(
            list(&[Kind::Float, Kind::Double, Kind::Int64]),
            "float32, float64 or int64"
        );
    }
}
