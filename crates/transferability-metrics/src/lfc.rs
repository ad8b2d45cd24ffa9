//! LFC: label-feature correlation.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Tensor, convert};

use crate::class_statistics::{
    class_sums, class_weights, feature_gram, sample_gram, scaled_by_root_weights, total_weight, weighted_mean,
};
use crate::{Degeneracy, Error, Metric, Requirement, Result, Sample};

/// The correlation between similarity of features and agreement of labels over all pairs of samples.
///
/// ```text
/// LFC = sum_ij K~_ij L~_ij / ( |K~|_F |L~|_F ),     K~ = K - mean(K),  L~ = L - mean(L)
///
/// K = F F^T                       L_ij = 1 if y_i = y_j, else -1
/// ```
///
/// All `n^2` entries count, the diagonal included: each sample is of the class of itself. In [-1, 1]. The features are not centred, so a common offset changes the score.
///
/// The `n x n` matrices are never formed. With the mean `m` of the rows, `Z = F - 1 m^T`, class sums `z_c` of `Z`,
/// class sizes `n_c` and `p = sum_c n_c^2 / n^2`,
///
/// ```text
/// LFC = ( sum_c |z_c|^2 + 2 m . sum_c n_c z_c ) / ( n sqrt(p (1 - p)) sqrt( |Z^T Z|_F^2 + 2 n |Z m|^2 ) ),
/// ```
///
/// in which nothing cancels. Ports that call a matrix 2-norm on `K~` and `L~` divide by their largest singular values
/// instead and get larger numbers.
///
/// # Shapes
///
/// Reads the features `(n, d)`. Takes weights.
///
/// # Errors
///
/// [`Error::Undefined`] if all feature vectors are equal.
///
/// # Complexity
///
/// `O(n d m)` for `m = min(n, d)`, that of a Gram matrix.
///
/// # Reference
///
/// Deshpande et al., *A linearized framework and a new benchmark for model selection for fine-tuning*, 2021,
/// arXiv:2102.00084.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Lfc, Metric, Sample};
///
/// // K = [[1, -1], [-1, 1]] = L.
/// let features = Features::new(tensor_from_slice(&[-1.0, 1.0], &[2, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 1])?).with_features(features)?;
/// assert!((Lfc.score(&sample)? - 1.0).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lfc;

impl Metric for Lfc {
    fn name(&self) -> &'static str {
        "lfc"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        let Moments { mean, centred } = scaled_moments(sample)?;
        let sizes = class_weights(sample);
        let n = total_weight(sample);
        let same_class_share = sizes.iter().map(|size| (size / n).powi(2)).sum::<f64>();

        let sums = class_sums(sample, &centred)?;
        let size_column = Tensor::f_from_slice(&sizes)?
            .f_to_device(centred.device())?
            .f_unsqueeze(1)?;
        let weighted_sum = sums
            .f_mul(&size_column)?
            .f_sum_dim_intlist(0, true, Kind::Double)?;
        let covariance = sum_of_squares(&sums)? + 2.0 * inner_product(&mean, &weighted_sum)?;

        let by_samples = sample.n_samples() < sample.features()?.n_features();
        let gram = if by_samples {
            sample_gram(sample, &centred)?
        } else {
            feature_gram(sample, &centred)?
        };
        let along_mean = scaled_by_root_weights(sample, &centred.f_matmul(&mean.f_tr()?)?)?;
        let variance = sum_of_squares(&gram)? + 2.0 * n * sum_of_squares(&along_mean)?;
        if variance <= 0.0 {
            return Err(Error::Undefined {
                metric: self.name(),
                degeneracy: Degeneracy::ConstantFeatures,
            });
        }
        Ok(covariance / (n * (same_class_share * (1.0 - same_class_share) * variance).sqrt()))
    }
}

/// The mean `(1, d)` and the rows less it.
struct Moments {
    mean: Tensor,
    centred: Tensor,
}

/// The moments of the features over their largest magnitude, which the score does not depend on: their fourth powers
/// neither overflow nor vanish. Equal rows leave exactly zero when centred.
fn scaled_moments(sample: &Sample) -> Result<Moments> {
    let features = sample.features()?.to_statistic()?;
    let (least, greatest) = (
        features.f_min()?.f_double_value(&[])?,
        features.f_max()?.f_double_value(&[])?,
    );
    let magnitude = greatest.max(-least);
    let scale = if magnitude > 0.0 { magnitude } else { 1.0 };
    let mut rows = features.f_div_scalar(scale)?;
    let first = features.f_narrow(0, 0, 1)?.f_div_scalar(scale)?;
    rows = rows.f_sub_(&first)?;
    let shifted_mean = weighted_mean(sample, &rows)?;
    Ok(Moments {
        mean: first.f_add(&shifted_mean)?,
        centred: rows.f_sub_(&shifted_mean)?,
    })
}

/// The sum of the squared entries of a matrix.
fn sum_of_squares(matrix: &Tensor) -> Result<f64> {
    // By columns first: a sum over everything at once is split by the number of threads.
    let columns = matrix.f_square()?.f_sum_dim_intlist(0, false, Kind::Double)?;
    Ok(convert::vector::<f64>("squares", &columns)?.iter().sum())
}

fn inner_product(left: &Tensor, right: &Tensor) -> Result<f64> {
    Ok(left.f_mul(right)?.f_sum(Kind::Double)?.f_double_value(&[])?)
}
