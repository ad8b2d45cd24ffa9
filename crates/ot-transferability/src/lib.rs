//! Optimal transport between data sets, and the choice of ensembles of pre-trained networks by it.
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
