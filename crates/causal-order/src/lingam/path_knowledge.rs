//! What is known of directed paths.

use causal_graph::{Dag, Nodes};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What is known of the directed paths between nodes before the search.
///
/// A path from `a` to `b` places `a` before `b`. No path from `a` to `b` forbids the edge from `a` to `b`, and places `b`
/// before `a`, unless there is no path the other way either: then the two are not ordered.
///
/// These are the semantics of the prior-knowledge matrix of the `lingam` package, in its strict form.
///
/// # Reference
///
/// Shimizu et al., *DirectLiNGAM*, JMLR 12, 2011, section 3.4.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_order::PathKnowledge;
///
/// let mut known = PathKnowledge::none(Nodes::new(["age", "income", "height"])?);
/// known.without_path(1, 0)?;
/// assert!(!known.may_direct(1, 0));
/// assert!(known.precedes(0, 1));
/// assert!(known.without_path(0, 1).is_ok());
/// assert!(!known.precedes(0, 1));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Matrix", into = "Matrix")]
pub struct PathKnowledge {
    nodes: Nodes,
    /// Row-major: the node that the path starts at, then the one that it leads to.
    paths: Vec<Option<bool>>,
}

/// How serde writes it: for each node a row, with an entry for each node that a path may come from.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    nodes: Nodes,
    matrix: Vec<Vec<i8>>,
}

impl PathKnowledge {
    /// Nothing is known.
    pub fn none(nodes: Nodes) -> Self {
        let paths = vec![None; nodes.len() * nodes.len()];
        Self { nodes, paths }
    }

    /// What a matrix of the `lingam` package says. Row `i`, column `j` is about the path from `j` to `i`: 1 if there is
    /// one, 0 if there is none, and -1 if that is not known. The diagonal is not read.
    ///
    /// # Errors
    ///
    /// [`Error::WeightShape`] unless it has a row and a column for each node, [`Error::Parameter`] for another entry,
    /// [`Error::Graph`] if the paths or the order that follows from them form a cycle.
    pub fn from_matrix(nodes: Nodes, matrix: &[Vec<i8>]) -> Result<Self> {
        let n_nodes = nodes.len();
        let lengths = std::iter::once(matrix.len()).chain(matrix.iter().map(Vec::len));
        if let Some(got) = lengths.into_iter().find(|&length| length != n_nodes) {
            return Err(Error::WeightShape {
                got,
                expected: n_nodes,
            });
        }
        let mut knowledge = Self::none(nodes);
        for (to, row) in matrix.iter().enumerate() {
            for (from, &entry) in row.iter().enumerate().filter(|&(from, _)| from != to) {
                knowledge.paths[from * n_nodes + to] = match entry {
                    -1 => None,
                    0 => Some(false),
                    1 => Some(true),
                    _ => {
                        return Err(Error::Parameter {
                            name: "entry of the prior-knowledge matrix",
                            value: f64::from(entry),
                            expected: "-1, 0 or 1",
                        });
                    }
                };
            }
        }
        knowledge.order()?;
        Ok(knowledge)
    }

    /// There is a path.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] for nodes that are not of the graph or are the same, and if the order that follows has a cycle;
    /// nothing is changed then.
    pub fn with_path(&mut self, from: usize, to: usize) -> Result<()> {
        self.state(from, to, true)
    }

    /// There is no path.
    ///
    /// # Errors
    ///
    /// As [`with_path`](Self::with_path).
    pub fn without_path(&mut self, from: usize, to: usize) -> Result<()> {
        self.state(from, to, false)
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// Whether the edge between two nodes of the graph is allowed.
    pub fn may_direct(&self, from: usize, to: usize) -> bool {
        from != to && self.path(from, to) != Some(false)
    }

    /// Whether the one node of the graph must come before the other.
    pub fn precedes(&self, first: usize, second: usize) -> bool {
        let forwards = self.path(first, second);
        forwards == Some(true) || (self.path(second, first) == Some(false) && forwards != Some(false))
    }

    fn path(&self, from: usize, to: usize) -> Option<bool> {
        self.paths[from * self.nodes.len() + to]
    }

    fn state(&mut self, from: usize, to: usize, exists: bool) -> Result<()> {
        self.nodes.check(from)?;
        self.nodes.check(to)?;
        if from == to {
            let node = self.nodes.name(from).to_owned();
            return Err(causal_graph::Error::SelfLoop { node }.into());
        }
        let place = from * self.nodes.len() + to;
        let before = self.paths[place].replace(exists);
        if let Err(error) = self.order() {
            self.paths[place] = before;
            return Err(error);
        }
        Ok(())
    }

    /// An edge from each node to those that must come after it.
    pub(super) fn order(&self) -> Result<Dag> {
        let n_nodes = self.nodes.len();
        let pairs = (0..n_nodes).flat_map(|first| (0..n_nodes).map(move |second| (first, second)));
        let ordered = pairs.filter(|&(first, second)| first != second && self.precedes(first, second));
        Ok(Dag::from_edges(self.nodes.clone(), ordered)?)
    }
}

impl TryFrom<Matrix> for PathKnowledge {
    type Error = Error;

    fn try_from(matrix: Matrix) -> Result<Self> {
        Self::from_matrix(matrix.nodes, &matrix.matrix)
    }
}

impl From<PathKnowledge> for Matrix {
    fn from(knowledge: PathKnowledge) -> Self {
        let nodes = 0..knowledge.nodes.len();
        let entry = |from, to| knowledge.path(from, to).map_or(-1, i8::from);
        let row = |to| nodes.clone().map(|from| entry(from, to)).collect();
        Self {
            matrix: nodes.clone().map(row).collect(),
            nodes: knowledge.nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_read_by_rows_of_effects_and_written_as_it_was() {
        let matrix = vec![vec![-1, 0, -1], vec![-1, -1, 1], vec![-1, -1, -1]];
        let knowledge = PathKnowledge::from_matrix(Nodes::numbered(3), &matrix).expect("consistent");
        assert!(!knowledge.may_direct(1, 0));
        assert!(knowledge.precedes(0, 1));
        assert!(knowledge.precedes(2, 1));
        let text = serde_json::to_string(&knowledge).expect("plain data");
        assert!(text.contains("[[-1,0,-1],[-1,-1,1],[-1,-1,-1]]"), "{text}");
        assert_eq!(
            serde_json::from_str::<PathKnowledge>(&text).expect("its own text"),
            knowledge
        );
    }

    #[test]
    fn contradictions_are_refused_and_change_nothing() {
        let mut knowledge = PathKnowledge::none(Nodes::numbered(3));
        knowledge.with_path(0, 1).expect("the first");
        knowledge.with_path(1, 2).expect("goes on");
        let before = knowledge.clone();
        assert!(matches!(knowledge.with_path(2, 0), Err(Error::Graph(_))));
        assert!(matches!(knowledge.with_path(1, 1), Err(Error::Graph(_))));
        assert!(matches!(knowledge.with_path(0, 3), Err(Error::Graph(_))));
        assert_eq!(knowledge, before);
        let matrix = vec![vec![-1, 2], vec![-1, -1]];
        assert!(matches!(
            PathKnowledge::from_matrix(Nodes::numbered(2), &matrix),
            Err(Error::Parameter { value: 2.0, .. })
        ));
        assert!(matches!(
            PathKnowledge::from_matrix(Nodes::numbered(2), &matrix[..1]),
            Err(Error::WeightShape { got: 1, expected: 2 })
        ));
    }
}
