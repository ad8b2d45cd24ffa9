//! Tests of the public interface.

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

mod independence;
mod knowledge;
mod linear_models;
mod lingam;
mod pc;
mod ges;
mod score;
mod score_matching;
mod seeded_tables;
