//! Kendall's tau and its weighted form, by merge sort.

use crate::{
    Result,
    numeric::vector::{check_pair, compare, is_constant},
};

/// Kendall's tau-b: agreement in the order of pairs; `None` when either vector is constant.
///
/// ```text
/// tau_b = (n_concordant - n_discordant) / sqrt(n_x n_y)
/// ```
///
/// A pair of items is concordant when `x` and `y` order it alike, discordant when they order it oppositely;
/// `n_x` and `n_y` count the pairs that differ in `x` and in `y`.
///
/// # Errors
///
/// [`Error::Length`](crate::Error::Length) for unequal lengths, [`Error::TooFew`](crate::Error::TooFew) below
/// two entries, [`Error::NonFinite`](crate::Error::NonFinite) for an entry that is not finite.
///
/// # Complexity
///
/// O(n log n). The counts are exact up to 94 million entries.
///
/// # Reference
///
/// W. R. Knight, "A computer method for calculating Kendall's tau with ungrouped data", 1966,
/// doi:10.1080/01621459.1966.10480879.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::kendall;
///
/// // Of ten pairs two are discordant: (3, 2) and (5, 4).
/// assert_eq!(kendall(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 3.0, 2.0, 5.0, 4.0])?, Some(0.6));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn kendall(x: &[f64], y: &[f64]) -> Result<Option<f64>> {
    tau(x, y, |_| 1.0)
}

/// Weighted Kendall's tau in which high values count most; `None` when either vector is constant.
///
/// ```text
/// <x, y>  = sum_{i < j} (w_i + w_j) sgn(x_i - x_j) sgn(y_i - y_j),    w_i = 1 / (1 + rank_i)
/// tau_w   = <x, y> / sqrt(<x, x> <y, y>)
/// result  = (tau_w with items ranked by x + tau_w with items ranked by y) / 2
/// ```
///
/// Rank 0 is the largest entry; ties in one vector are ranked by the other. This is `scipy.stats.weightedtau`
/// with its defaults.
///
/// # Errors
///
/// As [`kendall`].
///
/// # Complexity
///
/// O(n log n).
///
/// # Reference
///
/// S. Vigna, "A weighted correlation index for rankings with ties", 2015, doi:10.1145/2736277.2741088,
/// section 4.
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::weighted_kendall;
///
/// // By hand, both rankings: weights 1, 1/2, 1/3, and only the pair of the two smallest is discordant.
/// // <x, x> = (1 + 1/2) + (1 + 1/3) + (1/2 + 1/3) = 11/3;  <x, y> = 11/3 - 2 (1/2 + 1/3) = 2.
/// let tau = weighted_kendall(&[1.0, 2.0, 3.0], &[2.0, 1.0, 3.0])?.unwrap();
/// assert!((tau - 6.0 / 11.0).abs() < 1e-15);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn weighted_kendall(x: &[f64], y: &[f64]) -> Result<Option<f64>> {
    let by_first = weighted_kendall_by_first(x, y)?;
    let by_second = weighted_kendall_by_first(y, x)?;
    Ok(by_first.zip(by_second).map(|(a, b)| f64::midpoint(a, b)))
}

/// Weighted Kendall's tau with the items ranked by the first vector alone; `None` when either vector is
/// constant.
///
/// For a first vector that is the truth, such as accuracies. The formula is `tau_w` in [`weighted_kendall`],
/// ranked by `x`; `scipy.stats.weightedtau(x, y, rank=None)`.
///
/// # Errors
///
/// As [`kendall`].
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// ```
/// use tensor_core::numeric::weighted_kendall_by_first;
///
/// let (truth, score) = ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]);
/// // Weights 1/3, 1/2, 1; the pair of the two largest is discordant: (11/3 - 2 (1 + 1/2)) / (11/3).
/// let tau = weighted_kendall_by_first(&truth, &score)?.unwrap();
/// assert!((tau - 2.0 / 11.0).abs() < 1e-15);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn weighted_kendall_by_first(x: &[f64], y: &[f64]) -> Result<Option<f64>> {
    tau(x, y, |rank| 1.0 / (1.0 + rank as f64))
}

