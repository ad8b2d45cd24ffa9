//! Is the association of two vectors more than chance?

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Seed, check,
    numeric::{statistic::defined, vector::check_pair},
    random,
};

/// Which departures from no association count as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alternative {
    /// Large values of the statistic.
    Greater,
    /// Small values of the statistic.
    Less,
    /// Either: twice the smaller of the two one-sided p-values, at most 1.
    TwoSided,
}

/// What a [`permutation_test`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermutationTest {
    /// The statistic on the vectors as given.
    pub statistic: f64,
    /// The chance of a statistic at least as extreme if `x` and `y` are unrelated.
    pub p_value: f64,
    /// How many permutations were evaluated.
    pub n_permutations: usize,
    /// Whether those were all there are.
    pub exact: bool,
    /// On how many the statistic was undefined. They count as extreme, so that the p-value errs upwards.
    pub n_undefined: usize,
}

/// Two values of a statistic this near each other, relative to the largest, count as equal. Permutations whose
/// statistics are equal on paper add in another order and differ by rounding: 1e-16 of the value times the
/// square root of the length as a rule, times the length at worst.
const TIE: f64 = 1e-12;

/// Tests whether `x` and `y` are associated, by comparing a statistic with its values when `y` is permuted.
///
/// ```text
/// Monte Carlo:  p = (1 + #{permutations at least as extreme}) / (1 + n_permutations)
/// exact:        p = #{permutations at least as extreme} / n!
/// ```
///
/// When all `n!` permutations are no more than `n_permutations`, each is evaluated once and the p-value is
/// exact. Otherwise `n_permutations` are drawn, permutation `b` from its own stream, `("permutation_test",
/// b)`, so the result is the same on any number of threads; counting the vectors as given once keeps the test
/// valid at any number of permutations, and p at `1 / (1 + n_permutations)` or above.
///
/// The statistic gives `None` where it has no value; the result is `None` when it has none on `x` and `y` as
/// given. The correlations of this module fit as they are.
///
/// # Errors
///
/// The first error of the statistic; [`Error::Length`] for unequal lengths, [`Error::TooFew`] below two
/// entries, [`Error::NonFinite`] for an entry or a statistic that is not finite, [`Error::Parameter`] for no
/// permutations.
///
/// # Complexity
///
/// `min(n!, n_permutations) + 1` evaluations.
///
/// # Reference
///
/// B. Phipson, G. K. Smyth, "Permutation p-values should never be zero", 2010, doi:10.2202/1544-6115.1585.
///
/// # Examples
///
/// ```
/// use tensor_core::{Seed, numeric::{Alternative, kendall, permutation_test}};
///
/// // Of the 24 orders of four items, only one agrees with x as well as y does.
/// let (x, y) = ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]);
/// let test = permutation_test(&x, &y, kendall, 1000, Alternative::Greater, Seed::new(7))?.unwrap();
/// assert_eq!(test.p_value, 1.0 / 24.0);
/// assert!(test.exact);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn permutation_test<E>(
    x: &[f64],
    y: &[f64],
    statistic: impl Fn(&[f64], &[f64]) -> Result<Option<f64>, E> + Sync,
    n_permutations: usize,
    alternative: Alternative,
    seed: Seed,
) -> Result<Option<PermutationTest>, E>
where
    E: From<Error> + Send,
{
    check_pair(x, y)?;
    check::parameter("n_permutations", n_permutations > 0, "1 or more", n_permutations)?;
    let (observed, _) = defined("the statistic", vec![statistic(x, y)])?;
    let Some(&observed) = observed.first() else {
        return Ok(None);
    };
    let n_orders = factorial(x.len()).filter(|&n_orders| n_orders <= n_permutations);
    let evaluations: Vec<_> = (0..n_orders.unwrap_or(n_permutations))
        .into_par_iter()
        .map(|b| {
            let order = match n_orders {
                Some(_) => nth_permutation(x.len(), b),
                None => random::permutation(&mut seed.stream("permutation_test", b as u64), x.len()),
            };
            let permuted: Vec<f64> = order.into_iter().map(|i| y[i]).collect();
            statistic(x, &permuted)
        })
        .collect();
    let n_permutations = evaluations.len();
    let (null, n_undefined) = defined("the statistic of a permutation", evaluations)?;
    let counted_once = usize::from(n_orders.is_none());
    let one_sided = |sign: f64| {
        let n_extreme = n_at_least(&null, observed, sign) + n_undefined;
        (n_extreme + counted_once) as f64 / (n_permutations + counted_once) as f64
    };
    let p_value = match alternative {
        Alternative::Greater => one_sided(1.0),
        Alternative::Less => one_sided(-1.0),
        Alternative::TwoSided => (2.0 * one_sided(1.0).min(one_sided(-1.0))).min(1.0),
    };
    Ok(Some(PermutationTest {
        statistic: observed,
        p_value,
        n_permutations,
        exact: n_orders.is_some(),
        n_undefined,
    }))
}

/// How many values are at least the observed one (sign 1) or at most (sign -1), up to rounding.
fn n_at_least(null: &[f64], observed: f64, sign: f64) -> usize {
    let largest = null
        .iter()
        .fold(observed.abs(), |largest, value| largest.max(value.abs()));
    null.iter()
        .filter(|&&value| sign * (value - observed) >= -TIE * largest)
        .count()
}

/// `n!`, unless it is beyond the largest integer.
fn factorial(n: usize) -> Option<usize> {
    (1..=n).try_fold(1_usize, usize::checked_mul)
}

