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
        &self,
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
