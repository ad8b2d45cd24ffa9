//! The PC algorithm.
