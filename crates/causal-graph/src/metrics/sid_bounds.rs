//! Bounds of the structural intervention distance of a CPDAG.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::sid::Effects;
use crate::{Dag, NodeSet, Nodes, Pdag, Result};

/// The least and the greatest structural intervention distance of the DAGs that a CPDAG stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SidBounds {
    /// No member is nearer.
    pub lower: usize,
    /// No member is further.
    pub upper: usize,
    /// Whether members attain both bounds. Otherwise a part of the CPDAG has more orientations than were looked at, and
    /// the bounds of its nodes are taken one by one, which only widens them.
    pub is_attained: bool,
}

/// The most orientations of one undirected component that are looked at.
const MAX_ORIENTATIONS: usize = 10_000;

/// The bounds of [`sid`](super::sid) over the members of the Markov equivalence class of a CPDAG.
///
/// The orientations of one undirected component do not depend on those of another, so the bounds are sums over
/// components.
///
/// # Errors
///
/// [`Error::OtherNodes`](crate::Error::OtherNodes) if the nodes are not the same, in the same order;
/// [`Error::NoExtension`](crate::Error::NoExtension) if a component has no orientation without a new collider: the
/// estimate is no CPDAG.
///
/// # Complexity
///
/// That of [`sid`](super::sid) for each parent set that a node can have, and the number of orientations of each
/// component up to ten thousand.
///
/// # Reference
///
/// J. Peters, P. Bühlmann, "Structural intervention distance for evaluating causal graphs", Neural Computation 27,
/// 2015, section 2.4.3.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::sid_bounds;
/// use causal_graph::{Dag, Nodes, Pdag};
///
/// let truth = Dag::from_edges(Nodes::numbered(2), [(0, 1)])?;
/// let estimate = Pdag::from_edges(Nodes::numbered(2), [], [(0, 1)])?;
/// let bounds = sid_bounds(&truth, &estimate)?;
/// assert_eq!((bounds.lower, bounds.upper), (0, 2));
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn sid_bounds(truth: &Dag, estimate: &Pdag) -> Result<SidBounds> {
    bounds_within(truth, estimate, MAX_ORIENTATIONS)
}

fn bounds_within(truth: &Dag, estimate: &Pdag, max_orientations: usize) -> Result<SidBounds> {
    truth.nodes().check_same("the estimate", estimate.nodes())?;
    let mut judge = Judge {
        effects: Effects::of(truth),
        estimate,
        known: HashMap::new(),
    };
    let mut bounds = SidBounds {
        lower: 0,
        upper: 0,
        is_attained: true,
    };
    for component in undirected_components(estimate) {
        let members = alone(estimate, &component)?.members(max_orientations)?;
        let (lower, upper) = if members.is_complete {
            let wrong: Vec<usize> = members
                .dags
                .iter()
                .map(|dag| {
                    let of_node = |(local, &node): (usize, &usize)| {
                        judge.n_wrong(node, dag.parents(local).iter().map(|parent| component[parent]))
                    };
                    component.iter().enumerate().map(of_node).sum()
                })
                .collect();
            let least = wrong.iter().min().copied().unwrap_or(0);
            (least, wrong.iter().max().copied().unwrap_or(0))
        } else {
            bounds.is_attained = false;
            component.iter().fold((0, 0), |(lower, upper), &node| {
                let (least, most) = judge.bounds_of_node(node);
                (lower + least, upper + most)
            })
        };
        bounds.lower += lower;
        bounds.upper += upper;
    }
    Ok(bounds)
}

/// Judges parent sets, each once.
struct Judge<'a> {
    effects: Effects<'a>,
    estimate: &'a Pdag,
    known: HashMap<(usize, NodeSet), usize>,
}

