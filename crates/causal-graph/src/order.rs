//! Causal orders: total, by levels, and partial.

mod total;

pub use total::CausalOrder;
