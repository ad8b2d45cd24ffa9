//! Regularised H-score: the H-score with a Ledoit-Wolf estimate of the feature covariance.

use serde::{Deserialize, Serialize};
use tensor_core::{Tensor, convert, linalg};

use crate::class_statistics::{
    centred, feature_mean, feature_scatter, for_each_centred_block, sample_gram, total_weight,
};
use crate::h_score::{Size, between_classes, from_feature_side, from_sample_side, sum, unit_indicators};
use crate::nested_moments::{CentralMoments, score_stages};
use crate::{Error, Metric, NestedRows, Requirement, Result, Sample};

/// H-score under Ledoit-Wolf shrinkage of the feature covariance, for features that are many for the sample.
///
/// ```text
/// H_a = tr( S_a^{-1} (1 - a) B ),     S_a = (1 - a) S + a mu I,     mu = tr(S) / D
///
/// S   covariance of the features, sum_i x_i x_i^T / n for centred x_i
/// B   covariance of the class means over the samples, sum_c n_c (m_c - m)(m_c - m)^T / (n - 1)
/// a   shrinkage, min(beta, delta) / delta with
///     delta = ||S - mu I||_F^2,     beta = ( sum_i ||x_i||^4 / n - ||S||_F^2 ) / n
/// ```
///
/// The two denominators, `n` and `n - 1`, and `a = 0` for a single feature are those of the authors' and of
/// scikit-learn's code. Full shrinkage, `a = 1`, scores 0; without shrinkage the score is that of
/// [`HScore`](crate::HScore) times `n / (n - 1)`.
///
/// # Shapes
///
/// Reads the features `(n, D)`.
///
/// # Errors
///
/// [`Error::TotalWeight`] if frequency weights sum to 1 or less.
///
/// # Complexity
///
/// For `D <= n` half a product `F^T F` in `O(n D^2)`, one Cholesky factorisation in `O(D^3)` and `C` solves; for
/// `D > n` the same with `F F^T`. The shrinkage costs no further product.
///
/// # Reference
///
/// Ibrahim, Ponomareva, Mazumder, *Newer is not always better: Rethinking transferability metrics, their
/// peculiarities, stability and performance*, arXiv:2110.06893, section 3; shrinkage: Ledoit, Wolf, *A
/// well-conditioned estimator for large-dimensional covariance matrices*, J. Multivariate Analysis 88 (2004),
/// doi:10.1016/S0047-259X(03)00096-4.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Metric, RegularizedHScore, Sample};
///
/// // A single feature is not shrunk: the H-score 1/2 times n / (n - 1) = 4/3.
/// let features = Features::new(tensor_from_slice(&[0.0, 2.0, 2.0, 4.0], &[4, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// assert!((RegularizedHScore.score(&sample)? - 2.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegularizedHScore;

impl Metric for RegularizedHScore {
    fn name(&self) -> &'static str {
        "hscore-reg"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        let n = total_weight(sample);
        let has_covariance = n > 1.0;
        if !has_covariance {
            return Err(Error::TotalWeight {
                metric: self.name(),
                more_than: 1.0,
                got: n,
            });
        }
        let features = sample.features()?;
        let feature_side = features.n_features() <= features.n_samples();
        let mean = feature_mean(sample)?;
        let gram = if feature_side {
            feature_scatter(sample, &mean)?
        } else {
            sample_gram(sample, &centred(sample)?)?
        };
        let shrinkage =
            Shrinkage::ledoit_wolf(n, features.n_features(), &gram, || fourth_moment(sample, &mean))?;
        if feature_side {
            let between = || between_classes(sample, &mean);
            return from_moments(shrinkage, Size::of(sample), &mean, &gram, between);
        }
        if shrinkage.intensity >= 1.0 {
            return Ok(0.0);
        }
        let trace = match shrinkage.factor(&gram, n)? {
            Some(factor) => {
                // With X the centred rows and Z the class indicators, B is X^T Z Z^T X / (n - 1), and
                // X (c X^T X + d I)^{-1} X^T is X X^T (c X X^T + d I)^{-1}.
                let indicators = unit_indicators(sample, mean.device())?;
                sum(&gram
                    .f_matmul(&indicators)?
                    .f_mul(&linalg::cholesky_solve(&factor, &indicators)?)?)?
            }
            None => n * from_sample_side(sample, &centred(sample)?)?,
        };
        Ok((1.0 - shrinkage.intensity) * trace / (n - 1.0))
    }

    /// Carries the moments and the class sums from stage to stage where a stage has as many rows as features.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        let n_features = sample.features()?.n_features();
        score_stages(
            self,
            sample,
            nested,
            n_features,
            |moments: &CentralMoments<'_>| {
                let (size, scatter) = (moments.size(), moments.scatter());
                let fourth_moment = || moments.fourth_moment();
                let shrinkage =
                    Shrinkage::ledoit_wolf(size.total_weight(), n_features, scatter, fourth_moment)?;
                from_moments(shrinkage, size, moments.mean(), scatter, || {
                    moments.between_classes()
                })
            },
        )
    }
}

