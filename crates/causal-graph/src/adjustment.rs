//! Covariate adjustment: which sets identify a causal effect.

use serde::{Deserialize, Serialize};

use crate::{Dag, NodeSet, Pdag, Result};

mod from_order;
mod possible_paths;
mod problem;

pub use problem::{Adjustment, AdjustmentVerdict};

/// What makes a set of covariates valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdjustmentCriterion {
    /// Pearl's: for every treatment, no covariate is a descendant of it, and the covariates block every path to an outcome
    /// that begins with an edge into it. It suffices, but refuses sets that are valid. On a graph with undirected edges
    /// it is to hold in every DAG that the graph stands for.
    ///
    /// J. Pearl, "Causality", 2nd edition, 2009, definition 3.3.1.
    BackDoor,
    /// The generalised adjustment criterion, which accepts exactly the valid sets.
    ///
    /// E. Perković, J. Textor, M. Kalisch, M. H. Maathuis, "Complete graphical characterization and construction of
    /// adjustment sets in Markov equivalence classes of ancestral graphs", JMLR 18, 2018.
    Generalised,
}

impl Dag {
    /// The adjustment sets for the effect of `treatments`, set together, on `outcomes`.
    ///
    /// # Errors
    ///
    /// [`Error::SetSize`](crate::Error::SetSize) if a set is not over the nodes of the DAG,
    /// [`Error::EmptySet`](crate::Error::EmptySet) if one is empty, [`Error::Overlap`](crate::Error::Overlap) if they share
    /// a node.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Dag, NodeSet, Nodes};
    ///
    /// // 0 -> 1 -> 3, 0 -> 2 -> 3: the effect of 1 on 3 is confounded by 0, along 2.
    /// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (1, 3), (0, 2), (2, 3)])?;
    /// let set = |nodes: &[usize]| NodeSet::with(4, nodes.iter().copied());
    /// let adjustment = dag.adjustment(&set(&[1]), &set(&[3]))?;
    /// assert_eq!(adjustment.canonical_set(), Some(set(&[0, 2])));
    /// assert!(adjustment.is_valid(&set(&[0]))?);
    /// assert_eq!(adjustment.optimal_set(), Some(set(&[2])));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn adjustment(&self, treatments: &NodeSet, outcomes: &NodeSet) -> Result<Adjustment> {
        Adjustment::in_dag(self, treatments, outcomes)
    }

    /// Whether adjusting for `covariates` gives the effect of `treatments`, set together, on `outcomes`.
    ///
    /// ```text
    /// p(y | do(x)) = sum over z of p(y | x, z) p(z)
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`adjustment`](Self::adjustment), also for `covariates`, which may be empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{AdjustmentCriterion, Dag, NodeSet, Nodes};
    ///
    /// // 0 -> 1, 0 -> 2: the effect of 0 on 1. Node 2 is a descendant, but does no harm.
    /// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (0, 2)])?;
    /// let set = |node| NodeSet::with(3, [node]);
    /// let by = |criterion| dag.is_valid_adjustment(&set(0), &set(1), &set(2), criterion);
    /// assert!(by(AdjustmentCriterion::Generalised)?);
    /// assert!(!by(AdjustmentCriterion::BackDoor)?);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn is_valid_adjustment(
        &self,
        treatments: &NodeSet,
        outcomes: &NodeSet,
        covariates: &NodeSet,
        criterion: AdjustmentCriterion,
    ) -> Result<bool> {
        self.adjustment(treatments, outcomes)?
            .satisfies(criterion, covariates)
    }
}

impl Pdag {
    /// The adjustment sets for the effect of `treatments` on `outcomes` in every DAG that the graph stands for.
    ///
    /// The graph is a CPDAG, or has background knowledge; what follows from its directed edges need not be directed.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`](crate::Error::NoExtension) if the graph stands for no DAG, and those of
    /// [`Dag::adjustment`].
    ///
    /// # Complexity
    ///
    /// O(k m (n / 64 + d)), k the number of treatments and d the greatest number of edges at a node.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{AdjustmentVerdict, NodeSet, Nodes, Pdag};
    ///
    /// let set = |nodes: &[usize]| NodeSet::with(3, nodes.iter().copied());
    /// // Whether 0 is a cause of 1 or the other way round cannot be told, and no set is valid for both.
    /// let unknown = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)])?;
    /// let adjustment = unknown.adjustment(&set(&[0]), &set(&[1]))?;
    /// assert_eq!(adjustment.verdict(&set(&[]))?, AdjustmentVerdict::NotAmenable);
    ///
    /// // Known to begin with 0, it is a chain.
    /// let known = Pdag::from_edges(Nodes::numbered(3), [(0, 1)], [(1, 2)])?;
    /// assert_eq!(known.adjustment(&set(&[0]), &set(&[2]))?.optimal_set(), Some(set(&[])));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn adjustment(&self, treatments: &NodeSet, outcomes: &NodeSet) -> Result<Adjustment> {
        Adjustment::in_class(self, treatments, outcomes)
    }

    /// Whether adjusting for `covariates` gives the effect of `treatments` on `outcomes` in every DAG that the graph
    /// stands for.
    ///
    /// # Errors
    ///
    /// Those of [`adjustment`](Self::adjustment), also for `covariates`, which may be empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{AdjustmentCriterion, NodeSet, Nodes, Pdag};
    ///
    /// // 0 -> 2 <- 1, 0 -> 3 <- 1, 2 -> 3 is a CPDAG.
    /// let cpdag = Pdag::from_edges(Nodes::numbered(4), [(0, 2), (1, 2), (0, 3), (1, 3), (2, 3)], [])?;
    /// let set = |nodes: &[usize]| NodeSet::with(4, nodes.iter().copied());
    /// let with = |covariates: &[usize]| {
    ///     cpdag.is_valid_adjustment(&set(&[2]), &set(&[3]), &set(covariates), AdjustmentCriterion::Generalised)
    /// };
    /// assert!(with(&[0, 1])?);
    /// assert!(!with(&[0])?);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn is_valid_adjustment(
        &self,
        treatments: &NodeSet,
        outcomes: &NodeSet,
        covariates: &NodeSet,
        criterion: AdjustmentCriterion,
    ) -> Result<bool> {
        self.adjustment(treatments, outcomes)?
            .satisfies(criterion, covariates)
    }
}
