//! Divergence of an order from a graph.

use serde::{Deserialize, Serialize};

use crate::{CausalOrder, Dag, Precedence, Relation, Result};

/// What an order says of the edges of a DAG.
///
/// The published divergences differ in what they do with edges whose ends are tied, or are not placed at all. The
/// counts keep the cases apart, and [`divergence`](Self::divergence) adds them up by a rule that is named.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::{EdgeVerdicts, MissingNodes, Ties};
/// use causal_graph::{Dag, Nodes, PartialOrder};
///
/// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (2, 1), (1, 3)])?;
/// let order = PartialOrder::new(Nodes::numbered(4), vec![1, 0, 2])?;
/// let verdicts = EdgeVerdicts::of(&order, &dag)?;
/// assert_eq!((verdicts.backward, verdicts.unplaced), (2, 1));
/// assert_eq!(verdicts.divergence(Ties::Wrong, MissingNodes::Ignored), 2.0);
/// assert_eq!(verdicts.divergence(Ties::Wrong, MissingNodes::Wrong), 3.0);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EdgeVerdicts {
    /// Edges whose start comes before their end.
    pub forward: usize,
    /// Edges whose start comes after their end.
    pub backward: usize,
    /// Edges whose ends stand on one level.
    pub tied: usize,
    /// Edges with an end that the order does not place.
    pub unplaced: usize,
    /// Nodes that the order places.
    pub n_placed: usize,
    /// All nodes.
    pub n_nodes: usize,
}

/// What becomes of an edge whose ends stand on one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// It is no error: some total order within the levels has it right. The definition's strict inequality.
    #[default]
    Right,
    /// Half an error: the mean over total orders that break the tie either way.
    Half,
    /// An error: the order does not say that the start comes first.
    Wrong,
}

/// What becomes of an edge with an end that the order does not place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingNodes {
    /// It does not count: published values of orders from graphs with isolated nodes are of this kind. Only to be read
    /// beside the coverage.
    #[default]
    Ignored,
    /// Half an error: the mean over the places that the node could have, if both were as likely.
    Half,
    /// An error: the order makes the edge unrecoverable.
    Wrong,
}

impl EdgeVerdicts {
    /// Judges each edge of `dag` by `order`.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    pub fn of(order: &impl Precedence, dag: &Dag) -> Result<Self> {
        dag.nodes().check_same("the order", order.nodes())?;
        let mut verdicts = Self {
            n_nodes: dag.n_nodes(),
            n_placed: (0..dag.n_nodes()).filter(|&node| order.places(node)).count(),
            ..Self::default()
        };
        for (from, to) in dag.edges() {
            let counted = match order.relation(from, to) {
                Relation::Before => &mut verdicts.forward,
                Relation::After => &mut verdicts.backward,
                Relation::Tied => &mut verdicts.tied,
                Relation::Unplaced => &mut verdicts.unplaced,
            };
            *counted += 1;
        }
        Ok(verdicts)
    }

    /// The number of edges that the order has wrong, by these rules.
    pub fn divergence(&self, ties: Ties, missing: MissingNodes) -> f64 {
        let tied = match ties {
            Ties::Right => 0.0,
            Ties::Half => 0.5,
            Ties::Wrong => 1.0,
        };
        let unplaced = match missing {
            MissingNodes::Ignored => 0.0,
            MissingNodes::Half => 0.5,
            MissingNodes::Wrong => 1.0,
        };
        self.backward as f64 + tied * self.tied as f64 + unplaced * self.unplaced as f64
    }

    /// The share of the nodes that the order places; 1 if there are no nodes.
    pub fn coverage(&self) -> f64 {
        if self.n_nodes == 0 {
            return 1.0;
        }
        self.n_placed as f64 / self.n_nodes as f64
    }
}

/// The topological divergence of a total order from a DAG: the number of edges that the order turns around.
///
/// ```text
/// D_top(order, A) = sum over i, and over j with order(i) > order(j), of A_ij
///
/// A_ij  1 if there is an edge from i to j
/// ```
///
/// It is the number of edges that no graph consistent with the order can have, so no such graph has a smaller
/// structural Hamming distance. It is 0 for the topological orders and for no other.
///
/// # Errors
///
/// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
///
/// # Reference
///
/// P. Rolland et al., "Score matching enables causal discovery of nonlinear additive noise models", ICML 2022.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::order_divergence;
/// use causal_graph::{CausalOrder, Dag, Nodes};
///
/// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (0, 2)])?;
/// let order = CausalOrder::new(Nodes::numbered(3), vec![1, 0, 2])?;
/// assert_eq!(order_divergence(&order, &dag)?, 1);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn order_divergence(order: &CausalOrder, dag: &Dag) -> Result<usize> {
    Ok(EdgeVerdicts::of(order, dag)?.backward)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::shd;
    use crate::{LevelOrder, Nodes, Pdag};

    #[test]
    fn ties_count_by_the_named_rule() -> Result<()> {
        let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
        let verdicts = EdgeVerdicts::of(&LevelOrder::new(Nodes::numbered(3), vec![1, 1, 0])?, &dag)?;
        assert_eq!((verdicts.forward, verdicts.backward, verdicts.tied), (0, 1, 1));
        let of = |ties| verdicts.divergence(ties, MissingNodes::default());
        assert_eq!(
            (of(Ties::Right), of(Ties::Half), of(Ties::Wrong)),
            (1.0, 1.5, 2.0)
        );
        assert_eq!(verdicts.coverage(), 1.0);
        Ok(())
    }

    proptest! {
        /// Every DAG that is consistent with an order is at least as far from the truth as the order.
        #[test]
        fn it_bounds_the_hamming_distance_from_below(
            edges in prop::collection::vec(any::<bool>(), 15), others in prop::collection::vec(any::<bool>(), 15),
            sequence in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let nodes = Nodes::numbered(6);
            let pairs = || (0..6_usize).flat_map(|b| (0..b).map(move |a| (a, b)));
            let chosen = |bits: &[bool]| pairs().zip(bits.to_vec()).filter(|(_, bit)| *bit).map(|(pair, _)| pair).collect::<Vec<_>>();
            let truth = Dag::from_edges(nodes.clone(), chosen(&edges)).expect("edges lead upwards");
            let order = CausalOrder::new(nodes.clone(), sequence.clone()).expect("a permutation");
            let estimate = Dag::from_edges(nodes, chosen(&others).into_iter().map(|(a, b)| (sequence[a], sequence[b])))
                .expect("edges follow the order");
            let divergence = order_divergence(&order, &truth).expect("same nodes");
            prop_assert!(divergence <= shd(&Pdag::from(&truth), &Pdag::from(&estimate)).expect("same nodes"));
            prop_assert_eq!(order_divergence(&CausalOrder::of(&truth), &truth).expect("same nodes"), 0);
        }
    }
}
