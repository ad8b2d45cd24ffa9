//! A number for each pair of nodes.

use causal_graph::Nodes;
use serde::{Deserialize, Serialize};

/// A number for some of the pairs of nodes.
///
/// Serde writes the pairs that have one, by name.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
/// use causal_order::independence::DSeparation;
/// use causal_order::Pc;
///
/// let nodes = Nodes::numbered(3);
/// let dag = Dag::from_edges(nodes.clone(), [(0, 1)])?;
/// let skeleton = Pc::default().skeleton(&nodes, &DSeparation::new(dag))?;
/// // The oracle's p-values are 0 and 1.
/// assert_eq!(skeleton.maximal_p_values.get(1, 0), Some(0.0));
/// assert_eq!(skeleton.maximal_p_values.get(0, 2), Some(1.0));
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "PairList", into = "PairList")]
pub struct PairValues {
    nodes: Nodes,
    /// By [`pair_index`]; NaN where there is none.
    values: Vec<f64>,
}

/// How serde writes the numbers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PairList {
    nodes: Nodes,
    values: Vec<(String, String, f64)>,
}

impl PairValues {
    pub(super) fn new(nodes: Nodes) -> Self {
        Self {
            values: vec![f64::NAN; n_pairs(nodes.len())],
            nodes,
        }
    }

    /// The number of a pair, in either order.
    pub fn get(&self, a: usize, b: usize) -> Option<f64> {
        let value = *self.values.get(pair_index(self.nodes.len(), a, b)?)?;
        (!value.is_nan()).then_some(value)
    }

    /// The pairs `(a, b, value)` with `a < b` that have a number, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        pairs(self.nodes.len())
            .zip(&self.values)
            .filter(|(_, value)| !value.is_nan())
            .map(|((a, b), &value)| (a, b, value))
    }

    /// Raises the number of a pair to `value` if it is larger or the first, and says whether it was.
    pub(super) fn raise(&mut self, a: usize, b: usize, value: f64) -> bool {
        let Some(index) = pair_index(self.nodes.len(), a, b) else {
            return false;
        };
        let old = &mut self.values[index];
        let is_larger = old.is_nan() || value > *old;
        if is_larger {
            *old = value;
        }
        is_larger
    }
}

impl PartialEq for PairValues {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes && self.iter().eq(other.iter())
    }
}

impl TryFrom<PairList> for PairValues {
    type Error = causal_graph::Error;

    fn try_from(list: PairList) -> Result<Self, Self::Error> {
        let mut values = Self::new(list.nodes);
        for (a, b, value) in list.values {
            let (a, b) = distinct(&values.nodes, &a, &b)?;
            values.raise(a, b, value);
        }
        Ok(values)
    }
}

impl From<PairValues> for PairList {
    fn from(values: PairValues) -> Self {
        let name = |node: usize| values.nodes.name(node).to_owned();
        Self {
            values: values
                .iter()
                .map(|(a, b, value)| (name(a), name(b), value))
                .collect(),
            nodes: values.nodes.clone(),
        }
    }
}

/// The number of pairs of `n_nodes` nodes.
pub(super) fn n_pairs(n_nodes: usize) -> usize {
    n_nodes * n_nodes.saturating_sub(1) / 2
}

/// The pairs `(a, b)` with `a < b` in ascending order.
pub(super) fn pairs(n_nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n_nodes).flat_map(move |a| (a + 1..n_nodes).map(move |b| (a, b)))
}

/// The place of a pair among [`pairs`]; `None` if it is not one.
pub(super) fn pair_index(n_nodes: usize, a: usize, b: usize) -> Option<usize> {
    let (a, b) = (a.min(b), a.max(b));
    (a < b && b < n_nodes).then(|| a * (2 * n_nodes - a - 1) / 2 + b - a - 1)
}

/// Two different nodes by name.
pub(super) fn distinct(nodes: &Nodes, a: &str, b: &str) -> causal_graph::Result<(usize, usize)> {
    let (a, b) = (nodes.index(a)?, nodes.index(b)?);
    if a == b {
        return Err(causal_graph::Error::SelfLoop {
            node: nodes.name(a).to_owned(),
        });
    }
    Ok((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_pair_is_its_place() {
        for n_nodes in 0..6 {
            assert_eq!(pairs(n_nodes).count(), n_pairs(n_nodes));
            for (place, (a, b)) in pairs(n_nodes).enumerate() {
                assert_eq!(pair_index(n_nodes, a, b), Some(place));
                assert_eq!(pair_index(n_nodes, b, a), Some(place));
            }
        }
        assert_eq!(pair_index(3, 1, 1), None);
        assert_eq!(pair_index(3, 1, 3), None);
    }
}
