//! H-score: the share of the features' variance that lies between the classes.

use serde::{Deserialize, Serialize};
use tensor_core::{Device, Kind, Tensor, convert, linalg};

use crate::class_statistics::{
    centred, class_indices, class_weights, feature_mean, feature_scatter, for_each_centred_block,
    root_weighted_indicators, sample_gram, total_weight, weight_column,
};
use crate::nested_moments::{CentralMoments, score_stages};
use crate::{Metric, NestedRows, Requirement, Result, Sample};

/// The least squared pivot of a correlation matrix that its Cholesky factorisation is trusted with. Well above the
/// rank cut of the eigendecomposition that takes over, so that both give the same score where they meet.
const LEAST_PIVOT: f64 = 1e-8;

/// H-score: the trace of the between-class covariance in units of the feature covariance.
///
/// ```text
/// H = tr( cov(F)^+ cov(E[F | y]) ) = sum_c n_c (m_c - m)^T S^+ (m_c - m),    S = sum_i (f_i - m)(f_i - m)^T
///
/// f_i   features of sample i             m    mean of all features
/// m_c   mean of the features of class c, with n_c samples
/// ```
///
/// Between 0 and `min(C - 1, D)`, and unchanged by any invertible affine map of the features. It is the squared
/// length of the projection of the class indicators onto the span of the centred features; with `n` independent
/// features or more it is `C - 1` whatever the labels.
///
/// A feature is constant, and dropped, if its standard deviation is below `n * 2.2e-16` times its root mean square.
/// The pseudo-inverse is taken of the correlation matrix, where eigenvalues below `max(n, D) * 2.2e-16` times the
/// largest count as zero; so scaling a feature changes no rank decision.
///
/// # Shapes
///
/// Reads the features `(n, D)`.
///
/// # Complexity
///
/// For `D < n` half a product `F^T F` in `O(n D^2)`, one Cholesky factorisation in `O(D^3)` and `C` solves; an
/// eigendecomposition in place of the factorisation if the correlation matrix is singular or close to it. For
/// `D >= n` the same with `F F^T`.
///
/// # Reference
///
/// Bao, Li, Huang, Zhang, Zheng, Zamir, Guibas, *An Information-Theoretic Approach to Transferability in Task
/// Transfer Learning*, ICIP 2019,
/// arXiv:2212.10082.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, HScore, Labels, Metric, Sample};
///
/// // Class means 1 and 3 around the mean 2: between-class variance 1 of a total of 2.
/// let features = Features::new(tensor_from_slice(&[0.0, 2.0, 2.0, 4.0], &[4, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// assert!((HScore.score(&sample)? - 0.5).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HScore;

impl Metric for HScore {
    fn name(&self) -> &'static str {
        "hscore"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        let features = sample.features()?;
        if features.n_features() < features.n_samples() {
            let mean = feature_mean(sample)?;
            let size = Size::of(sample);
            let between = between_classes(sample, &mean)?;
            from_feature_side(size, &mean, &feature_scatter(sample, &mean)?, &between)
        } else {
            from_sample_side(sample, &centred(sample)?)
        }
    }

    /// Carries the scatter matrix and the class sums from stage to stage where a stage has more rows than features.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        let least_length = sample.features()?.n_features() + 1;
        score_stages(
            self,
            sample,
            nested,
            least_length,
            |moments: &CentralMoments<'_>| {
                let between = moments.between_classes()?;
                from_feature_side(moments.size(), moments.mean(), moments.scatter(), &between)
            },
        )
    }
}

/// How many rows there are, and how many samples they stand for.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    n_rows: usize,
    total_weight: f64,
}

impl Size {
    pub(crate) fn of(sample: &Sample) -> Self {
        Self {
            n_rows: sample.n_samples(),
            total_weight: total_weight(sample),
        }
    }

    pub(crate) fn unweighted(n_rows: usize) -> Self {
        Self {
            n_rows,
            total_weight: n_rows as f64,
        }
    }

    pub(crate) fn total_weight(self) -> f64 {
        self.total_weight
    }
}

/// The H-score from the mean of the features, their scatter matrix about it, and the deviations of the class means as
/// [`between_classes`] gives them.
pub(crate) fn from_feature_side(
    size: Size,
    mean: &Tensor,
    scatter: &Tensor,
    between: &Tensor,
) -> Result<f64> {
    let variances = scatter.f_diagonal(0, 0, 1)?;
    let varying = varying_features(size, mean, &variances)?;
    let scale = variances.f_index_select(0, &varying)?.f_sqrt()?;
    let between = between.f_index_select(1, &varying)?.f_div(&scale)?;
    let correlation = scatter
        .f_index_select(0, &varying)?
        .f_index_select(1, &varying)?
        .f_div(&scale)?
        .f_div(&scale.f_unsqueeze(1)?)?;
    if let Some(factor) = trusted_factor(&correlation)? {
        let between = between.f_tr()?;
        return sum(&between.f_mul(&linalg::cholesky_solve(&factor, &between)?)?);
    }
    let (eigenvalues, eigenvectors) = range(&correlation, size.n_rows)?;
    sum(&between.f_matmul(&eigenvectors)?.f_square()?.f_div(&eigenvalues)?)
}

