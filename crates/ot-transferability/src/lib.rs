//! Optimal transport between data sets, and the choice of ensembles of pre-trained networks by it.
//!
//! Two questions stand behind this crate. How far is the data that a network was trained on from the data it is wanted for?
//! And which few networks of a pool should be fine-tuned together? The first is answered by transport plans that can be
//! checked: every solver returns the primal and the dual value, the gap, the marginal error and why it stopped. The second by
//! [`Osborn`] and its rivals: scores of sets of networks, and ways to pick the best set.
//!
//! ```
//! use ot_transferability::{CostMatrix, Exact, GroundCost, Marginals, Status};
//! use tensor_core::convert::tensor_from_slice;
//!
//! let source = tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?;
//! let target = tensor_from_slice(&[0.5, 1.5, 3.5, 4.5], &[4, 1])?;
//! let cost = CostMatrix::between(&source, &target, GroundCost::SquaredEuclidean)?;
//! let solved = Exact::default().solve(&cost, &Marginals::uniform(4, 4)?)?;
//! // On a line the points keep their order: each moves by 0.5.
//! assert!((solved.cost - 0.25).abs() < 1e-15);
//! assert_eq!(solved.status, Status::Optimal);
//! assert!(solved.gap.abs() < 1e-15);
//! # Ok::<(), ot_transferability::Error>(())
//! ```
//!
//! # Transport
//!
//! | solver | solves | plan | memory beside the points |
//! |---|---|---|---|
//! | [`Exact`] | the linear programme: network simplex, or shortest augmenting paths for equal weights | sparse, certified | the costs, n m |
//! | [`Sinkhorn`] | entropic regularisation, [three forms](SinkhornForm) | dense | costs and plan, 2 n m |
//! | [`OnlineSinkhorn`] | the same with costs that are never stored, and the label table on the fly | in blocks | (n + m) d |
//! | [`Unbalanced`] | marginals penalised, both or one | dense | as [`Sinkhorn`] |
//! | [`Frobenius`] | regularised by the squared masses | sparse | the costs, n m |
//! | [`SinkhornDivergence`] | the entropic cost less its bias | – | as [`Sinkhorn`], for each of three problems |
//! | [`SlicedWasserstein`], [`MaxSlicedWasserstein`] | projections on lines: their mean, or the worst | – | n + m for each of some lines |
//! | [`wasserstein_1d`], [`monotone_plan`] | points on a line, in closed form | sparse | n + m |
//! | [`bures_wasserstein`] | normal distributions, in closed form | – | (n + m + d) d |
//!
//! [`round_to_marginals`] makes any plan feasible. [`Solver`] chooses among those that return a plan.
//!
//! # Distances of data sets
//!
//! [`DomainDistance`] (`W_D`), [`OtNce`], [`FOtce`], [`JcNce`], [`Otce`] and [`Otdd`] compare a labelled source sample with a
//! labelled target sample under one network. [`FromSource`] makes any of them a
//! [`Metric`](transferability_metrics::Metric).
//!
//! # Ensembles
//!
//! A [`Pool`] holds [`Member`]s, built from features and probabilities by [`MemberInputs`]. An [`EnsembleMethod`] on a pool
//! gives an [`EnsembleScore`]: [`Osborn`] with its presets, or the LEEP family ([`ELeep`], [`SoftIouEep`], …). [`greedy`],
//! [`lazy_greedy`], [`Exhaustive`] and [`Swap`] pick; [`ensemble_agreement`] says how well a score ranked what the ensembles
//! reached. [`PixelSampling`] and [`ConfusionMatrix`] make samples of pixels and their truth for segmentation.
//!
//! ```
//! use ot_transferability::{EnsembleMethod, Member, Pool, Predictions, greedy};
//! use transferability_metrics::Labels;
//!
//! let member = |name, distance, classes: &[usize]| -> Result<Member, ot_transferability::Error> {
//!     Ok(Member::new(name).with_domain_difference(distance).with_predictions(Predictions::new(classes, 2)?))
//! };
//! let pool = Pool::new(
//!     Labels::new(&[0, 0, 1, 1])?,
//!     vec![
//!         member("near", 1.0, &[0, 0, 1, 1])?,
//!         member("as good, in other words", 1.0, &[1, 1, 0, 0])?,
//!         member("far and at odds", 3.0, &[0, 1, 0, 1])?,
//!     ],
//! )?;
//! let score = "osborn-nce".parse::<EnsembleMethod>()?.on(&pool)?;
//! let picked = greedy(score.as_ref(), 2)?;
//! assert_eq!(picked.members, [0, 1]);
//! # Ok::<(), ot_transferability::Error>(())
//! ```
//!
//! # What holds throughout
//!
//! - Points are tensors, `f32` or `f64`; costs, weights and plans are `f64` on the host.
//! - Weights may be any that are not negative; points of weight 0 take no part and get no mass. The mass need not be 1.
//! - A solver that runs into its cap says so in [`Transport::status`]; it is no error.
//! - Loops that take long have a form `…_with` that takes a [`Progress`](tensor_core::progress::Progress) and can be
//!   cancelled.
//! - Work is spread over the current rayon pool in blocks of fixed size: results have the same bits for any number of
//!   threads.
#![forbid(unsafe_code)]

