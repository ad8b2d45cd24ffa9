//! A regularised transport problem in logarithms to base 2, and its starting point.

use crate::exponential::LOG2_E;
use crate::{CostMatrix, Error, Result};

/// Sums of exponentials outside this range may have lost terms to underflow, or overflow next.
const SMALLEST_SUM: f64 = 1e-270;
const LARGEST_SUM: f64 = 1e270;

/// Whether a sum of exponentials lost nothing to underflow and overflow.
#[inline]
pub(crate) fn in_range(sum: f64) -> bool {
    (SMALLEST_SUM..=LARGEST_SUM).contains(&sum)
}

/// The weights of one side, all positive, and how strictly they hold.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    weights: Vec<f64>,
    log_weights: Vec<f64>,
    /// `rho / (rho + epsilon)`; 1 where the marginal holds exactly.
    exponent: f64,
}

impl Side {
    pub(crate) fn new(weights: Vec<f64>, exponent: f64) -> Self {
        Self {
            log_weights: weights.iter().map(|weight| weight.log2()).collect(),
            weights,
            exponent,
        }
    }

    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(crate) fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// The mass that a point must carry for its log scaling to be optimal: its weight, or `w e^(-f / rho)` with reach
    /// `rho`.
    #[inline]
    pub(crate) fn wanted(&self, point: usize, log_scaling: f64) -> f64 {
        if self.exponent == 1.0 {
            return self.weights[point];
        }
        let potential = log_scaling - self.log_weights[point];
        (self.log_weights[point] - potential * (1.0 - self.exponent) / self.exponent).exp2()
    }

    /// The logarithm of the factor on the scaling of a point, for its condition of optimality to hold.
    #[inline]
    pub(crate) fn log_factor(&self, point: usize, log_scaling: f64, log_carried: f64) -> f64 {
        self.log_weights[point] - self.exponent * (log_carried - log_scaling) - log_scaling
    }

    /// The factor on the scaling of a point that carries the mass `carried`, for its condition of optimality to hold.
    ///
    /// A factor within 1/2 and 2 is raised to the power `relaxation`: further from the solution, over-relaxation is not
    /// safe.
    #[inline]
    pub(crate) fn factor(&self, point: usize, log_scaling: f64, carried: f64, relaxation: f64) -> f64 {
        let factor = if self.exponent == 1.0 {
            self.weights[point] / carried
        } else {
            self.log_factor(point, log_scaling, carried.log2()).exp2()
        };
        if relaxation == 1.0 || !(0.5..=2.0).contains(&factor) {
            factor
        } else {
            factor.powf(relaxation)
        }
    }
}

/// The logarithms to base 2 of the scalings: `log2 P_ij = source_i + target_j - steepness C_ij`.
#[derive(Debug, Clone)]
pub(crate) struct LogScalings {
    pub(crate) source: Vec<f64>,
    pub(crate) target: Vec<f64>,
}

/// The costs and both sides, at one strength of the regularisation.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    pub(crate) cost: &'a CostMatrix,
    pub(crate) source: Side,
    pub(crate) target: Side,
    /// `log2(e) / epsilon`.
    pub(crate) steepness: f64,
}

impl<'a> Problem<'a> {
    /// # Errors
    ///
    /// A strength so small that `C / epsilon` overflows.
    pub(crate) fn new(cost: &'a CostMatrix, source: Side, target: Side, epsilon: f64) -> Result<Self> {
        let steepness = steepness(cost, epsilon)?;
        Ok(Self {
            cost,
            source,
            target,
            steepness,
        })
    }

    pub(crate) fn epsilon(&self) -> f64 {
        LOG2_E / self.steepness
    }

    /// The scalings of the best potentials without regularisation that two passes find: `f_i = min_j C_ij`, then
    /// `g_j = min_i C_ij - f_i`. Every row and every column of the plan then has an entry of full weight.
    pub(crate) fn start(&self) -> LogScalings {
        let smallest = |row: &[f64]| row.iter().fold(f64::INFINITY, |least, &cost| least.min(cost));
        let source: Vec<f64> = (0..self.cost.n_sources())
            .map(|source| smallest(self.cost.row(source)))
            .collect();
        let mut target = vec![f64::INFINITY; self.cost.n_targets()];
        for (row, potential) in source.iter().enumerate() {
            for (least, cost) in target.iter_mut().zip(self.cost.row(row)) {
                *least = least.min(cost - potential);
            }
        }
        self.log_scalings(&source, &target)
    }

    /// The scalings of potentials.
    pub(crate) fn log_scalings(&self, source: &[f64], target: &[f64]) -> LogScalings {
        let scale = |potentials: &[f64], side: &Side| {
            potentials
                .iter()
                .zip(&side.log_weights)
                .map(|(potential, log_weight)| potential.mul_add(self.steepness, *log_weight))
                .collect()
        };
        LogScalings {
            source: scale(source, &self.source),
            target: scale(target, &self.target),
        }
    }

    /// The potentials `(f, g)` of scalings: `P_ij = a_i b_j e^((f_i + g_j - C_ij) / epsilon)`.
    pub(crate) fn potentials(&self, scalings: &LogScalings) -> (Vec<f64>, Vec<f64>) {
        let unscale = |scalings: &[f64], side: &Side| {
            scalings
                .iter()
                .zip(&side.log_weights)
                .map(|(scaling, log_weight)| (scaling - log_weight) / self.steepness)
                .collect()
        };
        (
            unscale(&scalings.source, &self.source),
            unscale(&scalings.target, &self.target),
        )
    }

    /// The same problem at another strength, with the scalings of the same potentials.
    pub(crate) fn at(&self, epsilon: f64, scalings: &LogScalings) -> Result<(Self, LogScalings)> {
        let (source, target) = self.potentials(scalings);
        let problem = Self {
            cost: self.cost,
            source: self.source.clone(),
            target: self.target.clone(),
            steepness: steepness(self.cost, epsilon)?,
        };
        let scalings = problem.log_scalings(&source, &target);
        Ok((problem, scalings))
    }

    /// Sets the scalings of some targets by sums of exponentials that cannot underflow.
    pub(crate) fn settle_targets(&self, targets: &[usize], scalings: &mut LogScalings) {
        let exponent = |row: usize, target: usize| {
            self.cost.row(row)[target].mul_add(-self.steepness, scalings.source[row])
        };
        let rows = 0..self.cost.n_sources();
        let mut largest = vec![f64::NEG_INFINITY; targets.len()];
        for row in rows.clone() {
            for (largest, &target) in largest.iter_mut().zip(targets) {
                *largest = largest.max(exponent(row, target));
            }
        }
        let mut sums = vec![0.0; targets.len()];
        for row in rows {
            for ((sum, largest), &target) in sums.iter_mut().zip(&largest).zip(targets) {
                *sum += (exponent(row, target) - largest).exp2();
            }
        }
        for ((&target, largest), sum) in targets.iter().zip(&largest).zip(&sums) {
            // With a scaling of `-largest`, the target would carry `sum`.
            scalings.target[target] = self.target.log_factor(target, -largest, sum.log2()) - largest;
        }
    }
}

fn steepness(cost: &CostMatrix, epsilon: f64) -> Result<f64> {
    let steepness = LOG2_E / epsilon;
    tensor_core::check::parameter(
        "epsilon",
        steepness > 0.0 && (steepness * cost.largest()).is_finite() && steepness.is_finite(),
        "large enough that costs / epsilon stay finite",
        epsilon,
    )
    .map_err(Error::from)?;
    Ok(steepness)
}
