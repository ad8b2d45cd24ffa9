//! How hard each target sample is for a source network.

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use tensor_core::{Seed, check, numeric};

use crate::{Error, Result};

mod combination;

pub use combination::{LayerCombination, LayeredHardness};

/// A number for each target sample, larger the harder it is; all finite.
///
/// Only the order of the numbers matters to a hard subset; soft weights use their distances too.
///
/// # Examples
///
/// ```
/// use hard_subset::Hardness;
///
/// let hardness = Hardness::new(vec![0.1, 0.9, 0.2])?;
/// assert_eq!(hardness.easy().values(), [-0.1, -0.9, -0.2]);
/// assert!(Hardness::new(vec![0.1, f64::NAN]).is_err());
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Hardness(Vec<f64>);

/// All hardnesses differ by no more than this: their order says nothing.
const CONSTANT: f64 = 1e-12;

#[allow(clippy::len_without_is_empty, reason = "a hardness is never empty")]
impl Hardness {
    /// Hardness that comes from elsewhere.
    ///
    /// # Errors
    ///
    /// No value, or one that is not finite: NaN is no hardness, and not the greatest.
    pub fn new(values: Vec<f64>) -> Result<Self> {
        Self::named("hardness", values)
    }

    /// Like [`new`](Self::new), with a name for error messages: `H.npy[3] is NaN: ...`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn named(what: &str, values: Vec<f64>) -> Result<Self> {
        check::at_least(what, values.len(), 1)?;
        if let Some(row) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NonFiniteHardness {
                what: what.to_owned(),
                row,
                value: values[row],
            });
        }
        Ok(Self(values))
    }

    /// Uniform random numbers: the control that every hardness must beat.
    ///
    /// # Errors
    ///
    /// No sample.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::Hardness;
    /// use tensor_core::Seed;
    ///
    /// let drawn = Hardness::random(100, Seed::new(7), 0)?;
    /// assert_eq!(drawn, Hardness::random(100, Seed::new(7), 0)?);
    /// assert_ne!(drawn, Hardness::random(100, Seed::new(7), 1)?);
    /// # Ok::<(), hard_subset::Error>(())
    /// ```
    pub fn random(n_samples: usize, seed: Seed, draw: u64) -> Result<Self> {
        let mut rng = seed.stream("random hardness", draw);
        Self::new((0..n_samples).map(|_| rng.random()).collect())
    }

    /// The reversed order: the easiest sample becomes the hardest. The other control.
    #[must_use]
    pub fn easy(&self) -> Self {
        Self(self.0.iter().map(|value| -value).collect())
    }

    /// The hardness of each sample.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The number of samples, at least 1.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all values agree to 1e-12, so that a subset is chosen by index and means nothing.
    pub fn is_constant(&self) -> bool {
        let (least, greatest) = self.range();
        greatest - least <= CONSTANT
    }

    /// The quantiles at these levels, interpolated linearly.
    ///
    /// # Errors
    ///
    /// A level outside 0 to 1.
    pub fn quantiles(&self, levels: &[f64]) -> Result<Vec<f64>> {
        Ok(numeric::quantiles(&self.0, levels)?)
    }

    /// The rank of each sample over the number of samples, 1/n for the easiest to 1 for the hardest; equal values share
    /// their mean rank.
    ///
    /// # Errors
    ///
    /// None in practice: all values are finite.
    pub fn relative_ranks(&self) -> Result<Vec<f64>> {
        let n_samples = self.len() as f64;
        let ranks = numeric::average_ranks(&self.0)?;
        Ok(ranks.into_iter().map(|rank| rank / n_samples).collect())
    }

    fn range(&self) -> (f64, f64) {
        self.0
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), &value| {
                (least.min(value), greatest.max(value))
            })
    }
}

impl TryFrom<Vec<f64>> for Hardness {
    type Error = Error;

    fn try_from(values: Vec<f64>) -> Result<Self> {
        Self::new(values)
    }
}

impl From<Hardness> for Vec<f64> {
    fn from(hardness: Hardness) -> Self {
        hardness.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_ranked_are_refused() {
        let error = Hardness::named("H.npy", vec![0.0, f64::NEG_INFINITY]).expect_err("an infinity");
        assert_eq!(error.to_string(), "H.npy[1] is -inf: expected a finite hardness");
        assert!(Hardness::new(vec![]).is_err());
        assert!(serde_json::from_str::<Hardness>("[]").is_err());
        let read: Hardness = serde_json::from_str("[0.5, 0.1]").expect("a hardness");
        assert_eq!(read.values(), [0.5, 0.1]);
    }

    #[test]
    fn a_hardness_is_constant_within_rounding() {
        let is_constant = |values: &[f64]| Hardness::new(values.to_vec()).expect("a hardness").is_constant();
        assert!(is_constant(&[3.0]));
        assert!(is_constant(&[0.5, 0.5 + 5e-13]));
        assert!(!is_constant(&[0.5, 0.5 + 5e-12]));
        assert!(!is_constant(&[f64::MIN, f64::MAX]));
    }

    #[test]
    fn ranks_and_quantiles_share_and_interpolate() {
        let hardness = Hardness::new(vec![0.0, 0.5, 0.5, 2.0]).expect("a hardness");
        assert_eq!(
            hardness.relative_ranks().expect("ranks"),
            [0.25, 0.625, 0.625, 1.0]
        );
        assert_eq!(
            hardness.quantiles(&[0.0, 0.5, 1.0]).expect("quantiles"),
            [0.0, 0.5, 2.0]
        );
        assert!(hardness.quantiles(&[1.5]).is_err());
        assert_eq!(
            hardness.easy().relative_ranks().expect("ranks"),
            [1.0, 0.625, 0.625, 0.25]
        );
    }
}
