//! Random trees.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::{Rng, RngExt as _};
use run_control::Seed;

use crate::{Dag, Nodes};

/// A tree directed away from its root: every tree and every root with the same probability.
///
/// Every node but the root has one parent, and there are no colliders.
///
/// # Complexity
///
/// O(n² / 64 + n log n).
///
/// # Reference
///
/// H. Prüfer, "Neuer Beweis eines Satzes über Permutationen", Archiv der Mathematik und Physik 27, 1918.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let tree = generate::tree(Nodes::numbered(10), Seed::new(1));
/// assert_eq!(tree.n_edges(), 9);
/// assert!(tree.v_structures().is_empty());
/// ```
#[allow(clippy::missing_panics_doc, reason = "a tree has no cycle")]
pub fn tree(nodes: Nodes, seed: Seed) -> Dag {
    let n_nodes = nodes.len();
    let mut random = seed.stream("causal-graph/generate/tree", 0);
    let mut joined = vec![Vec::new(); n_nodes];
    for (a, b) in labelled_tree(n_nodes, &mut random) {
        joined[a].push(b);
        joined[b].push(a);
    }
    let mut edges = Vec::with_capacity(n_nodes);
    if n_nodes > 0 {
        let mut is_reached = vec![false; n_nodes];
        let root = random.random_range(0..n_nodes);
        is_reached[root] = true;
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            for &child in &joined[node] {
                if !std::mem::replace(&mut is_reached[child], true) {
                    edges.push((node, child));
                    open.push(child);
                }
            }
        }
    }
    Dag::from_edges(nodes, edges).expect("a tree has no cycle")
}

/// A tree with each edge directed by the toss of a coin: every tree with the same probability.
///
/// Between two nodes there is one path at most, and there are colliders.
///
/// # Complexity
///
/// O(n² / 64 + n log n).
///
/// # Reference
///
/// G. Rebane, J. Pearl, "The recovery of causal poly-trees from statistical data", UAI 1987.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let polytree = generate::polytree(Nodes::numbered(10), Seed::new(1));
/// assert_eq!(polytree.n_edges(), 9);
/// assert!(!polytree.v_structures().is_empty());
/// ```
#[allow(clippy::missing_panics_doc, reason = "a tree has no cycle")]
pub fn polytree(nodes: Nodes, seed: Seed) -> Dag {
    let mut random = seed.stream("causal-graph/generate/polytree", 0);
    let tree = labelled_tree(nodes.len(), &mut random);
    let edges: Vec<_> = tree
        .into_iter()
        .map(|(a, b)| if random.random() { (a, b) } else { (b, a) })
        .collect();
    Dag::from_edges(nodes, edges).expect("a tree has no cycle")
}

/// The edges of a tree on the numbers below `n_nodes`, each of the n^(n - 2) with the same probability.
fn labelled_tree(n_nodes: usize, random: &mut impl Rng) -> Vec<(usize, usize)> {
    if n_nodes < 2 {
        return Vec::new();
    }
    let code: Vec<usize> = (2..n_nodes).map(|_| random.random_range(0..n_nodes)).collect();
    // A node is named by the code once less than it has edges; leaves go one by one, the least first.
    let mut degrees = vec![1; n_nodes];
    for &node in &code {
        degrees[node] += 1;
    }
    let mut leaves: BinaryHeap<Reverse<usize>> = (0..n_nodes)
        .filter(|&node| degrees[node] == 1)
        .map(Reverse)
        .collect();
    let mut edges = Vec::with_capacity(n_nodes - 1);
    for node in code {
        let Reverse(leaf) = leaves.pop().expect("a tree has a leaf");
        edges.push((leaf, node));
        degrees[node] -= 1;
        if degrees[node] == 1 {
            leaves.push(Reverse(node));
        }
    }
    let mut last = || leaves.pop().expect("two nodes are left").0;
    edges.push((last(), last()));
    edges
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn trees_are_uniform() {
        const N_DRAWS: u64 = 64_000;
        // Rooted labelled trees with 4 nodes: 4^2 trees, 4 roots; directed ones: 2^3 ways.
        for (draw, n_kinds) in [(tree as fn(Nodes, Seed) -> Dag, 64), (polytree, 128)] {
            let mut counts = HashMap::<Vec<(usize, usize)>, f64>::new();
            for seed in 0..N_DRAWS {
                let dag = draw(Nodes::numbered(4), Seed::new(seed));
                *counts.entry(dag.edges().collect()).or_default() += 1.0;
            }
            assert_eq!(counts.len(), n_kinds);
            let expected = N_DRAWS as f64 / n_kinds as f64;
            let statistic: f64 = counts
                .values()
                .map(|count| (count - expected).powi(2) / expected)
                .sum();
            // Mean n_kinds - 1, variance twice that; this is five deviations more.
            let mean = (n_kinds - 1) as f64;
            assert!(statistic < mean + 5.0 * (2.0 * mean).sqrt(), "{statistic}");
        }
    }

    #[test]
    fn small_trees() {
        for n_nodes in 0..3_usize {
            let n_edges = n_nodes.saturating_sub(1);
            assert_eq!(tree(Nodes::numbered(n_nodes), Seed::new(1)).n_edges(), n_edges);
            assert_eq!(
                polytree(Nodes::numbered(n_nodes), Seed::new(1)).n_edges(),
                n_edges
            );
        }
    }
}
