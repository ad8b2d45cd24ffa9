//! Cycles of directed edges.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use serde::{Deserialize, Serialize};

use crate::Pdag;

/// The strongly connected components by directed edges, each in ascending order; the components in an order in which
/// every edge between two of them leads forwards.
///
/// # Complexity
///
/// O(n + m).
pub fn strongly_connected_components(graph: &Pdag) -> Vec<Vec<usize>> {
    let mut digraph = DiGraph::<(), ()>::with_capacity(graph.n_nodes(), graph.n_edges());
    let indices: Vec<_> = (0..graph.n_nodes()).map(|_| digraph.add_node(())).collect();
    for (from, to) in graph.directed_edges() {
        digraph.add_edge(indices[from], indices[to], ());
    }
    // Not Tarjan's, which petgraph writes with recursion.
    let mut components: Vec<Vec<usize>> = kosaraju_scc(&digraph)
        .into_iter()
        .map(|component| {
            let mut nodes: Vec<usize> = component
                .into_iter()
                .map(petgraph::graph::NodeIndex::index)
                .collect();
            nodes.sort_unstable();
            nodes
        })
        .collect();
    components.reverse();
    components
}

/// The nodes without any edge, in ascending order.
pub fn isolated(graph: &Pdag) -> Vec<usize> {
    (0..graph.n_nodes())
        .filter(|&node| graph.adjacent(node).is_empty())
        .collect()
}

/// The number of elementary directed cycles up to a length.
///
/// A graph with many edges has more cycles than can be counted: the count stops at a cap and says so.
///
/// # Examples
///
/// ```
/// use causal_graph::metrics::CycleCount;
/// use causal_graph::{Nodes, Pdag};
///
/// let graph = Pdag::from_edges(Nodes::numbered(4), [(0, 1), (1, 2), (2, 0), (2, 3), (3, 0)], [])?;
/// let cycles = CycleCount::up_to(&graph, 5, 1000);
/// assert_eq!(cycles.by_length, [0, 0, 0, 1, 1, 0]);
/// assert_eq!(cycles.total(), 2);
/// assert!(cycles.is_complete);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleCount {
    /// By length, from 0, the number of cycles.
    pub by_length: Vec<u64>,
    /// Whether all cycles up to the length were counted: the cap was not reached.
    pub is_complete: bool,
}

impl CycleCount {
    /// Counts the cycles of at most `max_length` edges, and stops at `cap` cycles.
    ///
    /// # Complexity
    ///
    /// Time is proportional to the number of directed paths of up to `max_length` edges inside the strongly
    /// connected components; memory is O(n + m).
    pub fn up_to(graph: &Pdag, max_length: usize, cap: u64) -> Self {
        let mut count = Self {
            by_length: vec![0; max_length + 1],
            is_complete: true,
        };
        let mut component_of = vec![0; graph.n_nodes()];
        for (number, component) in strongly_connected_components(graph).iter().enumerate() {
            for &node in component {
                component_of[node] = number;
            }
        }
        let successors: Vec<Vec<usize>> = (0..graph.n_nodes())
            .map(|node| {
                graph
                    .children(node)
                    .iter()
                    .filter(|&child| component_of[child] == component_of[node])
                    .collect()
            })
            .collect();
        let mut total = 0;
        let mut is_on_path = vec![false; graph.n_nodes()];
        // Every cycle is found once, from its least node.
        for start in 0..graph.n_nodes() {
            let mut path = vec![(start, 0)];
            is_on_path[start] = true;
            while let Some((node, next)) = path.last_mut() {
                let Some(&child) = successors[*node].get(*next) else {
                    is_on_path[*node] = false;
                    path.pop();
                    continue;
                };
                *next += 1;
                if child == start {
                    if path.len() <= max_length {
                        if total == cap {
                            count.is_complete = false;
                            return count;
                        }
                        total += 1;
                        count.by_length[path.len()] += 1;
                    }
                } else if child > start && !is_on_path[child] && path.len() < max_length {
                    is_on_path[child] = true;
                    path.push((child, 0));
                }
            }
        }
        count
    }

    /// The number of cycles counted.
    pub fn total(&self) -> u64 {
        self.by_length.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    /// Edges both ways cannot stand in one graph, so the tournament of n nodes on a circle stands for a dense one.
    fn circulant(n_nodes: usize, reach: usize) -> Pdag {
        let edges =
            (0..n_nodes).flat_map(|node| (1..=reach).map(move |step| (node, (node + step) % n_nodes)));
        Pdag::from_edges(Nodes::numbered(n_nodes), edges, [])
            .expect("no edge comes back before half the circle")
    }

    #[test]
    fn cycles_of_the_regular_tournament() {
        // The rotational tournament on five nodes: 5 cycles of length 3, 5 of length 4, 2 of length 5. The number
        // of 3-cycles of a tournament is C(n, 3) - sum of C(score, 2) = 10 - 5; five nodes hold 2 Hamiltonian ones.
        let cycles = CycleCount::up_to(&circulant(5, 2), 5, 1000);
        assert_eq!(cycles.by_length, [0, 0, 0, 5, 5, 2]);
        assert!(cycles.is_complete);
    }

    #[test]
    fn the_length_and_the_cap_bound_the_count() {
        let tournament = circulant(5, 2);
        assert_eq!(CycleCount::up_to(&tournament, 4, 1000).total(), 10);
        let capped = CycleCount::up_to(&tournament, 5, 7);
        assert_eq!((capped.total(), capped.is_complete), (7, false));
        assert!(CycleCount::up_to(&tournament, 5, 12).is_complete);
        assert_eq!(CycleCount::up_to(&tournament, 0, 7).total(), 0);
    }

    #[test]
    fn components_come_in_topological_order() {
        let graph = Pdag::from_edges(
            Nodes::numbered(5),
            [(3, 4), (4, 3), (3, 0)].into_iter().take(1),
            [],
        );
        assert_eq!(strongly_connected_components(&graph.expect("one edge")).len(), 5);
        let graph = Pdag::from_edges(Nodes::numbered(5), [(4, 3), (3, 2), (2, 4), (2, 0), (1, 4)], [])
            .expect("edges");
        assert_eq!(
            strongly_connected_components(&graph),
            [vec![1], vec![2, 3, 4], vec![0]]
        );
        assert_eq!(isolated(&Pdag::empty(Nodes::numbered(2))), [0, 1]);
        assert!(isolated(&graph).is_empty());
    }

    #[test]
    fn a_long_cycle_does_not_exhaust_the_stack() {
        let n_nodes = 20_000;
        let ring: Vec<_> = (0..n_nodes).map(|node| (node, (node + 1) % n_nodes)).collect();
        let ring = Pdag::from_edges(Nodes::numbered(n_nodes), ring, []).expect("a ring");
        assert_eq!(strongly_connected_components(&ring).len(), 1);
        assert_eq!(CycleCount::up_to(&ring, 5, 10).total(), 0);
    }
}
