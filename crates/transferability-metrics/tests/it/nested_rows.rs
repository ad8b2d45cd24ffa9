//! Subsets and nested stages: what `score_subset` and `score_nested` owe to `score`.

use golden::compare;
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor, convert, linalg, random};
use transferability_metrics::{
    Error, Features, GaussianShape, Gbc, HScore, Labels, Leep, LeepFullTable, LogMe, LogMeMode, Metric,
    NceMillerMadow, NestedRows, Probabilities, RegularizedHScore, Sample, TransRate, VarianceEstimate,
    catalogue,
};

/// Two orders of summing a Gram matrix differ by 2e-16 times its condition, which is 1e6 at most here, and a small
/// factor: differences of 5e-11 do occur.
const RTOL: f64 = 1e-8;
/// The same for scores near zero.
const ATOL: f64 = 1e-9;

/// Sums of at most 80 terms of one sign in two orders.
const RTOL_OF_SUMS: f64 = 1e-13;

/// The least ratio of singular values that a stage is compared at.
const LEAST_RATIO: f64 = 1e-3;

/// A sample in which classes differ in size, an order of its rows, and stages.
#[derive(Debug)]
struct Staged {
    sample: Sample,
    nested: NestedRows,
}

/// How the order of the rows is drawn.
#[derive(Debug, Clone, Copy)]
enum Order {
    Random,
    /// A row of class 0, then the classes from the last to the first: the others join late.
    ByClass,
}

fn draw_staged(seed: u64, n_samples: usize, n_features: usize, kind: Kind, order: Order) -> Staged {
    const N_CLASSES: usize = 4;
    let seed = Seed::new(seed);
    let draws = random::uniform(
        &mut seed.stream("labels", 0),
        0.0,
        1.0,
        &[n_samples as i64],
        Kind::Double,
    );
    let draws = convert::vector::<f64>("draws", &draws.expect("draws")).expect("draws");
    // The square makes class 0 the largest, with half of the rows.
    let labels: Vec<i64> = (0..n_samples)
        .map(|row| {
            if row < 2 * N_CLASSES {
                row % N_CLASSES
            } else {
                (draws[row].powi(2) * N_CLASSES as f64) as usize
            }
        })
        .map(|class| class as i64)
        .collect();
    let normal = |stream: &str, shape: [usize; 2]| {
        let shape = shape.map(|length| length as i64);
        random::normal(&mut seed.stream(stream, 0), &shape, Kind::Double).expect("draws")
    };
    let means = normal("means", [N_CLASSES, n_features]).index_select(0, &Tensor::from_slice(&labels));
    // Far from the origin, so that sums of raw products would lose digits.
    let rows = normal("noise", [n_samples, n_features]) + means + normal("offset", [1, n_features]) * 5.0;
    let probabilities = (normal("logits", [n_samples, 5]) * 2.0).softmax(1, Kind::Double);
    let sample = Sample::new(Labels::new(&labels).expect("labels"))
        .with_features(Features::new(rows.to_kind(kind)).expect("features"))
        .and_then(|sample| sample.with_probabilities(Probabilities::new(probabilities)?))
        .expect("a sample");
    let mut rows = random::permutation(&mut seed.stream("order", 0), n_samples);
    if let Order::ByClass = order {
        rows.sort_by_key(|&row| -labels[row]);
        let last = rows.pop().expect("a row");
        rows.insert(0, last);
    }
    let n_stages = 4;
    let lengths = (1..=n_stages)
        .map(|stage| (n_samples * stage).div_ceil(n_stages))
        .collect();
    Staged {
        sample,
        nested: NestedRows::new(rows, lengths).expect("stages"),
    }
}

fn staged(n_features: std::ops::Range<usize>) -> impl Strategy<Value = Staged> {
    let kinds = prop_oneof![Just(Kind::Float), Just(Kind::Double)];
    let orders = prop_oneof![Just(Order::Random), Just(Order::ByClass)];
    (any::<u64>(), 12..80_usize, n_features, kinds, orders).prop_map(
        |(seed, n_samples, n_features, kind, order)| draw_staged(seed, n_samples, n_features, kind, order),
    )
}

fn ascending(nested: &NestedRows, stage: usize) -> Vec<usize> {
    let mut rows = nested.prefix(stage).expect("a stage").to_vec();
    rows.sort_unstable();
    rows
}

