//! File formats of graphs, networks and tables.

pub mod bif;
mod cursor;
pub mod dot;
mod draft;
pub mod edge_list;
mod error;
pub mod gml;
mod identified;
pub mod json;
pub mod linear_gaussian;
pub mod model_string;
mod quote;

pub use error::{FormatError, Problem};
