//! Graphs whose degrees follow a power law.

use rand::RngExt as _;
use run_control::Seed;

use super::shuffled;
use crate::{Dag, Error, Nodes, Result};

/// A graph that grows node by node: each new one is joined to `edges_per_node` different earlier ones, drawn in
/// proportion to the edges that they have; directed along a random order.
///
/// The first nodes have no edges among them, and the next one is joined to all of them: there are
/// (n - `edges_per_node`) · `edges_per_node` edges. The order is independent of the growth, so that nodes with many edges
/// have many parents as well as many children.
///
/// # Errors
///
/// [`Error::Parameter`] if the number is 0 or not below the number of nodes.
///
/// # Complexity
///
/// O(n² / 64 + m) expected.
///
/// # Reference
///
/// A.-L. Barabási, R. Albert, "Emergence of scaling in random networks", Science 286, 1999.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let dag = generate::scale_free(Nodes::numbered(50), 2, Seed::new(1))?;
/// assert_eq!(dag.n_edges(), 48 * 2);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn scale_free(nodes: Nodes, edges_per_node: usize, seed: Seed) -> Result<Dag> {
    let n_nodes = nodes.len();
    if !(1..n_nodes).contains(&edges_per_node) {
        return Err(Error::Parameter {
            name: "edges_per_node",
            got: edges_per_node as f64,
            expected: "at least 1 and below the number of nodes",
        });
    }
    let mut random = seed.stream("causal-graph/generate/scale-free", 0);
    let (names, positions) = (shuffled(n_nodes, &mut random), shuffled(n_nodes, &mut random));
    // Every node as often as it has edges.
    let mut ends: Vec<usize> = Vec::with_capacity(2 * n_nodes * edges_per_node);
    let mut edges = Vec::with_capacity(n_nodes * edges_per_node);
    let mut targets: Vec<usize> = (0..edges_per_node).collect();
    for new in edges_per_node..n_nodes {
        for &target in &targets {
            let is_before = positions[target] < positions[new];
            let (from, to) = if is_before { (target, new) } else { (new, target) };
            edges.push((names[from], names[to]));
            ends.extend([target, new]);
        }
        targets.clear();
        while targets.len() < edges_per_node {
            let target = ends[random.random_range(0..ends.len())];
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
    }
    Dag::from_edges(nodes, edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_nodes_have_many_edges() -> Result<()> {
        let dag = scale_free(Nodes::numbered(1000), 2, Seed::new(5))?;
        let mut degrees: Vec<usize> = (0..1000)
            .map(|node| dag.parents(node).len() + dag.children(node).len())
            .collect();
        degrees.sort_unstable();
        // The distribution tends to p(k) = 2 m (m + 1) / (k (k + 1) (k + 2)): half have the least number m, and the
        // greatest degree is about m sqrt(n) = 63. With as many edges and no preference it would be about 14.
        assert_eq!(degrees[0], 2);
        assert!((400..600).contains(&degrees.iter().filter(|&&degree| degree == 2).count()));
        assert!(degrees[999] > 30, "{}", degrees[999]);
        Ok(())
    }

    #[test]
    fn parameters_beyond_their_range_are_errors() {
        for edges_per_node in [0, 5, 6] {
            assert!(matches!(
                scale_free(Nodes::numbered(5), edges_per_node, Seed::new(1)),
                Err(Error::Parameter {
                    name: "edges_per_node",
                    ..
                })
            ));
        }
        assert!(scale_free(Nodes::numbered(5), 4, Seed::new(1)).is_ok_and(|dag| dag.n_edges() == 4));
    }
}