impl Judge<'_> {
    /// With the neighbours `added` as parents besides those that the estimate directs.
    fn n_wrong(&mut self, node: usize, added: impl IntoIterator<Item = usize>) -> usize {
        let mut parents = self.estimate.parents(node).clone();
        parents.extend(added);
        let effects = &self.effects;
        *self
            .known
            .entry((node, parents))
            .or_insert_with_key(|(node, parents)| effects.n_wrong(*node, parents))
    }

    /// Over all sets of neighbours that are joined with each other: these can be parents without a new collider.
    fn bounds_of_node(&mut self, node: usize) -> (usize, usize) {
        let none = self.n_wrong(node, []);
        let (mut least, mut most) = (none, none);
        // Each clique once, by its members in ascending order.
        let mut cliques: Vec<Vec<usize>> = self
            .estimate
            .neighbours(node)
            .iter()
            .map(|first| vec![first])
            .collect();
        while let Some(clique) = cliques.pop() {
            let wrong = self.n_wrong(node, clique.iter().copied());
            least = least.min(wrong);
            most = most.max(wrong);
            let last = clique[clique.len() - 1];
            for next in self.estimate.neighbours(node).iter().filter(|&next| next > last) {
                if clique
                    .iter()
                    .all(|&member| self.estimate.is_adjacent(member, next))
                {
                    let mut larger = clique.clone();
                    larger.push(next);
                    cliques.push(larger);
                }
            }
        }
        (least, most)
    }
}

/// The components of the undirected edges, each in ascending order; a node without any is one by itself.
fn undirected_components(graph: &Pdag) -> Vec<Vec<usize>> {
    let mut seen = NodeSet::new(graph.n_nodes());
    let mut components = Vec::new();
    for start in 0..graph.n_nodes() {
        if !seen.insert(start) {
            continue;
        }
        let mut component = vec![start];
        let mut next = 0;
        while let Some(&node) = component.get(next) {
            next += 1;
            component.extend(
                graph
                    .neighbours(node)
                    .iter()
                    .filter(|&neighbour| seen.insert(neighbour)),
            );
        }
        component.sort_unstable();
        components.push(component);
    }
    components
}

/// The undirected edges among the nodes of one component, renumbered.
fn alone(graph: &Pdag, component: &[usize]) -> Result<Pdag> {
    let local = |node: usize| {
        component
            .binary_search(&node)
            .expect("neighbours are of one component")
    };
    let names = component.iter().map(|&node| graph.nodes().name(node));
    let edges = component.iter().flat_map(|&a| {
        let larger = graph.neighbours(a).iter().filter(move |&b| a < b);
        larger.map(move |b| (a, b))
    });
    Pdag::from_edges(Nodes::new(names)?, [], edges.map(|(a, b)| (local(a), local(b))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::sid;

    const N_NODES: usize = 5;

    fn dag(bits: &[bool]) -> Dag {
        let pairs = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
        let edges = pairs.zip(bits).filter(|(_, bit)| **bit).map(|(pair, _)| pair);
        Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges lead upwards")
    }

    proptest! {
        #[test]
        fn the_bounds_are_the_extremes_over_the_members(
            truth in prop::collection::vec(any::<bool>(), 10), estimate in prop::collection::vec(any::<bool>(), 10),
        ) {
            let (truth, cpdag) = (dag(&truth), dag(&estimate).cpdag());
            let members = cpdag.members(1000).expect("a CPDAG has members");
            prop_assert!(members.is_complete);
            let distances: Vec<usize> = members.dags.iter().map(|dag| sid(&truth, dag).expect("same nodes")).collect();
            let bounds = sid_bounds(&truth, &cpdag).expect("same nodes");
            prop_assert!(bounds.is_attained);
            prop_assert_eq!(Some(bounds.lower), distances.iter().min().copied());
            prop_assert_eq!(Some(bounds.upper), distances.iter().max().copied());

            let wide = bounds_within(&truth, &cpdag, 0).expect("same nodes");
            prop_assert!(wide.lower <= bounds.lower && bounds.upper <= wide.upper);
        }
    }
}
