//! The orthant-wise limited-memory quasi-Newton method.

use std::collections::VecDeque;

use crate::Result;

/// When a minimisation ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_iterations: usize,
    /// Of the greatest entry of the pseudo-gradient.
    pub(super) gradient_tolerance: f64,
    /// Of the decrease in a step, relative to the function.
    pub(super) decrease_tolerance: f64,
}

/// How a minimisation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// Whether a tolerance was met.
    pub(super) converged: bool,
    pub(super) iterations: usize,
}

/// Curvature pairs that are kept, as in `SciPy`'s L-BFGS-B.
const MEMORY: usize = 10;

/// Of the decrease that the slope promises, the share that a step must reach.
const SUFFICIENT: f64 = 1e-4;

/// Halvings of a step before the search along it is given up.
const MAX_HALVINGS: usize = 40;

/// Minimises `smooth(x) + penalty |x|_1` over the coordinates that are free, starting from `x`.
///
/// `smooth` puts its gradient into its second argument and returns its value.
///
/// Within an orthant the penalty is linear. Each step goes along the quasi-Newton direction of the smooth part, in the
/// coordinates that are not held at 0 by the penalty, and a coordinate stops where it would change its sign. A coordinate that is
/// 0 only moves the way that the slope leads.
///
/// # Reference
///
/// Andrew, Gao, *Scalable Training of L1-Regularized Log-Linear Models*, ICML 2007. Only coordinates at 0 are made to agree with
/// the slope, as Schmidt, *Graphical Model Structure Learning with L1-Regularization*, 2010, section 2.3, recommends.
pub(super) fn minimize(
    x: &mut Vec<f64>,
    penalty: f64,
    is_free: &[bool],
    limits: Limits,
    mut smooth: impl FnMut(&[f64], &mut [f64]) -> Result<f64>,
) -> Result<Ending> {
    let n = x.len();
    let mut gradient = vec![0.0; n];
    let mut value = smooth(x, &mut gradient)? + penalty * size(x);
    let mut pairs = Pairs::default();
    let mut next = vec![0.0; n];
    let mut next_gradient = vec![0.0; n];
    for iteration in 0..limits.max_iterations {
        let slope = pseudo_gradient(x, &gradient, penalty, is_free);
        let steepest = slope.iter().fold(0.0, |greatest: f64, s| greatest.max(s.abs()));
        if steepest <= limits.gradient_tolerance {
            return Ok(Ending {
                converged: true,
                iterations: iteration,
            });
        }
        let direction = descent(&mut pairs, x, &slope);
        let mut step = if pairs.is_empty() {
            slope.iter().map(|s| s * s).sum::<f64>().sqrt().recip().min(1.0)
        } else {
            1.0
        };
        let mut accepted = None;
        for _ in 0..MAX_HALVINGS {
            step_within_orthant(x, &direction, step, &slope, &mut next);
            let next_value = smooth(&next, &mut next_gradient)? + penalty * size(&next);
            let promised: f64 = slope
                .iter()
                .zip(&next)
                .zip(&*x)
                .map(|((s, next), x)| s * (next - x))
                .sum();
            if next_value <= value + SUFFICIENT * promised {
                accepted = Some(next_value);
                break;
            }
            step *= 0.5;
        }
        let Some(next_value) = accepted else {
            if pairs.is_empty() {
                // Not even the steepest descent goes down: what is left is rounding.
                return Ok(Ending {
                    converged: false,
                    iterations: iteration,
                });
            }
            pairs.clear();
            continue;
        };
        pairs.push(difference(&next, x), difference(&next_gradient, &gradient));
        let scale = value.abs().max(next_value.abs()).max(1.0);
        let decrease = value - next_value;
        std::mem::swap(x, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        value = next_value;
        if decrease <= limits.decrease_tolerance * scale {
            return Ok(Ending {
                converged: true,
                iterations: iteration + 1,
            });
        }
    }
    Ok(Ending {
        converged: false,
        iterations: limits.max_iterations,
    })
}

/// The sum of absolute values.
pub(super) fn size(x: &[f64]) -> f64 {
    x.iter().map(|x| x.abs()).sum()
}

/// The slope of steepest descent: the gradient where `x` is not 0, and the least in size of the subgradients where it is.
fn pseudo_gradient(x: &[f64], gradient: &[f64], penalty: f64, is_free: &[bool]) -> Vec<f64> {
    let slope = |((&x, &gradient), &is_free): ((&f64, &f64), &bool)| {
        if !is_free {
            0.0
        } else if x == 0.0 {
            gradient - gradient.clamp(-penalty, penalty)
        } else {
            gradient + penalty.copysign(x)
        }
    };
    x.iter().zip(gradient).zip(is_free).map(slope).collect()
}

/// Minus the inverse Hessian times the slope; minus the slope, and the pairs forgotten, where that does not go down.
fn descent(pairs: &mut Pairs, x: &[f64], slope: &[f64]) -> Vec<f64> {
    let moves: Vec<bool> = x
        .iter()
        .zip(slope)
        .map(|(x, slope)| *x != 0.0 || *slope != 0.0)
        .collect();
    let mut direction = pairs.inverse_hessian_times(slope, &moves);
    for ((direction, slope), x) in direction.iter_mut().zip(slope).zip(x) {
        let leads_up = *x == 0.0 && *direction * slope <= 0.0;
        *direction = if leads_up { 0.0 } else { -*direction };
    }
    if dot(&direction, slope) < 0.0 {
        return direction;
    }
    pairs.clear();
    slope.iter().map(|slope| -slope).collect()
}

/// `x + step direction`, where a coordinate that would leave its orthant becomes 0. The orthant of a 0 is the one that the
/// descent leads into.
fn step_within_orthant(x: &[f64], direction: &[f64], step: f64, slope: &[f64], next: &mut [f64]) {
    for (place, next) in next.iter_mut().enumerate() {
        let orthant = if x[place] == 0.0 { -slope[place] } else { x[place] };
        let moved = x[place] + step * direction[place];
        *next = if moved * orthant > 0.0 { moved } else { 0.0 };
    }
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The last steps and the changes of the gradient over them.
#[derive(Default)]
struct Pairs(VecDeque<Pair>);

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
}

impl Pairs {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps the pair if the function curves upwards along the step.
    fn push(&mut self, step: Vec<f64>, change: Vec<f64>) {
        if !curves_upwards(dot(&step, &change), dot(&change, &change)) {
            return;
        }
        if self.0.len() == MEMORY {
            self.0.pop_front();
        }
        self.0.push_back(Pair { step, change });
    }

    /// The recursion of Nocedal in the coordinates that move; the vector is 0 in the others.
    fn inverse_hessian_times(&self, vector: &[f64], moves: &[bool]) -> Vec<f64> {
        let mut result = vector.to_vec();
        let mut used = Vec::with_capacity(self.0.len());
        for pair in self.0.iter().rev() {
            let (curvature, square) = pair.within(moves);
            if curves_upwards(curvature, square) {
                let share = masked_dot(&pair.step, &result, moves) / curvature;
                add(&mut result, -share, &pair.change);
                used.push((pair, curvature, square, share));
            }
        }
        if let Some((_, curvature, square, _)) = used.first() {
            for value in &mut result {
                *value *= curvature / square;
            }
        }
        for (pair, curvature, _, share) in used.into_iter().rev() {
            let correction = share - masked_dot(&pair.change, &result, moves) / curvature;
            add(&mut result, correction, &pair.step);
        }
        for (value, moves) in result.iter_mut().zip(moves) {
            *value = if *moves { *value } else { 0.0 };
        }
        result
    }
}

impl Pair {
    /// The curvature along the step, and the square of the change, in the coordinates that move.
    fn within(&self, moves: &[bool]) -> (f64, f64) {
        (
            masked_dot(&self.step, &self.change, moves),
            masked_dot(&self.change, &self.change, moves),
        )
    }
}

/// Whether the curvature along a step is positive, beyond rounding. `square` is that of the change of the gradient.
fn curves_upwards(curvature: f64, square: f64) -> bool {
    curvature > f64::EPSILON * square
}

fn masked_dot(a: &[f64], b: &[f64], moves: &[bool]) -> f64 {
    let products = a.iter().zip(b).zip(moves);
    products
        .map(|((a, b), moves)| if *moves { a * b } else { 0.0 })
        .sum()
}

fn add(to: &mut [f64], factor: f64, vector: &[f64]) {
    for (to, value) in to.iter_mut().zip(vector) {
        *to += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_iterations: 200,
        gradient_tolerance: 1e-10,
        decrease_tolerance: 0.0,
    };

    #[test]
    fn a_separable_function_is_soft_thresholded() {
        // 1/2 sum a_i (x_i - c_i)^2 + |x|_1: x_i = sign(c_i) max(0, |c_i| - 1 / a_i).
        let (a, c) = ([1.0, 4.0, 100.0, 2.0], [3.0, -2.0, 0.001, 5.0]);
        let mut x = vec![0.0; 4];
        let is_free = [true, true, true, false];
        let ending = minimize(&mut x, 1.0, &is_free, LIMITS, |x, gradient| {
            let mut value = 0.0;
            for i in 0..4 {
                gradient[i] = a[i] * (x[i] - c[i]);
                value += 0.5 * gradient[i] * (x[i] - c[i]);
            }
            Ok(value)
        })
        .expect("a function that does not fail");
        assert!(ending.converged);
        golden::assert_close(&x, &[2.0, -1.75, 0.0, 0.0], 1e-10, 0.0);
    }

    #[test]
    fn the_valley_of_rosenbrock_is_followed_to_its_end() {
        let mut x = vec![-1.2, 1.0];
        let ending = minimize(&mut x, 0.0, &[true; 2], LIMITS, |x, gradient| {
            let (u, v) = (1.0 - x[0], x[1] - x[0] * x[0]);
            gradient[0] = -2.0 * u - 400.0 * x[0] * v;
            gradient[1] = 200.0 * v;
            Ok(u * u + 100.0 * v * v)
        })
        .expect("a function that does not fail");
        assert!(ending.converged, "{ending:?}");
        golden::assert_close(&x, &[1.0, 1.0], 1e-8, 0.0);
    }
}
