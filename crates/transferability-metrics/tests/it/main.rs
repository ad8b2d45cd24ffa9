//! The integration tests of `transferability-metrics`, one binary.

mod determinism;
mod feature_metric_edges;
mod feature_metric_golden;
mod feature_metric_laws;
mod hand_values;
mod inputs;
mod linear_metric_laws;
mod log_me_limits;
mod nested_rows;
mod published_formulas;
mod samples;
