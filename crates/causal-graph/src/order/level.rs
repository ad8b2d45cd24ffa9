//! Orders by levels.

use serde::{Deserialize, Serialize};

use crate::metrics::strongly_connected_components;
use crate::{Dag, Error, Nodes, Pdag, Result};

/// A level for each node: nodes of a lower level come first, nodes of one level are not ordered.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, LevelOrder, Nodes};
///
/// let dag = Dag::from_edges(Nodes::numbered(4), [(0, 1), (1, 3), (2, 3)])?;
/// let order = LevelOrder::of(&dag);
/// assert_eq!(order.levels(), [0, 1, 0, 2]);
/// assert_eq!(order.tiers(), [vec![0, 2], vec![1], vec![3]]);
/// # Ok::<(), causal_graph::Error>(())
/// ```
///
/// # Reference
///
/// The level order of Vashishtha et al., "Causal Order: The Key to Leveraging Imperfect Experts in Causal
/// Inference", ICLR 2025, definition 3.4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Levels", into = "Levels")]
pub struct LevelOrder {
    nodes: Nodes,
    levels: Vec<usize>,
}

/// How serde writes an order: all names of the graph, and their levels.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    nodes: Nodes,
    levels: Vec<usize>,
}

impl LevelOrder {
    /// The order of these levels, one for each node.
    ///
    /// # Errors
    ///
    /// [`Error::LevelCount`] if there is not one level for each node.
    pub fn new(nodes: Nodes, levels: Vec<usize>) -> Result<Self> {
        if levels.len() != nodes.len() {
            return Err(Error::LevelCount {
                got: levels.len(),
                expected: nodes.len(),
            });
        }
        Ok(Self { nodes, levels })
    }

    /// The longest directed path to each node: roots have level 0.
    ///
    /// # Complexity
    ///
    /// O(n + m), with n² / 64 to read the sets of parents.
    pub fn of(dag: &Dag) -> Self {
        let mut levels = vec![0; dag.n_nodes()];
        for node in dag.topological_order() {
            levels[node] = dag
                .parents(node)
                .iter()
                .map(|parent| levels[parent] + 1)
                .max()
                .unwrap_or(0);
        }
        Self {
            nodes: dag.nodes().clone(),
            levels,
        }
    }

    /// The levels by the directed edges of a graph that may be cyclic: all nodes of a strongly connected component
    /// share one level, that of the longest path to it through the graph of the components.
    ///
    /// With no cycle these are the levels of [`of`](Self::of). A component counts as one step of a path, as if its
    /// cycles had been merged into one node: each node gets the least level that its cycle allows.
    pub fn of_directed_edges(pdag: &Pdag) -> Self {
        let components = strongly_connected_components(pdag);
        let mut levels = vec![0; pdag.n_nodes()];
        for component in &components {
            let level = component
                .iter()
                .flat_map(|&node| pdag.parents(node).iter())
                .filter(|parent| component.binary_search(parent).is_err())
                .map(|parent| levels[parent] + 1)
                .max()
                .unwrap_or(0);
            for &node in component {
                levels[node] = level;
            }
        }
        Self {
            nodes: pdag.nodes().clone(),
            levels,
        }
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The level of a node of the graph.
    pub fn level(&self, node: usize) -> usize {
        self.levels[node]
    }

    /// The levels of all nodes.
    pub fn levels(&self) -> &[usize] {
        &self.levels
    }

    /// The nodes of each level that has any, lowest first.
    pub fn tiers(&self) -> Vec<Vec<usize>> {
        let mut by_level = std::collections::BTreeMap::<usize, Vec<usize>>::new();
        for (node, &level) in self.levels.iter().enumerate() {
            by_level.entry(level).or_default().push(node);
        }
        by_level.into_values().collect()
    }
}

impl TryFrom<Levels> for LevelOrder {
    type Error = Error;

    fn try_from(levels: Levels) -> Result<Self> {
        Self::new(levels.nodes, levels.levels)
    }
}

impl From<LevelOrder> for Levels {
    fn from(order: LevelOrder) -> Self {
        Self {
            nodes: order.nodes,
            levels: order.levels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_a_cycle_share_a_level() -> Result<()> {
        // 0 -> 1 -> 2 -> 1, 2 -> 3 -> 4, 5 -> 4.
        let pdag = Pdag::from_edges(Nodes::numbered(6), [(0, 1), (1, 2), (2, 3), (3, 4), (5, 4)], [])?;
        assert_eq!(LevelOrder::of_directed_edges(&pdag).levels(), [0, 1, 2, 3, 4, 0]);
        let cyclic = Pdag::from_edges(
            Nodes::numbered(6),
            [(0, 1), (1, 2), (2, 3), (3, 1), (3, 4), (5, 4)],
            [],
        )?;
        assert_eq!(
            LevelOrder::of_directed_edges(&cyclic).levels(),
            [0, 1, 1, 1, 2, 0]
        );
        Ok(())
    }

    #[test]
    fn levels_are_one_for_each_node() {
        let error = LevelOrder::new(Nodes::numbered(2), vec![0]).expect_err("one is missing");
        assert_eq!(
            error.to_string(),
            "there are 1 levels: expected 2, one for each node"
        );
    }
}
