//! Sliced transport: between clouds of points by their projections on lines.

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use tensor_core::numeric::Moments;
use tensor_core::{Seed, check, convert};

use crate::one_dimensional::{Power, finite_cost, for_each_piece, sorted_with_weights};
use crate::{Error, Marginals, Result};

mod max_sliced;

pub use max_sliced::{MaxSliced, MaxSlicedWasserstein};

/// The sliced Wasserstein distance by random projections.
///
/// ```text
/// SW_p^p = E_u W_p^p(X u, Y u),   u uniform on the sphere of R^d
/// ```
///
/// `W_p^p(X u, Y u)` is the cost on the line; the expectation is the mean over `n_projections` directions, each drawn
/// from the seed by its own index: a run with more projections has those of the run with fewer.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `p` | 2 | exponent of the distance on the line | 1 or more | POT |
/// | `n_projections` | 50 | directions | 1 or more | POT |
/// | `seed` | 0 | seed of the directions | any | – |
///
/// A projection shortens distances, so that `SW_p <= W_p`; the mean square of a coordinate of `u` is `1/d`, so that the
/// square of `SW_2` is about `1/d` of that of `W_2`.
///
/// # Complexity
///
/// `O(L (n + m) (d + log(n + m)))` for L projections. Beside the points, memory for 4 million projected coordinates.
///
/// # Reference
///
/// Bonneel, Rabin, Peyré and Pfister, "Sliced and Radon Wasserstein barycenters of measures", Journal of Mathematical
/// Imaging and Vision 51 (2015), doi:10.1007/s10851-014-0506-3.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Marginals, SlicedWasserstein};
/// use tensor_core::convert::tensor_from_slice;
///
/// // In one dimension every direction is the line itself.
/// let source = tensor_from_slice(&[0.0, 1.0], &[2, 1])?;
/// let target = tensor_from_slice(&[3.0, 4.0], &[2, 1])?;
/// let sliced = SlicedWasserstein::default().solve(&source, &target, &Marginals::uniform(2, 2)?)?;
/// assert_eq!((sliced.cost, sliced.distance, sliced.standard_error), (9.0, 3.0, Some(0.0)));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlicedWasserstein {
    /// The exponent of the distance on the line.
    pub p: f64,
    /// How many directions.
    pub n_projections: usize,
    /// The seed of the directions.
    pub seed: Seed,
}

impl Default for SlicedWasserstein {
    fn default() -> Self {
        Self {
            p: 2.0,
            n_projections: 50,
            seed: Seed::new(0),
        }
    }
}

/// An estimate of a sliced Wasserstein distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sliced {
    /// The mean of `W_p^p` over the projections, for the mass of the marginals.
    pub cost: f64,
    /// The p-th root of the cost.
    pub distance: f64,
    /// The standard error of `cost` as an estimate of the mean over all directions; `None` of one projection.
    ///
    /// That of `distance` is, to first order, `standard_error / (p distance^(p - 1))`.
    pub standard_error: Option<f64>,
    /// How many directions were drawn.
    pub n_projections: usize,
}

/// Projected coordinates held at a time, of both sides: 32 MiB.
const PROJECTED: usize = 1 << 22;

/// Rows widened and projected at a time.
const ROW_BLOCK: i64 = 2048;

impl SlicedWasserstein {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    pub fn validate(&self) -> Result<()> {
        Power::new(self.p)?;
        let n = self.n_projections;
        Ok(check::parameter("n_projections", n >= 1, "1 or more", n)?)
    }

