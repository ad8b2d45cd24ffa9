//! Transport on the line, in closed form: the optimal plan keeps the order of the points.

use tensor_core::check;

use crate::{Error, Marginals, Move, Plan, Result};

/// The cost of optimal transport between weighted points on the line under `|x - y|^p`.
///
/// ```text
/// W_p^p = integral over t in (0, M) of |F^{-1}(t) - G^{-1}(t)|^p
/// ```
///
/// with the quantile functions `F^{-1}` of `x` under the weights `a` and `G^{-1}` of `y` under `b`, and the mass `M` of
/// either side. The result is the power: no root is taken. Weights need not be normalised; the cost is proportional to
/// their mass.
///
/// # Shapes
///
/// `x`, `a`: (n); `y`, `b`: (m).
///
/// # Errors
///
/// Lengths that do not agree, a position that is not finite, weights that [`Marginals::new`] refuses, `p` below 1, or a
/// cost beyond the largest double.
///
/// # Complexity
///
/// O(n log n + m log m).
///
/// # Reference
///
/// Villani, "Topics in Optimal Transportation" (2003), theorem 2.18, doi:10.1090/gsm/058.
///
/// # Examples
///
/// ```
/// use ot_transferability::wasserstein_1d;
///
/// // Half of the mass moves from 1 to 2.
/// let cost = wasserstein_1d(&[0.0, 1.0], &[0.5, 0.5], &[0.0, 2.0], &[0.5, 0.5], 2.0)?;
/// assert_eq!(cost, 0.5);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn wasserstein_1d(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> Result<f64> {
    let power = Power::new(p)?;
    let marginals = checked(x, a, y, b)?;
    let (x, a) = sorted_with_weights(x, marginals.source());
    let (y, b) = sorted_with_weights(y, marginals.target());
    let mut cost = 0.0;
    for_each_piece(&a, &b, |i, j, mass| cost += mass * power.of(x[i] - y[j]));
    finite_cost(cost)
}

/// The optimal plan between weighted points on the line, under `|x - y|^p` for every `p >= 1`.
///
/// The mass at the quantile `t` of the source goes to the quantile `t` of the target. The plan has at most `n + m - 1`
/// moves. Points in one place keep their order in the input.
///
/// # Shapes
///
/// `x`, `a`: (n); `y`, `b`: (m).
///
/// # Errors
///
/// As [`wasserstein_1d`].
///
/// # Complexity
///
/// O(n log n + m log m).
///
/// # Examples
///
/// ```
/// use ot_transferability::monotone_plan;
///
/// let plan = monotone_plan(&[3.0, 1.0], &[0.5, 0.5], &[5.0, 7.0], &[0.75, 0.25])?;
/// assert_eq!(plan.to_dense().into_raw_vec_and_offset().0, [0.25, 0.25, 0.5, 0.0]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn monotone_plan(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> Result<Plan> {
    let marginals = checked(x, a, y, b)?;
    let (sources, targets) = (order(x), order(y));
    let pick =
        |weights: &[f64], order: &[usize]| -> Vec<f64> { order.iter().map(|&at| weights[at]).collect() };
    let mut moves = Vec::with_capacity(x.len() + y.len());
    for_each_piece(
        &pick(marginals.source(), &sources),
        &pick(marginals.target(), &targets),
        |i, j, mass| {
            moves.push(Move {
                source: sources[i],
                target: targets[j],
                mass,
            });
        },
    );
    Ok(Plan::sparse(x.len(), y.len(), moves))
}

/// The exponent of a cost `|x - y|^p`, at least 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Power(f64);

impl Power {
    pub(crate) fn new(p: f64) -> Result<Self> {
        check::parameter("p", p >= 1.0 && p.is_finite(), "1 or more, and finite", p)?;
        Ok(Self(p))
    }

    /// `|difference|^p`.
    pub(crate) fn of(self, difference: f64) -> f64 {
        if self.0 == 2.0 {
            difference * difference
        } else if self.0 == 1.0 {
            difference.abs()
        } else {
            difference.abs().powf(self.0)
        }
    }

