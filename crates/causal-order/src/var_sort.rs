//! The order of marginal variances, a baseline.
