//! Labelled random streams: one seed gives the same numbers whatever the order of the draws or the number of
//! threads.

use rand::{SeedableRng, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The root of every random number of a run.
///
/// A seed is not a generator: it has no state to share between threads or to advance in a fixed order. It
/// names generators. Each consumer of random numbers takes the [stream](Self::stream) with its own label, and
/// each item of a parallel loop the stream with its own index, so a draw depends on the seed, the label and
/// the index alone.
///
/// Serde writes it as the plain number.
///
/// # Examples
///
/// ```
/// use rand::RngExt;
/// use run_control::Seed;
///
/// let seed = Seed::new(7);
/// let first: u64 = seed.stream("dropout", 0).random();
/// let other_item: u64 = seed.stream("dropout", 1).random();
/// let other_label: u64 = seed.stream("shuffle", 0).random();
///
/// assert_eq!(first, Seed::new(7).stream("dropout", 0).random::<u64>());
/// assert_ne!(first, other_item);
/// assert_ne!(first, other_label);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(u64);

impl Seed {
    /// The seed of that number; every number is as good as any other.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(run_control::Seed::new(7).value(), 7);
    /// ```
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number that this seed was made of.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(run_control::Seed::new(7).value(), 7);
    /// ```
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The generator of one item of one consumer, at its beginning.
    ///
    /// ```text
    /// key       = SHA-256("tensor-core/stream/1" · seed · |label| · label)
    /// generator = ChaCha8(key, stream identifier = index)
    /// ```
    ///
    /// The domain keeps the name of the crate that held this type first: another name would be other numbers.
    /// Seed and length are 8 bytes, little end first. The generator gives 2^70 bytes before it repeats, none of
    /// them a part of another index's stream; another label has another key.
    ///
    /// Name labels after what is drawn, with the crate or the type in front (`"adam/noise"`): two consumers
    /// of one seed that pick the same label draw the same numbers.
    ///
    /// # Reference
    ///
    /// D. J. Bernstein, "`ChaCha`, a variant of Salsa20", 2008.
    ///
    /// # Examples
    ///
    /// ```
    /// use rand::RngExt;
    /// use run_control::Seed;
    ///
    /// let coins: Vec<bool> = (0..4).map(|item| Seed::new(1).stream("coin", item).random()).collect();
    /// let again: Vec<bool> = (0..4).rev().map(|item| Seed::new(1).stream("coin", item).random()).collect();
    /// assert!(coins.iter().eq(again.iter().rev()));
    /// ```
    #[must_use]
    pub fn stream(self, label: &str, index: u64) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::from_seed(self.digest("tensor-core/stream/1", label));
        generator.set_stream(index);
        generator
    }

    /// The seed of a part of the work, for a part that takes a seed itself.
    ///
    /// ```text
    /// derived = first 8 bytes of SHA-256("tensor-core/derive/1" · seed · |label| · label)
    /// ```
    ///
    /// # Examples
    ///
    /// ```
    /// use run_control::Seed;
    ///
    /// let seed = Seed::new(7);
    /// assert_eq!(seed.derive("fold 0"), seed.derive("fold 0"));
    /// assert_ne!(seed.derive("fold 0"), seed.derive("fold 1"));
    /// assert_ne!(seed.derive("fold 0"), seed);
    /// ```
    #[must_use]
    pub fn derive(self, label: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = self.digest("tensor-core/derive/1", label);
        Self(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }

    /// The hash of domain, seed and label. Both strings end where their lengths say, so no two inputs collide
    /// by concatenation: the domains are constants of which none is the beginning of another.
    fn digest(self, domain: &str, label: &str) -> [u8; 32] {
        Sha256::new()
            .chain_update(domain)
            .chain_update(self.0.to_le_bytes())
            .chain_update((label.len() as u64).to_le_bytes())
            .chain_update(label)
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;

    fn draws(seed: u64, label: &str, index: u64) -> [u64; 4] {
        Seed::new(seed).stream(label, index).random()
    }

    /// These numbers come from this code and prove nothing by themselves: they notice a change of the stream,
    /// which would change every seeded result of every user.
    #[test]
    fn the_stream_is_pinned() {
        assert_eq!(draws(0, "", 0), PINNED_EMPTY);
        assert_eq!(draws(42, "bootstrap", 7), PINNED_BOOTSTRAP);
        assert_eq!(Seed::new(42).derive("fold").value(), PINNED_DERIVED);
    }

    const PINNED_EMPTY: [u64; 4] = [
        7_515_862_417_842_657_105,
        13_498_299_632_001_273_291,
        14_321_850_723_660_643_303,
        1_039_444_621_887_502_391,
    ];
    const PINNED_BOOTSTRAP: [u64; 4] = [
        13_104_575_000_727_059_675,
        10_930_794_958_770_836_269,
        10_673_374_621_502_306_560,
        1_202_639_469_307_946_387,
    ];
    const PINNED_DERIVED: u64 = 11_675_557_510_606_777_080;

    /// The key against one computed apart from this code (Python: `hashlib.sha256(...)`).
    #[test]
    fn the_key_is_the_stated_hash() {
        let key = [
            0xcc, 0xf4, 0xc7, 0xfc, 0xbe, 0x1b, 0xa7, 0x24, 0x0e, 0x7f, 0x23, 0x8e, 0xed, 0xcb, 0x2d, 0x26,
            0x12, 0x8d, 0x69, 0x17, 0x67, 0x63, 0x82, 0xf8, 0x23, 0x64, 0x85, 0xbe, 0xa1, 0xdb, 0x44, 0x2c,
        ];
        assert_eq!(Seed::new(42).digest("tensor-core/stream/1", "bootstrap"), key);
        assert_eq!(Seed::new(42).stream("bootstrap", 7).get_stream(), 7);
    }

    #[test]
    fn label_and_seed_do_not_run_together() {
        // The same bytes in a row, cut at another place.
        assert_ne!(draws(0, "ab", 0), draws(0, "a", 0));
        assert_ne!(draws(0, "a\0", 0), draws(0, "a", 0));
        assert_ne!(Seed::new(0).derive("a\0"), Seed::new(0).derive("a"));
    }

    #[test]
    fn serde_writes_the_number() -> Result<(), serde_json::Error> {
        assert_eq!(serde_json::to_string(&Seed::new(u64::MAX))?, u64::MAX.to_string());
        assert_eq!(serde_json::from_str::<Seed>("5")?, Seed::new(5));
        assert!(serde_json::from_str::<Seed>("-5").is_err());
        Ok(())
    }

    #[test]
    fn neighbouring_streams_are_uncorrelated() {
        // 64 seeds x 64 indices: among 4096 first draws of 64 bits a collision has probability 5e-13.
        let first: BTreeSet<u64> = (0..64)
            .flat_map(|seed| (0..64).map(move |index| draws(seed, "grid", index)[0]))
            .collect();
        assert_eq!(first.len(), 4096);

        // The bits that differ between neighbours: mean 32, standard error 4 / sqrt(4095); five of them
        // allowed.
        let values: Vec<u64> = (0..4096).map(|index| draws(3, "bits", index)[0]).collect();
        let flips: u32 = values
            .windows(2)
            .map(|pair| (pair[0] ^ pair[1]).count_ones())
            .sum();
        let mean = f64::from(flips) / 4095.0;
        assert!(
            (mean - 32.0).abs() < 5.0 * 4.0 / 4095.0_f64.sqrt(),
            "mean of {mean} flipped bits"
        );
    }

    proptest! {
        #[test]
        fn another_seed_label_or_index_is_another_stream(
            seed: u64, other: u64, label in ".{0,12}", other_label in ".{0,12}", index: u64, other_index: u64,
        ) {
            let reference = draws(seed, &label, index);
            prop_assert_eq!(reference, draws(seed, &label, index));
            prop_assert_eq!(reference == draws(other, &label, index), seed == other);
            prop_assert_eq!(reference == draws(seed, &other_label, index), label == other_label);
            prop_assert_eq!(reference == draws(seed, &label, other_index), index == other_index);
        }

        #[test]
        fn the_order_of_creation_and_the_threads_do_not_matter(seed: u64, n in 1_usize..20) {
            use rayon::prelude::*;

            let forwards: Vec<_> = (0..n).map(|index| draws(seed, "item", index as u64)).collect();
            let mut backwards: Vec<_> = (0..n).rev().map(|index| draws(seed, "item", index as u64)).collect();
            backwards.reverse();
            let parallel: Vec<_> = (0..n).into_par_iter().map(|index| draws(seed, "item", index as u64)).collect();
            prop_assert_eq!(&forwards, &backwards);
            prop_assert_eq!(&forwards, &parallel);
        }
    }
}
