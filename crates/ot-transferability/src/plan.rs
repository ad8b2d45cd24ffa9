//! A transport plan: how much mass goes from each source point to each target point.

use ndarray::{Array2, ArrayView2};

use crate::{CostMatrix, Error, Marginals, Result};

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
/// let plan = Plan::new(2, 2, vec![
///     Move { source: 1, target: 0, mass: 0.5 },
///     Move { source: 0, target: 1, mass: 0.5 },
/// ])?;
/// assert_eq!(plan.mass(), 1.0);
/// assert_eq!(plan.source_marginal(), [0.5, 0.5]);
/// assert_eq!(plan.to_dense()[[0, 1]], 0.5);
/// # Ok::<(), ot_transferability::Error>(())
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
    /// # Errors
    ///
    /// A move between points that there are not, or a mass that is negative or not finite.
    pub fn new(n_sources: usize, n_targets: usize, moves: Vec<Move>) -> Result<Self> {
        let refused = moves.iter().find(|entry| {
            !(entry.source < n_sources
                && entry.target < n_targets
                && entry.mass >= 0.0
                && entry.mass.is_finite())
        });
        match refused {
            None => Ok(Self::sparse(n_sources, n_targets, moves)),
            Some(&entry) => Err(Error::Move {
                entry,
                n_sources,
                n_targets,
            }),
        }
    }

    /// A plan of all masses (n, m).
    ///
    /// # Errors
    ///
    /// A mass that is negative or not finite.
    pub fn from_dense(masses: ArrayView2<'_, f64>) -> Result<Self> {
        let (n_sources, n_targets) = masses.dim();
        let refused = masses
            .indexed_iter()
            .find(|&(_, &mass)| !(mass >= 0.0 && mass.is_finite()));
        match refused {
            None => Ok(Self::dense(
                n_sources,
                n_targets,
                masses.iter().copied().collect(),
            )),
            Some(((source, target), &mass)) => Err(Error::Move {
                entry: Move { source, target, mass },
                n_sources,
                n_targets,
            }),
        }
    }

    /// A plan of moves within range, in any order; a pair that stands twice carries the sum.
    pub(crate) fn sparse(n_sources: usize, n_targets: usize, mut moves: Vec<Move>) -> Self {
        debug_assert!(
            moves
                .iter()
                .all(|entry| entry.source < n_sources && entry.target < n_targets)
        );
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
            Storage::Sparse(moves) => moves
                .iter()
                .copied()
                .filter(|entry| entry.mass != 0.0)
                .for_each(visit),
            Storage::Dense(masses) => {
                // Without targets there is no mass, and no row to cut.
                for (source, row) in masses.chunks(self.n_targets.max(1)).enumerate() {
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

    /// The cost of the plan, `sum_ij C_ij P_ij`, for costs of the same shape.
    pub(crate) fn cost(&self, cost: &CostMatrix) -> f64 {
        debug_assert_eq!(
            (cost.n_sources(), cost.n_targets()),
            (self.n_sources, self.n_targets)
        );
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
    pub(crate) fn expand(
        &self,
        n_sources: usize,
        n_targets: usize,
        sources: &[usize],
        targets: &[usize],
    ) -> Self {
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
    left.iter()
        .zip(right)
        .map(|(left, right)| (left - right).abs())
        .sum()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn moved(source: usize, target: usize, mass: f64) -> Move {
        Move { source, target, mass }
    }

    #[test]
    fn moves_are_sorted_and_repeated_pairs_added() {
        let plan =
            Plan::new(2, 3, vec![moved(1, 2, 0.25), moved(0, 1, 0.5), moved(1, 2, 0.25)]).expect("moves");
        assert_eq!(plan.to_dense(), array![[0.0, 0.5, 0.0], [0.0, 0.0, 0.5]]);
        assert_eq!(plan.target_marginal(), [0.0, 0.5, 0.5]);
    }

    #[test]
    fn both_storages_agree() {
        let dense = array![[0.0, 0.5, 0.0], [0.25, 0.0, 0.25]];
        let full = Plan::from_dense(dense.view()).expect("masses");
        let mut moves = Vec::new();
        full.for_each(|entry| moves.push(entry));
        let sparse = Plan::new(2, 3, moves).expect("moves");
        assert_eq!(sparse.to_dense(), dense);
        assert_eq!(full.to_dense(), dense);
        let cost = CostMatrix::new((0..6).map(f64::from).collect(), 2, 3).expect("costs");
        assert_eq!(sparse.cost(&cost), 0.5 + 0.75 + 1.25);
        assert_eq!(full.cost(&cost), sparse.cost(&cost));
        let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5]).expect("weights");
        assert_eq!(sparse.marginal_error(&marginals), 0.5);
    }

    #[test]
    fn a_plan_without_targets_moves_nothing() {
        let plan = Plan::from_dense(Array2::zeros((3, 0)).view()).expect("no mass");
        assert_eq!(plan.mass(), 0.0);
        assert_eq!(plan.to_dense().dim(), (3, 0));
    }

    #[test]
    fn wrong_moves_are_refused() {
        for wrong in [
            moved(2, 0, 0.1),
            moved(0, 3, 0.1),
            moved(0, 0, -0.1),
            moved(0, 0, f64::NAN),
        ] {
            assert!(matches!(Plan::new(2, 3, vec![wrong]), Err(Error::Move { .. })));
        }
        assert!(Plan::from_dense(array![[0.1, f64::INFINITY]].view()).is_err());
    }
}
