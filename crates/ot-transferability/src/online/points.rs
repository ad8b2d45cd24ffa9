//! The points of both sides, and the inner products that their costs come from.

use tch::{Kind, Tensor};
use tensor_core::{check, convert};

use crate::cost::{above, rounding_of_products};
use crate::exponential::LOG2_E;
use crate::{Error, GroundCost, Result};

/// Rows widened at a time while the points are prepared.
const PREPARED_ROWS: i64 = 2048;

/// Targets whose products with some source points are formed at a time.
const TILE: i64 = 2048;

/// How much further than the points from their mean the origin may lie, in squared distance, for products about the origin
/// to do: costs then lose a digit at most.
const NEAR_ORIGIN: f64 = 16.0;

/// Source points as they were given, and target points prepared for products: in `f64`, about a centre, and of norm 1 for
/// the cosine distance.
///
/// The centre is the mean of the targets: costs do not depend on it, and about the mean they lose no digits. If the origin
/// is near it does as well, and targets that are in `f64` already are used as they stand.
#[derive(Debug)]
pub(super) struct Points {
    source: Tensor,
    target: Tensor,
    center: Tensor,
    source_norms: Vec<f64>,
    target_norms: Vec<f64>,
    ground: GroundCost,
}

impl Points {
    /// Points that [`checked`] let pass.
    pub(super) fn new(source: &Tensor, target: &Tensor, ground: GroundCost) -> Result<Self> {
        let (source, target) = (source.f_detach()?, target.f_detach()?);
        let rows: &[i64] = &[0];
        let mean = target.f_mean_dim(rows, true, Kind::Double)?;
        let origin = mean.f_zeros_like()?;
        let is_cosine = ground == GroundCost::Cosine;
        let mut points = Self {
            source_norms: Vec::new(),
            target_norms: Vec::new(),
            center: if is_cosine {
                origin.shallow_clone()
            } else {
                mean.shallow_clone()
            },
            source,
            target,
            ground,
        };
        points.target_norms = points.square_norms("target", &points.target)?;
        let distance = mean.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
        let stands = points.target.f_kind()? == Kind::Double && points.target.is_contiguous();
        if stands && !is_cosine && distance <= NEAR_ORIGIN * self::mean(&points.target_norms) {
            points.center = origin;
            points.target_norms = points.square_norms("target", &points.target)?;
        } else {
            points.target =
                points.prepared(&points.target, &points.target_norms, 0, points.target.size()[0])?;
        }
        points.source_norms = points.square_norms("source", &points.source)?;
        Ok(points)
    }

    /// The same source points and some of the targets.
    pub(super) fn with_targets(&self, targets: &[usize]) -> Result<Self> {
        let indices: Vec<i64> = targets.iter().map(|&target| target as i64).collect();
        let indices = Tensor::f_from_slice(&indices)?.f_to_device(self.target.device())?;
        Ok(Self {
            source: self.source.shallow_clone(),
            target: self.target.f_index_select(0, &indices)?,
            center: self.center.shallow_clone(),
            source_norms: self.source_norms.clone(),
            target_norms: targets.iter().map(|&target| self.target_norms[target]).collect(),
            ground: self.ground,
        })
    }

    pub(super) fn n_sources(&self) -> usize {
        self.source_norms.len()
    }

    pub(super) fn n_targets(&self) -> usize {
        self.target_norms.len()
    }

    /// The inner products of `n_rows` source points from `first` with all target points, row after row, into `products`.
    pub(super) fn products(
        &self,
        first: usize,
        n_rows: usize,
        tile: &mut Tile,
        products: &mut [f64],
    ) -> Result<()> {
        let rows = self.prepared(&self.source, &self.source_norms, first as i64, n_rows as i64)?;
        let n_targets = self.n_targets();
        for start in (0..n_targets as i64).step_by(TILE as usize) {
            let width = TILE.min(n_targets as i64 - start);
            let columns = self.target.f_narrow(0, start, width)?;
            let values = tile.product(&rows, &columns)?;
            for (row, values) in products
                .chunks_exact_mut(n_targets)
                .zip(values.chunks_exact(width as usize))
            {
                row[start as usize..][..values.len()].copy_from_slice(values);
            }
        }
        Ok(())
    }

    /// `log2(e) / epsilon`.
    ///
    /// # Errors
    ///
    /// A strength so small that `C / epsilon` overflows, or may.
    pub(super) fn steepness(&self, epsilon: f64) -> Result<f64> {
        let largest = |norms: &[f64]| norms.iter().fold(0.0, |largest: f64, norm| largest.max(*norm));
        let bound = match self.ground {
            GroundCost::Cosine => 2.0,
            // (|x| + |y|)^2 <= 2 |x|^2 + 2 |y|^2.
            _ => 2.0 * (largest(&self.source_norms) + largest(&self.target_norms)),
        };
        let steepness = LOG2_E / epsilon;
        check::parameter(
            "epsilon",
            steepness.is_finite() && (steepness * bound.max(1.0)).is_finite(),
            "so large that costs / epsilon do not overflow",
            epsilon,
        )?;
        Ok(steepness)
    }

