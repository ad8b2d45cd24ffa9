//! The strength of an entropic regularisation, absolute or relative to the costs.

use serde::{Deserialize, Serialize};
use tensor_core::{check, numeric};

use crate::{CostMatrix, Result};

/// The unit in which a regularisation strength is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CostScale {
    /// The unit of the costs.
    Absolute,
    /// The largest magnitude of a cost.
    Max,
    /// The mean magnitude of the costs.
    #[default]
    Mean,
    /// The median magnitude of the costs.
    Median,
}

impl CostScale {
    /// The size of the unit for some costs: 1 if they are all zero.
    ///
    /// # Panics
    ///
    /// Never: a cost matrix holds at least one cost, and only finite ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{CostMatrix, CostScale};
    ///
    /// let cost = CostMatrix::new(vec![1.0, 2.0, 3.0, 6.0], 2, 2)?;
    /// assert_eq!(CostScale::Absolute.of(&cost), 1.0);
    /// assert_eq!(CostScale::Max.of(&cost), 6.0);
    /// assert_eq!(CostScale::Mean.of(&cost), 3.0);
    /// assert_eq!(CostScale::Median.of(&cost), 2.5);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn of(self, cost: &CostMatrix) -> f64 {
        let unit = match self {
            Self::Absolute => 1.0,
            Self::Max => cost.largest(),
            Self::Mean => {
                let total: f64 = (0..cost.n_sources())
                    .map(|source| cost.row(source).iter().map(|value| value.abs()).sum::<f64>())
                    .sum();
                total / cost.values().len() as f64
            }
            Self::Median => {
                let magnitudes: Vec<f64> = cost.values().iter().map(|value| value.abs()).collect();
                numeric::quantile(&magnitudes, 0.5).expect("costs are finite and at least one")
            }
        };
        // Costs that are all zero, or a median of zero, set no scale.
        if unit > 0.0 { unit } else { 1.0 }
    }
}

/// The strength of an entropic regularisation: `value` in the unit `relative_to`.
///
/// A relative strength means the same whatever the scale of the features. The default, 0.05 of the mean cost, is that of
/// OTT (Cuturi et al., *Optimal Transport Tools*, 2022, arXiv:2201.12324).
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, CostScale, Epsilon};
///
/// let cost = CostMatrix::new(vec![0.0, 4.0], 1, 2)?;
/// assert_eq!(Epsilon::relative(0.1, CostScale::Max).resolve(&cost)?, 0.4);
/// assert_eq!(Epsilon::absolute(0.1).resolve(&cost)?, 0.1);
/// assert!(Epsilon::absolute(0.0).resolve(&cost).is_err());
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epsilon {
    /// The strength, above 0.
    pub value: f64,
    /// Its unit.
    pub relative_to: CostScale,
}

impl Default for Epsilon {
    fn default() -> Self {
        Self::relative(0.05, CostScale::Mean)
    }
}

impl Epsilon {
    /// A strength in the unit of the costs.
    pub fn absolute(value: f64) -> Self {
        Self::relative(value, CostScale::Absolute)
    }

    /// A strength as a share of the largest, mean or median cost.
    pub fn relative(value: f64, relative_to: CostScale) -> Self {
        Self { value, relative_to }
    }

    /// Checks the strength.
    ///
    /// # Errors
    ///
    /// A value that is not finite and above 0.
    pub fn validate(&self) -> Result<()> {
        Ok(check::positive("epsilon", self.value)?)
    }

    /// The strength in the unit of the costs.
    ///
    /// # Errors
    ///
    /// A value that is not finite and above 0, or one so small or large that the product with the unit is not.
    pub fn resolve(&self, cost: &CostMatrix) -> Result<f64> {
        self.validate()?;
        let resolved = self.value * self.relative_to.of(cost);
        check::positive("epsilon", resolved)?;
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_that_are_not_positive_are_refused() {
        let cost = CostMatrix::new(vec![1.0], 1, 1).expect("a cost");
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Epsilon::absolute(value).resolve(&cost).is_err(), "{value}");
        }
    }

    #[test]
    fn costs_of_zero_set_no_scale() {
        let cost = CostMatrix::new(vec![0.0; 4], 2, 2).expect("costs");
        for relative_to in [CostScale::Max, CostScale::Mean, CostScale::Median] {
            assert_eq!(relative_to.of(&cost), 1.0);
        }
    }
}
