//! Tabu search over DAGs.
