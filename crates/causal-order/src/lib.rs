//! Causal discovery: graphs and orders out of tables.
//!
//! Tables, graphs and orders are those of [`causal_graph`]. Nothing needs libtorch but [`Notears`] and [`Dagma`], behind the default
//! feature `torch`. Some methods call LAPACK through `ndarray-linalg`, whose back end the program chooses.
//!
//! ```
//! use causal_graph::Table;
//! use causal_graph::metrics::shd;
//! use causal_graph::network::published::asia;
//! use causal_order::independence::{ChiSquare, ContingencyParams};
//! use causal_order::score::{DiscreteCriterion, DiscreteScore};
//! use causal_order::{BootstrapParams, Ges, Knowledge, Pc, bootstrap_graphs};
//! use run_control::Seed;
//!
//! // Rows of a network whose graph is known.
//! let network = asia();
//! let table = network.sample(2000, Seed::new(1))?;
//!
//! // By tests: `either` is the disjunction of two causes, which deceives them about its effects.
//! let test = ChiSquare::new(&table, ContingencyParams::default())?;
//! let by_tests = Pc::default().run(table.nodes(), &test)?;
//!
//! // By a score, with what is known: nobody travels because of a disease.
//! let score = DiscreteScore::new(&table, DiscreteCriterion::BIC)?;
//! let knowledge = Knowledge::builder(table.nodes().clone()).forbid("tub", "asia").build()?;
//! let by_score = Ges::default().run(&score, &knowledge)?;
//! let truth = network.dag().cpdag();
//! assert!(shd(&truth, &by_score.graph)? < shd(&truth, &by_tests.graph)?);
//!
//! // How sure is an edge? The same search on resampled rows.
//! let params = BootstrapParams { n_resamples: 20, ..BootstrapParams::default() };
//! let frequencies = bootstrap_graphs(&Table::Discrete(table), &params, |resample| {
//!     let Table::Discrete(resample) = resample else { unreachable!("resamples are of the same kind") };
//!     let score = DiscreteScore::new(resample, DiscreteCriterion::BIC)?;
//!     Ok(Ges::default().run(&score, &knowledge)?.graph)
//! })?;
//! let index = |name| network.nodes().index(name);
//! assert_eq!(frequencies.adjacent(index("smoke")?, index("bronc")?), 1.0);
//! # Ok::<(), causal_order::Error>(())
//! ```
//!
//! # What is here
//!
//! | method | finds | from |
//! |---|---|---|
//! | [`Pc`] | a CPDAG by tests of [`independence`]: Fisher z, partial correlation, chi-square, G, permutation, d-separation | any table |
//! | [`HillClimbing`], [`TabuSearch`] | a DAG of high [`score`] | any score |
//! | [`Ges`] | an equivalence class of high score | any score |
//! | [`OrderSearch`] | an order, and the best graph that agrees with it | any score; fastest for Gaussian ones |
//! | [`ExactSearch`] | the best graph of all | up to 25 variables |
//! | [`KnownOrderSearch`] | the best parents in a given order (K2, or exactly) | an order and a score |
//! | [`OrderMcmc`] | posteriors of edges, ancestors and orders | any score |
//! | [`DirectLingam`], [`IcaLingam`] | an order and weights | linear models, not Gaussian |
//! | [`ScoreMatching`] | an order (SCORE) | additive noise |
//! | [`Notears`], [`Dagma`] | weights by continuous optimisation | linear models |
//! | [`VarSort`] | the order of the variances | nothing: a baseline |
//!
//! [`Knowledge`] holds tiers, required and forbidden edges. [`bootstrap_graphs`] and [`bootstrap_orders`] say how sure a result is.
//!
//! # What holds throughout
//!
//! - The same seed gives the same result on any number of threads.
//! - Scores are in nats, and larger is better.
//! - Constant and collinear columns, and too few rows, are errors that name them.
//! - Loops that take long have a form `…_with` that takes a [`Progress`](run_control::progress::Progress) and can be cancelled.
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
