//! Decomposable scores of DAGs.
//!
//! | data | score | criteria |
//! |---|---|---|
//! | discrete | [`DiscreteScore`] | [`DiscreteCriterion`]: log-likelihood, AIC, BIC, BDeu, BDs, K2, MML |
//! | continuous | [`GaussianScore`] | [`GaussianCriterion`]: log-likelihood, AIC, BIC |
//! | continuous | [`BGe`] | the posterior of linear Gaussian networks |
//!
//! All are in nats, and larger is better. [`WithEdgePrior`] adds what is believed of single edges or of an order;
//! [`ScoreCache`] remembers what was computed.

mod bge;
mod cache;
mod cholesky;
mod discrete;
mod edge_prior;
mod families;
mod gaussian;

pub use bge::{BGe, BGePrior};
pub use cache::ScoreCache;
pub use discrete::{DiscreteCriterion, DiscreteScore};
pub use edge_prior::{EdgePrior, WithEdgePrior};
pub use gaussian::{GaussianCriterion, GaussianScore, ResidualVariance};

use causal_graph::Dag;

use crate::Result;

/// A score that is the sum over the nodes of a term of the node and its parents; larger is better.
///
/// The batch methods return the same bits as [`local`](Self::local) would, only sooner.
pub trait LocalScore: Sync {
    /// The name of the score, as the command line has it.
    fn name(&self) -> &'static str;

    /// The number of variables, numbered from 0.
    fn n_variables(&self) -> usize;

    /// The term of `child` with the parents `parents`, which are in ascending order and do not hold it.
    ///
    /// # Errors
    ///
    /// Those of the score.
    fn local(&self, child: usize, parents: &[usize]) -> Result<f64>;

    /// The terms of `child` with the parents and one candidate more, for each of the candidates, which are in
    /// ascending order and are neither the child nor parents.
    ///
    /// # Errors
    ///
    /// Those of [`local`](Self::local).
    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        candidates
            .iter()
            .map(|&candidate| self.local(child, &with_member(parents, candidate)))
            .collect()
    }

    /// The terms of `child` without one of its parents, for each of the parents.
    ///
    /// # Errors
    ///
    /// Those of [`local`](Self::local).
    fn local_removals(&self, child: usize, parents: &[usize]) -> Result<Vec<f64>> {
        parents
            .iter()
            .map(|&parent| self.local(child, &without_member(parents, parent)))
            .collect()
    }

    /// The score as one of Gaussian residual variances, if that is all it is: some searches then work on its correlations.
    fn as_gaussian(&self) -> Option<&GaussianScore> {
        None
    }

    /// The score of a graph over the variables: the sum of the terms in the order of the nodes.
    ///
    /// # Errors
    ///
    /// Those of [`local`](Self::local), and a graph over another number of nodes.
    fn total(&self, dag: &Dag) -> Result<f64> {
        check_n_variables(self.n_variables(), dag.n_nodes())?;
        (0..dag.n_nodes()).try_fold(0.0, |total, child| {
            let parents: Vec<usize> = dag.parents(child).iter().collect();
            Ok(total + self.local(child, &parents)?)
        })
    }
}

impl<S: LocalScore + ?Sized> LocalScore for &S {
    fn as_gaussian(&self) -> Option<&GaussianScore> {
        (**self).as_gaussian()
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn n_variables(&self) -> usize {
        (**self).n_variables()
    }

    fn local(&self, child: usize, parents: &[usize]) -> Result<f64> {
        (**self).local(child, parents)
    }

    fn local_additions(&self, child: usize, parents: &[usize], candidates: &[usize]) -> Result<Vec<f64>> {
        (**self).local_additions(child, parents, candidates)
    }

    fn local_removals(&self, child: usize, parents: &[usize]) -> Result<Vec<f64>> {
        (**self).local_removals(child, parents)
    }
}

/// Checks that a graph or a list of names is over the variables of the score.
pub(crate) fn check_n_variables(n_variables: usize, n_nodes: usize) -> Result<()> {
    if n_variables == n_nodes {
        return Ok(());
    }
    Err(causal_graph::Error::ColumnCount {
        got: n_variables,
        expected: n_nodes,
    }
    .into())
}

/// The ascending list with one member more.
pub(crate) fn with_member(sorted: &[usize], member: usize) -> Vec<usize> {
    let place = sorted.partition_point(|&other| other < member);
    let mut list = Vec::with_capacity(sorted.len() + 1);
    list.extend_from_slice(&sorted[..place]);
    list.push(member);
    list.extend_from_slice(&sorted[place..]);
    list
}

/// The list without one of its members.
pub(crate) fn without_member(sorted: &[usize], member: usize) -> Vec<usize> {
    sorted.iter().copied().filter(|&other| other != member).collect()
}

/// Checks a factor on a penalty.
pub(crate) fn check_penalty(penalty: f64) -> Result<()> {
    if penalty >= 0.0 && penalty.is_finite() {
        return Ok(());
    }
    Err(crate::Error::Parameter {
        name: "penalty",
        value: penalty,
        expected: "a finite number, at least 0",
    })
}
