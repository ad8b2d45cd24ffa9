//! The best parents of a child in every set of other nodes.

use causal_graph::NodeSet;
use rayon::prelude::*;
use run_control::Cancelled;

use super::gaussian_table::GaussianBlock;
use super::subsets::{bits, node_of_bit, without_child};
use crate::Result;
use crate::parent_sets::ParentConstraints;
use crate::score::LocalScore;

/// For a child and each set of other nodes, the greatest local score with parents in the set.
pub(super) struct ParentTable {
    child: usize,
    /// The nodes that come before the child in every order worth a look.
    before: u32,
    /// Required parents, as bits without the child.
    required: usize,
    /// By set; negative infinity where the constraints leave no parents.
    best: Vec<f64>,
}

/// The binary logarithm of the number of sets that are scored at once.
const BLOCK_BITS: usize = 10;
/// The blocks between two looks at the progress.
const BLOCKS_PER_LOOK: usize = 64;

/// The fewest sets that are worth a thread.
const MIN_CHUNK: usize = 1 << 14;

/// What the scores of the sets of a block need.
pub(super) struct Scope<'a> {
    pub(super) child: usize,
    /// The nodes that may be parents, as bits.
    pub(super) possible: usize,
    pub(super) max_parents: usize,
    score: &'a dyn LocalScore,
}

impl ParentTable {
    /// The table of a child, and the number of local scores.
    pub(super) fn new(
        score: &dyn LocalScore,
        constraints: &ParentConstraints,
        child: usize,
        look: &dyn Fn() -> std::result::Result<(), Cancelled>,
    ) -> Result<(Self, u64)> {
        let n_bits = constraints.n_nodes() - 1;
        let as_bits = |set: &NodeSet| {
            let nodes = set.iter().filter(|&node| node != child);
            without_child(nodes.fold(0, |bits, node| bits | 1 << node), child)
        };
        let scope = Scope {
            child,
            possible: as_bits(constraints.possible(child)),
            max_parents: constraints.max_parents(),
            score,
        };
        let mut best = vec![f64::NEG_INFINITY; 1 << n_bits];
        let block = 1 << BLOCK_BITS.min(n_bits);
        let mut n_scores = 0;
        for (look_idx, blocks) in best.chunks_mut(block * BLOCKS_PER_LOOK).enumerate() {
            look()?;
            let start = look_idx * block * BLOCKS_PER_LOOK;
            n_scores += blocks
                .par_chunks_mut(block)
                .enumerate()
                .map(|(block_idx, scores)| scope.fill(start + block_idx * block, scores))
                .try_reduce(|| 0, |a, b| Ok(a + b))?;
        }
        let required = as_bits(constraints.required(child));
        spread(&mut best, !required);
        let before = constraints
            .before(child)
            .iter()
            .fold(0, |bits, node| bits | 1 << node);
        let table = Self {
            child,
            before,
            required,
            best,
        };
        Ok((table, n_scores))
    }

    /// The greatest score with parents in the set of nodes, which does not hold the child; negative infinity if the child
    /// may not follow this set.
    pub(super) fn best_score(&self, set: u32) -> f64 {
        if set & self.before != self.before {
            return f64::NEG_INFINITY;
        }
        self.best[without_child(set, self.child)]
    }

    /// The parents of that score: a smallest set along the way.
    pub(super) fn best_parents(&self, set: u32) -> impl Iterator<Item = usize> + '_ {
        let mut parents = without_child(set, self.child);
        while let Some(idle) = bits(parents & !self.required)
            .rev()
            .find(|bit| self.best[parents & !(1 << bit)] == self.best[parents])
        {
            parents &= !(1 << idle);
        }
        bits(parents).map(|bit| node_of_bit(bit, self.child))
    }
}

impl Scope<'_> {
    /// Writes the scores of the sets of a block, and says how many they are.
    fn fill(&self, start: usize, scores: &mut [f64]) -> Result<u64> {
        if let Some(gaussian) = self.score.as_gaussian() {
            return GaussianBlock::new(gaussian, self).fill(start, scores);
        }
        if !self.is_possible(start) {
            return Ok(0);
        }
        let mut parents: Vec<usize> = self.nodes(start).collect();
        scores[0] = self.score.local(self.child, &parents)?;
        let mut n_scores = 1;
        // A set is its parent set with one member more that is below all others.
        for low in 0..scores.len() {
            let set = start | low;
            if set & !self.possible != 0 || set.count_ones() as usize >= self.max_parents {
                continue;
            }
            let below = if low == 0 {
                scores.len()
            } else {
                1 << low.trailing_zeros()
            } - 1;
            let candidate_bits = bits(below & self.possible);
            let candidates: Vec<usize> = candidate_bits
                .clone()
                .map(|bit| node_of_bit(bit, self.child))
                .collect();
            if candidates.is_empty() {
                continue;
            }
            parents.clear();
            parents.extend(self.nodes(set));
            let additions = self.score.local_additions(self.child, &parents, &candidates)?;
            n_scores += additions.len() as u64;
            for (bit, score) in candidate_bits.zip(additions) {
                scores[low | 1 << bit] = score;
            }
        }
        Ok(n_scores)
    }

    /// Whether the set keeps to possible parents and the limit.
    pub(super) fn is_possible(&self, set: usize) -> bool {
        set & !self.possible == 0 && set.count_ones() as usize <= self.max_parents
    }

    /// The nodes of a set, ascending.
    pub(super) fn nodes(&self, set: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        bits(set).map(|bit| node_of_bit(bit, self.child))
    }

    /// The local score of a set by the score itself.
    pub(super) fn local(&self, set: usize) -> Result<f64> {
        self.score.local(self.child, &self.nodes(set).collect::<Vec<_>>())
    }
}

/// Raises each value to the greatest of the subsets that lack only bits of `along`.
fn spread(values: &mut [f64], along: usize) {
    let n_sets = values.len();
    let n_bits = n_sets.trailing_zeros() as usize;
    for bit in (0..n_bits).filter(|bit| along & (1 << bit) != 0) {
        let half = 1 << bit;
        values
            .par_chunks_mut((2 * half).max(MIN_CHUNK).min(n_sets))
            .for_each(|chunk| {
                for pair in chunk.chunks_mut(2 * half) {
                    let (without, with) = pair.split_at_mut(half);
                    for (with, &without) in with.iter_mut().zip(&*without) {
                        if without > *with {
                            *with = without;
                        }
                    }
                }
            });
    }
}
