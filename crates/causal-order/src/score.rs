//! Decomposable scores of DAGs.

use crate::Result;

/// A score that is the sum over the nodes of a term of the node and its parents; larger is better.
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
}
