//! Linear models with non-Gaussian noise (LiNGAM).
//!
//! ```text
//! x_i = sum over j before i of  W[j][i] x_j + e_i,     e_i independent, at most one of them Gaussian
//! ```
//!
//! Under these assumptions the order and the weights follow from the joint distribution: Shimizu, Hoyer, Hyvärinen,
//! Kerminen, *A Linear Non-Gaussian Acyclic Model for Causal Discovery*, JMLR 7, 2006.

mod assignment;
mod direct;
mod entropy;
mod fast_ica;
mod ica;
mod path_knowledge;
mod triangular;

use causal_graph::{CausalOrder, Dag};
pub use direct::DirectLingam;
pub use fast_ica::FastIcaStatus;
pub use ica::{IcaLingam, IcaLingamResult};
pub use path_knowledge::PathKnowledge;
use serde::{Deserialize, Serialize};
pub use triangular::Triangular;

use crate::{EdgeWeights, Result};

/// An order, the weights of the edges that agree with it, and their graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearModel {
    /// Causes come before their effects.
    pub order: CausalOrder,
    /// The weights.
    pub weights: EdgeWeights,
    /// The edges.
    pub dag: Dag,
}

impl LinearModel {
    pub(crate) fn new(order: CausalOrder, weights: EdgeWeights) -> Result<Self> {
        let dag = weights.dag()?;
        Ok(Self { order, weights, dag })
    }
}
