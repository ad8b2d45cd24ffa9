//! The structural intervention distance.

use std::collections::HashMap;

use crate::{Dag, NodeSet, Result};

/// The structural intervention distance: how many causal effects the parent sets of an estimate get wrong.
///
/// ```text
/// SID(G, H) = #{ (i, j), i != j : adjusting for the parents of i in H does not give p(x_j | do(x_i)) in G }
/// ```
///
/// A pair with `j` among the parents of `i` in H says that `i` has no effect on `j`, which is wrong if `j` is a
/// descendant of `i` in G. Otherwise the parents are judged by the generalised adjustment criterion, which holds exactly for
/// the sets that are right for every distribution. It is not symmetric, and 0 also for other graphs than G: every
/// graph that G's edges are a part of has SID 0.
///
/// # Errors
///
/// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order.
///
/// # Complexity
///
/// O(n s (n + m) + n³ / 64), s the number of different sets of children of a node that lead to another, over all others;
/// at most the number of nodes, mostly a few.
///
/// # Reference
///
/// J. Peters, P. Bühlmann, "Structural intervention distance for evaluating causal graphs", Neural Computation 27,
/// 2015.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::sid;
/// use causal_graph::{Dag, Nodes};
///
/// let truth = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
/// // One edge more adjusts for what needs no adjustment.
/// let more = Dag::from_edges(Nodes::numbered(3), [(0, 1), (0, 2), (1, 2)])?;
/// assert_eq!(sid(&truth, &more)?, 0);
/// // The chain turned around: no effect of 0 and 1 is seen, and 1 and 2 seem to have some on their causes.
/// let reversed = Dag::from_edges(Nodes::numbered(3), [(2, 1), (1, 0)])?;
/// assert_eq!(sid(&truth, &reversed)?, 6);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn sid(truth: &Dag, estimate: &Dag) -> Result<usize> {
    truth.nodes().check_same("the estimate", estimate.nodes())?;
    let effects = Effects::of(truth);
    Ok((0..truth.n_nodes())
        .map(|node| effects.n_wrong(node, estimate.parents(node)))
        .sum())
}

/// The true graph, prepared to judge parent sets.
pub(super) struct Effects<'a> {
    dag: &'a Dag,
    /// Each node with its ancestors.
    ancestors: Vec<NodeSet>,
    descendants: Vec<NodeSet>,
}

impl<'a> Effects<'a> {
    pub(super) fn of(dag: &'a Dag) -> Self {
        let ancestors = (0..dag.n_nodes())
            .map(|node| {
                let mut ancestors = dag.ancestors(node);
                ancestors.insert(node);
                ancestors
            })
            .collect();
        Self {
            dag,
            ancestors,
            descendants: (0..dag.n_nodes()).map(|node| dag.descendants(node)).collect(),
        }
    }

    /// The nodes whose response to an intervention on `node` is not had by adjusting for `parents`.
    pub(super) fn n_wrong(&self, node: usize, parents: &NodeSet) -> usize {
        let n_nodes = self.dag.n_nodes();
        // The parents and their ancestors: where a collider is open.
        let mut above_parents = NodeSet::new(n_nodes);
        for parent in parents.iter() {
            above_parents.union_with(&self.ancestors[parent]);
        }
        // Nodes behind `node` whose descendants are adjusted for: no effect may run through them.
        let mut forbidden = above_parents.clone();
        forbidden.intersect_with(&self.descendants[node]);

        let mut connected = HashMap::<NodeSet, NodeSet>::new();
        let mut n_wrong = 0;
        for other in (0..n_nodes).filter(|&other| other != node) {
            let is_wrong = if parents.contains(other) {
                self.descendants[node].contains(other)
            } else if !forbidden.is_disjoint(&self.ancestors[other]) {
                true
            } else {
                let mut causal_children = self.dag.children(node).clone();
                causal_children.intersect_with(&self.ancestors[other]);
                connected
                    .entry(causal_children)
                    .or_insert_with_key(|removed| self.connected(node, parents, &above_parents, removed))
                    .contains(other)
            };
            n_wrong += usize::from(is_wrong);
        }
        n_wrong
    }

