//! The integration tests of `tensor-core`, in one binary.

mod arrays;
mod linalg;
mod statistics;
