//! The choice of a transport solver.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tensor_core::progress::{Progress, Silent};
use transferability_metrics::Labels;

use crate::{
    CostMatrix, Epsilon, Exact, Frobenius, GroundCost, Joint, Marginals, OnlineSinkhorn, Result, Sinkhorn,
    Status, Transport,
};

/// A transport solver with its parameters.
///
/// In JSON, the parameters stand beside the name: `{"solver": "sinkhorn", "epsilon": {..}}`.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, Marginals, Solver};
///
/// let cost = CostMatrix::new(vec![0.0, 1.0, 2.0, 1.0, 0.0, 1.0], 2, 3)?;
/// let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5])?;
/// let solved = Solver::default().solve(&cost, &marginals)?;
/// assert!((solved.cost - 0.75).abs() < 1e-15);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "solver", rename_all = "kebab-case")]
pub enum Solver {
    /// The optimal plan.
    Exact(Exact),
    /// Entropic regularisation.
    Sinkhorn(Sinkhorn),
    /// Entropic regularisation with costs that are never stored. It solves for points only, whose cost the caller of
    /// [`Solver::couple`] sets in place of its own.
    SinkhornOnline(OnlineSinkhorn),
    /// Regularisation by the squared masses, with sparse plans.
    Frobenius(Frobenius),
}

impl Default for Solver {
    /// The exact solver, as the published OTCE code: no parameter changes the result.
    fn default() -> Self {
        Self::Exact(Exact::default())
    }
}

/// How a plan pairs the labels of two samples, without the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelCoupling {
    /// The cost of the plan, `<C, P>`.
    pub cost: f64,
    /// How much mass goes from each source class (rows) to each target class (columns).
    pub joint: Joint,
    /// `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    pub marginal_error: f64,
    /// How many iterations the solver took.
    pub iterations: usize,
    /// Why the solver stopped.
    pub status: Status,
}

impl Solver {
    /// Solves a problem with given costs.
    ///
    /// # Errors
    ///
    /// An error of the solver, or [`Error::NeedsPoints`](crate::Error::NeedsPoints) from one that stores no costs.
    pub fn solve(&self, cost: &CostMatrix, marginals: &Marginals) -> Result<Transport> {
        self.solve_with(cost, marginals, &mut Silent)
    }

    /// As [`Solver::solve`], with progress.
    ///
    /// # Errors
    ///
    /// As [`Solver::solve`], or a cancellation.
    pub fn solve_with(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<Transport> {
        match self {
            Self::Exact(solver) => solver.solve_with(cost, marginals, progress),
            Self::Sinkhorn(solver) => solver.solve_with(cost, marginals, progress),
            Self::Frobenius(solver) => solver.solve_with(cost, marginals, progress),
            Self::SinkhornOnline(_) => Err(crate::Error::NeedsPoints),
        }
    }

    /// The solver with the strength of its regularisation in the unit of these costs, so that it is the same for others.
    pub(crate) fn resolved(self, cost: &CostMatrix) -> Result<Self> {
        let absolute = |strength: Epsilon| Ok::<_, crate::Error>(Epsilon::absolute(strength.resolve(cost)?));
        Ok(match self {
            Self::Exact(_) => self,
            Self::Sinkhorn(solver) => Self::Sinkhorn(Sinkhorn {
                epsilon: absolute(solver.epsilon)?,
                ..solver
            }),
            Self::SinkhornOnline(solver) => Self::SinkhornOnline(OnlineSinkhorn {
                epsilon: absolute(solver.epsilon)?,
                ..solver
            }),
            Self::Frobenius(solver) => Self::Frobenius(Frobenius {
                gamma: absolute(solver.gamma)?,
                ..solver
            }),
        })
    }

    /// The cost of moving source points (n, d) to target points (m, d), `<C, P>`.
    ///
    /// # Errors
    ///
    /// Points that are not matrices of finite numbers with the same number of columns, or an error of the solver.
    pub(crate) fn transport_cost(
        &self,
        source: &Tensor,
        target: &Tensor,
        ground: GroundCost,
        marginals: &Marginals,
    ) -> Result<f64> {
        if let Self::SinkhornOnline(solver) = self {
            let solver = OnlineSinkhorn { ground, ..*solver };
            return Ok(solver.solve(source, target, marginals)?.cost);
        }
        Ok(self
            .solve(&CostMatrix::between(source, target, ground)?, marginals)?
            .cost)
    }

    /// Moves source points (n, d) to target points (m, d) and says how their labels are paired.
    ///
    /// # Errors
    ///
    /// Points that are not matrices of finite numbers with the same number of columns, labels or weights of another
    /// number, or an error of the solver.
    pub fn couple(
        &self,
        (source, source_labels): (&Tensor, &Labels),
        (target, target_labels): (&Tensor, &Labels),
        ground: GroundCost,
        marginals: &Marginals,
    ) -> Result<LabelCoupling> {
        if let Self::SinkhornOnline(solver) = self {
            let solver = OnlineSinkhorn { ground, ..*solver };
            let (solved, joint) =
                solver.solve_labelled(source, target, marginals, source_labels, target_labels)?;
            return Ok(LabelCoupling {
                cost: solved.cost,
                joint,
                marginal_error: solved.marginal_error,
                iterations: solved.iterations,
                status: solved.status,
            });
        }
        self.couple_with_costs(
            &CostMatrix::between(source, target, ground)?,
            marginals,
            source_labels,
            target_labels,
        )
    }

    /// As [`Solver::couple`], with given costs.
    ///
    /// # Errors
    ///
    /// As [`Solver::solve`], or labels of another number than of points.
    pub fn couple_with_costs(
        &self,
        cost: &CostMatrix,
        marginals: &Marginals,
        source_labels: &Labels,
        target_labels: &Labels,
    ) -> Result<LabelCoupling> {
        LabelCoupling::of(&self.solve(cost, marginals)?, source_labels, target_labels)
    }
}

impl LabelCoupling {
    /// How a solved problem pairs the labels.
    ///
    /// # Errors
    ///
    /// Labels of another number than of points.
    pub fn of(solved: &Transport, source_labels: &Labels, target_labels: &Labels) -> Result<Self> {
        Ok(Self {
            cost: solved.cost,
            joint: Joint::of_plan(&solved.plan, source_labels, target_labels)?,
            marginal_error: solved.marginal_error,
            iterations: solved.iterations,
            status: solved.status,
        })
    }
}
