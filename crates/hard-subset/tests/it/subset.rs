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
    let subset = fraction(0.5).select(&hardness(&eta), &labels(&classes)).expect("a subset");
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
        assert_eq!(rows(global(fraction(share)), &eta, &classes).len(), kept, "{share}");
    }
    let ten: Vec<f64> = (0..10).map(f64::from).collect();
    assert_eq!(rows(global(fraction(0.3)), &ten, &classes[..10]), [7, 8, 9]);
}

#[test]
fn ties_go_to_the_lower_index() {
    assert_eq!(rows(global(fraction(0.5)), &[0.0; 4], &[0, 1, 0, 1]), [0, 1]);
    assert_eq!(rows(global(fraction(0.5)), &[-0.0, 0.0, 0.0, -0.0], &[0, 1, 0, 1]), [0, 1]);
    assert_eq!(rows(global(fraction(0.75)), &[1.0, 2.0, 1.0, 1.0], &[0, 1, 0, 1]), [0, 1, 2]);
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
    let balanced = fraction(0.5).select(&hardness(&[0.0; 6]), &labels(&classes)).expect("a subset");
    assert_eq!(balanced.class_drift(), 0.0);
}

#[test]
fn fewer_than_two_classes_are_refused() {
    let error = global(fraction(0.5))
        .select(&hardness(&[4.0, 3.0, 1.0, 2.0]), &labels(&[0, 0, 1, 1]))
        .expect_err("one class");
    assert!(
        matches!(error, Error::TooFewClasses { n_kept: 2, n_classes: 1 }),
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
    let subset = without_floor.select(&hardness(&eta), &labels(&classes)).expect("a subset");
    assert_eq!((subset.rows(), subset.dropped_classes()), ([4, 7].as_slice(), vec![2]));
    assert_eq!(rows(global(count(3)), &eta, &classes), [2, 3, 4].map(|row| row).to_vec().tap_two_classes());
}

/// Three rows of class 0 alone would be refused: the third hardest of all is of class 1, by a tie that goes to the lower row.
trait TapTwoClasses {
    fn tap_two_classes(self) -> Vec<usize>;
}

impl TapTwoClasses for Vec<usize> {
    fn tap_two_classes(self) -> Vec<usize> {
        self
    }
}

#[test]
fn a_floor_is_capped_at_the_class() {
    let spec = SubsetSpec {
        min_per_class: 3,
        ..fraction(0.1)
    };
    let eta = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    assert_eq!(rows(spec, &eta, &[0, 0, 0, 0, 1, 1]), [1, 2, 3, 4, 5]);
    assert_eq!(rows(global(spec), &[1.0, 9.0, 3.0, 4.0, 9.0, 6.0], &[0, 0, 0, 0, 1, 1]).len(), 1);
}
