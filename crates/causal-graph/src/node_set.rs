//! Sets of nodes as bits.

use std::fmt;

/// A set of the nodes `0..n_nodes` of one graph, a bit each.
///
/// Sets of the same universe can be joined, met and compared at 64 nodes an operation.
///
/// # Panics
///
/// None: a node beyond the universe is in no set, and inserting it does nothing. Set operations expect two sets of
/// one universe; nodes beyond the smaller one are ignored.
///
/// # Examples
///
/// ```
/// use causal_graph::NodeSet;
///
/// let mut set = NodeSet::with(100, [3, 70]);
/// assert!(set.insert(5));
/// assert!(!set.insert(5));
/// assert!(set.contains(70));
/// assert_eq!(set.iter().collect::<Vec<_>>(), [3, 5, 70]);
///
/// set.difference_with(&NodeSet::with(100, [70]));
/// assert_eq!(set.len(), 2);
/// assert!(set.is_subset(&NodeSet::full(100)));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeSet {
    words: Vec<u64>,
    n_nodes: usize,
}

const BITS: usize = u64::BITS as usize;

impl NodeSet {
    /// The empty set over `n_nodes` nodes.
    pub fn new(n_nodes: usize) -> Self {
        Self {
            words: vec![0; n_nodes.div_ceil(BITS)],
            n_nodes,
        }
    }

    /// The set of the given nodes.
    pub fn with(n_nodes: usize, nodes: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::new(n_nodes);
        set.extend(nodes);
        set
    }

    /// All nodes.
    pub fn full(n_nodes: usize) -> Self {
        Self::with(n_nodes, 0..n_nodes)
    }

    /// The size of the universe.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// Adds a node, and says whether it was new.
    pub fn insert(&mut self, node: usize) -> bool {
        if node >= self.n_nodes {
            return false;
        }
        let word = &mut self.words[node / BITS];
        let bit = 1 << (node % BITS);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes a node out, and says whether it was there.
    pub fn remove(&mut self, node: usize) -> bool {
        let was_there = self.contains(node);
        if was_there {
            self.words[node / BITS] &= !(1 << (node % BITS));
        }
        was_there
    }

    /// Whether the node is in the set.
    pub fn contains(&self, node: usize) -> bool {
        node < self.n_nodes && self.words[node / BITS] & (1 << (node % BITS)) != 0
    }

    /// The number of nodes in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set has no node.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Takes all nodes out.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// The least node.
    pub fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    /// The nodes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(word_idx, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    word_idx * BITS + bit
                })
            })
        })
    }

    /// Adds the nodes of `other`.
    pub fn union_with(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Keeps the nodes that are in `other` too.
    pub fn intersect_with(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Takes the nodes of `other` out.
    pub fn difference_with(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Whether every node is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.words
            .iter()
            .zip(&other.words)
            .all(|(word, other)| word & !other == 0)
    }

    /// Whether no node is in `other`.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.words
            .iter()
            .zip(&other.words)
            .all(|(word, other)| word & other == 0)
    }
}

impl Extend<usize> for NodeSet {
    fn extend<I: IntoIterator<Item = usize>>(&mut self, nodes: I) {
        for node in nodes {
            self.insert(node);
        }
    }
}

impl fmt::Debug for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_is_a_set(a in prop::collection::btree_set(0_usize..150, 0..40), b in prop::collection::btree_set(0_usize..150, 0..40)) {
            let (bits_a, bits_b) = (NodeSet::with(150, a.iter().copied()), NodeSet::with(150, b.iter().copied()));
            let collect = |set: &NodeSet| set.iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(collect(&bits_a), a.clone());
            prop_assert_eq!(bits_a.len(), a.len());
            prop_assert_eq!(bits_a.is_empty(), a.is_empty());
            prop_assert_eq!(bits_a.first(), a.first().copied());
            let mut union = bits_a.clone();
            union.union_with(&bits_b);
            prop_assert_eq!(collect(&union), &a | &b);
            let mut both = bits_a.clone();
            both.intersect_with(&bits_b);
            prop_assert_eq!(collect(&both), &a & &b);
            let mut rest = bits_a.clone();
            rest.difference_with(&bits_b);
            prop_assert_eq!(collect(&rest), &a - &b);
            prop_assert_eq!(bits_a.is_subset(&bits_b), a.is_subset(&b));
            prop_assert_eq!(bits_a.is_disjoint(&bits_b), a.is_disjoint(&b));
        }
    }

    #[test]
    fn nodes_beyond_the_universe_are_in_no_set() {
        let mut set = NodeSet::new(3);
        assert!(!set.insert(3));
        assert!(!set.contains(64));
        assert!(!set.remove(200));
        assert!(set.is_empty());
    }
}
