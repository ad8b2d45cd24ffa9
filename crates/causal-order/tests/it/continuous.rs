//! NOTEARS against gcastle, and DAGMA against the dagma package.

use causal_graph::{ContinuousTable, Nodes};
use causal_order::{Acyclicity, ContinuousSearch, Dagma, Error, Notears};
use golden::Golden;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::random_gaussian;

fn golden() -> Golden {
    Golden::load("tests/golden/notears_dagma.json").expect("a golden file")
}

/// The edges, cause and effect after each other.
fn edges(search: &ContinuousSearch) -> Vec<i64> {
    let edges = search.weights.edges();
    edges.flat_map(|(from, to, _)| [from as i64, to as i64]).collect()
}

#[test]
fn notears_has_the_objectives_and_edges_of_gcastle() {
    let notears = Notears {
        acyclicity: Acyclicity::Polynomial,
        ..Notears::default()
    };
    for (n_nodes, seed) in [(20, 20), (30, 31), (50, 50)] {
        let (_, table) = random_gaussian(n_nodes, 1000, 2.0, seed);
        let search = notears.run(&table).expect("regular data");
        assert!(search.status.converged, "{:?}", search.status);
        assert!(search.acyclicity <= notears.tolerance);
        golden().assert_scalar(&format!("notears_{n_nodes}_objective"), search.objective);
        let expected = golden()
            .integers(&format!("notears_{n_nodes}_edges"))
            .expect("edges");
        assert_eq!(edges(&search), expected, "{n_nodes} nodes");
    }
}

#[test]
fn both_measures_of_cycles_lead_to_the_same_edges() {
    let (_, table) = random_gaussian(20, 1000, 2.0, 20);
    let search = |acyclicity| {
        let notears = Notears {
            acyclicity,
            ..Notears::default()
        };
        notears.run(&table).expect("regular data")
    };
    let (exponential, polynomial) = (search(Acyclicity::Exponential), search(Acyclicity::Polynomial));
    assert_eq!(edges(&exponential), edges(&polynomial));
    // The same optimum, approached along another path.
    golden::assert_close(&[exponential.objective], &[polynomial.objective], 1e-4, 0.0);
}

#[test]
fn dagma_has_the_loss_edges_and_weights_of_its_package() {
    for (n_nodes, seed) in [(10, 12), (20, 20)] {
        let (_, table) = random_gaussian(n_nodes, 1000, 2.0, seed);
        let search = Dagma::default().run(&table).expect("regular data");
        let golden = golden();
        assert!(search.status.converged, "{:?}", search.status);
        golden.assert_scalar(&format!("dagma_{n_nodes}_loss"), search.loss);
        golden.assert_scalar(&format!("dagma_{n_nodes}_acyclicity"), search.acyclicity);
        let expected = golden.integers(&format!("dagma_{n_nodes}_edges")).expect("edges");
        assert_eq!(edges(&search), expected, "{n_nodes} nodes");
        let weights: Vec<f64> = search.weights.edges().map(|(_, _, weight)| weight).collect();
        golden.assert_array(&format!("dagma_{n_nodes}_weights"), &weights);
    }
}

#[test]
fn the_order_agrees_with_the_graph() {
    let (_, table) = random_gaussian(12, 500, 2.0, 5);
    for search in [Notears::default().run(&table), Dagma::default().run(&table)] {
        let search = search.expect("regular data");
        let (dag, order) = (search.dag.expect("acyclic"), search.order.expect("acyclic"));
        assert_eq!(dag.n_edges(), search.weights.edges().count());
        assert!(dag.edges().all(|(from, to)| order.precedes(from, to)));
    }
}

#[test]
fn too_few_iterations_are_a_status() {
    let (_, table) = random_gaussian(12, 500, 2.0, 5);
    let notears = Notears {
        max_constraint_weight: 100.0,
        ..Notears::default()
    };
    let search = notears.run(&table).expect("weights anyway");
    assert!(!search.status.converged);
    assert!(search.acyclicity > notears.tolerance);
    let dagma = Dagma {
        max_last_iterations: 10,
        ..Dagma::default()
    };
    assert!(!dagma.run(&table).expect("weights anyway").status.converged);
}

#[test]
fn parameters_and_tables_are_checked() {
    let (_, table) = random_gaussian(5, 50, 2.0, 5);
    let bad = f64::NAN;
    for notears in [
        Notears {
            penalty: bad,
            ..Notears::default()
        },
        Notears {
            threshold: -0.1,
            ..Notears::default()
        },
        Notears {
            tolerance: 0.0,
            ..Notears::default()
        },
        Notears {
            max_constraint_weight: 1.0,
            ..Notears::default()
        },
        Notears {
            max_iterations: 0,
            ..Notears::default()
        },
    ] {
        assert!(
            matches!(notears.run(&table), Err(Error::Parameter { .. })),
            "{notears:?}"
        );
    }
    for dagma in [
        Dagma {
            penalty: -1.0,
            ..Dagma::default()
        },
        Dagma {
            mu_factor: 1.0,
            ..Dagma::default()
        },
        Dagma {
            s: vec![],
            ..Dagma::default()
        },
        Dagma {
            s: vec![1.0, bad],
            ..Dagma::default()
        },
        Dagma {
            learning_rate: f64::INFINITY,
            ..Dagma::default()
        },
    ] {
        assert!(
            matches!(dagma.run(&table), Err(Error::Parameter { .. })),
            "{dagma:?}"
        );
    }
    let constant = ContinuousTable::new(Nodes::numbered(1), vec![vec![2.0; 9]]).expect("finite");
    assert!(matches!(
        Notears::default().run(&constant),
        Err(Error::ConstantColumn { .. })
    ));
}

#[test]
fn a_cancelled_run_says_so() {
    let (_, table) = random_gaussian(5, 50, 2.0, 5);
    let cancelled = || {
        let token = CancelToken::new();
        token.cancel();
        Cancellable::new(Silent, token)
    };
    let error = Notears::default()
        .run_with(&table, &mut cancelled())
        .expect_err("cancelled");
    assert_eq!(error.to_string(), "cancelled during NOTEARS, 0 steps in");
    let error = Dagma::default()
        .run_with(&table, &mut cancelled())
        .expect_err("cancelled");
    assert_eq!(error.to_string(), "cancelled during DAGMA, 0 steps in");
}
