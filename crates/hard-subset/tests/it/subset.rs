//! Which samples a subset keeps: hand values, refusals, and the laws of selection.

use hard_subset::{
    Balance, Error, Hardness, PoolHardness, Scope, Subset, SubsetSize, SubsetSpec, quantile_bins,
};
use proptest::prelude::*;
use transferability_metrics::Labels;

/// A quotient and an exponential of numbers of about 1.
const ATOL: f64 = 1e-15;

fn hardness(values: &[f64]) -> Hardness {
    Hardness::new(values.to_vec()).expect("finite values")
}

fn labels(values: &[i64]) -> Labels {
    Labels::new(values).expect("two classes or more")
}

fn fraction(fraction: f64) -> SubsetSpec {
    SubsetSpec::default().with_fraction(fraction)
}

fn global(spec: SubsetSpec) -> SubsetSpec {
    SubsetSpec {
        balance: Balance::Global,
        ..spec
    }
}

fn count(count: usize) -> SubsetSpec {
    SubsetSpec {
        size: SubsetSize::Count(count),
        ..SubsetSpec::default()
    }
}

fn rows(spec: SubsetSpec, eta: &[f64], classes: &[i64]) -> Vec<usize> {
    let subset = spec.select(&hardness(eta), &labels(classes)).expect("a subset");
    subset.rows().to_vec()
}

#[test]
fn shares_are_rounded_up_class_by_class() {
    let classes = [0, 0, 0, 0, 0, 9, 9, 9];
    let eta = [0.1, 0.5, 0.3, 0.4, 0.2, 3.0, 1.0, 2.0];
    let subset = fraction(0.5)
        .select(&hardness(&eta), &labels(&classes))
        .expect("a subset");
    assert_eq!(subset.rows(), [1, 2, 3, 5, 7]);
    let kept: Vec<(i64, usize, usize)> = subset
        .per_class_kept()
        .iter()
        .map(|count| (count.class, count.kept, count.of))
        .collect();
    assert_eq!(kept, [(0, 3, 5), (9, 2, 3)]);
    assert_eq!((subset.n_kept(), subset.n_samples()), (5, 8));
    assert!(subset.dropped_classes().is_empty());
}

#[test]
fn a_product_that_rounding_carried_above_a_whole_number_is_that_number() {
    let eta: Vec<f64> = (0..100).map(f64::from).collect();
    let classes: Vec<i64> = (0..100).map(|row| row % 2).collect();
    // In doubles 0.07 * 100 is above 7, and 0.55 * 100 above 55.
    for (share, kept) in [(0.07, 7), (0.55, 55), (0.071, 8), (0.3, 30), (1.0, 100)] {
        assert_eq!(
            rows(global(fraction(share)), &eta, &classes).len(),
            kept,
            "{share}"
        );
    }
    let ten: Vec<f64> = (0..10).map(f64::from).collect();
    assert_eq!(rows(global(fraction(0.3)), &ten, &classes[..10]), [7, 8, 9]);
}

#[test]
fn ties_go_to_the_lower_index() {
    assert_eq!(rows(global(fraction(0.5)), &[0.0; 4], &[0, 1, 0, 1]), [0, 1]);
    assert_eq!(
        rows(global(fraction(0.5)), &[-0.0, 0.0, 0.0, -0.0], &[0, 1, 0, 1]),
        [0, 1]
    );
    assert_eq!(
        rows(global(fraction(0.75)), &[1.0, 2.0, 1.0, 1.0], &[0, 1, 0, 1]),
        [0, 1, 2]
    );
}

#[test]
fn global_balance_reports_drift_and_dropped_classes() {
    let classes = [3, 3, 5, 5, 8, 8];
    let subset = global(fraction(0.5))
        .select(&hardness(&[5.0, 4.0, 0.0, 0.0, 0.0, 3.0]), &labels(&classes))
        .expect("a subset");
    assert_eq!(subset.rows(), [0, 1, 5]);
    assert_eq!(subset.dropped_classes(), [5]);
    // Shares 2/3, 0, 1/3 of 1/3 each.
    assert!((subset.class_drift() - 1.0 / 3.0).abs() <= ATOL);
    let balanced = fraction(0.5)
        .select(&hardness(&[0.0; 6]), &labels(&classes))
        .expect("a subset");
    assert_eq!(balanced.class_drift(), 0.0);
}

