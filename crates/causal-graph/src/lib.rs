//! Causal graphs without libtorch.
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

pub use dag::Dag;
pub use equivalence_class::{ConsistentExtensions, EquivalenceClass};
pub use error::{Error, Result};
pub use node_set::NodeSet;
pub use nodes::Nodes;
pub use order::{CausalOrder, LevelOrder, LinearExtensions, PartialOrder, Precedence, Relation};
pub use pdag::Pdag;
pub use table::{ContinuousTable, DiscreteTable, Table};
