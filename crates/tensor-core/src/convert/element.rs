//! The element types that cross the boundary, and what each of them reads.

use tch::Kind;

use crate::kind;

/// The element types that arrays and tensors exchange: `f32`, `f64`, `i64`, `i32` and `u8`.
///
/// The trait is sealed.
pub trait Element: tch::kind::Element + Copy + sealed::Sealed {
    /// The kinds whose every value this type holds. For `f64` the list includes `int64`, which is checked value by
    /// value.
    const READS: &'static [Kind];
}

impl Element for f32 {
    const READS: &'static [Kind] = &[
        Kind::Float,
        Kind::Half,
        Kind::BFloat16,
        Kind::Int16,
        Kind::Int8,
        Kind::Uint8,
        Kind::Bool,
    ];
}

impl Element for f64 {
    const READS: &'static [Kind] = kind::REAL;
}

impl Element for i64 {
    const READS: &'static [Kind] = &[
        Kind::Int64,
        Kind::Int,
        Kind::Int16,
        Kind::Int8,
        Kind::Uint8,
        Kind::Bool,
    ];
}

impl Element for i32 {
    const READS: &'static [Kind] = &[Kind::Int, Kind::Int16, Kind::Int8, Kind::Uint8, Kind::Bool];
}

impl Element for u8 {
    const READS: &'static [Kind] = &[Kind::Uint8, Kind::Bool];
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for i64 {}
    impl Sealed for i32 {}
    impl Sealed for u8 {}
}
