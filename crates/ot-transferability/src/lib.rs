//! Optimal transport between data sets, and the choice of ensembles of pre-trained networks by it.
#![forbid(unsafe_code)]

mod cost;
mod error;
mod joint;
mod marginals;
mod plan;
mod transport;

pub use cost::{CostMatrix, GroundCost, MAX_COST};
pub use error::{Error, Result};
pub use joint::{EntropyEstimate, Given, Joint};
pub use marginals::{MASS_TOLERANCE, Marginals};
pub use plan::{Move, Plan};
pub use transport::{Potentials, Status, Transport};