mod cohesion;
mod cost;
mod dataset_metric;
mod divergence;
mod domain_distance;
mod ensemble;
mod entropy;
mod epsilon;
mod error;
mod evaluation;
mod exact;
mod expected_prediction;
mod exponential;
mod frobenius;
mod gaussian;
mod jc_nce;
mod joint;
mod label_distance;
mod labelled_cost;
mod marginals;
mod member;
mod one_dimensional;
mod online;
mod osborn;
mod ot_nce;
mod otce;
mod otdd;
mod plan;
mod pool;
mod predictions;
mod rounding;
mod segmentation;
mod select;
mod sinkhorn;
mod sliced;
mod solver;
mod source_sample;
mod transport;
mod unbalanced;

pub use cohesion::{ConditionalEntropy, PairTable, Pairing};
pub use cost::{CostMatrix, GroundCost, MAX_COST};
pub use dataset_metric::{DatasetMetric, FromSource};
pub use divergence::{Divergence, SinkhornDivergence};
pub use domain_distance::{DomainDifference, DomainDistance, DomainEstimate, FeatureScale, SplitHalf};
pub use ensemble::{
    AveragedPredictions, ELeep, ENSEMBLE_METHODS, EnsembleMethod, EnsembleScore, GrowingEnsemble,
    PairwiseScore, SoftIouEep, WithCohesion,
};
pub use entropy::{EntropyEstimate, Given};
pub use epsilon::{CostScale, Epsilon};
pub use error::{Error, Result};
pub use evaluation::{
    AgreementOverTasks, EnsembleAgreement, Ensembles, ScoredEnsembles, agreement_over_tasks,
    ensemble_accuracy, ensemble_agreement, ensemble_mean_iou, standardized_osborn,
};
pub use exact::{Certificate, Exact, ExactAlgorithm};
pub use expected_prediction::ExpectedPredictions;
pub use frobenius::Frobenius;
pub use gaussian::{
    BuresWasserstein, CovarianceShape, Gaussian, GaussianFit, Normalization, bures_wasserstein,
};
pub use jc_nce::JcNce;
pub use joint::Joint;
pub use label_distance::LabelDistance;
pub use marginals::{MASS_TOLERANCE, Marginals};
pub use member::{Member, MemberInputs};
pub use one_dimensional::{monotone_plan, wasserstein_1d};
pub use online::{OnlineSinkhorn, OnlineTransport};
pub use osborn::{
    Cohesion, Direction, JointSource, Osborn, OsbornScore, OsbornTerms, TaskDifference, TermScaling,
};
pub use ot_nce::{FOtce, LabelPairing, OtNce};
pub use otce::{Otce, OtceCoefficients, OtceTerms, Standardization};
pub use otdd::{DatasetDistance, Otdd};
pub use plan::{Move, Plan};
pub use pool::{Pool, Warning};
pub use predictions::Predictions;
pub use rounding::round_to_marginals;
pub use segmentation::{ConfusionMatrix, PixelSample, PixelSampling};
pub use select::{Exhaustive, Selection, SelectionStatus, Swap, greedy, lazy_greedy};
pub use sinkhorn::{EpsilonScaling, OverRelaxation, Sinkhorn, SinkhornForm};
pub use sliced::{MaxSliced, MaxSlicedWasserstein, Sliced, SlicedWasserstein};
pub use solver::{LabelCoupling, Solver};
pub use source_sample::SourceSample;
pub use transport::{Potentials, Status, Transport};
pub use unbalanced::Unbalanced;
