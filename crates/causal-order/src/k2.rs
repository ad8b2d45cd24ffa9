//! The best DAG of a given order.