#[test]
fn fewer_than_two_classes_are_refused() {
    let error = global(fraction(0.5))
        .select(&hardness(&[4.0, 3.0, 1.0, 2.0]), &labels(&[0, 0, 1, 1]))
        .expect_err("one class");
    assert!(
        matches!(
            error,
            Error::TooFewClasses {
                n_kept: 2,
                n_classes: 1
            }
        ),
        "{error}"
    );
}

#[test]
fn a_count_is_shared_out_by_largest_remainders() {
    let classes = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2];
    let eta = [0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 2.0, 0.0, 1.0];
    // Quotas of 4: 2, 1.2 and 0.8. Of 7: 3.5, 2.1 and 1.4.
    assert_eq!(rows(count(4), &eta, &classes), [3, 4, 7, 9]);
    assert_eq!(rows(count(7), &eta, &classes), [1, 2, 3, 4, 6, 7, 9]);
    assert_eq!(rows(count(10), &eta, &classes).len(), 10);
    // Of 1 the first class has the largest share; the floor adds one of each other.
    assert_eq!(rows(count(1), &eta, &classes), [4, 7, 9]);
    let without_floor = SubsetSpec {
        min_per_class: 0,
        ..count(2)
    };
    // Quotas 1, 0.6 and 0.4.
    let subset = without_floor
        .select(&hardness(&eta), &labels(&classes))
        .expect("a subset");
    assert_eq!(
        (subset.rows(), subset.dropped_classes()),
        ([4, 7].as_slice(), vec![2])
    );
    // Hardness 4, 3, and the two of 2.
    assert_eq!(rows(global(count(4)), &eta, &classes), [2, 3, 4, 7]);
}

#[test]
fn a_floor_is_capped_at_the_class() {
    let spec = SubsetSpec {
        min_per_class: 3,
        ..fraction(0.1)
    };
    let eta = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    assert_eq!(rows(spec, &eta, &[0, 0, 0, 0, 1, 1]), [1, 2, 3, 4, 5]);
    // Over all it is not read.
    assert_eq!(
        rows(
            global(SubsetSpec {
                min_per_class: 3,
                ..fraction(0.5)
            }),
            &eta,
            &[0, 0, 0, 1, 1, 0]
        ),
        [3, 4, 5]
    );
}

#[test]
fn the_very_hardest_are_trimmed_where_they_can_be_spared() {
    let eta = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let classes = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
    let trimmed = |share: f64, trim: f64| {
        rows(
            global(SubsetSpec {
                trim,
                ..fraction(share)
            }),
            &eta,
            &classes,
        )
    };
    assert_eq!(trimmed(0.3, 0.2), [5, 6, 7]);
    assert_eq!(trimmed(0.3, 0.19), [6, 7, 8]);
    assert_eq!(trimmed(0.3, 0.3), [4, 5, 6]);
    assert_eq!(trimmed(0.9, 0.2), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(trimmed(1.0, 0.2).len(), 10);
    // Per class: one of five each.
    let per_class = SubsetSpec {
        trim: 0.2,
        ..fraction(0.4)
    };
    assert_eq!(rows(per_class, &eta, &classes), [4, 5, 6, 7]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let (eta, classes) = (hardness(&[0.1, 0.2, 0.3, 0.4]), labels(&[0, 0, 1, 1]));
    let trim = |trim: f64| SubsetSpec {
        trim,
        ..SubsetSpec::default()
    };
    let mut specs: Vec<SubsetSpec> = [0.0, -0.0, -0.1, 1.5, f64::NAN, f64::INFINITY]
        .map(fraction)
        .to_vec();
    specs.extend([count(0), count(5), global(count(5))]);
    specs.extend([-0.1, 1.0, f64::NAN].map(trim));
    for spec in specs {
        for refused in [
            spec.select(&eta, &classes).map(drop),
            spec.soft_weights(&eta, &classes, 1.0).map(drop),
        ] {
            let error = refused.expect_err("out of range");
            let typed = matches!(error, Error::Core(tensor_core::Error::Parameter { .. }));
            assert!(typed, "{spec:?}: {error}");
        }
    }
    let error = fraction(1.5).select(&eta, &classes).expect_err("out of range");
    assert_eq!(
        error.to_string(),
        "fraction is 1.5: expected more than 0 and at most 1"
    );
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            fraction(0.5).soft_weights(&eta, &classes, temperature).is_err(),
            "{temperature}"
        );
    }
    let longer = fraction(0.5)
        .select(&hardness(&[0.0; 5]), &classes)
        .expect_err("another length");
    assert_eq!(
        longer.to_string(),
        "hardness has 5 entries and labels has 4: they must agree"
    );
}

