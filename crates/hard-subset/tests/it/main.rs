//! Integration tests of `hard-subset`.

mod nearest;
mod prototypes;
