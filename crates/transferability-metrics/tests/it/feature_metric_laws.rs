//! Laws of the metrics that compare classes of features: what must not change a score, and between which bounds it
//! lies.

use golden::compare;
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor, convert, linalg, random};
use transferability_metrics::{
    ClassAveraging, GaussianShape, Gbc, Lfc, Metric, NLeep, Parc, Sample, Sfda, TransRate, VarianceEstimate,
};

use crate::samples::{drawn, sample};

/// Two orders of the same sums, through factorisations of condition up to 1e6.
const RTOL: f64 = 1e-8;
/// The same for scores near zero.
const ATOL: f64 = 1e-9;

/// `epsilon` and `variance_floor` of the tests: at the default 1e-4 a log-determinant of 30 null directions would
/// hide what is tested.
const EPSILON: f64 = 0.1;
const FLOOR: f64 = 0.05;

fn transrates() -> Vec<TransRate> {
    [ClassAveraging::UniformClasses, ClassAveraging::ClassFrequency]
        .into_iter()
        .map(|averaging| TransRate {
            epsilon: EPSILON,
            averaging,
        })
        .collect()
}

fn gbcs() -> Vec<Gbc> {
    let mut metrics = Vec::new();
    for shape in [
        GaussianShape::Diagonal,
        GaussianShape::Spherical,
        GaussianShape::SphericalLogOnce,
    ] {
        for n_components in [None, Some(3)] {
            for variance in [VarianceEstimate::Population, VarianceEstimate::Sample] {
                metrics.push(Gbc {
                    shape,
                    n_components,
                    variance,
                    variance_floor: FLOOR,
                });
            }
        }
    }
    metrics
}

fn sfdas() -> [Sfda; 2] {
    [Sfda::default(), Sfda { shrinkage: Some(0.2) }]
}

fn boxed<M: Metric + 'static>(metrics: impl IntoIterator<Item = M>) -> Vec<Box<dyn Metric>> {
    metrics
        .into_iter()
        .map(|metric| Box::new(metric) as Box<dyn Metric>)
        .collect()
}

/// The metrics that take weights.
fn weighted() -> Vec<Box<dyn Metric>> {
    let mut metrics = boxed(transrates());
    metrics.extend(boxed(gbcs()));
    metrics.extend(boxed([Lfc]));
    metrics.extend(boxed(sfdas()));
    metrics
}

fn parc(n_components: Option<usize>) -> Parc {
    Parc {
        n_components,
        ..Parc::default()
    }
}

/// Asserts that a metric scores two samples alike, or is undefined on both.
fn assert_same(metric: &dyn Metric, left: &Sample, right: &Sample) -> std::result::Result<(), TestCaseError> {
    match (metric.score(left), metric.score(right)) {
        (Ok(left), Ok(right)) => {
            let same = compare(&[left], &[right], &[], RTOL, ATOL);
            prop_assert!(same.is_ok(), "{metric:?} scores {left} and {right}");
        }
        (Err(left), Err(right)) => prop_assert_eq!(left.to_string(), right.to_string()),
        (left, right) => prop_assert!(false, "{metric:?} gives {left:?} and {right:?}"),
    }
    Ok(())
}

