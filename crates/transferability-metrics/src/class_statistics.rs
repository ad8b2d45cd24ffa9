//! Weighted sums, means and centred rows by class, shared by the metrics that read features.

use tensor_core::{Device, Kind, Tensor, linalg};

use crate::{Labels, Result, Sample};

/// Rows handled at a time where a weighted copy is needed: large enough to amortise the calls, small enough to
/// stay in cache.
const ROW_BLOCK: i64 = 1024;

/// The class indices as an `i64` tensor of shape `(n)` on a device.
pub(crate) fn class_indices(labels: &Labels, device: Device) -> Result<Tensor> {
    let indices: Vec<i64> = labels.indices().iter().map(|&class| class as i64).collect();
    Ok(Tensor::f_from_slice(&indices)?.f_to_device(device)?)
}

/// The frequency weights as an `f64` column `(n, 1)` on a device, or `None` if every sample counts once.
pub(crate) fn weight_column(sample: &Sample, device: Device) -> Result<Option<Tensor>> {
    sample.weights().map(|weights| Ok(Tensor::f_from_slice(weights)?.f_to_device(device)?.f_unsqueeze(1)?)).transpose()
}

/// The sum of the weights: the number of samples that the sample stands for.
pub(crate) fn total_weight(sample: &Sample) -> f64 {
    class_weights(sample).iter().sum()
}

/// The sum of the weights of each class: its number of samples if there are no weights.
pub(crate) fn class_weights(sample: &Sample) -> Vec<f64> {
    let labels = sample.labels();
    let Some(weights) = sample.weights() else {
        return labels.counts().iter().map(|&count| count as f64).collect();
    };
    let mut totals = vec![0.0; labels.n_classes()];
    for (&class, weight) in labels.indices().iter().zip(weights) {
        totals[class] += weight;
    }
    totals
}

/// The class-wise sums `Y^T W rows`, shape `(C, d)`, of `f64` rows `(n, d)`.
pub(crate) fn class_sums(sample: &Sample, rows: &Tensor) -> Result<Tensor> {
    let device = rows.device();
    let classes = class_indices(sample.labels(), device)?;
    let weights = weight_column(sample, device)?;
    let n_samples = sample.n_samples() as i64;
    let mut sums =
        Tensor::f_zeros([sample.labels().n_classes() as i64, rows.size()[1]], (rows.kind(), device))?;
    for start in (0..n_samples).step_by(ROW_BLOCK as usize) {
        let length = ROW_BLOCK.min(n_samples - start);
        let mut block = rows.f_narrow(0, start, length)?;
        if let Some(weights) = &weights {
            block = block.f_mul(&weights.f_narrow(0, start, length)?)?;
        }
        sums = sums.f_index_add_(0, &classes.f_narrow(0, start, length)?, &block)?;
    }
    Ok(sums)
}

/// The class indicators `(n, C)` scaled by the square roots of the weights: `sqrt(w_i)` where sample `i` is of class
/// `c`, else 0.
pub(crate) fn root_weighted_indicators(sample: &Sample, device: Device) -> Result<Tensor> {
    let labels = sample.labels();
    let mut indicators = vec![0.0; labels.len() * labels.n_classes()];
    for (row, &class) in labels.indices().iter().enumerate() {
        indicators[row * labels.n_classes() + class] = sample.weights().map_or(1.0, |weights| weights[row].sqrt());
    }
    let shape = [labels.len() as i64, labels.n_classes() as i64];
    Ok(Tensor::f_from_slice(&indicators)?.f_view(shape)?.f_to_device(device)?)
}

/// The weighted mean of the rows, shape `(1, d)`, of `f64` rows `(n, d)`.
pub(crate) fn weighted_mean(sample: &Sample, rows: &Tensor) -> Result<Tensor> {
    let sum = class_sums(sample, rows)?.f_sum_dim_intlist(0_i64, true, rows.kind())?;
    Ok(sum.f_div_scalar(total_weight(sample))?)
}

/// The features in `f64` less their weighted mean, shape `(n, d)`.
///
/// The first row is subtracted before the mean is taken: a constant feature is then exactly zero, and a common offset
/// costs no digits.
pub(crate) fn centred(sample: &Sample) -> Result<Tensor> {
    let features = sample.features()?.tensor();
    let first = features.f_narrow(0, 0, 1)?.f_to_kind(Kind::Double)?;
    let mut rows = match features.kind() {
        Kind::Double => features.f_sub(&first)?,
        _ => features.f_to_kind(Kind::Double)?.f_sub_(&first)?,
    };
    let mean = weighted_mean(sample, &rows)?;
    Ok(rows.f_sub_(&mean)?)
}

/// Rows scaled by the square roots of the weights, so that their Gram matrix is `rows^T W rows`; the rows
/// themselves, uncopied, if there are no weights.
pub(crate) fn scaled_by_root_weights(sample: &Sample, rows: &Tensor) -> Result<Tensor> {
    Ok(match weight_column(sample, rows.device())? {
        Some(weights) => rows.f_mul(&weights.f_sqrt()?)?,
        None => rows.f_detach()?,
    })
}

/// The Gram matrix `rows^T W rows`, shape `(d, d)`, of `f64` rows `(n, d)`.
pub(crate) fn feature_gram(sample: &Sample, rows: &Tensor) -> Result<Tensor> {
    Ok(match sample.weights() {
        Some(weights) => linalg::weighted_gram(rows, weights)?,
        None => linalg::gram(rows)?,
    })
}

/// The Gram matrix `sqrt(W) rows rows^T sqrt(W)`, shape `(n, n)`, of `f64` rows `(n, d)`: it has the same positive
/// eigenvalues as [`feature_gram`].
pub(crate) fn sample_gram(sample: &Sample, rows: &Tensor) -> Result<Tensor> {
    Ok(linalg::gram(&scaled_by_root_weights(sample, rows)?.f_tr()?)?)
}
