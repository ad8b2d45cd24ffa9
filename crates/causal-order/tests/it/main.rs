//! Tests of the public interface.

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

mod linear_models;
mod lingam;
mod score;
mod score_matching;
mod seeded_tables;
