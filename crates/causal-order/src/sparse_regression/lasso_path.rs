//! The lasso for all penalties at once.

use super::growing_cholesky::GrowingCholesky;

/// The least share of its variance that a regressor must keep beside those that are active.
const LEAST_PIVOT: f64 = 1e-14;

/// The path ends at this share of the first penalty: what is left is rounding.
const LEAST_PENALTY: f64 = 1e-9;

/// A point where the set of active regressors changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Knot {
    /// The factor of the sum of absolute coefficients.
    pub(super) penalty: f64,
    /// The minimiser.
    pub(super) coefficients: Vec<f64>,
}

/// The minimisers of
///
/// ```text
/// 1/2 b^T G b - c^T b + penalty |b|_1
/// ```
///
/// at the penalties where the set of non-zero `b` changes, from the greatest, where `b = 0`, to 0, where `b` is the
/// least-squares solution. Between two knots `b` is linear in the penalty.
///
/// A regressor that is a linear function of active ones never becomes active.
///
/// # Reference
///
/// Osborne, Presnell, Turlach, *On the LASSO and its Dual*, 2000; Efron, Hastie, Johnstone, Tibshirani, *Least Angle
/// Regression*, 2004, section 3.1.
pub(super) fn lasso_path(gram: &[Vec<f64>], c: &[f64]) -> Vec<Knot> {
    let n_regressors = c.len();
    let mut path = Homotopy::new(gram, c);
    let mut knots = vec![path.knot()];
    // Every set of active regressors comes once at most; a path that rounding sends in circles is cut.
    let most_knots = 16 * (n_regressors + 1);
    while knots.len() < most_knots && path.advance() {
        knots.push(path.knot());
    }
    knots
}

struct Homotopy<'a> {
    gram: &'a [Vec<f64>],
    penalty: f64,
    first_penalty: f64,
    coefficients: Vec<f64>,
    /// `c - G b`.
    correlations: Vec<f64>,
    active: Vec<usize>,
    signs: Vec<f64>,
    factor: GrowingCholesky,
    /// Regressors that the active ones determine.
    excluded: Vec<bool>,
    /// The regressor that became inactive at this knot.
    left: Option<usize>,
}

enum Event {
    Joins { regressor: usize, sign: f64 },
    Leaves { place: usize },
    End,
}

impl<'a> Homotopy<'a> {
    fn new(gram: &'a [Vec<f64>], c: &[f64]) -> Self {
        let n_regressors = c.len();
        let penalty = c
            .iter()
            .fold(0.0, |greatest: f64, value| greatest.max(value.abs()));
        let mut path = Self {
            gram,
            penalty,
            first_penalty: penalty,
            coefficients: vec![0.0; n_regressors],
            correlations: c.to_vec(),
            active: Vec::new(),
            signs: Vec::new(),
            factor: GrowingCholesky::default(),
            excluded: vec![false; n_regressors],
            left: None,
        };
        if let Some(first) = c.iter().position(|value| value.abs() == penalty && penalty > 0.0) {
            path.join(first, c[first].signum());
        }
        path
    }

    fn knot(&self) -> Knot {
        Knot {
            penalty: self.penalty,
            coefficients: self.coefficients.clone(),
        }
    }

    /// Goes to the next knot; whether there was one.
    fn advance(&mut self) -> bool {
        if self.active.is_empty() || self.penalty <= LEAST_PENALTY * self.first_penalty {
            return false;
        }
        // As the penalty falls by t, b grows by t d and the correlations fall by t G d.
        let direction = self.factor.solve(&self.signs);
        let slopes: Vec<f64> = self
            .gram
            .iter()
            .map(|row| {
                self.active
                    .iter()
                    .zip(&direction)
                    .map(|(&place, d)| row[place] * d)
                    .sum()
            })
            .collect();
        let (step, event) = self.next_event(&direction, &slopes);

        for (&regressor, d) in self.active.iter().zip(&direction) {
            self.coefficients[regressor] += step * d;
        }
        for (correlation, slope) in self.correlations.iter_mut().zip(&slopes) {
            *correlation -= step * slope;
        }
        self.penalty -= step;
        self.left = None;
        match event {
            Event::Joins { regressor, sign } => self.join(regressor, sign),
            Event::Leaves { place } => self.leave(place),
            Event::End => self.penalty = 0.0,
        }
        true
    }

