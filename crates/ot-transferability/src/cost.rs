//! What it costs to move mass from a source point to a target point.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use tensor_core::{check, convert, kind};

use crate::{Error, Result};

/// The largest magnitude of a cost: beyond it, sums over the points lose every digit of an ordinary cost.
pub const MAX_COST: f64 = 1e30;

/// The cost between two points of the same feature space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum GroundCost {
    /// `||x - y||^2`.
    #[default]
    #[serde(rename = "sqeuclidean")]
    SquaredEuclidean,
    /// `||x - y||`.
    #[serde(rename = "euclidean")]
    Euclidean,
    /// `1 - <x, y> / (||x|| ||y||)`.
    #[serde(rename = "cosine")]
    Cosine,
}

/// The cost of every source point (rows) to every target point (columns), row after row, in `f64`.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostMatrix, GroundCost};
/// use tensor_core::convert::tensor_from_slice;
///
/// let source = tensor_from_slice(&[0.0, 0.0, 3.0, 4.0], &[2, 2])?;
/// let target = tensor_from_slice(&[0.0, 0.0], &[1, 2])?;
/// let cost = CostMatrix::between(&source, &target, GroundCost::SquaredEuclidean)?;
/// assert_eq!(cost.values(), [0.0, 25.0]);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CostMatrix {
    values: Vec<f64>,
    n_sources: usize,
    n_targets: usize,
}

impl CostMatrix {
    /// Costs that were computed elsewhere, row after row.
    ///
    /// # Errors
    ///
    /// Lengths that do not fit, or a cost that is not finite or larger than [`MAX_COST`].
    pub fn new(values: Vec<f64>, n_sources: usize, n_targets: usize) -> Result<Self> {
        let entries = values.len();
        if entries == 0 || n_sources.checked_mul(n_targets) != Some(entries) {
            return Err(Error::CostShape {
                entries,
                n_sources,
                n_targets,
            });
        }
        // Written so that NaN is found; the sum has no branch, the search runs only when something is wrong.
        let is_fine = |value: &f64| value.abs() <= MAX_COST;
        let all_fine = values
            .chunks(n_targets)
            .all(|row| row.iter().fold(true, |fine, value| fine & is_fine(value)));
        if !all_fine {
            let at = values.iter().position(|value| !is_fine(value)).unwrap_or(0);
            return Err(Error::Cost {
                row: at / n_targets,
                column: at % n_targets,
                value: values[at],
                limit: MAX_COST,
            });
        }
        Ok(Self {
            values,
            n_sources,
            n_targets,
        })
    }

    /// Costs from a tensor (n, m), `f32` or `f64`.
    ///
    /// # Errors
    ///
    /// As [`CostMatrix::new`], or another element type.
    pub fn from_tensor(what: &str, costs: &Tensor) -> Result<Self> {
        let (n_sources, n_targets) = check::matrix(what, costs)?;
        let values = convert::vector::<f64>(what, &kind::to_statistic(what, costs)?.f_flatten(0, -1)?)?;
        Self::new(values, n_sources, n_targets)
    }

    /// The costs between source points (n, d) and target points (m, d), `f32` or `f64`; computed in `f64`.
    ///
    /// Squared distances come from `||x||^2 + ||y||^2 - 2 <x, y>` about the mean of the target points: one product of
    /// matrices. A cost that the rounding of this difference accounts for is 0: a point is at no distance from its like.
    ///
    /// # Errors
    ///
    /// Tensors that are not matrices of finite numbers with the same number of columns, or a row of zeros under the cosine
    /// distance.
    ///
    /// # Complexity
    ///
    /// O(n m d) time, O(n m) memory.
    pub fn between(source: &Tensor, target: &Tensor, ground: GroundCost) -> Result<Self> {
        let (source, target) = checked_points(source, target)?;
        let (n_sources, n_targets) = (source.size()[0] as usize, target.size()[0] as usize);
        let values = match ground {
            GroundCost::SquaredEuclidean => squared_distances(&source, &target)?,
            GroundCost::Euclidean => {
                let mut distances = squared_distances(&source, &target)?;
                for distance in &mut distances {
                    *distance = distance.sqrt();
                }
                distances
            }
            GroundCost::Cosine => {
                let (source, target) = (directions("source", &source)?, directions("target", &target)?);
                let rounding = rounding_of_products(source.size()[1]);
                from_products(&source, &target, |_, products| {
                    for value in products {
                        *value = above(rounding, 1.0 - *value);
                    }
                })?
            }
        };
        Self::new(values, n_sources, n_targets)
    }

