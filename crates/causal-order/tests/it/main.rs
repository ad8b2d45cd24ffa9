//! Tests of the public interface.

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

mod bootstrap;
#[cfg(feature = "torch")]
mod continuous;
mod exact;
mod ges;
mod independence;
mod knowledge;
mod linear_models;
mod lingam;
mod order_mcmc;
mod order_search;
mod pc;
mod score;
mod score_laws;
mod score_matching;
mod search;
mod seeded_tables;
