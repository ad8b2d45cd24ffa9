//! DAGs with the edges and the colliders of a partially directed graph.

use std::collections::BinaryHeap;

use crate::meek::close;
use crate::{Dag, Error, NodeSet, Pdag, Result};

impl Pdag {
    /// A DAG with the same adjacencies, the same colliders, and every directed edge as it is.
    ///
    /// Sinks are taken away one after the other, the greatest first of those that can be: nodes without children whose
    /// undirected neighbours are joined to all that is joined to the node. Undirected edges lead to the sink.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] if there is no such DAG, with the nodes of which none is a sink.
    ///
    /// # Complexity
    ///
    /// O((n + m) n / 64): a node that is no sink yet waits for one of two nodes to go, and its neighbours are looked
    /// through once.
    ///
    /// # Reference
    ///
    /// D. Dor, M. Tarsi, "A simple algorithm to construct a consistent extension of a partially oriented graph", UCLA
    /// technical report R-185, 1992.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// let path = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)])?;
    /// assert_eq!(path.consistent_extension()?.edges().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    ///
    /// // A square without diagonals: a cycle or a collider is unavoidable.
    /// let square = Pdag::from_edges(Nodes::numbered(4), [], [(0, 1), (1, 2), (2, 3), (3, 0)])?;
    /// assert!(square.consistent_extension().is_err());
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn consistent_extension(&self) -> Result<Dag> {
        let mut sinks = Sinks::new(self);
        let mut extension = self.clone();
        while let Some(sink) = sinks.pop() {
            for neighbour in self.neighbours(sink).iter() {
                if sinks.is_left.contains(neighbour) {
                    extension.direct(neighbour, sink);
                }
            }
            sinks.take_away(sink);
        }
        if sinks.is_left.is_empty() {
            return extension.to_dag();
        }
        Err(Error::NoExtension {
            stuck: sinks
                .is_left
                .iter()
                .map(|node| self.nodes().name(node).to_owned())
                .collect(),
        })
    }

    /// The graph in which every edge is directed that all [consistent extensions](Self::consistent_extension) agree on.
    ///
    /// This is the CPDAG if nothing but colliders is directed, and the maximally oriented PDAG (MPDAG) with background
    /// knowledge.
    ///
    /// # Errors
    ///
    /// [`Error::NoExtension`] if there is no consistent extension.
    ///
    /// # Reference
    ///
    /// C. Meek, "Causal inference and causal explanation with background knowledge", UAI 1995, theorem 4.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::{Nodes, Pdag};
    ///
    /// let known = Pdag::from_edges(Nodes::numbered(3), [(0, 1)], [(1, 2)])?;
    /// assert_eq!(known.maximally_oriented()?.n_edges(), 2);
    /// assert!(known.maximally_oriented()?.has_directed(1, 2));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn maximally_oriented(&self) -> Result<Self> {
        Ok(self.oriented_with(&self.consistent_extension()?))
    }

    /// [`maximally_oriented`](Self::maximally_oriented), with a consistent extension that is known.
    pub(crate) fn oriented_with(&self, extension: &Dag) -> Self {
        let mut oriented = extension.cpdag();
        let mut known = Vec::new();
        for (from, to) in self.directed_edges() {
            if oriented.has_undirected(from, to) {
                oriented.direct(from, to);
                known.push((from, to));
            }
        }
        // The CPDAG is closed: only what knowledge adds has consequences.
        let adjacent = oriented.adjacency();
        close(&mut oriented, &adjacent, known);
        oriented
    }
}

/// The nodes that are left, and those of them that can be taken away.
struct Sinks<'a> {
    pdag: &'a Pdag,
    is_left: NodeSet,
    /// By node, the node and all that are joined to it.
    surroundings: Vec<NodeSet>,
    /// By node, what is left of the nodes that are joined to it.
    joined: Vec<NodeSet>,
    ready: BinaryHeap<usize>,
    /// By node, what is in its way to be a sink: while both of them are there, it is none.
    obstacles: Vec<Option<(usize, usize)>>,
    /// By node, the nodes whose obstacle it is, or was.
    waiting: Vec<Vec<usize>>,
    /// By node, the undirected neighbours that are still to look at, the next one last.
    unchecked: Vec<Vec<usize>>,
}

