//! Transferability on the harder part of the target sample (HASTE), for any metric.
#![forbid(unsafe_code)]

mod activations;
pub mod bounds;
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
pub mod output;
mod prototypes;
mod references;
mod row_key;
mod shared;
mod subset;
mod sweep;
mod target_class;
mod unit_rows;
mod unit_sum;

pub use activations::{Activations, Layer};
pub use class_agnostic::ClassAgnostic;
pub use class_specific::{Assignment, ClassSpecific, EmptyClass};
pub use error::{Error, Result};
pub use gram::{GramBounds, GramDeviation, GramFit, GramParams, GramScaleFit, gram_statistics};
pub use hardness::{Hardness, LayerCombination, LayeredHardness};
pub use prototypes::{LayerPrototypes, PrototypeFit, PrototypeOrigin, Prototypes};
pub use target_class::{TargetClass, TargetMargin};
pub use kernel::Kernel;
pub use nearest::{Aggregation, NearestSources};
pub use neighbours::NeighbourDisagreement;
pub use references::{ReferenceFit, References};
pub use subset::{Balance, ClassCount, Coverage, Subset, SubsetSize, SubsetSpec, quantile_bins};
pub use controls::{ControlScores, Controls};
pub use haste::{Haste, HasteScore};
pub use shared::{PoolHardness, Scope};
