//! Bures–Wasserstein distances: against POT, and laws.

use golden::Golden;
use ot_transferability::{CovarianceShape, Gaussian, GaussianFit, Normalization, bures_wasserstein};
use proptest::prelude::*;
use tensor_core::convert::{tensor_from_slice, vector};
use tensor_core::{Kind, Seed, Tensor, random};

/// The covariance term is a difference of traces of some units.
const ATOL: f64 = 1e-12;

fn points(label: &str, seed: u64, n: i64, d: i64) -> Tensor {
    let mut stream = Seed::new(seed).stream(label, 0);
    let mixing = random::normal(&mut stream, &[d, d], Kind::Double).expect("a matrix");
    random::normal(&mut stream, &[n, d], Kind::Double)
        .expect("points")
        .matmul(&mixing)
}

fn uniform(points: &Tensor) -> Vec<f64> {
    let n = points.size()[0];
    vec![1.0 / n as f64; n as usize]
}

fn fit(points: &Tensor) -> Gaussian {
    GaussianFit::default()
        .fit(points, &uniform(points))
        .expect("a distribution")
}

fn cost(source: &Gaussian, target: &Gaussian) -> f64 {
    bures_wasserstein(source, target).expect("a distance").cost
}

#[test]
fn distances_are_those_of_pot() {
    let golden = Golden::load("tests/golden/gaussian.json").expect("golden values");
    let cloud = |name: &str| {
        let (shape, values) = golden.array(name).expect("points");
        tensor_from_slice(&values, &[shape[0] as i64, shape[1] as i64]).expect("a tensor")
    };
    let gaussian = |mean: &[f64], covariance: &[f64]| {
        let mean = tensor_from_slice(mean, &[2]).expect("a mean");
        Gaussian::new(
            &mean,
            &tensor_from_slice(covariance, &[2, 2]).expect("a covariance"),
        )
        .expect("a distribution")
    };
    let closed_form = cost(
        &gaussian(&[0.0, 0.0], &[2.0, 0.5, 0.5, 1.0]),
        &gaussian(&[1.0, 2.0], &[1.0, -0.3, -0.3, 2.0]),
    );
    golden::assert_close(&[closed_form], &[5.575_425_893_305_007], 1e-14, 0.0);
    golden.assert_scalar("closed_form", closed_form);

    let (x, y) = (cloud("x"), cloud("y"));
    let distance = |regularization, a: &[f64], b: &[f64]| {
        let fit = GaussianFit {
            regularization,
            ..GaussianFit::default()
        };
        cost(
            &fit.fit(&x, a).expect("a distribution"),
            &fit.fit(&y, b).expect("a distribution"),
        )
    };
    golden.assert_scalar("uniform", distance(1e-6, &uniform(&x), &uniform(&y)));
    let weights = |name| golden.array(name).expect("weights").1;
    golden.assert_scalar("weighted", distance(0.1, &weights("a"), &weights("b")));

    let (x, y) = (cloud("few_x"), cloud("few_y"));
    golden.assert_scalar("few", cost(&fit(&x), &fit(&y)));
}

#[test]
fn normalization_shrinkage_and_regularization_by_hand() {
    // Variances 4 and 1 about the mean, no covariance.
    let square = tensor_from_slice(&[2.0, 1.0, 2.0, -1.0, -2.0, 1.0, -2.0, -1.0], &[4, 2]).expect("points");
    let covariance = |fit: GaussianFit| {
        let gaussian = fit.fit(&square, &[2.0; 4]).expect("a distribution");
        vector::<f64>(
            "covariance",
            &gaussian.covariance().expect("a matrix").flatten(0, -1),
        )
        .expect("numbers")
    };
    let fit = GaussianFit::default();
    for shape in [CovarianceShape::Full, CovarianceShape::Diagonal] {
        let fit = GaussianFit { shape, ..fit };
        let close = |fit, expected: [f64; 4]| golden::assert_close(&covariance(fit), &expected, 1e-14, 1e-15);
        close(fit, [4.0, 0.0, 0.0, 1.0]);
        close(
            GaussianFit {
                normalization: Normalization::Sample,
                ..fit
            },
            [16.0 / 3.0, 0.0, 0.0, 4.0 / 3.0],
        );
        close(
            GaussianFit {
                shrinkage: 0.5,
                ..fit
            },
            [3.25, 0.0, 0.0, 1.75],
        );
        close(
            GaussianFit {
                shrinkage: 0.5,
                regularization: 0.25,
                ..fit
            },
            [3.5, 0.0, 0.0, 2.0],
        );
    }
}

#[test]
fn a_distant_origin_costs_no_digits() {
    let x = points("x", 5, 40, 3);
    for shape in [CovarianceShape::Full, CovarianceShape::Diagonal] {
        let fit = GaussianFit {
            shape,
            ..GaussianFit::default()
        };
        let (near, far) = (fit.fit(&x, &uniform(&x)), fit.fit(&(&x + 1e6), &uniform(&x)));
        let (near, far) = (near.expect("a distribution"), far.expect("a distribution"));
        assert!((near.trace() - far.trace()).abs() < 1e-8 * near.trace());
        assert!((cost(&near, &far) - 3e12).abs() < 1e-3);
    }
}

