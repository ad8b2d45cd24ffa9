//! The structural Hamming distance.

use serde::{Deserialize, Serialize};

use crate::{Pdag, Result};

/// How the edges of two graphs differ, pair of nodes by pair of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EdgeDifferences {
    /// Pairs that only the true graph joins.
    pub missing: usize,
    /// Pairs that only the estimate joins.
    pub extra: usize,
    /// Pairs that both join with a direction, in opposite ones.
    pub reversed: usize,
    /// Pairs that both join, one with a direction and one without.
    pub undecided: usize,
}

impl EdgeDifferences {
    /// The differences of `estimate` from `truth`. DAGs are compared as [`Pdag::from`] makes them.
    ///
    /// # Errors
    ///
    /// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
    ///
    /// # Complexity
    ///
    /// O(n²).
    pub fn of(truth: &Pdag, estimate: &Pdag) -> Result<Self> {
        truth.nodes().check_same("the estimate", estimate.nodes())?;
        let mut differences = Self::default();
        for b in 0..truth.n_nodes() {
            for a in 0..b {
                let counted = match (Joint::of(truth, a, b), Joint::of(estimate, a, b)) {
                    (x, y) if x == y => continue,
                    (_, Joint::None) => &mut differences.missing,
                    (Joint::None, _) => &mut differences.extra,
                    (Joint::Undirected, _) | (_, Joint::Undirected) => &mut differences.undecided,
                    _ => &mut differences.reversed,
                };
                *counted += 1;
            }
        }
        Ok(differences)
    }

    /// The sum of all: the structural Hamming distance.
    pub fn total(&self) -> usize {
        self.missing + self.extra + self.reversed + self.undecided
    }
}

/// The structural Hamming distance: the number of pairs of nodes that two graphs join differently.
///
/// ```text
/// SHD(G, H) = #{ {a, b} : the edge between a and b, its kind and direction included, differs }
/// ```
///
/// A reversed edge counts once. It is a metric on graphs over the same nodes: compare DAGs with DAGs and CPDAGs with
/// CPDAGs, since an undirected edge differs from a directed one.
///
/// # Errors
///
/// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
///
/// # Reference
///
/// I. Tsamardinos, L. Brown, C. Aliferis, "The max-min hill-climbing Bayesian network structure learning algorithm",
/// Machine Learning 65, 2006.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::shd;
/// use causal_graph::{Nodes, Pdag};
///
/// let truth = Pdag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)], [])?;
/// let estimate = Pdag::from_edges(Nodes::numbered(3), [(1, 0)], [(0, 2)])?;
/// // 0-1 is reversed, 1-2 missing, 0-2 extra.
/// assert_eq!(shd(&truth, &estimate)?, 3);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn shd(truth: &Pdag, estimate: &Pdag) -> Result<usize> {
    Ok(EdgeDifferences::of(truth, estimate)?.total())
}

/// How two nodes are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    None,
    Forwards,
    Backwards,
    Undirected,
}

impl Joint {
    fn of(graph: &Pdag, a: usize, b: usize) -> Self {
        if graph.has_directed(a, b) {
            Self::Forwards
        } else if graph.has_directed(b, a) {
            Self::Backwards
        } else if graph.has_undirected(a, b) {
            Self::Undirected
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Nodes;

    /// A graph by a digit for each pair of five nodes: no edge, one direction, the other, none.
    fn graph(digits: &[u8]) -> Pdag {
        let mut pdag = Pdag::empty(Nodes::numbered(5));
        let pairs = (0..5).flat_map(|b| (0..b).map(move |a| (a, b)));
        for ((a, b), digit) in pairs.zip(digits) {
            match digit {
                1 => pdag.add_directed(a, b),
                2 => pdag.add_directed(b, a),
                3 => pdag.add_undirected(a, b),
                _ => Ok(()),
            }
            .expect("every pair once");
        }
        pdag
    }

    proptest! {
        #[test]
        fn it_is_the_hamming_distance_of_the_pairs(
            a in prop::collection::vec(0_u8..4, 10), b in prop::collection::vec(0_u8..4, 10),
        ) {
            let expected = a.iter().zip(&b).filter(|(a, b)| a != b).count();
            prop_assert_eq!(shd(&graph(&a), &graph(&b)).expect("same nodes"), expected);
            let there = EdgeDifferences::of(&graph(&a), &graph(&b)).expect("same nodes");
            let back = EdgeDifferences::of(&graph(&b), &graph(&a)).expect("same nodes");
            prop_assert_eq!((there.missing, there.extra), (back.extra, back.missing));
            prop_assert_eq!((there.reversed, there.undecided), (back.reversed, back.undecided));
        }
    }

    #[test]
    fn other_nodes_are_refused() {
        let (three, four) = (Pdag::empty(Nodes::numbered(3)), Pdag::empty(Nodes::numbered(4)));
        let error = shd(&three, &four).expect_err("another number of nodes");
        assert!(
            error
                .to_string()
                .starts_with("the estimate is over the nodes `X0`"),
            "{error}"
        );
    }
}
