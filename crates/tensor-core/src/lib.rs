//! The floor.
#![forbid(unsafe_code)]

pub mod array_io;
pub mod check;
pub mod checkpoint;
pub mod convert;
pub mod device;
mod error;
pub mod kind;
pub mod linalg;
pub mod nn;
pub mod numeric;
pub mod progress;
pub mod random;
pub mod report;
mod seed;

pub use error::{Error, Result};
pub use seed::Seed;
pub use tch::{Device, Kind, Tensor};
