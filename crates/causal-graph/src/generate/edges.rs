//! Graphs of independent edges, and of a fixed number of them.

use std::collections::HashSet;

use rand::RngExt as _;
use run_control::Seed;

use super::shuffled;
use crate::{Dag, Error, Nodes, Result};

/// Each pair of nodes is joined with the same probability, independently, along a random order.
///
/// ```text
/// p(edge) = average_degree / (n - 1)
/// ```
///
/// `average_degree` is the expected number of edges at a node, whatever their direction: half as many lead into it.
///
/// # Errors
///
/// [`Error::Parameter`] if the degree is not between 0 and n - 1.
///
/// # Complexity
///
/// O(n²).
///
/// # Reference
///
/// P. Erdős, A. Rényi, "On random graphs I", Publicationes Mathematicae 6, 1959; E. N. Gilbert, "Random graphs", Annals of
/// Mathematical Statistics 30, 1959.
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let dag = generate::erdos_renyi(Nodes::numbered(200), 4.0, Seed::new(1))?;
/// // 400 are expected, give or take 20.
/// assert!(dag.n_edges().abs_diff(400) < 80);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn erdos_renyi(nodes: Nodes, average_degree: f64, seed: Seed) -> Result<Dag> {
    let n_nodes = nodes.len();
    let n_others = n_nodes.saturating_sub(1) as f64;
    if !(average_degree >= 0.0 && average_degree <= n_others) {
        return Err(Error::Parameter {
            name: "average_degree",
            got: average_degree,
            expected: "a number from 0 to the number of nodes less one",
        });
    }
    let probability = if n_nodes > 1 {
        average_degree / n_others
    } else {
        0.0
    };
    let mut random = seed.stream("causal-graph/generate/erdos-renyi", 0);
    let sequence = shuffled(n_nodes, &mut random);
    let pairs = (0..n_nodes).flat_map(|later| (0..later).map(move |earlier| (earlier, later)));
    let edges: Vec<_> = pairs
        .filter(|_| random.random::<f64>() < probability)
        .map(|(earlier, later)| (sequence[earlier], sequence[later]))
        .collect();
    Dag::from_edges(nodes, edges)
}

/// A number of edges, every set of pairs of nodes with the same probability, along a random order.
///
/// # Errors
///
/// [`Error::Parameter`] if there are more edges than pairs of nodes.
///
/// # Complexity
///
/// O(n² / 64 + m).
///
/// # Examples
///
/// ```
/// use causal_graph::{Nodes, generate};
/// use run_control::Seed;
///
/// let dag = generate::fixed_edges(Nodes::numbered(20), 35, Seed::new(1))?;
/// assert_eq!(dag.n_edges(), 35);
/// # Ok::<(), causal_graph::Error>(())
/// ```
pub fn fixed_edges(nodes: Nodes, n_edges: usize, seed: Seed) -> Result<Dag> {
    let n_nodes = nodes.len();
    let n_pairs = n_nodes * n_nodes.saturating_sub(1) / 2;
    if n_edges > n_pairs {
        return Err(Error::Parameter {
            name: "n_edges",
            got: n_edges as f64,
            expected: "at most the number of pairs of nodes",
        });
    }
    let mut random = seed.stream("causal-graph/generate/fixed-edges", 0);
    let sequence = shuffled(n_nodes, &mut random);
    // R. W. Floyd's draw without replacement.
    let mut chosen = HashSet::with_capacity(n_edges);
    for last in n_pairs - n_edges..n_pairs {
        let pair = random.random_range(0..=last);
        if !chosen.insert(pair) {
            chosen.insert(last);
        }
    }
    let edges = chosen.into_iter().map(|pair| {
        let (earlier, later) = pair_of(pair);
        (sequence[earlier], sequence[later])
    });
    Dag::from_edges(nodes, edges)
}

/// The pairs `(earlier, later)` in the order (0, 1), (0, 2), (1, 2), (0, 3), ...
fn pair_of(number: usize) -> (usize, usize) {
    let mut later = usize::midpoint(1, (8 * number + 1).isqrt());
    let mut first = later * (later - 1) / 2;
    while first > number {
        later -= 1;
        first -= later;
    }
    (number - first, later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_without_gaps() {
        let expected: Vec<_> = (0..60)
            .flat_map(|later| (0..later).map(move |earlier| (earlier, later)))
            .collect();
        let got: Vec<_> = (0..expected.len()).map(pair_of).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn every_ordered_pair_is_as_frequent_as_any_other() -> Result<()> {
        const N_DRAWS: u64 = 20_000;
        let draws: [fn(Seed) -> Result<Dag>; 2] = [
            |seed| erdos_renyi(Nodes::numbered(4), 1.5, seed),
            |seed| fixed_edges(Nodes::numbered(4), 3, seed),
        ];
        for draw in draws {
            let mut counts = [[0.0_f64; 4]; 4];
            for seed in 0..N_DRAWS {
                for (from, to) in draw(Seed::new(seed))?.edges() {
                    counts[from][to] += 1.0;
                }
            }
            // Half of the pairs are joined, each way a quarter: the deviation is 61, and this is five of them.
            for (from, row) in counts.iter().enumerate() {
                for (to, count) in row.iter().enumerate().filter(|&(to, _)| to != from) {
                    assert!((count - 5000.0).abs() < 310.0, "{from} -> {to}: {count}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn all_and_no_edges() -> Result<()> {
        let nodes = || Nodes::numbered(6);
        assert_eq!(erdos_renyi(nodes(), 5.0, Seed::new(1))?.n_edges(), 15);
        assert_eq!(erdos_renyi(nodes(), 0.0, Seed::new(1))?.n_edges(), 0);
        assert_eq!(fixed_edges(nodes(), 15, Seed::new(1))?.n_edges(), 15);
        assert_eq!(fixed_edges(Nodes::numbered(0), 0, Seed::new(1))?.n_nodes(), 0);
        assert_eq!(erdos_renyi(Nodes::numbered(1), 0.0, Seed::new(1))?.n_edges(), 0);
        Ok(())
    }

    #[test]
    fn parameters_beyond_their_range_are_errors() {
        for degree in [-0.5, 5.5, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                erdos_renyi(Nodes::numbered(6), degree, Seed::new(1)),
                Err(Error::Parameter {
                    name: "average_degree",
                    ..
                })
            ));
        }
        assert!(matches!(
            fixed_edges(Nodes::numbered(6), 16, Seed::new(1)),
            Err(Error::Parameter { name: "n_edges", .. })
        ));
    }
}
