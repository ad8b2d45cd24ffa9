//! The total orders that a DAG leaves open.

use std::collections::HashMap;

use rand::RngExt as _;
use run_control::Seed;

use crate::{CausalOrder, Dag};

/// The linear extensions of a DAG: the total orders in which every node comes after its parents.
///
/// Where the sets of nodes that can stand at the front of an extension are few enough (a million), they are counted
/// exactly and drawn uniformly. Otherwise they are drawn by the Karzanov–Khachiyan chain: it starts at the
/// topological order, picks a place at random, and swaps the two nodes there with probability one half where no
/// edge forbids it. It runs 4 n² (1 + ln n) steps for each draw, which mixes well in practice; what is proved to
/// suffice (n³ ln n, up to constants) would be too long for large graphs.
///
/// # Complexity
///
/// Exact: O(f n) time, O(f) memory for f sets of nodes. Drawing: O(n²) each, and O(n² log n) by the chain.
///
/// # Reference
///
/// A. Karzanov, L. Khachiyan, "On the conductance of order Markov chains", Order 8, 1991; R. Bubley, M. Dyer,
/// "Faster random generation of linear extensions", Discrete Mathematics 201, 1999.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, LinearExtensions, Nodes};
/// use run_control::Seed;
///
/// // 0 -> 1, and 2 anywhere: 012, 021, 201.
/// let dag = Dag::from_edges(Nodes::numbered(3), [(0, 1)])?;
/// let extensions = LinearExtensions::new(&dag);
/// assert_eq!(extensions.count(), Some(3));
/// assert!(extensions.sample(Seed::new(1), 0).precedes(0, 1));
/// # Ok::<(), causal_graph::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LinearExtensions<'a> {
    dag: &'a Dag,
    /// By the set of nodes that stand already, the number of ways to go on; None if there are too many sets.
    continuations: Option<HashMap<u128, u128>>,
}

/// The most sets of nodes that are counted exactly.
const MAX_SETS: usize = 1 << 20;

impl<'a> LinearExtensions<'a> {
    /// The extensions of `dag`.
    pub fn new(dag: &'a Dag) -> Self {
        Self {
            dag,
            continuations: continuations(dag),
        }
    }

    /// How many there are, if they were counted exactly and the number is below 2^128.
    pub fn count(&self) -> Option<u128> {
        self.continuations.as_ref().map(|continuations| continuations[&0])
    }

    /// The draw of that index; draws of different indices are independent.
    pub fn sample(&self, seed: Seed, index: u64) -> CausalOrder {
        let mut random = seed.stream("causal-graph/linear-extensions", index);
        let sequence = match &self.continuations {
            Some(continuations) => exactly(self.dag, continuations, &mut random),
            None => chain(self.dag, &mut random),
        };
        CausalOrder::of_permutation(self.dag.nodes().clone(), sequence)
    }
}

/// The number of ways to go on from every set that can stand at the front.
fn continuations(dag: &Dag) -> Option<HashMap<u128, u128>> {
    let n_nodes = dag.n_nodes();
    if n_nodes > 128 {
        return None;
    }
    let mut layers = vec![vec![0_u128]];
    let mut n_sets = 1;
    for _ in 0..n_nodes {
        let mut next: Vec<u128> = layers[layers.len() - 1]
            .iter()
            .flat_map(|&placed| available(dag, placed).map(move |node| placed | 1 << node))
            .collect();
        next.sort_unstable();
        next.dedup();
        n_sets += next.len();
        if n_sets > MAX_SETS {
            return None;
        }
        layers.push(next);
    }
    let mut continuations = HashMap::with_capacity(n_sets);
    for (size, layer) in layers.iter().enumerate().rev() {
        for &placed in layer {
            let mut ways = u128::from(size == n_nodes);
            for node in available(dag, placed) {
                ways = ways.checked_add(continuations[&(placed | 1 << node)])?;
            }
            continuations.insert(placed, ways);
        }
    }
    Some(continuations)
}

/// The nodes that are not placed and whose parents are.
fn available(dag: &Dag, placed: u128) -> impl Iterator<Item = usize> + '_ {
    let is_placed = move |node: usize| placed & (1 << node) != 0;
    (0..dag.n_nodes()).filter(move |&node| !is_placed(node) && dag.parents(node).iter().all(is_placed))
}

