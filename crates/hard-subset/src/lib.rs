//! Transferability on the harder part of the target sample (HASTE), for any metric.
//!
//! A transferability metric scores a source network on a labelled target sample. HASTE scores it on the samples that are hard for
//! this network, by what its layers or its head make of them, and leaves the metric as it is. This crate measures
//! [`Hardness`], chooses the subset ([`SubsetSpec`]), and scores it ([`Haste`]) beside the subsets that it must be compared
//! with: random ones of the same size, and the easiest ([`Controls`]).
//!
//! ```
//! use hard_subset::{Activations, ClassAgnostic, Haste, PrototypeFit, SubsetSpec};
//! use tensor_core::convert::tensor_from_slice;
//! use transferability_metrics::{Labels, Leep, Probabilities, Sample};
//!
//! // The mean direction of two source samples at one layer, and four target samples there.
//! let mut source = PrototypeFit::new(&[("fc", 2)], 1)?;
//! source.observe_unlabelled(&Activations::single("fc", tensor_from_slice(&[1.0, 0.0, 0.0, 1.0], &[2, 2])?)?)?;
//! let target = tensor_from_slice(&[1.0, 1.0, -1.0, 0.0, 2.0, 1.0, 0.0, -3.0], &[4, 2])?;
//! let hardness = ClassAgnostic::default().hardness(&source.finish()?, &Activations::single("fc", target)?)?;
//!
//! let probabilities = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2])?;
//! let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?)
//!     .with_probabilities(Probabilities::new(probabilities)?)?;
//! let haste = Haste { metric: Leep, subset: SubsetSpec::default() };
//! let score = haste.score(&sample, &hardness.combined)?;
//! // The harder sample of each class points away from the source.
//! assert_eq!(score.kept, [1, 3]);
//! assert!((score.score - (7.0_f64 / 12.0).ln()).abs() < 1e-15);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Hardness
//!
//! | hardness | a target sample is hard if | reads beside the target's activations |
//! |---|---|---|
//! | [`ClassAgnostic`] | its directions are unlike the source's mean direction | [`Prototypes`] |
//! | [`NearestSources`] | even the nearest source samples are far, by any [`Kernel`] | [`References`] |
//! | [`ClassSpecific`] | it is unlike the source class that the network sees in it | [`Prototypes`], predictions |
//! | [`GramDeviation`] | its channels go together as in no source sample of that class | Gram bounds, predictions |
//! | [`TargetClass`], [`NeighbourDisagreement`] | it lies among other target classes | the target's labels |
//! | [`output`] | the head is unsure, or wrong by LEEP's own table | probabilities, logits, labels |
//! | [`Hardness::random`], [`Hardness::easy`] | the draw says so; the others find it easy | nothing: controls |
//! | [`Hardness::new`] | you say so | |
//!
//! Class-agnostic and class-specific hardness are the publication's two ideas. Its formulas could not be read in full, so each
//! is here in the forms that we would expect it in, and says so. A hardness that reads the target's labels says that too
//! ([`LayeredHardness::reads_target_labels`]): a metric on such a subset has seen the labels twice.
//!
//! # A source that does not fit into memory
//!
//! [`PrototypeFit`], [`ReferenceFit`], [`GramFit`] and [`GramScaleFit`] see the source batch by batch, in memory that does not grow
//! with the number of samples but for the ranges of row numbers that were seen. Fits of shards merge. However the source is cut
//! up, and in whatever order it comes, the result has the same bits. A network whose source data are not at hand has the rows of
//! its classifier: [`Prototypes::from_classifier`].
//!
//! # Subsets and scores
//!
//! [`SubsetSpec`] keeps a share or a number of samples, of each class or of all, and the [`Subset`] says what was lost.
//! [`SubsetSpec::soft_weights`] weighs instead of choosing. [`Haste::sweep`] scores nested subsets in one pass. [`PoolHardness`]
//! joins the hardnesses of several networks, so that all are scored on the same samples. [`bounds`] has what can be proved
//! about scores on a subset.
//!
//! # What holds throughout
//!
//! - Larger is harder. A hardness is finite, or there is an [`Error`].
//! - Layers are `(n, c)` or `(n, c, h, w)`, `f32` or `f64`; similarities and statistics are `f64`.
//! - Equal hardnesses are kept in the order of their index. A constant hardness is flagged.
//! - With everything kept, a score is the metric's own to the last bit.
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
pub use controls::{ControlScores, Controls};
pub use error::{Error, Result};
pub use gram::{GramBounds, GramDeviation, GramFit, GramParams, GramScaleFit, gram_statistics};
pub use hardness::{Hardness, LayerCombination, LayeredHardness};
pub use haste::{Haste, HasteScore};
pub use kernel::Kernel;
pub use nearest::{Aggregation, NearestSources};
pub use neighbours::NeighbourDisagreement;
pub use prototypes::{LayerPrototypes, PrototypeFit, PrototypeOrigin, Prototypes};
pub use references::{ReferenceFit, References};
pub use shared::{PoolHardness, Scope};
pub use subset::{Balance, ClassCount, Coverage, Subset, SubsetSize, SubsetSpec, quantile_bins};
pub use target_class::{TargetClass, TargetMargin};
