//! Tests of the public interface.

mod adjustment;
mod effects;
mod enumeration;
mod equivalence;
mod fetched;
mod formats;
mod large_networks;
mod linear_gaussian;
mod network;
mod path_specific;
mod published_networks;
mod sampling;