    /// The derivative of `|difference|^p`, 0 where there is none.
    pub(crate) fn derivative(self, difference: f64) -> f64 {
        if self.0 == 2.0 {
            2.0 * difference
        } else if difference == 0.0 {
            0.0
        } else {
            self.0 * difference.abs().powf(self.0 - 1.0) * difference.signum()
        }
    }

    /// The p-th root of a cost.
    pub(crate) fn root(self, cost: f64) -> f64 {
        if self.0 == 2.0 {
            cost.sqrt()
        } else {
            cost.powf(self.0.recip())
        }
    }
}

/// Calls `visit` with the ranks of source and target and the mass of every piece of the monotone plan, in order.
///
/// `a` and `b` are weights of one mass in the order of the points.
pub(crate) fn for_each_piece(a: &[f64], b: &[f64], mut visit: impl FnMut(usize, usize, f64)) {
    // Rests below this are rounding: they would be moves of no mass.
    let negligible = 8.0 * f64::EPSILON * a.iter().sum::<f64>();
    let (mut i, mut j) = (0, 0);
    let (Some(&first_a), Some(&first_b)) = (a.first(), b.first()) else {
        return;
    };
    let (mut rest_a, mut rest_b) = (first_a, first_b);
    loop {
        let mass = rest_a.min(rest_b);
        if mass > 0.0 {
            visit(i, j, mass);
        }
        rest_a -= mass;
        rest_b -= mass;
        // One of them is 0 now. Both move on if the other is by rounding alone not.
        let (a_done, b_done) = (rest_a <= negligible, rest_b <= negligible);
        if a_done {
            i += 1;
            let Some(next) = a.get(i) else { return };
            rest_a = *next;
        }
        if b_done {
            j += 1;
            let Some(next) = b.get(j) else { return };
            rest_b = *next;
        }
    }
}

pub(crate) fn finite_cost(cost: f64) -> Result<f64> {
    if cost.is_finite() {
        return Ok(cost);
    }
    Err(Error::Core(tensor_core::Error::NonFinite {
        what: "transport cost".to_owned(),
        index: vec![],
        value: cost,
    }))
}

/// Positions in ascending order, each with its weight.
pub(crate) fn sorted_with_weights(positions: &[f64], weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut pairs: Vec<(f64, f64)> = positions.iter().copied().zip(weights.iter().copied()).collect();
    pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
    pairs.into_iter().unzip()
}

/// The indices of the points in ascending order.
pub(crate) fn order(positions: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_by(|&left, &right| positions[left].total_cmp(&positions[right]));
    order
}

