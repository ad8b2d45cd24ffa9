//! Sums over the states of one chain.

use causal_graph::NodeSet;

use super::chain::Snapshot;
use super::extensions::ExtensionCounts;

/// The sums over the snapshots of a chain, each with a weight.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    n_nodes: usize,
    /// Whether graphs weigh as if each came with one order.
    corrections: Option<ExtensionCounts>,
    pub(super) weight: f64,
    pub(super) edges: Vec<f64>,
    pub(super) ancestors: Vec<f64>,
    pub(super) precedence: Vec<f64>,
    /// Sums of weights and edges over consecutive snapshots, for the errors of the edge probabilities.
    pub(super) batches: Vec<Batch>,
    batch_size: usize,
    pub(super) log_posterior: Vec<f64>,
    pub(super) n_edges: Vec<f64>,
}

/// Sums over consecutive snapshots.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) weight: f64,
    pub(super) edges: Vec<f64>,
}

/// Batches of a chain.
const N_BATCHES: usize = 20;

impl Tally {
    pub(super) fn new(n_nodes: usize, n_samples: usize, is_corrected: bool) -> Self {
        let pairs = vec![0.0; n_nodes * n_nodes];
        Self {
            n_nodes,
            corrections: is_corrected.then(ExtensionCounts::default),
            weight: 0.0,
            edges: pairs.clone(),
            ancestors: pairs.clone(),
            precedence: pairs,
            batches: Vec::new(),
            batch_size: n_samples.div_ceil(N_BATCHES).max(1),
            log_posterior: Vec::with_capacity(n_samples),
            n_edges: Vec::with_capacity(n_samples),
        }
    }

    pub(super) fn take(&mut self, snapshot: &Snapshot) {
        let n_nodes = self.n_nodes;
        let mut weight = 1.0;
        let mut state = None;
        if let Some(counts) = &mut self.corrections {
            weight = (counts.count(&snapshot.parents) as f64).recip();
            // What holds on average over the steps has not this graph's weight: the state itself has.
            state = Some(indicators(snapshot));
        }
        let (edges, precedence) = match &state {
            Some((edges, precedence)) => (edges, precedence),
            None => (&snapshot.edges, &snapshot.precedence),
        };
        if self.log_posterior.len().is_multiple_of(self.batch_size) {
            self.batches.push(Batch {
                weight: 0.0,
                edges: vec![0.0; n_nodes * n_nodes],
            });
        }
        if let Some(batch) = self.batches.last_mut() {
            batch.weight += weight;
            add(&mut batch.edges, edges, weight);
        }
        self.weight += weight;
        add(&mut self.edges, edges, weight);
        add(&mut self.precedence, precedence, weight);
        self.take_ancestors(snapshot, weight);
        self.log_posterior.push(snapshot.log_posterior);
        self.n_edges
            .push(snapshot.parents.iter().map(NodeSet::len).sum::<usize>() as f64);
    }

    fn take_ancestors(&mut self, snapshot: &Snapshot, weight: f64) {
        let mut ancestors = vec![NodeSet::new(self.n_nodes); self.n_nodes];
        for &node in &snapshot.order {
            let mut set = snapshot.parents[node].clone();
            for parent in snapshot.parents[node].iter() {
                set.union_with(&ancestors[parent]);
            }
            for ancestor in set.iter() {
                self.ancestors[ancestor * self.n_nodes + node] += weight;
            }
            ancestors[node] = set;
        }
    }
}

/// The edges and the order of the state alone, as 0 and 1.
fn indicators(snapshot: &Snapshot) -> (Vec<f64>, Vec<f64>) {
    let n_nodes = snapshot.order.len();
    let (mut edges, mut precedence) = (vec![0.0; n_nodes * n_nodes], vec![0.0; n_nodes * n_nodes]);
    for (place, &node) in snapshot.order.iter().enumerate() {
        for parent in snapshot.parents[node].iter() {
            edges[parent * n_nodes + node] = 1.0;
        }
        for &later in &snapshot.order[place + 1..] {
            precedence[node * n_nodes + later] = 1.0;
        }
    }
    (edges, precedence)
}

fn add(sums: &mut [f64], values: &[f64], weight: f64) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

/// The standard error of the mean of each edge over the batches of all chains.
pub(super) fn standard_errors(tallies: &[Tally], means: &[f64]) -> Vec<f64> {
    let batches: Vec<&Batch> = tallies.iter().flat_map(|tally| &tally.batches).collect();
    let n = batches.len() as f64;
    let total: f64 = batches.iter().map(|batch| batch.weight).sum();
    (0..means.len())
        .map(|pair| {
            // Of a ratio of means: the residuals sum to zero.
            let squares: f64 = batches
                .iter()
                .map(|batch| (batch.edges[pair] - batch.weight * means[pair]).powi(2))
                .sum();
            if n < 2.0 {
                f64::NAN
            } else {
                (squares * n / (n - 1.0)).sqrt() / total
            }
        })
        .collect()
}
