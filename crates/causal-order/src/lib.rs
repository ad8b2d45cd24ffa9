//! Causal discovery.
#![forbid(unsafe_code)]

// Chooses the LAPACK behind ndarray-linalg for the unit tests.
#[cfg(test)]
extern crate openblas_src;

mod bootstrap;
#[cfg(feature = "torch")]
mod continuous_search;
mod dag_search;
#[cfg(feature = "torch")]
mod dagma;
mod data;
mod edge_weights;
mod error;
mod exact;
mod exponential;
mod ges;
mod hill_climbing;
pub mod independence;
mod k2;
mod knowledge;
#[cfg(feature = "torch")]
mod least_squares_loss;
mod lingam;
#[cfg(feature = "torch")]
mod notears;
mod order_mcmc;
mod order_search;
mod ordered_search;
mod parent_sets;
mod pc;
pub mod score;
mod score_matching;
mod sparse_regression;
mod tabu;
mod var_sort;

pub use bootstrap::{
    AveragedDag, BootstrapParams, EdgeFrequencies, FailedResample, OrderFrequencies, bootstrap_graphs,
    bootstrap_graphs_with, bootstrap_orders, bootstrap_orders_with,
};
#[cfg(feature = "torch")]
pub use continuous_search::{ContinuousSearch, ContinuousStatus};
pub use dag_search::{DagSearch, SearchStatus};
#[cfg(feature = "torch")]
pub use dagma::Dagma;
pub use data::{ColumnCheck, Correlations, Covariances, Dependence};
pub use edge_weights::EdgeWeights;
pub use error::{Error, Result};
pub use exact::ExactSearch;
pub use ges::{Ges, GesResult};
pub use hill_climbing::HillClimbing;
pub use k2::{KnownOrderSearch, ParentChoice};
pub use knowledge::{Knowledge, KnowledgeBuilder, NodeReference, Statement};
pub use lingam::{
    DirectLingam, FastIcaStatus, IcaLingam, IcaLingamResult, LinearModel, PathKnowledge, Triangular,
};
#[cfg(feature = "torch")]
pub use notears::{Acyclicity, Notears};
pub use order_mcmc::{ChainReport, Convergence, MoveCount, MoveKind, OrderMcmc, OrderPosterior, StateSpace};
pub use order_search::OrderSearch;
pub use ordered_search::OrderedSearch;
pub use pc::{
    Collider, ColliderRule, Conflict, ConflictPolicy, FalseDiscoveryRate, MultipleTesting, PairValues, Pc,
    PcResult, SeparatingSets, Skeleton,
};
pub use score_matching::{AdditiveTest, EdgeSelection, ScoreMatching, ScoreMatchingResult};
pub use sparse_regression::AdaptiveLasso;
pub use tabu::TabuSearch;
pub use var_sort::{SortBy, VarSort, sortability};
