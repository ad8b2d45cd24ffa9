//! Parameters and samples that the dataset distances refuse or take at their edges.

use ot_transferability::{
    DatasetMetric, DomainDistance, DomainEstimate, Error, FeatureScale, FromSource, GaussianFit, JcNce,
    LabelDistance, Normalization, OtNce, Otce, OtceCoefficients, Otdd, Solver, SourceSample, SplitHalf,
};
use tensor_core::convert::tensor_from_slice;
use transferability_metrics::{Features, Labels, Metric, Sample};

use crate::pairs::{Rows, on_the_line};

/// Two means, a variance and three masses.
const RTOL: f64 = 1e-14;

fn four() -> Rows {
    on_the_line(&[0.0, 1.0, 4.0, 5.0], &[0, 0, 1, 1])
}

fn metrics() -> Vec<Box<dyn DatasetMetric>> {
    vec![
        Box::new(OtNce::default()),
        Box::new(JcNce::default()),
        Box::new(Otdd::default()),
        Box::new(DomainDistance::default()),
    ]
}

#[test]
fn constant_labels_and_lengths_that_differ_are_refused() {
    let constant = Labels::new(&[3, 3, 3, 3]).expect_err("one class");
    assert_eq!(
        constant.to_string(),
        "labels holds one class only (3, 4 times): expected at least 2 classes"
    );
    let features = Features::new(four().points).expect("features");
    let refused = SourceSample::new(&features, Labels::new(&[0, 1, 1]).expect("labels"));
    assert_eq!(
        refused.expect_err("3 labels for 4 rows").to_string(),
        "features has 4 entries and labels has 3: they must agree"
    );
    let one_class = four().source().with_weights(&[1.0, 2.0, 0.0, 0.0]);
    assert!(matches!(
        one_class,
        Err(Error::Sample(transferability_metrics::Error::OneClass {
            class: 0,
            ..
        }))
    ));
    assert!(matches!(
        four().source().with_weights(&[1.0; 3]),
        Err(Error::Core(_))
    ));
    assert!(matches!(
        four().source().with_weights(&[1.0, -1.0, 1.0, 1.0]),
        Err(Error::Core(_))
    ));
}

#[test]
fn another_extractor_and_missing_features_are_refused() {
    let wide = Rows {
        points: four().points.repeat([1, 2]),
        labels: four().labels,
    };
    let bare = Sample::new(Labels::new(&[0, 0, 1, 1]).expect("labels"));
    for metric in metrics() {
        let refused = metric.score(&four().source(), &wide.target());
        assert!(
            matches!(
                refused,
                Err(Error::Dimension {
                    source_features: 1,
                    target_features: 2
                })
            ),
            "{}",
            metric.name()
        );
        let missing = metric.score(&four().source(), &bare).expect_err("no features");
        assert_eq!(
            missing.to_string(),
            "the sample holds no features: the metric is computed from them"
        );
    }
    // An error of this crate passes through the metric with its message.
    let metric = FromSource {
        metric: OtNce::default(),
        source: four().source().into(),
    };
    let error = Metric::score(&metric, &wide.target()).expect_err("other features");
    assert!(
        error
            .to_string()
            .starts_with("the source points have 1 features and the target points 2")
    );
}

#[test]
fn a_class_of_one_sample_has_no_spread_and_no_sample_variance() {
    let source = on_the_line(&[0.0, 2.0, 7.0], &[0, 0, 1]);
    let target = on_the_line(&[1.0, 1.0, 7.0], &[0, 0, 1]);
    // Class 0 has mean 1 and variance 1 there, and mean 1 and variance 0 here; class 1 is one point on either side.
    let by = |fit| Otdd {
        label_distance: LabelDistance::Gaussian(fit),
        feature_weight: 0.0,
        ..Otdd::default()
    };
    let measured = by(GaussianFit::default()).measure(&source.source(), &target.target());
    golden::assert_close(&[measured.expect("a distance").cost], &[2.0 / 3.0], RTOL, 0.0);
    let sample_variance = by(GaussianFit {
        normalization: Normalization::Sample,
        ..GaussianFit::default()
    });
    let refused = sample_variance.measure(&source.source(), &target.target());
    assert!(matches!(refused, Err(Error::Core(_))));
}

#[test]
fn features_without_a_scale_are_refused() {
    let constant = on_the_line(&[0.0; 4], &[0, 0, 1, 1]);
    let scaled = |scale| DomainDistance {
        scale,
        ..DomainDistance::default()
    };
    let refused = scaled(FeatureScale::TotalVariance).score(&constant.source(), &constant.target());
    assert_eq!(
        refused.expect_err("no variance").to_string(),
        "`domain-distance` is undefined: all feature vectors are equal"
    );
    // A vector of zeros has no direction, and stays.
    let distance = scaled(FeatureScale::UnitRows).score(&four().source(), &four().target());
    assert!(distance.expect("a distance").is_finite());
    assert_eq!(
        DomainDistance::default()
            .score(&constant.source(), &constant.target())
            .expect("a distance"),
        0.0
    );
}

