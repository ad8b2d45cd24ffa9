//! Upper tails of the distributions of test statistics, to their last digits.

use std::f64::consts::{FRAC_2_PI, PI, SQRT_2};

use libm::{erfc, lgamma};
use statrs::function::erf::erfc_inv;

/// `P(|Z| >= |z|)` of a standard normal variable.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// The `z >= 0` with `P(|Z| >= z) = alpha`, for an `alpha` above 0 and below 1.
pub(super) fn normal_quantile_two_sided(alpha: f64) -> Option<f64> {
    (alpha > 0.0 && alpha < 1.0).then(|| {
        let guess = SQRT_2 * erfc_inv(alpha);
        // A step of Newton's method doubles the digits.
        let density = FRAC_2_PI.sqrt() * (-0.5 * guess * guess).exp();
        guess + (normal_two_sided(guess) - alpha) / density
    })
}

/// `P(X >= x)` of a chi-square variable; 1 without degrees of freedom, and with more than a double can count.
///
/// ```text
/// Q(a, x/2) = integral from x/2 to infinity of t^(a-1) e^-t dt / Gamma(a),    a = freedom / 2
/// ```
pub(super) fn chi_square(x: f64, freedom: f64) -> f64 {
    if !(freedom > 0.0 && freedom.is_finite() && x > 0.0) {
        return 1.0;
    }
    upper_gamma(0.5 * freedom, 0.5 * x)
}

/// `P(|R| >= |r|)` of the correlation of two independent Gaussian variables: Student's t with `freedom` degrees.
///
/// ```text
/// I_w(a, 1/2),    w = 1 - r²,    a = freedom / 2
/// ```
pub(super) fn correlation_two_sided(r: f64, freedom: f64) -> f64 {
    let square = r * r;
    let a = 0.5 * freedom;
    let left = (1.0 - r.abs()) * (1.0 + r.abs());
    if square == 0.0 {
        return 1.0;
    }
    let ln_left = if square < 0.5 {
        (-square).ln_1p()
    } else {
        left.ln()
    };
    // w^a (1 - w)^b / B(a, b)
    let density = (a * ln_left).exp() * square.sqrt() * gamma_ratio(a) / PI.sqrt();
    if left < (a + 1.0) / (a + 2.5) {
        density * beta_fraction(a, 0.5, left) / a
    } else {
        1.0 - density * beta_fraction(0.5, a, square) / 0.5
    }
}

