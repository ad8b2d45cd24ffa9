//! Frequencies over resamples.

use causal_graph::{CausalOrder, ContinuousTable, Nodes, Pdag, Table};
use causal_order::independence::{FisherZ, IndependenceTest};
use causal_order::{
    BootstrapParams, EdgeFrequencies, Error, FailedResample, Result, bootstrap_graphs, bootstrap_graphs_with,
    bootstrap_orders,
};
use run_control::progress::{CancelToken, Cancellable, Progress};

use crate::seeded_tables::six_table;

/// Joins what Fisher's z finds to be dependent.
fn correlated(table: &Table) -> Result<Pdag> {
    let Table::Continuous(table) = table else {
        unreachable!("a continuous table")
    };
    let test = FisherZ::of(table)?;
    let mut graph = Pdag::empty(table.nodes().clone());
    for a in 0..table.n_columns() {
        for b in a + 1..table.n_columns() {
            if !test.is_independent(a, b, &[], 0.01)? {
                // Some edge of either kind.
                let points = table.column(a)[0] > 0.0 && (a + b) % 2 == 0;
                if points {
                    graph.add_directed(a, b)?;
                } else {
                    graph.add_undirected(a, b)?;
                }
            }
        }
    }
    Ok(graph)
}

/// By the variances, least first.
fn by_variance(table: &Table) -> Result<CausalOrder> {
    let Table::Continuous(table) = table else {
        unreachable!("a continuous table")
    };
    let variance = |node: usize| {
        let column = table.column(node);
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        column.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let mut sequence: Vec<usize> = (0..table.n_columns()).collect();
    sequence.sort_by(|&a, &b| variance(a).total_cmp(&variance(b)));
    Ok(CausalOrder::new(table.nodes().clone(), sequence)?)
}

fn params(n_resamples: usize) -> BootstrapParams {
    BootstrapParams {
        n_resamples,
        seed: 5,
        ..BootstrapParams::default()
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let table = Table::Continuous(six_table(60, 7));
    let with_threads = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            let graphs = bootstrap_graphs(&table, &params(25), correlated).expect("graphs");
            (
                graphs,
                bootstrap_orders(&table, &params(25), by_variance).expect("orders"),
            )
        })
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(3));
    let other_seed = BootstrapParams {
        seed: 6,
        ..params(25)
    };
    assert_ne!(
        one.0,
        bootstrap_graphs(&table, &other_seed, correlated).expect("graphs")
    );
}

#[test]
fn frequencies_add_up() {
    let table = Table::Continuous(six_table(60, 7));
    let edges = bootstrap_graphs(&table, &params(40), correlated).expect("graphs");
    let orders = bootstrap_orders(&table, &params(40), by_variance).expect("orders");
    assert_eq!(
        (edges.n_graphs(), orders.n_orders(), edges.n_failed()),
        (40, 40, 0)
    );
    let mut n_uncertain = 0;
    for a in 0..6 {
        for b in (0..6).filter(|&b| b != a) {
            assert_eq!(orders.before(a, b) + orders.before(b, a), 1.0);
            let sum = edges.directed(a, b) + edges.directed(b, a) + edges.undirected(a, b);
            assert!((edges.adjacent(a, b) - sum).abs() < 1e-15);
            if edges.adjacent(a, b) > 0.0 {
                assert!((edges.direction(a, b) + edges.direction(b, a) - 1.0).abs() < 1e-15);
            }
            n_uncertain += usize::from(edges.adjacent(a, b) > 0.0 && edges.adjacent(a, b) < 1.0);
        }
    }
    assert!(n_uncertain > 0, "resamples differ");
    assert_eq!(edges.adjacent(0, 2), 1.0, "a correlation of 0.53 in 60 rows");
    let text = serde_json::to_string(&edges).expect("JSON");
    assert_eq!(
        serde_json::from_str::<EdgeFrequencies>(&text).expect("its own JSON"),
        edges
    );
    assert!(serde_json::from_str::<EdgeFrequencies>(&text.replace("[0,", "[0,0,")).is_err());
}

#[test]
fn a_resample_is_rows_of_the_table() {
    let rows: Vec<f64> = (0..20).map(f64::from).collect();
    let negative = rows.iter().map(|row| -row).collect();
    let table = ContinuousTable::new(Nodes::numbered(2), vec![rows, negative]).expect("finite");
    let params = BootstrapParams {
        n_rows: Some(33),
        ..params(10)
    };
    let found = bootstrap_graphs(&Table::Continuous(table), &params, |resample| {
        let Table::Continuous(resample) = resample else {
            unreachable!("a continuous table")
        };
        assert_eq!(resample.n_rows(), 33);
        let mut pairs = resample.column(0).iter().zip(resample.column(1));
        assert!(pairs.all(|(a, b)| *a == -*b && (0.0..20.0).contains(a)));
        Ok(Pdag::empty(resample.nodes().clone()))
    });
    assert_eq!(found.expect("empty graphs").n_graphs(), 10);
}