/// The H-score as the squared projection of the class indicators onto the span of the centred features.
pub(crate) fn from_sample_side(sample: &Sample, rows: &Tensor) -> Result<f64> {
    let variances = match sample.weights() {
        Some(weights) => {
            let weights = Tensor::f_from_slice(weights)?.f_to_device(rows.device())?;
            weights.f_matmul(&rows.f_square()?)?
        }
        None => rows.f_square()?.f_sum_dim_intlist(0_i64, false, Kind::Double)?,
    };
    let varying = varying_features(Size::of(sample), &feature_mean(sample)?, &variances)?;
    let scale = variances.f_index_select(0, &varying)?.f_sqrt()?;
    let rows = rows.f_index_select(1, &varying)?.f_div(&scale)?;
    let (_, eigenvectors) = range(&sample_gram(sample, &rows)?, rows.size()[1] as usize)?;
    let indicators = unit_indicators(sample, rows.device())?;
    sum(&indicators.f_tr()?.f_matmul(&eigenvectors)?.f_square()?)
}

/// The deviations of the class means from the mean, times the square roots of the class sizes, `(C, D)`: their Gram
/// matrix is the between-class scatter.
pub(crate) fn between_classes(sample: &Sample, mean: &Tensor) -> Result<Tensor> {
    let device = mean.device();
    let classes = class_indices(sample.labels(), device)?;
    let weights = weight_column(sample, device)?;
    let shape = [sample.labels().n_classes() as i64, mean.size()[0]];
    let mut sums = Tensor::f_zeros(shape, (Kind::Double, device))?;
    for_each_centred_block(sample, mean, |start, rows| {
        let (start, length) = (start as i64, rows.size()[0]);
        let members = classes.f_narrow(0, start, length)?;
        let _ = match &weights {
            Some(weights) => {
                sums.f_index_add_(0, &members, &rows.f_mul(&weights.f_narrow(0, start, length)?)?)?
            }
            None => sums.f_index_add_(0, &members, rows)?,
        };
        Ok(())
    })?;
    let sizes = Tensor::f_from_slice(&class_weights(sample))?.f_to_device(device)?;
    Ok(sums.f_div(&sizes.f_sqrt()?.f_unsqueeze(1)?)?)
}

/// The class indicators `(n, C)`, orthonormal under the weights: `sqrt(w_i / n_c)` where sample `i` is of class `c`.
pub(crate) fn unit_indicators(sample: &Sample, device: Device) -> Result<Tensor> {
    let sizes = Tensor::f_from_slice(&class_weights(sample))?.f_to_device(device)?;
    Ok(root_weighted_indicators(sample, device)?.f_div(&sizes.f_sqrt()?)?)
}

/// The sum of all entries, in an order that does not depend on the number of threads.
pub(crate) fn sum(matrix: &Tensor) -> Result<f64> {
    let rows = matrix.f_sum_dim_intlist(1_i64, false, Kind::Double)?;
    Ok(convert::vector::<f64>("row sums", &rows)?.iter().sum())
}

/// The features whose scatter `sum_i (f_i - m)^2` is not mere rounding.
fn varying_features(size: Size, mean: &Tensor, scatters: &Tensor) -> Result<Tensor> {
    let squares = scatters.f_add(&mean.f_square()?.f_mul_scalar(size.total_weight)?)?;
    let resolution = size.n_rows as f64 * f64::EPSILON;
    Ok(scatters
        .f_gt_tensor(&squares.f_mul_scalar(resolution * resolution)?)?
        .f_nonzero()?
        .f_view([-1])?)
}

/// The Cholesky factor, if all pivots are well above rounding.
fn trusted_factor(correlation: &Tensor) -> Result<Option<Tensor>> {
    let factor = match linalg::cholesky(correlation) {
        Ok(factor) => factor,
        Err(tensor_core::Error::NotPositiveDefinite { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let pivots = convert::vector::<f64>("pivots", &factor.f_diagonal(0, 0, 1)?)?;
    Ok(pivots
        .iter()
        .all(|pivot| pivot * pivot >= LEAST_PIVOT)
        .then_some(factor))
}

/// The eigenvalues of a Gram matrix that count as positive, and their eigenvectors as columns. `other_side` is the
/// order of the Gram matrix of the transposed rows.
fn range(gram: &Tensor, other_side: usize) -> Result<(Tensor, Tensor)> {
    let eigh = linalg::eigh(gram)?;
    let order = gram.size()[0];
    let ascending = convert::vector::<f64>("eigenvalues", &eigh.values)?;
    let greatest = ascending.last().map_or(0.0, |&eigenvalue| eigenvalue.max(0.0));
    let cut = greatest * f64::EPSILON * (order as usize).max(other_side) as f64;
    let n_dropped = ascending.partition_point(|&eigenvalue| eigenvalue <= cut) as i64;
    let rank = order - n_dropped;
    Ok((
        eigh.values.f_narrow(0, n_dropped, rank)?,
        eigh.vectors.f_narrow(1, n_dropped, rank)?,
    ))
}