/// An extension, each as likely.
fn exactly(dag: &Dag, continuations: &HashMap<u128, u128>, random: &mut impl rand::Rng) -> Vec<usize> {
    let mut placed = 0_u128;
    let mut sequence = Vec::with_capacity(dag.n_nodes());
    while sequence.len() < dag.n_nodes() {
        let mut rest = random.random_range(0..continuations[&placed]);
        let next = available(dag, placed)
            .find(|&node| {
                let ways = continuations[&(placed | 1 << node)];
                let is_next = rest < ways;
                rest = rest.saturating_sub(ways);
                is_next
            })
            .expect("the ways of all next nodes add up");
        placed |= 1 << next;
        sequence.push(next);
    }
    sequence
}

fn chain(dag: &Dag, random: &mut impl rand::Rng) -> Vec<usize> {
    let mut sequence = dag.topological_order();
    let n_nodes = sequence.len();
    if n_nodes < 2 {
        return sequence;
    }
    let size = n_nodes as f64;
    let n_steps = (4.0 * size * size * (1.0 + size.ln())) as u64;
    for _ in 0..n_steps {
        let place = random.random_range(0..n_nodes - 1);
        if random.random::<bool>() && !dag.has_edge(sequence[place], sequence[place + 1]) {
            sequence.swap(place, place + 1);
        }
    }
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nodes;

    #[test]
    fn known_numbers() {
        let empty = Dag::empty(Nodes::numbered(5));
        assert_eq!(LinearExtensions::new(&empty).count(), Some(120));
        let path = Dag::from_edges(Nodes::numbered(5), (0..4).map(|node| (node, node + 1))).expect("a path");
        assert_eq!(LinearExtensions::new(&path).count(), Some(1));
        // Two rows of three: a standard Young tableau of shape 3 x 2, of which there are 5.
        let grid = Dag::from_edges(
            Nodes::numbered(6),
            [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)],
        );
        assert_eq!(LinearExtensions::new(&grid.expect("a grid")).count(), Some(5));
        assert_eq!(
            LinearExtensions::new(&Dag::empty(Nodes::numbered(0))).count(),
            Some(1)
        );
    }

    #[test]
    fn draws_are_uniform() {
        // 0 -> 1 with 2 and 3 free: 12 extensions.
        let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1)]).expect("acyclic");
        let extensions = LinearExtensions::new(&dag);
        assert_eq!(extensions.count(), Some(12));
        let mut counts = HashMap::<Vec<usize>, usize>::new();
        for index in 0..12_000 {
            *counts
                .entry(extensions.sample(Seed::new(3), index).sequence().to_vec())
                .or_default() += 1;
        }
        assert_eq!(counts.len(), 12);
        let statistic: f64 = counts
            .values()
            .map(|&count| (count as f64 - 1000.0).powi(2) / 1000.0)
            .sum();
        // Chi-square with 11 degrees of freedom: above 40 with probability 4e-5.
        assert!(statistic < 40.0, "{statistic}");
    }

    #[test]
    fn the_chain_draws_about_uniformly() {
        let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1)]).expect("acyclic");
        let approximate = LinearExtensions {
            dag: &dag,
            continuations: None,
        };
        let mut counts = HashMap::<Vec<usize>, usize>::new();
        for index in 0..12_000 {
            let order = approximate.sample(Seed::new(3), index);
            assert!(order.precedes(0, 1));
            *counts.entry(order.sequence().to_vec()).or_default() += 1;
        }
        assert_eq!(counts.len(), 12);
        let statistic: f64 = counts
            .values()
            .map(|&count| (count as f64 - 1000.0).powi(2) / 1000.0)
            .sum();
        assert!(statistic < 40.0, "{statistic}");
    }

    #[test]
    fn a_graph_with_too_many_sets_is_drawn_by_the_chain() {
        let dag = Dag::from_edges(Nodes::numbered(30), [(3, 1)]).expect("acyclic");
        let extensions = LinearExtensions::new(&dag);
        assert_eq!(extensions.count(), None);
        let order = extensions.sample(Seed::new(1), 5);
        assert!(order.precedes(3, 1));
        assert_eq!(order, extensions.sample(Seed::new(1), 5));
    }
}
