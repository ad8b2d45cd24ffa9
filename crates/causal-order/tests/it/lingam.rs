//! LiNGAM against the lingam package.

use causal_graph::{ContinuousTable, Nodes};
use causal_order::{
    AdaptiveLasso, DirectLingam, Error, IcaLingam, Knowledge, LinearModel, PathKnowledge, Triangular,
};
use golden::Golden;
use run_control::Seed;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::linear_models::{centred, laplace, random_model, six_laplace};

fn golden() -> Golden {
    Golden::load("tests/golden/lingam_models.json").expect("a golden file")
}

/// The order is the same, and so are the weights; the package has a row for each effect.
fn assert_is(model: &LinearModel, name: &str) {
    let golden = golden();
    let order: Vec<i64> = model.order.sequence().iter().map(|&node| node as i64).collect();
    assert_eq!(
        order,
        golden.integers(&format!("{name}_order")).expect("an order")
    );
    let n_nodes = order.len();
    let transposed: Vec<f64> = (0..n_nodes * n_nodes)
        .map(|place| model.weights.get(place % n_nodes, place / n_nodes))
        .collect();
    golden.assert_array(&format!("{name}_weights"), &transposed);
}

#[test]
fn direct_lingam_has_the_orders_and_weights_of_the_package() {
    let lingam = DirectLingam::default();
    let run = |table: &ContinuousTable| lingam.run(table).expect("regular data");
    assert_is(&run(&six_laplace(1000, 7)), "six");
    assert_is(&run(&random_model(30, 500, 4.0, laplace, 30).1), "thirty");
    assert_is(&run(&random_model(50, 1000, 4.0, laplace, 50).1), "fifty");
}

#[test]
fn a_published_example_to_four_decimals() {
    // Weights of the same data by lingam and by bnlearn, to four decimals.
    let model = DirectLingam::default()
        .run(&six_laplace(1000, 7))
        .expect("regular data");
    assert_eq!(model.order.sequence(), [1, 0, 2, 4, 3, 5]);
    let expected = [
        (0, 2, 0.7312),
        (1, 2, -0.564),
        (2, 3, 0.6954),
        (0, 4, -0.104),
        (2, 4, 0.547),
        (3, 5, 0.9138),
        (4, 5, -0.3632),
    ];
    assert_eq!(model.dag.n_edges(), expected.len());
    for (from, to, weight) in expected {
        assert!(
            (model.weights.get(from, to) - weight).abs() < 5e-5,
            "{from} -> {to}"
        );
    }
}

#[test]
fn known_paths_have_the_semantics_of_the_package() {
    let (shape, entries) = {
        let golden = golden();
        let (shape, entries) = golden.array("prior").expect("a matrix");
        (shape.to_vec(), entries)
    };
    let rows: Vec<Vec<i8>> = entries
        .chunks(shape[1])
        .map(|row| row.iter().map(|&entry| entry as i8).collect())
        .collect();
    let known = PathKnowledge::from_matrix(Nodes::numbered(6), &rows).expect("consistent");
    let lingam = DirectLingam {
        known_paths: Some(known),
        ..DirectLingam::default()
    };
    assert_is(
        &lingam.run(&six_laplace(1000, 7)).expect("regular data"),
        "six_known",
    );
}

#[test]
fn knowledge_of_edges_holds_in_the_result() {
    let nodes = Nodes::numbered(6);
    let knowledge = Knowledge::builder(nodes)
        .tier(["X2", "X3"])
        .tier(["X0", "X1", "X5"])
        .require("X4", "X1")
        .forbid("X3", "X4")
        .build()
        .expect("consistent");
    let lingam = DirectLingam {
        knowledge: Some(knowledge.clone()),
        ..DirectLingam::default()
    };
    let model = lingam.run(&six_laplace(500, 3)).expect("regular data");
    for earlier in [2, 3] {
        for later in [0, 1, 5] {
            assert!(model.order.precedes(earlier, later));
        }
    }
    assert!(model.dag.has_edge(4, 1));
    assert!(!model.dag.has_edge(3, 4));
    let edges: Vec<_> = model.dag.edges().collect();
    let graph = causal_graph::Pdag::from_edges(model.dag.nodes().clone(), edges, []).expect("a graph");
    knowledge.check(&graph).expect("what is known holds");
}

