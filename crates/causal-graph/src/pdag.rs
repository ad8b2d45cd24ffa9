//! Partially directed graphs.

use serde::{Deserialize, Serialize};

use crate::dag::{directed_cycle, topological_order};
use crate::{Dag, Error, NodeSet, Nodes, Result};

/// A graph of directed and undirected edges, at most one between two nodes.
///
/// This is the form of a CPDAG, of what a search has oriented so far, and of the answers of an expert. Its directed
/// edges may form a cycle: [`directed_cycle`](Self::directed_cycle) says so, [`to_dag`](Self::to_dag) refuses it.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, Pdag};
///
/// let mut pdag = Pdag::from_edges(Nodes::numbered(3), [(0, 1)], [(1, 2)])?;
/// assert!(pdag.is_adjacent(2, 1));
/// pdag.orient(1, 2)?;
/// assert_eq!(pdag.to_dag()?.topological_order(), [0, 1, 2]);
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EdgeLists", into = "EdgeLists")]
pub struct Pdag {
    nodes: Nodes,
    parents: Vec<NodeSet>,
    children: Vec<NodeSet>,
    neighbours: Vec<NodeSet>,
}

/// How serde writes a graph: its nodes and its edges by name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EdgeLists {
    nodes: Nodes,
    directed: Vec<(String, String)>,
    undirected: Vec<(String, String)>,
}

impl Pdag {
    /// The graph without edges.
    pub fn empty(nodes: Nodes) -> Self {
        let none = vec![NodeSet::new(nodes.len()); nodes.len()];
        Self {
            nodes,
            parents: none.clone(),
            children: none.clone(),
            neighbours: none,
        }
    }

    /// The graph of these edges, the directed ones from their first node to their second.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::SelfLoop`], or [`Error::RepeatedEdge`] if two nodes are joined twice.
    pub fn from_edges(
        nodes: Nodes,
        directed: impl IntoIterator<Item = (usize, usize)>,
        undirected: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self> {
        let mut pdag = Self::empty(nodes);
        for (from, to) in directed {
            pdag.add_directed(from, to)?;
        }
        for (a, b) in undirected {
            pdag.add_undirected(a, b)?;
        }
        Ok(pdag)
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The number of edges of both kinds.
    pub fn n_edges(&self) -> usize {
        self.parents.iter().map(NodeSet::len).sum::<usize>()
            + self.neighbours.iter().map(NodeSet::len).sum::<usize>() / 2
    }

    /// The nodes with a directed edge to `node`.
    pub fn parents(&self, node: usize) -> &NodeSet {
        &self.parents[node]
    }

    /// The nodes with a directed edge from `node`.
    pub fn children(&self, node: usize) -> &NodeSet {
        &self.children[node]
    }

    /// The nodes with an undirected edge to `node`.
    pub fn neighbours(&self, node: usize) -> &NodeSet {
        &self.neighbours[node]
    }

    /// The nodes joined to `node` by an edge of either kind.
    pub fn adjacent(&self, node: usize) -> NodeSet {
        let mut adjacent = self.parents[node].clone();
        adjacent.union_with(&self.children[node]);
        adjacent.union_with(&self.neighbours[node]);
        adjacent
    }

    /// Whether there is a directed edge from `from` to `to`.
    pub fn has_directed(&self, from: usize, to: usize) -> bool {
        self.children
            .get(from)
            .is_some_and(|children| children.contains(to))
    }

    /// Whether there is an undirected edge between `a` and `b`.
    pub fn has_undirected(&self, a: usize, b: usize) -> bool {
        self.neighbours
            .get(a)
            .is_some_and(|neighbours| neighbours.contains(b))
    }

    /// Whether two nodes are joined by an edge of either kind.
    pub fn is_adjacent(&self, a: usize, b: usize) -> bool {
        self.has_directed(a, b) || self.has_directed(b, a) || self.has_undirected(a, b)
    }

    /// The directed edges `(from, to)` in ascending order.
    pub fn directed_edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.children
            .iter()
            .enumerate()
            .flat_map(|(from, children)| children.iter().map(move |to| (from, to)))
    }

    /// The undirected edges `(a, b)` with `a < b` in ascending order.
    pub fn undirected_edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.neighbours
            .iter()
            .enumerate()
            .flat_map(|(a, neighbours)| neighbours.iter().filter(move |&b| a < b).map(move |b| (a, b)))
    }

    /// Adds a directed edge.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::SelfLoop`], or [`Error::RepeatedEdge`] if the nodes are joined already.
    pub fn add_directed(&mut self, from: usize, to: usize) -> Result<()> {
        self.check_new(from, to)?;
        self.children[from].insert(to);
        self.parents[to].insert(from);
        Ok(())
    }

