//! What is done with each row of costs: find their scale, start, iterate, and evaluate the plan.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use super::rows::RowWork;
use crate::exponential::{exp2, sum};
use crate::sinkhorn::{LogScalings, Side, in_range};

/// The largest cost and the sum of the costs of each row.
pub(super) struct Scale;

impl RowWork for Scale {
    type Part = f64;

    fn part(&self) -> f64 {
        0.0
    }

    #[inline(always)]
    fn row(&self, _: usize, costs: &mut [f64], largest: &mut f64) -> f64 {
        *largest = costs.iter().fold(*largest, |largest, &cost| largest.max(cost));
        sum(costs)
    }
}

/// The potentials without regularisation that one pass finds: `f_i = min_j C_ij`, then `g_j = min_i C_ij - f_i`.
pub(super) struct Start {
    pub(super) n_targets: usize,
}

impl RowWork for Start {
    type Part = Vec<f64>;

    fn part(&self) -> Vec<f64> {
        vec![f64::INFINITY; self.n_targets]
    }

    #[inline(always)]
    fn row(&self, _: usize, costs: &mut [f64], least: &mut Vec<f64>) -> f64 {
        let potential = costs.iter().fold(f64::INFINITY, |least, &cost| least.min(cost));
        for (least, cost) in least.iter_mut().zip(costs.iter()) {
            *least = least.min(cost - potential);
        }
        potential
    }
}

/// One iteration: the new scaling of each source, and the column sums with it.
pub(super) struct Update<'a> {
    pub(super) source: &'a Side,
    pub(super) scalings: &'a LogScalings,
    pub(super) steepness: f64,
    pub(super) relaxation: f64,
}

pub(super) struct UpdatePart {
    pub(super) column_sums: Vec<f64>,
    /// How far the rows were from their marginals before.
    pub(super) residual: f64,
}

impl RowWork for Update<'_> {
    type Part = UpdatePart;

    fn part(&self) -> UpdatePart {
        UpdatePart {
            column_sums: vec![0.0; self.scalings.target.len()],
            residual: 0.0,
        }
    }

    #[inline(always)]
    fn row(&self, source: usize, costs: &mut [f64], part: &mut UpdatePart) -> f64 {
        let (largest, total) = exponentials(costs, &self.scalings.target, self.steepness);
        // The scaling that gives the row a mass of `total` is `-largest`.
        let old = self.scalings.source[source];
        let carried = total * (old + largest).exp2();
        let wanted = self.source.weights()[source];
        let mut scaling = self.source.factor(source, -largest, total, 1.0).log2() - largest;
        if in_range(carried) {
            part.residual += (carried - wanted).abs();
            if self.relaxation != 1.0 {
                scaling = old + self.source.factor(source, old, carried, self.relaxation).log2();
            }
        } else {
            part.residual += wanted;
        }
        let factor = (scaling + largest).exp2();
        for (sum, value) in part.column_sums.iter_mut().zip(costs.iter()) {
            *sum = factor.mul_add(*value, *sum);
        }
        scaling
    }
}

/// The soft minimum over the targets for each source: the scaling with which the source carries a mass of 1.
pub(super) struct Settle<'a> {
    pub(super) targets: &'a [f64],
    pub(super) steepness: f64,
}

impl RowWork for Settle<'_> {
    type Part = ();

    fn part(&self) {}

    #[inline(always)]
    fn row(&self, _: usize, costs: &mut [f64], (): &mut ()) -> f64 {
        let (largest, total) = exponentials(costs, self.targets, self.steepness);
        -(largest + total.log2())
    }
}

/// The soft minimum over the sources for each target, by sums whose unit follows their largest term.
pub(super) struct SettleTargets<'a> {
    pub(super) sources: &'a [f64],
    pub(super) steepness: f64,
    pub(super) n_targets: usize,
}

/// Sums of exponentials to base 2, `sum_j 2^largest_j` for each target.
pub(super) struct Sums {
    largest: Vec<f64>,
    sum: Vec<f64>,
}

impl Sums {
    /// Below every exponent, and not so far below that a difference is not finite.
    const NONE: f64 = -1e300;

