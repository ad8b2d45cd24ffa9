//! Scores of networks of discrete variables, by counts.

mod configurations;
mod criterion;
mod family_counts;
mod fixed_point;
mod terms;

use causal_graph::DiscreteTable;

pub use criterion::DiscreteCriterion;

use super::{LocalScore, with_member};
use crate::{Error, Result};
use configurations::{Columns, Configurations};
use family_counts::FamilyCounts;
use terms::Terms;

/// A score of networks of discrete variables: a criterion on the counts of a table.
///
/// ```text
/// score(child | parents) = criterion(n_jk)
///
/// n_jk  rows in which the parents are in their configuration j and the child is in its state k
/// ```
///
/// Configurations and states that never occur cost no time. Sums do not depend on their order, so that neither the
/// order of columns nor the way of counting changes a bit.
///
/// # Complexity
///
/// O(n k) for n rows and k parents; O(n) for each further candidate of
/// [`local_additions`](LocalScore::local_additions). Memory is O(n), and at most a few numbers a row while counting.
///
/// # Examples
///
/// ```
/// use causal_graph::{DiscreteTable, Nodes};
/// use causal_order::score::{DiscreteCriterion, DiscreteScore, LocalScore};
///
/// let states = vec![vec!["no".to_owned(), "yes".to_owned()]; 2];
/// let table = DiscreteTable::new(Nodes::numbered(2), states, vec![vec![0, 0, 1, 1], vec![0, 0, 1, 0]])?;
/// let score = DiscreteScore::new(&table, DiscreteCriterion::LogLikelihood)?;
/// // The first column is a fair coin. Given it, only the rows 2 and 3 are uncertain, a fair coin again.
/// assert!((score.local(0, &[])? - 4.0 * 0.5_f64.ln()).abs() < 1e-12);
/// assert!((score.local(1, &[0])? - 2.0 * 0.5_f64.ln()).abs() < 1e-12);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DiscreteScore {
    columns: Columns,
    criterion: DiscreteCriterion,
    terms: Terms,
}

impl DiscreteScore {
    /// The score of a table.
    ///
    /// # Errors
    ///
    /// Those of [`DiscreteCriterion::validate`]; [`Error::TooFewRows`] for a table without rows.
    pub fn new(table: &DiscreteTable, criterion: DiscreteCriterion) -> Result<Self> {
        criterion.validate()?;
        if table.n_rows() == 0 {
            return Err(Error::TooFewRows {
                got: 0,
                expected: 1,
                purpose: "a score",
            });
        }
        let columns = Columns::new(table);
        let terms = Terms::new(criterion, columns.n_rows(), columns.max_states());
        Ok(Self {
            columns,
            criterion,
            terms,
        })
    }

    /// The number of parent configurations, observed or not.
    fn n_configurations(&self, parents: &[usize]) -> f64 {
        parents
            .iter()
            .map(|&parent| self.columns.n_states(parent) as f64)
            .product()
    }
}

impl LocalScore for DiscreteScore {
    fn name(&self) -> &'static str {
        self.criterion.name()
    }

    fn n_variables(&self) -> usize {
        self.columns.len()
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        let configurations = Configurations::of(&self.columns, parents);
        let counts = FamilyCounts::new(&self.columns, &configurations, child);
        let n_states = self.columns.n_states(child);
        Ok(self
            .terms
            .family(&counts, n_states, self.n_configurations(parents)))
    }

    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        let configurations = Configurations::of(&self.columns, parents);
        let n_states = self.columns.n_states(child);
        let n_configurations = self.n_configurations(parents);
        let Some(mut cells) = configurations.cells(&self.columns, child) else {
            // Too many cells to go on from: each candidate by itself.
            return candidates
                .iter()
                .map(|&candidate| self.local(child, &with_member(parents, candidate)))
                .collect();
        };
        candidates
            .iter()
            .map(|&candidate| {
                let n_configurations = n_configurations * self.columns.n_states(candidate) as f64;
                match cells.count_with(&self.columns, candidate) {
                    Some(counts) => Ok(self.terms.family(&counts, n_states, n_configurations)),
                    None => self.local(child, &with_member(parents, candidate)),
                }
            })
            .collect()
    }
}
