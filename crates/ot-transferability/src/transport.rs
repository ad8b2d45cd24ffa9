//! What every solver returns.

use serde::{Deserialize, Serialize};

use crate::{CostMatrix, Marginals, Plan};

/// Why a solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// An optimal vertex with a certificate: the potentials are feasible and leave no gap but rounding.
    Optimal,
    /// The tolerance was reached.
    Converged,
    /// The cap on the iterations came first: the residuals say how far the result is.
    IterationLimit,
}

/// Dual potentials: what a unit of mass costs at each source point (n) and each target point (m).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Potentials {
    /// `f`, one for each source point.
    pub source: Vec<f64>,
    /// `g`, one for each target point.
    pub target: Vec<f64>,
}

/// The solution of a transport problem.
#[derive(Debug, Clone)]
pub struct Transport {
    /// `<C, P>`: the cost of the plan, without any regularisation.
    pub cost: f64,
    /// The objective that the solver minimised, at the plan: equal to `cost` for the exact solver; see each solver.
    pub regularized_cost: f64,
    /// The dual objective at the potentials: a lower bound of the optimum.
    pub dual: f64,
    /// `regularized_cost - dual`.
    pub gap: f64,
    /// `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    pub marginal_error: f64,
    /// How many iterations the solver took; see each solver for what it counts.
    pub iterations: usize,
    /// Why the solver stopped.
    pub status: Status,
    /// The dual potentials.
    pub potentials: Potentials,
    /// The plan (n, m).
    pub plan: Plan,
}

/// The points of positive weight: solvers see no others.
#[derive(Debug)]
pub(crate) struct Support {
    pub(crate) sources: Vec<usize>,
    pub(crate) targets: Vec<usize>,
}

impl Support {
    /// The points of positive weight, or `None` if all are.
    pub(crate) fn of(source: &[f64], target: &[f64]) -> Option<Self> {
        let positive = |weights: &[f64]| -> Vec<usize> {
            (0..weights.len()).filter(|&point| weights[point] > 0.0).collect()
        };
        let support = Self {
            sources: positive(source),
            targets: positive(target),
        };
        (support.sources.len() < source.len() || support.targets.len() < target.len()).then_some(support)
    }

    /// Weights or potentials of the points of the support.
    pub(crate) fn pick(of: &[f64], points: &[usize]) -> Vec<f64> {
        points.iter().map(|&point| of[point]).collect()
    }

    /// The marginals of the points of the support.
    pub(crate) fn marginals(&self, marginals: &Marginals) -> crate::Result<Marginals> {
        Marginals::new(
            &Self::pick(marginals.source(), &self.sources),
            &Self::pick(marginals.target(), &self.targets),
        )
    }

    /// A solution on the support as one on all points; a point without mass gets the largest potential that keeps
    /// `f_i + g_j <= C_ij` against the points of the support on the other side.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the solution on the support is of no use besides"
    )]
    pub(crate) fn expand(&self, solved: Transport, cost: &CostMatrix) -> Transport {
        let Potentials { source, target } = &solved.potentials;
        let mut expanded = Potentials {
            source: vec![f64::NAN; cost.n_sources()],
            target: vec![f64::NAN; cost.n_targets()],
        };
        for (&point, &value) in self.sources.iter().zip(source) {
            expanded.source[point] = value;
        }
        for (&point, &value) in self.targets.iter().zip(target) {
            expanded.target[point] = value;
        }
        for point in (0..cost.n_sources()).filter(|point| self.sources.binary_search(point).is_err()) {
            expanded.source[point] = self
                .targets
                .iter()
                .zip(target)
                .map(|(&other, potential)| cost.row(point)[other] - potential)
                .fold(f64::INFINITY, f64::min);
        }
        for point in (0..cost.n_targets()).filter(|point| self.targets.binary_search(point).is_err()) {
            // Against every source, those without mass included.
            expanded.target[point] = (0..cost.n_sources())
                .map(|other| cost.row(other)[point] - expanded.source[other])
                .fold(f64::INFINITY, f64::min);
        }
        let plan = solved
            .plan
            .expand(cost.n_sources(), cost.n_targets(), &self.sources, &self.targets);
        Transport {
            potentials: expanded,
            plan,
            ..solved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_without_mass_get_feasible_potentials() {
        // Source 1 and target 0 weigh nothing; the rest is one pair at cost 5.
        let cost = CostMatrix::new(vec![1.0, 5.0, -2.0, 3.0], 2, 2).expect("costs");
        let marginals = Marginals::new(&[1.0, 0.0], &[0.0, 1.0]).expect("weights");
        let support = Support::of(marginals.source(), marginals.target()).expect("two points weigh nothing");
        assert_eq!(support.marginals(&marginals).expect("weights").source(), [1.0]);
        let solved = Transport {
            cost: 5.0,
            regularized_cost: 5.0,
            dual: 5.0,
            gap: 0.0,
            marginal_error: 0.0,
            iterations: 1,
            status: Status::Optimal,
            potentials: Potentials {
                source: vec![2.0],
                target: vec![3.0],
            },
            plan: Plan::dense(1, 1, vec![1.0]),
        };
        let expanded = support.expand(solved, &cost);
        assert_eq!(expanded.potentials.source, [2.0, 0.0]);
        assert_eq!(expanded.potentials.target, [-2.0, 3.0]);
        assert_eq!(expanded.plan.to_dense(), ndarray::array![[0.0, 1.0], [0.0, 0.0]]);
    }

    #[test]
    fn full_support_is_no_support() {
        assert!(Support::of(&[0.5, 0.5], &[1.0]).is_none());
    }
}
