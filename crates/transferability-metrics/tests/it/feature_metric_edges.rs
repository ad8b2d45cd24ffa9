//! Degenerate samples end in a finite score or a typed error, and parameters out of range are refused.

use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::{
    ClassAveraging, Degeneracy, Error, GaussianShape, Gbc, Lfc, Metric, NLeep, Parc, Sample, Sfda, TransRate,
    VarianceEstimate,
};

use crate::samples::{sample, sample_of};

/// A few roundings of numbers of order 1.
const ROUNDING: f64 = 1e-14;

fn metrics() -> Vec<Box<dyn Metric>> {
    vec![
        Box::new(TransRate::default()),
        Box::new(TransRate {
            averaging: ClassAveraging::ClassFrequency,
            ..TransRate::default()
        }),
        Box::new(Gbc::default()),
        Box::new(Gbc {
            shape: GaussianShape::Diagonal,
            n_components: None,
            ..Gbc::default()
        }),
        Box::new(Gbc {
            variance: VarianceEstimate::Sample,
            ..Gbc::default()
        }),
        Box::new(Lfc),
        Box::new(Parc::default()),
        Box::new(Parc {
            n_components: None,
            ..Parc::default()
        }),
        Box::new(Sfda::default()),
        Box::new(Sfda { shrinkage: Some(0.5) }),
        Box::new(Sfda { shrinkage: Some(0.0) }),
        Box::new(NLeep::default()),
    ]
}

fn normal(seed: u64, shape: [i64; 2]) -> Tensor {
    random::normal(&mut Seed::new(seed).stream("edges", 0), &shape, Kind::Double).expect("draws")
}

fn labels(n: i64, n_classes: i64) -> Vec<i64> {
    (0..n).map(|row| row % n_classes).collect()
}

fn degenerate_samples() -> Vec<(&'static str, Sample)> {
    let mut one_constant = normal(1, [12, 4]);
    let _ = one_constant.select(1, 2).fill_(0.1);
    one_constant = one_constant.contiguous();
    let twice = |rows: &Tensor| Tensor::cat(&[rows, rows], 0);
    let mut one_alone = labels(11, 2);
    one_alone.push(7);
    vec![
        (
            "all features constant",
            sample(
                &(Tensor::zeros([12, 4], (Kind::Double, tensor_core::Device::Cpu)) + 0.1),
                &labels(12, 3),
            ),
        ),
        (
            "all features zero",
            sample(
                &Tensor::zeros([12, 4], (Kind::Float, tensor_core::Device::Cpu)),
                &labels(12, 3),
            ),
        ),
        ("one constant feature", sample(&one_constant, &labels(12, 3))),
        (
            "duplicate features",
            sample(&normal(2, [12, 2]).repeat([1, 3]), &labels(12, 3)),
        ),
        (
            "duplicate rows of one class",
            sample(&twice(&normal(3, [6, 3])), &labels(12, 2)),
        ),
        (
            "duplicate rows of two classes",
            sample(&twice(&normal(3, [5, 3])), &labels(10, 2)),
        ),
        (
            "classes that are points",
            sample(&normal(4, [3, 5]).repeat([4, 1]), &labels(12, 3)),
        ),
        ("a class of one sample", sample(&normal(5, [12, 4]), &one_alone)),
        (
            "every class of one sample",
            sample(&normal(6, [6, 4]), &labels(6, 6)),
        ),
        (
            "more classes than features",
            sample(&normal(7, [24, 2]), &labels(24, 8)),
        ),
        (
            "more features than samples",
            sample(&normal(8, [8, 40]), &labels(8, 2)),
        ),
        ("a single feature", sample(&normal(9, [12, 1]), &labels(12, 3))),
        ("two samples", sample(&normal(10, [2, 3]), &[0, 1])),
        ("three samples", sample(&normal(11, [3, 3]), &[0, 1, 1])),
        (
            "tiny features",
            sample(&(normal(12, [12, 4]) * 1e-150), &labels(12, 3)),
        ),
        (
            "huge features",
            sample(&(normal(13, [12, 4]) * 1e150), &labels(12, 3)),
        ),
        (
            "features whose squares overflow",
            sample(&(normal(14, [12, 4]) * 1e200), &labels(12, 3)),
        ),
        (
            "a large common offset",
            sample(&(normal(15, [12, 4]) * 1e-3 + 1e6), &labels(12, 3)),
        ),
    ]
}

#[test]
fn every_degenerate_sample_ends_in_a_finite_score_or_a_typed_error() {
    for (name, sample) in degenerate_samples() {
        for metric in metrics() {
            match metric.score(&sample) {
                Ok(score) => assert!(score.is_finite(), "{metric:?} on {name}: {score}"),
                Err(Error::Undefined { metric: named, .. }) => assert_eq!(named, metric.name()),
                Err(Error::Core(
                    tensor_core::Error::NotPositiveDefinite { .. } | tensor_core::Error::NonFinite { .. },
                )) => {}
                Err(other) => unreachable!("{metric:?} on {name}: {other}"),
            }
        }
    }
}

