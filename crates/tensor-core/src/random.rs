//! Seeded draws: tensors, permutations. libtorch's global generator is never touched.
//!
//! Every function takes the generator, most often a stream of a [`Seed`](crate::Seed), and advances it.
//! Numbers are drawn in double precision and then rounded to the kind that was asked for, so `f32` and `f64`
//! tensors drawn from the same stream agree to rounding. The tensors lie on the CPU.

use rand::{Rng, RngExt, seq::SliceRandom};
use rand_distr::{StandardNormal, Uniform};
use tch::{Kind, Tensor};

use crate::{Error, Result};

/// Independent standard normal numbers.
///
/// ```text
/// x_i ~ N(0, 1)
/// ```
///
/// # Shapes
///
/// `shape` may be empty (one number) and may hold zeros (no number).
///
/// # Errors
///
/// [`Error::Shape`] for a negative or overflowing shape, [`Error::Kind`] unless `kind` is `Float` or
/// `Double`.
///
/// # Reference
///
/// J. A. Doornik, "An improved ziggurat method to generate normal random samples", 2005 (through
/// `rand_distr`).
///
/// # Examples
///
/// ```
/// use tensor_core::{Kind, Seed, random};
///
/// let noise = random::normal(&mut Seed::new(7).stream("noise", 0), &[2, 3], Kind::Float)?;
/// assert_eq!(noise.size(), [2, 3]);
/// assert_eq!(noise, random::normal(&mut Seed::new(7).stream("noise", 0), &[2, 3], Kind::Float)?);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn normal(rng: &mut impl Rng, shape: &[i64], kind: Kind) -> Result<Tensor> {
    draw(shape, kind, || rng.sample(StandardNormal))
}

/// Independent numbers, each with equal chance anywhere in `[low, high)`.
///
/// ```text
/// x_i ~ U[low, high)
/// ```
///
/// Rounding to `Float` can reach `high` itself.
///
/// # Shapes
///
/// `shape` may be empty (one number) and may hold zeros (no number).
///
/// # Errors
///
/// [`Error::Parameter`] unless `low < high` are finite in that kind and so is their difference, [`Error::Shape`] for a
/// negative or overflowing shape, [`Error::Kind`] unless `kind` is `Float` or `Double`.
///
/// # Examples
///
/// ```
/// use tensor_core::{Kind, Seed, random};
///
/// let x = random::uniform(&mut Seed::new(7).stream("jitter", 0), 2.0, 5.0, &[1000], Kind::Double)?;
/// assert!(x.f_min()?.f_double_value(&[])? >= 2.0);
/// assert!(x.f_max()?.f_double_value(&[])? < 5.0);
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn uniform(rng: &mut impl Rng, low: f64, high: f64, shape: &[i64], kind: Kind) -> Result<Tensor> {
    let fits = |bound: f64| kind != Kind::Float || (bound as f32).is_finite();
    let distribution = Uniform::new(low, high)
        .ok()
        .filter(|_| fits(low) && fits(high))
        .ok_or_else(|| Error::Parameter {
            name: "low..high",
            expected: "two finite numbers of the kind drawn, the first below the second, and a finite difference",
            got: format!("{low}..{high}"),
        })?;
    draw(shape, kind, || rng.sample(distribution))
}

/// The numbers `0..n` in an order drawn with equal chance from all `n!`.
///
/// # Reference
///
/// R. Durstenfeld, "Algorithm 235: Random permutation", 1964, doi:10.1145/364520.364540.
///
/// # Examples
///
/// ```
/// use tensor_core::{Seed, random};
///
/// let mut order = random::permutation(&mut Seed::new(7).stream("shuffle", 0), 4);
/// order.sort_unstable();
/// assert_eq!(order, [0, 1, 2, 3]);
/// ```
pub fn permutation(rng: &mut impl Rng, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    order
}

fn draw(shape: &[i64], kind: Kind, mut next: impl FnMut() -> f64) -> Result<Tensor> {
    let flat = match kind {
        Kind::Float => Tensor::f_from_slice(&fill(shape, || next() as f32)?)?,
        Kind::Double => Tensor::f_from_slice(&fill(shape, next)?)?,
        got => {
            return Err(Error::Kind {
                what: "the tensor to draw".to_owned(),
                expected: &[Kind::Float, Kind::Double],
                got,
            });
        }
    };
    Ok(flat.f_view(shape)?)
}

