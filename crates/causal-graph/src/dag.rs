//! Directed acyclic graphs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::DiGraph;
use serde::{Deserialize, Serialize};

use crate::{Error, NodeSet, Nodes, Result};

/// A directed acyclic graph over named nodes.
///
/// It is acyclic whenever it can be seen: an edge that would close a cycle is refused.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
///
/// let nodes = Nodes::new(["smoke", "lung", "dysp"])?;
/// let dag = Dag::from_names(nodes, [("smoke", "lung"), ("lung", "dysp")])?;
/// assert_eq!(dag.topological_order(), [0, 1, 2]);
/// assert_eq!(dag.ancestors(2).iter().collect::<Vec<_>>(), [0, 1]);
///
/// let cycle = Dag::from_edges(Nodes::numbered(2), [(0, 1), (1, 0)]);
/// assert!(cycle.is_err());
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EdgeList", into = "EdgeList")]
pub struct Dag {
    nodes: Nodes,
    parents: Vec<NodeSet>,
    children: Vec<NodeSet>,
}

/// How serde writes a graph: its nodes and its edges by name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EdgeList {
    nodes: Nodes,
    edges: Vec<(String, String)>,
}

impl Dag {
    /// The graph without edges.
    pub fn empty(nodes: Nodes) -> Self {
        let n_nodes = nodes.len();
        Self {
            nodes,
            parents: vec![NodeSet::new(n_nodes); n_nodes],
            children: vec![NodeSet::new(n_nodes); n_nodes],
        }
    }

    /// The graph of these edges, each from its first node to its second.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::SelfLoop`], [`Error::RepeatedEdge`] if an edge is given twice, and
    /// [`Error::Cycle`] with one cycle if there is one.
    ///
    /// # Complexity
    ///
    /// O(n² / 64 + m).
    pub fn from_edges(nodes: Nodes, edges: impl IntoIterator<Item = (usize, usize)>) -> Result<Self> {
        let mut dag = Self::empty(nodes);
        for (from, to) in edges {
            dag.check_edge(from, to)?;
            if dag.has_edge(from, to) {
                return Err(Error::RepeatedEdge {
                    a: dag.nodes.name(from).to_owned(),
                    b: dag.nodes.name(to).to_owned(),
                });
            }
            dag.join(from, to);
        }
        match directed_cycle(&dag.parents) {
            None => Ok(dag),
            Some(cycle) => Err(dag.cycle_error(&cycle)),
        }
    }

    /// [`from_edges`](Self::from_edges) with names.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownNode`], and those of [`from_edges`](Self::from_edges).
    pub fn from_names<'a>(nodes: Nodes, edges: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let edges: Vec<_> = edges
            .into_iter()
            .map(|(from, to)| Ok((nodes.index(from)?, nodes.index(to)?)))
            .collect::<Result<_>>()?;
        Self::from_edges(nodes, edges)
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The number of edges.
    pub fn n_edges(&self) -> usize {
        self.parents.iter().map(NodeSet::len).sum()
    }

    /// The nodes with an edge to `node`, which is below [`n_nodes`](Self::n_nodes).
    pub fn parents(&self, node: usize) -> &NodeSet {
        &self.parents[node]
    }

    /// The nodes with an edge from `node`, which is below [`n_nodes`](Self::n_nodes).
    pub fn children(&self, node: usize) -> &NodeSet {
        &self.children[node]
    }

    /// Whether there is an edge from `from` to `to`.
    pub fn has_edge(&self, from: usize, to: usize) -> bool {
        self.children
            .get(from)
            .is_some_and(|children| children.contains(to))
    }

    /// Whether two nodes are joined, in either direction.
    pub fn is_adjacent(&self, a: usize, b: usize) -> bool {
        self.has_edge(a, b) || self.has_edge(b, a)
    }

