//! What is computed of a table once: correlations, covariances, and which columns cannot be used.

mod centred;
mod check;
mod correlations;
mod covariances;
mod cross_products;
mod dependence;
#[cfg(test)]
mod tests;

pub use check::ColumnCheck;
pub use correlations::Correlations;
pub use covariances::Covariances;
pub use dependence::Dependence;

pub(crate) use centred::unit_columns;

/// The share of a column's variance, left by other columns, below which it is 0 up to rounding.
///
/// A correlation is within about 1e-15 of the exact one; eliminating the other columns magnifies that little where
/// they are themselves well determined. A remainder of 1e-12 still has three digits, one of 1e-15 has none.
pub(crate) const SINGULAR: f64 = 1e-12;
