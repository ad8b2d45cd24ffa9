use causal_graph::{ContinuousTable, DiscreteTable, Nodes, Table};
use proptest::prelude::*;

use super::*;
use crate::Error;

/// Sums of some hundred terms of size 1.
const ROUNDING: f64 = 1e-13;

fn table(columns: Vec<Vec<f64>>) -> ContinuousTable {
    ContinuousTable::new(Nodes::numbered(columns.len()), columns).expect("finite")
}

/// Numbers without structure, one row of seeds for each column.
fn column(seed: usize, n_rows: usize) -> Vec<f64> {
    (0..n_rows)
        .map(|row| (((row + 1) * (row + 7) * (seed + 3) * 7919) % 1009) as f64 - 500.0)
        .collect()
}

proptest! {
    #[test]
    fn correlations_do_not_change_with_scale_and_shift(
        scale in 1e-150_f64..1e-140,
        shift in -1e3_f64..1e3,
        n_rows in 5_usize..40,
    ) {
        let (a, b) = (column(1, n_rows), column(2, n_rows));
        let moved = a.iter().map(|value| 1e290 * scale * (value + shift)).collect();
        let small = b.iter().map(|value| scale * value).collect();
        let plain = Correlations::of(&table(vec![a, b])).expect("varying");
        let changed = Correlations::of(&table(vec![moved, small])).expect("varying");
        prop_assert!((plain.get(0, 1) - changed.get(0, 1)).abs() < ROUNDING);
    }
}

#[test]
fn correlations_are_covariances_over_deviations() {
    let data = table((0..5).map(|seed| column(seed, 50)).collect());
    let (correlations, covariances) = (
        Correlations::of(&data).expect("varying"),
        Covariances::of(&data).expect("finite"),
    );
    for i in 0..5 {
        assert_eq!(correlations.get(i, i), 1.0);
        let mean = data.column(i).iter().sum::<f64>() / 50.0;
        assert!((covariances.means()[i] - mean).abs() < ROUNDING * 500.0);
        for j in 0..5 {
            assert_eq!(correlations.get(i, j), correlations.get(j, i));
            let deviations = (covariances.get(i, i) * covariances.get(j, j)).sqrt();
            assert!((correlations.get(i, j) - covariances.get(i, j) / deviations).abs() < ROUNDING);
        }
    }
}

#[test]
fn a_large_mean_costs_no_digits() {
    let small = column(3, 30);
    let shifted: Vec<f64> = small.iter().map(|value| value + 1e9).collect();
    let covariances = Covariances::of(&table(vec![small, shifted])).expect("finite");
    assert!((covariances.get(0, 0) / covariances.get(1, 1) - 1.0).abs() < ROUNDING);
}

#[test]
fn constant_columns_and_too_few_rows_are_refused() {
    let constant = table(vec![column(1, 9), vec![0.1 + 0.2; 9]]);
    assert!(matches!(Correlations::of(&constant), Err(Error::ConstantColumn { column }) if column == "X1"));
    let by_rounding = (0..9)
        .map(|row| if row % 2 == 0 { 0.1 + 0.2 } else { 0.3 })
        .collect();
    let error = Correlations::of(&table(vec![column(1, 9), by_rounding])).expect_err("0.3 twice");
    assert!(matches!(error, Error::ConstantColumn { column } if column == "X1"));
    assert_eq!(Covariances::of(&constant).expect("finite").get(0, 1), 0.0);
    assert!(matches!(
        Correlations::of(&table(vec![vec![1.0]])),
        Err(Error::TooFewRows { got: 1, .. })
    ));
    let apart = vec![f64::MAX, -f64::MAX, 0.0];
    assert!(matches!(
        Correlations::of(&table(vec![apart.clone()])),
        Err(Error::ColumnRange { .. })
    ));
    assert!(matches!(
        Covariances::of(&table(vec![vec![1e200, -1e200]])),
        Err(Error::ColumnRange { .. })
    ));
}