    /// The distance between source points (n, d) and target points (m, d), `f32` or `f64`; computed in `f64`.
    ///
    /// # Errors
    ///
    /// A parameter out of range, points that are not matrices of finite numbers with the same number of columns, weights
    /// whose number is not that of the points, or a cost beyond the largest double.
    pub fn solve(&self, source: &Tensor, target: &Tensor, marginals: &Marginals) -> Result<Sliced> {
        self.validate()?;
        let clouds = Clouds::new(source, target, marginals)?;
        let power = Power::new(self.p)?;
        let line = Line::new(marginals);
        let at_a_time = (PROJECTED / (clouds.n_sources + clouds.n_targets)).max(1);
        let mut costs = Vec::new();
        for first in (0..self.n_projections).step_by(at_a_time) {
            let drawn = first..self.n_projections.min(first + at_a_time);
            let directions: Vec<f64> = drawn
                .clone()
                .flat_map(|index| direction(self.seed, index as u64, clouds.n_features))
                .collect();
            let directions =
                convert::tensor_from_slice(&directions, &[drawn.len() as i64, clouds.n_features as i64])?;
            let (mut x, mut y) = (
                clouds.project(clouds.source, &directions)?,
                clouds.project(clouds.target, &directions)?,
            );
            costs.par_extend(
                x.par_chunks_mut(clouds.n_sources)
                    .zip(y.par_chunks_mut(clouds.n_targets))
                    .map(|(x, y)| line.cost(x, y, power)),
            );
        }
        let moments = Moments::of(&costs)?;
        let cost = finite_cost(moments.mean().unwrap_or(f64::NAN))?;
        Ok(Sliced {
            cost,
            distance: power.root(cost),
            standard_error: moments
                .sample_variance()
                .map(|variance| (variance / costs.len() as f64).sqrt()),
            n_projections: costs.len(),
        })
    }
}

/// A direction, uniform on the sphere.
fn direction(seed: Seed, index: u64, n_features: usize) -> Vec<f64> {
    let mut generator = seed.stream("sliced-wasserstein/direction", index);
    let mut direction: Vec<f64> = StandardNormal
        .sample_iter(&mut generator)
        .take(n_features)
        .collect();
    normalize(&mut direction);
    direction
}

/// Divides a vector by its norm, which it returns; a vector of zeros stays.
fn normalize(vector: &mut [f64]) -> f64 {
    // Squares of the entries themselves might underflow or overflow.
    let largest = vector
        .iter()
        .fold(0.0_f64, |largest, entry| entry.abs().max(largest));
    if largest == 0.0 {
        return 0.0;
    }
    let norm = vector
        .iter()
        .map(|entry| (entry / largest).powi(2))
        .sum::<f64>()
        .sqrt();
    for entry in vector.iter_mut() {
        *entry = *entry / largest / norm;
    }
    largest * norm
}

/// Both clouds, checked, and the point about which they are projected: the mean of the source points. A common offset
/// changes no distance and would cost digits.
struct Clouds<'a> {
    source: &'a Tensor,
    target: &'a Tensor,
    center: Tensor,
    n_sources: usize,
    n_targets: usize,
    n_features: usize,
}

impl<'a> Clouds<'a> {
    fn new(source: &'a Tensor, target: &'a Tensor, marginals: &Marginals) -> Result<Self> {
        let mut sizes = [(0, 0); 2];
        for (size, (what, points)) in sizes.iter_mut().zip([("source", source), ("target", target)]) {
            *size = check::matrix(what, points)?;
            tensor_core::kind::require(what, points, &[Kind::Float, Kind::Double])?;
            check::at_least(what, size.0, 1)?;
            check::at_least("features", size.1, 1)?;
            check::finite(what, points)?;
        }
        let [(n_sources, source_features), (n_targets, target_features)] = sizes;
        if source_features != target_features {
            return Err(Error::Dimension {
                source_features,
                target_features,
            });
        }
        check::same_length("source", n_sources, "source weights", marginals.source().len())?;
        check::same_length("target", n_targets, "target weights", marginals.target().len())?;
        let rows: &[i64] = &[0];
        Ok(Self {
            source,
            target,
            center: source.f_detach()?.f_mean_dim(rows, true, Kind::Double)?,
            n_sources,
            n_targets,
            n_features: source_features,
        })
    }

