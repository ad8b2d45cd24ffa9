//! Metrics on hard subsets: against the metric itself, the refusals, and the controls.

use std::collections::BTreeMap;

use hard_subset::{
    Balance, ControlScores, Controls, Error, Hardness, Haste, HasteScore, Subset, SubsetSize, SubsetSpec,
};
use tensor_core::convert::tensor_from_slice;
use tensor_core::progress::{CancelToken, Cancellable, Silent};
use tensor_core::{Kind, Seed, random};
use transferability_metrics::{
    Features, Gbc, HScore, Labels, Leep, Metric, Nce, Probabilities, Sample, catalogue,
};

const N_SAMPLES: usize = 60;
const N_FEATURES: i64 = 3;
const N_SOURCE_CLASSES: i64 = 4;

/// Sums that are carried from one subset to the next, against sums taken anew, and a factorisation of small matrices.
const RTOL: f64 = 1e-9;
/// As `RTOL`, for scores near 0.
const ATOL: f64 = 1e-11;

/// Three classes, 30, 20 and 10 times, with features and probabilities drawn at random.
fn sample() -> Sample {
    let mut rng = Seed::new(3).stream("haste", 0);
    let n_samples = N_SAMPLES as i64;
    let features = random::normal(&mut rng, &[n_samples, N_FEATURES], Kind::Double).expect("features");
    let logits = random::normal(&mut rng, &[n_samples, N_SOURCE_CLASSES], Kind::Double).expect("logits");
    let classes: Vec<i64> = (0..n_samples)
        .map(|row| [0, 2, 0, 2, 0, 7][row as usize % 6])
        .collect();
    Sample::new(labels(&classes))
        .with_features(Features::new(features).expect("features"))
        .and_then(|sample| {
            let probabilities = logits.f_softmax(-1, Kind::Double).expect("probabilities");
            sample.with_probabilities(Probabilities::new(probabilities)?)
        })
        .expect("a sample")
}

fn labels(classes: &[i64]) -> Labels {
    Labels::new(classes).expect("two classes or more")
}

fn hardness() -> Hardness {
    Hardness::random(N_SAMPLES, Seed::new(5), 0).expect("a hardness")
}

fn one_feature(values: &[f64], classes: &[i64]) -> Sample {
    let tensor = tensor_from_slice(values, &[values.len() as i64, 1]).expect("a tensor");
    let features = Features::new(tensor).expect("features");
    Sample::new(labels(classes))
        .with_features(features)
        .expect("a sample")
}

fn haste<M>(metric: M, fraction: f64) -> Haste<M> {
    Haste {
        metric,
        subset: SubsetSpec::default().with_fraction(fraction),
    }
}

fn metrics() -> Vec<Box<dyn Metric>> {
    catalogue(Seed::new(1))
}

#[test]
fn with_everything_kept_the_score_is_the_metrics_own() {
    let (sample, hardness) = (sample(), hardness());
    for metric in metrics() {
        let base = metric.score(&sample).expect("a score");
        let score = haste(&metric, 1.0).score(&sample, &hardness).expect("a score");
        assert_eq!(score.score.to_bits(), base.to_bits(), "{}", metric.name());
        assert_eq!(score.base_score.to_bits(), base.to_bits(), "{}", metric.name());
        assert_eq!(score.kept, (0..N_SAMPLES).collect::<Vec<_>>());
        // By the metric's own way of scoring rows as well.
        let all = Subset::new(score.kept, sample.labels()).expect("a subset");
        let rows = haste(&metric, 0.1).score_rows(&sample, &all).expect("a score");
        assert_eq!(rows.to_bits(), base.to_bits(), "{}", metric.name());
    }
}

#[test]
fn a_subset_is_scored_as_the_metric_scores_its_rows() {
    let (sample, hardness) = (sample(), hardness());
    for metric in metrics() {
        let haste = haste(&metric, 0.5);
        let score = haste.score(&sample, &hardness).expect("a score");
        assert_eq!(
            (score.metric.as_str(), score.n_samples, score.n_kept),
            (metric.name(), 60, 30)
        );
        let expected = metric.score_subset(&sample, &score.kept).expect("a score");
        assert_eq!(score.score.to_bits(), expected.to_bits(), "{}", metric.name());
        assert_ne!(score.score, score.base_score, "{}", metric.name());
        assert_eq!(score.per_class_kept, BTreeMap::from([(0, 15), (2, 10), (7, 5)]));
    }
}

