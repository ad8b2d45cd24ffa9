//! Transport between normal distributions, in closed form: the Bures–Wasserstein distance.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use tensor_core::{check, convert, kind, linalg};

use crate::marginals::positive_mass;
use crate::one_dimensional::finite_cost;
use crate::{Error, Result};

/// A normal distribution on R^d.
///
/// The covariance is held as a factor, `S = F F^T` with `F` (d, r), or as its diagonal. Of n points with `n <= d` the
/// factor is the centred points themselves: no d x d matrix is formed.
///
/// # Examples
///
/// ```
/// use ot_transferability::Gaussian;
/// use tensor_core::convert::tensor_from_slice;
///
/// let mean = tensor_from_slice(&[1.0, 2.0], &[2])?;
/// let covariance = tensor_from_slice(&[2.0, 0.5, 0.5, 1.0], &[2, 2])?;
/// let gaussian = Gaussian::new(&mean, &covariance)?;
/// assert_eq!(gaussian.mean(), [1.0, 2.0]);
/// assert!((gaussian.trace() - 3.0).abs() < 1e-14);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug)]
pub struct Gaussian {
    mean: Vec<f64>,
    trace: f64,
    root: Root,
}

#[derive(Debug)]
enum Root {
    /// A factor (d, r) of the covariance.
    Factor(Tensor),
    /// Standard deviations (d).
    Diagonal(Vec<f64>),
}

impl Gaussian {
    /// The distribution of a mean (d) and a covariance (d, d), whose lower triangle is read; `f32` or `f64`.
    ///
    /// # Errors
    ///
    /// Shapes that do not fit, an entry that is not finite, or a covariance with an eigenvalue below 0 by more than
    /// [`linalg::PSD_TOLERANCE`] times the largest.
    pub fn new(mean: &Tensor, covariance: &Tensor) -> Result<Self> {
        let (rows, columns) = check::matrix("covariance", covariance)?;
        check::finite("mean", mean)?;
        let mean = convert::vector::<f64>("mean", mean)?;
        check::same_length("mean", mean.len(), "rows of the covariance", rows)?;
        check::same_length("mean", mean.len(), "columns of the covariance", columns)?;
        check::at_least("mean", mean.len(), 1)?;
        Self::with_covariance(mean, &kind::to_statistic("covariance", covariance)?)
    }

    /// The distribution of independent coordinates with these means and variances.
    ///
    /// # Errors
    ///
    /// No coordinate, lengths that differ, a mean that is not finite, or a variance that is negative or not finite.
    pub fn diagonal(mean: &[f64], variances: &[f64]) -> Result<Self> {
        check::at_least("mean", mean.len(), 1)?;
        check::same_length("mean", mean.len(), "variances", variances.len())?;
        check::finite("mean", &convert::tensor_from_slice(mean, &[mean.len() as i64])?)?;
        for &variance in variances {
            check::non_negative("variance", variance)?;
        }
        Ok(Self {
            mean: mean.to_vec(),
            trace: variances.iter().sum(),
            root: Root::Diagonal(variances.iter().map(|variance| variance.sqrt()).collect()),
        })
    }

    /// The mean (d).
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The trace of the covariance: the total variance.
    pub fn trace(&self) -> f64 {
        self.trace
    }

    /// The number of features, d.
    pub fn n_features(&self) -> usize {
        self.mean.len()
    }

    /// The covariance (d, d).
    ///
    /// # Errors
    ///
    /// What libtorch refuses: no memory.
    pub fn covariance(&self) -> Result<Tensor> {
        match &self.root {
            Root::Factor(factor) => Ok(linalg::gram(&factor.f_tr()?)?),
            Root::Diagonal(deviations) => {
                let variances: Vec<f64> = deviations.iter().map(|deviation| deviation * deviation).collect();
                Ok(convert::tensor_from_slice(&variances, &[variances.len() as i64])?.f_diag(0)?)
            }
        }
    }

    fn with_covariance(mean: Vec<f64>, covariance: &Tensor) -> Result<Self> {
        // Any factor serves, and Cholesky's is the cheapest; a singular covariance has its square root.
        let factor = match linalg::cholesky(covariance) {
            Err(tensor_core::Error::NotPositiveDefinite { .. }) => linalg::sqrt_psd(covariance)?,
            factored => factored?,
        };
        let trace = covariance.f_trace()?.f_double_value(&[])?;
        Ok(Self {
            mean,
            trace,
            root: Root::Factor(factor),
        })
    }

    /// The factor (d, r) of the covariance.
    fn factor(&self) -> Result<Tensor> {
        match &self.root {
            Root::Factor(factor) => Ok(factor.shallow_clone()),
            Root::Diagonal(deviations) => {
                Ok(convert::tensor_from_slice(deviations, &[deviations.len() as i64])?.f_diag(0)?)
            }
        }
    }
}

/// The cost of optimal transport between two normal distributions under the squared Euclidean distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuresWasserstein {
    /// `W_2^2`, the sum of the two terms.
    pub cost: f64,
    /// The part of the means, `||m_1 - m_2||^2`.
    pub mean_term: f64,
    /// The part of the covariances, the squared Bures distance.
    pub covariance_term: f64,
}