fn all_metrics() -> Vec<Box<dyn Metric>> {
    let mut metrics = catalogue(Seed::new(3));
    metrics.extend::<[Box<dyn Metric>; 8]>([
        Box::new(NceMillerMadow),
        Box::new(LeepFullTable),
        Box::new(LogMe {
            mode: LogMeMode::Thuml,
        }),
        Box::new(LogMe {
            mode: LogMeMode::Tllib,
        }),
        Box::new(Gbc {
            n_components: Some(2),
            shape: GaussianShape::Diagonal,
            ..Gbc::default()
        }),
        Box::new(Gbc {
            n_components: None,
            variance: VarianceEstimate::Sample,
            ..Gbc::default()
        }),
        Box::new(TransRate {
            epsilon: 1.0,
            ..TransRate::default()
        }),
        Box::new(Gbc {
            shape: GaussianShape::SphericalLogOnce,
            ..Gbc::default()
        }),
    ]);
    metrics
}

/// Whether the singular values of the features of some rows, before and after centring, lie within a factor of 1000.
fn is_conditioned(sample: &Sample, rows: &[usize]) -> bool {
    let rows = sample.select(rows).expect("rows");
    let rows = rows.features().expect("features").tensor().to_kind(Kind::Double);
    let rank = rows.size().into_iter().min().expect("a shape") as usize;
    let within = |rows: &Tensor, rank: usize| {
        let values = linalg::svd(rows).expect("converges").values;
        let values = convert::vector::<f64>("singular values", &values).expect("values");
        values[rank - 1] >= LEAST_RATIO * values[0]
    };
    let centred = &rows - rows.mean_dim(0_i64, true, Kind::Double);
    let centred_rank = rank.min(rows.size()[0] as usize - 1);
    within(&rows, rank) && within(&centred, centred_rank)
}

/// Scores to the last bit, or the text of the error.
fn outcome<T: std::fmt::Debug>(scores: Result<T, Error>) -> String {
    match scores {
        Ok(scores) => format!("{scores:?}"),
        Err(error) => error.to_string(),
    }
}

