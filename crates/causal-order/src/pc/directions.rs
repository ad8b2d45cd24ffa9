//! Colliders enter the graph; some clash.

use std::collections::{BTreeSet, VecDeque};

use causal_graph::Pdag;

use super::triples::Triple;
use super::{Collider, Conflict, ConflictPolicy};
use crate::{Knowledge, Result};

/// A graph on its way from the skeleton to the result. Its directed edges form no cycle.
pub(super) struct Directions<'a> {
    pub(super) graph: Pdag,
    pub(super) knowledge: Option<&'a Knowledge>,
    /// Edges that two colliders direct both ways and that stay undirected, `(a, b)` with `a < b`.
    pub(super) disputed: BTreeSet<(usize, usize)>,
    pub(super) conflicts: Vec<Conflict>,
}

impl Directions<'_> {
    /// Directs the edges of the colliders, in the order of the policy.
    pub(super) fn apply(&mut self, colliders: &[&Triple], policy: ConflictPolicy) -> Result<()> {
        let mut sorted: Vec<&Triple> = colliders.to_vec();
        match policy {
            ConflictPolicy::Overwrite | ConflictPolicy::Undirected | ConflictPolicy::KeepFirst => {}
            ConflictPolicy::StrongestDependence => {
                sorted.sort_by(|a, b| a.tally.maximal_p_with.total_cmp(&b.tally.maximal_p_with));
            }
            ConflictPolicy::StrongestSeparation => {
                sorted.sort_by(|a, b| b.tally.maximal_p_without.total_cmp(&a.tally.maximal_p_without));
            }
        }
        let agreed: Vec<Collider> = sorted
            .into_iter()
            .map(|triple| triple.nodes)
            .filter(|&collider| self.agrees_with_knowledge(collider))
            .collect();
        match policy {
            ConflictPolicy::Undirected => self.direct_undisputed(&agreed),
            ConflictPolicy::Overwrite => agreed.iter().try_for_each(|&collider| {
                self.note_opposed(collider);
                self.direct(collider)
            }),
            _ => agreed.iter().try_for_each(|&collider| {
                if self.note_opposed(collider) {
                    return Ok(());
                }
                self.direct(collider)
            }),
        }
    }

    fn agrees_with_knowledge(&mut self, collider: Collider) -> bool {
        let Some(knowledge) = self.knowledge else {
            return true;
        };
        let excluded = edges(collider)
            .into_iter()
            .find(|&(from, to)| !knowledge.may_direct(from, to));
        if let Some(edge) = excluded {
            self.conflicts.push(Conflict::AgainstKnowledge { collider, edge });
        }
        excluded.is_none()
    }

    /// Reports the edges of the collider that are directed the other way, and says whether there are any.
    fn note_opposed(&mut self, collider: Collider) -> bool {
        let mut is_opposed = false;
        for edge in edges(collider) {
            if self.graph.has_directed(edge.1, edge.0) {
                self.conflicts.push(Conflict::OpposedColliders { collider, edge });
                is_opposed = true;
            }
        }
        is_opposed
    }

    /// Directs both edges, or none if one would close a cycle.
    fn direct(&mut self, collider: Collider) -> Result<()> {
        let ends = [collider.x, collider.z];
        for edge in edges(collider) {
            // The edges from the middle to the ends are about to be turned.
            if let Some(cycle) = path(&self.graph, collider.middle, edge.0, &ends) {
                self.conflicts.push(Conflict::Cycle { edge, cycle });
                return Ok(());
            }
        }
        for (from, to) in edges(collider) {
            self.graph.orient(from, to)?;
        }
        Ok(())
    }

    /// Directs the edges that colliders direct one way only.
    fn direct_undisputed(&mut self, colliders: &[Collider]) -> Result<()> {
        let mut directed = BTreeSet::new();
        let mut in_order = Vec::new();
        for &collider in colliders {
            for (from, to) in edges(collider) {
                if directed.insert((from, to)) {
                    in_order.push((from, to));
                }
                if directed.contains(&(to, from)) {
                    let edge = (from, to);
                    self.conflicts.push(Conflict::OpposedColliders { collider, edge });
                    self.disputed.insert((from.min(to), from.max(to)));
                }
            }
        }
        for (from, to) in in_order {
            if !self.disputed.contains(&(from.min(to), from.max(to))) {
                self.direct_edge(from, to)?;
            }
        }
        Ok(())
    }

    /// Directs an edge unless it would close a cycle, and says whether it did.
    pub(super) fn direct_edge(&mut self, from: usize, to: usize) -> Result<bool> {
        if let Some(cycle) = path(&self.graph, to, from, &[]) {
            let edge = (from, to);
            self.conflicts.push(Conflict::Cycle { edge, cycle });
            return Ok(false);
        }
        self.graph.orient(from, to)?;
        Ok(true)
    }
}

fn edges(Collider { x, middle, z }: Collider) -> [(usize, usize); 2] {
    [(x, middle), (z, middle)]
}

/// The nodes of a shortest directed path between two nodes, if there is one; `skipped` are children of the first node that
/// it does not start with.
fn path(graph: &Pdag, from: usize, to: usize, skipped: &[usize]) -> Option<Vec<usize>> {
    let mut came_from = vec![usize::MAX; graph.n_nodes()];
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for child in graph.children(node).iter() {
            let is_skipped = node == from && skipped.contains(&child);
            if is_skipped || child == from || came_from[child] != usize::MAX {
                continue;
            }
            came_from[child] = node;
            if child == to {
                let mut nodes = vec![to];
                while *nodes.last()? != from {
                    nodes.push(came_from[*nodes.last()?]);
                }
                nodes.reverse();
                return Some(nodes);
            }
            queue.push_back(child);
        }
    }
    None
}
