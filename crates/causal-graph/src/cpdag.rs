//! The CPDAG of a DAG.