    /// What happens first as the penalty falls, and by how much it falls until then.
    fn next_event(&self, direction: &[f64], slopes: &[f64]) -> (f64, Event) {
        let mut first = (self.penalty, Event::End);
        for (regressor, (&correlation, &slope)) in self.correlations.iter().zip(slopes).enumerate() {
            if self.excluded[regressor] || self.active.contains(&regressor) {
                continue;
            }
            for sign in [1.0, -1.0] {
                // One that has just left lies on the bound of its old sign, and moves inwards.
                if self.left == Some(regressor) && correlation * sign > 0.0 {
                    continue;
                }
                // How fast the bound comes nearer. What lies beyond it by rounding, or because two reach it at once, is
                // taken as on it.
                let approach = 1.0 - sign * slope;
                let step = ((self.penalty - sign * correlation) / approach).max(0.0);
                if approach > 0.0 && step < first.0 {
                    first = (step, Event::Joins { regressor, sign });
                }
            }
        }
        for (place, (&regressor, d)) in self.active.iter().zip(direction).enumerate() {
            let step = -self.coefficients[regressor] / d;
            if step > 0.0 && step < first.0 {
                first = (step, Event::Leaves { place });
            }
        }
        first
    }

    fn join(&mut self, regressor: usize, sign: f64) {
        let row = &self.gram[regressor];
        let entries = self.active.iter().chain([&regressor]).map(|&other| row[other]);
        if self
            .factor
            .append(entries.collect(), LEAST_PIVOT * row[regressor])
        {
            self.active.push(regressor);
            self.signs.push(sign);
        } else {
            self.excluded[regressor] = true;
        }
    }

    fn leave(&mut self, place: usize) {
        let regressor = self.active.remove(place);
        self.signs.remove(place);
        self.coefficients[regressor] = 0.0;
        self.left = Some(regressor);
        self.factor = GrowingCholesky::default();
        for (k, &member) in self.active.iter().enumerate() {
            let entries = self.active[..=k].iter().map(|&other| self.gram[member][other]);
            let appended = self.factor.append(entries.collect(), 0.0);
            debug_assert!(appended, "a subset of an independent set is independent");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn orthogonal_regressors_are_soft_thresholded() {
        let gram = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let knots = lasso_path(&gram, &[3.0, -1.0]);
        let expected = [(3.0, [0.0, 0.0]), (1.0, [2.0, 0.0]), (0.0, [3.0, -1.0])];
        assert_eq!(knots.len(), 3);
        for (knot, (penalty, coefficients)) in knots.iter().zip(expected) {
            assert_eq!(knot.penalty, penalty);
            assert_eq!(knot.coefficients, coefficients);
        }
    }

    #[test]
    fn no_regressor_has_a_path_of_one_point() {
        assert_eq!(lasso_path(&[], &[]).len(), 1);
        assert_eq!(lasso_path(&[vec![1.0]], &[0.0]).len(), 1);
    }

    /// Correlations at a knot agree with the penalty to this share of the first: sums of a few products.
    const OPTIMALITY: f64 = 1e-9;

    proptest! {
        #[test]
        fn every_knot_meets_the_conditions_of_optimality(
            rows in proptest::collection::vec(proptest::collection::vec(-1.0..1.0f64, 5), 12),
            target in proptest::collection::vec(-1.0..1.0f64, 12),
        ) {
            let gram: Vec<Vec<f64>> = (0..5)
                .map(|i| (0..5).map(|j| rows.iter().map(|row| row[i] * row[j]).sum()).collect())
                .collect();
            let c: Vec<f64> = (0..5).map(|i| rows.iter().zip(&target).map(|(row, y)| row[i] * y).sum()).collect();
            let knots = lasso_path(&gram, &c);
            let tolerance = OPTIMALITY * knots[0].penalty.max(1.0);
            prop_assert_eq!(knots.last().map(|knot| knot.penalty), Some(0.0));
            for pair in knots.windows(2) {
                prop_assert!(pair[1].penalty <= pair[0].penalty);
            }
            for knot in &knots {
                for i in 0..5 {
                    let b = knot.coefficients[i];
                    let fitted: f64 = (0..5).map(|j| gram[i][j] * knot.coefficients[j]).sum();
                    let correlation = c[i] - fitted;
                    if b == 0.0 {
                        prop_assert!(correlation.abs() <= knot.penalty + tolerance);
                    } else {
                        prop_assert!((correlation - b.signum() * knot.penalty).abs() <= tolerance);
                    }
                }
            }
        }
    }
}
