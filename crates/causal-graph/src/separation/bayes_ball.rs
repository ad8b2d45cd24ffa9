//! Reachability along paths that are not blocked.

use crate::{Dag, NodeSet};

/// The nodes outside `given` with a path from `from` that `given` does not block, those of `from` among them; fewer if
/// the search comes upon one of `until`.
pub(super) fn d_connected(dag: &Dag, from: &NodeSet, given: &NodeSet, until: &NodeSet) -> NodeSet {
    // A collider lets paths through if it is given or has a descendant that is.
    let open_colliders = dag.ancestral_set(given);
    let mut connected = NodeSet::new(dag.n_nodes());
    let mut ball = Ball::new(dag, from);
    while let Some(visit) = ball.next_visit() {
        if given.contains(visit.node) {
            if visit.is_from_parent {
                ball.pass_to_parents(visit.node);
            }
            continue;
        }
        connected.insert(visit.node);
        if until.contains(visit.node) {
            return connected;
        }
        ball.pass_to_children(visit.node);
        if !visit.is_from_parent || open_colliders.contains(visit.node) {
            ball.pass_to_parents(visit.node);
        }
    }
    connected
}

/// The nodes that can be reached from `from` in the moral graph of the ancestral set `within`, without going through a
/// node of `given`, those of `given` that are reached among them.
pub(super) fn morally_connected(dag: &Dag, from: &NodeSet, given: &NodeSet, within: &NodeSet) -> NodeSet {
    let mut connected = NodeSet::new(dag.n_nodes());
    let mut ball = Ball::new(dag, from);
    while let Some(visit) = ball.next_visit() {
        if !within.contains(visit.node) {
            continue;
        }
        connected.insert(visit.node);
        let is_open = !given.contains(visit.node);
        if is_open {
            ball.pass_to_children(visit.node);
        }
        // The parents of a node are joined with each other.
        if is_open || visit.is_from_parent {
            ball.pass_to_parents(visit.node);
        }
    }
    connected
}

/// The ball that visits every node at most twice: from one of its parents, and from one of its children.
struct Ball<'a> {
    dag: &'a Dag,
    seen_from_parent: NodeSet,
    seen_from_child: NodeSet,
    open: Vec<Visit>,
}

#[derive(Clone, Copy)]
struct Visit {
    node: usize,
    is_from_parent: bool,
}

impl<'a> Ball<'a> {
    /// It comes to the first nodes as if from a child.
    fn new(dag: &'a Dag, from: &NodeSet) -> Self {
        let start = |node| Visit {
            node,
            is_from_parent: false,
        };
        Self {
            dag,
            seen_from_parent: NodeSet::new(dag.n_nodes()),
            seen_from_child: from.clone(),
            open: from.iter().map(start).collect(),
        }
    }

    fn next_visit(&mut self) -> Option<Visit> {
        self.open.pop()
    }

    fn pass_to_parents(&mut self, node: usize) {
        for parent in self.dag.parents(node).iter() {
            if self.seen_from_child.insert(parent) {
                self.open.push(Visit {
                    node: parent,
                    is_from_parent: false,
                });
            }
        }
    }

    fn pass_to_children(&mut self, node: usize) {
        for child in self.dag.children(node).iter() {
            if self.seen_from_parent.insert(child) {
                self.open.push(Visit {
                    node: child,
                    is_from_parent: true,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Nodes;

    const N_NODES: usize = 8;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Lauritzen et al. 1990: x and y are d-separated by z exactly if z separates them in the moral graph of the
        /// ancestral set of all three.
        #[test]
        fn d_separation_is_separation_in_the_moral_ancestral_graph(
            bits in prop::collection::vec(prop::bool::weighted(0.35), 28),
            roles in prop::collection::vec(0_u8..5, N_NODES),
        ) {
            let upwards = (0..N_NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
            let edges = upwards.zip(bits).filter(|(_, bit)| *bit).map(|(edge, _)| edge);
            let dag = Dag::from_edges(Nodes::numbered(N_NODES), edges).expect("edges lead upwards");
            let of = |role: u8| NodeSet::with(N_NODES, (0..N_NODES).filter(|&node| roles[node] == role));
            let (x, y, z) = (of(0), of(1), of(2));

            let mut all = x.clone();
            all.union_with(&y);
            all.union_with(&z);
            let ancestral = dag.ancestral_set(&all);
            let inside = dag.edges().filter(|&(from, to)| ancestral.contains(from) && ancestral.contains(to));
            let moral = Dag::from_edges(Nodes::numbered(N_NODES), inside).expect("a part of a DAG").moral_graph();
            let mut reached = x.clone();
            let mut open: Vec<usize> = x.iter().collect();
            while let Some(node) = open.pop() {
                let next = moral.neighbours(node).iter().filter(|&next| !z.contains(next));
                open.extend(next.filter(|&next| reached.insert(next)));
            }
            let expected = reached.is_disjoint(&y);

            prop_assert_eq!(dag.d_separated(&x, &y, &z).expect("disjoint"), expected);
            prop_assert_eq!(dag.d_separated(&y, &x, &z).expect("disjoint"), expected);
            prop_assert_eq!(dag.d_connected_to(&x, &z).expect("disjoint").is_disjoint(&y), expected);
            prop_assert_eq!(dag.cpdag().d_separated(&x, &y, &z).expect("disjoint"), expected);
        }
    }
}
