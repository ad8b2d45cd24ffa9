//! Coefficients of linear edges.

use causal_graph::{Dag, Nodes};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A coefficient for each ordered pair of nodes; 0 where there is no edge.
///
/// ```text
/// x_to = sum over from of  W[from][to] x_from + noise
/// ```
///
/// Serde writes the nodes, and the rows of `W`: a row for each cause, a column for each effect.
///
/// # Examples
///
/// ```
/// use causal_graph::Nodes;
/// use causal_order::EdgeWeights;
///
/// let weights = EdgeWeights::new(Nodes::numbered(2), &[vec![0.0, 0.5], vec![0.1, 0.0]])?;
/// assert_eq!(weights.get(0, 1), 0.5);
/// assert!(weights.dag().is_err());
/// assert!(weights.above(0.3).dag()?.has_edge(0, 1));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Rows", into = "Rows")]
pub struct EdgeWeights {
    nodes: Nodes,
    /// Row-major: the cause, then the effect.
    weights: Vec<f64>,
}

/// How serde writes the weights.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    nodes: Nodes,
    weights: Vec<Vec<f64>>,
}

impl EdgeWeights {
    /// No edge at all.
    pub fn zeros(nodes: Nodes) -> Self {
        let weights = vec![0.0; nodes.len() * nodes.len()];
        Self { nodes, weights }
    }

    /// The weights of these rows, a row for each cause.
    ///
    /// # Errors
    ///
    /// [`Error::WeightShape`] unless there are as many rows, and as many entries in each, as nodes;
    /// [`Error::NonFiniteWeight`].
    pub fn new(nodes: Nodes, rows: &[Vec<f64>]) -> Result<Self> {
        let n_nodes = nodes.len();
        let wrong = std::iter::once(rows.len())
            .chain(rows.iter().map(Vec::len))
            .find(|&length| length != n_nodes);
        if let Some(got) = wrong {
            return Err(Error::WeightShape {
                got,
                expected: n_nodes,
            });
        }
        Self::from_row_major(nodes, rows.concat())
    }

    /// [`new`](Self::new) of rows that lie one after the other, of the right number.
    pub(crate) fn from_row_major(nodes: Nodes, weights: Vec<f64>) -> Result<Self> {
        let n_nodes = nodes.len();
        debug_assert_eq!(weights.len(), n_nodes * n_nodes);
        match weights.iter().position(|weight| !weight.is_finite()) {
            None => Ok(Self { nodes, weights }),
            Some(place) => Err(Error::NonFiniteWeight {
                from: nodes.name(place / n_nodes).to_owned(),
                to: nodes.name(place % n_nodes).to_owned(),
                weight: weights[place],
            }),
        }
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The weight of the edge between two nodes of the graph.
    pub fn get(&self, from: usize, to: usize) -> f64 {
        self.weights[from * self.nodes.len() + to]
    }

    pub(crate) fn set(&mut self, from: usize, to: usize, weight: f64) {
        self.weights[from * self.nodes.len() + to] = weight;
    }

    /// The rows, a row for each cause, one after the other.
    pub fn as_slice(&self) -> &[f64] {
        &self.weights
    }

    /// The edges and their weights, by cause and then by effect.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let n_nodes = self.nodes.len();
        self.weights
            .iter()
            .enumerate()
            .filter(|&(_, &weight)| weight != 0.0)
            .map(move |(place, &weight)| (place / n_nodes, place % n_nodes, weight))
    }

    /// These weights without those of at most `threshold` in absolute value.
    #[must_use]
    pub fn above(&self, threshold: f64) -> Self {
        let kept = |&weight: &f64| if weight.abs() > threshold { weight } else { 0.0 };
        Self {
            nodes: self.nodes.clone(),
            weights: self.weights.iter().map(kept).collect(),
        }
    }

    /// The graph of the edges.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] if they form a cycle.
    pub fn dag(&self) -> Result<Dag> {
        let edges = self.edges().map(|(from, to, _)| (from, to));
        Ok(Dag::from_edges(self.nodes.clone(), edges)?)
    }
}

impl TryFrom<Rows> for EdgeWeights {
    type Error = Error;

    fn try_from(rows: Rows) -> Result<Self> {
        Self::new(rows.nodes, &rows.weights)
    }
}

impl From<EdgeWeights> for Rows {
    fn from(weights: EdgeWeights) -> Self {
        let n_nodes = weights.nodes.len().max(1);
        Self {
            weights: weights.weights.chunks(n_nodes).map(<[f64]>::to_vec).collect(),
            nodes: weights.nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_keeps_every_weight_and_refuses_a_ragged_matrix() {
        let rows = [vec![0.0, 0.1], vec![0.0, 0.0]];
        let weights = EdgeWeights::new(Nodes::numbered(2), &rows).expect("square");
        let text = serde_json::to_string(&weights).expect("plain data");
        assert_eq!(text, r#"{"nodes":["X0","X1"],"weights":[[0.0,0.1],[0.0,0.0]]}"#);
        assert_eq!(
            serde_json::from_str::<EdgeWeights>(&text).expect("its own text"),
            weights
        );
        let ragged = r#"{"nodes":["X0","X1"],"weights":[[0.0,0.1],[0.0]]}"#;
        assert!(serde_json::from_str::<EdgeWeights>(ragged).is_err());
    }

    #[test]
    fn a_weight_that_is_no_number_is_named() {
        let rows = [vec![0.0, f64::NAN], vec![0.0, 0.0]];
        let error = EdgeWeights::new(Nodes::numbered(2), &rows).expect_err("NaN");
        assert!(matches!(&error, Error::NonFiniteWeight { from, to, .. } if from == "X0" && to == "X1"));
    }
}
