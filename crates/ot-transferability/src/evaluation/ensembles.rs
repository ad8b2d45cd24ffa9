//! The ensembles of a pool.

use std::collections::BTreeSet;

use rand::RngExt;
use rayon::prelude::*;
use tensor_core::{Seed, check};

use crate::ensemble::ordered;
use crate::{EnsembleScore, Error, Result};

/// Distinct ensembles of one size, in lexicographic order.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Ensembles, PairwiseScore};
///
/// let ensembles = Ensembles::all(4, 3, 1000)?;
/// assert!(ensembles.iter().eq([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]));
/// let scores = ensembles.scores(&PairwiseScore::modular("sum", &[1.0, 2.0, 4.0, 8.0])?)?;
/// assert_eq!(scores, [7.0, 11.0, 13.0, 14.0]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ensembles {
    n_members: usize,
    size: usize,
    /// `size` members an ensemble, in increasing order.
    members: Vec<usize>,
}

impl Ensembles {
    /// All ensembles of a size, if there are at most `limit`.
    ///
    /// # Errors
    ///
    /// A size outside `1..=n_members`, or more than `limit` ensembles.
    pub fn all(n_members: usize, size: usize, limit: u64) -> Result<Self> {
        let count = checked_count(n_members, size)?;
        // More members than these no vector can hold.
        let limit = limit.min((isize::MAX as usize / size_of::<usize>() / size) as u64);
        let Some(n_ensembles) = count.filter(|&count| count <= limit) else {
            return Err(Error::TooManyEnsembles {
                size,
                n_members,
                count,
                limit,
            });
        };
        let mut all = Self {
            n_members,
            size,
            members: Vec::with_capacity(size * n_ensembles as usize),
        };
        let mut ensemble: Vec<usize> = (0..size).collect();
        loop {
            all.members.extend(&ensemble);
            // The last member that can move on; those after it follow closely.
            let Some(position) = (0..size)
                .rev()
                .find(|&position| ensemble[position] < n_members - size + position)
            else {
                return Ok(all);
            };
            let next = ensemble[position] + 1;
            for (offset, member) in ensemble[position..].iter_mut().enumerate() {
                *member = next + offset;
            }
        }
    }

    /// `n_ensembles` ensembles drawn without replacement, each set of them as probable as any other; all of them if there
    /// are no more.
    ///
    /// # Errors
    ///
    /// A size outside `1..=n_members`, no ensemble, or 2^64 or more ensembles to draw from.
    ///
    /// # Reference
    ///
    /// Floyd's method: Bentley, Floyd, *Programming pearls: a sample of brilliance*, 1987, doi:10.1145/30401.315746.
    pub fn sample(n_members: usize, size: usize, n_ensembles: usize, seed: Seed) -> Result<Self> {
        check::parameter("n_ensembles", n_ensembles >= 1, "1 or more", n_ensembles)?;
        let Some(count) = checked_count(n_members, size)? else {
            return Err(Error::TooManyEnsembles {
                size,
                n_members,
                count: None,
                limit: u64::MAX,
            });
        };
        let n_ensembles = n_ensembles as u64;
        if count <= n_ensembles {
            return Self::all(n_members, size, count);
        }
        let mut rng = seed.stream("ensembles", 0);
        let mut ranks = BTreeSet::new();
        for largest in count - n_ensembles..count {
            let rank = rng.random_range(0..=largest);
            if !ranks.insert(rank) {
                ranks.insert(largest);
            }
        }
        let members = ranks.into_iter().flat_map(|rank| of_rank(rank, n_members, size));
        Ok(Self {
            n_members,
            size,
            members: members.collect(),
        })
    }

