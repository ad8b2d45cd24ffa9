//! The integration tests of `tensor-core`, in one binary.

mod arrays;
mod statistics;