#[test]
fn ica_lingam_has_the_orders_and_weights_of_the_package() {
    for seed in 0..3 {
        let run = |table: &ContinuousTable| {
            let result = IcaLingam::default()
                .run(table, Seed::new(seed))
                .expect("regular data");
            assert!(result.status.converged, "{:?}", result.status);
            result.model
        };
        assert_is(&run(&six_laplace(1000, 7)), "six_components");
        assert_is(
            &run(&random_model(8, 2000, 3.0, centred, 8).1),
            "eight_components",
        );
    }
}

#[test]
fn the_exact_triangular_order_agrees_with_the_true_graph() {
    let (dag, table) = random_model(8, 2000, 3.0, centred, 8);
    let lingam = IcaLingam {
        triangular: Triangular::Exact,
        ..IcaLingam::default()
    };
    let result = lingam.run(&table, Seed::new(5)).expect("regular data");
    for (from, to) in dag.edges() {
        assert!(result.model.order.precedes(from, to), "{from} -> {to}");
    }
}

#[test]
fn too_few_iterations_are_a_status() {
    let lingam = IcaLingam {
        max_iterations: 1,
        ..IcaLingam::default()
    };
    let result = lingam
        .run(&six_laplace(300, 7), Seed::new(1))
        .expect("an order anyway");
    assert!(!result.status.converged);
    assert_eq!(result.status.iterations, 1);
}

#[test]
fn threads_change_no_bit() {
    let (_, table) = random_model(12, 700, 3.0, laplace, 4);
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("threads");
        pool.install(|| DirectLingam::default().run(&table))
            .expect("regular data")
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn renaming_and_scaling_the_columns_changes_no_edge() {
    let table = six_laplace(400, 9);
    let permutation = [4, 2, 0, 5, 1, 3];
    let scale = |node: usize| [1e-3, 5.0, -1.0, 1e6, 0.2, 3.0][node];
    let columns = permutation.map(|node| {
        table
            .column(node)
            .iter()
            .map(|value| scale(node) * value + 1.0)
            .collect::<Vec<f64>>()
    });
    let changed = ContinuousTable::new(Nodes::numbered(6), columns.to_vec()).expect("finite");
    let lingam = DirectLingam::default();
    let (before, after) = (
        lingam.run(&table).expect("regular data"),
        lingam.run(&changed).expect("regular data"),
    );
    let renamed: Vec<usize> = after
        .order
        .sequence()
        .iter()
        .map(|&node| permutation[node])
        .collect();
    assert_eq!(renamed, before.order.sequence());
    for (from, to, weight) in after.weights.edges() {
        let (from, to) = (permutation[from], permutation[to]);
        // Least squares twice, of columns with condition numbers below 100.
        let expected = before.weights.get(from, to) * scale(to) / scale(from);
        assert!(
            (weight - expected).abs() < 1e-9 * expected.abs(),
            "{from} -> {to}"
        );
    }
}

#[test]
fn bad_tables_are_refused_by_name() {
    let lingam = DirectLingam::default();
    let varying: Vec<f64> = (0..20).map(|row| f64::from(row * row % 7)).collect();
    let other: Vec<f64> = (0..20).map(|row| f64::from(row * 3 % 11)).collect();
    let sum = varying.iter().zip(&other).map(|(a, b)| a - 2.0 * b).collect();
    let table = |columns: Vec<Vec<f64>>| {
        ContinuousTable::new(Nodes::numbered(columns.len()), columns).expect("finite")
    };
    assert!(matches!(
        lingam.run(&table(vec![varying.clone(), vec![3.0; 20]])),
        Err(Error::ConstantColumn { column }) if column == "X1"
    ));
    assert!(matches!(
        lingam.run(&table(vec![varying.clone(), other, sum])),
        Err(Error::CollinearColumns { of, .. }) if of.len() == 2
    ));
    assert!(matches!(
        lingam.run(&table(vec![varying[..2].to_vec(), varying[2..4].to_vec()])),
        Err(Error::TooFewRows {
            got: 2,
            expected: 4,
            ..
        })
    ));
    let wrong = DirectLingam {
        pruning: AdaptiveLasso { exponent: f64::NAN },
        ..DirectLingam::default()
    };
    assert!(matches!(
        wrong.run(&table(vec![varying])),
        Err(Error::Parameter { .. })
    ));
}

#[test]
fn a_cancelled_run_says_so() {
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let error = DirectLingam::default()
        .run_with(&six_laplace(100, 1), &mut progress)
        .expect_err("cancelled");
    assert_eq!(error.to_string(), "cancelled during DirectLiNGAM, 0 steps in");
}
