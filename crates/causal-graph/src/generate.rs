//! Random DAGs.
