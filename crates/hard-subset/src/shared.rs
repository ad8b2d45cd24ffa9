//! One hardness for a pool of networks.

use serde::{Deserialize, Serialize};
use tensor_core::{check, numeric};

use crate::{Error, Hardness, Result};

/// Whether each network is scored on its own hard subset, or all on one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Each network has its own subset: the reading of the publication. The scores of two networks are then of different
    /// samples.
    #[default]
    PerModel,
    /// One subset for all, by [`PoolHardness::MeanRank`].
    Shared,
}

/// How the hardnesses of several networks become one.
///
/// Hardnesses of different networks have different scales, so each is replaced by its relative ranks first: 1/m for the
/// easiest of m samples to 1 for the hardest, equal values sharing their mean rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolHardness {
    /// The mean rank: hard for most.
    #[default]
    MeanRank,
    /// The greatest rank: hard for any.
    Max,
    /// The least rank: hard for all.
    Min,
}

impl Scope {
    /// The hardness by which each network's subset is chosen.
    ///
    /// # Errors
    ///
    /// No network, or hardnesses of different lengths, if the scope is shared.
    pub fn hardnesses(self, pool: &[Hardness]) -> Result<Vec<Hardness>> {
        match self {
            Self::PerModel => Ok(pool.to_vec()),
            Self::Shared => Ok(vec![PoolHardness::MeanRank.of(pool)?; pool.len()]),
        }
    }
}

impl PoolHardness {
    /// One hardness for all.
    ///
    /// # Errors
    ///
    /// No network, or hardnesses of different lengths.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::{Hardness, PoolHardness};
    ///
    /// let pool = [Hardness::new(vec![0.0, 10.0, 20.0])?, Hardness::new(vec![0.3, 0.2, 0.1])?];
    /// let joint = PoolHardness::Max.of(&pool)?;
    /// assert_eq!(joint.values(), [1.0, 2.0 / 3.0, 1.0]);
    /// # Ok::<(), hard_subset::Error>(())
    /// ```
    pub fn of(self, pool: &[Hardness]) -> Result<Hardness> {
        let Some(first) = pool.first() else {
            return Err(Error::EmptyPool);
        };
        // Ranks are whole or half numbers: their sums are exact, so that ties stay ties, in any order of the networks.
        let mut joint = numeric::average_ranks(first.values())?;
        for hardness in &pool[1..] {
            check::same_length("a hardness", hardness.len(), "the first", joint.len())?;
            for (joint, rank) in joint.iter_mut().zip(numeric::average_ranks(hardness.values())?) {
                *joint = match self {
                    Self::MeanRank => *joint + rank,
                    Self::Max => joint.max(rank),
                    Self::Min => joint.min(rank),
                };
            }
        }
        let n_summed = match self {
            Self::MeanRank => pool.len(),
            Self::Max | Self::Min => 1,
        };
        let greatest = (joint.len() * n_summed) as f64;
        Hardness::new(joint.into_iter().map(|rank| rank / greatest).collect())
    }
}
