//! SCORE against a restatement in numpy.

use causal_graph::{ContinuousTable, Nodes};
use causal_order::{AdaptiveLasso, AdditiveTest, EdgeSelection, Error, ScoreMatching};
use golden::Golden;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::SplitMix64;

/// The causes of each node, in an order that is not that of the columns.
const PARENTS: [(usize, &[usize]); 5] = [(3, &[]), (0, &[3]), (4, &[3, 0]), (1, &[4]), (2, &[0, 1])];

/// `x = sum over parents of (sin 2 x_p + 0.3 x_p^2) + noise / 2`.
fn additive_noise(n_rows: usize, seed: u64) -> ContinuousTable {
    let mut draws = SplitMix64::new(seed);
    let mut columns = vec![Vec::with_capacity(n_rows); PARENTS.len()];
    let mut row = [0.0_f64; PARENTS.len()];
    for _ in 0..n_rows {
        for (node, parents) in PARENTS {
            let signal: f64 = parents
                .iter()
                .map(|&parent| (2.0 * row[parent]).sin() + 0.3 * row[parent].powi(2))
                .sum();
            row[node] = signal + 0.5 * draws.normal();
        }
        for (column, &value) in columns.iter_mut().zip(&row) {
            column.push(value);
        }
    }
    ContinuousTable::new(Nodes::numbered(PARENTS.len()), columns).expect("finite")
}

fn golden() -> Golden {
    Golden::load("tests/golden/score_matching.json").expect("a golden file")
}

#[test]
fn the_order_and_the_variances_are_those_of_the_equations() {
    let result = ScoreMatching::default()
        .run(&additive_noise(400, 11))
        .expect("regular data");
    let order: Vec<i64> = result.order.sequence().iter().map(|&node| node as i64).collect();
    assert_eq!(order, golden().integers("order").expect("an order"));
    golden().assert_array("leaf_variances", &result.leaf_variances);
}

#[test]
fn the_p_values_are_those_of_two_fits() {
    let table = additive_noise(400, 11);
    let p_values = |table: &ContinuousTable| {
        AdditiveTest::default()
            .p_values(table, 2, &[3, 0, 4, 1])
            .expect("regular data")
    };
    golden().assert_array("p_values", &p_values(&table));
    let few_rows = table
        .select_rows(&(0..60).collect::<Vec<_>>())
        .expect("rows of the table");
    golden().assert_array("p_values_few_rows", &p_values(&few_rows));
}

#[test]
fn edges_are_found_by_the_additive_tests() {
    let result = ScoreMatching::default()
        .run(&additive_noise(400, 11))
        .expect("regular data");
    let mut expected: Vec<(usize, usize)> = PARENTS
        .iter()
        .flat_map(|&(node, parents)| parents.iter().map(move |&parent| (parent, node)))
        .collect();
    expected.sort_unstable();
    assert_eq!(result.dag.edges().collect::<Vec<_>>(), expected);
}

#[test]
fn every_selection_agrees_with_the_order() {
    let table = additive_noise(200, 2);
    let selections = [
        EdgeSelection::All,
        EdgeSelection::AdaptiveLasso(AdaptiveLasso::default()),
        EdgeSelection::AdditiveTest(AdditiveTest::default()),
    ];
    for selection in selections {
        let score = ScoreMatching {
            selection,
            ..ScoreMatching::default()
        };
        let result = score.run(&table).expect("regular data");
        assert!(
            result
                .dag
                .edges()
                .all(|(from, to)| result.order.precedes(from, to))
        );
        if selection == EdgeSelection::All {
            assert_eq!(result.dag.n_edges(), 10);
        }
    }
}

#[test]
fn bad_input_is_refused() {
    let table = additive_noise(50, 2);
    for ridge in [0.0, -1.0, f64::NAN] {
        let score = ScoreMatching {
            hessian_ridge: ridge,
            ..ScoreMatching::default()
        };
        let error = score.run(&table).expect_err("out of range");
        assert!(matches!(
            error,
            Error::Parameter {
                name: "hessian_ridge",
                ..
            }
        ));
    }
    // Three rows of twenty differ from the rest.
    let mostly_tied = |k: usize| {
        (0..20)
            .map(|row| f64::from(u8::from(row == k)))
            .collect::<Vec<f64>>()
    };
    let columns = (0..3).map(mostly_tied).collect();
    let table = ContinuousTable::new(Nodes::numbered(3), columns).expect("finite");
    let error = ScoreMatching::default().run(&table).expect_err("no bandwidth");
    assert!(matches!(&error, Error::EqualRows { columns } if columns.len() == 3));
}

#[test]
fn a_cancelled_run_says_so() {
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let error = ScoreMatching::default()
        .run_with(&additive_noise(50, 1), &mut progress)
        .expect_err("cancelled");
    assert_eq!(error.to_string(), "cancelled during SCORE, 0 steps in");
}