fn rotation(seed: u64, n: i64) -> Tensor {
    let square =
        random::normal(&mut Seed::new(seed).stream("rotation", 0), &[n, n], Kind::Double).expect("draws");
    linalg::svd(&square).expect("a matrix").u
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_the_rows_does_not_matter(drawn in drawn(), seed: u64) {
        let order = random::permutation(&mut Seed::new(seed).stream("order", 0), drawn.labels.len());
        let original = drawn.sample();
        let shuffled = original.select(&order).expect("rows");
        for metric in weighted() {
            assert_same(&*metric, &original, &shuffled)?;
        }
        if drawn.rows.size()[1] > 1 {
            assert_same(&parc(None), &original, &shuffled)?;
        }
    }

    #[test]
    fn the_names_of_the_classes_do_not_matter(drawn in drawn()) {
        let renamed: Vec<i64> = drawn.labels.iter().map(|class| 100 - 7 * class).collect();
        for metric in weighted() {
            assert_same(&*metric, &drawn.sample(), &sample(&drawn.rows, &renamed))?;
        }
        if drawn.rows.size()[1] > 1 {
            assert_same(&parc(None), &drawn.sample(), &sample(&drawn.rows, &renamed))?;
        }
    }

    #[test]
    fn integer_weights_count_as_repeated_rows(drawn in drawn(), seed: u64) {
        let n = drawn.labels.len();
        let draws = random::uniform(&mut Seed::new(seed).stream("weights", 0), 1.0, 4.0, &[n as i64], Kind::Double);
        let draws = convert::vector::<f64>("weights", &draws.expect("draws")).expect("f64");
        let weights: Vec<f64> = draws.iter().map(|draw| draw.floor()).collect();
        let repeated: Vec<usize> = (0..n).flat_map(|row| vec![row; weights[row] as usize]).collect();
        let weighted_sample = drawn.sample().with_weights(&weights).expect("weights");
        let repeated_sample = drawn.sample().select(&repeated).expect("rows");
        for metric in weighted() {
            assert_same(&*metric, &weighted_sample, &repeated_sample)?;
        }
    }

    #[test]
    fn weights_of_zero_and_one_select(drawn in drawn()) {
        let n = drawn.labels.len();
        // The first samples are two of each class: drop some of the rest.
        let weights: Vec<f64> = (0..n).map(|row| if row >= 8 && row % 3 == 0 { 0.0 } else { 1.0 }).collect();
        let kept: Vec<usize> = (0..n).filter(|&row| weights[row] > 0.0).collect();
        for metric in weighted() {
            let weighted_sample = drawn.sample().with_weights(&weights).expect("weights");
            assert_same(&*metric, &weighted_sample, &drawn.sample().select(&kept).expect("rows"))?;
        }
    }

    #[test]
    fn a_rotation_changes_nothing(drawn in drawn(), seed: u64) {
        let rotated = drawn.rows.matmul(&rotation(seed, drawn.rows.size()[1]));
        let mut metrics = boxed(transrates());
        metrics.extend(boxed([Lfc]));
        metrics.extend(boxed(sfdas()));
        metrics.extend(boxed([Gbc { n_components: Some(3), variance_floor: FLOOR, ..Gbc::default() }]));
        for metric in metrics {
            assert_same(&*metric, &drawn.sample(), &sample(&rotated, &drawn.labels))?;
        }
    }

    #[test]
    fn an_offset_changes_nothing(drawn in drawn()) {
        let moved = &drawn.rows + 30.0;
        let mut metrics = boxed(transrates());
        metrics.extend(boxed(gbcs()));
        metrics.extend(boxed(sfdas()));
        if drawn.rows.size()[1] > 1 {
            metrics.extend(boxed([parc(None)]));
        }
        for metric in metrics {
            assert_same(&*metric, &drawn.sample(), &sample(&moved, &drawn.labels))?;
        }
    }

    #[test]
    fn a_scale_changes_nothing_that_has_no_unit(drawn in drawn(), exponent in -60..60_i32) {
        let scale = 10.0_f64.powi(exponent);
        let scaled = sample(&(&drawn.rows * scale), &drawn.labels);
        assert_same(&Lfc, &drawn.sample(), &scaled)?;
        assert_same(&Sfda { shrinkage: Some(0.2) }, &drawn.sample(), &scaled)?;
        if drawn.rows.size()[1] > 1 {
            assert_same(&parc(None), &drawn.sample(), &scaled)?;
        }
        for metric in transrates() {
            let expected = metric.score(&drawn.sample()).expect("regular");
            let actual = TransRate { epsilon: EPSILON * scale * scale, ..metric }.score(&scaled).expect("regular");
            prop_assert!(compare(&[actual], &[expected], &[], RTOL, ATOL).is_ok(), "{actual} {expected}");
        }
        for metric in gbcs() {
            let expected = metric.score(&drawn.sample()).expect("regular");
            let floored = Gbc { variance_floor: FLOOR * scale * scale, ..metric };
            let actual = floored.score(&scaled).expect("regular");
            prop_assert!(compare(&[actual], &[expected], &[], RTOL, ATOL).is_ok(), "{actual} {expected}");
        }
    }

    #[test]
    fn scores_lie_in_their_bounds(drawn in drawn()) {
        let sample = drawn.sample();
        let n_pairs = (sample.labels().n_classes() * (sample.labels().n_classes() - 1)) as f64;
        for metric in gbcs() {
            let score = metric.score(&sample).expect("regular");
            prop_assert!((-n_pairs - ATOL..=0.0).contains(&score), "{metric:?}: {score}");
        }
        let lfc = Lfc.score(&sample).expect("regular");
        prop_assert!(lfc.abs() <= 1.0 + ATOL, "{lfc}");
        for metric in sfdas() {
            let score = metric.score(&sample).expect("regular");
            prop_assert!((0.0..=1.0 + ATOL).contains(&score), "{score}");
        }
        // log det is concave, and the covariance is the mean of those of the classes.
        let transrate = transrates()[1].score(&sample).expect("regular");
        prop_assert!(transrate >= -ATOL, "{transrate}");
        let n_leep = NLeep::default().fit(&sample).expect("regular");
        prop_assert!(n_leep.score <= ATOL, "{}", n_leep.score);
        prop_assert!(n_leep.n_components <= drawn.labels.len() / 2);
        if drawn.rows.size()[1] > 2 {
            let score = parc(Some(32)).score(&sample).expect("regular");
            prop_assert!(score.abs() <= 100.0 + ATOL, "{score}");
        }
    }

    #[test]
    fn lfc_is_the_correlation_of_the_entries(drawn in drawn(), offset in -3.0..3.0_f64) {
        let rows = &drawn.rows + offset;
        let kernel = convert::vector::<f64>("kernel", &rows.matmul(&rows.tr()).flatten(0, 1)).expect("f64");
        let agreement: Vec<f64> = drawn
            .labels
            .iter()
            .flat_map(|left| drawn.labels.iter().map(move |right| if left == right { 1.0 } else { -1.0 }))
            .collect();
        let expected = tensor_core::numeric::pearson(&kernel, &agreement).expect("equal lengths").expect("not constant");
        let actual = Lfc.score(&sample(&rows, &drawn.labels)).expect("regular");
        prop_assert!((actual - expected).abs() < ATOL, "{actual} {expected}");
    }

    #[test]
    fn n_leep_depends_on_the_seed_alone(drawn in drawn(), seed: u64) {
        let metric = NLeep { seed: Seed::new(seed), ..NLeep::default() };
        prop_assert_eq!(metric.fit(&drawn.sample()).expect("regular"), metric.fit(&drawn.sample()).expect("regular"));
    }
}

#[test]
fn n_leep_of_features_that_are_the_classes_is_zero() {
    let labels: Vec<i64> = (0..60).map(|row| row % 3).collect();
    let one_hot = Tensor::eye(3, (Kind::Double, tensor_core::Device::Cpu))
        .index_select(0, &Tensor::from_slice(&labels));
    let fit = NLeep::default().fit(&sample(&one_hot, &labels)).expect("regular");
    assert!(fit.score.abs() < ATOL, "{fit:?}");
    assert_eq!((fit.n_dimensions, fit.n_components, fit.converged), (2, 3, true));
}

#[test]
fn single_and_double_precision_features_agree() {
    let drawn = crate::samples::Drawn::new(9, 40, 6, 3);
    let single = drawn.rows.to_kind(Kind::Float);
    let widened = single.to_kind(Kind::Double);
    for metric in weighted() {
        let from_single = metric.score(&sample(&single, &drawn.labels)).expect("regular");
        let from_double = metric.score(&sample(&widened, &drawn.labels)).expect("regular");
        assert_eq!(from_single, from_double, "{metric:?}");
    }
}
