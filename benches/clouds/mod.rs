//! Two clouds of points for optimal transport: drawn from a fixed seed, outside the timers.

#![allow(dead_code, reason = "each benchmark uses its part of it")]

use anyhow::{Context as _, Result};
use ot_transferability::Predictions;
use rand::RngExt as _;
use tensor_core::{Kind, Seed, Tensor, random};

/// Two normal clouds, the target wider and moved: nothing in them helps a solver.
pub(crate) fn gaussian(n_points: usize, n_features: usize, kind: Kind) -> Result<(Tensor, Tensor)> {
    let shape = [n_points as i64, n_features as i64];
    let draw = |side: &str| random::normal(&mut Seed::new(1).stream(side, 0), &shape, kind);
    let shift = 0.3 / (n_features as f64).sqrt();
    let target = draw("target")?.f_mul_scalar_(1.1)?.f_add_scalar_(shift)?;
    Ok((draw("source")?, target))
}

/// Rectified features of ten classes; those of the target have all moved.
pub(crate) fn clustered(n_points: usize, n_features: usize) -> Result<(Tensor, Tensor)> {
    let n_clusters = 10;
    let shape = [n_points as i64, n_features as i64];
    let means = random::normal(
        &mut Seed::new(2).stream("means", 0),
        &[n_clusters, n_features as i64],
        Kind::Double,
    )?;
    let points = |side: &str, shift: f64| -> Result<Tensor> {
        let mut rng = Seed::new(2).stream(side, 0);
        let clusters: Vec<i64> = (0..n_points).map(|_| rng.random_range(0..n_clusters)).collect();
        let centres = means
            .f_index_select(0, &Tensor::f_from_slice(&clusters)?)?
            .f_mul_scalar(2.0)?;
        let noise = random::normal(&mut rng, &shape, Kind::Double)?;
        Ok(centres.f_add(&noise)?.f_add_scalar(shift)?.f_relu()?)
    };
    Ok((points("source", 0.0)?, points("target", 0.2)?))
}

/// Weights that differ by up to a factor of nine and sum to 1.
pub(crate) fn weights(side: &str, n_points: usize) -> Vec<f64> {
    let mut rng = Seed::new(3).stream(side, 0);
    let drawn: Vec<f64> = (0..n_points).map(|_| rng.random_range(0.2..1.8)).collect();
    let sum: f64 = drawn.iter().sum();
    drawn.iter().map(|weight| weight / sum).collect()
}

/// What the heads of a pool predict for the same samples: each head is right, after a relabelling of its own, two times
/// in three.
pub(crate) fn predictions(n_members: usize, n_samples: usize, n_classes: usize) -> Result<Vec<Predictions>> {
    let mut rng = Seed::new(4).stream("truth", 0);
    let truth: Vec<usize> = (0..n_samples).map(|_| rng.random_range(0..n_classes)).collect();
    (0..n_members)
        .map(|member| {
            let mut rng = Seed::new(4).stream("member", member as u64);
            let relabelling = random::permutation(&mut rng, n_classes);
            let classes: Vec<usize> = truth
                .iter()
                .map(|&class| {
                    if rng.random_range(0..3) < 2 {
                        relabelling[class]
                    } else {
                        rng.random_range(0..n_classes)
                    }
                })
                .collect();
            Predictions::new(&classes, n_classes).context("classes in range")
        })
        .collect()
}