    /// The coordinates (L, n) of points (n, d) along directions (L, d), direction after direction.
    fn project(&self, points: &Tensor, directions: &Tensor) -> Result<Vec<f64>> {
        let (n_points, n_directions) = (points.size()[0], directions.size()[0]);
        let directions = directions.f_to_device(points.device())?;
        let mut projected = vec![0.0; (n_points * n_directions) as usize];
        for start in (0..n_points).step_by(ROW_BLOCK as usize) {
            let n_rows = ROW_BLOCK.min(n_points - start);
            let block = points.f_detach()?.f_narrow(0, start, n_rows)?;
            let block = block.f_to_kind(Kind::Double)?.f_sub(&self.center)?;
            let along = convert::vector::<f64>(
                "projections",
                &directions.f_matmul(&block.f_tr()?)?.f_flatten(0, -1)?,
            )?;
            for (line, along) in projected
                .chunks_mut(n_points as usize)
                .zip(along.chunks(n_rows as usize))
            {
                line[start as usize..][..along.len()].copy_from_slice(along);
            }
        }
        Ok(projected)
    }
}

/// The weights of both sides, as the lines use them.
enum Line<'a> {
    /// Pieces of the monotone plan by rank: where the weights of a side are all the same, they do not depend on the order.
    Uniform(Vec<(usize, usize, f64)>),
    Weighted(&'a Marginals),
}

impl<'a> Line<'a> {
    fn new(marginals: &'a Marginals) -> Self {
        let constant = |weights: &[f64]| weights.iter().all(|weight| *weight == weights[0]);
        if !(constant(marginals.source()) && constant(marginals.target())) {
            return Self::Weighted(marginals);
        }
        let mut pieces = Vec::with_capacity(marginals.source().len() + marginals.target().len());
        for_each_piece(marginals.source(), marginals.target(), |i, j, mass| {
            pieces.push((i, j, mass));
        });
        Self::Uniform(pieces)
    }

    /// `W_p^p` of two projections, which are sorted on the way.
    fn cost(&self, x: &mut [f64], y: &mut [f64], power: Power) -> f64 {
        let mut cost = 0.0;
        match self {
            Self::Uniform(pieces) => {
                x.sort_unstable_by(f64::total_cmp);
                y.sort_unstable_by(f64::total_cmp);
                for &(i, j, mass) in pieces {
                    cost += mass * power.of(x[i] - y[j]);
                }
            }
            Self::Weighted(marginals) => {
                let (x, a) = sorted_with_weights(x, marginals.source());
                let (y, b) = sorted_with_weights(y, marginals.target());
                for_each_piece(&a, &b, |i, j, mass| cost += mass * power.of(x[i] - y[j]));
            }
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::random;

    use super::*;
    use crate::wasserstein_1d;

    #[test]
    fn the_mean_of_the_lines_also_when_not_all_fit_at_a_time() {
        let (n, m) = (20_000, 10_000);
        let cloud =
            |label: &str, n| random::normal(&mut Seed::new(1).stream(label, 0), &[n, 2], Kind::Double);
        let (x, y) = (cloud("x", n).expect("points"), cloud("y", m).expect("points"));
        let marginals = Marginals::uniform(n as usize, m as usize).expect("weights");
        let n_projections = PROJECTED / (n + m) as usize + 2;
        let params = SlicedWasserstein {
            n_projections,
            ..SlicedWasserstein::default()
        };
        let sliced = params.solve(&x, &y, &marginals).expect("a distance");
        let lines: Vec<f64> = (0..n_projections)
            .map(|index| {
                let along = Tensor::from_slice(&direction(params.seed, index as u64, 2));
                let line = |points: &Tensor| {
                    convert::vector::<f64>("line", &points.matmul(&along)).expect("numbers")
                };
                let (a, b) = (marginals.source(), marginals.target());
                wasserstein_1d(&line(&x), a, &line(&y), b, 2.0).expect("a cost")
            })
            .collect();
        let mean = lines.iter().sum::<f64>() / lines.len() as f64;
        golden::assert_close(&[sliced.cost], &[mean], 1e-11, 0.0);
        let squares: f64 = lines.iter().map(|line| (line - mean).powi(2)).sum();
        let count = lines.len() as f64;
        let error = (squares / (count - 1.0) / count).sqrt();
        golden::assert_close(&[sliced.standard_error.expect("many lines")], &[error], 1e-9, 0.0);
    }
}
