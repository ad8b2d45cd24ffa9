//! Paths that are directed in some of the DAGs that a partially directed graph stands for.

use crate::{NodeSet, Pdag};

/// A maximally oriented graph, ready for searches along its possible paths.
///
/// A path is possibly directed if no edge between two of its nodes leads back. If it is unshielded, that is, no two of its
/// nodes with one between them are joined, it suffices that none of its own edges does, and all that a possibly
/// directed path reaches an unshielded one reaches too, through some of its nodes (Perković, Kalisch, Maathuis 2017,
/// lemmas 3.5 and 3.6). So the searches follow unshielded paths: from edge to edge, not from node to node.
pub(super) struct PossiblePaths {
    /// By node, the node and all that are joined to it.
    surroundings: Vec<NodeSet>,
    /// By node, where an edge that is not directed into it leads.
    forwards: Vec<NodeSet>,
    /// By node, where an edge that is not directed out of it comes from.
    backwards: Vec<NodeSet>,
}

impl PossiblePaths {
    pub(super) fn of(oriented: &Pdag) -> Self {
        let with_neighbours = |set: fn(&Pdag, usize) -> &NodeSet| {
            let of = |node| {
                let mut joined = set(oriented, node).clone();
                joined.union_with(oriented.neighbours(node));
                joined
            };
            (0..oriented.n_nodes()).map(of).collect()
        };
        let mut surroundings = oriented.adjacency();
        for (node, set) in surroundings.iter_mut().enumerate() {
            set.insert(node);
        }
        Self {
            surroundings,
            forwards: with_neighbours(Pdag::children),
            backwards: with_neighbours(Pdag::parents),
        }
    }

    /// The nodes of `from`, and those to which an unshielded possible path leads from one of them, all nodes behind the
    /// first outside `avoided`.
    pub(super) fn descendants(&self, from: &NodeSet, avoided: &NodeSet) -> NodeSet {
        reach(&self.forwards, &self.surroundings, from, avoided)
    }

    /// The nodes of `to`, and those from which an unshielded possible path leads to one of them, all nodes before the
    /// last outside `avoided`.
    pub(super) fn ancestors(&self, to: &NodeSet, avoided: &NodeSet) -> NodeSet {
        reach(&self.backwards, &self.surroundings, to, avoided)
    }
}

fn reach(steps: &[NodeSet], surroundings: &[NodeSet], from: &NodeSet, avoided: &NodeSet) -> NodeSet {
    let n_nodes = steps.len();
    let mut reached = from.clone();
    // By node, the nodes that a path came to it from.
    let mut came_from = vec![NodeSet::new(n_nodes); n_nodes];
    let mut open = Vec::new();
    for first in from.iter() {
        for second in steps[first].iter().filter(|&second| !avoided.contains(second)) {
            came_from[second].insert(first);
            open.push((first, second));
        }
    }
    while let Some((before, node)) = open.pop() {
        reached.insert(node);
        if steps[node].is_subset(&surroundings[before]) {
            continue;
        }
        for next in steps[node].iter() {
            let is_unshielded = !surroundings[before].contains(next);
            if is_unshielded && !avoided.contains(next) && came_from[next].insert(node) {
                open.push((node, next));
            }
        }
    }
    reached
}
