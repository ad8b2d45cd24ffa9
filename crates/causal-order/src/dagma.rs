//! DAGMA: continuous optimisation under a log-determinant constraint.
