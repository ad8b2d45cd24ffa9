//! Tests of the public interface.

mod adjustment;
mod effects;
mod enumeration;
mod equivalence;
mod network;
mod formats;
mod published_networks;