/// The score from the mean of the features, their scatter matrix about it, and the deviations of the class means.
fn from_moments(
    shrinkage: Shrinkage,
    size: Size,
    mean: &Tensor,
    scatter: &Tensor,
    between: impl FnOnce() -> Result<Tensor>,
) -> Result<f64> {
    if shrinkage.intensity >= 1.0 {
        return Ok(0.0);
    }
    let n = size.total_weight();
    let trace = match shrinkage.factor(scatter, n)? {
        Some(factor) => {
            let between = between()?.f_tr()?;
            sum(&between.f_mul(&linalg::cholesky_solve(&factor, &between)?)?)?
        }
        None => n * from_feature_side(size, mean, scatter, &between()?)?,
    };
    Ok((1.0 - shrinkage.intensity) * trace / (n - 1.0))
}

/// How far, and to what, the covariance is shrunk.
#[derive(Debug, Clone, Copy)]
struct Shrinkage {
    /// `a`, between 0 and 1.
    intensity: f64,
    /// `mu`, the mean variance.
    target: f64,
}

impl Shrinkage {
    /// The Ledoit-Wolf shrinkage of centred rows that stand for `n` samples, with the Gram matrix of either side.
    fn ledoit_wolf(
        n: f64,
        n_features: usize,
        gram: &Tensor,
        fourth_moment: impl FnOnce() -> Result<f64>,
    ) -> Result<Self> {
        let n_features = n_features as f64;
        let trace: f64 = convert::vector::<f64>("variances", &gram.f_diagonal(0, 0, 1)?)?
            .iter()
            .sum();
        let target = trace / (n * n_features);
        let squared_norm = sum(&gram.f_square()?)? / (n * n);
        let delta = squared_norm - n_features * target * target;
        // A single feature equals its target.
        let off_target = n_features > 1.0 && delta > 0.0;
        if !off_target {
            return Ok(Self {
                intensity: 0.0,
                target,
            });
        }
        let beta = (fourth_moment()? - squared_norm) / n;
        Ok(Self {
            intensity: beta.clamp(0.0, delta) / delta,
            target,
        })
    }

    /// The Cholesky factor of `(1 - a) gram / n + a mu I`; none without shrinkage, or if it is lost in rounding.
    fn factor(self, gram: &Tensor, n: f64) -> Result<Option<Tensor>> {
        if self.intensity <= 0.0 {
            return Ok(None);
        }
        let shrunk = gram.f_mul_scalar((1.0 - self.intensity) / n)?;
        let _ = shrunk
            .f_diagonal(0, 0, 1)?
            .f_add_scalar_(self.intensity * self.target)?;
        match linalg::cholesky(&shrunk) {
            Ok(factor) => Ok(Some(factor)),
            Err(tensor_core::Error::NotPositiveDefinite { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// `sum_i ||x_i||^4 / n`.
fn fourth_moment(sample: &Sample, mean: &Tensor) -> Result<f64> {
    let weight = |row: usize| sample.weights().map_or(1.0, |weights| weights[row]);
    let mut sum = 0.0;
    for_each_centred_block(sample, mean, |start, rows| {
        let norms = rows.f_linalg_norm(2, [1_i64].as_slice(), false, None)?;
        let norms = convert::vector::<f64>("row norms", &norms)?;
        let block: f64 = norms
            .iter()
            .enumerate()
            .map(|(row, norm)| weight(start + row) * norm.powi(4))
            .sum();
        sum += block;
        Ok(())
    })?;
    Ok(sum / total_weight(sample))
}
