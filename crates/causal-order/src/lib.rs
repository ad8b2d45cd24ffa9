//! Causal discovery.
#![forbid(unsafe_code)]

mod bootstrap;
#[cfg(feature = "torch")]
mod dagma;
mod error;
mod exact;
mod ges;
mod hill_climbing;
pub mod independence;
mod k2;
mod knowledge;
mod lingam;
#[cfg(feature = "torch")]
mod notears;
mod order_mcmc;
mod order_search;
mod pc;
pub mod score;
mod score_matching;
mod tabu;
mod var_sort;

pub use error::{Error, Result};
