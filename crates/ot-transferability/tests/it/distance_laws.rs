//! Laws of dataset distances and of metrics from plans: what must not change them, and how they scale.

use std::sync::Arc;

use golden::assert_close;
use ot_transferability::{
    CostScale, DatasetMetric, DomainDistance, DomainEstimate, Epsilon, FOtce, FeatureScale, FromSource,
    GaussianFit, Given, GroundCost, JcNce, LabelDistance, OtNce, Otdd, Sinkhorn, SinkhornDivergence,
    SlicedWasserstein, Solver, SplitHalf,
};
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor};
use transferability_metrics::{Metric, Sample};

use crate::pairs::{Rows, on_the_line, pairs};

/// Exact plans of some twenty points: sums in another order.
const RTOL: f64 = 1e-9;
/// Squared distances of order 10 cancel to this.
const ATOL: f64 = 1e-11;
/// The stopping rule of the entropic solvers, carried to a cost or an entropy.
const ENTROPIC: f64 = 1e-6;

fn domain(scale: FeatureScale, estimate: DomainEstimate) -> DomainDistance {
    DomainDistance {
        scale,
        estimate,
        ..DomainDistance::default()
    }
}

fn estimates() -> [DomainEstimate; 5] {
    [
        DomainEstimate::Transport,
        DomainEstimate::AboveFloor,
        DomainEstimate::SinkhornDivergence(SinkhornDivergence::default()),
        DomainEstimate::Bures(GaussianFit::default()),
        DomainEstimate::Sliced(SlicedWasserstein::default()),
    ]
}

fn otdd(label_distance: LabelDistance) -> Otdd {
    Otdd {
        label_distance,
        ..Otdd::default()
    }
}

/// Metrics of plans that are exact, with the default parameters and others.
fn exact_metrics() -> Vec<Box<dyn DatasetMetric>> {
    vec![
        Box::new(OtNce::default()),
        Box::new(OtNce {
            given: Given::Columns,
            normalized: true,
            ground: GroundCost::Euclidean,
            ..OtNce::default()
        }),
        Box::new(JcNce::default()),
        Box::new(JcNce {
            label_distance: LabelDistance::ClassMeans,
            feature_weight: 0.2,
            ..JcNce::default()
        }),
        Box::new(otdd(LabelDistance::default())),
        Box::new(otdd(LabelDistance::Exact)),
        Box::new(DomainDistance::default()),
        Box::new(domain(FeatureScale::TotalVariance, DomainEstimate::Transport)),
        Box::new(domain(
            FeatureScale::UnitRows,
            DomainEstimate::Bures(GaussianFit::default()),
        )),
        Box::new(domain(
            FeatureScale::Raw,
            DomainEstimate::Sliced(SlicedWasserstein::default()),
        )),
    ]
}

fn score(metric: &dyn DatasetMetric, source: &Rows, target: &Sample) -> f64 {
    metric.score(&source.source(), target).expect("a score")
}