impl BuresWasserstein {
    /// `W_2`, the root of the cost.
    pub fn distance(&self) -> f64 {
        self.cost.sqrt()
    }
}

/// The Bures–Wasserstein distance between two normal distributions.
///
/// ```text
/// W_2^2 = ||m_1 - m_2||^2 + tr S_1 + tr S_2 - 2 tr (S_1^(1/2) S_2 S_1^(1/2))^(1/2)
/// ```
///
/// With factors `S_k = F_k F_k^T` the last trace is the sum of the singular values of `F_1^T F_2`: those of
/// `S_1^(1/2) S_2^(1/2)` are the same, because `F_k = S_k^(1/2) Q_k` with `Q_k Q_k^T` the projector on the range of
/// `S_k`. Hence
///
/// | covariances | computed from |
/// |---|---|
/// | both diagonal | `sum_k (sqrt v_1k - sqrt v_2k)^2`, without cancellation |
/// | of n and m points with n, m <= d | the (n, m) matrix of inner products of centred points over `sqrt(n m)` |
/// | otherwise | the (r, s) product of factors with r and s columns |
///
/// No square root of a product is taken, whose small eigenvalues would keep half of their digits. Beside diagonal
/// covariances the covariance term is a difference of traces: right to some 1e-15 of `tr S_1 + tr S_2`, and 0 where
/// rounding makes it negative.
///
/// # Errors
///
/// Distributions on spaces of different dimension, a cost beyond the largest double, or a singular value decomposition
/// that fails.
///
/// # Complexity
///
/// O(d r s + r s min(r, s)) for factors with r and s columns; O(d) for diagonal covariances.
///
/// # Reference
///
/// Givens and Shortt, "A class of Wasserstein metrics for probability distributions", Michigan Mathematical Journal 31
/// (1984), doi:10.1307/mmj/1029003026.
///
/// # Examples
///
/// ```
/// use ot_transferability::{Gaussian, bures_wasserstein};
///
/// // On the line: (m_1 - m_2)^2 + (s_1 - s_2)^2.
/// let distance = bures_wasserstein(&Gaussian::diagonal(&[0.0], &[1.0])?, &Gaussian::diagonal(&[3.0], &[9.0])?)?;
/// assert_eq!((distance.mean_term, distance.covariance_term, distance.cost), (9.0, 4.0, 13.0));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
pub fn bures_wasserstein(source: &Gaussian, target: &Gaussian) -> Result<BuresWasserstein> {
    if source.n_features() != target.n_features() {
        return Err(Error::Dimension {
            source_features: source.n_features(),
            target_features: target.n_features(),
        });
    }
    let mean_term = squared_distance(&source.mean, &target.mean);
    let covariance_term =
        if let (Root::Diagonal(source), Root::Diagonal(target)) = (&source.root, &target.root) {
            squared_distance(source, target)
        } else {
            let cross = source.factor()?.f_tr()?.f_matmul(&target.factor()?)?;
            check::finite("product of the covariance factors", &cross)?;
            let (_, singular_values, _) = cross.f_svd(true, false)?;
            let overlap = singular_values.f_sum(Kind::Double)?.f_double_value(&[])?;
            finite_cost(source.trace + target.trace - 2.0 * overlap)?.max(0.0)
        };
    Ok(BuresWasserstein {
        cost: finite_cost(mean_term + covariance_term)?,
        mean_term,
        covariance_term,
    })
}

/// Which covariances a normal distribution may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CovarianceShape {
    /// Any.
    #[default]
    Full,
    /// Diagonal ones: features are taken as independent.
    Diagonal,
}

/// What the sum of squares is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// The mass: the covariance of the points themselves, as in POT.
    #[default]
    Population,
    /// The mass times `1 - sum w_i^2`, for weights `w` of sum 1: `n - 1` in place of `n` where they are uniform, an
    /// unbiased estimate for the population that the points were drawn from.
    Sample,
}

