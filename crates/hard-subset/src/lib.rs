//! Transferability on the harder part of the target sample (HASTE), for any metric.
#![forbid(unsafe_code)]

mod activations;
mod bounds;
mod class_agnostic;
mod class_specific;
mod controls;
mod error;
mod exact_sum;
mod gram;
mod hardness;
mod haste;
mod kernel;
mod nearest;
mod neighbours;
mod output;
mod prototypes;
mod references;
mod shared;
mod subset;
mod sweep;
mod target_class;
mod unit_sum;

pub use activations::{Activations, Layer};
pub use error::{Error, Result};
pub use hardness::{Hardness, LayerCombination, LayeredHardness};