fn value(metric: DomainDistance, source: &Rows, target: &Rows) -> f64 {
    -score(&metric, source, &target.target())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_in_another_order_and_classes_of_other_numbers_score_alike((source, target) in pairs()) {
        let reversed = |rows: &Rows| rows.select(&(0..rows.labels.len()).rev().collect::<Vec<_>>());
        let mut other = (reversed(&source), reversed(&target));
        for label in other.0.labels.iter_mut().chain(&mut other.1.labels) {
            *label = 90 - 7 * *label;
        }
        for metric in exact_metrics() {
            let expected = score(&*metric, &source, &target.target());
            assert_close(&[score(&*metric, &other.0, &other.1.target())], &[expected], RTOL, ATOL);
        }
    }

    #[test]
    fn integer_weights_score_as_repeated_rows((source, target) in pairs(), seed: u64) {
        let times: Vec<usize> = (0..target.labels.len()).map(|row| 1 + (seed >> (2 * row)) as usize % 3).collect();
        let weights: Vec<f64> = times.iter().map(|&times| times as f64).collect();
        let weighted = target.target().with_weights(&weights).expect("a weight a row");
        let rows: Vec<usize> = times.iter().enumerate().flat_map(|(row, &times)| vec![row; times]).collect();
        let repeated = target.select(&rows).target();
        for metric in exact_metrics() {
            let expected = score(&*metric, &source, &repeated);
            assert_close(&[score(&*metric, &source, &weighted)], &[expected], RTOL, ATOL);
        }

        // And so on the other side.
        let weighted = target.source().with_weights(&weights).expect("a weight a row");
        let repeated = target.select(&rows).source();
        for metric in exact_metrics() {
            let score = |side| metric.score(side, &source.target()).expect("a score");
            assert_close(&[score(&weighted)], &[score(&repeated)], RTOL, ATOL);
        }
    }

    #[test]
    fn weights_of_zero_drop_rows((source, target) in pairs()) {
        // Without the last class of either side, of which two are left at least.
        let n_classes = |rows: &Rows| rows.labels.iter().max().expect("rows") + 1;
        prop_assume!(n_classes(&source) > 2 && n_classes(&target) > 2);
        let kept = |rows: &Rows| -> Vec<usize> {
            (0..rows.labels.len()).filter(|&row| rows.labels[row] + 1 < n_classes(rows)).collect()
        };
        let weights = |rows: &Rows| -> Vec<f64> {
            (0..rows.labels.len()).map(|row| f64::from(u8::from(kept(rows).contains(&row)))).collect()
        };
        let weighted_source = source.source().with_weights(&weights(&source)).expect("a weight a row");
        let weighted_target = target.target().with_weights(&weights(&target)).expect("a weight a row");
        for metric in exact_metrics() {
            let expected = score(&*metric, &source.select(&kept(&source)), &target.select(&kept(&target)).target());
            let weighted = metric.score(&weighted_source, &weighted_target).expect("a score");
            assert_close(&[weighted], &[expected], RTOL, ATOL);
        }
    }

    #[test]
    fn a_shift_adds_its_square_and_its_product_with_the_means((source, target) in pairs(), shift in -3.0..3.0_f64) {
        let moved = target.map(|points| points + shift);
        let means = target.points.mean_dim(0, false, Kind::Double) - source.points.mean_dim(0, false, Kind::Double);
        let n_features = target.points.size()[1] as f64;
        let added = 2.0 * shift * means.sum(Kind::Double).double_value(&[]) + n_features * shift * shift;
        for estimate in [DomainEstimate::Transport, DomainEstimate::Bures(GaussianFit::default())] {
            let metric = domain(FeatureScale::Raw, estimate);
            let expected = value(metric, &source, &target) + added;
            assert_close(&[value(metric, &source, &moved)], &[expected], RTOL, ATOL);
        }
        // A sample and its shifted copy are as far apart as the shift.
        let copy = source.map(|points| points + shift);
        let measured = value(DomainDistance::default(), &source, &copy);
        assert_close(&[measured], &[n_features * shift * shift], RTOL, ATOL);
    }

    #[test]
    fn a_common_shift_changes_nothing((source, target) in pairs(), shift in -3.0..3.0_f64) {
        let moved = |rows: &Rows| rows.map(|points| points + shift);
        for metric in exact_metrics() {
            if metric.name() == "domain-distance" {
                continue;
            }
            let expected = score(&*metric, &source, &target.target());
            let scored = score(&*metric, &moved(&source), &moved(&target).target());
            assert_close(&[scored], &[expected], RTOL, ATOL);
        }
    }

    #[test]
    fn raw_distances_scale_with_the_square_and_normalised_ones_do_not((source, target) in pairs(), scale in 0.1..10.0_f64) {
        let scaled = |rows: &Rows| rows.map(|points| points * scale);
        let (other_source, other_target) = (scaled(&source), scaled(&target));
        for estimate in estimates() {
            let tolerance = if matches!(estimate, DomainEstimate::SinkhornDivergence(_)) { ENTROPIC } else { RTOL };
            for (feature_scale, factor) in [
                (FeatureScale::Raw, scale * scale),
                (FeatureScale::TotalVariance, 1.0),
                (FeatureScale::UnitRows, 1.0),
            ] {
                let metric = domain(feature_scale, estimate);
                let expected = factor * value(metric, &source, &target);
                let measured = value(metric, &other_source, &other_target);
                assert_close(&[measured], &[expected], tolerance, tolerance * factor);
            }
        }
    }

    #[test]
    fn a_cost_over_the_total_variance_is_four_at_most((source, target) in pairs()) {
        let measured = value(domain(FeatureScale::TotalVariance, DomainEstimate::Transport), &source, &target);
        prop_assert!((0.0..=4.0).contains(&measured));
    }

    #[test]
    fn the_other_direction_has_the_same_distance_and_the_other_entropy((source, target) in pairs()) {
        for given in [Given::Rows, Given::Columns] {
            let opposite = if given == Given::Rows { Given::Columns } else { Given::Rows };
            let there = OtNce { given, ..OtNce::default() }.measure(&source.source(), &target.target());
            let back = OtNce { given: opposite, ..OtNce::default() }.measure(&target.source(), &source.target());
            let (there, back) = (there.expect("a plan"), back.expect("a plan"));
            assert_close(&[there.coupling.cost], &[back.coupling.cost], RTOL, ATOL);
            assert_close(&[there.conditional_entropy], &[back.conditional_entropy], RTOL, ATOL);
        }
        for label_distance in [LabelDistance::ClassMeans, LabelDistance::default(), LabelDistance::Exact] {
            let there = score(&otdd(label_distance), &source, &target.target());
            let back = score(&otdd(label_distance), &target, &source.target());
            assert_close(&[there], &[back], RTOL, ATOL);
        }
    }

    #[test]
    fn a_dataset_is_at_distance_zero_from_itself((rows, _) in pairs()) {
        for label_distance in [LabelDistance::ClassMeans, LabelDistance::default(), LabelDistance::Exact] {
            let measured = otdd(label_distance).measure(&rows.source(), &rows.target()).expect("a distance");
            assert_close(&[measured.cost], &[0.0], 0.0, ATOL);
            assert!(measured.coupling.joint.view().indexed_iter().all(|((row, column), &mass)| row == column || mass == 0.0));
        }
        assert_close(&[value(DomainDistance::default(), &rows, &rows)], &[0.0], 0.0, ATOL);
        // With an entropic plan, only without the bias.
        let sinkhorn = Sinkhorn { epsilon: Epsilon::relative(1.0, CostScale::Mean), ..Sinkhorn::default() };
        let sinkhorn = Otdd { solver: Solver::Sinkhorn(sinkhorn), ..Otdd::default() };
        let debiased = Otdd { debiased: true, ..sinkhorn };
        let cost = |metric: Otdd| metric.measure(&rows.source(), &rows.target()).expect("a distance").cost;
        prop_assert!(cost(sinkhorn) > 1e-3);
        assert_close(&[cost(debiased)], &[0.0], 0.0, ENTROPIC);
    }

    #[test]
    fn a_debiased_distance_without_labels_is_the_sinkhorn_divergence((source, target) in pairs(), scale in 0.2..5.0_f64) {
        // The sides differ in spread: a strength relative to the costs must be the same for all three problems.
        let target = target.map(|points| points * scale);
        let otdd = Otdd {
            label_weight: 0.0,
            debiased: true,
            solver: Solver::Sinkhorn(Sinkhorn::default()),
            ..Otdd::default()
        };
        let cost = otdd.measure(&source.source(), &target.target()).expect("a distance").cost;
        let estimate = DomainEstimate::SinkhornDivergence(SinkhornDivergence::default());
        let divergence = value(domain(FeatureScale::Raw, estimate), &source, &target);
        assert_close(&[cost], &[divergence], RTOL, ATOL);
    }

    #[test]
    fn debiasing_an_exact_distance_changes_nothing((source, target) in pairs()) {
        let debiased = Otdd { debiased: true, ..Otdd::default() };
        let expected = score(&Otdd::default(), &source, &target.target());
        assert_close(&[score(&debiased, &source, &target.target())], &[expected], RTOL, ATOL);
    }

    #[test]
    fn a_labelled_cost_is_the_feature_cost_where_labels_weigh_nothing((source, target) in pairs()) {
        let domain = value(DomainDistance::default(), &source, &target);
        let otdd = Otdd { label_weight: 0.0, ..Otdd::default() };
        assert_close(&[score(&otdd, &source, &target.target())], &[-domain.sqrt()], RTOL, ATOL);
        let joint_cost = JcNce { feature_weight: 1.0, ..JcNce::default() };
        let expected = score(&OtNce::default(), &source, &target.target());
        assert_close(&[score(&joint_cost, &source, &target.target())], &[expected], RTOL, ATOL);
    }

    #[test]
    fn entropic_pairings_tend_to_independence((source, target) in pairs()) {
        let at = |value| {
            let epsilon = Epsilon { value, relative_to: CostScale::Max };
            let sinkhorn = Sinkhorn { epsilon, ..Sinkhorn::default() };
            score(&FOtce { sinkhorn }, &source, &target.target())
        };
        let shares: Vec<f64> = {
            let sample = target.target();
            let n = sample.n_samples() as f64;
            sample.labels().counts().iter().map(|&count| count as f64 / n).collect()
        };
        let independent: f64 = shares.iter().map(|share| share * share.ln()).sum();
        // The plan departs from independence by a share of order 1e-6.
        assert_close(&[at(1e6)], &[independent], 1e2 * ENTROPIC, 0.0);
        prop_assert!(at(0.05) >= independent - ENTROPIC);
    }

    #[test]
    fn the_floor_is_that_of_the_source_alone((source, target) in pairs(), seed: u64) {
        let metric = DomainDistance {
            floor: SplitHalf { n_splits: 3, seed: Seed::new(seed) },
            ..DomainDistance::default()
        };
        let measured = metric.measure(&source.source(), &target.target()).expect("a distance");
        prop_assert_eq!(measured.value.to_bits(), measured.raw.to_bits());
        let other = metric.measure(&source.source(), &source.target()).expect("a distance");
        prop_assert_eq!(measured.floor.to_bits(), other.floor.to_bits());
        prop_assert!(measured.floor > 0.0);
        let above = DomainDistance { estimate: DomainEstimate::AboveFloor, ..metric };
        let above = above.measure(&source.source(), &target.target()).expect("a distance");
        assert_close(&[above.value], &[measured.raw - measured.floor], RTOL, ATOL);
    }
}