    /// Ensembles that were chosen elsewhere, put in order; one that stands twice counts once.
    ///
    /// # Errors
    ///
    /// No ensemble, ensembles of different size, or a member that is not in the pool or stands twice in an ensemble.
    pub fn new(n_members: usize, ensembles: &[Vec<usize>]) -> Result<Self> {
        check::at_least("ensembles", ensembles.len(), 1)?;
        let size = ensembles[0].len();
        checked_count(n_members, size)?;
        let mut distinct = BTreeSet::new();
        for ensemble in ensembles {
            check::same_length("an ensemble", ensemble.len(), "the first", size)?;
            distinct.insert(ordered(ensemble, n_members)?);
        }
        Ok(Self {
            n_members,
            size,
            members: distinct.into_iter().flatten().collect(),
        })
    }

    /// The number of members of the pool, M.
    pub fn n_members(&self) -> usize {
        self.n_members
    }

    /// The number of members of an ensemble, k.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The number of ensembles, at least 1.
    #[allow(clippy::len_without_is_empty, reason = "there is always an ensemble")]
    pub fn len(&self) -> usize {
        self.members.len() / self.size
    }

    /// The ensembles, each with its members in increasing order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        self.members.chunks_exact(self.size)
    }

    /// The score of each ensemble.
    ///
    /// # Errors
    ///
    /// A score of another pool.
    ///
    /// # Complexity
    ///
    /// One evaluation an ensemble: ensembles with the same beginning share it. Runs on the threads of the current pool; the
    /// result does not depend on their number.
    pub fn scores(&self, score: &dyn EnsembleScore) -> Result<Vec<f64>> {
        /// Ensembles scored one after the other.
        const BLOCK: usize = 512;
        check::same_length(
            score.name(),
            score.n_members(),
            "the pool of the ensembles",
            self.n_members,
        )?;
        let blocks: Vec<Vec<f64>> = self
            .members
            .par_chunks(BLOCK * self.size)
            .map(|block| {
                let mut growing = score.empty();
                let mut beginning: Vec<usize> = Vec::with_capacity(self.size);
                let score = |members: &[usize]| {
                    let (first, last) = members.split_at(self.size - 1);
                    let n_shared = beginning
                        .iter()
                        .zip(first)
                        .take_while(|(old, new)| old == new)
                        .count();
                    while beginning.len() > n_shared {
                        beginning.pop();
                        growing.pop();
                    }
                    for &member in &first[n_shared..] {
                        beginning.push(member);
                        growing.push(member);
                    }
                    growing.score_with(last[0])
                };
                block.chunks_exact(self.size).map(score).collect()
            })
            .collect();
        Ok(blocks.concat())
    }
}

impl<'a> IntoIterator for &'a Ensembles {
    type Item = &'a [usize];
    type IntoIter = std::slice::ChunksExact<'a, usize>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.chunks_exact(self.size)
    }
}

/// How many ensembles of a size there are, `C(n, k)`; `None` from 2^64 on.
pub(crate) fn count_ensembles(n_members: usize, size: usize) -> Option<u64> {
    if size > n_members {
        return Some(0);
    }
    let mut count = 1_u128;
    for factor in 1..=size.min(n_members - size) as u128 {
        // Divides without rest: a product of binomial coefficients.
        count = count * (n_members as u128 - factor + 1) / factor;
        if count > u128::from(u64::MAX) {
            return None;
        }
    }
    u64::try_from(count).ok()
}

fn checked_count(n_members: usize, size: usize) -> Result<Option<u64>> {
    match n_members {
        0 => Err(Error::EmptyPool),
        _ if (1..=n_members).contains(&size) => Ok(count_ensembles(n_members, size)),
        _ => Err(Error::EnsembleSize { size, n_members }),
    }
}