/// Checks every stage against the subset of its rows: the same number, or the same error.
fn check_stages(metric: &dyn Metric, sample: &Sample, nested: &NestedRows) -> Result<(), TestCaseError> {
    let expected: Result<Vec<f64>, Error> = (0..nested.lengths().len())
        .map(|stage| metric.score_subset(sample, &ascending(nested, stage)))
        .collect();
    let actual = metric.score_nested(sample, nested);
    match (actual, expected) {
        (Ok(actual), Ok(expected)) => {
            for stage in 0..expected.len() {
                let rows = ascending(nested, stage);
                if rows.len() == sample.n_samples() {
                    prop_assert_eq!(
                        actual[stage].to_bits(),
                        metric.score(sample).expect("a score").to_bits()
                    );
                } else if is_conditioned(sample, &rows) {
                    compare(&actual[stage..=stage], &expected[stage..=stage], &[1], RTOL, ATOL).map_err(
                        |mismatch| TestCaseError::fail(format!("{metric:?}, stage {stage}: {mismatch}")),
                    )?;
                }
            }
        }
        (Err(actual), Err(expected)) => prop_assert_eq!(actual.to_string(), expected.to_string()),
        (actual, expected) => prop_assert!(false, "{metric:?}: {actual:?}, of the subsets {expected:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn stages_score_as_their_rows(staged in staged(1..9)) {
        for metric in all_metrics() {
            check_stages(&*metric, &staged.sample, &staged.nested)?;
        }
    }

    #[test]
    fn stages_with_fewer_rows_than_features_do_so_too(staged in staged(20..40)) {
        for metric in all_metrics() {
            check_stages(&*metric, &staged.sample, &staged.nested)?;
        }
    }

    #[test]
    fn weighted_stages_do_so_too(staged in staged(1..9)) {
        let weights: Vec<f64> = (0..staged.sample.n_samples()).map(|row| [1.0, 2.5, 0.75][row % 3]).collect();
        let sample = staged.sample.with_weights(&weights).expect("weights");
        for metric in all_metrics().into_iter().filter(Metric::takes_weights) {
            check_stages(&*metric, &sample, &staged.nested)?;
        }
    }

    #[test]
    fn all_rows_score_as_the_sample_to_the_last_bit(staged in staged(1..9)) {
        let rows: Vec<usize> = (0..staged.sample.n_samples()).collect();
        for metric in all_metrics() {
            let subset = outcome(metric.score_subset(&staged.sample, &rows));
            prop_assert_eq!(subset, outcome(metric.score(&staged.sample)));
        }
    }

    #[test]
    fn the_order_within_a_stage_changes_no_bit(staged in staged(1..9)) {
        let lengths = staged.nested.lengths().to_vec();
        let mut order = staged.nested.order().to_vec();
        order[..lengths[0]].reverse();
        order[lengths[0]..lengths[1]].rotate_left(1);
        let reordered = NestedRows::new(order, lengths).expect("stages");
        for metric in all_metrics() {
            let scores = outcome(metric.score_nested(&staged.sample, &staged.nested));
            prop_assert_eq!(outcome(metric.score_nested(&staged.sample, &reordered)), scores);
        }
    }

    #[test]
    fn counts_and_fixed_tables_score_stages_to_the_last_bit(staged in staged(1..9)) {
        let metrics = all_metrics();
        for metric in metrics.iter().filter(|metric| ["nce", "nce-mm", "leep-full-table"].contains(&metric.name())) {
            let scores = metric.score_nested(&staged.sample, &staged.nested).expect("scores");
            for (stage, score) in scores.into_iter().enumerate() {
                let expected = metric.score_subset(&staged.sample, &ascending(&staged.nested, stage));
                prop_assert_eq!(score.to_bits(), expected.expect("a score").to_bits());
            }
        }
    }

    #[test]
    fn leep_under_the_full_table_is_additive(staged in staged(1..3)) {
        let n_samples = staged.sample.n_samples();
        let of = |rows: &[usize]| Ok::<_, Error>(LeepFullTable.score_subset(&staged.sample, rows)? * rows.len() as f64);
        let (head, tail): (Vec<usize>, Vec<usize>) = (0..n_samples).partition(|row| row % 3 < 2);
        if let (Ok(head), Ok(tail)) = (of(&head), of(&tail)) {
            let whole = Leep.score(&staged.sample).expect("a score");
            compare(&[(head + tail) / n_samples as f64], &[whole], &[1], RTOL_OF_SUMS, 0.0)
                .map_err(|mismatch| TestCaseError::fail(mismatch.to_string()))?;
        }
    }
}

fn features_of(values: &[f64], labels: &[i64]) -> Sample {
    crate::samples::sample_of(values, labels)
}

#[test]
fn stages_that_cannot_be_scored_end_in_the_error_of_their_rows() {
    let Staged { sample, .. } = draw_staged(5, 24, 3, Kind::Double, Order::Random);
    // All of class 0, then another class.
    let classes = sample.labels().indices();
    let mut one_class: Vec<usize> = (0..24).filter(|&row| classes[row] <= 1).collect();
    one_class.sort_by_key(|&row| classes[row]);
    let cases = [
        (one_class, vec![2, 8]),
        (vec![0, 1, 2, 24], vec![3, 4]),
        (vec![0], vec![1]),
    ];
    for (order, lengths) in cases {
        let nested = NestedRows::new(order, lengths).expect("stages");
        for metric in all_metrics() {
            let error = metric
                .score_nested(&sample, &nested)
                .expect_err("no score")
                .to_string();
            let mut of_stages = (0..nested.lengths().len())
                .filter_map(|stage| metric.score_subset(&sample, &ascending(&nested, stage)).err());
            assert!(
                of_stages.any(|expected| error == expected.to_string()),
                "{metric:?}: {error}"
            );
        }
    }
}

#[test]
fn a_class_of_one_sample_has_no_sample_variance_at_any_stage() {
    let sample = features_of(&[0.0, 1.0, 4.0, 5.0, 9.0, 8.0], &[0, 0, 1, 1, 7, 7]);
    let metric = Gbc {
        variance: VarianceEstimate::Sample,
        ..Gbc::default()
    };
    let nested = NestedRows::new(vec![0, 1, 2, 3, 4, 5], vec![4, 5]).expect("stages");
    let error = metric
        .score_nested(&sample, &nested)
        .expect_err("class 7 has one row");
    assert_eq!(
        error.to_string(),
        "`gbc` is undefined: class 7 stands for 1 samples and a sample variance needs more than 1"
    );
}

#[test]
fn inputs_and_parameters_are_asked_for() {
    let labels_only = Sample::new(Labels::new(&[0, 1, 0]).expect("labels"));
    let nested = NestedRows::new(vec![0, 1, 2], vec![3]).expect("stages");
    for metric in all_metrics() {
        let error = metric.score_nested(&labels_only, &nested).expect_err("no input");
        assert!(matches!(error, Error::MissingInput { .. }), "{metric:?}: {error}");
    }
    let sample = features_of(&[0.0, 1.0, 4.0], &[0, 1, 0]);
    let invalid: [&dyn Metric; 2] = [
        &Gbc {
            n_components: Some(0),
            ..Gbc::default()
        },
        &TransRate {
            epsilon: 0.0,
            ..TransRate::default()
        },
    ];
    for metric in invalid {
        let error = metric
            .score_nested(&sample, &nested)
            .expect_err("a bad parameter");
        assert!(
            matches!(error, Error::Core(tensor_core::Error::Parameter { .. })),
            "{error}"
        );
    }
}

#[test]
fn features_that_come_to_life_late_are_dropped_before() {
    // The second feature is constant in the first stage, far from its values elsewhere; 0.1 is no sum of powers of 2.
    let mut values = Vec::new();
    for row in 0..40 {
        let x = f64::from(row * row % 23);
        values.extend([x, if row < 20 { 0.1 } else { 1e3 + f64::from(row % 7) }]);
    }
    let labels: Vec<i64> = (0..40).map(|row| row % 3).collect();
    let sample = features_of(&values, &labels);
    let nested = NestedRows::new((0..40).collect(), vec![10, 20, 30]).expect("stages");
    for metric in [&HScore as &dyn Metric, &RegularizedHScore, &TransRate::default()] {
        let scores = metric.score_nested(&sample, &nested).expect("scores");
        for (stage, score) in scores.iter().enumerate() {
            let expected = metric
                .score_subset(&sample, &ascending(&nested, stage))
                .expect("a score");
            // Of second moments of condition 1e4 at most.
            golden::assert_close(&[*score], &[expected], 1e-11, 0.0);
        }
    }
}

#[test]
fn a_first_stage_far_from_the_rest_costs_no_digits() {
    // A hundredth of the rows lies 1e6 standard deviations away.
    let (n, d) = (1000, 4);
    let noise = random::normal(&mut Seed::new(8).stream("noise", 0), &[n, d], Kind::Double).expect("draws");
    let _ = noise.narrow(0, 0, 10).f_add_scalar_(1e6).expect("adds");
    let labels: Vec<i64> = (0..n).map(|row| row % 5).collect();
    let sample = crate::samples::sample(&noise, &labels);
    let nested = NestedRows::new((0..n as usize).collect(), vec![10, 500, 999]).expect("stages");
    let scores = RegularizedHScore.score_nested(&sample, &nested).expect("scores");
    for (stage, score) in scores.iter().enumerate() {
        let expected = RegularizedHScore.score_subset(&sample, &ascending(&nested, stage));
        // Offsets of 1e6 leave 1e-10 of the spread in the rows themselves.
        golden::assert_close(&[*score], &[expected.expect("a score")], 1e-8, 0.0);
    }
}

#[test]
fn stages_at_the_ends_of_the_range_score_as_their_rows() {
    // Second moments of 1e300 and 1e-300, whose squares overflow and vanish.
    let scale_free = |sample: &Sample| {
        [HScore.score(sample), LogMe::default().score(sample)].map(|score| score.expect("a score"))
    };
    for scale in [1e150, 1e-150] {
        let Staged { sample, nested } = draw_staged(11, 60, 6, Kind::Double, Order::Random);
        let rows = sample.features().expect("features").tensor() * scale;
        let plain = scale_free(&sample);
        let sample = sample
            .with_features(Features::new(rows).expect("finite"))
            .expect("a sample");
        golden::assert_close(&scale_free(&sample), &plain, RTOL, 0.0);
        let metrics: [&dyn Metric; 4] = [
            &HScore,
            &RegularizedHScore,
            &LogMe::default(),
            &TransRate::default(),
        ];
        for metric in metrics {
            let scores = metric.score_nested(&sample, &nested).expect("scores");
            for (stage, score) in scores.iter().enumerate() {
                let expected = metric.score_subset(&sample, &ascending(&nested, stage));
                golden::assert_close(&[*score], &[expected.expect("a score")], RTOL, ATOL);
            }
        }
    }
}

#[test]
fn sums_over_stages_that_overflow_are_refused() {
    // The squares of 1000 rows fit, those of 3000 do not.
    let rows: Vec<f64> = (0..4000)
        .map(|row| if row % 2 == 0 { 3e152 } else { -3e152 })
        .collect();
    let labels: Vec<i64> = (0..4000).map(|row| row % 3).collect();
    let sample = features_of(&rows, &labels);
    let nested = NestedRows::new((0..4000).collect(), vec![1000, 3000]).expect("stages");
    for metric in [&HScore as &dyn Metric, &RegularizedHScore, &LogMe::default()] {
        assert!(
            metric.score_subset(&sample, &ascending(&nested, 1)).is_err(),
            "{metric:?}"
        );
        let error = metric.score_nested(&sample, &nested).expect_err("an overflow");
        assert!(
            matches!(error, Error::Core(tensor_core::Error::NonFinite { .. })),
            "{metric:?}: {error}"
        );
    }
}

#[test]
fn gbc_keeps_the_components_of_the_whole_sample() {
    // The whole varies along x, where the classes of the first four rows coincide; those alone vary along y only.
    let values = [0.0, -1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 1.0, -90.0, 0.0, 90.0, 0.0];
    let sample = features_of(&values, &[0, 0, 1, 1, 0, 1]);
    let metric = Gbc {
        n_components: Some(1),
        ..Gbc::default()
    };
    let rows = [0, 1, 2, 3];
    let nested = NestedRows::new(rows.to_vec(), vec![4]).expect("stages");
    let of_subset = metric.score_subset(&sample, &rows).expect("a score");
    // The first component of the whole is within 1/90 of the x axis: D_B is (2/90)^2 / 8 over the floor of 1e-4 at most.
    assert!(
        (-2.0..=-2.0 * (-0.7_f64).exp()).contains(&of_subset),
        "{of_subset}"
    );
    golden::assert_close(
        &metric.score_nested(&sample, &nested).expect("scores"),
        &[of_subset],
        RTOL_OF_SUMS,
        0.0,
    );
    // On their own the classes are 2 apart at the floor of the variance: no overlap.
    assert_eq!(
        metric
            .score(&sample.select(&rows).expect("rows"))
            .expect("a score"),
        0.0
    );

    let boxed: Box<dyn Metric> = Box::new(metric);
    assert_eq!(boxed.score_subset(&sample, &rows).expect("a score"), of_subset);
    let behind_pointers = <&Box<dyn Metric> as Metric>::score_subset(&&boxed, &sample, &rows);
    assert_eq!(behind_pointers.expect("a score"), of_subset);
    assert_eq!((boxed.least_class_size(), HScore.least_class_size()), (2, 1));
}

#[test]
fn leep_of_the_harder_half_by_hand() {
    // Hardness (.1, .9, .2, .8) keeps the rows 1 and 3: masses 1.2 and 0.8, both expectations 7/12.
    let rows = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6];
    let rows = convert::tensor_from_slice(&rows, &[4, 2]).expect("a matrix");
    let sample = Sample::new(Labels::new(&[0, 0, 1, 1]).expect("labels"))
        .with_probabilities(Probabilities::new(rows).expect("probabilities"))
        .expect("a sample");
    let nested = NestedRows::new(vec![1, 3, 2, 0], vec![2, 4]).expect("stages");
    let scores = Leep.score_nested(&sample, &nested).expect("scores");
    golden::assert_close(&scores[..1], &[-0.538_996_500_7], 0.0, 5e-11);
    golden::assert_close(&scores[..1], &[(7.0_f64 / 12.0).ln()], 1e-15, 0.0);
    assert_eq!(scores[1], Leep.score(&sample).expect("a score"));
    assert_eq!(Leep.score_subset(&sample, &[1, 3]).expect("a score"), scores[0]);
    // Under the table of all four rows, P(0 | z) is 1.7/2.4 and 0.3/1.6.
    let (p, q) = (1.7 / 2.4, 0.3 / 1.6);
    let expected = (0.8_f64 * p + 0.2 * q).ln() + (0.4_f64 * (1.0 - p) + 0.6 * (1.0 - q)).ln();
    let score = LeepFullTable.score_subset(&sample, &[1, 3]).expect("a score");
    golden::assert_close(&[score], &[expected / 2.0], 1e-15, 0.0);
}
