//! Tests of the public interface.

mod effects;
mod enumeration;
mod equivalence;
mod network;
