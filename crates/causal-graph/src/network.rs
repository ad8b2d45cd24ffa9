//! Bayesian networks: sampling, interventions, exact inference and exact effects.
//!
//! | | [`BayesianNetwork`] | [`LinearGaussianNetwork`] |
//! |---|---|---|
//! | mechanism of a node | a table of probabilities, [`Cpt`] | linear with Gaussian noise, [`LinearMechanism`] |
//! | draws | [`sample`](BayesianNetwork::sample) | [`sample`](LinearGaussianNetwork::sample) |
//! | conditional distribution | [`query`](BayesianNetwork::query) by [`VariableElimination`] | [`query`](LinearGaussianNetwork::query) in closed form |
//! | setting nodes | [`intervene`](BayesianNetwork::intervene) | [`intervene`](LinearGaussianNetwork::intervene) |
//! | other mechanisms | [`with_cpt`](BayesianNetwork::with_cpt) | [`with_mechanism`](LinearGaussianNetwork::with_mechanism), [`shift`](LinearGaussianNetwork::shift), [`scale_noise`](LinearGaussianNetwork::scale_noise) |
//! | total effect | [`average_causal_effect`](BayesianNetwork::average_causal_effect) | [`average_causal_effect`](LinearGaussianNetwork::average_causal_effect) |
//! | effect along paths | [`path_specific_effect`](BayesianNetwork::path_specific_effect) | [`path_specific_effect`](LinearGaussianNetwork::path_specific_effect) |
//! | at random | [`random`](BayesianNetwork::random) | [`random`](LinearGaussianNetwork::random) |
//!
//! Small networks of the literature are in [`published`]; readers and writers of files are in [`format`](crate::format).
//!
//! # Examples
//!
//! ```
//! use causal_graph::network::published;
//!
//! let network = published::asia();
//! let (smoke, dysp) = (network.nodes().index("smoke")?, network.nodes().index("dysp")?);
//! let (yes, no) = (network.state(smoke, "yes")?, network.state(smoke, "no")?);
//! let effect = network.average_causal_effect(smoke, no, yes, dysp, network.state(dysp, "yes")?)?;
//! assert!((effect - 0.2336748).abs() < 1e-15);
//! # Ok::<(), causal_graph::Error>(())
//! ```

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
