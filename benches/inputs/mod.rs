//! Inputs of the benchmarks: drawn from a fixed seed, outside the timers.

use anyhow::Result;
use rand::RngExt as _;
use tensor_core::{Kind, Seed, Tensor, random};

/// Share of a class's mean in its features: classes overlap, and every one is there.
const CLASS_SHIFT: f64 = 0.5;

/// Sizes of a benchmark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Number of target samples.
    pub(crate) samples: usize,
    /// Number of features, or of source classes.
    pub(crate) columns: usize,
    /// Number of target classes.
    pub(crate) classes: usize,
}

/// Sizes of the feature metrics.
pub(crate) fn feature_sizes(full: bool) -> Sizes {
    let (samples, columns, classes) = if full { (10_000, 2048, 100) } else { (200, 32, 5) };
    Sizes {
        samples,
        columns,
        classes,
    }
}

/// Sizes of N-LEEP, the cost of whose mixture grows with the square of the features.
#[allow(dead_code, reason = "no peer of N-LEEP is timed")]
pub(crate) fn mixture_sizes(full: bool) -> Sizes {
    Sizes {
        columns: if full { 64 } else { 8 },
        ..feature_sizes(full)
    }
}

/// Sizes of the metrics on probabilities.
pub(crate) fn probability_sizes(full: bool) -> Sizes {
    let (samples, columns, classes) = if full { (50_000, 1000, 100) } else { (500, 20, 5) };
    Sizes {
        samples,
        columns,
        classes,
    }
}

/// Labels drawn alike for all classes, each of which is there.
pub(crate) fn labels(sizes: Sizes) -> Vec<i64> {
    let mut rng = Seed::new(1).stream("labels", 0);
    let n_classes = sizes.classes as i64;
    (0..sizes.samples as i64)
        .map(|row| {
            if row < n_classes {
                row
            } else {
                rng.random_range(0..n_classes)
            }
        })
        .collect()
}

/// Features as a rectified layer gives them, in `f64`: `max(0, noise + 0.5 * mean of the class)`.
pub(crate) fn features(sizes: Sizes, labels: &[i64]) -> Result<Tensor> {
    let (n, d) = (sizes.samples as i64, sizes.columns as i64);
    let noise = random::normal(&mut Seed::new(1).stream("noise", 0), &[n, d], Kind::Double)?;
    let means = random::normal(
        &mut Seed::new(1).stream("means", 0),
        &[sizes.classes as i64, d],
        Kind::Double,
    )?;
    let shifts = means
        .f_index_select(0, &Tensor::f_from_slice(labels)?)?
        .f_mul_scalar(CLASS_SHIFT)?;
    Ok(noise.f_add(&shifts)?.f_relu()?)
}

/// Probabilities in `f64`: softmax of normal scores.
pub(crate) fn probabilities(sizes: Sizes) -> Result<Tensor> {
    let shape = [sizes.samples as i64, sizes.columns as i64];
    let scores = random::normal(&mut Seed::new(1).stream("scores", 0), &shape, Kind::Double)?;
    Ok(scores.f_softmax(1, Kind::Double)?)
}

/// The likeliest source class of each row.
pub(crate) fn predictions(probabilities: &Tensor) -> Result<Vec<i64>> {
    Ok(Vec::try_from(probabilities.f_argmax(1, false)?)?)
}