#[derive(Debug, Clone, Copy)]
struct Item {
    x: f64,
    y: f64,
    weight: f64,
}

/// `<x, y> / sqrt(<x, x> <y, y>)` for items weighted by their rank in `x`, largest first, ties by `y`.
///
/// The weight of a set of pairs is the sum of `w_i + w_j` over it. Pairs that differ in both `x` and `y`
/// weigh as much as those that differ in `x`, plus those that differ in `y`, minus those that differ in
/// either.
fn tau(x: &[f64], y: &[f64], weigher: impl Fn(usize) -> f64) -> Result<Option<f64>> {
    check_pair(x, y)?;
    if is_constant(x) || is_constant(y) {
        return Ok(None);
    }
    let mut items: Vec<Item> = x
        .iter()
        .zip(y)
        .map(|(&x, &y)| Item { x, y, weight: 0.0 })
        .collect();
    items.sort_unstable_by(|a, b| compare(a.x, b.x).then(compare(a.y, b.y)));
    for (rank, item) in items.iter_mut().rev().enumerate() {
        item.weight = weigher(rank);
    }
    let differ_in_x = separated(&items, |a, b| a.x == b.x);
    let differ_in_either = separated(&items, |a, b| a.x == b.x && a.y == b.y);
    let discordant = sort_by_y(&mut items.clone(), &mut items);
    let differ_in_y = separated(&items, |a, b| a.y == b.y);
    let product = differ_in_x - (differ_in_either - differ_in_y) - 2.0 * discordant;
    Ok(Some(
        (product / (differ_in_x * differ_in_y).sqrt()).clamp(-1.0, 1.0),
    ))
}

/// The weight of all pairs of items from different groups, where equal items stand side by side.
fn separated(items: &[Item], equal: impl Fn(&Item, &Item) -> bool) -> f64 {
    let (mut n_before, mut weight_before, mut total) = (0.0, 0.0, 0.0);
    for group in items.chunk_by(equal) {
        let n = group.len() as f64;
        let weight: f64 = group.iter().map(|item| item.weight).sum();
        total += n_before * weight + weight_before * n;
        n_before += n;
        weight_before += weight;
    }
    total
}

