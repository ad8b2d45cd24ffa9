//! A transport plan: how much mass goes from each source point to each target point.

use ndarray::Array2;

use crate::{CostMatrix, Marginals};

/// Mass that moves from a source point to a target point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// The source point.
    pub source: usize,
    /// The target point.
    pub target: usize,
    /// The mass, not negative.
    pub mass: f64,
}

/// A transport plan (n, m) of masses, stored as the moves that are not zero or in full.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Move, Plan};
///
/// let plan = Plan::sparse(2, 2, vec![Move { source: 1, target: 0, mass: 0.5 }, Move { source: 0, target: 1, mass: 0.5 }]);
/// assert_eq!(plan.mass(), 1.0);
/// assert_eq!(plan.source_marginal(), [0.5, 0.5]);
/// assert_eq!(plan.to_dense()[[0, 1]], 0.5);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    n_sources: usize,
    n_targets: usize,
    storage: Storage,
}

#[derive(Debug, Clone, PartialEq)]
enum Storage {
    /// Sorted by source, then target.
    Sparse(Vec<Move>),
    /// Row after row.
    Dense(Vec<f64>),
}

impl Plan {
    /// A plan of some moves in any order; a pair that stands twice carries the sum.
    ///
    /// # Panics
    ///
    /// None here; a move out of range has no place in [`Plan::to_dense`].
    pub fn sparse(n_sources: usize, n_targets: usize, mut moves: Vec<Move>) -> Self {
        moves.retain(|entry| entry.source < n_sources && entry.target < n_targets);
        moves.sort_unstable_by_key(|entry| (entry.source, entry.target));
        moves.dedup_by(|later, kept| {
            let same = (later.source, later.target) == (kept.source, kept.target);
            if same {
                kept.mass += later.mass;
            }
            same
        });
        Self {
            n_sources,
            n_targets,
            storage: Storage::Sparse(moves),
        }
    }

    /// A plan of all masses, row after row; `n_targets` a row.
    pub(crate) fn dense(n_sources: usize, n_targets: usize, masses: Vec<f64>) -> Self {
        debug_assert_eq!(masses.len(), n_sources * n_targets);
        Self {
            n_sources,
            n_targets,
            storage: Storage::Dense(masses),
        }
    }

    /// The number of source points, n.
    pub fn n_sources(&self) -> usize {
        self.n_sources
    }

    /// The number of target points, m.
    pub fn n_targets(&self) -> usize {
        self.n_targets
    }

    /// Calls `visit` with every move whose mass is not zero, by source, then target.
    pub fn for_each(&self, mut visit: impl FnMut(Move)) {
        match &self.storage {
            Storage::Sparse(moves) => moves.iter().copied().filter(|entry| entry.mass != 0.0).for_each(visit),
            Storage::Dense(masses) => {
                for (source, row) in masses.chunks(self.n_targets).enumerate() {
                    for (target, &mass) in row.iter().enumerate() {
                        if mass != 0.0 {
                            visit(Move { source, target, mass });
                        }
                    }
                }
            }
        }
    }

    /// The mass that is moved.
    pub fn mass(&self) -> f64 {
        self.source_marginal().iter().sum()
    }

    /// The cost of the plan, `sum_ij C_ij P_ij`.
    ///
    /// # Panics
    ///
    /// If `cost` has another shape than the plan.
    pub(crate) fn cost(&self, cost: &CostMatrix) -> f64 {
        debug_assert_eq!((cost.n_sources(), cost.n_targets()), (self.n_sources, self.n_targets));
        let mut by_source = vec![0.0; self.n_sources];
        self.for_each(|Move { source, target, mass }| by_source[source] += mass * cost.row(source)[target]);
        by_source.iter().sum()
    }

    /// The mass that leaves each source point (n).
    pub fn source_marginal(&self) -> Vec<f64> {
        let mut marginal = vec![0.0; self.n_sources];
        self.for_each(|entry| marginal[entry.source] += entry.mass);
        marginal
    }

    /// The mass that reaches each target point (m).
    pub fn target_marginal(&self) -> Vec<f64> {
        let mut marginal = vec![0.0; self.n_targets];
        self.for_each(|entry| marginal[entry.target] += entry.mass);
        marginal
    }

    /// How far the plan is from its marginals: `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    pub fn marginal_error(&self, marginals: &Marginals) -> f64 {
        l1_distance(&self.source_marginal(), marginals.source())
            + l1_distance(&self.target_marginal(), marginals.target())
    }

    /// All masses as an array (n, m).
    pub fn to_dense(&self) -> Array2<f64> {
        let mut dense = Array2::zeros((self.n_sources, self.n_targets));
        self.for_each(|entry| dense[[entry.source, entry.target]] = entry.mass);
        dense
    }

    /// The plan among more points, of which `sources` and `targets` are those that this plan is among.
    pub(crate) fn expand(&self, n_sources: usize, n_targets: usize, sources: &[usize], targets: &[usize]) -> Self {
        match &self.storage {
            Storage::Sparse(moves) => {
                let moves = moves
                    .iter()
                    .map(|entry| Move {
                        source: sources[entry.source],
                        target: targets[entry.target],
                        mass: entry.mass,
                    })
                    .collect();
                Self::sparse(n_sources, n_targets, moves)
            }
            Storage::Dense(_) => {
                let mut masses = vec![0.0; n_sources * n_targets];
                self.for_each(|entry| {
                    masses[sources[entry.source] * n_targets + targets[entry.target]] = entry.mass;
                });
                Self::dense(n_sources, n_targets, masses)
            }
        }
    }
}

pub(crate) fn l1_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).sum()
}