fn checked(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> Result<Marginals> {
    check::same_length("source positions", x.len(), "source weights", a.len())?;
    check::same_length("target positions", y.len(), "target weights", b.len())?;
    for (what, positions) in [("source positions", x), ("target positions", y)] {
        if let Some(at) = positions.iter().position(|position| !position.is_finite()) {
            return Err(Error::Core(tensor_core::Error::NonFinite {
                what: what.to_owned(),
                index: vec![at],
                value: positions[at],
            }));
        }
    }
    Marginals::new(a, b)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::MASS_TOLERANCE;

    /// Sums of some ten products.
    const RTOL: f64 = 1e-12;

    fn uniform(n: usize) -> Vec<f64> {
        vec![1.0 / n as f64; n]
    }

    fn cost(x: &[f64], y: &[f64], p: f64) -> f64 {
        wasserstein_1d(x, &uniform(x.len()), y, &uniform(y.len()), p).expect("a cost")
    }

    #[test]
    fn three_points_against_four_by_hand() {
        let (x, y) = ([4.0, 0.0, 1.0], [7.0, 1.0, 5.0, 3.0]);
        golden::assert_close(
            &[cost(&x, &y, 1.0), cost(&x, &y, 2.0)],
            &[7.0 / 3.0, 20.0 / 3.0],
            1e-15,
            0.0,
        );
    }

    #[test]
    fn uniform_weights_leave_no_dust() {
        let points = |n: u32| (0..n).map(f64::from).collect::<Vec<_>>();
        let plan = monotone_plan(&points(3), &uniform(3), &points(9), &uniform(9)).expect("a plan");
        let mut moves = 0;
        plan.for_each(|_| moves += 1);
        assert_eq!(moves, 9);
    }

    #[test]
    fn bad_input_is_refused() {
        let cost = |x: &[f64], a: &[f64], p| wasserstein_1d(x, a, &[0.0], &[1.0], p);
        for p in [0.0, 0.999, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(cost(&[0.0], &[1.0], p), Err(Error::Core(_))), "{p}");
        }
        assert!(matches!(
            cost(&[f64::NAN], &[1.0], 1.0),
            Err(Error::Core(tensor_core::Error::NonFinite { .. }))
        ));
        assert!(matches!(
            cost(&[0.0], &[0.5, 0.5], 1.0),
            Err(Error::Core(tensor_core::Error::Length { .. }))
        ));
        assert!(matches!(
            cost(&[0.0], &[1.0 + 2.0 * MASS_TOLERANCE], 1.0),
            Err(Error::UnequalMass { .. })
        ));
        assert!(matches!(
            cost(&[], &[], 1.0),
            Err(Error::Core(tensor_core::Error::TooFew { .. }))
        ));
        assert!(matches!(
            cost(&[1e200], &[1.0], 2.0),
            Err(Error::Core(tensor_core::Error::NonFinite { .. }))
        ));
    }

    proptest! {
        #[test]
        fn the_plan_has_its_marginals_and_the_cost(
            source in vec((-9.0..9.0_f64, 0.0..1.0_f64), 1..20),
            target in vec((-9.0..9.0_f64, 0.1..1.0_f64), 1..20),
            p in 1.0..3.0_f64,
        ) {
            let (x, mut a): (Vec<f64>, Vec<f64>) = source.into_iter().unzip();
            let (y, b): (Vec<f64>, Vec<f64>) = target.into_iter().unzip();
            a[0] += 0.1;
            let (mass_a, mass_b): (f64, f64) = (a.iter().sum(), b.iter().sum());
            let a: Vec<f64> = a.iter().map(|weight| weight / mass_a).collect();
            let b: Vec<f64> = b.iter().map(|weight| weight / mass_b).collect();
            let marginals = Marginals::new(&a, &b).expect("weights");
            let plan = monotone_plan(&x, &a, &y, &b).expect("a plan");
            prop_assert!(plan.marginal_error(&marginals) < 1e-14);
            let mut by_plan = 0.0;
            plan.for_each(|entry| by_plan += entry.mass * (x[entry.source] - y[entry.target]).abs().powf(p));
            let cost = wasserstein_1d(&x, &a, &y, &b, p).expect("a cost");
            prop_assert!((by_plan - cost).abs() <= RTOL * cost);
        }

        #[test]
        fn symmetry_translation_and_scale(
            x in vec(-9.0..9.0_f64, 1..20), y in vec(-9.0..9.0_f64, 1..20), shift in -9.0..9.0_f64, scale in 0.1..9.0_f64,
            p in 1.0..3.0_f64,
        ) {
            let moved = |points: &[f64], scale: f64, shift: f64| -> Vec<f64> {
                points.iter().map(|point| scale * point + shift).collect()
            };
            let reference = cost(&x, &y, p);
            prop_assert!((cost(&y, &x, p) - reference).abs() <= RTOL * reference);
            prop_assert!((cost(&moved(&x, 1.0, shift), &moved(&y, 1.0, shift), p) - reference).abs() <= 1e-11 * (1.0 + reference));
            prop_assert!((cost(&moved(&x, -scale, 0.0), &moved(&y, -scale, 0.0), p) - scale.powf(p) * reference).abs() <= 1e-11 * scale.powf(p) * reference.max(1e-9));
            // From itself, moved: every point goes as far.
            prop_assert!((cost(&x, &moved(&x, 1.0, shift), p) - shift.abs().powf(p)).abs() <= 1e-11 * (1.0 + shift.abs().powf(p)));
        }
    }
}
