//! Principal components of a sample's features.

use tensor_core::{Kind, Tensor, convert, linalg};

use crate::class_statistics::{centred, feature_gram, sample_gram, scaled_by_root_weights};
use crate::{Result, Sample};

/// How many principal components to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Components {
    /// So many, but never more than there are features.
    Count(usize),
    /// The fewest whose share of the variance exceeds this fraction, one at least.
    Variance(f64),
}

/// The centred features along their leading principal components, shape `(n, k)`, by decreasing variance.
///
/// ```text
/// Z = F - mean,   Z^T W Z = V diag(lambda) V^T,   scores = Z v_1 .. Z v_k
/// ```
///
/// `W` holds the frequency weights. With more features than samples the eigenvectors come from the `n x n` matrix
/// `W^1/2 Z Z^T W^1/2` instead. The sign of a component makes the entry of `v_i` that is largest in magnitude
/// positive. Directions whose variance is rounding error have scores of exactly zero; there are as many of them as
/// it takes to make up the count.
pub(crate) fn principal_scores(sample: &Sample, keep: Components) -> Result<Tensor> {
    let rows = centred(sample)?;
    let (n_samples, n_features) = (sample.n_samples(), sample.features()?.n_features());
    let by_samples = n_features > n_samples;
    let gram = if by_samples {
        sample_gram(sample, &rows)?
    } else {
        feature_gram(sample, &rows)?
    };
    let eigen = linalg::eigh(&gram)?;
    let mut variances = convert::vector::<f64>("variances", &eigen.values)?;
    variances.reverse();
    let n_kept = match keep {
        Components::Count(count) => count.min(n_features),
        Components::Variance(fraction) => n_exceeding(fraction, &variances),
    };
    let n_distinct = n_above_rounding(&variances, n_samples.max(n_features)).min(n_kept);
    let vectors = eigen.vectors.f_flip([1])?.f_narrow(1, 0, n_distinct as i64)?;
    let directions = if by_samples {
        scaled_by_root_weights(sample, &rows)?
            .f_tr()?
            .f_matmul(&vectors)?
    } else {
        vectors
    };
    let directions = with_positive_peaks(&directions)?;
    let mut scores = rows.f_matmul(&directions)?;
    if by_samples {
        // The directions are of length sqrt(lambda) here.
        let lengths: Vec<f64> = variances[..n_distinct]
            .iter()
            .map(|variance| variance.sqrt())
            .collect();
        scores = scores.f_div(&Tensor::f_from_slice(&lengths)?.f_to_device(rows.device())?)?;
    }
    Ok(scores.f_constant_pad_nd([0, (n_kept - n_distinct) as i64])?)
}

/// The least `k` for which the first `k` variances, which decrease, hold more than a fraction of their sum.
fn n_exceeding(fraction: f64, variances: &[f64]) -> usize {
    let total: f64 = variances.iter().map(|variance| variance.max(0.0)).sum();
    let mut cumulative = 0.0;
    for (position, variance) in variances.iter().enumerate() {
        cumulative += variance.max(0.0);
        if cumulative > fraction * total {
            return position + 1;
        }
    }
    if total > 0.0 { variances.len() } else { 1 }
}

/// The number of eigenvalues, which decrease, that exceed the rounding error of the largest.
fn n_above_rounding(eigenvalues: &[f64], order: usize) -> usize {
    let rounding = eigenvalues[0].max(0.0) * f64::EPSILON * order as f64;
    eigenvalues
        .iter()
        .take_while(|&&eigenvalue| eigenvalue > rounding)
        .count()
}

