//! The cost between labelled points: between their features, and between their classes.

use tch::Tensor;

use crate::label_distance::LabelledPoints;
use crate::{CostMatrix, GroundCost, LabelDistance, Result};

/// The cost between labelled points.
///
/// ```text
/// C_ij = feature_weight ||x_i - z_j||^p + label_weight D(s_i, t_j)^p
/// ```
#[derive(Debug, Clone, Copy)]
pub(crate) struct LabelledCost {
    pub(crate) p: f64,
    pub(crate) feature_weight: f64,
    pub(crate) label_weight: f64,
    /// `D`.
    pub(crate) label_distance: LabelDistance,
}

impl LabelledCost {
    pub(crate) fn between(
        &self,
        source: &LabelledPoints<'_>,
        target: &LabelledPoints<'_>,
    ) -> Result<CostMatrix> {
        let between_points = power_costs(source.points, target.points, self.p)?;
        let between_classes = self
            .label_distance
            .table(source, target, &between_points, self.p)?;
        let (n_sources, n_targets) = (between_points.n_sources(), between_points.n_targets());
        let mut costs = between_points.into_values();
        let n_classes = target.labels.n_classes();
        let (rows, columns) = (source.labels.indices(), target.labels.indices());
        for (costs, &row) in costs.chunks_exact_mut(n_targets).zip(rows) {
            let to_class = &between_classes[row * n_classes..][..n_classes];
            for (cost, &column) in costs.iter_mut().zip(columns) {
                *cost = self.feature_weight * *cost + self.label_weight * to_class[column];
            }
        }
        CostMatrix::new(costs, n_sources, n_targets)
    }
}

/// `||x_i - z_j||^p`.
pub(crate) fn power_costs(source: &Tensor, target: &Tensor, p: f64) -> Result<CostMatrix> {
    if p == 1.0 {
        return CostMatrix::between(source, target, GroundCost::Euclidean);
    }
    let squares = CostMatrix::between(source, target, GroundCost::SquaredEuclidean)?;
    if p == 2.0 {
        return Ok(squares);
    }
    let (n_sources, n_targets) = (squares.n_sources(), squares.n_targets());
    let costs = squares
        .into_values()
        .into_iter()
        .map(|square| square.powf(p / 2.0));
    CostMatrix::new(costs.collect(), n_sources, n_targets)
}