#[test]
fn what_is_no_distribution_is_refused() {
    let mean = tensor_from_slice(&[0.0, 0.0], &[2]).expect("a mean");
    let indefinite = tensor_from_slice(&[1.0, 2.0, 2.0, 1.0], &[2, 2]).expect("a matrix");
    assert!(Gaussian::new(&mean, &indefinite).is_err());
    assert!(Gaussian::new(&mean, &indefinite.narrow(0, 0, 1)).is_err());
    assert!(Gaussian::diagonal(&[0.0], &[-1.0]).is_err());
    assert!(Gaussian::diagonal(&[f64::NAN], &[1.0]).is_err());
    assert!(Gaussian::diagonal(&[], &[]).is_err());
    let line = Gaussian::diagonal(&[0.0], &[1.0]).expect("a distribution");
    let plane = Gaussian::diagonal(&[0.0, 0.0], &[1.0, 0.0]).expect("a distribution");
    assert!(bures_wasserstein(&line, &plane).is_err());
    // Sums of variances that overflow are no distance of 0.
    let huge = |variance| {
        Gaussian::new(
            &mean,
            &Tensor::eye(2, (Kind::Double, tensor_core::Device::Cpu)).g_mul_scalar(variance),
        )
    };
    let (huge, less) = (
        huge(1e308).expect("a distribution"),
        huge(1.0).expect("a distribution"),
    );
    assert!(bures_wasserstein(&huge, &huge).is_err());
    assert!(bures_wasserstein(&huge, &less).is_err());
    let fits = |fit: GaussianFit, weights: &[f64]| fit.fit(&indefinite, weights).is_ok();
    let fit = GaussianFit::default();
    assert!(fits(fit, &[1.0, 0.0]));
    assert!(!fits(fit, &[1.0]));
    assert!(!fits(fit, &[0.0, 0.0]));
    assert!(!fits(
        GaussianFit {
            normalization: Normalization::Sample,
            ..fit
        },
        &[1.0, 0.0]
    ));
    for shrinkage in [-0.1, 1.1, f64::NAN] {
        assert!(!fits(GaussianFit { shrinkage, ..fit }, &[1.0, 1.0]));
    }
    assert!(!fits(
        GaussianFit {
            regularization: f64::NAN,
            ..fit
        },
        &[1.0, 1.0]
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_metric_that_translations_and_scales_respect(
        n in 1..12_i64, m in 1..12_i64, d in 1..8_i64, seed: u64, shift in -3.0..3.0_f64, scale in 0.1..3.0_f64,
    ) {
        let (x, y, z) = (points("x", seed, n, d), points("y", seed, m, d), points("z", seed, n, d));
        let (gx, gy, gz) = (fit(&x), fit(&y), fit(&z));
        let reference = cost(&gx, &gy);
        let size = gx.trace() + gy.trace() + reference;
        let atol = ATOL * size;
        prop_assert!((cost(&gy, &gx) - reference).abs() < atol);
        prop_assert!(cost(&gx, &gx) < atol);
        prop_assert!((cost(&gx, &fit(&(&x + shift))) - d as f64 * shift * shift).abs() < ATOL * (size + 100.0));
        prop_assert!((cost(&fit(&(&x * -scale)), &fit(&(&y * -scale))) - scale * scale * reference).abs() < 10.0 * atol);
        let root = |left: &Gaussian, right: &Gaussian| cost(left, right).sqrt();
        prop_assert!(root(&gx, &gy) <= root(&gx, &gz) + root(&gz, &gy) + 1e-5);
    }

    #[test]
    fn few_points_by_their_inner_products_are_the_distance_of_their_covariances(
        n in 1..7_i64, m in 1..12_i64, seed: u64,
    ) {
        let (x, y) = (points("x", seed, n, 7), points("y", seed, m, 7));
        let full = |gaussian: &Gaussian| {
            let mean = tensor_from_slice(gaussian.mean(), &[7]).expect("a mean");
            Gaussian::new(&mean, &gaussian.covariance().expect("a covariance")).expect("a distribution")
        };
        let (gx, gy) = (fit(&x), fit(&y));
        let difference = (cost(&gx, &gy) - cost(&full(&gx), &full(&gy))).abs();
        // The covariance of few points is singular: the root of its rounded zeros is some 1e-8.
        prop_assert!(difference <= 1e-6 * (gx.trace() + gy.trace()), "{difference}");
    }

    #[test]
    fn diagonal_covariances_are_one_line_a_feature(
        features in proptest::collection::vec((-3.0..3.0_f64, -3.0..3.0_f64, 0.0..4.0_f64, 0.0..4.0_f64), 1..6),
    ) {
        let column = |pick: fn(&(f64, f64, f64, f64)) -> f64| features.iter().map(pick).collect::<Vec<f64>>();
        let source = Gaussian::diagonal(&column(|f| f.0), &column(|f| f.2)).expect("a distribution");
        let target = Gaussian::diagonal(&column(|f| f.1), &column(|f| f.3)).expect("a distribution");
        let by_line: f64 = features.iter().map(|(m1, m2, v1, v2)| (m1 - m2).powi(2) + (v1.sqrt() - v2.sqrt()).powi(2)).sum();
        prop_assert!((cost(&source, &target) - by_line).abs() < 1e-12 * (1.0 + by_line));
        // The same by the general formula, on one side and on both.
        let full = |gaussian: &Gaussian| {
            let mean = tensor_from_slice(gaussian.mean(), &[gaussian.n_features() as i64]).expect("a mean");
            Gaussian::new(&mean, &gaussian.covariance().expect("a covariance")).expect("a distribution")
        };
        prop_assert!((cost(&full(&source), &target) - by_line).abs() < 1e-11 * (1.0 + by_line));
        prop_assert!((cost(&full(&source), &full(&target)) - by_line).abs() < 1e-11 * (1.0 + by_line));
    }
}
