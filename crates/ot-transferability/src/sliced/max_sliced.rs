//! The direction along which two clouds differ most.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use tensor_core::{Seed, check, convert};

use super::{Clouds, Line, direction, normalize};
use crate::one_dimensional::{Power, finite_cost, for_each_piece, order};
use crate::{Marginals, Result, Status};

/// The max-sliced Wasserstein distance by projected gradient ascent.
///
/// ```text
/// max-SW_p^p = max over |u| = 1 of W_p^p(X u, Y u)
/// gradient   = sum_ij P_ij p |s_ij|^(p - 1) sign(s_ij) (x_i - y_j),   s_ij = <u, x_i - y_j>
/// ```
///
/// with the optimal plan `P` on the line along `u`. The problem is neither concave nor smooth: the ascent starts from the
/// direction between the means and from the best of 32 random ones, anew for each further start, and the best end is
/// returned. Whatever the direction, the result is
/// a lower bound of the max-sliced distance and thereby of `W_p`, because a projection lengthens no distance.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `p` | 2 | exponent of the distance on the line | 1 or more | as sliced |
/// | `n_restarts` | 4 | starts, the direction between the means first | 1 or more | four starts agree on feature clouds |
/// | `max_iterations` | 200 | steps of a start at most | 1 or more | – |
/// | `tolerance` | 1e-8 | relative gain of a step that ends an ascent | 0 or more | half the digits of a double |
/// | `seed` | 0 | seed of the random starts | any | – |
///
/// # Complexity
///
/// `O((n + m) (d + log(n + m)))` a step, and a copy of the points in `f64`.
///
/// # Reference
///
/// Deshpande et al., "Max-sliced Wasserstein distance and its use for GANs", CVPR 2019, arXiv:1904.05877.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Marginals, MaxSlicedWasserstein};
/// use tensor_core::convert::tensor_from_slice;
///
/// // The clouds differ by the step (3, 4), of length 5.
/// let source = tensor_from_slice(&[0.0, 0.0, 1.0, 0.0], &[2, 2])?;
/// let target = tensor_from_slice(&[3.0, 4.0, 4.0, 4.0], &[2, 2])?;
/// let found = MaxSlicedWasserstein::default().solve(&source, &target, &Marginals::uniform(2, 2)?)?;
/// assert!((found.distance - 5.0).abs() < 1e-12);
/// assert!((found.direction[1].abs() - 0.8).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MaxSlicedWasserstein {
    /// The exponent of the distance on the line.
    pub p: f64,
    /// How many starts.
    pub n_restarts: usize,
    /// Steps of a start at most.
    pub max_iterations: usize,
    /// The relative gain of a step that ends an ascent.
    pub tolerance: f64,
    /// The seed of the random starts.
    pub seed: Seed,
}

impl Default for MaxSlicedWasserstein {
    fn default() -> Self {
        Self {
            p: 2.0,
            n_restarts: 4,
            max_iterations: 200,
            tolerance: 1e-8,
            seed: Seed::new(0),
        }
    }
}

/// The best direction that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxSliced {
    /// `W_p^p` along the direction, for the mass of the marginals.
    pub cost: f64,
    /// The p-th root of the cost: a lower bound of `W_p`.
    pub distance: f64,
    /// The direction (d), of norm 1.
    pub direction: Vec<f64>,
    /// Steps of all starts.
    pub iterations: usize,
    /// Why the ascent to this direction stopped.
    pub status: Status,
}

impl MaxSlicedWasserstein {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    pub fn validate(&self) -> Result<()> {
        Power::new(self.p)?;
        check::parameter("n_restarts", self.n_restarts >= 1, "1 or more", self.n_restarts)?;
        check::parameter(
            "max_iterations",
            self.max_iterations >= 1,
            "1 or more",
            self.max_iterations,
        )?;
        Ok(check::non_negative("tolerance", self.tolerance)?)
    }

