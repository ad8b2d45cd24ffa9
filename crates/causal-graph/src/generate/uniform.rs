//! DAGs from the uniform distribution.

use rand::{Rng, RngExt as _};
use run_control::Seed;

use super::shuffled;
use crate::{Dag, Nodes};

/// A DAG on the given nodes, each with the same probability.
///
/// Such graphs are dense, with about a quarter of all n² edges, and nearly all of their layers are small.
///
/// ```text
/// a(n, k) = number of DAGs on n nodes with k sources
///         = binomial(n, k) sum over s of (2^k - 1)^s 2^(k (n - k - s)) a(n - k, s)
/// ```
///
/// The number k of sources is drawn, then the number s of those that become sources without them, and so on; each node of
/// a layer has a set of parents in the layer before that is not empty, and any set in earlier ones. Probabilities are
/// right to about 1e-14. Layers of more than 30 nodes, whose probability is below 1e-160, do not occur.
///
/// # Complexity
///
/// O(n²).
///
/// # Reference
///
/// J. Kuipers, G. Moffa, "Uniform random generation of large acyclic digraphs", Statistics and Computing 25, 2015, section 4.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let dag = generate::uniform(Nodes::numbered(40), Seed::new(1));
/// assert!(dag.n_edges().abs_diff(390) < 100);
/// ```
#[allow(clippy::missing_panics_doc, reason = "the edges follow an order")]
pub fn uniform(nodes: Nodes, seed: Seed) -> Dag {
    let n_nodes = nodes.len();
    let mut random = seed.stream("causal-graph/generate/uniform", 0);
    let names = shuffled(n_nodes, &mut random);
    let weights = source_weights(n_nodes);
    let mut edges = Vec::new();
    let mut before = 0..0;
    while before.end < n_nodes {
        let n_left = n_nodes - before.end;
        let n_sources = draw_layer(&weights[n_left], before.len(), &mut random);
        let layer = before.end..before.end + n_sources;
        for node in layer.clone() {
            let earlier = (0..before.start).filter(|_| random.random::<bool>());
            edges.extend(earlier.map(|parent| (names[parent], names[node])));
            let parents = nonempty_subset(before.len(), &mut random);
            let in_layer = before
                .clone()
                .filter(|parent| parents & (1 << (parent - before.start)) != 0);
            edges.extend(in_layer.map(|parent| (names[parent], names[node])));
        }
        before = layer;
    }
    Dag::from_edges(nodes, edges).expect("edges lead from layer to later layer")
}

/// The most sources that are drawn.
const MAX_SOURCES: usize = 30;

/// By number of nodes n and number of sources k, in proportion to the number of DAGs:
///
/// ```text
/// c(n, k) = a(n, k) p^n / (n! 2^(n (n - 1) / 2))
///         = p^k / (k! 2^(k (k - 1) / 2)) sum over s of (1 - 2^-k)^s c(n - k, s)
/// ```
///
/// With p = 1.488... these tend to constants, so that no n is too large.
fn source_weights(n_nodes: usize) -> Vec<Vec<f64>> {
    let mut factors = vec![1.0; MAX_SOURCES + 1];
    for k in 1..=MAX_SOURCES {
        factors[k] = factors[k - 1] * GROWTH / (k as f64 * 2.0_f64.powi(k as i32 - 1));
    }
    let mut weights: Vec<Vec<f64>> = vec![vec![1.0]];
    for n in 1..=n_nodes {
        let of = |k: usize| {
            let behind = weights[n - k].iter().enumerate();
            let ways = behind.map(|(s, weight)| weight * is_behind(k, s));
            factors[k] * ways.sum::<f64>()
        };
        // There is no DAG without a source.
        let row = std::iter::once(0.0)
            .chain((1..=n.min(MAX_SOURCES)).map(of))
            .collect();
        weights.push(row);
    }
    weights
}

/// The inverse of the root of sum over k of (-x)^k / (k! 2^(k (k - 1) / 2)) that is least in absolute value.
const GROWTH: f64 = 1.488_078_545_599_710_3;

/// The probability that each of `n_sources` nodes has a parent among `n_before`, if coins are tossed.
fn is_behind(n_before: usize, n_sources: usize) -> f64 {
    (1.0 - 0.5_f64.powi(n_before as i32)).powi(n_sources as i32)
}

/// The number of sources of what is left behind a layer; of all if there is no layer.
fn draw_layer(weights: &[f64], n_before: usize, random: &mut impl Rng) -> usize {
    let of = |(n_sources, weight): (usize, &f64)| match n_before {
        0 => *weight,
        _ => weight * is_behind(n_before, n_sources),
    };
    let total: f64 = weights.iter().enumerate().map(of).sum();
    let mut rest = random.random::<f64>() * total;
    for (n_sources, weight) in weights.iter().enumerate() {
        rest -= of((n_sources, weight));
        if rest < 0.0 {
            return n_sources;
        }
    }
    // Rounding can leave a rest.
    1
}

/// A subset of `size` elements as bits, any but the empty one; empty if there is no element.
fn nonempty_subset(size: usize, random: &mut impl Rng) -> u64 {
    match size {
        0 => 0,
        _ => random.random_range(1..1 << size),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_weights_count_dags() {
        // R. W. Robinson 1973; OEIS A003024.
        let numbers = [1.0, 1.0, 3.0, 25.0, 543.0, 29_281.0, 3_781_503.0, 1_138_779_265.0];
        let weights = source_weights(500);
        for (n, expected) in numbers.iter().enumerate() {
            let scale = (0..n)
                .map(|i| (i + 1) as f64 * 2.0_f64.powi(i as i32) / GROWTH)
                .product::<f64>();
            let got = weights[n].iter().sum::<f64>() * scale;
            assert!((got / expected - 1.0).abs() < 1e-13, "{n}: {got}");
        }
        // The limit of the same sequence, 1 / 0.57436...
        let limit = weights[500].iter().sum::<f64>();
        assert!((limit - 1.741_061_2).abs() < 1e-5, "{limit}");
    }

    #[test]
    fn every_dag_is_as_frequent_as_any_other() {
        const N_DRAWS: u64 = 108_600;
        for (n_nodes, n_dags) in [(3, 25), (4, 543)] {
            let mut counts = HashMap::<Vec<(usize, usize)>, f64>::new();
            for seed in 0..N_DRAWS {
                let dag = uniform(Nodes::numbered(n_nodes), Seed::new(seed));
                *counts.entry(dag.edges().collect()).or_default() += 1.0;
            }
            assert_eq!(counts.len(), n_dags);
            let expected = N_DRAWS as f64 / n_dags as f64;
            let statistic: f64 = counts
                .values()
                .map(|count| (count - expected).powi(2) / expected)
                .sum();
            // Mean n_dags - 1, variance twice that; this is five deviations more.
            let mean = (n_dags - 1) as f64;
            assert!(statistic < mean + 5.0 * (2.0 * mean).sqrt(), "{statistic}");
        }
    }

    #[test]
    fn no_node_and_one() {
        assert_eq!(uniform(Nodes::numbered(0), Seed::new(1)).n_nodes(), 0);
        assert_eq!(uniform(Nodes::numbered(1), Seed::new(1)).n_edges(), 0);
    }
}
