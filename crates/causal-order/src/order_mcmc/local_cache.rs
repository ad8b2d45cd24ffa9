//! Local scores by child and parent set, for one chain.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rand::RngExt as _;
use run_control::Seed;

use crate::Result;

/// A random number for each node: the exclusive or over a set names the set.
///
/// With 128 bits two of a billion sets share their name with probability 2e-21.
#[derive(Debug, Clone)]
pub(super) struct SetNames(Vec<u128>);

impl SetNames {
    pub(super) fn new(n_nodes: usize, seed: Seed) -> Self {
        let mut random = seed.stream("causal-order/order-mcmc/set-names", 0);
        Self((0..n_nodes).map(|_| random.random()).collect())
    }

    /// What a node changes of the name of a set, coming or going.
    pub(super) fn of_node(&self, node: usize) -> u128 {
        self.0[node]
    }
}

/// Numbers by child and the name of a set. When it is full it forgets all, and begins again.
#[derive(Debug, Clone)]
pub(super) struct LocalCache {
    values: Vec<HashMap<u128, f64, BuildHasherDefault<NameHasher>>>,
    n_values: usize,
    n_computed: u64,
}

/// The most numbers kept: about 100 MB.
const CAPACITY: usize = 1 << 21;

impl LocalCache {
    pub(super) fn new(n_nodes: usize) -> Self {
        Self {
            values: vec![HashMap::default(); n_nodes],
            n_values: 0,
            n_computed: 0,
        }
    }

    /// The number for a child and a set, computed if it is not there.
    pub(super) fn get(
        &mut self,
        child: usize,
        name: u128,
        compute: impl FnOnce() -> Result<f64>,
    ) -> Result<f64> {
        if let Some(&value) = self.values[child].get(&name) {
            return Ok(value);
        }
        let value = compute()?;
        self.n_computed += 1;
        if self.n_values == CAPACITY {
            self.values.iter_mut().for_each(HashMap::clear);
            self.n_values = 0;
        }
        self.values[child].insert(name, value);
        self.n_values += 1;
        Ok(value)
    }

    /// How many numbers were computed.
    pub(super) fn n_computed(&self) -> u64 {
        self.n_computed
    }
}

/// The names are random: half of their bits are a hash.
#[derive(Debug, Clone, Default)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u128(&mut self, name: u128) {
        self.0 = name as u64;
    }
}
