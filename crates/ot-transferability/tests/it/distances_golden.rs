//! Dataset distances and metrics from plans against numbers from other programs.

use golden::{Golden, Result};
use ot_transferability::{
    CovarianceShape, DatasetMetric, DomainDistance, DomainEstimate, EntropyEstimate, Epsilon, FeatureScale,
    FromSource, GaussianFit, Given, GroundCost, JcNce, LabelDistance, OtNce, Otce, OtceCoefficients, Otdd,
    Sinkhorn, SinkhornDivergence, SourceSample,
};
use tensor_core::convert;
use transferability_metrics::{Metric, Sample};

use crate::pairs::{Rows, on_the_line};

/// Three terms of order 1.
const FEW_ROUNDINGS: f64 = 1e-15;
/// A plan of a dozen points, found by another program.
const RTOL: f64 = 1e-10;

const DIAGONAL: GaussianFit = GaussianFit {
    shape: CovarianceShape::Diagonal,
    normalization: ot_transferability::Normalization::Population,
    shrinkage: 0.0,
    regularization: 0.0,
};

/// The two samples of a name, and whether the target is weighted.
fn pair(golden: &Golden, name: &str, weighted: bool) -> (SourceSample, Sample) {
    let rows = |side: &str| {
        let (shape, values) = golden.array(&format!("{name}.{side}")).expect("a matrix");
        Rows {
            points: convert::tensor_from_slice(&values, &[shape[0] as i64, shape[1] as i64])
                .expect("a matrix"),
            labels: golden.integers(&format!("{side}.labels")).expect("labels"),
        }
    };
    let target = rows("target").target();
    let target = if weighted {
        let (_, weights) = golden.array("weights").expect("weights");
        target.with_weights(&weights).expect("a weight a row")
    } else {
        target
    };
    (rows("source").source(), target)
}

/// Calls `check` with each pair of samples and the stem of its values.
fn for_each_pair(mut check: impl FnMut(&Golden, &str, &SourceSample, &Sample)) -> Result<()> {
    let golden = Golden::load("tests/golden/distances.json")?;
    for name in ["narrow", "wide"] {
        for (mass, weighted) in [("uniform", false), ("weighted", true)] {
            let (source, target) = pair(&golden, name, weighted);
            check(&golden, &format!("{name}.{mass}"), &source, &target);
        }
    }
    Ok(())
}