    /// The edges `(from, to)` in ascending order.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.children
            .iter()
            .enumerate()
            .flat_map(|(from, children)| children.iter().map(move |to| (from, to)))
    }

    /// Adds an edge; one that is there already is no error.
    ///
    /// # Errors
    ///
    /// [`Error::NodeOutOfRange`], [`Error::SelfLoop`], or [`Error::Cycle`] if `to` is an ancestor of `from`.
    #[allow(clippy::missing_panics_doc, reason = "the cycle that is looked for is there")]
    pub fn add_edge(&mut self, from: usize, to: usize) -> Result<()> {
        self.check_edge(from, to)?;
        if self.is_ancestor(to, from) {
            let mut parents = self.parents.clone();
            parents[to].insert(from);
            let cycle = directed_cycle(&parents).expect("the edge closes a cycle");
            return Err(self.cycle_error(&cycle));
        }
        self.join(from, to);
        Ok(())
    }

    /// Takes an edge out, and says whether it was there.
    pub fn remove_edge(&mut self, from: usize, to: usize) -> bool {
        let was_there = self.has_edge(from, to);
        if was_there {
            self.children[from].remove(to);
            self.parents[to].remove(from);
        }
        was_there
    }

    /// An order in which every node comes after its parents: of all nodes that could come next, the least.
    ///
    /// # Complexity
    ///
    /// O((n + m) log n).
    pub fn topological_order(&self) -> Vec<usize> {
        topological_order(&self.parents, &self.children)
    }

    /// The nodes with a directed path to `node`, without the node itself.
    pub fn ancestors(&self, node: usize) -> NodeSet {
        reach(&self.parents, node)
    }

    /// The nodes with a directed path from `node`, without the node itself.
    pub fn descendants(&self, node: usize) -> NodeSet {
        reach(&self.children, node)
    }

    /// Whether there is a directed path of at least one edge from `ancestor` to `node`.
    pub fn is_ancestor(&self, ancestor: usize, node: usize) -> bool {
        self.ancestors(node).contains(ancestor)
    }

    /// The same graph in petgraph's form: node weights are the names, node indices are the same.
    pub fn to_petgraph(&self) -> DiGraph<String, ()> {
        let mut graph = DiGraph::with_capacity(self.n_nodes(), self.n_edges());
        let indices: Vec<_> = self
            .nodes
            .names()
            .iter()
            .map(|name| graph.add_node(name.clone()))
            .collect();
        for (from, to) in self.edges() {
            graph.add_edge(indices[from], indices[to], ());
        }
        graph
    }

    /// The graph of a petgraph graph whose node weights are the names.
    ///
    /// # Errors
    ///
    /// Those of [`Nodes::new`] and [`from_edges`](Self::from_edges).
    pub fn from_petgraph<E>(graph: &DiGraph<String, E>) -> Result<Self> {
        use petgraph::visit::EdgeRef as _;

        let nodes = Nodes::new(graph.node_weights().cloned())?;
        Self::from_edges(
            nodes,
            graph
                .edge_references()
                .map(|edge| (edge.source().index(), edge.target().index())),
        )
    }

    fn check_edge(&self, from: usize, to: usize) -> Result<()> {
        self.nodes.check(from)?;
        self.nodes.check(to)?;
        if from == to {
            return Err(Error::SelfLoop {
                node: self.nodes.name(from).to_owned(),
            });
        }
        Ok(())
    }

    fn join(&mut self, from: usize, to: usize) {
        self.children[from].insert(to);
        self.parents[to].insert(from);
    }

    fn cycle_error(&self, cycle: &[usize]) -> Error {
        Error::Cycle {
            cycle: cycle
                .iter()
                .map(|&node| self.nodes.name(node).to_owned())
                .collect(),
        }
    }
}