/// Merges `source` into `sorted`, its copy, by rising `y` and gives the weight of the pairs whose `y` stood
/// in falling order. `source` ends as scratch.
fn sort_by_y(source: &mut [Item], sorted: &mut [Item]) -> f64 {
    if sorted.len() < 2 {
        return 0.0;
    }
    let middle = sorted.len() / 2;
    let (left, right) = source.split_at_mut(middle);
    let (sorted_left, sorted_right) = sorted.split_at_mut(middle);
    // The halves change roles: they are sorted within `source`, then merged into `sorted`.
    let mut discordant = sort_by_y(sorted_left, left) + sort_by_y(sorted_right, right);
    let (mut l, mut r, mut weight_taken_right) = (0, 0, 0.0);
    for slot in sorted {
        if l < left.len() && (r == right.len() || left[l].y <= right[r].y) {
            // The items taken from the right are smaller and stood behind this one.
            discordant += r as f64 * left[l].weight + weight_taken_right;
            *slot = left[l];
            l += 1;
        } else {
            weight_taken_right += right[r].weight;
            *slot = right[r];
            r += 1;
        }
    }
    discordant
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    /// Both sides sum at most 40^2 positive terms in different orders; the quotient is no larger than 1.
    const ATOL: f64 = 1e-13;

    fn sgn(difference: f64) -> f64 {
        if difference == 0.0 {
            0.0
        } else {
            difference.signum()
        }
    }

    /// The definition, pair by pair, with the rank found by counting.
    fn tau_by_definition(x: &[f64], y: &[f64], weigher: impl Fn(usize) -> f64) -> f64 {
        let n = x.len();
        let ahead =
            |j: usize, i: usize| (x[j], y[j]) > (x[i], y[i]) || ((x[j], y[j]) == (x[i], y[i]) && j < i);
        let weights: Vec<f64> = (0..n)
            .map(|i| weigher((0..n).filter(|&j| ahead(j, i)).count()))
            .collect();
        let product = |a: &[f64], b: &[f64]| -> f64 {
            (0..n)
                .flat_map(|i| (0..i).map(move |j| (i, j)))
                .map(|(i, j)| (weights[i] + weights[j]) * sgn(a[i] - a[j]) * sgn(b[i] - b[j]))
                .sum()
        };
        product(x, y) / (product(x, x) * product(y, y)).sqrt()
    }

    fn hyperbolic(rank: usize) -> f64 {
        1.0 / (1.0 + rank as f64)
    }

    fn value(tau: Result<Option<f64>>) -> f64 {
        tau.expect("valid").expect("not constant")
    }

    /// Vectors of few different values (many ties) or of many.
    fn pairs() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        (2_usize..40, 1..30_i32)
            .prop_flat_map(|(n, range)| {
                let vector = move || prop::collection::vec((0..=range).prop_map(f64::from), n);
                (vector(), vector())
            })
            .prop_filter("constant", |(x, y)| !is_constant(x) && !is_constant(y))
    }

    #[test]
    fn bad_input_is_refused_and_constants_have_no_tau() {
        for tau in [kendall, weighted_kendall, weighted_kendall_by_first] {
            assert!(matches!(tau(&[1.0, 2.0], &[1.0]), Err(Error::Length { .. })));
            assert!(matches!(
                tau(&[1.0], &[1.0]),
                Err(Error::TooFew { at_least: 2, .. })
            ));
            assert!(matches!(
                tau(&[1.0, f64::INFINITY], &[1.0, 2.0]),
                Err(Error::NonFinite { .. })
            ));
            assert_eq!(tau(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).expect("valid"), None);
            assert_eq!(tau(&[1.0, 2.0, 3.0], &[0.0, -0.0, 0.0]).expect("valid"), None);
        }
    }

    #[test]
    fn the_two_zeros_tie() {
        let (zeros, plain) = ([0.0, -0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]);
        let y = [3.0, 1.0, 2.0, 4.0];
        assert_eq!(
            kendall(&zeros, &y).expect("valid"),
            kendall(&plain, &y).expect("valid")
        );
        assert_eq!(
            weighted_kendall(&y, &zeros).expect("valid"),
            weighted_kendall(&y, &plain).expect("valid")
        );
    }

    proptest! {
        #[test]
        fn the_merge_equals_the_definition((x, y) in pairs()) {
            prop_assert!((value(kendall(&x, &y)) - tau_by_definition(&x, &y, |_| 1.0)).abs() < ATOL);
            let by_x = tau_by_definition(&x, &y, hyperbolic);
            let by_y = tau_by_definition(&y, &x, hyperbolic);
            prop_assert!((value(weighted_kendall_by_first(&x, &y)) - by_x).abs() < ATOL);
            prop_assert!((value(weighted_kendall(&x, &y)) - f64::midpoint(by_x, by_y)).abs() < ATOL);
        }

        #[test]
        fn tau_is_symmetric_and_odd((x, y) in pairs()) {
            let negated: Vec<f64> = y.iter().map(|y_i| -y_i).collect();
            prop_assert_eq!(kendall(&x, &y).expect("valid"), kendall(&y, &x).expect("valid"));
            prop_assert_eq!(value(kendall(&x, &negated)), -value(kendall(&x, &y)));
            prop_assert_eq!(weighted_kendall(&x, &y).expect("valid"), weighted_kendall(&y, &x).expect("valid"));
            prop_assert_eq!(value(kendall(&x, &x)), 1.0);
            prop_assert_eq!(value(weighted_kendall(&x, &x)), 1.0);
        }

        #[test]
        fn tau_ignores_the_order_of_the_items((x, y) in pairs(), seed: u64) {
            let order = crate::random::permutation(&mut crate::Seed::new(seed).stream("law", 0), x.len());
            let pick = |v: &[f64]| order.iter().map(|&i| v[i]).collect::<Vec<_>>();
            for tau in [kendall, weighted_kendall, weighted_kendall_by_first] {
                // Sorted first, so not a bit depends on the order.
                prop_assert_eq!(tau(&pick(&x), &pick(&y)).expect("valid"), tau(&x, &y).expect("valid"));
            }
        }
    }
}
