//! Checks of what comes in, made once and before the work starts.
//!
//! Each function takes `what`, the caller's name for the value, and fails with a message that names the value, the
//! index and what was expected there.

mod finite;
mod labels;
mod parameter;
mod shape;
mod simplex;
mod weights;

pub use finite::finite;
pub use labels::labels;
pub use parameter::{non_negative, parameter, positive, unit_interval};
pub use shape::{at_least, matrix, same_length};
pub use simplex::simplex_rows;
pub use weights::weights;
