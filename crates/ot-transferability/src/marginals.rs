//! The weights of the source and of the target points.

use tensor_core::check;

use crate::{Error, Result};

/// Masses of the two sides that differ by less, relative to the larger, are taken to differ by rounding: a sum of
/// `f32` weights over some thousand points is right to about 1e-6.
pub const MASS_TOLERANCE: f64 = 1e-6;

/// Weights of the source points (`a`, n) and of the target points (`b`, m), of equal positive mass.
///
/// ```text
/// sum_i a_i = sum_j b_j,  a_i >= 0,  b_j >= 0
/// ```
///
/// The mass need not be 1: a plan carries the mass of its marginals. A difference of the masses of at most
/// [`MASS_TOLERANCE`] is taken for rounding: the target's weights are scaled to the mass of the source.
///
/// # Examples
///
/// ```
/// use ot_transferability::Marginals;
///
/// let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5])?;
/// assert_eq!(marginals.mass(), 1.0);
/// assert!(Marginals::new(&[0.5, 0.5], &[0.25, 0.25]).is_err());
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Marginals {
    source: Vec<f64>,
    target: Vec<f64>,
    mass: f64,
}

impl Marginals {
    /// The weights `source` and `target`.
    ///
    /// # Errors
    ///
    /// A side without points, a weight that is negative or not finite, a side whose weights sum to zero or overflow, or
    /// masses that differ by more than [`MASS_TOLERANCE`].
    pub fn new(source: &[f64], target: &[f64]) -> Result<Self> {
        let source_mass = positive_mass("source weights", source)?;
        let target_mass = positive_mass("target weights", target)?;
        let difference = (source_mass - target_mass).abs();
        let agree = difference <= MASS_TOLERANCE * source_mass.max(target_mass);
        if !agree {
            return Err(Error::UnequalMass {
                source_mass,
                target_mass,
                tolerance: MASS_TOLERANCE,
            });
        }
        let scale = source_mass / target_mass;
        Ok(Self {
            source: source.to_vec(),
            target: target.iter().map(|weight| weight * scale).collect(),
            mass: source_mass,
        })
    }

    /// Weights 1/n and 1/m.
    ///
    /// # Errors
    ///
    /// A side without points.
    pub fn uniform(n_sources: usize, n_targets: usize) -> Result<Self> {
        check::at_least("source weights", n_sources, 1)?;
        check::at_least("target weights", n_targets, 1)?;
        Ok(Self {
            source: vec![1.0 / n_sources as f64; n_sources],
            target: vec![1.0 / n_targets as f64; n_targets],
            mass: 1.0,
        })
    }

    /// The weights of the source points.
    pub fn source(&self) -> &[f64] {
        &self.source
    }

    /// The weights of the target points.
    pub fn target(&self) -> &[f64] {
        &self.target
    }

    /// The mass of either side.
    pub fn mass(&self) -> f64 {
        self.mass
    }
}

/// The sum of checked weights; an error unless it is positive and finite.
pub(crate) fn positive_mass(what: &'static str, weights: &[f64]) -> Result<f64> {
    check::at_least(what, weights.len(), 1)?;
    check::weights(what, weights)?;
    let got: f64 = weights.iter().sum();
    if got > 0.0 && got.is_finite() {
        Ok(got)
    } else {
        Err(Error::Mass { what, got })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_accepted_and_removed() {
        let marginals = Marginals::new(&[0.5, 0.5], &[1.0 + 5e-7]).expect("a difference by rounding");
        assert!((marginals.target()[0] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn more_than_rounding_is_refused() {
        let refused = Marginals::new(&[0.5, 0.5], &[1.0 + 3e-6]);
        assert!(matches!(refused, Err(Error::UnequalMass { .. })));
    }

    #[test]
    fn negative_weights_and_zero_mass_are_refused() {
        assert!(matches!(
            Marginals::new(&[-0.5, 1.5], &[1.0]),
            Err(Error::Core(_))
        ));
        assert!(matches!(Marginals::new(&[f64::NAN], &[1.0]), Err(Error::Core(_))));
        assert!(matches!(Marginals::new(&[0.0, 0.0], &[0.0]), Err(Error::Core(_))));
        assert!(matches!(Marginals::new(&[], &[1.0]), Err(Error::Core(_))));
        assert!(matches!(
            Marginals::new(&[f64::MAX, f64::MAX], &[1.0]),
            Err(Error::Mass { .. })
        ));
    }
}
