//! Integration tests of `hard-subset`.

mod bounds;
mod hand_values;
mod gram;
mod haste;
mod nearest;
mod neighbours;
mod output;
mod prototypes;
mod references;
mod subset;