#[test]
fn a_weak_regularisation_pairs_as_the_plan_of_least_cost() {
    let source = on_the_line(&[0.0, 1.0, 4.0, 5.0], &[0, 0, 1, 1]).source();
    let target = on_the_line(&[0.5, 1.5, 3.5, 4.5], &[0, 1, 1, 1]).target();
    let sinkhorn = Sinkhorn {
        epsilon: Epsilon::absolute(0.05),
        ..Sinkhorn::default()
    };
    let entropic = FOtce { sinkhorn }.score(&source, &target).expect("a score");
    let exact = OtNce::default().score(&source, &target).expect("a score");
    // Any other plan costs 2 more for each mass that it moves: a share of exp(-2 / 0.05) = 4e-18.
    assert_close(&[entropic], &[exact], 0.0, ENTROPIC);
}

#[test]
fn scores_are_the_same_on_any_number_of_threads() {
    let scores = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| -> Vec<u64> {
            let seed = Seed::new(7);
            let source = Rows::drawn(seed, "source", 60, 12, 5);
            let target = Rows::drawn(seed, "target", 48, 12, 4);
            let metrics = exact_metrics();
            metrics
                .iter()
                .map(|metric| score(&**metric, &source, &target.target()).to_bits())
                .collect()
        })
    };
    assert_eq!(scores(1), scores(2));
}

