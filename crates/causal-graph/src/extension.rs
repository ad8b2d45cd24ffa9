//! DAGs that a partially directed graph stands for.
