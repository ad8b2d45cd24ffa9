//! Bayesian networks: tables of probabilities and linear Gaussian mechanisms, sampling, interventions, exact inference.

mod bayesian;
mod cpt;
mod effect;
mod elimination;
mod factor;
mod gaussian;
mod intervention;
mod path_specific;
pub mod published;
mod query;
mod random;
mod sampling;

pub use bayesian::BayesianNetwork;
pub use cpt::{Cpt, Normalisation};
pub use elimination::VariableElimination;
pub use factor::Factor;
pub use gaussian::{GaussianDistribution, LinearGaussianNetwork, LinearMechanism};
pub use random::{RandomMechanisms, RandomTables};
