//! How often nodes came before others.

use causal_graph::{CausalOrder, Nodes};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How often each node came before each other in a number of orders.
///
/// # Examples
///
/// ```
/// use causal_graph::{CausalOrder, Nodes};
/// use causal_order::OrderFrequencies;
///
/// let nodes = Nodes::numbered(3);
/// let mut frequencies = OrderFrequencies::new(nodes.clone());
/// for sequence in [vec![0, 1, 2], vec![1, 0, 2], vec![1, 2, 0], vec![1, 0, 2]] {
///     frequencies.count(&CausalOrder::new(nodes.clone(), sequence)?);
/// }
/// assert_eq!((frequencies.before(0, 1), frequencies.before(0, 2)), (0.25, 0.75));
/// assert_eq!(frequencies.consensus()?.sequence(), [1, 0, 2]);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Counts", into = "Counts")]
pub struct OrderFrequencies {
    counts: Counts,
}

/// How serde writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    nodes: Nodes,
    n_orders: u64,
    n_failed: u64,
    /// The node of the row before that of the column.
    before: Vec<u64>,
}

impl OrderFrequencies {
    /// No order is counted yet.
    pub fn new(nodes: Nodes) -> Self {
        let before = vec![0; nodes.len() * nodes.len()];
        Self {
            counts: Counts {
                nodes,
                n_orders: 0,
                n_failed: 0,
                before,
            },
        }
    }

    /// Counts an order of the same nodes.
    pub fn count(&mut self, order: &CausalOrder) {
        let n = self.counts.nodes.len();
        for (place, &earlier) in order.sequence().iter().enumerate() {
            for &later in &order.sequence()[place + 1..] {
                self.counts.before[earlier * n + later] += 1;
            }
        }
        self.counts.n_orders += 1;
    }

    pub(super) fn with_failed(mut self, n_failed: u64) -> Self {
        self.counts.n_failed = n_failed;
        self
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.counts.nodes
    }

    /// The number of orders that were counted.
    pub fn n_orders(&self) -> u64 {
        self.counts.n_orders
    }

    /// The number of resamples that gave no order.
    pub fn n_failed(&self) -> u64 {
        self.counts.n_failed
    }

    /// The share of orders with `a` before `b`.
    pub fn before(&self, a: usize, b: usize) -> f64 {
        if self.counts.n_orders == 0 {
            return 0.0;
        }
        self.counts.before[a * self.counts.nodes.len() + b] as f64 / self.counts.n_orders as f64
    }

    /// The order of the mean places, known as Borda's; of equal ones the least node first.
    ///
    /// # Errors
    ///
    /// None: every node comes once.
    pub fn consensus(&self) -> Result<CausalOrder> {
        let n = self.counts.nodes.len();
        let mut sequence: Vec<usize> = (0..n).collect();
        // The nodes after a node, summed over the orders.
        let n_after = |node: usize| self.counts.before[node * n..(node + 1) * n].iter().sum::<u64>();
        sequence.sort_by_key(|&node| std::cmp::Reverse(n_after(node)));
        Ok(CausalOrder::new(self.counts.nodes.clone(), sequence)?)
    }
}

/// Checks that a matrix has a row and a column for each node.
pub(super) fn check_size(nodes: &Nodes, n_entries: usize) -> Result<()> {
    if n_entries == nodes.len() * nodes.len() {
        return Ok(());
    }
    Err(causal_graph::Error::ColumnCount {
        got: n_entries / nodes.len().max(1),
        expected: nodes.len(),
    }
    .into())
}

impl TryFrom<Counts> for OrderFrequencies {
    type Error = Error;

    fn try_from(counts: Counts) -> Result<Self> {
        check_size(&counts.nodes, counts.before.len())?;
        Ok(Self { counts })
    }
}

impl From<OrderFrequencies> for Counts {
    fn from(frequencies: OrderFrequencies) -> Self {
        frequencies.counts
    }
}
