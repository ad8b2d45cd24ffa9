//! Random DAGs.
//!
//! | function | what is drawn |
//! |---|---|
//! | [`order`] | a total order |
//! | [`erdos_renyi`] | each edge with the same probability, along a random order |
//! | [`fixed_edges`] | a number of edges, along a random order |
//! | [`scale_free`] | a few nodes with many edges, along a random order |
//! | [`tree`], [`polytree`] | a tree, directed away from a root or at random |
//! | [`uniform`] | every DAG with the same probability |
//!
//! The graphs have structure only. One seed gives the same graph everywhere, and different functions draw from different
//! streams of it. Names say nothing about the order: the first node is a source no more often than the last.

mod edges;
mod scale_free;
mod tree;
mod uniform;

pub use edges::{erdos_renyi, fixed_edges};
pub use scale_free::scale_free;
pub use tree::{polytree, tree};
pub use uniform::uniform;

use rand::{Rng, RngExt as _};
use run_control::Seed;

use crate::{CausalOrder, Nodes};

/// A total order, each with the same probability.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let order = generate::order(Nodes::numbered(10), Seed::new(1));
/// assert_eq!(order, generate::order(Nodes::numbered(10), Seed::new(1)));
/// assert_ne!(order, generate::order(Nodes::numbered(10), Seed::new(2)));
/// ```
#[allow(clippy::missing_panics_doc, reason = "every node comes once")]
pub fn order(nodes: Nodes, seed: Seed) -> CausalOrder {
    let sequence = shuffled(nodes.len(), &mut seed.stream("causal-graph/generate/order", 0));
    CausalOrder::new(nodes, sequence).expect("every node comes once")
}

/// The numbers below `n`, each order with the same probability.
fn shuffled(n: usize, random: &mut impl Rng) -> Vec<usize> {
    let mut sequence: Vec<usize> = (0..n).collect();
    for place in (1..n).rev() {
        sequence.swap(place, random.random_range(0..=place));
    }
    sequence
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn orders_are_uniform() {
        let mut counts = HashMap::<Vec<usize>, f64>::new();
        for draw in 0..6000 {
            let order = order(Nodes::numbered(3), Seed::new(draw));
            *counts.entry(order.sequence().to_vec()).or_default() += 1.0;
        }
        assert_eq!(counts.len(), 6);
        let statistic: f64 = counts
            .values()
            .map(|count| (count - 1000.0).powi(2) / 1000.0)
            .sum();
        // Chi-square with 5 degrees of freedom: above 26 with probability 9e-5.
        assert!(statistic < 26.0, "{statistic}");
    }
}