/// Kahn's order, the least node first among those that could come next; shorter than all nodes if there is a cycle.
pub(crate) fn topological_order(parents: &[NodeSet], children: &[NodeSet]) -> Vec<usize> {
    let mut n_waiting: Vec<usize> = parents.iter().map(NodeSet::len).collect();
    let mut ready: BinaryHeap<Reverse<usize>> = (0..parents.len())
        .filter(|&node| n_waiting[node] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::with_capacity(parents.len());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for child in children[node].iter() {
            n_waiting[child] -= 1;
            if n_waiting[child] == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    order
}

/// The nodes of one directed cycle along its edges, the least first, if there is one.
pub(crate) fn directed_cycle(parents: &[NodeSet]) -> Option<Vec<usize>> {
    let n_nodes = parents.len();
    // Whoever is left after taking away all nodes without parents among the rest has a parent that is left.
    let mut children = vec![Vec::new(); n_nodes];
    for (child, set) in parents.iter().enumerate() {
        for parent in set.iter() {
            children[parent].push(child);
        }
    }
    let mut n_waiting: Vec<usize> = parents.iter().map(NodeSet::len).collect();
    let mut ready: Vec<usize> = (0..n_nodes).filter(|&node| n_waiting[node] == 0).collect();
    let mut is_left = vec![true; n_nodes];
    while let Some(node) = ready.pop() {
        is_left[node] = false;
        for &child in &children[node] {
            n_waiting[child] -= 1;
            if n_waiting[child] == 0 {
                ready.push(child);
            }
        }
    }
    let start = is_left.iter().position(|&left| left)?;
    let mut seen_at = vec![usize::MAX; n_nodes];
    let mut walk = Vec::new();
    let mut node = start;
    while seen_at[node] == usize::MAX {
        seen_at[node] = walk.len();
        walk.push(node);
        node = parents[node]
            .iter()
            .find(|&parent| is_left[parent])
            .expect("a node that is left has a parent that is");
    }
    let mut cycle = walk.split_off(seen_at[node]);
    cycle.reverse();
    let least = (0..cycle.len()).min_by_key(|&place| cycle[place])?;
    cycle.rotate_left(least);
    Some(cycle)
}

/// What can be reached from `start` along `neighbours`, by one step or more; `start` only if a cycle leads back.
pub(crate) fn reach(neighbours: &[NodeSet], start: usize) -> NodeSet {
    let mut reached = NodeSet::new(neighbours.len());
    let mut stack: Vec<usize> = neighbours[start].iter().collect();
    while let Some(node) = stack.pop() {
        if reached.insert(node) {
            stack.extend(neighbours[node].iter().filter(|&next| !reached.contains(next)));
        }
    }
    reached
}

impl TryFrom<EdgeList> for Dag {
    type Error = Error;

    fn try_from(list: EdgeList) -> Result<Self> {
        let edges: Vec<_> = list
            .edges
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
            .collect();
        Self::from_names(list.nodes, edges)
    }
}

impl From<Dag> for EdgeList {
    fn from(dag: Dag) -> Self {
        let name = |node: usize| dag.nodes.name(node).to_owned();
        let edges = dag.edges().map(|(from, to)| (name(from), name(to))).collect();
        Self {
            edges,
            nodes: dag.nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const N_NODES: usize = 70;

    proptest! {
        /// Edges in any direction are taken exactly as long as there is no cycle, one by one and all at once.
        #[test]
        fn an_edge_is_refused_exactly_if_it_closes_a_cycle(
            edges in prop::collection::vec((0..N_NODES, 0..N_NODES), 0..120),
        ) {
            let mut dag = Dag::empty(Nodes::numbered(N_NODES));
            for (from, to) in edges {
                let closes_cycle = dag.is_ancestor(to, from);
                match dag.add_edge(from, to) {
                    Ok(()) => prop_assert!(!closes_cycle && from != to && dag.has_edge(from, to)),
                    Err(Error::SelfLoop { .. }) => prop_assert_eq!(from, to),
                    Err(Error::Cycle { cycle }) => {
                        prop_assert!(closes_cycle);
                        let cycle: Vec<usize> = cycle.iter().map(|name| dag.nodes().index(name)).collect::<Result<_>>()?;
                        let mut steps = cycle.iter().zip(cycle.iter().cycle().skip(1));
                        prop_assert!(steps.all(|(&a, &b)| dag.has_edge(a, b) || (a, b) == (from, to)));
                    }
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                }
            }
            let again = Dag::from_edges(dag.nodes().clone(), dag.edges())?;
            prop_assert_eq!(&again, &dag);
            prop_assert_eq!(dag.edges().count(), dag.n_edges());
            let order = dag.topological_order();
            let position = |node| order.iter().position(|&other| other == node);
            prop_assert!(dag.edges().all(|(from, to)| position(from) < position(to)));
        }

        #[test]
        fn ancestors_are_what_descendants_come_from(edges in prop::collection::vec((0..N_NODES, 0..N_NODES), 0..120)) {
            let upwards = edges.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b)));
            let upwards: std::collections::BTreeSet<_> = upwards.collect();
            let dag = Dag::from_edges(Nodes::numbered(N_NODES), upwards)?;
            for a in 0..N_NODES {
                let descendants = dag.descendants(a);
                prop_assert!(!descendants.contains(a));
                for b in 0..N_NODES {
                    prop_assert_eq!(descendants.contains(b), dag.ancestors(b).contains(a));
                }
            }
        }
    }

    #[test]
    fn an_edge_can_be_taken_out_and_turned_around() -> Result<()> {
        let mut dag = Dag::from_edges(Nodes::numbered(3), [(0, 1), (1, 2)])?;
        assert!(dag.remove_edge(0, 1));
        assert!(!dag.remove_edge(0, 1));
        assert!(!dag.remove_edge(7, 1));
        dag.add_edge(1, 0)?;
        dag.add_edge(1, 0)?;
        assert_eq!(dag.edges().collect::<Vec<_>>(), [(1, 0), (1, 2)]);
        assert!(dag.is_adjacent(0, 1) && !dag.is_adjacent(0, 2));
        Ok(())
    }

    #[test]
    fn edges_that_are_none_are_errors() {
        let with = |edges: &[(usize, usize)]| Dag::from_edges(Nodes::numbered(3), edges.iter().copied());
        assert!(matches!(
            with(&[(0, 3)]),
            Err(Error::NodeOutOfRange { index: 3, n_nodes: 3 })
        ));
        assert!(matches!(with(&[(1, 1)]), Err(Error::SelfLoop { node }) if node == "X1"));
        assert!(matches!(with(&[(0, 1), (0, 1)]), Err(Error::RepeatedEdge { .. })));
        assert!(matches!(with(&[(0, 1), (1, 2), (2, 0)]), Err(Error::Cycle { cycle }) if cycle.len() == 3));
        let unknown = Dag::from_names(Nodes::numbered(2), [("X0", "x1")]);
        assert!(matches!(unknown, Err(Error::UnknownNode { name, .. }) if name == "x1"));
    }

    #[test]
    fn petgraph_and_serde_keep_the_graph() -> Result<()> {
        let nodes = Nodes::new(["smoke", "lung", "dysp"])?;
        let dag = Dag::from_names(nodes, [("lung", "dysp"), ("smoke", "lung")])?;
        assert_eq!(Dag::from_petgraph(&dag.to_petgraph())?, dag);
        let text = serde_json::to_string(&dag).expect("names and edges");
        assert_eq!(
            text,
            r#"{"nodes":["smoke","lung","dysp"],"edges":[["smoke","lung"],["lung","dysp"]]}"#
        );
        assert_eq!(serde_json::from_str::<Dag>(&text).expect("as written"), dag);
        let cycle = r#"{"nodes":["a","b"],"edges":[["a","b"],["b","a"]]}"#;
        let error = serde_json::from_str::<Dag>(cycle).expect_err("a cycle");
        assert!(error.to_string().contains("form a cycle"), "{error}");
        Ok(())
    }
}
