//! Integration tests of `ot-transferability`.

mod distance_inputs;
mod distance_laws;
mod distances_golden;
mod divergence;
mod ensembles;
mod exact;
mod exact_inputs;
mod exact_laws;
mod frobenius;
mod gaussian;
mod joint;
mod one_dimensional;
mod online;
mod pairs;
mod selection;
mod sinkhorn;
mod sliced;
mod solver;
mod unbalanced;