/// The ensemble of a rank in lexicographic order.
fn of_rank(mut rank: u64, n_members: usize, size: usize) -> Vec<usize> {
    let mut ensemble = Vec::with_capacity(size);
    let mut member = 0;
    while ensemble.len() < size {
        let n_missing = size - ensemble.len();
        // Those that have `member` next.
        let count = count_ensembles(n_members - member - 1, n_missing - 1).unwrap_or(u64::MAX);
        if rank < count {
            ensemble.push(member);
        } else {
            rank -= count;
        }
        member += 1;
    }
    ensemble
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_positions_among_all() -> Result<()> {
        for (n_members, size) in [(1, 1), (5, 1), (5, 5), (7, 3), (9, 4)] {
            let all = Ensembles::all(n_members, size, 1000)?;
            assert_eq!(Some(all.len() as u64), count_ensembles(n_members, size));
            for (rank, ensemble) in all.iter().enumerate() {
                assert_eq!(of_rank(rank as u64, n_members, size), ensemble);
            }
        }
        Ok(())
    }

    #[test]
    fn counts_overflow_to_none() {
        assert_eq!(count_ensembles(100, 3), Some(161_700));
        assert_eq!(count_ensembles(3, 4), Some(0));
        assert_eq!(count_ensembles(67, 33), Some(14_226_520_737_620_288_370));
        assert_eq!(count_ensembles(68, 34), None);
        assert_eq!(count_ensembles(10_000, 5000), None);
    }

    #[test]
    fn a_sample_is_distinct_ordered_and_seeded() -> Result<()> {
        let sample = Ensembles::sample(30, 4, 500, Seed::new(1))?;
        let ensembles: Vec<&[usize]> = sample.iter().collect();
        assert_eq!(ensembles.len(), 500);
        assert!(ensembles.is_sorted_by(|a, b| a < b));
        assert_eq!(sample, Ensembles::sample(30, 4, 500, Seed::new(1))?);
        assert_ne!(sample, Ensembles::sample(30, 4, 500, Seed::new(2))?);
        assert_eq!(
            Ensembles::sample(6, 3, 20, Seed::new(0))?,
            Ensembles::all(6, 3, 20)?
        );
        // Each member is in 500 x 4/30 = 66.7 ensembles; five standard deviations of a binomial number are 38.
        for member in 0..30 {
            let n = ensembles
                .iter()
                .filter(|ensemble| ensemble.contains(&member))
                .count();
            assert!((28..=105).contains(&n), "member {member} is in {n}");
        }
        Ok(())
    }

    #[test]
    fn ensembles_of_ones_own_are_put_in_order() -> Result<()> {
        let ensembles = Ensembles::new(5, &[vec![4, 1], vec![0, 2], vec![1, 4]])?;
        assert!(ensembles.iter().eq([[0, 2], [1, 4]]));
        assert!(matches!(
            Ensembles::new(5, &[vec![1, 1]]),
            Err(Error::RepeatedMember { member: 1 })
        ));
        assert!(matches!(
            Ensembles::new(5, &[vec![1], vec![1, 2]]),
            Err(Error::Core(_))
        ));
        assert!(matches!(
            Ensembles::new(5, &[vec![]]),
            Err(Error::EnsembleSize { size: 0, .. })
        ));
        Ok(())
    }

    #[test]
    fn too_many_are_refused_before_the_work() {
        let refused = Ensembles::all(1000, 500, u64::MAX);
        assert!(matches!(
            refused,
            Err(Error::TooManyEnsembles { count: None, .. })
        ));
        // Fewer than 2^64, yet more than there is an address for.
        assert!(matches!(
            Ensembles::all(64, 32, u64::MAX),
            Err(Error::TooManyEnsembles { count: Some(_), .. })
        ));
        let message = Ensembles::all(6, 3, 19).expect_err("twenty").to_string();
        assert_eq!(
            message,
            "there are 20 ensembles of 3 among 6 members: expected at most 19"
        );
        assert!(matches!(Ensembles::all(0, 0, 1), Err(Error::EmptyPool)));
        assert!(matches!(
            Ensembles::sample(3, 4, 1, Seed::new(0)),
            Err(Error::EnsembleSize { .. })
        ));
    }
}
