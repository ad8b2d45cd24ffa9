//! The integration tests of `transferability-metrics`, one binary.

mod feature_metric_edges;
mod feature_metric_golden;
mod feature_metric_laws;
mod samples;
