//! The Sinkhorn divergence: entropic transport without its bias.

use serde::{Deserialize, Serialize};
use tensor_core::Tensor;
use tensor_core::progress::{Progress, Silent};

use crate::{CostMatrix, GroundCost, Marginals, Result, Sinkhorn, Transport};

/// The Sinkhorn divergence between two weighted clouds of points.
///
/// ```text
/// S(a, b) = OT(a, b) - OT(a, a) / 2 - OT(b, b) / 2
/// OT(a, b) = min_P <C, P> + epsilon KL(P | a b^T / M)
/// ```
///
/// Entropic transport of a cloud to itself costs more than nothing; the two other terms take that off. `S` is 0 for equal
/// clouds and, for these costs, not negative; it goes from the transport cost at `epsilon` to 0 to a kernel distance at
/// large `epsilon`. `epsilon` is resolved for the costs between the clouds and is the same for the three problems. Each
/// `OT` is the dual objective, whose error is of second order in that of the potentials.
///
/// # Shapes
///
/// Source points (n, d), target points (m, d), weights (n) and (m).
///
/// # Errors
///
/// Those of [`CostMatrix::between`] and [`Sinkhorn::solve`].
///
/// # Complexity
///
/// That of three entropic problems: n x m, n x n and m x m.
///
/// # Reference
///
/// J. Feydy, T. Séjourné, F.-X. Vialard, S. Amari, A. Trouvé, G. Peyré, *Interpolating between optimal transport and MMD
/// using Sinkhorn divergences*, 2019, arXiv:1810.08278.
///
/// # Examples
///
/// ```
/// use ot_transferability::{GroundCost, Marginals, SinkhornDivergence};
/// use tensor_core::convert::tensor_from_slice;
///
/// // A cloud of one point has no entropy to bias: the squared distance is left.
/// let source = tensor_from_slice(&[0.0], &[1, 1])?;
/// let target = tensor_from_slice(&[3.0], &[1, 1])?;
/// let marginals = Marginals::uniform(1, 1)?;
/// let result = SinkhornDivergence::default().between(&source, &target, GroundCost::SquaredEuclidean, &marginals)?;
/// assert!((result.divergence - 9.0).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SinkhornDivergence {
    /// The solver of the three problems.
    pub sinkhorn: Sinkhorn,
}

/// A Sinkhorn divergence and the three solutions that it comes from.
#[derive(Debug, Clone)]
pub struct Divergence {
    /// `S(a, b)`.
    pub divergence: f64,
    /// Transport between the clouds.
    pub between: Transport,
    /// Transport of the source to itself.
    pub within_source: Transport,
    /// Transport of the target to itself.
    pub within_target: Transport,
}

impl SinkhornDivergence {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// Those of [`Sinkhorn::validate`].
    pub fn validate(&self) -> Result<()> {
        self.sinkhorn.validate()
    }

    /// The divergence between two clouds.
    ///
    /// # Errors
    ///
    /// See [`SinkhornDivergence`].
    pub fn between(
        &self,
        source: &Tensor,
        target: &Tensor,
        ground: GroundCost,
        marginals: &Marginals,
    ) -> Result<Divergence> {
        self.between_with(source, target, ground, marginals, &mut Silent)
    }

    /// The divergence, with iterations as steps of `progress`.
    ///
    /// # Errors
    ///
    /// See [`SinkhornDivergence`]; besides, the cancellation that `progress` asks for.
    pub fn between_with(
        &self,
        source: &Tensor,
        target: &Tensor,
        ground: GroundCost,
        marginals: &Marginals,
        progress: &mut dyn Progress,
    ) -> Result<Divergence> {
        self.validate()?;
        let cost = CostMatrix::between(source, target, ground)?;
        let solver = Sinkhorn {
            epsilon: crate::Epsilon::absolute(self.sinkhorn.epsilon.resolve(&cost)?),
            ..self.sinkhorn
        };
        let between = solver.solve_with(&cost, marginals, progress)?;
        drop(cost);
        let mut within = |points: &Tensor, weights: &[f64]| {
            let cost = CostMatrix::between(points, points, ground)?;
            solver.solve_with(&cost, &Marginals::new(weights, weights)?, progress)
        };
        let within_source = within(source, marginals.source())?;
        let within_target = within(target, marginals.target())?;
        Ok(Divergence {
            divergence: between.dual - 0.5 * (within_source.dual + within_target.dual),
            between,
            within_source,
            within_target,
        })
    }
}