#[test]
fn a_given_matrix_is_checked() {
    let nodes = || Nodes::numbered(2);
    let near =
        Correlations::new(nodes(), 10, vec![1.0, 0.5, 0.5 + 1e-12, 1.0 - 1e-12]).expect("up to rounding");
    assert_eq!((near.get(0, 1), near.get(1, 1)), (near.get(1, 0), 1.0));
    for matrix in [
        vec![1.0, 0.5, 0.5],
        vec![1.0, 0.5, 0.4, 1.0],
        vec![1.0, 1.5, 1.5, 1.0],
        vec![2.0, 0.5, 0.5, 1.0],
        vec![1.0, f64::NAN, f64::NAN, 1.0],
    ] {
        assert!(matches!(
            Correlations::new(nodes(), 10, matrix),
            Err(Error::NotCorrelations { .. })
        ));
    }
}

#[test]
fn dependences_name_the_columns_that_determine_others() {
    let (a, b, c) = (column(1, 40), column(2, 40), column(3, 40));
    let copy = a.iter().map(|value| 3.0 - 2.0 * value).collect();
    let sum = b.iter().zip(&c).map(|(b, c)| b + 0.5 * c).collect();
    let data = table(vec![a, b, c, copy, column(4, 40), sum]);
    let dependences = Correlations::of(&data).expect("varying").dependences();
    assert_eq!(dependences.len(), 2);
    let mut families: Vec<Vec<usize>> = dependences
        .iter()
        .map(|dependence| {
            let mut family = [&dependence.of[..], &[dependence.column]].concat();
            family.sort_unstable();
            family
        })
        .collect();
    families.sort();
    assert_eq!(families, [vec![0, 3], vec![1, 2, 5]]);

    // A hundred-thousandth of something else is no longer a copy.
    let almost = data
        .column(0)
        .iter()
        .zip(data.column(4))
        .map(|(a, b)| a + 1e-5 * b)
        .collect();
    let regular = Correlations::of(&table(vec![data.column(0).to_vec(), almost])).expect("varying");
    assert!(regular.dependences().is_empty() && regular.check_independent().is_ok());
}

#[test]
fn with_few_rows_only_copies_are_dependent() {
    let data = table(vec![column(1, 3), column(2, 3), column(3, 3), column(1, 3)]);
    let dependences = Correlations::of(&data).expect("varying").dependences();
    assert_eq!(
        dependences,
        [Dependence {
            column: 3,
            of: vec![0]
        }]
    );
}

#[test]
fn a_check_finds_constants_and_copies_of_states() {
    let states = vec![["a", "b", "c"].map(str::to_owned).to_vec(); 4];
    let columns = vec![vec![0, 1, 2, 1], vec![1; 4], vec![2, 0, 1, 0], vec![0, 1, 0, 1]];
    let table = Table::Discrete(DiscreteTable::new(Nodes::numbered(4), states, columns).expect("states"));
    let check = ColumnCheck::of(&table).expect("rows");
    assert_eq!(check.constant, [1]);
    assert_eq!(
        check.dependences,
        [Dependence {
            column: 2,
            of: vec![0]
        }]
    );
    assert!(!check.is_clean());
    let copies = ColumnCheck {
        constant: Vec::new(),
        ..check
    };
    let error = copies.require(table.nodes()).expect_err("a copy");
    assert!(matches!(error, Error::CollinearColumns { column, of } if column == "X2" && of == ["X0"]));
}

#[test]
fn the_check_names_what_it_finds_at_the_ends_of_the_types() {
    let apart = table(vec![vec![f64::MAX, -f64::MAX, 0.0], column(1, 3)]);
    assert!(matches!(
        ColumnCheck::of(&Table::Continuous(apart)),
        Err(Error::ColumnRange { column }) if column == "X0"
    ));
    let states: Vec<String> = (0..=u16::MAX).map(|state| state.to_string()).collect();
    let all: Vec<u16> = (0..=u16::MAX).collect();
    let full =
        DiscreteTable::new(Nodes::numbered(1), vec![states], vec![all]).expect("as many states as codes");
    assert!(ColumnCheck::of(&Table::Discrete(full)).expect("rows").is_clean());
}