    /// Adds an undirected edge.
    ///
    /// # Errors
    ///
    /// Those of [`add_directed`](Self::add_directed).
    pub fn add_undirected(&mut self, a: usize, b: usize) -> Result<()> {
        self.check_new(a, b)?;
        self.neighbours[a].insert(b);
        self.neighbours[b].insert(a);
        Ok(())
    }

    /// Takes the edge between two nodes out, whatever its kind, and says whether there was one.
    pub fn remove(&mut self, a: usize, b: usize) -> bool {
        if !self.is_adjacent(a, b) {
            return false;
        }
        for (from, to) in [(a, b), (b, a)] {
            self.children[from].remove(to);
            self.parents[to].remove(from);
            self.neighbours[from].remove(to);
        }
        true
    }

    /// Directs the edge between two nodes from `from` to `to`, whatever it was; joins them if they were not.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::SelfLoop`].
    pub fn orient(&mut self, from: usize, to: usize) -> Result<()> {
        self.remove(from, to);
        self.add_directed(from, to)
    }

    /// One cycle of directed edges, its nodes along the edges, if there is one.
    pub fn directed_cycle(&self) -> Option<Vec<usize>> {
        directed_cycle(&self.parents)
    }

    /// An order in which every node comes after its parents, by the directed edges alone, if there is one: of all
    /// nodes that could come next, the least.
    pub fn topological_order(&self) -> Option<Vec<usize>> {
        let order = topological_order(&self.parents, &self.children);
        (order.len() == self.n_nodes()).then_some(order)
    }

    /// The graph with every edge undirected.
    #[must_use]
    pub fn skeleton(&self) -> Self {
        let mut skeleton = Self::empty(self.nodes.clone());
        for node in 0..self.n_nodes() {
            skeleton.neighbours[node] = self.adjacent(node);
        }
        skeleton
    }

    /// The same graph as a DAG, if every edge is directed.
    ///
    /// # Errors
    ///
    /// [`Error::Undirected`] if an edge is not, [`Error::Cycle`] if there is a directed cycle.
    pub fn to_dag(&self) -> Result<Dag> {
        if let Some((a, b)) = self.undirected_edges().next() {
            return Err(Error::Undirected {
                a: self.nodes.name(a).to_owned(),
                b: self.nodes.name(b).to_owned(),
            });
        }
        Dag::from_edges(self.nodes.clone(), self.directed_edges())
    }

    /// Directs an undirected edge that is known to be there.
    pub(crate) fn direct(&mut self, from: usize, to: usize) {
        self.neighbours[from].remove(to);
        self.neighbours[to].remove(from);
        self.children[from].insert(to);
        self.parents[to].insert(from);
    }

    /// Takes the direction from an edge that is known to be directed.
    pub(crate) fn undirect(&mut self, from: usize, to: usize) {
        self.children[from].remove(to);
        self.parents[to].remove(from);
        self.neighbours[from].insert(to);
        self.neighbours[to].insert(from);
    }

    /// The nodes joined to each node.
    pub(crate) fn adjacency(&self) -> Vec<NodeSet> {
        (0..self.n_nodes()).map(|node| self.adjacent(node)).collect()
    }

    fn check_new(&self, a: usize, b: usize) -> Result<()> {
        self.nodes.check(a)?;
        self.nodes.check(b)?;
        let name = |node: usize| self.nodes.name(node).to_owned();
        if a == b {
            return Err(Error::SelfLoop { node: name(a) });
        }
        if self.is_adjacent(a, b) {
            return Err(Error::RepeatedEdge {
                a: name(a),
                b: name(b),
            });
        }
        Ok(())
    }
}

impl From<&Dag> for Pdag {
    fn from(dag: &Dag) -> Self {
        let n_nodes = dag.n_nodes();
        Self {
            nodes: dag.nodes().clone(),
            parents: (0..n_nodes).map(|node| dag.parents(node).clone()).collect(),
            children: (0..n_nodes).map(|node| dag.children(node).clone()).collect(),
            neighbours: vec![NodeSet::new(n_nodes); n_nodes],
        }
    }
}

impl TryFrom<EdgeLists> for Pdag {
    type Error = Error;

