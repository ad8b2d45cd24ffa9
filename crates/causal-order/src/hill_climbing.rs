//! Hill climbing over DAGs.
