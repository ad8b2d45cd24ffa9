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
    sample
        .weights()
        .map(|weights| {
            Ok(Tensor::f_from_slice(weights)?
                .f_to_device(device)?
                .f_unsqueeze(1)?)
        })
        .transpose()
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
    let mut sums = Tensor::f_zeros(
        [sample.labels().n_classes() as i64, rows.size()[1]],
        (rows.kind(), device),
    )?;
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
        indicators[row * labels.n_classes() + class] =
            sample.weights().map_or(1.0, |weights| weights[row].sqrt());
    }
    let shape = [labels.len() as i64, labels.n_classes() as i64];
    Ok(Tensor::f_from_slice(&indicators)?
        .f_view(shape)?
        .f_to_device(device)?)
}

/// The weighted mean of the rows, shape `(1, d)`, of `f64` rows `(n, d)`.
pub(crate) fn weighted_mean(sample: &Sample, rows: &Tensor) -> Result<Tensor> {
    let sum = class_sums(sample, rows)?.f_sum_dim_intlist(0_i64, true, rows.kind())?;
    Ok(sum.f_div_scalar(total_weight(sample))?)
}

/// The weighted mean of the features in `f64`, shape `(d)`, in one pass that holds a block of rows.
///
/// Sums are of differences from the first row: the mean of a constant feature is then that constant, and a common
/// offset costs no digits.
pub(crate) fn feature_mean(sample: &Sample) -> Result<Tensor> {
    let features = sample.features()?.tensor();
    let first = features.f_select(0, 0)?.f_to_kind(Kind::Double)?;
    let weights = match weight_column(sample, features.device())? {
        Some(weights) => weights,
        None => Tensor::f_ones([features.size()[0], 1], (Kind::Double, features.device()))?,
    };
    let mut sum = Tensor::f_zeros([1, features.size()[1]], (Kind::Double, features.device()))?;
    for start in (0..features.size()[0]).step_by(ROW_BLOCK as usize) {
        let length = ROW_BLOCK.min(features.size()[0] - start);
        let block = features.f_narrow(0, start, length)?.f_sub(&first)?;
        sum = sum.f_addmm_(&weights.f_narrow(0, start, length)?.f_tr()?, &block)?;
    }
    Ok(sum
        .f_div_scalar_(total_weight(sample))?
        .f_squeeze_dim(0)?
        .f_add(&first)?)
}

/// The features in `f64` less their weighted mean, shape `(n, d)`; a constant feature is exactly zero.
pub(crate) fn centred(sample: &Sample) -> Result<Tensor> {
    Ok(sample.features()?.tensor().f_sub(&feature_mean(sample)?)?)
}

/// The scatter matrix of the features about their mean, `(d, d)`.
pub(crate) fn feature_scatter(sample: &Sample, mean: &Tensor) -> Result<Tensor> {
    let features = sample.features()?.tensor();
    match sample.weights() {
        Some(_) => feature_gram(sample, &features.f_sub(mean)?),
        None => Ok(linalg::scatter(features, mean)?),
    }
}

/// Calls `visit(index of the first row, rows)` for blocks of the features less their mean, in order.
pub(crate) fn for_each_centred_block(
    sample: &Sample,
    mean: &Tensor,
    mut visit: impl FnMut(usize, &Tensor) -> Result<()>,
) -> Result<()> {
    let features = sample.features()?.tensor();
    let n_samples = features.size()[0];
    for start in (0..n_samples).step_by(ROW_BLOCK as usize) {
        let length = ROW_BLOCK.min(n_samples - start);
        visit(start as usize, &features.f_narrow(0, start, length)?.f_sub(mean)?)?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use tensor_core::{Kind, Seed, convert, random};

    use super::*;
    use crate::Features;

    /// Sums of 3000 terms of order 1, in two orders.
    const ATOL: f64 = 1e-11;

    /// More rows than one block, weighted, in three classes.
    fn sample() -> Sample {
        let shape = [3000, 3];
        let rows = random::normal(&mut Seed::new(5).stream("rows", 0), &shape, Kind::Double).expect("draws");
        let labels: Vec<i64> = (0..3000).map(|row| row * row % 7 % 3).collect();
        let weights: Vec<f64> = (0..3000).map(|row| 0.5 + f64::from(row % 4)).collect();
        Sample::new(Labels::new(&labels).expect("labels"))
            .with_features(Features::new(rows).expect("features"))
            .and_then(|sample| sample.with_weights(&weights))
            .expect("a sample")
    }

    fn values(tensor: &Tensor) -> Vec<f64> {
        convert::vector("a matrix", &tensor.f_reshape([-1]).expect("a vector")).expect("values")
    }

    #[test]
    fn sums_and_means_are_those_of_a_plain_loop() -> Result<()> {
        let sample = sample();
        let rows = sample.features()?.to_statistic()?;
        let weights = sample.weights().expect("weights");
        let (mut sums, mut class_totals, mut total) = ([0.0; 9], [0.0; 3], 0.0);
        for (row, values) in values(&rows).chunks_exact(3).enumerate() {
            let class = sample.labels().indices()[row];
            class_totals[class] += weights[row];
            total += weights[row];
            for (column, value) in values.iter().enumerate() {
                sums[3 * class + column] += weights[row] * value;
            }
        }
        golden::assert_close(&values(&class_sums(&sample, &rows)?), &sums, 0.0, ATOL);
        assert_eq!(class_weights(&sample), class_totals);
        assert_eq!(total_weight(&sample), total);
        let mean: Vec<f64> = (0..3)
            .map(|column| (sums[column] + sums[3 + column] + sums[6 + column]) / total)
            .collect();
        golden::assert_close(&values(&weighted_mean(&sample, &rows)?), &mean, 0.0, ATOL);
        golden::assert_close(
            &values(&weighted_mean(&sample, &centred(&sample)?)?),
            &[0.0; 3],
            0.0,
            ATOL,
        );
        Ok(())
    }

    #[test]
    fn both_gram_matrices_have_one_trace_and_the_indicators_are_weighted() -> Result<()> {
        let sample = sample().select(&(0..50).collect::<Vec<_>>())?;
        let rows = sample.features()?.to_statistic()?;
        let trace = |gram: &Tensor| {
            gram.f_trace()
                .and_then(|trace| trace.f_double_value(&[]))
                .expect("a trace")
        };
        let (features, samples) = (feature_gram(&sample, &rows)?, sample_gram(&sample, &rows)?);
        golden::assert_close(&[trace(&samples)], &[trace(&features)], 1e-13, 0.0);

        let device = rows.device();
        let by_product = root_weighted_indicators(&sample, device)?
            .f_tr()?
            .f_matmul(&scaled_by_root_weights(&sample, &rows)?)?;
        golden::assert_close(
            &values(&by_product),
            &values(&class_sums(&sample, &rows)?),
            0.0,
            ATOL,
        );
        Ok(())
    }
}
