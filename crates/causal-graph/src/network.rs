//! Bayesian networks.