    /// The costs, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The costs, row after row.
    pub(crate) fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The costs of a source point.
    ///
    /// # Panics
    ///
    /// None for `source` below [`CostMatrix::n_sources`].
    pub fn row(&self, source: usize) -> &[f64] {
        &self.values[source * self.n_targets..][..self.n_targets]
    }

    /// The costs as an array (n, m).
    #[allow(
        clippy::missing_panics_doc,
        reason = "the constructor checked the number of entries"
    )]
    pub fn view(&self) -> ArrayView2<'_, f64> {
        ArrayView2::from_shape((self.n_sources, self.n_targets), &self.values)
            .expect("the constructor checked the number of entries")
    }

    /// The number of source points, n.
    pub fn n_sources(&self) -> usize {
        self.n_sources
    }

    /// The number of target points, m.
    pub fn n_targets(&self) -> usize {
        self.n_targets
    }

    /// The largest magnitude of a cost.
    pub fn largest(&self) -> f64 {
        self.values
            .iter()
            .fold(0.0, |largest, value| value.abs().max(largest))
    }

    /// The costs of some source points to some target points, in the order given.
    pub(crate) fn select(&self, sources: &[usize], targets: &[usize]) -> Self {
        let values = sources
            .iter()
            .flat_map(|&source| {
                let row = self.row(source);
                targets.iter().map(move |&target| row[target])
            })
            .collect();
        Self {
            values,
            n_sources: sources.len(),
            n_targets: targets.len(),
        }
    }
}

/// Both sides in `f64`, checked: matrices of finite numbers with at least one row and the same number of columns.
pub(crate) fn checked_points(source: &Tensor, target: &Tensor) -> Result<(Tensor, Tensor)> {
    let mut sides = Vec::with_capacity(2);
    let mut n_features = [0; 2];
    for (side, (what, points)) in [("source", source), ("target", target)].into_iter().enumerate() {
        let (n_points, width) = check::matrix(what, points)?;
        check::at_least(what, n_points, 1)?;
        check::finite(what, points)?;
        n_features[side] = width;
        sides.push(kind::to_statistic(what, &points.f_detach()?)?);
    }
    let [source_features, target_features] = n_features;
    if source_features != target_features {
        return Err(Error::Dimension {
            source_features,
            target_features,
        });
    }
    let target = sides.pop().expect("two sides");
    let source = sides.pop().expect("two sides");
    Ok((source, target))
}

fn squared_distances(source: &Tensor, target: &Tensor) -> Result<Vec<f64>> {
    // Distances do not change when both sides move; about the mean the cancellation is least.
    let dims: &[i64] = &[0];
    let mean = target.f_mean_dim(dims, true, Kind::Double)?;
    let (source, target) = (source.f_sub(&mean)?, target.f_sub(&mean)?);
    let square_norms = |points: &Tensor| -> Result<Vec<f64>> {
        let last: &[i64] = &[1];
        let norms = points.f_square()?.f_sum_dim_intlist(last, false, Kind::Double)?;
        Ok(convert::vector("square norms", &norms)?)
    };
    let (source_norms, target_norms) = (square_norms(&source)?, square_norms(&target)?);
    let rounding = rounding_of_products(source.size()[1]);
    from_products(&source, &target, |row, products| {
        for (value, norm) in products.iter_mut().zip(&target_norms) {
            let norms = source_norms[row] + norm;
            *value = above(rounding * norms, norms - 2.0 * *value);
        }
    })
}