fn label_distances() -> [(&'static str, LabelDistance); 4] {
    [
        ("means", LabelDistance::ClassMeans),
        ("diagonal", LabelDistance::Gaussian(DIAGONAL)),
        ("full", LabelDistance::default()),
        ("exact", LabelDistance::Exact),
    ]
}

#[test]
fn four_points_on_the_line() {
    let source = on_the_line(&[0.0, 1.0, 4.0, 5.0], &[0, 0, 1, 1]).source();
    let target = on_the_line(&[0.5, 1.5, 3.5, 4.5], &[0, 1, 1, 1]).target();
    let measured = OtNce::default().measure(&source, &target).expect("a plan");
    golden::assert_close(&[measured.coupling.cost], &[0.25], FEW_ROUNDINGS, 0.0);
    assert_eq!(measured.coupling.joint.values(), [0.25, 0.25, 0.0, 0.5]);
    golden::assert_close(
        &[measured.conditional_entropy],
        &[0.346_573_590_279_972_64],
        FEW_ROUNDINGS,
        0.0,
    );
    let backward = OtNce {
        given: Given::Columns,
        ..OtNce::default()
    };
    let backward = backward.score(&source, &target).expect("a plan");
    golden::assert_close(&[backward], &[-0.477_385_626_221_109_7], FEW_ROUNDINGS, 0.0);
}

#[test]
fn ot_nce() -> Result<()> {
    for_each_pair(|golden, key, source, target| {
        let measured = OtNce::default().measure(source, target).expect("a plan");
        let joint = &measured.coupling.joint;
        golden.assert_scalar(&format!("{key}.domain"), measured.coupling.cost);
        golden.assert_array(&format!("{key}.joint"), joint.values());
        golden.assert_scalar(
            &format!("{key}.target_given_source"),
            measured.conditional_entropy,
        );
        let backward = joint.conditional_entropy(Given::Columns, EntropyEstimate::PlugIn);
        golden.assert_scalar(&format!("{key}.source_given_target"), backward);
        let mutual = joint.mutual_information(EntropyEstimate::PlugIn);
        golden.assert_scalar(&format!("{key}.mutual_information"), mutual);
    })
}

#[test]
fn jc_nce() -> Result<()> {
    for_each_pair(|golden, key, source, target| {
        for (method, label_distance) in label_distances() {
            let metric = JcNce {
                label_distance,
                ..JcNce::default()
            };
            let measured = metric.measure(source, target).expect("a plan");
            golden.assert_scalar(&format!("{key}.jc_nce.{method}.cost"), measured.coupling.cost);
            golden.assert_scalar(
                &format!("{key}.jc_nce.{method}.entropy"),
                measured.conditional_entropy,
            );
        }
    })
}

#[test]
fn otdd() -> Result<()> {
    for_each_pair(|golden, key, source, target| {
        for (method, label_distance) in label_distances() {
            for p in [1.0, 2.0, 3.0] {
                let metric = Otdd {
                    p,
                    label_distance,
                    ..Otdd::default()
                };
                let measured = metric.measure(source, target).expect("a plan");
                golden.assert_scalar(&format!("{key}.otdd.{method}.{p}"), measured.distance);
            }
        }
    })
}

#[test]
fn domain_distance() -> Result<()> {
    for_each_pair(|golden, key, source, target| {
        let plain = DomainDistance::default();
        let epsilon = golden.scalar(&format!("{key}.epsilon")).expect("a number");
        let sinkhorn = Sinkhorn {
            epsilon: Epsilon::absolute(epsilon),
            tolerance: 1e-13,
            ..Sinkhorn::default()
        };
        let estimated = |estimate| DomainDistance { estimate, ..plain };
        let scaled = |scale| DomainDistance { scale, ..plain };
        let variants = [
            ("domain", plain),
            ("domain.unit_rows", scaled(FeatureScale::UnitRows)),
            ("domain.total_variance", scaled(FeatureScale::TotalVariance)),
            (
                "domain.euclidean",
                DomainDistance {
                    ground: GroundCost::Euclidean,
                    ..plain
                },
            ),
            (
                "domain.bures",
                estimated(DomainEstimate::Bures(GaussianFit::default())),
            ),
            (
                "domain.sinkhorn_divergence",
                estimated(DomainEstimate::SinkhornDivergence(SinkhornDivergence {
                    sinkhorn,
                })),
            ),
        ];
        for (name, metric) in variants {
            let measured = metric.measure(source, target).expect("a distance");
            golden.assert_scalar(&format!("{key}.{name}"), measured.value);
            golden.assert_scalar(&format!("{key}.total_variance"), measured.total_variance);
            let score = -metric.score(source, target).expect("a score");
            golden.assert_scalar(&format!("{key}.{name}"), score);
        }
    })
}

#[test]
fn otce() -> Result<()> {
    let golden = Golden::load("tests/golden/distances.json")?;
    let array = |name: &str| golden.array(&format!("otce.{name}")).expect("an array").1;
    let (domain, task, accuracy) = (array("domain"), array("task"), array("accuracy"));
    let fitted = OtceCoefficients::fit(&domain, &task, &accuracy).expect("a fit");
    golden.assert_array(
        "otce.coefficients",
        &[fitted.domain, fitted.task, fitted.intercept],
    );
    let standardized = OtceCoefficients::fit_standardized(&domain, &task, &accuracy).expect("a fit");
    golden.assert_array(
        "otce.standardized",
        &[standardized.domain, standardized.task, standardized.intercept],
    );
    for coefficients in [fitted, standardized] {
        golden.assert_scalar("otce.predicted", coefficients.predict(2.0, 1.5));
        let explained = coefficients
            .r_squared(&domain, &task, &accuracy)
            .expect("a share");
        golden.assert_scalar("otce.r_squared", explained.expect("accuracies that vary"));
    }

    let (source, target) = pair(&golden, "narrow", true);
    let terms = [
        golden.scalar("narrow.weighted.domain")?,
        golden.scalar("narrow.weighted.target_given_source")?,
    ];
    let metric = FromSource {
        metric: Otce {
            coefficients: fitted,
            transport: OtNce::default(),
        },
        source: source.into(),
    };
    let expected = fitted.predict(terms[0], terms[1]);
    golden::assert_close(
        &[Metric::score(&metric, &target).expect("a score")],
        &[expected],
        RTOL,
        0.0,
    );
    Ok(())
}
