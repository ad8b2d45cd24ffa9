//! Distances between classes, each taken as a cloud of features.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tch::Tensor;
use transferability_metrics::Labels;

use crate::source_sample::{select_points, shares};
use crate::{
    BuresWasserstein, CostMatrix, CovarianceShape, Exact, Gaussian, GaussianFit, Marginals, Result,
    bures_wasserstein,
};

/// How far apart two classes are: a distance `D` between the clouds of their features.
///
/// # Examples
///
/// ```
/// use ot_transferability::{DatasetMetric, LabelDistance, Otdd, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// // Class 1 is {4, 6} there and {3, 7} here: the means agree, the spreads 1 and 2 do not.
/// let features = Features::new(tensor_from_slice(&[0.0, 0.0, 4.0, 6.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// let features = Features::new(tensor_from_slice(&[0.0, 0.0, 3.0, 7.0], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// let cost = |label_distance| {
///     let otdd = Otdd { label_distance, feature_weight: 0.0, ..Otdd::default() };
///     otdd.measure(&source, &target).map(|measured| measured.cost)
/// };
/// assert!(cost(LabelDistance::ClassMeans)?.abs() < 1e-14);
/// assert!((cost(LabelDistance::default())? - 0.5).abs() < 1e-14);
/// assert!((cost(LabelDistance::Exact)? - 0.5).abs() < 1e-14);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distance", rename_all = "kebab-case")]
pub enum LabelDistance {
    /// The Euclidean distance of the means.
    ClassMeans,
    /// The 2-Wasserstein distance of normal distributions fitted to the classes. By default their covariances are those
    /// of a population (divided by the class's mass), so that a class of one sample has covariance 0.
    Gaussian(GaussianFit),
    /// The p-Wasserstein distance of the samples themselves, by the exact solver.
    Exact,
}

impl Default for LabelDistance {
    /// Normal distributions with full covariances, as the OTDD code.
    fn default() -> Self {
        Self::Gaussian(GaussianFit::default())
    }
}

/// Points with their labels and masses.
#[derive(Debug)]
pub(crate) struct LabelledPoints<'a> {
    /// (n, d), `f64`.
    pub(crate) points: &'a Tensor,
    pub(crate) labels: &'a Labels,
    /// Positive.
    pub(crate) masses: &'a [f64],
}

impl<'a> LabelledPoints<'a> {
    pub(crate) fn new(points: &'a Tensor, labels: &'a Labels, masses: &'a [f64]) -> Self {
        Self {
            points,
            labels,
            masses,
        }
    }

    /// The rows of each class.
    fn rows_by_class(&self) -> Vec<Vec<usize>> {
        let mut rows = vec![Vec::new(); self.labels.n_classes()];
        for (row, &class) in self.labels.indices().iter().enumerate() {
            rows[class].push(row);
        }
        rows
    }

    /// A normal distribution for each class.
    fn gaussians(&self, fit: GaussianFit) -> Result<Vec<Gaussian>> {
        self.rows_by_class()
            .iter()
            .map(|rows| fit.fit(&select_points(self.points, rows)?, &shares(self.masses, rows)))
            .collect()
    }
}

impl LabelDistance {
    /// `D^p` from every source class to every target class (K, C), row after row. `between_points` holds the p-th
    /// powers of the distances of the points.
    pub(crate) fn table(
        self,
        source: &LabelledPoints<'_>,
        target: &LabelledPoints<'_>,
        between_points: &CostMatrix,
        p: f64,
    ) -> Result<Vec<f64>> {
        let squares = match self {
            Self::Exact => return between_samples(source, target, between_points),
            Self::ClassMeans => {
                // The diagonal shape costs the least.
                let fit = GaussianFit {
                    shape: CovarianceShape::Diagonal,
                    ..GaussianFit::default()
                };
                between_gaussians(source, target, fit, |distance| distance.mean_term)?
            }
            Self::Gaussian(fit) => between_gaussians(source, target, fit, |distance| distance.cost)?,
        };
        Ok(squares.into_iter().map(|square| square.powf(p / 2.0)).collect())
    }
}

/// A term of `W_2^2` between the normal distributions of each pair of classes.
fn between_gaussians(
    source: &LabelledPoints<'_>,
    target: &LabelledPoints<'_>,
    fit: GaussianFit,
    term: impl Fn(BuresWasserstein) -> f64,
) -> Result<Vec<f64>> {
    let (sources, targets) = (source.gaussians(fit)?, target.gaussians(fit)?);
    let mut squares = Vec::with_capacity(sources.len() * targets.len());
    for source in &sources {
        for target in &targets {
            squares.push(term(bures_wasserstein(source, target)?));
        }
    }
    Ok(squares)
}

/// `W_p^p` between the samples of each pair of classes.
fn between_samples(
    source: &LabelledPoints<'_>,
    target: &LabelledPoints<'_>,
    between_points: &CostMatrix,
) -> Result<Vec<f64>> {
    let sides = [source, target].map(|side| {
        let rows = side.rows_by_class();
        let shares: Vec<_> = rows.iter().map(|rows| shares(side.masses, rows)).collect();
        (rows, shares)
    });
    let [(source_rows, source_shares), (target_rows, target_shares)] = &sides;
    let n_targets = target_rows.len();
    (0..source_rows.len() * n_targets)
        .into_par_iter()
        .map(|pair| {
            let (row, column) = (pair / n_targets, pair % n_targets);
            let cost = between_points.select(&source_rows[row], &target_rows[column]);
            let marginals = Marginals::new(&source_shares[row], &target_shares[column])?;
            Ok(Exact::default().solve(&cost, &marginals)?.cost)
        })
        .collect()
}
