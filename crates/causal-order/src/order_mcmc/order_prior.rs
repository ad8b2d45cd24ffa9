//! What is believed of the order before the data.

use std::cmp::Ordering;

use causal_graph::LevelOrder;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

use crate::parent_sets::ParentConstraints;
use crate::{Error, Result};

/// For each pair, the logarithm of the probability that one comes before the other.
#[derive(Debug, Clone)]
pub(super) struct OrderPrior {
    levels: Vec<usize>,
    /// Of the lower level before the higher.
    log_forward: f64,
    log_backward: f64,
    log_half: f64,
}

impl OrderPrior {
    /// `tier_prior` that the lower level comes first, ½ within a level or without levels.
    pub(super) fn new(n_nodes: usize, levels: Option<&LevelOrder>, tier_prior: f64) -> Self {
        Self {
            levels: levels.map_or_else(|| vec![0; n_nodes], |levels| levels.levels().to_vec()),
            log_forward: tier_prior.ln(),
            log_backward: (1.0 - tier_prior).ln(),
            log_half: 0.5_f64.ln(),
        }
    }

    /// The logarithm of the probability that `first` comes before `second`.
    pub(super) fn log(&self, first: usize, second: usize) -> f64 {
        match self.levels[first].cmp(&self.levels[second]) {
            Ordering::Less => self.log_forward,
            Ordering::Equal => self.log_half,
            Ordering::Greater => self.log_backward,
        }
    }

    /// What exchanging two neighbours in the order adds.
    pub(super) fn log_exchange(&self, first: usize, second: usize) -> f64 {
        self.log(second, first) - self.log(first, second)
    }

    /// The sum over all pairs of an order; orders of one probability have the same bits.
    pub(super) fn log_order(&self, order: &[usize]) -> f64 {
        let (mut n_forward, mut n_backward, mut n_equal) = (0_u32, 0_u32, 0_u32);
        for (place, &first) in order.iter().enumerate() {
            for &second in &order[place + 1..] {
                match self.levels[first].cmp(&self.levels[second]) {
                    Ordering::Less => n_forward += 1,
                    Ordering::Equal => n_equal += 1,
                    Ordering::Greater => n_backward += 1,
                }
            }
        }
        // No pair of a kind adds nothing, also where one would add infinity.
        [
            (n_forward, self.log_forward),
            (n_equal, self.log_half),
            (n_backward, self.log_backward),
        ]
        .into_iter()
        .filter(|&(n, _)| n > 0)
        .map(|(n, log)| f64::from(n) * log)
        .sum()
    }

    /// A random order of positive probability that the constraints allow.
    pub(super) fn draw(
        &self,
        constraints: &ParentConstraints,
        random: &mut ChaCha8Rng,
    ) -> Result<Vec<usize>> {
        let n_nodes = self.levels.len();
        let must_precede = |first: usize, second: usize| {
            constraints.before(second).contains(first) || self.log(second, first) == f64::NEG_INFINITY
        };
        let mut n_waiting: Vec<usize> = (0..n_nodes)
            .map(|node| {
                (0..n_nodes)
                    .filter(|&other| other != node && must_precede(other, node))
                    .count()
            })
            .collect();
        let mut ready: Vec<usize> = (0..n_nodes).filter(|&node| n_waiting[node] == 0).collect();
        let mut order = Vec::with_capacity(n_nodes);
        while !ready.is_empty() {
            let node = ready.swap_remove(random.random_range(0..ready.len()));
            order.push(node);
            for other in (0..n_nodes).filter(|&other| other != node && must_precede(node, other)) {
                n_waiting[other] -= 1;
                if n_waiting[other] == 0 {
                    ready.push(other);
                }
            }
        }
        if order.len() == n_nodes {
            return Ok(order);
        }
        Err(Error::LevelsAgainstKnowledge)
    }
}
