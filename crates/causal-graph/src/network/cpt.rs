//! Conditional probability tables.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The conditional probability table of a node.
///
/// ```text
/// probabilities[row · k + s] = P(node = s | parents in configuration `row`)
///
/// k    number of states of the node
/// row  number of the parents' configuration in mixed radix, the last parent fastest:
///      row = (...(s_1 · k_2 + s_2) · k_3 + ...) + s_m for parents in states s_1, ..., s_m
/// ```
///
/// The order of the parents is that of the table, not that of their indices.
///
/// # Shapes
///
/// `probabilities` has the product of the parents' numbers of states, times k.
///
/// # Examples
///
/// ```
/// use causal_graph::network::Cpt;
///
/// let prior = Cpt::new([], [0.2, 0.8]);
/// let given = Cpt::new([0], [0.9, 0.1, 0.5, 0.5]);
/// assert_eq!(given.row(1, 2), [0.5, 0.5]);
/// assert!(prior.parents.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cpt {
    /// The parents, in the order that numbers the rows.
    pub parents: Vec<usize>,
    /// The rows, one after the other.
    pub probabilities: Vec<f64>,
}

impl Cpt {
    /// A table of these parents and rows; a network checks it.
    pub fn new(parents: impl Into<Vec<usize>>, probabilities: impl Into<Vec<f64>>) -> Self {
        Self {
            parents: parents.into(),
            probabilities: probabilities.into(),
        }
    }

    /// The distribution of a node of `n_states` states in one configuration of its parents; empty if there is no such row.
    pub fn row(&self, row: usize, n_states: usize) -> &[f64] {
        let start = row.saturating_mul(n_states);
        self.probabilities
            .get(start..start.saturating_add(n_states))
            .unwrap_or_default()
    }
}

/// What becomes of a row of probabilities whose sum is not 1.
///
/// A row is left as it is, to the last bit, if its sum is within 1e-12 of 1: no more than rounding.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// It is an error.
    #[default]
    Refuse,
    /// It is divided by its sum if that is within `tolerance` of 1, and an error otherwise.
    Rescale {
        /// How far a sum may be from 1; below 1.
        tolerance: f64,
    },
}

impl Normalisation {
    /// Rescales rows that are off by at most 1e-6: what printing probabilities with seven digits leaves. The networks of
    /// the public repositories are off by up to 3e-7.
    pub const PRINTED: Self = Self::Rescale { tolerance: 1e-6 };

    /// Checks the parameter.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if the tolerance is not from 0 to below 1.
    pub fn validate(self) -> Result<()> {
        match self {
            Self::Rescale { tolerance } if !(0.0..1.0).contains(&tolerance) => Err(Error::Parameter {
                name: "the tolerance for sums of probabilities",
                got: tolerance,
                expected: "0 to below 1",
            }),
            _ => Ok(()),
        }
    }

    /// How far the sum of a row may be from 1.
    fn tolerance(self) -> f64 {
        match self {
            Self::Refuse => ROUNDING,
            Self::Rescale { tolerance } => tolerance.max(ROUNDING),
        }
    }
}

/// A sum this close to 1 is 1: rows of a thousand states, each rounded to a double.
const ROUNDING: f64 = 1e-12;

/// Checks the rows of the table of `node`, and rescales those that may be.
pub(super) fn normalise(
    node: &str,
    cpt: &mut Cpt,
    n_states: usize,
    normalisation: Normalisation,
) -> Result<()> {
    for (row, probabilities) in cpt.probabilities.chunks_exact_mut(n_states).enumerate() {
        if let Some(&value) = probabilities.iter().find(|value| !(0.0..=1.0).contains(*value)) {
            return Err(Error::Probability {
                node: node.to_owned(),
                row,
                value,
            });
        }
        let sum: f64 = probabilities.iter().sum();
        let tolerance = normalisation.tolerance();
        let off = (sum - 1.0).abs();
        if off > tolerance {
            return Err(Error::RowSum {
                node: node.to_owned(),
                row,
                sum,
                tolerance,
            });
        }
        if off > ROUNDING {
            for probability in probabilities {
                *probability /= sum;
            }
        }
    }
    Ok(())
}