    fn try_from(lists: EdgeLists) -> Result<Self> {
        let by_index = |edges: &[(String, String)]| -> Result<Vec<(usize, usize)>> {
            edges
                .iter()
                .map(|(a, b)| Ok((lists.nodes.index(a)?, lists.nodes.index(b)?)))
                .collect()
        };
        let (directed, undirected) = (by_index(&lists.directed)?, by_index(&lists.undirected)?);
        Self::from_edges(lists.nodes, directed, undirected)
    }
}

impl From<Pdag> for EdgeLists {
    fn from(pdag: Pdag) -> Self {
        let named = |(a, b): (usize, usize)| (pdag.nodes.name(a).to_owned(), pdag.nodes.name(b).to_owned());
        Self {
            directed: pdag.directed_edges().map(named).collect(),
            undirected: pdag.undirected_edges().map(named).collect(),
            nodes: pdag.nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const N_NODES: usize = 8;

    proptest! {
        /// Whatever is done to a graph, it has at most one edge between two nodes, and both ends know it.
        #[test]
        fn both_ends_of_an_edge_agree(steps in prop::collection::vec((0_u8..4, 0..N_NODES, 0..N_NODES), 0..60)) {
            let mut pdag = Pdag::empty(Nodes::numbered(N_NODES));
            for (step, a, b) in steps {
                let was_adjacent = pdag.is_adjacent(a, b);
                match step {
                    0 => prop_assert_eq!(pdag.add_directed(a, b).is_ok(), !was_adjacent && a != b),
                    1 => prop_assert_eq!(pdag.add_undirected(a, b).is_ok(), !was_adjacent && a != b),
                    2 => prop_assert_eq!(pdag.orient(a, b).is_ok(), a != b),
                    _ => prop_assert_eq!(pdag.remove(a, b), was_adjacent),
                }
            }
            for a in 0..N_NODES {
                for b in 0..N_NODES {
                    prop_assert_eq!(pdag.parents(b).contains(a), pdag.has_directed(a, b));
                    prop_assert_eq!(pdag.has_undirected(a, b), pdag.has_undirected(b, a));
                    let kinds = [pdag.has_directed(a, b), pdag.has_directed(b, a), pdag.has_undirected(a, b)];
                    prop_assert!(kinds.iter().filter(|&&is_kind| is_kind).count() <= usize::from(a != b));
                    prop_assert_eq!(pdag.adjacent(a).contains(b), pdag.is_adjacent(a, b));
                }
            }
            let n_edges = pdag.directed_edges().count() + pdag.undirected_edges().count();
            prop_assert_eq!(pdag.n_edges(), n_edges);
            prop_assert_eq!(pdag.skeleton().n_edges(), n_edges);
            prop_assert_eq!(pdag.skeleton().directed_edges().count(), 0);
            prop_assert_eq!(pdag.directed_cycle().is_some(), pdag.topological_order().is_none());
            let again = Pdag::from_edges(pdag.nodes().clone(), pdag.directed_edges(), pdag.undirected_edges())?;
            prop_assert_eq!(&again, &pdag);
            let text = serde_json::to_string(&pdag).expect("names and edges");
            prop_assert_eq!(&serde_json::from_str::<Pdag>(&text).expect("as written"), &pdag);
        }
    }

    #[test]
    fn a_graph_with_undirected_edges_or_a_cycle_is_no_dag() -> Result<()> {
        let mut pdag = Pdag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)], [(0, 2)])?;
        assert!(
            matches!(pdag.to_dag(), Err(Error::Undirected { a, b }) if (a.as_str(), b.as_str()) == ("X0", "X2"))
        );
        pdag.orient(2, 0)?;
        assert!(matches!(pdag.to_dag(), Err(Error::Cycle { .. })));
        assert_eq!(pdag.directed_cycle().map(|cycle| cycle.len()), Some(3));
        pdag.orient(0, 2)?;
        let dag = pdag.to_dag()?;
        assert_eq!(Pdag::from(&dag), pdag);
        Ok(())
    }

    #[test]
    fn edges_that_are_none_are_errors() {
        let mut pdag = Pdag::empty(Nodes::numbered(2));
        assert!(matches!(
            pdag.add_directed(0, 2),
            Err(Error::NodeOutOfRange { index: 2, n_nodes: 2 })
        ));
        assert!(matches!(
            pdag.orient(5, 0),
            Err(Error::NodeOutOfRange { index: 5, n_nodes: 2 })
        ));
        assert!(matches!(pdag.add_undirected(1, 1), Err(Error::SelfLoop { .. })));
        assert!(pdag.add_undirected(1, 0).is_ok());
        assert!(matches!(pdag.add_directed(0, 1), Err(Error::RepeatedEdge { .. })));
        assert!(!pdag.remove(0, 9));
    }
}
