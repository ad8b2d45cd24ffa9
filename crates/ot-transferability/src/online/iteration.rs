//! The iteration, with costs that are computed anew for every pass.

use super::passes::{Evaluate, Settle, SettleTargets, Start, Update};
use super::points::Points;
use super::rows::{Rows, total};
use crate::Result;
use crate::exponential::LOG2_E;
use crate::sinkhorn::{Iterate, LogScalings, Side, in_range};

/// The weights of both sides, all positive and of sum 1, at one strength of the regularisation.
pub(super) struct Problem {
    pub(super) source: Side,
    pub(super) target: Side,
    /// `log2(e) / epsilon`.
    pub(super) steepness: f64,
}

impl Problem {
    /// The potentials without regularisation that one pass finds.
    pub(super) fn start(&self, rows: &mut Rows<'_>) -> Result<LogScalings> {
        let n_targets = rows.points().n_targets();
        let (source, parts) = rows.pass(&Start { n_targets })?;
        let mut target = vec![f64::INFINITY; n_targets];
        for part in &parts {
            for (least, other) in target.iter_mut().zip(part) {
                *least = least.min(*other);
            }
        }
        Ok(self.log_scalings(&source, &target))
    }

    pub(super) fn log_scalings(&self, source: &[f64], target: &[f64]) -> LogScalings {
        let scale = |potentials: &[f64], side: &Side| {
            let terms = potentials.iter().zip(side.log_weights());
            terms
                .map(|(potential, log_weight)| potential.mul_add(self.steepness, *log_weight))
                .collect()
        };
        LogScalings {
            source: scale(source, &self.source),
            target: scale(target, &self.target),
        }
    }

    pub(super) fn potentials(&self, scalings: &LogScalings) -> (Vec<f64>, Vec<f64>) {
        let unscale = |scalings: &[f64], side: &Side| {
            let terms = scalings.iter().zip(side.log_weights());
            terms
                .map(|(scaling, log_weight)| (scaling - log_weight) / self.steepness)
                .collect()
        };
        (
            unscale(&scalings.source, &self.source),
            unscale(&scalings.target, &self.target),
        )
    }

    pub(super) fn epsilon(&self) -> f64 {
        LOG2_E / self.steepness
    }
}

/// Iterations on costs that are never stored.
pub(super) struct Online<'a, 'b> {
    problem: &'a Problem,
    rows: &'a mut Rows<'b>,
    scalings: LogScalings,
    column_residual: f64,
}

impl<'a, 'b> Online<'a, 'b> {
    pub(super) fn new(problem: &'a Problem, rows: &'a mut Rows<'b>, scalings: LogScalings) -> Self {
        Self {
            problem,
            rows,
            scalings,
            column_residual: 0.0,
        }
    }
}

impl Iterate for Online<'_, '_> {
    fn iterate(&mut self, relaxation: f64) -> Result<f64> {
        let (scalings, parts) = self.rows.pass(&Update {
            source: &self.problem.source,
            scalings: &self.scalings,
            steepness: self.problem.steepness,
            relaxation,
        })?;
        self.scalings.source = scalings;
        let residual: f64 = parts.iter().map(|part| part.residual).sum();
        let residual = residual + std::mem::take(&mut self.column_residual);
        let column_sums = total(
            self.scalings.target.len(),
            parts.iter().map(|part| &part.column_sums),
        );
        let side = &self.problem.target;
        let mut unsettled = Vec::new();
        for (target, &carried) in column_sums.iter().enumerate() {
            let scaling = &mut self.scalings.target[target];
            if in_range(carried) {
                let factor = side.factor(target, *scaling, carried, relaxation);
                *scaling += factor.log2();
                if relaxation != 1.0 {
                    self.column_residual += (carried * factor - side.weights()[target]).abs();
                }
            } else {
                unsettled.push(target);
            }
        }
        if !unsettled.is_empty() {
            let points = self.rows.points().with_targets(&unsettled)?;
            let settled = target_scalings(&points, &self.scalings.source, self.problem.steepness)?;
            for (&target, scaling) in unsettled.iter().zip(settled) {
                self.scalings.target[target] = side.log_weights()[target] + scaling;
            }
        }
        Ok(residual)
    }

    fn into_scalings(self) -> (LogScalings, Vec<f64>) {
        (self.scalings, Vec::new())
    }
}

/// The scalings with which sources carry a mass of 1, against targets of these scalings.
pub(super) fn source_scalings(points: &Points, targets: &[f64], steepness: f64) -> Result<Vec<f64>> {
    Ok(Rows::new(points)?.pass(&Settle { targets, steepness })?.0)
}

/// The scalings with which targets carry a mass of 1, against sources of these scalings.
pub(super) fn target_scalings(points: &Points, sources: &[f64], steepness: f64) -> Result<Vec<f64>> {
    let work = SettleTargets {
        sources,
        steepness,
        n_targets: points.n_targets(),
    };
    let (_, mut parts) = Rows::new(points)?.pass(&work)?;
    let (first, rest) = parts.split_at_mut(1);
    for part in rest {
        first[0].merge(part);
    }
    Ok(first[0].scalings())
}

/// What is read off the plan, of mass 1, without storing it.
pub(super) struct Evaluation {
    pub(super) cost: f64,
    pub(super) source_marginal: Vec<f64>,
    pub(super) target_marginal: Vec<f64>,
    pub(super) joint: Vec<f64>,
}

impl Evaluation {
    pub(super) fn of(rows: &mut Rows<'_>, work: &Evaluate<'_>) -> Result<Self> {
        let n_targets = rows.points().n_targets();
        let (source_marginal, parts) = rows.pass(work)?;
        let n_pairs = parts.first().map_or(0, |part| part.joint.len());
        Ok(Self {
            cost: parts.iter().map(|part| part.cost).sum(),
            source_marginal,
            target_marginal: total(n_targets, parts.iter().map(|part| &part.column_sums)),
            joint: total(n_pairs, parts.iter().map(|part| &part.joint)),
        })
    }
}