/// What rounding may leave of the squared distance of two equal points, relative to the sum of their square norms: the
/// errors of d products add up like a walk at random. Of repeated points of 1 to 2048 features the most was 0.4 of it.
pub(crate) fn rounding_of_products(n_features: i64) -> f64 {
    f64::EPSILON * (4.0 + (n_features as f64).sqrt())
}

/// The value, or 0 for one that is rounding alone; NaN stays, to be found.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]
pub(crate) fn above(rounding: f64, value: f64) -> f64 {
    if value <= rounding { 0.0 } else { value }
}

/// Costs out of the inner products of the points, some rows at a time: `finish` replaces the products of a row, while they
/// are in the cache.
fn from_products(source: &Tensor, target: &Tensor, finish: impl Fn(usize, &mut [f64])) -> Result<Vec<f64>> {
    /// Rows of products formed at a time.
    const BLOCK: usize = 128;
    let (n_sources, n_targets) = (source.size()[0] as usize, target.size()[0] as usize);
    let too_many = || Error::CostShape {
        entries: usize::MAX,
        n_sources,
        n_targets,
    };
    let mut values = vec![0.0; n_sources.checked_mul(n_targets).ok_or_else(too_many)?];
    let columns = target.f_tr()?;
    let block = Tensor::f_empty(
        [BLOCK.min(n_sources) as i64, n_targets as i64],
        (Kind::Double, source.device()),
    )?;
    for (index, values) in values.chunks_mut(BLOCK * n_targets).enumerate() {
        let first = index * BLOCK;
        let n_rows = (values.len() / n_targets) as i64;
        let products = block.f_narrow(0, 0, n_rows)?;
        source
            .f_narrow(0, first as i64, n_rows)?
            .f_mm_out(&products, &columns)?
            .f_copy_data(values, values.len())?;
        for (offset, row) in values.chunks_mut(n_targets).enumerate() {
            finish(first + offset, row);
        }
    }
    Ok(values)
}