#[test]
fn parameters_out_of_range_are_refused() {
    let (source, target) = (four().source(), four().target());
    for feature_weight in [-0.1, 1.5, f64::NAN] {
        let metric = JcNce {
            feature_weight,
            ..JcNce::default()
        };
        assert!(
            matches!(metric.score(&source, &target), Err(Error::Core(_))),
            "{feature_weight}"
        );
    }
    let plain = Otdd::default();
    for metric in [
        Otdd { p: 0.5, ..plain },
        Otdd { p: f64::NAN, ..plain },
        Otdd {
            p: f64::INFINITY,
            ..plain
        },
        Otdd {
            feature_weight: -1.0,
            ..plain
        },
        Otdd {
            label_weight: f64::NAN,
            ..plain
        },
        Otdd {
            feature_weight: 0.0,
            label_weight: 0.0,
            ..plain
        },
    ] {
        assert!(
            matches!(metric.score(&source, &target), Err(Error::Core(_))),
            "{metric:?}"
        );
    }
    let no_split = DomainDistance {
        floor: SplitHalf {
            n_splits: 0,
            ..SplitHalf::default()
        },
        ..DomainDistance::default()
    };
    let error = no_split.score(&source, &target).expect_err("no split");
    assert_eq!(error.to_string(), "n_splits is 0: expected 1 or more");
}

#[test]
fn coefficients_that_nothing_determines_are_refused() {
    let varied = [0.0, 1.0, 2.0, 4.0];
    let accuracy = [0.9, 0.8, 0.8, 0.5];
    let fit = |domain: &[f64], task: &[f64]| OtceCoefficients::fit(domain, task, &accuracy[..domain.len()]);
    let few = fit(&varied[..3], &[1.0, 0.0, 1.0]).expect_err("three transfers");
    assert_eq!(few.to_string(), "accuracies has 3 entries: expected at least 4");
    let constant = fit(&varied, &[0.1; 4]).expect_err("a constant input");
    assert_eq!(
        constant.to_string(),
        "domain and task differences have rank 1: expected 2, so that no column is constant or follows from the others"
    );
    let collinear: Vec<f64> = varied.iter().map(|value| 0.3 * value + 0.1).collect();
    assert!(matches!(
        fit(&varied, &collinear),
        Err(Error::RankDeficient { rank: 1, .. })
    ));
    assert!(matches!(
        fit(&[2.0; 4], &[1.0; 4]),
        Err(Error::RankDeficient { rank: 0, .. })
    ));
    assert!(matches!(
        fit(&varied, &[0.0, 1.0, f64::NAN, 0.0]),
        Err(Error::Core(_))
    ));
    assert!(matches!(fit(&varied, &[0.0, 1.0]), Err(Error::Core(_))));
    let equal = OtceCoefficients::fit(&varied, &[0.0, 1.0, 0.0, 0.0], &[0.5; 4]).expect("a flat fit");
    let explained = equal
        .r_squared(&varied, &[0.0, 1.0, 0.0, 0.0], &[0.5; 4])
        .expect("accuracies");
    assert_eq!((equal.domain, equal.task, explained), (0.0, 0.0, None));
    // The mean of equal numbers may be rounded.
    let tenths = [0.1; 7];
    assert_eq!(
        equal.r_squared(&tenths, &tenths, &tenths).expect("accuracies"),
        None
    );
    let unknown = equal.r_squared(&[f64::NAN, 1.0], &[0.0, 1.0], &[0.5, 0.6]);
    assert!(matches!(unknown, Err(Error::Core(_))));
    let otce = Otce {
        coefficients: OtceCoefficients {
            intercept: f64::NAN,
            ..equal
        },
        transport: OtNce::default(),
    };
    let refused = otce
        .score(&four().source(), &four().target())
        .expect_err("no intercept");
    assert_eq!(refused.to_string(), "intercept is NaN: expected a finite number");
}

#[test]
fn parameters_survive_json_and_unknown_ones_are_refused() -> serde_json::Result<()> {
    let domain = DomainDistance {
        scale: FeatureScale::UnitRows,
        estimate: DomainEstimate::Bures(GaussianFit::default()),
        solver: Solver::Sinkhorn(ot_transferability::Sinkhorn::default()),
        ..DomainDistance::default()
    };
    let text = serde_json::to_string(&domain)?;
    assert_eq!(serde_json::from_str::<DomainDistance>(&text)?, domain);
    let otdd = Otdd::default();
    assert_eq!(
        serde_json::from_str::<Otdd>(&serde_json::to_string(&otdd)?)?,
        otdd
    );
    let brief = r#"{"label_distance": {"distance": "class-means"}, "p": 1.0}"#;
    let expected = Otdd {
        label_distance: LabelDistance::ClassMeans,
        p: 1.0,
        ..Otdd::default()
    };
    assert_eq!(serde_json::from_str::<Otdd>(brief)?, expected);
    for unknown in [
        r#"{"q": 1.0}"#,
        r#"{"label_distance": {"distance": "hamming"}}"#,
        r#"{"label_distance": {"distance": "gaussian", "q": 1}}"#,
        r#"{"solver": {"solver": "sinkhorn", "epsilom": 1}}"#,
    ] {
        assert!(serde_json::from_str::<Otdd>(unknown).is_err(), "{unknown}");
    }
    Ok(())
}

#[test]
fn a_target_of_two_rows_is_enough() {
    let target = Rows {
        points: tensor_from_slice(&[0.0, 5.0], &[2, 1]).expect("a column"),
        labels: vec![0, 1],
    };
    for metric in metrics() {
        let score = metric.score(&four().source(), &target.target()).expect("a score");
        assert!(score.is_finite(), "{}", metric.name());
    }
}
