//! Sampling of orders and DAGs from their posterior.
