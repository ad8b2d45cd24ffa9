//! What the examples share, and the only place that writes to a terminal: arguments, exit codes, progress bars, tables,
//! plots and the report; and images, small networks, their training, and the cache of what is finished.
//!
//! An example includes it with `#[path = "../support/mod.rs"] mod support;`.

#![allow(dead_code, reason = "each example uses its part of it")]

pub(crate) mod arguments;
pub(crate) mod bars;
pub(crate) mod cache;
pub(crate) mod data_set;
pub(crate) mod estimate;
pub(crate) mod exit;
pub(crate) mod html;
pub(crate) mod image_set;
pub(crate) mod network;
pub(crate) mod output;
pub(crate) mod picture;
pub(crate) mod plot;
pub(crate) mod report;
pub(crate) mod table;
pub(crate) mod training;
pub(crate) mod workers;
