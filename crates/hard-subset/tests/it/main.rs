//! Integration tests of `hard-subset`.

mod bounds;
mod gram;
mod hand_values;
mod haste;
mod nearest;
mod neighbours;
mod output;
mod prototypes;
mod references;
mod subset;
