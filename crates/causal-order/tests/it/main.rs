//! Tests of the public interface.

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

#[cfg(feature = "torch")]
mod continuous;
mod bootstrap;
mod independence;
mod knowledge;
mod linear_models;
mod lingam;
mod exact;
mod order_mcmc;
mod order_search;
mod pc;
mod ges;
mod score;
mod score_laws;
mod score_matching;
mod search;
mod seeded_tables;
