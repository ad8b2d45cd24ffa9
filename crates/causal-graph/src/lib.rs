//! Causal graphs: what follows from them, how far they are from each other, and the networks that they belong to.
//!
//! Pure Rust, no libtorch. Nodes are numbers inside and names at the edges ([`Nodes`]); a [`Dag`] is acyclic whenever it can be
//! seen; a [`Pdag`] has undirected edges too and stands for a class of DAGs.
//!
//! ```
//! use causal_graph::metrics::{order_divergence, shd, sid_bounds};
//! use causal_graph::network::published::asia;
//! use causal_graph::{CausalOrder, Dag, Pdag};
//!
//! let network = asia();
//! let dag = network.dag();
//! let index = |name| network.nodes().index(name);
//! let (smoke, lung, dysp) = (index("smoke")?, index("lung")?, index("dysp")?);
//!
//! // What data alone can tell of the graph: three edges stay without a direction, six DAGs fit.
//! let cpdag = dag.cpdag();
//! assert_eq!(cpdag.undirected_edges().count(), 3);
//! assert_eq!(cpdag.equivalence_class_size()?, 6);
//!
//! // The exact effect of lung cancer on dyspnoea, by variable elimination.
//! let effect = network.average_causal_effect(lung, 1, 0, dysp, 0)?;
//! assert!((effect - 0.3711).abs() < 1e-12);
//!
//! // An order by name turns five edges around; the graph it is taken from none.
//! let alphabetical = CausalOrder::from_names(
//!     network.nodes().clone(),
//!     ["asia", "bronc", "dysp", "either", "lung", "smoke", "tub", "xray"],
//! )?;
//! assert_eq!(order_divergence(&alphabetical, dag)?, 5);
//! assert_eq!(order_divergence(&CausalOrder::of(dag), dag)?, 0);
//!
//! // A graph without its edge from smoke to lung.
//! let mut estimate: Dag = dag.clone();
//! estimate.remove_edge(smoke, lung);
//! assert_eq!(shd(&Pdag::from(dag), &Pdag::from(&estimate))?, 1);
//! assert!(sid_bounds(dag, &Pdag::from(&estimate))?.lower > 0);
//! # Ok::<(), causal_graph::Error>(())
//! ```
//!
//! # What is here
//!
//! | what | where |
//! |---|---|
//! | graphs | [`Dag`], [`Pdag`], [`NodeSet`], [`Nodes`]; random ones in [`generate`] |
//! | equivalence | [`Dag::cpdag`], [`Pdag::apply_meek_rules`], [`Pdag::consistent_extension`], [`Pdag::equivalence_class_size`], [`Pdag::members`] |
//! | separation and adjustment | d-separation, separators, back-door and generalised adjustment, canonical, minimal and optimal sets |
//! | orders | [`CausalOrder`], [`LevelOrder`], [`PartialOrder`], [`LinearExtensions`] |
//! | distances | [`metrics`] |
//! | networks | [`network`]: tabular and linear-Gaussian; sampling, interventions, exact inference and effects |
//! | files | [`mod@format`]: BIF, DOT, GML, GraphML, JSON, edge lists, CSV |
//! | tables | [`Table`], [`DiscreteTable`], [`ContinuousTable`] |
//!
//! # What holds throughout
//!
//! - Nothing recurses on the depth of its input, so that no graph or file exhausts the stack.
//! - Random draws take a [`Seed`](run_control::Seed); the same seed gives the same result on any number of threads.
//! - Whatever is wrong with an input is an [`Error`] that names the node, the edge or the line.
#![forbid(unsafe_code)]

mod adjustment;
mod ancestry;
mod cpdag;
mod dag;
mod equivalence_class;
mod error;
mod extension;
pub mod format;
pub mod generate;
mod meek;
pub mod metrics;
pub mod network;
mod node_set;
mod nodes;
mod order;
mod pdag;
mod separation;
mod table;

pub use adjustment::{Adjustment, AdjustmentCriterion, AdjustmentVerdict};
pub use dag::Dag;
pub use equivalence_class::{ConsistentExtensions, EquivalenceClass};
pub use error::{Error, Result};
pub use node_set::NodeSet;
pub use nodes::Nodes;
pub use order::{CausalOrder, LevelOrder, LinearExtensions, PartialOrder, Precedence, Relation};
pub use pdag::Pdag;
pub use table::{ContinuousTable, DiscreteTable, Table};