#[test]
fn constant_features_are_named_where_they_matter() {
    let constant = sample_of(&[0.1; 12], &[0, 0, 1, 1]);
    let degeneracy = |metric: &dyn Metric| match metric.score(&constant) {
        Err(Error::Undefined { degeneracy, .. }) => Some(degeneracy),
        _ => None,
    };
    assert_eq!(degeneracy(&Lfc), Some(Degeneracy::ConstantFeatures));
    assert_eq!(
        degeneracy(&Sfda::default()),
        Some(Degeneracy::ConstantWithinClasses)
    );
    assert_eq!(
        degeneracy(&Parc::default()),
        Some(Degeneracy::ConstantRow { row: 0 })
    );
    // Classes that coincide, and a coding rate of zero.
    assert_eq!(Gbc::default().score(&constant).expect("floored"), -2.0);
    assert_eq!(TransRate::default().score(&constant).expect("regular"), 0.0);
    // One component: the posterior says nothing, and P(y) = 1/2.
    assert!((NLeep::default().score(&constant).expect("regularised") + 2.0_f64.ln()).abs() < ROUNDING);
}

#[test]
fn a_class_of_one_sample_takes_the_floor_or_is_an_error() {
    // Means 0 and 1, floor variance 1/8 each: D_B = (1 / (1/8)) / 8 = 1.
    let single = sample_of(&[0.0, 1.0], &[3, 5]);
    let metric = Gbc {
        variance_floor: 0.125,
        ..Gbc::default()
    };
    let score = metric.score(&single).expect("floored");
    assert!((score + 2.0 * (-1.0_f64).exp()).abs() < ROUNDING, "{score}");
    let error = Gbc {
        variance: VarianceEstimate::Sample,
        ..metric
    }
    .score(&single)
    .expect_err("one sample");
    assert_eq!(
        error.to_string(),
        "`gbc` is undefined: class 3 stands for 1 samples and a sample variance needs more than 1"
    );
    // Weight 2 stands for two equal samples.
    let doubled = single.with_weights(&[2.0, 2.0]).expect("weights");
    let score = Gbc {
        variance: VarianceEstimate::Sample,
        ..metric
    }
    .score(&doubled)
    .expect("floored");
    assert!((score + 2.0 * (-1.0_f64).exp()).abs() < ROUNDING, "{score}");
}

#[test]
fn parc_says_why_it_is_undefined() {
    let degeneracy = |sample: &Sample, metric: Parc| match metric.score(sample) {
        Err(Error::Undefined { degeneracy, .. }) => Some(degeneracy),
        _ => None,
    };
    let raw = Parc {
        n_components: None,
        ..Parc::default()
    };
    let alone = sample(&normal(16, [4, 5]), &[0, 1, 2, 3]);
    assert_eq!(degeneracy(&alone, raw), Some(Degeneracy::NoPairWithinClass));
    // Row 2 is the mean of the features: standardised, (0, 0, 0).
    let values = [
        1.0, 2.0, -3.0, -1.0, -2.0, 3.0, 0.0, 0.0, 0.0, 2.0, -1.0, 1.0, -2.0, 1.0, -1.0,
    ];
    let middle = sample_of(&values, &[0, 0, 1, 1, 0]);
    assert_eq!(degeneracy(&middle, raw), Some(Degeneracy::ConstantRow { row: 2 }));
    let pair = sample_of(&[0.0, 1.0, 1.0, 0.0, 1.0, 0.0], &[0, 1, 1]);
    assert_eq!(degeneracy(&pair, raw), None);
    let equal = sample_of(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], &[0, 0, 1]);
    assert_eq!(degeneracy(&equal, raw), Some(Degeneracy::EqualDistances));
}

#[test]
fn weights_are_refused_by_name_where_there_is_no_weighted_form() {
    for metric in metrics() {
        let weighted = sample(&normal(17, [12, 4]), &labels(12, 2))
            .with_weights(&[1.5; 12])
            .expect("weights");
        let outcome = metric.score(&weighted);
        if metric.takes_weights() {
            assert!(
                !matches!(outcome, Err(Error::WeightsUnsupported { .. })),
                "{metric:?}"
            );
        } else {
            assert!(
                matches!(outcome, Err(Error::WeightsUnsupported { metric: name }) if name == metric.name())
            );
        }
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let good = sample(&normal(18, [12, 4]), &labels(12, 2));
    let refused = |metric: &dyn Metric, name: &str| match metric.score(&good) {
        Err(Error::Core(tensor_core::Error::Parameter { name: got, .. })) => {
            assert_eq!(got, name, "{metric:?}");
        }
        other => unreachable!("{metric:?} gives {other:?}"),
    };
    for bad in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused(
            &TransRate {
                epsilon: bad,
                ..TransRate::default()
            },
            "epsilon",
        );
        refused(
            &Gbc {
                variance_floor: bad,
                ..Gbc::default()
            },
            "variance_floor",
        );
    }
    refused(
        &Gbc {
            n_components: Some(0),
            ..Gbc::default()
        },
        "n_components",
    );
    for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        refused(&Sfda { shrinkage: Some(bad) }, "shrinkage");
    }
    refused(
        &Parc {
            n_components: Some(0),
            ..Parc::default()
        },
        "n_components",
    );
    refused(
        &Parc {
            max_samples: Some(1),
            ..Parc::default()
        },
        "max_samples",
    );
    for bad in [0.0, 1.0, -0.5, f64::NAN] {
        refused(
            &NLeep {
                variance: bad,
                ..NLeep::default()
            },
            "variance",
        );
    }
    for bad in [-1e-9, f64::NAN, f64::INFINITY] {
        refused(
            &NLeep {
                regularization: bad,
                ..NLeep::default()
            },
            "regularization",
        );
        refused(
            &NLeep {
                tolerance: bad,
                ..NLeep::default()
            },
            "tolerance",
        );
    }
    refused(
        &NLeep {
            components_per_class: 0,
            ..NLeep::default()
        },
        "components_per_class",
    );
    refused(
        &NLeep {
            max_iterations: 0,
            ..NLeep::default()
        },
        "max_iterations",
    );
}