/// The points scaled to unit length.
fn directions(what: &'static str, points: &Tensor) -> Result<Tensor> {
    let last: &[i64] = &[1];
    // Squares of the coordinates themselves might underflow or overflow.
    let largest = points.f_norm_scalaropt_dim(f64::INFINITY, last, true)?;
    let zero = convert::vector::<f64>(what, &largest.f_flatten(0, -1)?)?
        .iter()
        .position(|&norm| norm == 0.0);
    if let Some(row) = zero {
        return Err(Error::ZeroVector { what, row });
    }
    let points = points.f_div(&largest)?;
    let norms = points.f_norm_scalaropt_dim(2.0, last, true)?;
    Ok(points.f_div(&norms)?)
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;

    /// Sums of a few products, none of which cancel.
    const RTOL: f64 = 1e-14;
    /// A difference of numbers of order 1.
    const ATOL: f64 = 1e-15;

    #[test]
    fn points_that_record_gradients_have_costs() {
        let points = tensor_from_slice(&[0.0, 1.0], &[2, 1])
            .expect("points")
            .f_requires_grad_(true)
            .expect("floats");
        for ground in [GroundCost::SquaredEuclidean, GroundCost::Euclidean] {
            let cost = CostMatrix::between(&points, &points, ground).expect("costs");
            assert_eq!(cost.values(), [0.0, 1.0, 1.0, 0.0]);
        }
    }

    #[test]
    fn the_three_costs_by_hand() {
        let source = tensor_from_slice(&[3.0, 4.0], &[1, 2]).expect("a point");
        let target = tensor_from_slice(&[4.0, 3.0, 6.0, 8.0], &[2, 2]).expect("two points");
        let between = |ground| {
            CostMatrix::between(&source, &target, ground)
                .expect("costs")
                .values()
                .to_vec()
        };
        golden::assert_close(&between(GroundCost::SquaredEuclidean), &[2.0, 25.0], RTOL, 0.0);
        golden::assert_close(&between(GroundCost::Euclidean), &[2.0_f64.sqrt(), 5.0], RTOL, 0.0);
        golden::assert_close(
            &between(GroundCost::Cosine),
            &[1.0 - 24.0 / 25.0, 0.0],
            RTOL,
            ATOL,
        );
    }

    #[test]
    fn a_distant_origin_costs_no_digits() {
        let source = tensor_from_slice(&[1e6, 1e6 + 1.0], &[2, 1]).expect("points");
        let cost = CostMatrix::between(&source, &source, GroundCost::SquaredEuclidean).expect("costs");
        golden::assert_close(cost.values(), &[0.0, 1.0, 1.0, 0.0], RTOL, ATOL);
    }

    #[test]
    fn a_repeated_point_costs_nothing_to_reach() {
        for n_features in [1, 8, 512] {
            let drawn = &mut tensor_core::Seed::new(1).stream("points", 0);
            let source = tensor_core::random::normal(drawn, &[40, n_features], Kind::Double).expect("points");
            let target = source.f_flip([0]).expect("points");
            for ground in [
                GroundCost::SquaredEuclidean,
                GroundCost::Euclidean,
                GroundCost::Cosine,
            ] {
                let cost = CostMatrix::between(&source, &target, ground).expect("costs");
                for point in 0..40 {
                    assert_eq!(cost.row(point)[39 - point], 0.0, "{ground:?} {n_features}");
                }
            }
        }
        // Points as near as single precision tells apart are not one.
        let source = tensor_from_slice(&[1.0, 1.0 + f64::from(f32::EPSILON)], &[2, 1]).expect("points");
        let cost = CostMatrix::between(&source, &source, GroundCost::Euclidean).expect("costs");
        golden::assert_close(&[cost.row(0)[1]], &[f64::from(f32::EPSILON)], RTOL, 0.0);
    }

    #[test]
    fn directions_of_all_lengths_count() {
        for scale in [1e-200, 1.0, 1e200] {
            let source = tensor_from_slice(&[3.0 * scale, 4.0 * scale], &[1, 2]).expect("a point");
            let target = tensor_from_slice(&[0.0, scale], &[1, 2]).expect("a point");
            let cost = CostMatrix::between(&source, &target, GroundCost::Cosine).expect("costs");
            golden::assert_close(cost.values(), &[0.2], RTOL, 0.0);
        }
    }

    #[test]
    fn costs_out_of_range_are_named() {
        for bad in [f64::NAN, f64::INFINITY, 1e32] {
            let refused = CostMatrix::new(vec![0.0, 1.0, bad, 1.0], 2, 2);
            assert!(
                matches!(
                    refused,
                    Err(Error::Cost {
                        row: 1,
                        column: 0,
                        ..
                    })
                ),
                "{bad}"
            );
        }
        assert!(matches!(
            CostMatrix::new(vec![], 0, 2),
            Err(Error::CostShape { .. })
        ));
        assert!(matches!(
            CostMatrix::new(vec![1.0; 3], 2, 2),
            Err(Error::CostShape { .. })
        ));
    }

    #[test]
    fn distances_that_overflow_are_refused() {
        let source = tensor_from_slice(&[1e200, -1e200], &[2, 1]).expect("points");
        let refused = CostMatrix::between(&source, &source, GroundCost::SquaredEuclidean);
        assert!(matches!(refused, Err(Error::Cost { .. })), "{refused:?}");
    }

    #[test]
    fn a_zero_vector_has_no_direction() {
        let source = tensor_from_slice(&[1.0, 0.0, 0.0, 0.0], &[2, 2]).expect("points");
        let refused = CostMatrix::between(&source, &source, GroundCost::Cosine);
        assert!(matches!(refused, Err(Error::ZeroVector { row: 1, .. })));
    }

    #[test]
    fn two_extractors_are_refused() {
        let source = tensor_from_slice(&[1.0, 0.0], &[1, 2]).expect("a point");
        let target = tensor_from_slice(&[1.0, 0.0, 0.0], &[1, 3]).expect("a point");
        let refused = CostMatrix::between(&source, &target, GroundCost::Cosine);
        assert!(matches!(refused, Err(Error::Dimension { .. })));
    }
}
