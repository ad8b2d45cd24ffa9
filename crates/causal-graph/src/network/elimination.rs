//! Exact inference by variable elimination.

mod arithmetic;
mod execution;
mod order;
mod plan;

use run_control::progress::Progress;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

use super::factor::Factor;
use arithmetic::{Logarithmic, Scaled};
use plan::Plan;

/// The limits of exact inference.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `max_cells` | 2^26 | the largest table that may be made; 8 bytes a cell, so 512 MiB | above 0 |
///
/// Variables are eliminated in the cheapest of three greedy orders: fewest fill-in edges, smallest table, and smallest weight
/// of the fill-in edges. All tables are known before the first is made, so that a query that is too large fails at once.
///
/// # Reference
///
/// N. L. Zhang and D. Poole, "A simple approach to Bayesian network computations", Canadian AI 1994; D. Koller and
/// N. Friedman, "Probabilistic Graphical Models", 2009, section 9.4.3 for the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VariableElimination {
    /// The number of cells of the largest table that may be made.
    pub max_cells: usize,
}

impl Default for VariableElimination {
    fn default() -> Self {
        Self { max_cells: 1 << 26 }
    }
}

/// A factor of a product: a slice of a conditional probability table.
#[derive(Debug, Clone)]
pub(super) struct Potential {
    pub(super) variables: Vec<usize>,
    /// The values, the last variable fastest.
    pub(super) values: Vec<f64>,
}

/// A sum of products over the joint states of some variables.
pub(super) struct Marginal {
    /// The sums, over the sum of all.
    pub(super) distribution: Factor,
    /// The logarithm of the sum of all; -inf if there is nothing but zeros.
    pub(super) ln_total: f64,
}

impl VariableElimination {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::FactorTooLarge`] if not even a single number may be stored.
    pub fn validate(&self) -> Result<()> {
        if self.max_cells > 0 {
            return Ok(());
        }
        Err(Error::FactorTooLarge {
            n_variables: 0,
            n_cells: 1,
            limit: 0,
        })
    }

    /// The product of the factors, of which there is at least one, summed over all variables but `targets`; `n_states` is
    /// by variable.
    pub(super) fn marginal(
        self,
        factors: &[Potential],
        targets: &[usize],
        n_states: &[usize],
        progress: &mut dyn Progress,
    ) -> Result<Marginal> {
        self.validate()?;
        let scopes: Vec<&[usize]> = factors.iter().map(|factor| factor.variables.as_slice()).collect();
        let plan = Plan::cheapest(&scopes, targets, n_states);
        plan.check(self.max_cells)?;
        // Products of numbers far apart can vanish beside others that turn out to be impossible. It is rare, it is
        // noticed, and logarithms do not suffer from it.
        if let Some(marginal) = plan.run::<Scaled>(factors, targets, n_states, progress)? {
            return Ok(marginal);
        }
        let marginal = plan.run::<Logarithmic>(factors, targets, n_states, progress)?;
        Ok(marginal.expect("logarithms of positive numbers do not underflow"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use run_control::progress::Silent;

    use super::*;

    fn potential(variables: &[usize], values: &[f64]) -> Potential {
        Potential {
            variables: variables.to_vec(),
            values: values.to_vec(),
        }
    }

    proptest! {
        #[test]
        fn both_arithmetics_agree(
            a in prop::collection::vec(0.0_f64..1.0, 6), b in prop::collection::vec(0.0_f64..1.0, 6),
            c in prop::collection::vec(prop::sample::select(vec![0.0, 1e-200, 1.0]), 4),
        ) {
            let factors = [potential(&[0, 1], &a), potential(&[2, 1], &b), potential(&[2, 0], &c)];
            let scopes: Vec<&[usize]> = factors.iter().map(|factor| factor.variables.as_slice()).collect();
            let n_states = [2, 3, 2];
            let plan = Plan::cheapest(&scopes, &[1], &n_states);
            let logarithmic = plan.run::<Logarithmic>(&factors, &[1], &n_states, &mut Silent).expect("not cancelled");
            let logarithmic = logarithmic.expect("never lost");
            if let Some(scaled) = plan.run::<Scaled>(&factors, &[1], &n_states, &mut Silent).expect("not cancelled") {
                prop_assert!((scaled.ln_total - logarithmic.ln_total).abs() < 1e-12 * (1.0 + scaled.ln_total.abs()));
                let (scaled, logarithmic) = (scaled.distribution, logarithmic.distribution);
                for (scaled, logarithmic) in scaled.values().iter().zip(logarithmic.values()) {
                    // The logarithm of 1e-200 is rounded to 5e-14.
                    prop_assert!((scaled - logarithmic).abs() < 1e-12);
                }
            } else {
                prop_assert!(c.iter().all(|&value| value < 1.0));
            }
        }
    }

    #[test]
    fn what_underflows_is_noticed_and_comes_out_right() -> Result<()> {
        // Beside the first state, which the last factor rules out, the others vanish.
        let mut factors = vec![potential(&[0], &[1.0, 1e-200, 3e-200]); 4];
        factors.push(potential(&[0], &[0.0, 1.0, 1.0]));
        let scopes: Vec<&[usize]> = factors.iter().map(|factor| factor.variables.as_slice()).collect();
        let plan = Plan::cheapest(&scopes, &[0], &[3]);
        assert!(plan.run::<Scaled>(&factors, &[0], &[3], &mut Silent)?.is_none());
        let marginal = VariableElimination::default().marginal(&factors, &[0], &[3], &mut Silent)?;
        assert_eq!(marginal.distribution.values()[0], 0.0);
        assert!((marginal.distribution.values()[2] - 81.0 / 82.0).abs() < 1e-12);
        assert!((marginal.ln_total - (82.0_f64.ln() - 800.0 * std::f64::consts::LN_10)).abs() < 1e-9);
        Ok(())
    }
}