    fn new(n: usize) -> Self {
        Self {
            largest: vec![Self::NONE; n],
            sum: vec![0.0; n],
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for at in 0..self.sum.len() {
            let largest = self.largest[at].max(other.largest[at]);
            self.sum[at] = self.sum[at] * exp2(self.largest[at] - largest)
                + other.sum[at] * exp2(other.largest[at] - largest);
            self.largest[at] = largest;
        }
    }

    /// The scalings with which the targets carry a mass of 1.
    pub(super) fn scalings(&self) -> Vec<f64> {
        let sums = self.largest.iter().zip(&self.sum);
        sums.map(|(largest, sum)| -(largest + sum.log2())).collect()
    }
}

impl RowWork for SettleTargets<'_> {
    type Part = Sums;

    fn part(&self) -> Sums {
        Sums::new(self.n_targets)
    }

    #[inline(always)]
    fn row(&self, source: usize, costs: &mut [f64], part: &mut Sums) -> f64 {
        let scaling = self.sources[source];
        for ((cost, largest), sum) in costs.iter().zip(&mut part.largest).zip(&mut part.sum) {
            let exponent = cost.mul_add(-self.steepness, scaling);
            let next = largest.max(exponent);
            *sum = *sum * exp2(*largest - next) + exp2(exponent - next);
            *largest = next;
        }
        0.0
    }
}

/// Replaces costs by `2^(target_j - steepness C_j - largest)`; returns `largest`, the largest exponent, and their sum.
#[inline(always)]
fn exponentials(costs: &mut [f64], targets: &[f64], steepness: f64) -> (f64, f64) {
    let mut largest = f64::NEG_INFINITY;
    for (value, target) in costs.iter_mut().zip(targets) {
        *value = value.mul_add(-steepness, *target);
        largest = largest.max(*value);
    }
    for value in costs.iter_mut() {
        *value = exp2(*value - largest);
    }
    (largest, sum(costs))
}

/// Class indices of the points of both sides, and the numbers of classes.
pub(super) struct Classes {
    pub(super) source: Vec<usize>,
    pub(super) target: Vec<usize>,
    pub(super) n_sources: usize,
    pub(super) n_targets: usize,
}

/// The plan, of mass 1, and what is read off it.
pub(super) struct Evaluate<'a> {
    pub(super) scalings: &'a LogScalings,
    pub(super) steepness: f64,
    /// The classes to be paired.
    pub(super) classes: Option<&'a Classes>,
}

pub(super) struct EvaluatePart {
    pub(super) column_sums: Vec<f64>,
    pub(super) cost: f64,
    /// Mass between classes, one row a source class.
    pub(super) joint: Vec<f64>,
    masses: Vec<f64>,
}

impl RowWork for Evaluate<'_> {
    type Part = EvaluatePart;

    fn part(&self) -> EvaluatePart {
        let n_targets = self.scalings.target.len();
        EvaluatePart {
            column_sums: vec![0.0; n_targets],
            cost: 0.0,
            joint: vec![
                0.0;
                self.classes
                    .map_or(0, |classes| classes.n_sources * classes.n_targets)
            ],
            masses: vec![0.0; n_targets],
        }
    }

    #[inline(always)]
    fn row(&self, source: usize, costs: &mut [f64], part: &mut EvaluatePart) -> f64 {
        let scaling = self.scalings.source[source];
        for ((mass, cost), target) in part
            .masses
            .iter_mut()
            .zip(costs.iter())
            .zip(&self.scalings.target)
        {
            *mass = exp2(cost.mul_add(-self.steepness, scaling + target));
        }
        for (sum, mass) in part.column_sums.iter_mut().zip(&part.masses) {
            *sum += mass;
        }
        for (cost, mass) in costs.iter_mut().zip(&part.masses) {
            *cost *= mass;
        }
        part.cost += sum(costs);
        if let Some(classes) = self.classes {
            let row = &mut part.joint[classes.source[source] * classes.n_targets..][..classes.n_targets];
            for (&class, mass) in classes.target.iter().zip(&part.masses) {
                row[class] += mass;
            }
        }
        sum(&part.masses)
    }
}