    /// The largest distance along a line between source points (n, d) and target points (m, d), `f32` or `f64`.
    ///
    /// # Errors
    ///
    /// As [`SlicedWasserstein::solve`](crate::SlicedWasserstein::solve).
    pub fn solve(&self, source: &Tensor, target: &Tensor, marginals: &Marginals) -> Result<MaxSliced> {
        self.validate()?;
        let clouds = Clouds::new(source, target, marginals)?;
        let about_center = |points: &Tensor| -> Result<Tensor> {
            Ok(points
                .f_detach()?
                .f_to_kind(Kind::Double)?
                .f_sub(&clouds.center)?)
        };
        let objective = Objective {
            source: about_center(source)?,
            target: about_center(target)?,
            marginals,
            power: Power::new(self.p)?,
        };
        let first = match objective.mean_difference()? {
            Some(between_means) => between_means,
            None => self.random_start(0, &clouds, marginals)?,
        };
        let mut best = self.ascend(&objective, first)?;
        let mut iterations = best.iterations;
        for restart in 1..self.n_restarts {
            let found = self.ascend(&objective, self.random_start(restart, &clouds, marginals)?)?;
            iterations += found.iterations;
            if found.cost > best.cost {
                best = found;
            }
        }
        Ok(MaxSliced {
            cost: finite_cost(best.cost)?,
            iterations,
            ..best
        })
    }

    /// The best of some random directions.
    fn random_start(&self, restart: usize, clouds: &Clouds<'_>, marginals: &Marginals) -> Result<Vec<f64>> {
        let seed = self.seed.derive("max-sliced");
        let directions: Vec<Vec<f64>> = (restart * CANDIDATES..(restart + 1) * CANDIDATES)
            .map(|index| direction(seed, index as u64, clouds.n_features))
            .collect();
        let shape = [CANDIDATES as i64, clouds.n_features as i64];
        let drawn = convert::tensor_from_slice(&directions.concat(), &shape)?;
        let (mut x, mut y) = (
            clouds.project(clouds.source, &drawn)?,
            clouds.project(clouds.target, &drawn)?,
        );
        let (line, power) = (Line::new(marginals), Power::new(self.p)?);
        let mut best = (f64::NEG_INFINITY, Vec::new());
        let lines = x.chunks_mut(clouds.n_sources).zip(y.chunks_mut(clouds.n_targets));
        for ((x, y), direction) in lines.zip(directions) {
            let cost = line.cost(x, y, power);
            if best.1.is_empty() || cost > best.0 {
                best = (cost, direction);
            }
        }
        Ok(best.1)
    }

    /// Steps along the gradient, each renormalised, of a length that grows while the cost rises and is halved while it
    /// does not.
    fn ascend(&self, objective: &Objective<'_>, start: Vec<f64>) -> Result<MaxSliced> {
        let mut current = objective.at(start)?;
        // Relative to the direction, of norm 1, as is the ascent.
        let mut step = 1.0;
        let mut iterations = 0;
        let mut status = Status::IterationLimit;
        while iterations < self.max_iterations {
            iterations += 1;
            let mut ascent = current.gradient.clone();
            if normalize(&mut ascent) == 0.0 {
                status = Status::Converged;
                break;
            }
            let mut candidate: Vec<f64> = current
                .direction
                .iter()
                .zip(&ascent)
                .map(|(u, g)| u + step * g)
                .collect();
            normalize(&mut candidate);
            let candidate = objective.at(candidate)?;
            let gain = candidate.cost - current.cost;
            if gain > 0.0 {
                // A short step gains little even far from the maximum.
                let small = gain <= self.tolerance * candidate.cost && step >= SHORT_STEP;
                current = candidate;
                step *= 2.0;
                if small {
                    status = Status::Converged;
                    break;
                }
            } else {
                step *= 0.25;
                if step < LEAST_STEP {
                    status = Status::Converged;
                    break;
                }
            }
        }
        Ok(MaxSliced {
            cost: current.cost,
            distance: objective.power.root(current.cost),
            direction: current.direction,
            iterations,
            status,
        })
    }
}

/// Random directions of which the best is a start.
const CANDIDATES: usize = 32;

/// A step whose gain says how near the maximum is.
const SHORT_STEP: f64 = 0.1;

/// A step that turns the direction by its own rounding: no ascent is left.
const LEAST_STEP: f64 = 1e-12;

struct Objective<'a> {
    source: Tensor,
    target: Tensor,
    marginals: &'a Marginals,
    power: Power,
}

struct Point {
    direction: Vec<f64>,
    cost: f64,
    gradient: Vec<f64>,
}

