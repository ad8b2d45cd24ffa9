//! The integration tests of `tensor-core`, in one binary.

mod arrays;
mod determinism;
mod linalg;
mod statistics;
