//! DAGs that a graph with undecided triples may stand for.

use std::collections::HashSet;

use causal_graph::{Dag, NodeSet, Pdag};

/// Unshielded triples `[x, middle, z]`, `x < z`, that may or may not be colliders.
pub(super) type Undecided = HashSet<[usize; 3]>;

/// Whether it is open that the middle of the triple is a collider; the ends come in either order.
pub(super) fn is_undecided(undecided: &Undecided, x: usize, middle: usize, z: usize) -> bool {
    undecided.contains(&[x.min(z), middle, x.max(z)])
}

/// A DAG with the skeleton, the directions and the colliders of the graph, and with no others but at undecided triples;
/// else the nodes that cannot be directed together.
///
/// As [`Pdag::consistent_extension`]: sinks are taken away one after the other, the greatest first. A sink has no children
/// left, and whatever is joined to it is joined to its undirected neighbours or makes an undecided triple with them.
/// Directing all edges of a DAG to such a node gives another such DAG, so that it does not matter which one goes first.
pub(super) fn extension(graph: &Pdag, undecided: &Undecided) -> Result<Dag, Vec<usize>> {
    let n_nodes = graph.n_nodes();
    let mut left = NodeSet::full(n_nodes);
    let mut edges = Vec::with_capacity(graph.n_edges());
    while !left.is_empty() {
        let nodes: Vec<usize> = left.iter().collect();
        let Some(&sink) = nodes
            .iter()
            .rev()
            .find(|&&node| is_sink(graph, undecided, &left, node))
        else {
            return Err(nodes);
        };
        edges.extend(joined(graph, &left, sink).iter().map(|cause| (cause, sink)));
        left.remove(sink);
    }
    Dag::from_edges(graph.nodes().clone(), edges).map_err(|_| (0..n_nodes).collect())
}

fn is_sink(graph: &Pdag, undecided: &Undecided, left: &NodeSet, node: usize) -> bool {
    if !graph.children(node).is_disjoint(left) {
        return false;
    }
    let joined = joined(graph, left, node);
    let neighbours = joined.iter().filter(|&other| graph.has_undirected(node, other));
    neighbours.into_iter().all(|neighbour| {
        joined.iter().all(|other| {
            other == neighbour
                || graph.is_adjacent(neighbour, other)
                || is_undecided(undecided, neighbour, node, other)
        })
    })
}

fn joined(graph: &Pdag, left: &NodeSet, node: usize) -> NodeSet {
    let mut joined = graph.adjacent(node);
    joined.intersect_with(left);
    joined
}

#[cfg(test)]
mod tests {
    use causal_graph::{Nodes, generate};
    use proptest::prelude::*;
    use run_control::Seed;

    use super::*;

    #[test]
    fn a_collider_may_stand_where_nothing_is_decided() {
        // 0 -> 1 - 2 <- 3: one of 1 and 2 becomes a collider.
        let graph = Pdag::from_edges(Nodes::numbered(4), [(0, 1), (3, 2)], [(1, 2)]).expect("a graph");
        assert_eq!(extension(&graph, &Undecided::new()), Err(vec![0, 1, 2, 3]));
        let dag = extension(&graph, &Undecided::from([[0, 1, 2]])).expect("with a collider at 1");
        assert_eq!(dag.edges().collect::<Vec<_>>(), [(0, 1), (2, 1), (3, 2)]);
    }

    proptest! {
        #[test]
        fn decided_graphs_extend_as_in_general(seed in any::<u64>(), keeps in prop::collection::vec(any::<bool>(), 30)) {
            let dag = generate::erdos_renyi(Nodes::numbered(8), 3.0, Seed::new(seed)).expect("a degree below n");
            let mut graph = dag.cpdag().skeleton();
            for ((from, to), _) in dag.edges().zip(keeps).filter(|&(_, keeps)| keeps) {
                graph.orient(from, to).expect("an edge");
            }
            prop_assert_eq!(extension(&graph, &Undecided::new()).ok(), graph.consistent_extension().ok());
        }
    }
}
