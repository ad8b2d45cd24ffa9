//! Sums over all parent sets of a child within its predecessors.

use causal_graph::NodeSet;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

use crate::Result;
use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;

/// A set of nodes as bits.
pub(super) type Bits = u128;

/// The parent sets of a child within the limit, the best first, with their weights on a logarithmic scale.
#[derive(Debug, Clone)]
pub(super) struct ParentSums {
    sets: Vec<(Bits, f64)>,
    required: Bits,
    /// How far below the greatest a weight may be and still change the sum.
    depth: f64,
}

/// Weights that together are below this share of a sum do not change it.
const NEGLIGIBLE: f64 = 1e-17;

impl ParentSums {
    /// What one parent set takes.
    pub(super) const BYTES_PER_SET: usize = size_of::<(Bits, f64)>();

    /// How many parent sets a child has.
    pub(super) fn n_sets(constraints: &ParentConstraints, child: usize) -> f64 {
        let n = constraints.possible(child).len();
        let mut of_size = 1.0;
        let mut total = 1.0;
        for size in 1..=constraints.max_parents().min(n) {
            of_size *= (n + 1 - size) as f64 / size as f64;
            total += of_size;
        }
        total
    }

    /// All sets of possible parents; `log_odds` is added for each parent.
    pub(super) fn new(
        score: &dyn LocalScore,
        constraints: &ParentConstraints,
        child: usize,
        log_odds: f64,
    ) -> Result<Self> {
        let possible: Vec<usize> = constraints.possible(child).iter().collect();
        let mut sets = vec![(0, score.local(child, &[])?)];
        let mut level: Vec<Vec<usize>> = vec![Vec::new()];
        for size in 1..=constraints.max_parents().min(possible.len()) {
            let mut next = Vec::new();
            for set in &level {
                let first = set
                    .last()
                    .map_or(0, |&last| possible.partition_point(|&node| node <= last));
                let later = &possible[first..];
                if later.is_empty() {
                    continue;
                }
                let scores = score.local_additions(child, set, later)?;
                for (&parent, score) in later.iter().zip(scores) {
                    let mut with = set.clone();
                    with.push(parent);
                    sets.push((bits_of(&with), score + size as f64 * log_odds));
                    next.push(with);
                }
            }
            level = next;
        }
        sets.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(Self {
            depth: (sets.len() as f64 / NEGLIGIBLE).ln(),
            sets,
            required: bits_of(&constraints.required(child).iter().collect::<Vec<_>>()),
        })
    }

    /// The number of sets.
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// The sets within the predecessors that count, the best first.
    fn within(&self, before: Bits) -> impl Iterator<Item = (Bits, f64)> + '_ {
        let required = self.required & before;
        let mut consistent = self
            .sets
            .iter()
            .copied()
            .filter(move |&(set, _)| set & !before == 0 && required & !set == 0)
            .peekable();
        let least = consistent
            .peek()
            .map_or(f64::NEG_INFINITY, |&(_, best)| best - self.depth);
        consistent.take_while(move |&(_, weight)| weight >= least)
    }

    /// The logarithm of the sum of the weights within the predecessors.
    pub(super) fn log_sum(&self, before: Bits) -> f64 {
        let mut sets = self.within(before);
        let Some((_, best)) = sets.next() else {
            return f64::NEG_INFINITY;
        };
        let rest: f64 = sets.map(|(_, weight)| (weight - best).exp()).sum();
        best + rest.ln_1p()
    }

    /// The set of the greatest weight within the predecessors.
    pub(super) fn best(&self, before: Bits) -> (Bits, f64) {
        self.within(before).next().unwrap_or((0, f64::NEG_INFINITY))
    }

    /// The probability of each node to be a parent, given the predecessors; `edge(parent, probability)` adds it up.
    pub(super) fn edges(&self, before: Bits, mut edge: impl FnMut(usize, f64)) {
        let log_sum = self.log_sum(before);
        for (set, weight) in self.within(before) {
            let probability = (weight - log_sum).exp();
            members(set).for_each(|parent| edge(parent, probability));
        }
    }

    /// A set drawn by its weight.
    pub(super) fn draw(&self, before: Bits, random: &mut ChaCha8Rng) -> Bits {
        let log_sum = self.log_sum(before);
        let mut rest = random.random::<f64>();
        let mut drawn = 0;
        for (set, weight) in self.within(before) {
            drawn = set;
            rest -= (weight - log_sum).exp();
            if rest < 0.0 {
                break;
            }
        }
        drawn
    }
}

/// The nodes as bits.
pub(super) fn bits_of(nodes: &[usize]) -> Bits {
    nodes.iter().fold(0, |set, &node| set | 1 << node)
}

/// The members of a set, ascending.
pub(super) fn members(mut set: Bits) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (set != 0).then(|| {
            let node = set.trailing_zeros() as usize;
            set &= set - 1;
            node
        })
    })
}

/// The bits as a set of nodes.
pub(super) fn node_set(n_nodes: usize, set: Bits) -> NodeSet {
    NodeSet::with(n_nodes, members(set))
}