/// `Gamma(a + 1/2) / Gamma(a)`.
fn gamma_ratio(a: f64) -> f64 {
    // Up by the recursion to where the asymptotic series has all digits.
    const ASYMPTOTIC: f64 = 20.0;
    let (mut a, mut factor) = (a, 1.0);
    while a < ASYMPTOTIC {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let u = 1.0 / a;
    let series = 1.0
        + u * (-1.0 / 8.0
            + u * (1.0 / 128.0
                + u * (5.0 / 1024.0
                    + u * (-21.0 / 32768.0
                        + u * (-399.0 / 262_144.0
                            + u * (869.0 / 4_194_304.0 + u * (39325.0 / 33_554_432.0)))))));
    factor * a.sqrt() * series
}

/// `a B(a, b) I_w(a, b) / (w^a (1 - w)^b)`, for `w` at most about `a / (a + b)`.
fn beta_fraction(a: f64, b: f64, w: f64) -> f64 {
    let term = |index: usize| {
        let m = (index / 2) as f64;
        if index.is_multiple_of(2) {
            m * (b - m) * w / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * w / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        }
    };
    1.0 / continued_fraction(1.0, |index| (term(index), 1.0))
}

/// The regularised upper incomplete gamma function, for `a` and `x` above 0.
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x < a + 1.0 {
        // The lower function by its series; both are of size 1 here.
        let (mut term, mut sum, mut n) = (1.0, 1.0, a);
        while term > f64::EPSILON * 0.25 * sum {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return 1.0 - poisson(a, x) * sum;
    }
    // Gamma(a, x) = x^a e^-x / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...))
    let fraction = continued_fraction(x + 1.0 - a, |index| {
        let i = index as f64;
        (-i * (i - a), x + 2.0 * i + 1.0 - a)
    });
    poisson(a, x) * a / fraction
}

/// `x^a e^-x / Gamma(a + 1)` without the cancellation of its large factors.
///
/// # Reference
///
/// Loader, *Fast and accurate computation of binomial probabilities*, 2000.
fn poisson(a: f64, x: f64) -> f64 {
    (-stirling_error(a) - a * deviance(x / a, (x - a) / a)).exp() / (2.0 * PI * a).sqrt()
}

/// `q - 1 - ln q` for `q = 1 + d`.
fn deviance(q: f64, d: f64) -> f64 {
    if !(-0.5..1.0).contains(&d) {
        return d - q.ln();
    }
    // ln q = 2 (v + v³/3 + v⁵/5 + ...) with v = d / (2 + d), and d - 2 v = d v.
    let v = d / (2.0 + d);
    let square = v * v;
    let (mut power, mut sum, mut n) = (v * square, 0.0, 3.0);
    while power.abs() > f64::EPSILON * 0.01 * (d * v) {
        sum += power / n;
        power *= square;
        n += 2.0;
    }
    d * v - 2.0 * sum
}

/// `ln Gamma(a + 1) - (a + 1/2) ln a + a - ln(2 pi) / 2`.
fn stirling_error(a: f64) -> f64 {
    const ASYMPTOTIC: f64 = 16.0;
    if a < ASYMPTOTIC {
        return lgamma(a + 1.0) - (a + 0.5) * a.ln() + a - 0.5 * (2.0 * PI).ln();
    }
    let u = 1.0 / (a * a);
    (1.0 / 12.0
        - u * (1.0 / 360.0
            - u * (1.0 / 1260.0 - u * (1.0 / 1680.0 - u * (1.0 / 1188.0 - u * 691.0 / 360_360.0)))))
        / a
}

/// `b + a_1 / (b_1 + a_2 / (b_2 + ...))` by the method of Lentz.
fn continued_fraction(first: f64, term: impl Fn(usize) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    const MAX_TERMS: usize = 1_000_000;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut value = nonzero(first);
    let (mut c, mut d) = (value, 0.0);
    for index in 1..=MAX_TERMS {
        let (a, b) = term(index);
        d = 1.0 / nonzero(b + a * d);
        c = nonzero(b + a / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use golden::Golden;

    use super::*;

    #[test]
    fn tails_have_their_digits_down_to_the_least_doubles() {
        let golden = Golden::load("tests/golden/independence_tails.json").expect("the golden file");
        let rtol = golden.tolerance.rtol;
        let check = |name: &str, tail: &dyn Fn(&[f64]) -> f64| {
            let (shape, entries) = golden.array(name).expect("an array");
            let rows: Vec<&[f64]> = entries.chunks_exact(shape[1]).collect();
            let worst = rows.iter().map(|row| {
                let (arguments, expected) = (&row[..row.len() - 1], row[row.len() - 1]);
                (
                    (tail(arguments) / expected - 1.0).abs(),
                    arguments.to_vec(),
                    tail(arguments),
                    expected,
                )
            });
            let worst = worst.max_by(|a, b| a.0.total_cmp(&b.0)).expect("some rows");
            assert!(worst.0 <= rtol, "{name}: {worst:?}");
        };
        check("normal", &|row| normal_two_sided(row[0]));
        check("chi_square", &|row| chi_square(row[0], row[1]));
        check("correlation", &|row| correlation_two_sided(row[0], row[1]));
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(chi_square(0.0, 3.0), 1.0);
        assert_eq!(chi_square(5.0, 0.0), 1.0);
        assert_eq!(chi_square(5.0, 1e300), 1.0);
        assert_eq!(chi_square(5.0, f64::INFINITY), 1.0);
        assert_eq!(chi_square(1e6, 3.0), 0.0);
        assert_eq!(normal_two_sided(0.0), 1.0);
        assert_eq!(normal_two_sided(60.0), 0.0);
        assert_eq!(correlation_two_sided(0.0, 8.0), 1.0);
        assert_eq!(normal_quantile_two_sided(0.0), None);
        assert_eq!(normal_quantile_two_sided(f64::NAN), None);
    }

    #[test]
    fn the_quantile_is_the_inverse_of_the_tail() {
        for alpha in [1e-12, 1e-4, 0.01, 0.05, 0.5, 0.99] {
            let z = normal_quantile_two_sided(alpha).expect("a level");
            assert!((normal_two_sided(z) / alpha - 1.0).abs() < 1e-13, "{alpha}");
        }
    }
}
