//! Numbers that stand for source rows in seeded choices.

/// The key of a source row: as good as random, and distinct for distinct rows, since each step can be undone.
///
/// ```text
/// key(i) = mix(s + i g)  mod 2^64
///
/// i    number of the row in the whole source sample
/// s    where the choice starts, a number derived from its seed
/// g    0x9E3779B97F4A7C15
/// mix  the output function of SplitMix64
/// ```
///
/// # Reference
///
/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, doi:10.1145/2660193.2660195.
pub(crate) fn row_key(start: u64, row: u64) -> u64 {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let state = start.wrapping_add(row.wrapping_mul(STEP));
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of `SplitMix64` from state 0 and 1234567, from the authors' C program's known results.
    #[test]
    fn keys_are_splitmix64() {
        let outputs = |start: u64| [1, 2, 3].map(|row| row_key(start, row));
        assert_eq!(
            outputs(0),
            [
                0xE220_A839_7B1D_CDAF,
                0x6E78_9E6A_A1B9_65F4,
                0x06C4_5D18_8009_454F
            ]
        );
        assert_eq!(
            outputs(1_234_567),
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }
}
