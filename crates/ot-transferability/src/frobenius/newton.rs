//! Newton's method for the semi-dual, which is piecewise quadratic.

use tensor_core::progress::{Progress, check};

use super::TASK;
use super::semi_dual::{PlanRows, SemiDual};
use crate::{CostMatrix, Marginals, Result, Status};

/// Steps of conjugate gradients at most.
const MOST_INNER: usize = 500;

/// The residual of the linear system, relative to its right-hand side.
const INNER_TOLERANCE: f64 = 1e-3;

/// A damping beyond which no step is left that rounding does not hide.
const MOST_DAMPING: f64 = 1e12;

/// The problem at one strength.
pub(super) struct Newton<'a> {
    pub(super) cost: &'a CostMatrix,
    pub(super) marginals: &'a Marginals,
    pub(super) gamma: f64,
    /// The residual at which to stop.
    pub(super) tolerance: f64,
    pub(super) limit: usize,
}

impl Newton<'_> {
    /// Ascends from target potentials. `done` counts evaluations of the semi-dual.
    ///
    /// With `A_i` the targets of row i, the Hessian is `-L / gamma` where
    ///
    /// ```text
    /// L = sum_i (diag(1_{A_i}) - 1_{A_i} 1_{A_i}^T / |A_i|)
    /// ```
    ///
    /// and the step solves `(L + damping) s = gamma (b - P^T 1)` (Levenberg and Marquardt): the damping falls while the
    /// quadratic model holds and rises when it does not.
    pub(super) fn ascend(
        &self,
        target: Vec<f64>,
        done: &mut usize,
        progress: &mut dyn Progress,
    ) -> Result<(Status, SemiDual)> {
        let mut current = self.at(target, done, progress)?;
        let mut damping = 1e-2;
        loop {
            if current.residual() <= self.tolerance {
                return Ok((Status::Converged, current));
            }
            if *done >= self.limit || damping > MOST_DAMPING {
                return Ok((Status::IterationLimit, current));
            }
            let step = self.step(&current, damping);
            let moved = current
                .target
                .iter()
                .zip(&step)
                .map(|(potential, step)| potential + step)
                .collect();
            let next = self.at(moved, done, progress)?;
            // Half of what the quadratic model promises, and the gain by the trapezoidal rule: the difference of the two
            // values would lose the digits of a small gain.
            let slope =
                |point: &SemiDual| -> f64 { point.gradient.iter().zip(&step).map(|(g, s)| g * s).sum() };
            let (before, after) = (slope(&current), slope(&next));
            let ratio = (before + after) / before;
            if ratio > 0.1 || next.residual() < 0.5 * current.residual() {
                current = next;
            }
            if ratio > 0.8 {
                damping *= 0.1;
            } else if ratio.is_nan() || ratio < 0.4 {
                damping *= 4.0;
            }
        }
    }

    fn at(&self, target: Vec<f64>, done: &mut usize, progress: &mut dyn Progress) -> Result<SemiDual> {
        check(progress, TASK, *done as u64)?;
        *done += 1;
        progress.advance(1);
        Ok(SemiDual::at(target, self.cost, self.marginals, self.gamma))
    }

    /// Conjugate gradients with the diagonal for a preconditioner.
    fn step(&self, point: &SemiDual, damping: f64) -> Vec<f64> {
        let n = point.gradient.len();
        let mut diagonal = vec![damping; n];
        for (targets, _) in point.blocks.iter().flat_map(PlanRows::rows) {
            let off = 1.0 - (targets.len() as f64).recip();
            for &target in targets {
                diagonal[target as usize] += off;
            }
        }
        let mut step = vec![0.0; n];
        let mut residual: Vec<f64> = point.gradient.iter().map(|entry| self.gamma * entry).collect();
        let dot = |left: &[f64], right: &[f64]| -> f64 { left.iter().zip(right).map(|(l, r)| l * r).sum() };
        let precondition =
            |residual: &[f64]| -> Vec<f64> { residual.iter().zip(&diagonal).map(|(r, d)| r / d).collect() };
        let mut scaled = precondition(&residual);
        let mut direction = scaled.clone();
        let mut norm = dot(&residual, &scaled);
        let enough = norm * INNER_TOLERANCE * INNER_TOLERANCE;
        let mut image = vec![0.0; n];
        for _ in 0..MOST_INNER {
            if norm.is_nan() || norm <= enough {
                break;
            }
            apply(point, damping, &direction, &mut image);
            let length = norm / dot(&direction, &image);
            for ((step, residual), (direction, image)) in step
                .iter_mut()
                .zip(&mut residual)
                .zip(direction.iter().zip(&image))
            {
                *step += length * direction;
                *residual -= length * image;
            }
            scaled = precondition(&residual);
            let next = dot(&residual, &scaled);
            let keep = next / norm;
            norm = next;
            for (direction, scaled) in direction.iter_mut().zip(&scaled) {
                *direction = scaled + keep * *direction;
            }
        }
        step
    }
}

/// `image = (L + damping) direction`.
fn apply(point: &SemiDual, damping: f64, direction: &[f64], image: &mut [f64]) {
    for (image, direction) in image.iter_mut().zip(direction) {
        *image = damping * direction;
    }
    for (targets, _) in point.blocks.iter().flat_map(PlanRows::rows) {
        if targets.len() < 2 {
            continue;
        }
        let mean = targets
            .iter()
            .map(|&target| direction[target as usize])
            .sum::<f64>()
            / targets.len() as f64;
        for &target in targets {
            image[target as usize] += direction[target as usize] - mean;
        }
    }
}
