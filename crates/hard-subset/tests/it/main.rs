//! Integration tests of `hard-subset`.

mod nearest;
mod neighbours;
mod prototypes;
mod references;
