//! How often edges were found.

use causal_graph::{Dag, Nodes, Pdag};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How often each edge was found in a number of graphs.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, Pdag};
/// use causal_order::EdgeFrequencies;
///
/// let nodes = Nodes::numbered(2);
/// let mut frequencies = EdgeFrequencies::new(nodes.clone());
/// frequencies.count(&Pdag::from_edges(nodes.clone(), [(0, 1)], [])?);
/// frequencies.count(&Pdag::from_edges(nodes.clone(), [(0, 1)], [])?);
/// frequencies.count(&Pdag::from_edges(nodes.clone(), [], [(0, 1)])?);
/// frequencies.count(&Pdag::empty(nodes));
/// assert_eq!((frequencies.directed(0, 1), frequencies.undirected(0, 1)), (0.5, 0.25));
/// assert_eq!(frequencies.adjacent(1, 0), 0.75);
/// assert!(frequencies.majority(0.5)?.has_directed(0, 1));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Counts", into = "Counts")]
pub struct EdgeFrequencies {
    counts: Counts,
}

/// How serde writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    nodes: Nodes,
    n_graphs: u64,
    n_failed: u64,
    /// From the node of the row to that of the column.
    directed: Vec<u64>,
    /// Symmetric.
    undirected: Vec<u64>,
}

/// A DAG of frequent edges, and what it could not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AveragedDag {
    /// The DAG.
    pub dag: Dag,
    /// Edges that would have closed a cycle with more frequent ones, most frequent first.
    pub left_out: Vec<(usize, usize)>,
}

impl EdgeFrequencies {
    /// No graph is counted yet.
    pub fn new(nodes: Nodes) -> Self {
        let zeros = vec![0; nodes.len() * nodes.len()];
        Self {
            counts: Counts {
                nodes,
                n_graphs: 0,
                n_failed: 0,
                directed: zeros.clone(),
                undirected: zeros,
            },
        }
    }

    /// Counts a graph over the same nodes.
    pub fn count(&mut self, graph: &Pdag) {
        let n = self.counts.nodes.len();
        for (from, to) in graph.directed_edges() {
            self.counts.directed[from * n + to] += 1;
        }
        for (a, b) in graph.undirected_edges() {
            self.counts.undirected[a * n + b] += 1;
            self.counts.undirected[b * n + a] += 1;
        }
        self.counts.n_graphs += 1;
    }

    pub(super) fn with_failed(mut self, n_failed: u64) -> Self {
        self.counts.n_failed = n_failed;
        self
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.counts.nodes
    }

    /// The number of graphs that were counted.
    pub fn n_graphs(&self) -> u64 {
        self.counts.n_graphs
    }

    /// The number of resamples that gave no graph.
    pub fn n_failed(&self) -> u64 {
        self.counts.n_failed
    }

    /// The share of graphs with an edge from `from` to `to`.
    pub fn directed(&self, from: usize, to: usize) -> f64 {
        self.share(self.counts.directed[self.place(from, to)])
    }

    /// The share of graphs with an undirected edge between `a` and `b`.
    pub fn undirected(&self, a: usize, b: usize) -> f64 {
        self.share(self.counts.undirected[self.place(a, b)])
    }

    /// The share of graphs in which `a` and `b` are joined in any way.
    pub fn adjacent(&self, a: usize, b: usize) -> f64 {
        self.share(self.n_adjacent(a, b))
    }

    /// The share of the edges between the two that point from `from` to `to`, an undirected one half; 0 without edges.
    pub fn direction(&self, from: usize, to: usize) -> f64 {
        match self.n_adjacent(from, to) {
            0 => 0.0,
            n => self.n_half_edges(from, to) as f64 / (2 * n) as f64,
        }
    }

    /// The graph of the pairs that are joined in a share of at least `threshold` of the graphs, each by the most frequent
    /// of its three edges; undirected if two are most frequent. Its directed edges may form a cycle.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for a threshold that is not above 0 and at most 1.
    pub fn majority(&self, threshold: f64) -> Result<Pdag> {
        let n = self.counts.nodes.len();
        let mut graph = Pdag::empty(self.counts.nodes.clone());
        for (a, b) in self.frequent(threshold)? {
            let there = self.counts.directed[a * n + b];
            let back = self.counts.directed[b * n + a];
            let neither = self.counts.undirected[a * n + b];
            if there > back.max(neither) {
                graph.add_directed(a, b)?;
            } else if back > there.max(neither) {
                graph.add_directed(b, a)?;
            } else {
                graph.add_undirected(a, b)?;
            }
        }
        Ok(graph)
    }

    /// A DAG of the pairs that are joined in a share of at least `threshold` of the graphs: most frequent pairs first, each
    /// in its more frequent [direction](Self::direction), from the lesser node if there is none, and left out if that
    /// closes a cycle.
    ///
    /// # Errors
    ///
    /// Those of [`majority`](Self::majority).
    ///
    /// # Reference
    ///
    /// Scutari, Nagarajan, *Identifying significant edges in graphical models of molecular networks*, 2013,
    /// doi:10.1016/j.artmed.2012.12.006.
    pub fn averaged_dag(&self, threshold: f64) -> Result<AveragedDag> {
        let mut pairs = self.frequent(threshold)?;
        // A stable sort: pairs of one frequency stay in ascending order.
        pairs.sort_by_key(|&(a, b)| std::cmp::Reverse(self.n_adjacent(a, b)));
        let mut dag = Dag::empty(self.counts.nodes.clone());
        let mut left_out = Vec::new();
        for (a, b) in pairs {
            let is_back = self.n_half_edges(b, a) > self.n_half_edges(a, b);
            let (from, to) = if is_back { (b, a) } else { (a, b) };
            if dag.is_ancestor(to, from) {
                left_out.push((from, to));
            } else {
                dag.add_edge(from, to)?;
            }
        }
        Ok(AveragedDag { dag, left_out })
    }

    fn frequent(&self, threshold: f64) -> Result<Vec<(usize, usize)>> {
        if !(threshold > 0.0 && threshold <= 1.0) {
            return Err(Error::Parameter {
                name: "threshold",
                value: threshold,
                expected: "above 0, at most 1",
            });
        }
        let n = self.counts.nodes.len();
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        Ok(pairs.filter(|&(a, b)| self.adjacent(a, b) >= threshold).collect())
    }

    fn n_adjacent(&self, a: usize, b: usize) -> u64 {
        let (there, back) = (self.place(a, b), self.place(b, a));
        self.counts.directed[there] + self.counts.directed[back] + self.counts.undirected[there]
    }

    fn n_half_edges(&self, from: usize, to: usize) -> u64 {
        let place = self.place(from, to);
        2 * self.counts.directed[place] + self.counts.undirected[place]
    }

    fn place(&self, row: usize, column: usize) -> usize {
        row * self.counts.nodes.len() + column
    }

    fn share(&self, count: u64) -> f64 {
        if self.counts.n_graphs == 0 {
            return 0.0;
        }
        count as f64 / self.counts.n_graphs as f64
    }
}

impl TryFrom<Counts> for EdgeFrequencies {
    type Error = Error;

    fn try_from(counts: Counts) -> Result<Self> {
        super::orders::check_size(&counts.nodes, counts.directed.len())?;
        super::orders::check_size(&counts.nodes, counts.undirected.len())?;
        Ok(Self { counts })
    }
}

impl From<EdgeFrequencies> for Counts {
    fn from(frequencies: EdgeFrequencies) -> Self {
        frequencies.counts
    }
}