/// Columns with their signs chosen so that the entry of largest magnitude is positive.
fn with_positive_peaks(columns: &Tensor) -> Result<Tensor> {
    if columns.size()[1] == 0 {
        return Ok(columns.f_to_kind(Kind::Double)?);
    }
    let peaks = columns.f_abs()?.f_argmax(0, true)?;
    Ok(columns.f_mul(&columns.f_gather(0, &peaks, false)?.f_sign()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Features, Labels};
    use golden::{Golden, assert_close};

    /// Scores of order 1; a few hundred roundings.
    const ATOL: f64 = 1e-12;

    fn sample(values: &[f64], shape: [i64; 2]) -> Sample {
        let labels: Vec<i64> = (0..shape[0]).map(|row| row % 2).collect();
        let features =
            Features::new(convert::tensor_from_slice(values, &shape).expect("matrix")).expect("features");
        Sample::new(Labels::new(&labels).expect("labels"))
            .with_features(features)
            .expect("one row a label")
    }

    fn scores(sample: &Sample, keep: Components) -> (Vec<i64>, Vec<f64>) {
        let scores = principal_scores(sample, keep).expect("finite features");
        (
            scores.size(),
            convert::vector("scores", &scores.flatten(0, 1)).expect("f64"),
        )
    }

    #[test]
    fn agree_with_scikit_learn() -> std::result::Result<(), golden::Error> {
        let golden = Golden::load("tests/golden/pca.json")?;
        for name in ["tall", "wide"] {
            let (shape, features) = golden.array(&format!("{name}.features"))?;
            let sample = sample(&features, [shape[0] as i64, shape[1] as i64]);
            for (text, keep) in [
                ("3", Components::Count(3)),
                ("0.8", Components::Variance(0.8)),
                ("0.95", Components::Variance(0.95)),
            ] {
                golden.assert_array(&format!("{name}.{text}"), &scores(&sample, keep).1);
            }
        }
        Ok(())
    }

    #[test]
    fn a_variance_fraction_is_exceeded_not_met() {
        // Shares 0.5, 0.25, 0.25.
        assert_eq!(n_exceeding(0.5, &[2.0, 1.0, 1.0]), 2);
        assert_eq!(n_exceeding(0.49, &[2.0, 1.0, 1.0]), 1);
        assert_eq!(n_exceeding(0.8, &[2.0, 1.0, 1.0]), 3);
        assert_eq!(n_exceeding(1.0, &[2.0, 1.0, 1.0]), 3);
        assert_eq!(n_exceeding(0.8, &[0.0, 0.0]), 1);
    }

    #[test]
    fn missing_directions_score_exactly_zero() {
        // Three points on a line in the plane, and the same plus a dead feature with fewer samples than features.
        let line = sample(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0], [3, 2]);
        let (shape, values) = scores(&line, Components::Count(5));
        assert_eq!(shape, [3, 2]);
        let root2 = 2.0_f64.sqrt();
        assert_close(&values, &[-root2, 0.0, 0.0, 0.0, root2, 0.0], 0.0, ATOL);
        assert!([1, 3, 5].iter().all(|&index| values[index] == 0.0));

        let wide = sample(&[1.0, 5.0, -1.0, 3.0, 5.0, 1.0], [2, 3]);
        let (shape, values) = scores(&wide, Components::Count(3));
        assert_eq!(shape, [2, 3]);
        assert_close(&values, &[-root2, 0.0, 0.0, root2, 0.0, 0.0], 0.0, ATOL);
    }

    #[test]
    fn constant_features_score_zero() {
        let constant = sample(&[0.1; 12], [4, 3]);
        assert_eq!(
            scores(&constant, Components::Count(2)),
            (vec![4, 2], vec![0.0; 8])
        );
        assert_eq!(
            scores(&constant, Components::Variance(0.8)),
            (vec![4, 1], vec![0.0; 4])
        );
    }

    #[test]
    fn weights_count_as_repeated_rows() {
        let values = [1.0, 2.0, 0.0, 4.0, -1.0, 1.0, 3.0, 3.0, 2.5];
        let weighted = sample(&values, [3, 3])
            .with_weights(&[2.0, 1.0, 3.0])
            .expect("weights");
        let repeated = sample(&values, [3, 3]).select(&[0, 0, 1, 2, 2, 2]).expect("rows");
        let (_, of_weighted) = scores(&weighted, Components::Count(2));
        let (_, of_repeated) = scores(&repeated, Components::Count(2));
        let expected: Vec<f64> = [0, 2, 3]
            .iter()
            .flat_map(|&row| of_repeated[2 * row..2 * row + 2].to_vec())
            .collect();
        assert_close(&of_weighted, &expected, 0.0, ATOL);
    }
}