#[test]
fn unions_intersections_and_coverage_are_of_one_sample() {
    let classes = labels(&[0, 0, 1, 1, 2]);
    let left = Subset::new(vec![3, 0], &classes).expect("a subset");
    let right = Subset::new(vec![4, 0, 2], &classes).expect("a subset");
    assert_eq!(
        left.union(&right, &classes).expect("a union").rows(),
        [0, 2, 3, 4]
    );
    let error = left
        .intersection(&right, &classes)
        .expect_err("one class is left");
    assert!(
        matches!(
            error,
            Error::TooFewClasses {
                n_kept: 1,
                n_classes: 1
            }
        ),
        "{error}"
    );
    let shorter = labels(&[0, 0, 1, 1]);
    assert!(left.union(&right, &shorter).is_err());
    assert!(left.coverage(&[0, 0, 0]).is_err());
    assert!(left.coverage(&[0, 0, 0, 0, usize::MAX]).is_err());
    let coverage = left.coverage(&[2, 2, 0, 0, 2]).expect("coverage");
    let shares: Vec<(usize, usize)> = coverage.iter().map(|group| (group.kept, group.of)).collect();
    assert_eq!(shares, [(1, 2), (0, 0), (1, 3)]);
    assert!(matches!(
        Subset::new(vec![0, 3, 3], &classes),
        Err(Error::RowTwice { row: 3 })
    ));
    assert!(matches!(Subset::new(vec![0, 5], &classes), Err(Error::Metric(_))));
}

#[test]
fn bins_hold_equal_targets_together() {
    let bins = |targets: &[f64], n_bins| quantile_bins(targets, n_bins).map(|bins| bins.indices().to_vec());
    assert_eq!(bins(&[4.0, 1.0, 3.0, 2.0], 2).expect("bins"), [1, 0, 1, 0]);
    assert_eq!(
        bins(&[1.0, 1.0, 1.0, 2.0, 3.0, 3.0], 3).expect("bins"),
        [0, 0, 0, 1, 2, 2]
    );
    // The median is the value that most have: nothing lies below.
    assert_eq!(bins(&[1.0, 1.0, 1.0, 5.0], 2).expect("bins"), [0, 0, 0, 1]);
    assert!(bins(&[1.0, 1.0, 1.0], 2).is_err());
    assert!(bins(&[1.0, 2.0], 1).is_err());
    assert!(bins(&[1.0, 2.0], 3).is_err());
    assert!(bins(&[1.0, 2.0], usize::MAX).is_err());
    assert!(bins(&[1.0], 2).is_err());
    let error = bins(&[1.0, f64::NAN], 2).expect_err("a NaN");
    assert_eq!(error.to_string(), "targets[1] is NaN: expected a finite number");
}

