//! Random subsets for whole pools, put together from those of the single networks.

use hard_subset::Scope;
use rand::RngExt;
use tensor_core::Seed;

use super::comparison::Task;

/// For each pool, which of its random subsets every network takes.
///
/// A network's random subsets do not depend on those of another, so any may stand beside any: a hundred subsets of each of
/// forty networks make far more pools than a hundred. Subsets that networks share are put together over the targets
/// alone.
#[derive(Debug, Clone)]
pub(super) struct RandomPools(Vec<Pool>);

#[derive(Debug, Clone)]
struct Pool {
    /// For each target, each network's own subset.
    own: Vec<Vec<usize>>,
    /// For each target, the subset of all.
    shared: Vec<usize>,
}

impl RandomPools {
    /// Draws the pools; pool `p` comes from the stream `("random pool", p)`.
    pub(super) fn draw(tasks: &[Task<'_>], n_subsets: usize, n_pools: usize, seed: Seed) -> Self {
        let draw = |pool| {
            let mut rng = seed.stream("random pool", pool);
            let own = tasks.iter().map(|task| {
                let networks = task.members.iter();
                networks.map(|_| rng.random_range(0..n_subsets)).collect()
            });
            let own = own.collect();
            let shared = tasks.iter().map(|_| rng.random_range(0..n_subsets)).collect();
            Pool { own, shared }
        };
        Self((0..n_pools as u64).map(draw).collect())
    }

    /// The number of pools.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Which random subset a network takes, both given by their place in the group.
    pub(super) fn subset(&self, pool: usize, scope: Scope, task: usize, network: usize) -> usize {
        let pool = &self.0[pool];
        match scope {
            Scope::PerModel => pool.own[task][network],
            Scope::Shared => pool.shared[task],
        }
    }
}
