//! Causal orders: total, by levels, and partial.

mod level;
mod linear_extensions;
mod partial;
mod precedence;
mod total;

pub use level::LevelOrder;
pub use linear_extensions::LinearExtensions;
pub use partial::PartialOrder;
pub use precedence::{Precedence, Relation};
pub use total::CausalOrder;
