//! What the examples share, and the only place that writes to a terminal: arguments, exit codes, progress bars, tables,
//! plots and the report.
//!
//! An example includes it with `#[path = "../support/mod.rs"] mod support;`.

pub(crate) mod arguments;
pub(crate) mod bars;
pub(crate) mod exit;
pub(crate) mod html;
pub(crate) mod output;
pub(crate) mod picture;
pub(crate) mod plot;
pub(crate) mod report;
pub(crate) mod table;
pub(crate) mod workers;