impl<'a> Sinks<'a> {
    fn new(pdag: &'a Pdag) -> Self {
        let n_nodes = pdag.n_nodes();
        let joined = pdag.adjacency();
        let mut surroundings = joined.clone();
        for (node, set) in surroundings.iter_mut().enumerate() {
            set.insert(node);
        }
        let mut sinks = Self {
            pdag,
            is_left: NodeSet::full(n_nodes),
            surroundings,
            joined,
            ready: BinaryHeap::new(),
            obstacles: vec![None; n_nodes],
            waiting: vec![Vec::new(); n_nodes],
            unchecked: (0..n_nodes)
                .map(|node| pdag.neighbours(node).iter().collect())
                .collect(),
        };
        for node in 0..n_nodes {
            sinks.place(node);
        }
        sinks
    }

    /// The greatest node that can be taken away.
    fn pop(&mut self) -> Option<usize> {
        self.ready.pop()
    }

    fn take_away(&mut self, sink: usize) {
        self.is_left.remove(sink);
        for node in std::mem::replace(&mut self.joined[sink], NodeSet::new(0)).iter() {
            self.joined[node].remove(sink);
        }
        for node in std::mem::take(&mut self.waiting[sink]) {
            let is_in_the_way = |(a, b)| a == sink || b == sink;
            if self.obstacles[node].is_some_and(is_in_the_way) {
                self.place(node);
            }
        }
    }

    /// Makes a node ready, or has it wait for what is in its way.
    fn place(&mut self, node: usize) {
        self.obstacles[node] = self.obstacle(node);
        match self.obstacles[node] {
            None => self.ready.push(node),
            Some((a, b)) => {
                self.waiting[a].push(node);
                self.waiting[b].push(node);
            }
        }
    }

    /// A child, twice, or an undirected neighbour and another adjacent node that it is not joined to.
    fn obstacle(&mut self, node: usize) -> Option<(usize, usize)> {
        let mut children = self.pdag.children(node).iter();
        if let Some(child) = children.find(|&child| self.is_left.contains(child)) {
            return Some((child, child));
        }
        while let Some(&neighbour) = self.unchecked[node].last() {
            let surroundings = &self.surroundings[neighbour];
            let is_obstacle = self.is_left.contains(neighbour) && !self.joined[node].is_subset(surroundings);
            if is_obstacle {
                let other = self.joined[node]
                    .iter()
                    .find(|&other| !surroundings.contains(other));
                return other.map(|other| (neighbour, other));
            }
            self.unchecked[node].pop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    #[test]
    fn a_cycle_of_directed_edges_has_no_extension() {
        let cycle = Pdag::from_edges(Nodes::numbered(4), [(0, 1), (1, 2), (2, 0)], [(2, 3)]).expect("edges");
        assert!(matches!(
            cycle.consistent_extension(),
            Err(Error::NoExtension { stuck }) if stuck == ["X0", "X1", "X2"]
        ));
    }

    #[test]
    fn a_path_between_two_arrowheads_has_no_extension() {
        let path = Pdag::from_edges(Nodes::numbered(4), [(0, 1), (3, 2)], [(1, 2)]).expect("edges");
        assert!(matches!(
            path.consistent_extension(),
            Err(Error::NoExtension { .. })
        ));
        assert!(matches!(
            path.maximally_oriented(),
            Err(Error::NoExtension { .. })
        ));
    }

    #[test]
    fn undirected_edges_of_a_clique_lead_upwards() {
        let pairs = (0..5).flat_map(|b| (0..b).map(move |a| (a, b)));
        let clique = Pdag::from_edges(Nodes::numbered(5), [], pairs).expect("edges");
        let extension = clique.consistent_extension().expect("a clique can be directed");
        assert!(extension.edges().all(|(from, to)| from < to));
        assert_eq!(extension.n_edges(), 10);
    }
}