/// How a normal distribution is fitted to weighted points.
///
/// ```text
/// m = sum_i w_i x_i,    S_0 = c sum_i w_i (x_i - m)(x_i - m)^T,    sum_i w_i = 1
/// S = (1 - shrinkage) S_0 + shrinkage (tr S_0 / d) I + regularization I
/// ```
///
/// with `c = 1` or `1 / (1 - sum w_i^2)` by the normalisation.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `shape` | full | which covariances | full, diagonal | – |
/// | `normalization` | population | divisor of the sum of squares | population, sample | POT |
/// | `shrinkage` | 0 | weight of the sphere of the same total variance | 0 to 1 | – |
/// | `regularization` | 0 | added to every variance [squared unit of the features] | 0 or more | nothing here needs a regular covariance |
///
/// POT's `empirical_bures_wasserstein_distance` is `regularization: 1e-6` with the other defaults, and the root of the
/// cost.
///
/// # Complexity
///
/// O(n d^2 + d^3) time. Without shrinkage or regularisation the factor of the covariance comes from the centred points:
/// the points themselves if `n <= d`, in O(n d), or else the triangle of their QR decomposition. It is right where the
/// covariance is singular, as it is of features that are zero throughout.
///
/// # Examples
///
/// ```
/// use ot_transferability::GaussianFit;
/// use tensor_core::convert::tensor_from_slice;
///
/// let points = tensor_from_slice(&[0.0, 4.0], &[2, 1])?;
/// let gaussian = GaussianFit::default().fit(&points, &[0.5, 0.5])?;
/// assert_eq!(gaussian.mean(), [2.0]);
/// assert!((gaussian.trace() - 4.0).abs() < 1e-14);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GaussianFit {
    /// Which covariances.
    pub shape: CovarianceShape,
    /// The divisor of the sum of squares.
    pub normalization: Normalization,
    /// The weight of the sphere of the same total variance.
    pub shrinkage: f64,
    /// Added to every variance, in squared units of the features.
    pub regularization: f64,
}

impl GaussianFit {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    pub fn validate(&self) -> Result<()> {
        check::unit_interval("shrinkage", self.shrinkage)?;
        Ok(check::non_negative("regularization", self.regularization)?)
    }

    /// The normal distribution of points (n, d), `f32` or `f64`, with weights (n) of any positive mass.
    ///
    /// # Errors
    ///
    /// A parameter out of range, points that are no matrix of finite numbers, weights that are negative, of another number
    /// or of no mass, or one point of positive weight under [`Normalization::Sample`].
    pub fn fit(&self, points: &Tensor, weights: &[f64]) -> Result<Gaussian> {
        self.validate()?;
        let (n_points, n_features) = check::matrix("points", points)?;
        check::at_least("features", n_features, 1)?;
        check::same_length("points", n_points, "weights", weights.len())?;
        check::finite("points", points)?;
        let mass = positive_mass("weights", weights)?;
        let weights: Vec<f64> = weights.iter().map(|weight| weight / mass).collect();
        let correction = self.correction(&weights)?;

        let points = kind::to_statistic("points", points)?.f_detach()?;
        let column =
            convert::tensor_from_slice(&weights, &[n_points as i64, 1])?.f_to_device(points.device())?;
        let rows: &[i64] = &[0];
        // About a point of the cloud, so that a distant origin costs no digits.
        let origin = points.f_narrow(0, 0, 1)?;
        let shifted = points.f_sub(&origin)?;
        let shift = column.f_tr()?.f_matmul(&shifted)?;
        let mean = convert::vector::<f64>("mean", &origin.f_add(&shift)?.f_flatten(0, -1)?)?;
        let centered = shifted.f_sub(&shift)?;

        let ridge = |trace: f64| self.shrinkage * trace / n_features as f64 + self.regularization;
        if self.shape == CovarianceShape::Diagonal {
            let variances =
                centered
                    .f_square()?
                    .f_mul(&column)?
                    .f_sum_dim_intlist(rows, false, Kind::Double)?;
            let variances = convert::vector::<f64>("variances", &variances)?;
            let ridge = ridge(correction * variances.iter().sum::<f64>());
            let shrunk: Vec<f64> = variances
                .iter()
                .map(|variance| (1.0 - self.shrinkage) * correction * variance + ridge)
                .collect();
            return Gaussian::diagonal(&mean, &shrunk);
        }
        if self.shrinkage == 0.0 && self.regularization == 0.0 {
            // S = Z^T Z. The covariance itself would keep half of the digits of a root near 0.
            let scaled = centered.f_mul(&column.f_mul_scalar(correction)?.f_sqrt()?)?;
            let trace = scaled.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
            let factor = if n_points > n_features {
                let (_, triangle) = Tensor::f_linalg_qr(&scaled, "r")?;
                triangle.f_tr()?
            } else {
                scaled.f_tr()?
            };
            check::finite("factor of the covariance", &factor)?;
            return Ok(Gaussian {
                mean,
                trace,
                root: Root::Factor(factor),
            });
        }
        let mut covariance = linalg::weighted_gram(&centered, &weights)?.f_mul_scalar_(correction)?;
        let ridge = ridge(covariance.f_trace()?.f_double_value(&[])?);
        let _ = covariance.f_mul_scalar_(1.0 - self.shrinkage)?;
        let _ = covariance.f_diagonal(0, 0, 1)?.f_add_scalar_(ridge)?;
        Gaussian::with_covariance(mean, &covariance)
    }

    /// The factor `c` of the normalisation.
    fn correction(&self, weights: &[f64]) -> Result<f64> {
        match self.normalization {
            Normalization::Population => Ok(1.0),
            Normalization::Sample => {
                let positive = weights.iter().filter(|weight| **weight > 0.0).count();
                check::at_least("points of positive weight", positive, 2)?;
                Ok((1.0 - weights.iter().map(|weight| weight * weight).sum::<f64>()).recip())
            }
        }
    }
}

fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| (left - right).powi(2))
        .sum()
}
