//! The best DAG by dynamic programming over subsets.