fn fill<T>(shape: &[i64], next: impl FnMut() -> T) -> Result<Vec<T>> {
    let refused = || Error::Shape {
        what: "the tensor to draw".to_owned(),
        expected: "sizes of 0 or more whose product fits in memory".to_owned(),
        got: shape.to_vec(),
    };
    let n_elements = shape
        .iter()
        .try_fold(1_usize, |product, &size| {
            product.checked_mul(usize::try_from(size).ok()?)
        })
        .ok_or_else(refused)?;
    let mut values = Vec::new();
    values.try_reserve_exact(n_elements).map_err(|_| refused())?;
    values.extend(std::iter::repeat_with(next).take(n_elements));
    Ok(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::rngs::ChaCha8Rng;

    use super::*;
    use crate::Seed;

    const N: i64 = 100_000;

    /// Means of `N` draws are compared at five standard errors. The seed is fixed, so the outcome is too; a
    /// right generator would pass for all but one seed in a million.
    const STANDARD_ERRORS: f64 = 5.0;

    fn stream() -> ChaCha8Rng {
        Seed::new(11).stream("random/tests", 0)
    }

    fn values(tensor: &Tensor) -> Vec<f64> {
        Vec::try_from(tensor.f_flatten(0, -1).expect("flattens")).expect("doubles")
    }

    fn mean(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        values.iter().map(|&x| f(x)).sum::<f64>() / values.len() as f64
    }

    fn assert_mean(what: &str, actual: f64, expected: f64, standard_deviation: f64) {
        let allowed = STANDARD_ERRORS * standard_deviation / (N as f64).sqrt();
        assert!(
            (actual - expected).abs() < allowed,
            "{what} is {actual}, not {expected} within {allowed}"
        );
    }

    #[test]
    fn normal_has_the_moments_and_the_tail() -> Result<()> {
        let x = values(&normal(&mut stream(), &[N], Kind::Double)?);
        // The variances of x, x^2, x^3 and x^4 are 1, 2, 15 and 96.
        assert_mean("E x", mean(&x, |x| x), 0.0, 1.0);
        assert_mean("E x^2", mean(&x, |x| x * x), 1.0, 2.0_f64.sqrt());
        assert_mean("E x^3", mean(&x, |x| x.powi(3)), 0.0, 15.0_f64.sqrt());
        assert_mean("E x^4", mean(&x, |x| x.powi(4)), 3.0, 96.0_f64.sqrt());
        let tail = 2.0 * 0.022_750_131_948_179_21; // P(|x| > 2)
        let beyond = mean(&x, |x| f64::from(u8::from(x.abs() > 2.0)));
        assert_mean("P(|x| > 2)", beyond, tail, (tail * (1.0 - tail)).sqrt());
        assert_mean(
            "E x_i x_(i+1)",
            x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / (N - 1) as f64,
            0.0,
            1.0,
        );
        Ok(())
    }

    #[test]
    fn uniform_has_the_moments_and_the_range() -> Result<()> {
        let x = values(&uniform(&mut stream(), -1.0, 3.0, &[N], Kind::Double)?);
        assert!(x.iter().all(|&x| (-1.0..3.0).contains(&x)));
        // u = (x + 1) / 4 is uniform on [0, 1): E u^k = 1 / (k + 1), Var u^k = 1 / (2 k + 1) - 1 / (k + 1)^2.
        assert_mean("E u", mean(&x, |x| (x + 1.0) / 4.0), 0.5, (1.0_f64 / 12.0).sqrt());
        assert_mean(
            "E u^2",
            mean(&x, |x| ((x + 1.0) / 4.0).powi(2)),
            1.0 / 3.0,
            (4.0_f64 / 45.0).sqrt(),
        );
        Ok(())
    }

    #[test]
    fn permutations_are_equally_likely() {
        let mut rng = stream();
        let n_draws = 24_000;
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..n_draws {
            *counts.entry(permutation(&mut rng, 4)).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.len(), 24);
        let expected = f64::from(n_draws) / 24.0;
        let chi_squared: f64 = counts
            .values()
            .map(|&n| (f64::from(n) - expected).powi(2) / expected)
            .sum();
        // 23 degrees of freedom: above 63.2 with probability 1.3e-5, below 5.1 with 4e-5.
        assert!((5.1..63.2).contains(&chi_squared), "chi-squared is {chi_squared}");
    }

    /// From this code itself: notices a change of `rand` or `rand_distr` that would change seeded results.
    #[test]
    fn the_draws_are_pinned() -> Result<()> {
        let mut rng = Seed::new(42).stream("pin", 0);
        assert_eq!(values(&normal(&mut rng, &[3], Kind::Double)?), PINNED_NORMAL);
        assert_eq!(
            values(&uniform(&mut rng, 0.0, 1.0, &[3], Kind::Double)?),
            PINNED_UNIFORM
        );
        assert_eq!(permutation(&mut rng, 8), PINNED_PERMUTATION);
        Ok(())
    }

    const PINNED_NORMAL: [f64; 3] = [
        -0.119_434_545_585_850_94,
        0.881_897_081_281_533_1,
        -0.638_012_637_527_784_6,
    ];
    const PINNED_UNIFORM: [f64; 3] = [
        0.606_158_496_006_540_5,
        0.298_944_336_113_286_2,
        0.192_678_622_048_851_22,
    ];
    const PINNED_PERMUTATION: [usize; 8] = [5, 0, 1, 2, 3, 4, 7, 6];

    #[test]
    fn single_precision_is_the_rounded_double_precision() -> Result<()> {
        let single = normal(&mut stream(), &[3, 5], Kind::Float)?;
        let double = normal(&mut stream(), &[3, 5], Kind::Double)?;
        assert_eq!((single.kind(), double.kind()), (Kind::Float, Kind::Double));
        assert_eq!(single, double.f_to_kind(Kind::Float)?);
        Ok(())
    }

    #[test]
    fn an_empty_shape_is_one_number_and_a_zero_none() -> Result<()> {
        assert_eq!(normal(&mut stream(), &[], Kind::Float)?.size(), [0_i64; 0]);
        assert_eq!(normal(&mut stream(), &[4, 0, 2], Kind::Float)?.size(), [4, 0, 2]);
        assert_eq!(permutation(&mut stream(), 0), [0_usize; 0]);
        Ok(())
    }

    #[test]
    fn bad_parameters_are_refused() {
        for shape in [&[-1_i64][..], &[2, -3], &[i64::MAX, i64::MAX], &[i64::MAX]] {
            assert!(
                matches!(normal(&mut stream(), shape, Kind::Float), Err(Error::Shape { got, .. }) if got == shape)
            );
        }
        for kind in [Kind::Int64, Kind::Half, Kind::Bool] {
            assert!(matches!(normal(&mut stream(), &[1], kind), Err(Error::Kind { got, .. }) if got == kind));
        }
        let bad = [
            (1.0, 1.0),
            (1.0, 0.0),
            (f64::NAN, 1.0),
            (0.0, f64::NAN),
            (0.0, f64::INFINITY),
            (-f64::MAX, f64::MAX),
        ];
        for (low, high) in bad {
            let drawn = uniform(&mut stream(), low, high, &[1], Kind::Double);
            assert!(
                matches!(drawn, Err(Error::Parameter { .. })),
                "{low}..{high} gave {drawn:?}"
            );
        }
        // Finite as f64, infinite as f32.
        for (low, high) in [(-1e39, 0.0), (0.0, 1e39)] {
            assert!(uniform(&mut stream(), low, high, &[1], Kind::Double).is_ok());
            let drawn = uniform(&mut stream(), low, high, &[1], Kind::Float);
            assert!(
                matches!(drawn, Err(Error::Parameter { .. })),
                "{low}..{high} gave {drawn:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_permutation_holds_each_number_once(seed: u64, n in 0_usize..200) {
            let mut order = permutation(&mut Seed::new(seed).stream("law", 0), n);
            order.sort_unstable();
            prop_assert_eq!(order, (0..n).collect::<Vec<_>>());
        }

        #[test]
        fn uniform_stays_below_high(seed: u64, low in -1e3..1e3_f64, width in 1e-12..1e3_f64) {
            prop_assume!(low + width > low);
            let mut rng = Seed::new(seed).stream("law", 0);
            let drawn = values(&uniform(&mut rng, low, low + width, &[64], Kind::Double).expect("a valid range"));
            prop_assert!(drawn.iter().all(|&x| low <= x && x < low + width));
        }
    }
}
