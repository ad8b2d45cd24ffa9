//! Gram statistics of activations, their bounds on the source, and deviations from them.

use serde::{Deserialize, Serialize};
use tensor_core::{Seed, check};

use crate::row_key::row_key;
use crate::{EmptyClass, LayerCombination, Result};

mod bounds;
mod bounds_fit;
mod deviation;
mod row_sums;
mod scale_fit;
mod statistics;

pub use bounds::GramBounds;
pub use bounds_fit::GramFit;
pub use deviation::GramDeviation;
pub use scale_fit::GramScaleFit;
pub use statistics::gram_statistics;

/// The highest order of a Gram matrix: products of two powers of activations that are scaled to below 2 are below 2^128, and
/// their sums far from the largest double.
const HIGHEST_ORDER: u32 = 64;

/// How a [`GramDeviation`] is fitted and read.
///
/// | parameter | default | meaning | range | source of the default |
/// |---|---|---|---|---|
/// | `orders` | 1 to 10 | powers of the activations | ascending, from 1 to 64 | Sastry & Oore |
/// | `validation_fraction` | 0.1 | share of the source rows that scale the layers | 0 or more, below 1 | Sastry & Oore |
/// | `seed` | 0 | which rows those are | any | |
/// | `on_empty` | fallback | what stands in for a class without source rows | | |
/// | `layers` | equal weights | how the layers become one | | Sastry & Oore |
///
/// # Reference
///
/// C. S. Sastry, S. Oore, "Detecting out-of-distribution examples with Gram matrices", ICML 2020, arXiv:1912.12510.
///
/// # Examples
///
/// ```
/// use hard_subset::GramParams;
///
/// let params = GramParams { orders: vec![1, 2, 4], ..GramParams::default() };
/// assert!(params.validate(1).is_ok());
/// let error = GramParams { orders: vec![2, 1], ..params }.validate(1).unwrap_err();
/// assert_eq!(error.to_string(), "orders is [2, 1]: expected at least one number, ascending, each from 1 to 64");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GramParams {
    /// The orders of the Gram matrices, ascending.
    pub orders: Vec<u32>,
    /// The share of source rows that are kept out of the bounds and give each layer its scale.
    pub validation_fraction: f64,
    /// Chooses those rows.
    pub seed: Seed,
    /// What stands in for a class that was predicted for no source row; bounds over all classes by default.
    pub on_empty: EmptyClass,
    /// How the layers become one.
    pub layers: LayerCombination,
}

impl Default for GramParams {
    fn default() -> Self {
        Self {
            orders: (1..=10).collect(),
            validation_fraction: 0.1,
            seed: Seed::new(0),
            on_empty: EmptyClass::default(),
            layers: LayerCombination::default(),
        }
    }
}

impl GramParams {
    /// Checks the parameters against the number of layers.
    ///
    /// # Errors
    ///
    /// Orders that are none, not ascending, or not from 1 to 64; a fraction outside its range; weights that do not fit the
    /// layers.
    pub fn validate(&self, n_layers: usize) -> Result<()> {
        require_orders(&self.orders)?;
        check::parameter(
            "validation_fraction",
            (0.0..1.0).contains(&self.validation_fraction),
            "at least 0 and below 1",
            self.validation_fraction,
        )?;
        self.layers.validate(n_layers)
    }

    /// Whether each of the rows from `first_row` on is a validation row.
    ///
    /// ```text
    /// key(seed, row) < validation_fraction 2^64
    /// ```
    ///
    /// That depends on seed and number of the row alone: not on batches, shards or threads.
    fn validation_rows(&self, first_row: u64, n_rows: usize) -> Result<Vec<bool>> {
        let end = first_row.checked_add(n_rows as u64);
        check::parameter("first_row", end.is_some(), "row numbers below 2^64", first_row)?;
        let start = self.seed.derive("hard-subset/gram").value();
        // 2^64, exact in a double; the product is below it, and its fraction is cut off.
        let least_fitted_key = (self.validation_fraction * 18_446_744_073_709_551_616.0) as u64;
        let rows = (0..n_rows as u64).map(|row| row_key(start, first_row + row) < least_fitted_key);
        Ok(rows.collect())
    }
}

fn require_orders(orders: &[u32]) -> Result<()> {
    let in_range = orders.iter().all(|order| (1..=HIGHEST_ORDER).contains(order));
    let is_ascending = orders.is_sorted_by(|earlier, later| earlier < later);
    Ok(check::parameter(
        "orders",
        !orders.is_empty() && in_range && is_ascending,
        "at least one number, ascending, each from 1 to 64",
        format!("{orders:?}"),
    )?)
}
