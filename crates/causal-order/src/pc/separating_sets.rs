//! The sets that separated pairs of nodes.

use causal_graph::Nodes;
use serde::{Deserialize, Serialize};

use super::pair_map::{distinct, n_pairs, pair_index, pairs};

/// For each pair that a test separated, the sets that did, the first one first.
///
/// A pair that knowledge keeps apart has none. Serde writes the sets by name.
///
/// # Examples
///
/// ```
/// use causal_graph::{Dag, Nodes};
/// use causal_order::independence::DSeparation;
/// use causal_order::Pc;
///
/// let nodes = Nodes::numbered(3);
/// let chain = Dag::from_edges(nodes.clone(), [(0, 1), (1, 2)])?;
/// let skeleton = Pc::default().skeleton(&nodes, &DSeparation::new(chain))?;
/// assert_eq!(skeleton.separating_sets.get(2, 0), Some(&[1][..]));
/// assert_eq!(skeleton.separating_sets.get(0, 1), None);
/// # Ok::<(), causal_order::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "SetList", into = "SetList")]
pub struct SeparatingSets {
    nodes: Nodes,
    /// The sets of each pair, as a range of `sets`.
    of_pair: Vec<Range>,
    /// The members of each set, as a range of `members`.
    sets: Vec<Range>,
    members: Vec<usize>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Range {
    start: usize,
    end: usize,
}

/// How serde writes the sets.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetList {
    nodes: Nodes,
    separated: Vec<Separated>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Separated {
    a: String,
    b: String,
    by: Vec<Vec<String>>,
}

impl SeparatingSets {
    pub(super) fn new(nodes: Nodes) -> Self {
        Self {
            of_pair: vec![Range::default(); n_pairs(nodes.len())],
            sets: Vec::new(),
            members: Vec::new(),
            nodes,
        }
    }

    /// The set that separated a pair first, in ascending order; the pair may be given in either order.
    pub fn get(&self, a: usize, b: usize) -> Option<&[usize]> {
        self.all(a, b).next()
    }

    /// All sets that separated a pair at the level at which its edge went: one, unless the collider rule asked for all.
    pub fn all(&self, a: usize, b: usize) -> impl Iterator<Item = &[usize]> + '_ {
        let range = pair_index(self.nodes.len(), a, b).map_or(Range::default(), |index| self.of_pair[index]);
        self.sets[range.start..range.end]
            .iter()
            .map(|set| &self.members[set.start..set.end])
    }

    /// The separated pairs `(a, b, set)` with `a < b` in ascending order, each with its first set.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, &[usize])> + '_ {
        pairs(self.nodes.len()).filter_map(|(a, b)| self.get(a, b).map(|set| (a, b, set)))
    }

    /// The number of separated pairs.
    pub fn len(&self) -> usize {
        self.of_pair
            .iter()
            .filter(|range| range.start < range.end)
            .count()
    }

    /// Whether no pair was separated.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Enters the sets of a pair, which has none yet.
    pub(super) fn insert<S: AsRef<[usize]>>(
        &mut self,
        a: usize,
        b: usize,
        sets: impl IntoIterator<Item = S>,
    ) {
        let Some(index) = pair_index(self.nodes.len(), a, b) else {
            return;
        };
        let start = self.sets.len();
        for set in sets {
            let first = self.members.len();
            self.members.extend_from_slice(set.as_ref());
            self.sets.push(Range {
                start: first,
                end: self.members.len(),
            });
        }
        self.of_pair[index] = Range {
            start,
            end: self.sets.len(),
        };
    }
}

/// The sets of each pair count, not the order in which pairs were entered.
impl PartialEq for SeparatingSets {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes && pairs(self.nodes.len()).all(|(a, b)| self.all(a, b).eq(other.all(a, b)))
    }
}

impl Eq for SeparatingSets {}

impl TryFrom<SetList> for SeparatingSets {
    type Error = causal_graph::Error;

    fn try_from(list: SetList) -> Result<Self, Self::Error> {
        let mut sets = Self::new(list.nodes.clone());
        for pair in list.separated {
            let (a, b) = distinct(&list.nodes, &pair.a, &pair.b)?;
            let by_index = |names: &Vec<String>| -> causal_graph::Result<Vec<usize>> {
                let mut members: Vec<usize> = names
                    .iter()
                    .map(|name| list.nodes.index(name))
                    .collect::<causal_graph::Result<_>>()?;
                members.sort_unstable();
                Ok(members)
            };
            let by: Vec<Vec<usize>> = pair
                .by
                .iter()
                .map(by_index)
                .collect::<causal_graph::Result<_>>()?;
            sets.insert(a, b, by);
        }
        Ok(sets)
    }
}

impl From<SeparatingSets> for SetList {
    fn from(sets: SeparatingSets) -> Self {
        let name = |node: usize| sets.nodes.name(node).to_owned();
        let separated = sets
            .iter()
            .map(|(a, b, _)| Separated {
                a: name(a),
                b: name(b),
                by: sets
                    .all(a, b)
                    .map(|set| set.iter().map(|&node| name(node)).collect())
                    .collect(),
            })
            .collect();
        Self {
            separated,
            nodes: sets.nodes,
        }
    }
}
