//! The chain over orders alone.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

use super::arcs::Target;
use super::chain::{BestState, Chain, MoveCount, MoveKind, Snapshot, accepts};
use super::local_cache::LocalCache;
use super::parent_sums::{Bits, ParentSums, node_set};
use crate::Result;

/// A chain whose states are orders; the graphs that agree with an order are summed over.
pub(super) struct OrderChain<'a> {
    target: &'a Target<'a>,
    sums: &'a [ParentSums],
    order: Vec<usize>,
    local: Vec<f64>,
    log_posterior: f64,
    best: (f64, Vec<usize>),
    cache: LocalCache,
    random: ChaCha8Rng,
    moves: [MoveCount; 2],
}

impl<'a> OrderChain<'a> {
    /// A chain that starts at a random order.
    pub(super) fn new(
        target: &'a Target<'a>,
        sums: &'a [ParentSums],
        mut random: ChaCha8Rng,
    ) -> Result<Self> {
        let order = target.prior.draw(target.constraints, &mut random)?;
        let mut chain = Self {
            target,
            sums,
            local: vec![0.0; order.len()],
            log_posterior: target.prior.log_order(&order),
            best: (f64::NEG_INFINITY, order.clone()),
            cache: LocalCache::new(order.len()),
            order,
            random,
            moves: [MoveKind::ExchangeNeighbours, MoveKind::ExchangeAny].map(MoveCount::of),
        };
        for (node, before) in chain.with_predecessors(0) {
            chain.local[node] = sums[node].log_sum(before);
            chain.log_posterior += chain.local[node];
        }
        chain.best.0 = chain.log_posterior;
        Ok(chain)
    }

    /// The nodes from a place on, each with its predecessors.
    fn with_predecessors(&self, place: usize) -> Vec<(usize, Bits)> {
        let mut before: Bits = self.order[..place].iter().fold(0, |set, &node| set | 1 << node);
        self.order[place..]
            .iter()
            .map(|&node| {
                let of_node = (node, before);
                before |= 1 << node;
                of_node
            })
            .collect()
    }

    /// The change of the prior when two nodes are exchanged; None if the order would be forbidden.
    fn prior_of_exchange(&self, low: usize, high: usize) -> Option<f64> {
        let (first, last) = (self.order[low], self.order[high]);
        let mut change = 0.0;
        for &between in &self.order[low + 1..=high] {
            if !self.target.constraints.may_precede(between, first) {
                return None;
            }
            change += self.target.prior.log_exchange(first, between);
        }
        for &between in &self.order[low + 1..high] {
            if !self.target.constraints.may_precede(last, between) {
                return None;
            }
            change += self.target.prior.log_exchange(between, last);
        }
        (change > f64::NEG_INFINITY).then_some(change)
    }

    /// Exchanges two nodes of the order if that is accepted.
    fn exchange(&mut self, low: usize, high: usize, temperature: f64) -> Result<bool> {
        let Some(mut change) = self.prior_of_exchange(low, high) else {
            return Ok(false);
        };
        self.order.swap(low, high);
        let mut before: Bits = 0;
        let mut name = 0;
        for &node in &self.order[..low] {
            before |= 1 << node;
            name ^= self.target.names.of_node(node);
        }
        let mut local = Vec::with_capacity(high + 1 - low);
        for &node in &self.order[low..=high] {
            let sums = &self.sums[node];
            let value = self.cache.get(node, name, || Ok(sums.log_sum(before)))?;
            change += value - self.local[node];
            local.push((node, value));
            before |= 1 << node;
            name ^= self.target.names.of_node(node);
        }
        if !accepts(change, temperature, &mut self.random) {
            self.order.swap(low, high);
            return Ok(false);
        }
        for (node, value) in local {
            self.local[node] = value;
        }
        self.log_posterior += change;
        if self.log_posterior > self.best.0 {
            self.best.0 = self.log_posterior;
            self.best.1.clone_from(&self.order);
        }
        Ok(true)
    }
}

impl Chain for OrderChain<'_> {
    fn step(&mut self, temperature: f64) -> Result<()> {
        let n_nodes = self.order.len();
        let kind = usize::from(self.random.random_range(0..NEIGHBOURS_PER_ANY + 1) == 0);
        self.moves[kind].proposed += 1;
        if n_nodes < 2 {
            return Ok(());
        }
        let (low, high) = if kind == 0 {
            let low = self.random.random_range(0..n_nodes - 1);
            (low, low + 1)
        } else {
            let place = self.random.random_range(0..n_nodes);
            let other = (place + self.random.random_range(1..n_nodes)) % n_nodes;
            (place.min(other), place.max(other))
        };
        if self.exchange(low, high, temperature)? {
            self.moves[kind].accepted += 1;
        }
        Ok(())
    }

    fn snapshot(&mut self) -> Snapshot {
        // Equal orders have equal bits, whatever way led to them: ranks of the draws have the ties they should.
        self.log_posterior = self.local.iter().sum::<f64>() + self.target.prior.log_order(&self.order);
        let n_nodes = self.order.len();
        let mut snapshot = Snapshot {
            log_posterior: self.log_posterior,
            order: self.order.clone(),
            parents: vec![node_set(n_nodes, 0); n_nodes],
            edges: vec![0.0; n_nodes * n_nodes],
            precedence: vec![0.0; n_nodes * n_nodes],
        };
        for (child, before) in self.with_predecessors(0) {
            let sums = &self.sums[child];
            sums.edges(before, |parent, probability| {
                snapshot.edges[parent * n_nodes + child] += probability;
            });
            snapshot.parents[child] = node_set(n_nodes, sums.draw(before, &mut self.random));
            for earlier in super::parent_sums::members(before) {
                snapshot.precedence[earlier * n_nodes + child] = 1.0;
            }
        }
        snapshot
    }

    fn best(&self) -> BestState {
        let n_nodes = self.order.len();
        let mut parents = vec![node_set(n_nodes, 0); n_nodes];
        let mut before: Bits = 0;
        for &child in &self.best.1 {
            parents[child] = node_set(n_nodes, self.sums[child].best(before).0);
            before |= 1 << child;
        }
        BestState {
            log_posterior: self.best.0,
            order: self.best.1.clone(),
            parents,
        }
    }

    fn moves(&self) -> &[MoveCount] {
        &self.moves
    }

    fn n_evaluations(&self) -> u64 {
        self.cache.n_computed()
    }
}

/// Exchanges of neighbours for each exchange of any two nodes.
const NEIGHBOURS_PER_ANY: u32 = 7;