    /// The nodes d-connected to `node` given `given`, in the graph without the edges from `node` to `removed`.
    ///
    /// No node of `given` lies behind `removed`, so that the ancestors of `given` are those of the whole graph.
    fn connected(&self, node: usize, given: &NodeSet, above_given: &NodeSet, removed: &NodeSet) -> NodeSet {
        let n_nodes = self.dag.n_nodes();
        let (mut from_child, mut from_parent) = (NodeSet::new(n_nodes), NodeSet::new(n_nodes));
        from_child.insert(node);
        let mut stack = vec![(node, true)];
        while let Some((current, came_from_child)) = stack.pop() {
            let is_given = given.contains(current);
            let to_parents = if came_from_child {
                !is_given
            } else {
                above_given.contains(current)
            };
            if to_parents {
                for parent in self.dag.parents(current).iter() {
                    if from_child.insert(parent) {
                        stack.push((parent, true));
                    }
                }
            }
            if !is_given {
                for child in self.dag.children(current).iter() {
                    let is_removed = current == node && removed.contains(child);
                    if !is_removed && from_parent.insert(child) {
                        stack.push((child, false));
                    }
                }
            }
        }
        from_child.union_with(&from_parent);
        from_child
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Nodes;

    const N_NODES: usize = 5;

    /// Two effects that differ by chance alone for random coefficients are further apart than this; rounding of a few
    /// eliminations of order 5 is of order 1e-14.
    const SAME_EFFECT: f64 = 1e-9;

    fn dag(bits: &[bool], sequence: &[usize]) -> Dag {
        let pairs = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
        let edges = pairs
            .zip(bits)
            .filter(|(_, bit)| **bit)
            .map(|((a, b), _)| (sequence[a], sequence[b]));
        Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges follow the sequence")
    }

    /// The total effects and the covariance of a linear model with these coefficients and noise variances.
    fn model(
        dag: &Dag,
        coefficients: &[f64],
        variances: &[f64],
    ) -> ([[f64; N_NODES]; N_NODES], [[f64; N_NODES]; N_NODES]) {
        // effects[i][j]: what a unit of noise at i adds to j.
        let mut effects = [[0.0; N_NODES]; N_NODES];
        for (i, row) in effects.iter_mut().enumerate() {
            row[i] = 1.0;
            for node in dag.topological_order() {
                for parent in dag.parents(node).iter() {
                    if node != i {
                        row[node] += row[parent] * coefficients[parent * N_NODES + node];
                    }
                }
            }
        }
        let mut covariance = [[0.0; N_NODES]; N_NODES];
        for a in 0..N_NODES {
            for b in 0..N_NODES {
                covariance[a][b] = (0..N_NODES)
                    .map(|i| variances[i] * effects[i][a] * effects[i][b])
                    .sum();
            }
        }
        (effects, covariance)
    }

    /// The coefficient of the first of `regressors` in the regression of `target` on them.
    fn regression(covariance: &[[f64; N_NODES]; N_NODES], regressors: &[usize], target: usize) -> f64 {
        let size = regressors.len();
        let mut rows: Vec<Vec<f64>> = regressors
            .iter()
            .map(|&a| {
                let mut row: Vec<f64> = regressors.iter().map(|&b| covariance[a][b]).collect();
                row.push(covariance[a][target]);
                row
            })
            .collect();
        for pivot in (0..size).rev() {
            let (head, tail) = rows.split_at_mut(pivot);
            for row in head {
                let factor = row[pivot] / tail[0][pivot];
                for (value, other) in row.iter_mut().zip(&tail[0]) {
                    *value -= factor * other;
                }
            }
        }
        rows[0][size] / rows[0][0]
    }

    proptest! {
        /// The definition itself: the effect by adjustment is the true one.
        #[test]
        fn it_counts_the_effects_that_adjustment_gets_wrong(
            truth in prop::collection::vec(any::<bool>(), 10), estimate in prop::collection::vec(any::<bool>(), 10),
            sequence in Just((0..N_NODES).collect::<Vec<_>>()).prop_shuffle(),
            coefficients in prop::collection::vec(0.4_f64..1.7, N_NODES * N_NODES),
            variances in prop::collection::vec(0.5_f64..2.0, N_NODES),
        ) {
            let (truth, estimate) = (dag(&truth, &[0, 1, 2, 3, 4]), dag(&estimate, &sequence));
            let (effects, covariance) = model(&truth, &coefficients, &variances);
            let mut expected = 0;
            for (i, effects) in effects.iter().enumerate() {
                for j in (0..N_NODES).filter(|&j| j != i) {
                    let adjusted = if estimate.parents(i).contains(j) {
                        0.0
                    } else {
                        let regressors: Vec<usize> = std::iter::once(i).chain(estimate.parents(i).iter()).collect();
                        regression(&covariance, &regressors, j)
                    };
                    expected += usize::from((adjusted - effects[j]).abs() > SAME_EFFECT);
                }
            }
            prop_assert_eq!(sid(&truth, &estimate).expect("same nodes"), expected);
            prop_assert_eq!(sid(&truth, &truth).expect("same nodes"), 0);
        }
    }
}
