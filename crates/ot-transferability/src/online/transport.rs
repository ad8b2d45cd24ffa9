//! What the online iteration returns.

use std::ops::Range;

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tensor_core::check;

use super::points::{Points, checked};
use super::rows::Rows;
use crate::{Error, GroundCost, Marginals, Potentials, Result, Status};

/// The solution of a transport problem whose plan is not stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlineTransport {
    /// `<C, P>`: the cost of the plan, without the regularisation.
    pub cost: f64,
    /// `<C, P> + epsilon KL(P | a b^T / M)`.
    pub regularized_cost: f64,
    /// The dual objective at the potentials: a lower bound of the optimum.
    pub dual: f64,
    /// `regularized_cost - dual`; below 0 by rounding, or by the marginal error times the potentials.
    pub gap: f64,
    /// `||P 1 - a||_1 + ||P^T 1 - b||_1`.
    pub marginal_error: f64,
    /// The mass of the plan.
    pub plan_mass: f64,
    /// The strength of the regularisation, in the unit of the costs.
    pub epsilon: f64,
    /// How many iterations were made at all strengths.
    pub iterations: usize,
    /// Why the solver stopped.
    pub status: Status,
    /// The dual potentials.
    pub potentials: Potentials,
    /// The cost of two points.
    pub ground: GroundCost,
}

impl OnlineTransport {
    /// The masses of the plan that leave some of the source points, all targets a row; from the points and marginals that
    /// were solved.
    ///
    /// # Errors
    ///
    /// Points or marginals of another number than the potentials, or rows beyond the last.
    ///
    /// # Complexity
    ///
    /// O(m d) for each row, and a copy of the targets in `f64`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ot_transferability::{Marginals, OnlineSinkhorn};
    /// use tensor_core::convert::tensor_from_slice;
    ///
    /// let points = tensor_from_slice(&[0.0, 1.0, 2.0], &[3, 1])?;
    /// let marginals = Marginals::uniform(3, 3)?;
    /// let transport = OnlineSinkhorn::default().solve(&points, &points, &marginals)?;
    /// let rows = transport.plan_rows(&points, &points, &marginals, 1..3)?;
    /// assert_eq!(rows.dim(), (2, 3));
    /// assert!((rows.row(0).sum() - 1.0 / 3.0).abs() < 1e-6);
    /// # Ok::<(), ot_transferability::Error>(())
    /// ```
    pub fn plan_rows(
        &self,
        source: &Tensor,
        target: &Tensor,
        marginals: &Marginals,
        rows: Range<usize>,
    ) -> Result<Array2<f64>> {
        let (n_sources, n_targets) = checked(source, target)?;
        let Potentials { source: f, target: g } = &self.potentials;
        check::same_length("source", n_sources, "source potentials", f.len())?;
        check::same_length("target", n_targets, "target potentials", g.len())?;
        check::same_length("source", n_sources, "source weights", marginals.source().len())?;
        check::same_length("target", n_targets, "target weights", marginals.target().len())?;
        let inside = rows.start <= rows.end && rows.end <= n_sources;
        check::parameter("rows", inside, "a range of source points", format!("{rows:?}"))?;
        let points = Points::new(source, target, self.ground)?;
        let mut masses = Rows::new(&points)?.costs(rows.start, rows.len())?;
        for (row, masses) in rows.clone().zip(masses.chunks_mut(n_targets)) {
            let weight = marginals.source()[row] / marginals.mass();
            for ((mass, potential), target_weight) in masses.iter_mut().zip(g).zip(marginals.target()) {
                // Between points without mass the exponential may overflow.
                let independent = weight * target_weight;
                *mass = if independent > 0.0 {
                    independent * ((f[row] + potential - *mass) / self.epsilon).exp()
                } else {
                    0.0
                };
            }
        }
        let entries = masses.len();
        Array2::from_shape_vec((rows.len(), n_targets), masses).map_err(|_| Error::CostShape {
            entries,
            n_sources: rows.len(),
            n_targets,
        })
    }
}
