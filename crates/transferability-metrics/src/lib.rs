//! Transferability metrics: how well a pre-trained network suits a labelled target sample, without training it.
//!
//! A [`Sample`] holds the target labels and what one network makes of the target inputs: its features, the class
//! probabilities of its own head, or both. A [`Metric`] turns a sample into a number that is higher the better the
//! network is expected to transfer. [`rank_agreement`] says how well such numbers ranked the networks of a pool, once
//! their accuracies are known.
//!
//! | metric | name | reads | weights | in one sentence |
//! |---|---|---|---|---|
//! | [`Nce`] | `nce` | probabilities | yes | entropy of the labels given the predicted source class |
//! | [`Leep`] | `leep` | probabilities | yes | likelihood of the labels through the source classes |
//! | [`NLeep`] | `nleep` | features | no | LEEP through the components of a Gaussian mixture |
//! | [`LogMe`] | `logme` | features | yes | evidence of a Bayesian linear model |
//! | [`HScore`] | `hscore` | features | yes | between-class variance in units of the variance |
//! | [`RegularizedHScore`] | `hscore-reg` | features | yes | the same with a shrunk covariance |
//! | [`Gbc`] | `gbc` | features | yes | overlap of Gaussian classes |
//! | [`TransRate`] | `transrate` | features | yes | coding rate of all features less that within the classes |
//! | [`Lfc`] | `lfc` | features | yes | correlation of the features' products with equality of labels |
//! | [`Parc`] | `parc` | features | no | rank correlation of the distances of features and of labels |
//! | [`Sfda`] | `sfda` | features | yes | likelihood after regularised discriminant analysis |
//!
//! [`by_name`] finds a metric, [`catalogue`] lists them all with their default parameters. Two variants stand beside it:
//! [`NceMillerMadow`] corrects NCE for small samples, and [`LeepFullTable`] averages LEEP over a part of a sample under the
//! table of the whole.
//!
//! [`Metric::score_subset`] scores some rows of a sample, and [`Metric::score_nested`] a growing set of rows at each of its
//! stages ([`NestedRows`]), which costs much less than scoring each stage on its own.
//!
//! ```
//! use tensor_core::{Seed, convert::tensor_from_slice};
//! use transferability_metrics::{Features, Labels, Probabilities, Sample, by_name};
//!
//! // Four target samples of two classes, seen by a network with two features and two source classes.
//! let labels = Labels::new(&[0, 0, 1, 1])?;
//! let features = tensor_from_slice(&[0.0, 1.0, 2.0, 0.0, 2.0, 1.0, 4.0, 3.0], &[4, 2])?;
//! let probabilities = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2])?;
//! let sample = Sample::new(labels)
//!     .with_features(Features::new(features)?)?
//!     .with_probabilities(Probabilities::new(probabilities)?)?;
//!
//! // 13/22 of the variance that two features can share with two classes.
//! let h_score = by_name("hscore", Seed::new(0))?.score(&sample)?;
//! assert!((h_score - 13.0 / 22.0).abs() < 1e-15);
//! // The predicted source class determines the label.
//! assert_eq!(by_name("nce", Seed::new(0))?.score(&sample)?, 0.0);
//! # Ok::<(), transferability_metrics::Error>(())
//! ```
//!
//! # What holds for every metric
//!
//! - Inputs are checked once, by the constructors of [`Labels`], [`Features`] and [`Probabilities`], whose `named` forms
//!   put the name of a file into the messages.
//! - Gaps in the numbering of the classes are closed: they change no score.
//! - Features may be `f32` or `f64`; the computation is in `f64`, on the device of the input (steps that run on the host
//!   say so).
//! - [Weights](Sample::with_weights) are frequencies: integer weights score as repeated rows. A metric without a
//!   weighted form refuses them.
//! - A score is finite, or there is an [`Error`] that says what has no value.
#![forbid(unsafe_code)]

mod catalogue;
mod class_statistics;
mod contingency;
mod degeneracy;
mod empirical_predictor;
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
mod leep_full_table;
mod lfc;
mod logme;
mod metric;
mod n_leep;
mod nce;
mod nce_miller_madow;
mod nested;
mod nested_moments;
mod parc;
mod pca;
mod probabilities;
mod projected_spectrum;
mod rank;
mod regularized_h_score;
mod sample;
mod sfda;
mod stratified;
mod transrate;

pub use catalogue::{by_name, catalogue};
pub use degeneracy::Degeneracy;
pub use empirical_predictor::EmpiricalPredictor;
pub use error::{Error, Result};
pub use evidence::{EvidenceStatus, TargetEvidence};
pub use features::Features;
pub use gbc::{GaussianShape, Gbc, VarianceEstimate};
pub use h_score::HScore;
pub use labels::Labels;
pub use leep::Leep;
pub use leep_full_table::LeepFullTable;
pub use lfc::Lfc;
pub use logme::{LogMe, LogMeMode, LogMeResult, log_maximum_evidence, log_me_evidence};
pub use metric::{Metric, Requirement};
pub use n_leep::{NLeep, NLeepFit};
pub use nce::{Nce, nce_from_predictions};
pub use nce_miller_madow::NceMillerMadow;
pub use nested::NestedRows;
pub use parc::Parc;
pub use probabilities::Probabilities;
pub use rank::{Estimate, RankAgreement, RankInterval, rank_agreement};
pub use regularized_h_score::RegularizedHScore;
pub use sample::Sample;
pub use sfda::Sfda;
pub use transrate::{ClassAveraging, TransRate};
