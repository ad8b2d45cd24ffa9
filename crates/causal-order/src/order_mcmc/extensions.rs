//! The number of orders that a small graph allows.

use std::collections::HashMap;

use causal_graph::NodeSet;

/// The most nodes whose orders are counted: 12! fits, and 2^12 sets are few.
pub(super) const MAX_NODES: usize = 12;

/// Counts of linear extensions, remembered by graph.
#[derive(Debug, Clone, Default)]
pub(super) struct ExtensionCounts(HashMap<Vec<u16>, u64>);

impl ExtensionCounts {
    /// How many orders have all parents before their children; at most [`MAX_NODES`] nodes.
    pub(super) fn count(&mut self, parents: &[NodeSet]) -> u64 {
        let parents: Vec<u16> = parents
            .iter()
            .map(|set| set.iter().fold(0, |bits, node| bits | 1 << node))
            .collect();
        if let Some(&count) = self.0.get(&parents) {
            return count;
        }
        // By the set of nodes that stand at the front.
        let mut ways = vec![0_u64; 1 << parents.len()];
        ways[0] = 1;
        for set in 0..ways.len() {
            if ways[set] == 0 {
                continue;
            }
            for (node, &parents) in parents.iter().enumerate() {
                let is_next = set & (1 << node) == 0 && usize::from(parents) & !set == 0;
                if is_next {
                    ways[set | 1 << node] += ways[set];
                }
            }
        }
        let count = ways[ways.len() - 1];
        self.0.insert(parents, count);
        count
    }
}

#[cfg(test)]
mod tests {
    use causal_graph::{Dag, LinearExtensions, Nodes};

    use super::*;

    #[test]
    fn agrees_with_the_general_count() {
        for edges in [
            vec![],
            vec![(0, 1)],
            vec![(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)],
        ] {
            let dag = Dag::from_edges(Nodes::numbered(6), edges).expect("acyclic");
            let parents: Vec<NodeSet> = (0..6).map(|node| dag.parents(node).clone()).collect();
            let count = ExtensionCounts::default().count(&parents);
            assert_eq!(Some(u128::from(count)), LinearExtensions::new(&dag).count());
        }
    }
}