#[test]
fn a_metric_with_its_source_is_shared_between_threads() {
    let seed = Seed::new(3);
    let target = || Rows::drawn(seed, "target", 10, 2, 2).target();
    let source = Arc::new(Rows::drawn(seed, "source", 12, 2, 2).source());
    let metrics: Vec<Box<dyn Metric>> = vec![
        Box::new(FromSource {
            metric: OtNce::default(),
            source: Arc::clone(&source),
        }),
        Box::new(FromSource {
            metric: Otdd::default(),
            source,
        }),
    ];
    for metric in &metrics {
        assert!(metric.takes_weights());
        let score = || metric.score(&target()).expect("a score").to_bits();
        let there = std::thread::scope(|scope| scope.spawn(score).join().expect("a thread that ends"));
        assert_eq!(score(), there);
    }
}

#[test]
fn features_in_single_precision_score_as_their_doubles() {
    let seed = Seed::new(11);
    let rows = |stream, kind| {
        Rows::drawn(seed, stream, 14, 3, 3).map(|points: &Tensor| points.to_kind(Kind::Float).to_kind(kind))
    };
    for metric in exact_metrics() {
        let double = score(
            &*metric,
            &rows("source", Kind::Double),
            &rows("target", Kind::Double).target(),
        );
        let single = score(
            &*metric,
            &rows("source", Kind::Float),
            &rows("target", Kind::Float).target(),
        );
        assert_eq!(double.to_bits(), single.to_bits(), "{}", metric.name());
    }
}
