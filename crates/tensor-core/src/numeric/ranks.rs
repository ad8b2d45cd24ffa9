//! Ranks with ties.

use crate::{
    Result,
    numeric::vector::{self, compare},
};

/// The rank of each entry, from 1 for the smallest; equal entries share the mean of their ranks.
///
/// ```text
/// rank_i = #{j: x_j < x_i} + (#{j: x_j = x_i} + 1) / 2
/// ```
///
/// # Errors
///
/// [`Error::TooFew`](crate::Error::TooFew) for no entries, [`Error::NonFinite`](crate::Error::NonFinite) for
/// an entry that is not finite.
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::average_ranks;
///
/// assert_eq!(average_ranks(&[10.0, 30.0, 20.0, 20.0])?, [1.0, 4.0, 2.5, 2.5]);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn average_ranks(values: &[f64]) -> Result<Vec<f64>> {
    vector::check("values", values, 1)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&i, &j| compare(values[i], values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut n_below = 0;
    for tied in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = n_below as f64 + (tied.len() + 1) as f64 / 2.0;
        for &i in tied {
            ranks[i] = rank;
        }
        n_below += tied.len();
    }
    Ok(ranks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    #[test]
    fn bad_input_is_refused() {
        assert!(matches!(average_ranks(&[]), Err(Error::TooFew { .. })));
        assert!(matches!(average_ranks(&[f64::NAN]), Err(Error::NonFinite { .. })));
    }

    proptest! {
        #[test]
        fn ranks_are_the_definition(values in prop::collection::vec(-5..5_i32, 1..40)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let ranks = average_ranks(&values).expect("finite");
            for (value, rank) in values.iter().zip(&ranks) {
                let n_below = values.iter().filter(|other| *other < value).count() as f64;
                let n_equal = values.iter().filter(|other| *other == value).count() as f64;
                prop_assert_eq!(*rank, n_below + 0.5 * (n_equal + 1.0));
            }
            // Sums of halves: exact.
            let n = values.len() as f64;
            prop_assert_eq!(ranks.iter().sum::<f64>(), n * (n + 1.0) / 2.0);
        }
    }
}