    /// How a row of inner products becomes costs.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground {
            cost: self.ground,
            rounding: rounding_of_products(self.target.size()[1]),
            source_norms: &self.source_norms,
            target_norms: &self.target_norms,
        }
    }

    /// The mean cost, where the means of the points give it.
    pub(super) fn mean_cost(&self) -> Result<Option<f64>> {
        if self.ground == GroundCost::Euclidean {
            return Ok(None);
        }
        let rows: &[i64] = &[0];
        let (n, m) = (self.n_sources(), self.n_targets());
        let mut source_sum = self.center.f_zeros_like()?;
        for first in (0..n as i64).step_by(PREPARED_ROWS as usize) {
            let block = self.prepared(
                &self.source,
                &self.source_norms,
                first,
                PREPARED_ROWS.min(n as i64 - first),
            )?;
            source_sum = source_sum.f_add(&block.f_sum_dim_intlist(rows, true, Kind::Double)?)?;
        }
        let target_sum = self.target.f_sum_dim_intlist(rows, true, Kind::Double)?;
        let product = source_sum
            .f_mul(&target_sum)?
            .f_sum(Kind::Double)?
            .f_double_value(&[])?
            / (n * m) as f64;
        Ok(Some(match self.ground {
            GroundCost::Cosine => 1.0 - product,
            _ => mean(&self.source_norms) + mean(&self.target_norms) - 2.0 * product,
        }))
    }

    fn square_norms(&self, what: &'static str, points: &Tensor) -> Result<Vec<f64>> {
        let n_points = points.size()[0];
        let columns: &[i64] = &[1];
        let mut norms = Vec::with_capacity(n_points as usize);
        for first in (0..n_points).step_by(PREPARED_ROWS as usize) {
            let block = points.f_narrow(0, first, PREPARED_ROWS.min(n_points - first))?;
            let block = block.f_to_kind(Kind::Double)?.f_sub(&self.center)?;
            let squares = block
                .f_square()?
                .f_sum_dim_intlist(columns, false, Kind::Double)?;
            norms.extend(convert::vector::<f64>("square norms", &squares)?);
        }
        if self.ground == GroundCost::Cosine
            && let Some(row) = norms.iter().position(|&norm| norm == 0.0)
        {
            return Err(Error::ZeroVector { what, row });
        }
        if let Some(at) = norms.iter().position(|norm| !norm.is_finite()) {
            return Err(Error::Core(tensor_core::Error::NonFinite {
                what: format!("square norms of {what}"),
                index: vec![at],
                value: norms[at],
            }));
        }
        Ok(norms)
    }

    /// Rows in `f64`, about the centre, or of norm 1.
    fn prepared(&self, points: &Tensor, norms: &[f64], first: i64, n_rows: i64) -> Result<Tensor> {
        let prepared = Tensor::f_empty([n_rows, points.size()[1]], (Kind::Double, points.device()))?;
        for start in (0..n_rows).step_by(PREPARED_ROWS as usize) {
            let n_rows = PREPARED_ROWS.min(n_rows - start);
            let block = points.f_narrow(0, first + start, n_rows)?;
            let mut place = prepared.f_narrow(0, start, n_rows)?;
            place.f_copy_(&block)?;
            if self.ground == GroundCost::Cosine {
                let norms = norms[(first + start) as usize..][..n_rows as usize].iter();
                let norms: Vec<f64> = norms.map(|norm| norm.sqrt()).collect();
                let norms = convert::tensor_from_slice(&norms, &[n_rows, 1])?.f_to_device(points.device())?;
                let _ = place.f_div_(&norms)?;
            } else {
                let _ = place.f_sub_(&self.center)?;
            }
        }
        Ok(prepared)
    }
}

/// The memory for a product of some source points with some target points.
#[derive(Debug)]
pub(super) struct Tile {
    product: Tensor,
    values: Vec<f64>,
}

impl Tile {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            product: Tensor::f_empty([0], (Kind::Double, tch::Device::Cpu))?,
            values: Vec::new(),
        })
    }

    /// The inner products of rows (r, d) and rows (c, d), row after row.
    fn product(&mut self, rows: &Tensor, columns: &Tensor) -> Result<&[f64]> {
        let shape = [rows.size()[0], columns.size()[0]];
        if self.product.size() != shape {
            self.product = Tensor::f_empty(shape, (Kind::Double, rows.device()))?;
            self.values.resize((shape[0] * shape[1]) as usize, 0.0);
        }
        let _ = rows.f_mm_out(&self.product, &columns.f_tr()?)?;
        self.product
            .f_copy_data(&mut self.values, (shape[0] * shape[1]) as usize)?;
        Ok(&self.values)
    }
}

/// Checks points without a copy of them: matrices of finite numbers with at least one row and the same number of columns.
pub(super) fn checked(source: &Tensor, target: &Tensor) -> Result<(usize, usize)> {
    let mut sizes = [(0, 0); 2];
    for (size, (what, points)) in sizes.iter_mut().zip([("source", source), ("target", target)]) {
        *size = check::matrix(what, points)?;
        tensor_core::kind::require(what, points, &[Kind::Float, Kind::Double])?;
        check::at_least(what, size.0, 1)?;
        check::finite(what, points)?;
    }
    let [(n_sources, source_features), (n_targets, target_features)] = sizes;
    if source_features != target_features {
        return Err(Error::Dimension {
            source_features,
            target_features,
        });
    }
    Ok((n_sources, n_targets))
}

/// What turns inner products into costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    cost: GroundCost,
    /// See [`rounding_of_products`].
    rounding: f64,
    source_norms: &'a [f64],
    target_norms: &'a [f64],
}

impl Ground<'_> {
    /// Replaces the inner products of a source point by its costs.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
    )]
    pub(super) fn costs(&self, source: usize, products: &mut [f64]) {
        if self.cost == GroundCost::Cosine {
            for value in products {
                *value = above(self.rounding, 1.0 - *value);
            }
            return;
        }
        let norm = self.source_norms[source];
        for (value, target_norm) in products.iter_mut().zip(self.target_norms) {
            let norms = norm + target_norm;
            *value = above(self.rounding * norms, (-2.0_f64).mul_add(*value, norms));
        }
        if self.cost == GroundCost::Euclidean {
            for value in products {
                *value = value.sqrt();
            }
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