/// The permutation of `0..n` with that index in lexicographic order: its digits in the factorial number
/// system pick from the numbers that are left.
fn nth_permutation(n: usize, mut index: usize) -> Vec<usize> {
    let mut digits: Vec<usize> = (1..=n)
        .map(|base| {
            let digit = index % base;
            index /= base;
            digit
        })
        .collect();
    digits.reverse();
    let mut left: Vec<usize> = (0..n).collect();
    digits.into_iter().map(|digit| left.remove(digit)).collect()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::numeric::{kendall, pearson, spearman};

    #[test]
    fn bad_input_is_refused_and_an_undefined_statistic_has_no_test() {
        let test =
            |x: &[f64], y: &[f64], n| permutation_test(x, y, kendall, n, Alternative::Greater, Seed::new(1));
        assert!(matches!(test(&[1.0, 2.0], &[1.0], 9), Err(Error::Length { .. })));
        assert!(matches!(test(&[1.0], &[1.0], 9), Err(Error::TooFew { .. })));
        assert!(matches!(
            test(&[1.0, f64::NAN], &[1.0, 2.0], 9),
            Err(Error::NonFinite { .. })
        ));
        assert!(matches!(
            test(&[1.0, 2.0], &[1.0, 2.0], 0),
            Err(Error::Parameter {
                name: "n_permutations",
                ..
            })
        ));
        assert_eq!(test(&[1.0, 2.0], &[1.0, 1.0], 9).expect("valid"), None);
        let nan = |_: &[f64], _: &[f64]| Ok::<_, Error>(Some(f64::NAN));
        let found = permutation_test(
            &[1.0, 2.0],
            &[1.0, 2.0],
            nan,
            9,
            Alternative::Greater,
            Seed::new(1),
        );
        assert!(matches!(found, Err(Error::NonFinite { .. })));
    }

    #[test]
    fn every_permutation_comes_once() {
        for n in 0..6 {
            let n_orders = factorial(n).expect("small");
            let all: Vec<_> = (0..n_orders).map(|index| nth_permutation(n, index)).collect();
            assert!(all.is_sorted_by(|a, b| a < b), "lexicographic and distinct");
            for mut order in all {
                order.sort_unstable();
                assert_eq!(order, (0..n).collect::<Vec<_>>());
            }
        }
        assert_eq!(factorial(20), Some(2_432_902_008_176_640_000));
        assert_eq!(factorial(21), None);
    }

    #[test]
    fn permutations_with_an_undefined_statistic_count_as_extreme() {
        let in_order = |_: &[f64], y: &[f64]| Ok::<_, Error>(y.is_sorted().then_some(1.0));
        let x = [1.0, 2.0, 3.0];
        let test = permutation_test(&x, &x, in_order, 6, Alternative::Greater, Seed::new(1));
        let test = test.expect("valid").expect("defined");
        assert_eq!((test.n_undefined, test.p_value), (5, 1.0));
    }

    #[test]
    fn values_equal_up_to_rounding_are_ties() {
        // Tenths add differently in each order: the 6 statistics that are 0.35 on paper have three values
        // here.
        let (x, y) = ([0.3, 0.2, 0.4, 0.4], [0.3, 0.3, 0.1, 0.4]);
        let dot = |x: &[f64], y: &[f64]| Ok::<_, Error>(Some(x.iter().zip(y).map(|(a, b)| a * b).sum()));
        let p = |alternative| {
            let test = permutation_test(&x, &y, dot, 24, alternative, Seed::new(1))
                .expect("valid")
                .expect("defined");
            test.p_value
        };
        // In hundredths, the 24 orders give 8 times less than 35, 6 times 35, and 10 times more.
        assert_eq!(p(Alternative::Greater), 16.0 / 24.0);
        assert_eq!(p(Alternative::Less), 14.0 / 24.0);
        assert_eq!(p(Alternative::TwoSided), 1.0);
    }

    #[test]
    fn monte_carlo_agrees_with_the_exact_test_and_ignores_threads() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let y = [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0];
        for alternative in [Alternative::Greater, Alternative::Less, Alternative::TwoSided] {
            let run = |n| {
                permutation_test(&x, &y, spearman, n, alternative, Seed::new(4))
                    .expect("valid")
                    .expect("defined")
            };
            let on = |n_threads| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(n_threads)
                    .build()
                    .expect("starts");
                pool.install(|| run(5039))
            };
            let (exact, drawn) = (run(5040), on(1));
            assert!(exact.exact && !drawn.exact);
            assert_eq!(drawn, on(3));
            // Standard error of a drawn share; twice it two-sided. Five allowed, and 1/5040 for the one
            // counted.
            let error = 2.0 * (exact.p_value * (1.0 - exact.p_value) / 5039.0).sqrt();
            assert!(
                (drawn.p_value - exact.p_value).abs() < 5.0 * error + 1.0 / 5040.0,
                "{alternative:?}"
            );
        }
    }

    /// Under no association the p-value must be at most `level` with probability at most `level`.
    #[test]
    fn the_test_holds_its_level() {
        let (n_tests, level) = (1000, 0.1);
        let n_rejected = (0..n_tests)
            .filter(|&test| {
                let mut rng = Seed::new(31).stream("sample", test);
                let mut vector = || (0..8).map(|_| rng.random::<f64>()).collect::<Vec<_>>();
                let (x, y) = (vector(), vector());
                let found = permutation_test(&x, &y, pearson, 99, Alternative::TwoSided, Seed::new(test));
                found.expect("valid").expect("defined").p_value <= level
            })
            .count();
        // Binomial with mean 100 and standard deviation 9.5; five of them allowed, on both sides.
        assert!(
            (53..148).contains(&n_rejected),
            "{n_rejected} of {n_tests} rejected"
        );
    }
}
