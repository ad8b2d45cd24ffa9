//! Metrics.
#![forbid(unsafe_code)]

mod class_statistics;
mod degeneracy;
mod error;
mod evidence;
mod features;
mod fisher_discriminant;
mod gaussian_mixture;
mod gbc;
mod h_score;
mod k_means;
mod labels;
mod leep;
mod lfc;
mod logme;
mod metric;
mod n_leep;
mod nce;
mod parc;
mod pca;
mod probabilities;
mod regularized_h_score;
mod sample;
mod sfda;
mod stratified;
mod transrate;

pub use degeneracy::Degeneracy;
pub use error::{Error, Result};
pub use evidence::{EvidenceStatus, TargetEvidence};
pub use features::Features;
pub use gbc::{GaussianShape, Gbc, VarianceEstimate};
pub use h_score::HScore;
pub use labels::Labels;
pub use leep::Leep;
pub use lfc::Lfc;
pub use logme::{LogMe, LogMeMode, LogMeResult, log_maximum_evidence, log_me_evidence};
pub use metric::{Metric, Requirement};
pub use n_leep::{NLeep, NLeepFit};
pub use nce::{Nce, nce_from_predictions};
pub use parc::Parc;
pub use probabilities::Probabilities;
pub use regularized_h_score::RegularizedHScore;
pub use sample::Sample;
pub use sfda::Sfda;
pub use transrate::{ClassAveraging, TransRate};