#[test]
fn sweeps_score_as_one_by_one() {
    let (sample, hardness) = (sample(), hardness());
    let fractions = [0.1, 0.2, 0.3, 0.5, 0.7, 0.99, 1.0];
    for metric in metrics() {
        for trim in [0.0, 0.15] {
            let subset = SubsetSpec {
                trim,
                ..SubsetSpec::default()
            };
            let sweep = Haste {
                metric: &metric,
                subset,
            };
            let scores = sweep.sweep(&sample, &hardness, &fractions).expect("scores");
            for (&fraction, score) in fractions.iter().zip(&scores) {
                let single = Haste {
                    metric: &metric,
                    subset: subset.with_fraction(fraction),
                };
                let expected = single.score(&sample, &hardness).expect("a score");
                golden::assert_close(&[score.score], &[expected.score], RTOL, ATOL);
                let score = HasteScore {
                    score: expected.score,
                    ..score.clone()
                };
                assert_eq!(score, expected, "{} at {fraction}", metric.name());
            }
            let (last, base) = (scores[6].score, metric.score(&sample).expect("a score"));
            assert_eq!(last.to_bits(), base.to_bits(), "{}", metric.name());
        }
    }
}

#[test]
fn fractions_of_one_size_share_a_score() {
    let sample = one_feature(&[0.0, 2.0, 9.0, 2.0, 4.0, 1.0], &[0, 0, 0, 1, 1, 1]);
    let hardness = Hardness::new(vec![3.0, 2.0, 1.0, 3.0, 2.0, 1.0]).expect("a hardness");
    let scores = haste(HScore, 0.5)
        .sweep(&sample, &hardness, &[0.4, 0.5, 0.6, 0.9])
        .expect("scores");
    let got: Vec<(usize, bool)> = scores
        .iter()
        .map(|score| (score.n_kept, score.score.to_bits() == score.base_score.to_bits()))
        .collect();
    assert_eq!(got, [(4, false), (4, false), (4, false), (6, true)]);
}

#[test]
fn faulty_sweeps_are_refused() {
    let (sample, hardness) = (sample(), hardness());
    let sweep = |fractions: &[f64]| {
        haste(Nce, 0.5)
            .sweep(&sample, &hardness, fractions)
            .expect_err("faulty")
    };
    assert!(matches!(sweep(&[]), Error::Core(_)));
    assert_eq!(
        sweep(&[0.5, 0.5]).to_string(),
        "fractions[1] is 0.5: expected more than the one before, 0.5"
    );
    for (fractions, named) in [
        (&[0.5, 1.5] as &[f64], "1.5"),
        (&[0.0, 1.0], "0"),
        (&[0.5, f64::NAN], "NaN"),
    ] {
        let error = sweep(fractions).to_string();
        assert!(
            error.starts_with(&format!("fraction {named}: fraction is {named}")),
            "{error}"
        );
    }
    let global = Haste {
        metric: Nce,
        subset: SubsetSpec {
            balance: Balance::Global,
            ..SubsetSpec::default()
        },
    };
    let error = global
        .sweep(&sample, &hardness, &[0.001, 0.5])
        .expect_err("a single sample");
    assert!(
        matches!(&error, Error::AtFraction { fraction: 0.001, .. }),
        "{error}"
    );
}