#[test]
fn a_specification_is_read_as_it_is_written() {
    for spec in [
        fraction(0.3),
        global(count(7)),
        SubsetSpec {
            trim: 0.1,
            min_per_class: 4,
            ..fraction(1.0)
        },
    ] {
        let written = serde_json::to_string(&spec).expect("JSON");
        assert_eq!(
            serde_json::from_str::<SubsetSpec>(&written).expect("a specification"),
            spec
        );
    }
    let read: SubsetSpec = serde_json::from_str(r#"{"size": {"fraction": 0.5}}"#).expect("a specification");
    assert_eq!(read, SubsetSpec::default());
    assert!(serde_json::from_str::<SubsetSpec>(r#"{"share": 0.5}"#).is_err());
}

#[test]
fn pools_are_joined_by_rank() {
    let pool = [hardness(&[0.0, 10.0, 20.0]), hardness(&[0.3, 0.2, 0.1])];
    let third = 1.0 / 3.0;
    for (way, expected) in [
        (PoolHardness::MeanRank, [2.0 * third; 3]),
        (PoolHardness::Max, [1.0, 2.0 * third, 1.0]),
        (PoolHardness::Min, [third, 2.0 * third, third]),
    ] {
        golden::assert_close(way.of(&pool).expect("a hardness").values(), &expected, 0.0, ATOL);
    }
    // Mean ranks that are equal are equal to the last bit, whichever numbers they are the means of.
    // The first two samples have ranks 1, 2, 6 and 3, 3, 3 of 10: in doubles 0.1 + 0.2 + 0.6 is above 0.3 + 0.3 + 0.3.
    let three = [
        [1.0, 3.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0],
        [2.0, 3.0, 1.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0],
        [6.0, 3.0, 1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 9.0, 10.0],
    ]
    .map(|eta| hardness(&eta));
    let joint = PoolHardness::MeanRank.of(&three).expect("a hardness");
    assert_eq!(joint.values()[..2], [0.3; 2]);
    assert_eq!(Scope::PerModel.hardnesses(&pool).expect("hardnesses"), pool);
    let shared = Scope::Shared.hardnesses(&pool).expect("hardnesses");
    assert_eq!(shared[0], shared[1]);
    assert_eq!(shared[0], PoolHardness::MeanRank.of(&pool).expect("a hardness"));
    assert!(matches!(PoolHardness::Min.of(&[]), Err(Error::EmptyPool)));
    assert!(
        PoolHardness::Min
            .of(&[hardness(&[1.0]), hardness(&[1.0, 2.0])])
            .is_err()
    );
}

/// Hardnesses with ties, and labels of three classes of which two occur for certain.
fn sample() -> impl Strategy<Value = (Vec<f64>, Vec<i64>)> {
    prop::collection::vec((0..6_i32, 0..3_i64), 4..40).prop_map(|rows| {
        let eta = rows.iter().map(|&(eta, _)| f64::from(eta) / 4.0).collect();
        let mut classes: Vec<i64> = rows.iter().map(|&(_, class)| class).collect();
        (classes[0], classes[1]) = (0, 2);
        (eta, classes)
    })
}

/// The same by sorting all rows of each class.
fn by_sorting(share: f64, eta: &[f64], classes: &[i64]) -> Vec<usize> {
    let mut kept = Vec::new();
    for class in 0..3 {
        let mut rows: Vec<usize> = (0..eta.len()).filter(|&row| classes[row] == class).collect();
        rows.sort_by(|&left, &right| eta[right].total_cmp(&eta[left]));
        let size = (share * rows.len() as f64 * (1.0 - 1e-12)).ceil() as usize;
        kept.extend(&rows[..size]);
    }
    kept.sort_unstable();
    kept
}

proptest! {
    #[test]
    fn selection_is_that_of_a_sort((eta, classes) in sample(), share in 0.01..=1.0_f64) {
        prop_assert_eq!(rows(fraction(share), &eta, &classes), by_sorting(share, &eta, &classes));
    }

    #[test]
    fn a_larger_share_keeps_what_a_smaller_one_does(
        (eta, classes) in sample(), small in 0.01..=1.0_f64, large in 0.01..=1.0_f64, trim in 0.0..0.9_f64,
    ) {
        let (small, large) = (small.min(large), small.max(large));
        let kept = |share| rows(SubsetSpec { trim, ..fraction(share) }, &eta, &classes);
        let large = kept(large);
        prop_assert!(kept(small).iter().all(|row| large.binary_search(row).is_ok()));
    }

    #[test]
    fn only_the_order_of_hardness_counts((eta, classes) in sample(), share in 0.01..=1.0_f64) {
        let moved: Vec<f64> = eta.iter().map(|value| 3.0 * value - 7.0).collect();
        prop_assert_eq!(rows(fraction(share), &moved, &classes), rows(fraction(share), &eta, &classes));
    }

    #[test]
    fn cold_weights_are_the_subset_and_warm_ones_ascend_with_hardness(
        order in Just((0..24_usize).collect::<Vec<_>>()).prop_shuffle(), share in 0.05..=1.0_f64, trim in 0.0..0.5_f64,
    ) {
        let eta: Vec<f64> = order.iter().map(|&place| place as f64).collect();
        let classes: Vec<i64> = (0..24).map(|row| row % 3).collect();
        let spec = SubsetSpec { trim, ..fraction(share) };
        let weights = |temperature| {
            spec.soft_weights(&hardness(&eta), &labels(&classes), temperature).expect("weights")
        };
        let cold: Vec<usize> = (0..24).filter(|&row| weights(1e-4)[row] == 1.0).collect();
        prop_assert_eq!(&cold, &rows(spec, &eta, &classes));
        prop_assert!(weights(1e-4).iter().all(|&weight| weight == 0.0 || weight == 1.0));
        let warm = weights(5.0);
        let is_left = |row: usize| warm[row] > 0.0;
        for left in (0..24).filter(|&row| is_left(row)) {
            for right in (0..24).filter(|&row| is_left(row) && classes[row] == classes[left]) {
                prop_assert!(eta[left] <= eta[right] || warm[left] >= warm[right]);
            }
        }
    }
}