impl Objective<'_> {
    fn at(&self, direction: Vec<f64>) -> Result<Point> {
        let along = convert::tensor_from_slice(&direction, &[direction.len() as i64])?
            .f_to_device(self.source.device())?;
        let x = convert::vector::<f64>("projections", &self.source.f_mv(&along)?)?;
        let y = convert::vector::<f64>("projections", &self.target.f_mv(&along)?)?;
        let (sources, targets) = (order(&x), order(&y));
        let pick =
            |weights: &[f64], order: &[usize]| -> Vec<f64> { order.iter().map(|&at| weights[at]).collect() };
        let (mut by_source, mut by_target) = (vec![0.0; x.len()], vec![0.0; y.len()]);
        let mut cost = 0.0;
        for_each_piece(
            &pick(self.marginals.source(), &sources),
            &pick(self.marginals.target(), &targets),
            |i, j, mass| {
                let (i, j) = (sources[i], targets[j]);
                let difference = x[i] - y[j];
                cost += mass * self.power.of(difference);
                let slope = mass * self.power.derivative(difference);
                by_source[i] += slope;
                by_target[j] += slope;
            },
        );
        Ok(Point {
            direction,
            cost,
            gradient: self.combine(&by_source, &by_target)?,
        })
    }

    /// `sum_i s_i x_i - sum_j t_j y_j`.
    fn combine(&self, by_source: &[f64], by_target: &[f64]) -> Result<Vec<f64>> {
        let sum = |points: &Tensor, weights: &[f64]| -> Result<Tensor> {
            let weights =
                convert::tensor_from_slice(weights, &[weights.len() as i64])?.f_to_device(points.device())?;
            Ok(points.f_tr()?.f_mv(&weights)?)
        };
        let combined = sum(&self.source, by_source)?.f_sub(&sum(&self.target, by_target)?)?;
        Ok(convert::vector::<f64>("gradient", &combined)?)
    }

    /// The direction between the means; `None` if they are one point.
    fn mean_difference(&self) -> Result<Option<Vec<f64>>> {
        let mut difference = self.combine(self.marginals.source(), self.marginals.target())?;
        Ok((normalize(&mut difference) > 0.0).then_some(difference))
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::random;

    use super::*;

    fn clouds(seed: u64) -> (Tensor, Tensor, Marginals) {
        let cloud =
            |label: &str, n| random::normal(&mut Seed::new(seed).stream(label, 0), &[n, 4], Kind::Double);
        let (x, y) = (cloud("x", 30).expect("points"), cloud("y", 20).expect("points"));
        (x, y, Marginals::uniform(30, 20).expect("weights"))
    }

    #[test]
    fn no_ascent_falls_below_its_start() {
        for seed in 0..20 {
            let (x, y, marginals) = clouds(seed);
            let params = MaxSlicedWasserstein::default();
            let found = params.solve(&x, &y, &marginals).expect("a direction");
            let checked = Clouds::new(&x, &y, &marginals).expect("clouds");
            let objective = Objective {
                source: x.shallow_clone(),
                target: y.shallow_clone(),
                marginals: &marginals,
                power: Power::new(2.0).expect("a power"),
            };
            let starts = (1..params.n_restarts)
                .map(|restart| {
                    params
                        .random_start(restart, &checked, &marginals)
                        .expect("a start")
                })
                .chain(objective.mean_difference().expect("means"));
            for start in starts {
                let cost = objective.at(start).expect("a cost").cost;
                assert!(found.cost >= cost * (1.0 - 1e-12), "{} {cost}", found.cost);
            }
        }
    }

    #[test]
    fn the_unit_of_the_features_changes_neither_the_ascent_nor_its_end() {
        let (x, y, marginals) = clouds(1);
        let solve = |scale: f64| {
            MaxSlicedWasserstein::default()
                .solve(&x.g_mul_scalar(scale), &y.g_mul_scalar(scale), &marginals)
                .expect("a direction")
        };
        let unit = solve(1.0);
        // Squares of gradients of these would be 0, and infinite.
        for power in [-400, 400] {
            let scale = 2.0_f64.powi(power);
            let found = solve(scale);
            assert_eq!(found.direction, unit.direction);
            assert_eq!(found.distance, scale * unit.distance);
        }
    }
}
