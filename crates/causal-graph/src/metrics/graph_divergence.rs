//! Divergence of the orders of a graph, and of a Markov equivalence class.

use run_control::Seed;
use serde::{Deserialize, Serialize};

use super::order_divergence;
use crate::{CausalOrder, Dag, LinearExtensions, Pdag, Result};

/// The divergence of an estimated DAG from the true one, over the orders that the estimate leaves open.
///
/// A DAG has many topological orders, and they diverge differently from the truth: a divergence "of a graph" depends on
/// which of them was taken.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::GraphDivergence;
/// use causal_graph::{Dag, Nodes};
/// use run_control::Seed;
///
/// let truth = Dag::from_edges(Nodes::numbered(2), [(1, 0)])?;
/// let silent = Dag::empty(Nodes::numbered(2));
/// let divergence = GraphDivergence::of(&silent, &truth, 1000, Seed::new(1))?;
/// assert_eq!((divergence.of_one_order, divergence.least, divergence.greatest), (1, 0, 1));
/// assert_eq!((divergence.certain, divergence.possible), (0, 1));
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GraphDivergence {
    /// Of one topological order: that of [`Dag::topological_order`].
    pub of_one_order: usize,
    /// The least of the drawn linear extensions.
    pub least: usize,
    /// The mean over the drawn linear extensions.
    pub mean: f64,
    /// The greatest of the drawn linear extensions.
    pub greatest: usize,
    /// Edges that every order of the estimate turns around: their end is an ancestor of their start.
    pub certain: usize,
    /// Edges that some order of the estimate turns around: their start is no ancestor of their end.
    pub possible: usize,
}

impl GraphDivergence {
    /// The divergence over `n_draws` linear extensions of `estimate`.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order, and
    /// [`Error::NoDraws`](crate::Error::NoDraws) for no draws.
    ///
    /// # Complexity
    ///
    /// That of [`LinearExtensions`] and O(`n_draws` (n² / 64 + m)).
    pub fn of(estimate: &Dag, truth: &Dag, n_draws: usize, seed: Seed) -> Result<Self> {
        truth.nodes().check_same("the estimate", estimate.nodes())?;
        if n_draws == 0 {
            return Err(crate::Error::NoDraws);
        }
        let extensions = LinearExtensions::new(estimate);
        let drawn: Vec<usize> = (0..n_draws as u64)
            .map(|draw| order_divergence(&extensions.sample(seed, draw), truth))
            .collect::<Result<_>>()?;
        let count = |is_counted: &dyn Fn(usize, usize) -> bool| {
            truth.edges().filter(|&(from, to)| is_counted(from, to)).count()
        };
        let descendants: Vec<_> = (0..truth.n_nodes())
            .map(|node| estimate.descendants(node))
            .collect();
        Ok(Self {
            of_one_order: order_divergence(&CausalOrder::of(estimate), truth)?,
            least: drawn.iter().min().copied().unwrap_or(0),
            mean: drawn.iter().sum::<usize>() as f64 / n_draws as f64,
            greatest: drawn.iter().max().copied().unwrap_or(0),
            certain: count(&|from, to| descendants[to].contains(from)),
            possible: count(&|from, to| !descendants[from].contains(to)),
        })
    }
}

/// The divergence from the true DAG over the members of a Markov equivalence class: one topological order each.
///
/// Published divergences of constraint-based methods are such means, which is why they need not be whole numbers. Where
/// the class is the true one, every order of a member diverges as much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassDivergence {
    /// The mean over the members.
    pub mean: f64,
    /// The least.
    pub least: usize,
    /// The greatest.
    pub greatest: usize,
    /// Members that were looked at.
    pub n_members: usize,
    /// Whether these are all members.
    pub is_complete: bool,
}

impl ClassDivergence {
    /// The divergence over the first `cap` members that `estimate` stands for.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order, and
    /// [`Error::NoExtension`](crate::Error::NoExtension) if the estimate stands for no DAG.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::metrics::ClassDivergence;
    /// use causal_graph::network::published::asia;
    ///
    /// let truth = asia().dag().clone();
    /// let divergence = ClassDivergence::of(&truth.cpdag(), &truth, 1000)?;
    /// assert_eq!(divergence.n_members, 6);
    /// assert!((divergence.mean - 7.0 / 6.0).abs() < 1e-15);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn of(estimate: &Pdag, truth: &Dag, cap: usize) -> Result<Self> {
        truth.nodes().check_same("the estimate", estimate.nodes())?;
        if cap == 0 {
            return Err(crate::Error::NoDraws);
        }
        let members = estimate.members(cap)?;
        let divergences: Vec<usize> = members
            .dags
            .iter()
            .map(|dag| order_divergence(&CausalOrder::of(dag), truth))
            .collect::<Result<_>>()?;
        Ok(Self {
            mean: divergences.iter().sum::<usize>() as f64 / divergences.len() as f64,
            least: divergences.iter().min().copied().unwrap_or(0),
            greatest: divergences.iter().max().copied().unwrap_or(0),
            n_members: divergences.len(),
            is_complete: members.is_complete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    #[test]
    fn the_draws_lie_between_what_is_certain_and_what_is_possible() -> Result<()> {
        let truth = Dag::from_edges(Nodes::numbered(5), [(0, 1), (1, 2), (3, 2), (3, 4)])?;
        let estimate = Dag::from_edges(Nodes::numbered(5), [(1, 0), (3, 2)])?;
        let divergence = GraphDivergence::of(&estimate, &truth, 2000, Seed::new(5))?;
        // 0 -> 1 is turned around always, 1 -> 2 and 3 -> 4 in some orders, 3 -> 2 never.
        assert_eq!((divergence.certain, divergence.possible), (1, 3));
        assert_eq!((divergence.least, divergence.greatest), (1, 3));
        // 4 comes before 3 in one of the three places it can have; 2 before 1 in one of the six ways to merge 3, 2
        // with 1, 0. Standard error below 0.02; five of them allowed.
        assert!(
            (divergence.mean - (1.0 + 1.0 / 3.0 + 1.0 / 6.0)).abs() < 0.1,
            "{}",
            divergence.mean
        );
        assert!(GraphDivergence::of(&estimate, &truth, 0, Seed::new(5)).is_err());
        Ok(())
    }
}
