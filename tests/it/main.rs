//! The examples as programs, and the crates as dependencies of a project elsewhere.

mod bad_input;
mod causal_order_bad_input;
mod causal_order_command_line;
mod command_line;
mod determinism;
mod ensemble;
mod ensemble_study;
mod hard_subset_bad_input;
mod hard_subset_command_line;
mod hard_subset_sample;
mod hard_subset_study;
mod npy;
mod outside_project;
mod program;
mod report;
mod sample;
mod transport;
