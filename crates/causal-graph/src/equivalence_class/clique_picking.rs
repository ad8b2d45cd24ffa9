//! Counting acyclic orientations without colliders by picking the clique that comes first.

use std::collections::HashMap;

use run_control::progress::{Progress, check};

use super::chordal::{CliqueTree, Subgraph};
use super::count::Count;
use crate::{Pdag, Result};

/// The name that progress is reported by.
const TASK: &str = "equivalence class size";

/// The number of orientations of the undirected edges of a CPDAG, which form connected chordal graphs.
pub(super) fn count_orientations(cpdag: &Pdag, progress: &mut dyn Progress) -> Result<Count> {
    progress.begin(TASK, None);
    let mut problems = Problems {
        cpdag,
        list: Vec::new(),
        index: HashMap::new(),
        numbers: vec![usize::MAX; cpdag.n_nodes()],
    };
    let whole = Subgraph {
        adjacent: (0..cpdag.n_nodes())
            .map(|node| cpdag.neighbours(node).iter().collect())
            .collect(),
    };
    let all: Vec<usize> = (0..cpdag.n_nodes()).collect();
    let components: Vec<usize> = components(&whole, &all)
        .into_iter()
        .map(|nodes| problems.place(nodes))
        .collect();
    let mut next = 0;
    while next < problems.list.len() {
        check(progress, TASK, next as u64)?;
        problems.expand(next);
        next += 1;
        progress.advance(1);
    }
    progress.end();

    // What a clique leaves undirected is smaller than what it was picked from.
    let mut by_size: Vec<usize> = (0..problems.list.len()).collect();
    by_size.sort_by_key(|&problem| problems.list[problem].nodes.len());
    let mut counts = vec![Count::ONE; by_size.len()];
    for problem in by_size {
        let terms = problems.list[problem].terms.iter();
        let values = terms.map(|(orders, left)| {
            left.iter()
                .fold(*orders, |count, &part| count.times(counts[part]))
        });
        counts[problem] = values.reduce(Count::plus).expect("a graph has a maximal clique");
    }
    Ok(components
        .iter()
        .fold(Count::ONE, |count, &component| count.times(counts[component])))
}

/// A connected chordal graph of two nodes or more: its number of orientations is the sum of its terms.
struct Problem {
    /// Its nodes in ascending order.
    nodes: Vec<usize>,
    /// By maximal clique, the orders of the clique, and the problems that are left if it comes first.
    terms: Vec<(Count, Vec<usize>)>,
}

/// The graphs that come up, each once.
struct Problems<'a> {
    cpdag: &'a Pdag,
    list: Vec<Problem>,
    index: HashMap<Vec<usize>, usize>,
    /// By node of the CPDAG, its number in the graph at hand; `usize::MAX` if it is not in it.
    numbers: Vec<usize>,
}

impl Problems<'_> {
    /// The number of the problem of these nodes, which are connected.
    fn place(&mut self, nodes: Vec<usize>) -> usize {
        if let Some(&known) = self.index.get(&nodes) {
            return known;
        }
        let problem = self.list.len();
        self.index.insert(nodes.clone(), problem);
        self.list.push(Problem {
            nodes,
            terms: Vec::new(),
        });
        problem
    }

    /// Finds the terms of a problem.
    fn expand(&mut self, problem: usize) {
        let nodes = self.list[problem].nodes.clone();
        let graph = self.subgraph(&nodes);
        let tree = graph.clique_tree(&graph.lex_bfs(&[]).order);
        let mut is_member = vec![false; nodes.len()];
        for idx in 0..tree.cliques.len() {
            let clique = &tree.cliques[idx];
            for &node in clique {
                is_member[node] = true;
            }
            let orders = Count::orders(clique.len(), &forbidden_beginnings(&tree, idx, &is_member));
            for &node in clique {
                is_member[node] = false;
            }
            let mut left = Vec::new();
            for group in graph.lex_bfs(clique).groups {
                for component in components(&graph, &group) {
                    left.push(self.place(component.into_iter().map(|node| nodes[node]).collect()));
                }
            }
            self.list[problem].terms.push((orders, left));
        }
    }

    fn subgraph(&mut self, nodes: &[usize]) -> Subgraph {
        for (number, &node) in nodes.iter().enumerate() {
            self.numbers[node] = number;
        }
        let of = |&node: &usize| {
            let numbers = self
                .cpdag
                .neighbours(node)
                .iter()
                .map(|neighbour| self.numbers[neighbour]);
            numbers.filter(|&number| number != usize::MAX).collect()
        };
        let subgraph = Subgraph {
            adjacent: nodes.iter().map(of).collect(),
        };
        for &node in nodes {
            self.numbers[node] = usize::MAX;
        }
        subgraph
    }
}

/// The sizes of the separators between the root and a clique that are a part of the clique, in ascending order, each
/// once: orders of the clique that begin with one are counted for a clique nearer to the root. They are nested.
fn forbidden_beginnings(tree: &CliqueTree, clique: usize, is_member: &[bool]) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut below = clique;
    while let Some((above, separator)) = &tree.above[below] {
        if separator.iter().all(|&node| is_member[node]) {
            sizes.push(separator.len());
        }
        below = *above;
    }
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The connected components of two nodes or more of the graph induced by some nodes, each in ascending order.
fn components(graph: &Subgraph, nodes: &[usize]) -> Vec<Vec<usize>> {
    let mut is_open = vec![false; graph.adjacent.len()];
    for &node in nodes {
        is_open[node] = true;
    }
    let mut components = Vec::new();
    for &start in nodes {
        if !std::mem::replace(&mut is_open[start], false) {
            continue;
        }
        let mut component = vec![start];
        let mut next = 0;
        while let Some(&node) = component.get(next) {
            next += 1;
            for &neighbour in &graph.adjacent[node] {
                if std::mem::replace(&mut is_open[neighbour], false) {
                    component.push(neighbour);
                }
            }
        }
        if component.len() > 1 {
            component.sort_unstable();
            components.push(component);
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use run_control::progress::{CancelToken, Cancellable, Silent};

    use super::*;
    use crate::{Error, Nodes};

    #[test]
    fn a_count_can_be_cancelled() {
        let path = Pdag::from_edges(Nodes::numbered(3), [], [(0, 1), (1, 2)]).expect("a path");
        let token = CancelToken::new();
        let mut progress = Cancellable::new(Silent, token.clone());
        assert!(
            path.equivalence_class_size_with(&mut progress)
                .is_ok_and(|size| size == 3)
        );
        token.cancel();
        assert!(matches!(
            path.equivalence_class_size_with(&mut progress),
            Err(Error::Cancelled(_))
        ));
    }
}