#[test]
fn classes_keep_what_the_metric_needs_of_them() {
    let values = [0.0, 1.0, 2.0, 5.0, 6.0, 9.0];
    let hardness = Hardness::new(vec![6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).expect("a hardness");
    // Of classes of three, a tenth is one sample: GBC needs two.
    let score = haste(Gbc::default(), 0.1).score(&one_feature(&values, &[4, 4, 4, 9, 9, 9]), &hardness);
    assert_eq!(score.expect("a score").kept, [0, 1, 3, 4]);

    let lonely = one_feature(&values, &[4, 4, 4, 4, 4, 9]);
    for fraction in [0.1, 1.0] {
        let error = haste(Gbc::default(), fraction)
            .score(&lonely, &hardness)
            .expect_err("one sample");
        assert_eq!(
            error.to_string(),
            "class 9 has 1 in the subset: `gbc` needs 2 of each class"
        );
    }
    assert!(matches!(
        haste(Gbc::default(), 0.5).score_weighted(&lonely, &hardness, 1.0),
        Err(Error::SubsetTooSmall { class: 9, got: 1, .. })
    ));
    let whole = Subset::new(vec![0, 1, 5], lonely.labels()).expect("a subset");
    assert!(matches!(
        haste(Gbc::default(), 0.5).score_rows(&lonely, &whole),
        Err(Error::SubsetTooSmall {
            metric: "gbc",
            class: 9,
            need: 2,
            got: 1
        })
    ));
    assert!(haste(HScore, 0.1).score(&lonely, &hardness).is_ok());

    // Over all, nothing makes room for a class; that it is gone is no error.
    let global = Haste {
        metric: Gbc::default(),
        subset: SubsetSpec {
            size: SubsetSize::Count(4),
            balance: Balance::Global,
            ..SubsetSpec::default()
        },
    };
    let sample = one_feature(&values, &[4, 4, 1, 1, 9, 9]);
    let score = global.score(&sample, &hardness).expect("a score");
    assert_eq!((score.kept, score.dropped_classes), (vec![0, 1, 2, 3], vec![9]));
    let uneven = Hardness::new(vec![6.0, 5.0, 4.0, 1.0, 2.0, 3.0]).expect("a hardness");
    let error = global.score(&sample, &uneven).expect_err("one sample of class 1");
    assert!(
        matches!(error, Error::SubsetTooSmall { class: 1, got: 1, .. }),
        "{error}"
    );
}

#[test]
fn subsets_of_another_sample_are_refused() {
    let sample = sample();
    let short = Hardness::new(vec![0.0; 7]).expect("a hardness");
    let error = haste(Nce, 0.5)
        .score(&sample, &short)
        .expect_err("another length");
    assert_eq!(
        error.to_string(),
        "hardness has 7 entries and labels has 60: they must agree"
    );
    let other = Subset::new(vec![0, 1], &labels(&[0, 1])).expect("a subset");
    assert!(haste(Nce, 0.5).score_rows(&sample, &other).is_err());

    // A row of weight 0 is gone, and its hardness is to go as well.
    let mut weights = [1.0; N_SAMPLES];
    weights[3] = 0.0;
    let weighted = sample.with_weights(&weights).expect("weights");
    let error = haste(Nce, 0.5)
        .score(&weighted, &hardness())
        .expect_err("a hardness of all rows");
    assert_eq!(
        error.to_string(),
        "hardness has 60 entries and labels has 59: they must agree"
    );
}

#[test]
fn cold_weights_score_as_the_subset_and_warm_ones_as_everything() {
    let (sample, hardness) = (sample(), hardness());
    for metric in metrics() {
        let haste = haste(&metric, 0.5);
        let cold = haste.score_weighted(&sample, &hardness, 1e-6);
        if !metric.takes_weights() {
            let error = cold.expect_err("no weights");
            let expected = format!(
                "metric `{}` takes no sample weights: score an unweighted sample",
                metric.name()
            );
            assert_eq!(error.to_string(), expected);
            continue;
        }
        let hard = haste.score(&sample, &hardness).expect("a score");
        golden::assert_close(&[cold.expect("a score")], &[hard.score], RTOL, ATOL);
    }
    // Nearly equal weights, and LEEP does not count samples.
    let warm = haste(Leep, 0.5)
        .score_weighted(&sample, &hardness, 1e12)
        .expect("a score");
    golden::assert_close(&[warm], &[Leep.score(&sample).expect("a score")], RTOL, ATOL);
    assert!(haste(Leep, 0.5).score_weighted(&sample, &hardness, 0.0).is_err());
}

#[test]
fn weights_of_the_sample_are_multiplied() {
    let (whole, hardness) = (sample(), hardness());
    let own: Vec<f64> = (0..N_SAMPLES).map(|row| (1 + row % 3) as f64).collect();
    let subset = SubsetSpec::default()
        .select(&hardness, whole.labels())
        .expect("a subset");
    let rows: Vec<usize> = subset
        .rows()
        .iter()
        .flat_map(|&row| std::iter::repeat_n(row, own[row] as usize))
        .collect();
    let expected = Nce
        .score(&whole.select(&rows).expect("repeated rows"))
        .expect("a score");
    let weighted = whole.with_weights(&own).expect("weights");
    let got = haste(Nce, 0.5)
        .score_weighted(&weighted, &hardness, 1e-6)
        .expect("a score");
    golden::assert_close(&[got], &[expected], RTOL, ATOL);
}

#[test]
fn a_constant_hardness_is_flagged_and_chooses_by_index() {
    let sample = one_feature(&[0.0, 2.0, 9.0, 2.0, 4.0, 1.0], &[0, 0, 0, 1, 1, 1]);
    let constant = Hardness::new(vec![0.7; 6]).expect("a hardness");
    let score = haste(HScore, 0.5).score(&sample, &constant).expect("a score");
    assert!(score.constant_hardness);
    assert_eq!(
        (score.kept.as_slice(), score.hardness_quantiles),
        ([0, 1, 3, 4].as_slice(), vec![0.7; 5])
    );
}

#[test]
fn scores_are_read_as_they_are_written() {
    let score = haste(Nce, 0.5).score(&sample(), &hardness()).expect("a score");
    let written = serde_json::to_string(&score).expect("JSON");
    assert_eq!(
        serde_json::from_str::<HasteScore>(&written).expect("a score"),
        score
    );
}

fn controls(seed: u64, haste: &Haste<Nce>) -> ControlScores {
    let (sample, hardness) = (sample(), hardness());
    let hard = haste.score(&sample, &hardness).expect("a score");
    let controls = Controls {
        n_draws: 20,
        seed: Seed::new(seed),
    };
    controls
        .of(haste, &sample, &hardness, &hard, &mut Silent)
        .expect("controls")
}

#[test]
fn controls_are_random_and_easy_subsets_of_the_same_kind() {
    let haste = haste(Nce, 0.5);
    let scores = controls(8, &haste);
    assert_eq!(scores, controls(8, &haste));
    assert_ne!(scores.random, controls(9, &haste).random);

    let sample = sample();
    let of = |hardness: &Hardness| haste.score(&sample, hardness).expect("a score").score;
    let random = Hardness::random(N_SAMPLES, Seed::new(8), 13).expect("a hardness");
    assert_eq!(scores.random[13], of(&random));
    assert_eq!(scores.easy, of(&hardness().easy()));

    let n_draws = scores.random.len() as f64;
    let mean = scores.random.iter().sum::<f64>() / n_draws;
    let squares = scores
        .random
        .iter()
        .map(|score| (score - mean).powi(2))
        .sum::<f64>();
    let standard_deviation = (squares / (n_draws - 1.0)).sqrt();
    let hard = of(&hardness());
    let z = scores.z.expect("random subsets differ");
    golden::assert_close(
        &[scores.mean, scores.standard_deviation, z],
        &[mean, standard_deviation, (hard - mean) / standard_deviation],
        RTOL,
        ATOL,
    );
    // Of all 21 scores, those as far from their mean as the last.
    let all: Vec<f64> = scores.random.iter().copied().chain([hard]).collect();
    let centre = all.iter().sum::<f64>() / 21.0;
    let n_as_far = all
        .iter()
        .filter(|&&score| (score - centre).abs() >= (hard - centre).abs())
        .count();
    assert_eq!(scores.p_value, n_as_far as f64 / 21.0);
}

#[test]
fn random_subsets_of_everything_do_not_differ() {
    let scores = controls(8, &haste(Nce, 1.0));
    assert_eq!(
        (scores.standard_deviation, scores.z, scores.p_value),
        (0.0, None, 1.0)
    );
}

#[test]
fn controls_can_be_stopped_and_need_two_draws() {
    let (sample, hardness, haste) = (sample(), hardness(), haste(Nce, 0.5));
    let hard = haste.score(&sample, &hardness).expect("a score");
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let controls = |n_draws| Controls {
        n_draws,
        seed: Seed::new(0),
    };
    let error = controls(5)
        .of(&haste, &sample, &hardness, &hard, &mut progress)
        .expect_err("stopped");
    assert!(
        matches!(
            error,
            Error::Core(tensor_core::Error::Cancelled(tensor_core::progress::Cancelled {
                done: 0,
                ..
            }))
        ),
        "{error}"
    );
    let error = controls(1)
        .of(&haste, &sample, &hardness, &hard, &mut Silent)
        .expect_err("one draw");
    assert_eq!(error.to_string(), "n_draws is 1: expected 2 or more");
}