#[test]
fn failures_are_refused_or_counted() {
    let table = Table::Continuous(six_table(12, 7));
    let fails = |resample: &Table| {
        let Table::Continuous(values) = resample else {
            unreachable!("a continuous table")
        };
        if values.column(0)[0] > 0.0 {
            return Err(Error::ConstantColumn {
                column: "X0".to_owned(),
            });
        }
        Ok(Pdag::empty(resample.nodes().clone()))
    };
    let refused = bootstrap_graphs(&table, &params(30), fails);
    assert!(matches!(refused, Err(Error::ConstantColumn { .. })));
    let skip = BootstrapParams {
        failed: FailedResample::Skip,
        ..params(30)
    };
    let skipped = bootstrap_graphs(&table, &skip, fails).expect("some succeed");
    assert!(skipped.n_failed() > 0 && skipped.n_graphs() > 0);
    assert_eq!(skipped.n_failed() + skipped.n_graphs(), 30);
    let all = bootstrap_graphs(&table, &skip, |_| {
        Err(Error::ConstantColumn {
            column: "X1".to_owned(),
        })
    });
    assert!(matches!(all, Err(Error::ConstantColumn { column }) if column == "X1"));
    let other_nodes = bootstrap_graphs(&table, &params(3), |_| Ok(Pdag::empty(Nodes::numbered(2))));
    assert!(matches!(
        other_nodes,
        Err(Error::Graph(causal_graph::Error::OtherNodes { .. }))
    ));
    assert!(bootstrap_graphs(&table, &params(0), correlated).is_err());
    let no_rows = BootstrapParams {
        n_rows: Some(0),
        ..params(3)
    };
    assert!(bootstrap_graphs(&table, &no_rows, correlated).is_err());
}

/// Sets a token after a number of steps.
struct Stopper {
    steps: u64,
    ended: bool,
    stop_after: u64,
    token: CancelToken,
}

impl Progress for Stopper {
    fn begin(&mut self, task: &str, total: Option<u64>) {
        assert_eq!((task, total), ("bootstrap", Some(50)));
    }

    fn advance(&mut self, steps: u64) {
        self.steps += steps;
        if self.steps >= self.stop_after {
            self.token.cancel();
        }
    }

    fn end(&mut self) {
        self.ended = true;
    }
}

#[test]
fn it_counts_its_steps_and_stops_when_asked_to() {
    let table = Table::Continuous(six_table(20, 7));
    let run = |stop_after| {
        let token = CancelToken::new();
        let mut stopper = Stopper {
            steps: 0,
            ended: false,
            stop_after,
            token: token.clone(),
        };
        let mut progress = Cancellable::new(&mut stopper, token);
        let result = bootstrap_graphs_with(&table, &params(50), correlated, &mut progress);
        (result.map(|found| found.n_graphs()), stopper.steps, stopper.ended)
    };
    let (result, steps, ended) = run(u64::MAX);
    assert!(matches!(result, Ok(50)) && steps == 50 && ended);
    let (result, steps, ended) = run(5);
    assert!(matches!(result, Err(Error::Cancelled(cancelled)) if cancelled.done == steps));
    assert!((5..50).contains(&steps) && !ended);
}

#[test]
fn averaged_dags_are_acyclic_and_say_what_they_leave_out() {
    let nodes = Nodes::numbered(3);
    let mut frequencies = EdgeFrequencies::new(nodes.clone());
    let edges = [
        vec![(0, 1), (1, 2)],
        vec![(0, 1), (2, 0)],
        vec![(1, 2), (2, 0)],
        vec![(0, 1), (1, 2)],
        vec![],
    ];
    for edges in edges {
        frequencies.count(&Pdag::from_edges(nodes.clone(), edges, []).expect("a graph"));
    }
    assert!(
        frequencies
            .majority(0.4)
            .expect("a threshold")
            .directed_cycle()
            .is_some()
    );
    let averaged = frequencies.averaged_dag(0.4).expect("a threshold");
    assert_eq!(averaged.dag.edges().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    assert_eq!(averaged.left_out, [(2, 0)]);
    assert!(
        frequencies
            .averaged_dag(0.5)
            .expect("a threshold")
            .left_out
            .is_empty()
    );
    for threshold in [0.0, -1.0, 1.5, f64::NAN] {
        assert!(frequencies.majority(threshold).is_err(), "{threshold}");
    }
}
