//! The hot paths of causal discovery, each with its sizes in its name; one thread.
//!
//! Tables and graphs are drawn outside the timer. Without `--bench`, or with `--test`, each runs once on small inputs.
//!
//! `cargo bench --bench causal -- search` runs some of them.

#![allow(missing_docs, reason = "criterion's macros make a public function")]

// Chooses the LAPACK behind ndarray-linalg.
extern crate openblas_src;

use std::hint::black_box;

use causal_graph::format::bif;
use causal_graph::generate::erdos_renyi;
use causal_graph::metrics::sid;
use causal_graph::network::{BayesianNetwork, LinearGaussianNetwork, RandomMechanisms, RandomTables};
use causal_graph::{ContinuousTable, Dag, DiscreteTable, Nodes};
use causal_order::independence::{ChiSquare, ContingencyParams, FisherZ, IndependenceTest};
use causal_order::score::{DiscreteCriterion, DiscreteScore, GaussianScore, LocalScore};
use causal_order::{
    Correlations, Dagma, DirectLingam, ExactSearch, Ges, HillClimbing, Knowledge, Notears, OrderMcmc,
    OrderSearch, Pc, ScoreMatching, TabuSearch,
};
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use tensor_core::Seed;

const SOUND: &str = "sound inputs";

fn causal(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    // A second call finds the pool started.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    graphs(criterion);
    tests(criterion);
    searches(criterion);
    orders(criterion);
}

fn graphs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("graphs, 1 thread");
    let (large, small) = if full_size() { (1000, 200) } else { (30, 10) };
    let dag = graph(large, 4.0);
    group.bench_function(
        BenchmarkId::new("cpdag", format!("n={large} degree=4")),
        |bencher| {
            bencher.iter(|| black_box(&dag).cpdag());
        },
    );
    let cpdag = dag.cpdag();
    group.bench_function(
        BenchmarkId::new("class size", format!("n={large} degree=4")),
        |bencher| {
            bencher.iter(|| black_box(&cpdag).ln_equivalence_class_size().expect(SOUND));
        },
    );
    let [truth, estimate] = [graph(small, 4.0), graph(small, 3.0)];
    group.bench_function(
        BenchmarkId::new("intervention distance", format!("n={small} degree=4")),
        |bencher| {
            bencher.iter(|| sid(black_box(&truth), black_box(&estimate)).expect(SOUND));
        },
    );
    let network = network(if full_size() { 37 } else { 8 });
    let text = bif::write(&network);
    group.bench_function(
        BenchmarkId::new("read BIF", format!("{} bytes", text.len())),
        |bencher| {
            bencher.iter(|| bif::read(black_box(&text)).expect(SOUND));
        },
    );
    let last = network.n_nodes() - 1;
    group.bench_function(
        BenchmarkId::new("marginal", format!("n={}", network.n_nodes())),
        |bencher| {
            bencher.iter(|| network.query(black_box(&[last]), &[]).expect(SOUND));
        },
    );
    let n_rows = if full_size() { 10_000 } else { 100 };
    group.bench_function(
        BenchmarkId::new("sample", format!("n={n_rows} p={}", network.n_nodes())),
        |bencher| bencher.iter(|| network.sample(n_rows, black_box(Seed::new(1))).expect(SOUND)),
    );
}

fn tests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("independence, 1 thread");
    let (n_rows, n_columns) = if full_size() { (1000, 100) } else { (60, 6) };
    let table = numbers(n_columns, n_rows);
    let size = format!("n={n_rows} p={n_columns}");
    group.bench_function(BenchmarkId::new("correlations", &size), |bencher| {
        bencher.iter(|| Correlations::of(black_box(&table)).expect(SOUND));
    });
    let fisher = FisherZ::of(&table).expect(SOUND);
    for given in [&[][..], &[2], &[2, 3], &[2, 3, 4]] {
        group.bench_function(
            BenchmarkId::new("Fisher z", format!("|S|={}", given.len())),
            |bencher| {
                bencher.iter(|| fisher.is_independent(0, 1, black_box(given), 0.01).expect(SOUND));
            },
        );
    }
    let states = states(if full_size() { 10_000 } else { 100 });
    let chi_square = ChiSquare::new(&states, ContingencyParams::default()).expect(SOUND);
    for given in [&[][..], &[2], &[2, 3]] {
        let name = format!("n={} |S|={}", states.n_rows(), given.len());
        group.bench_function(BenchmarkId::new("chi-square", name), |bencher| {
            bencher.iter(|| chi_square.test(0, 1, black_box(given)).expect(SOUND));
        });
    }
}

fn searches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search, 1 thread");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    let (n_rows, n_columns) = if full_size() { (1000, 50) } else { (60, 5) };
    let table = numbers(n_columns, n_rows);
    let size = format!("n={n_rows} p={n_columns}");
    let free = Knowledge::none(table.nodes().clone());
    let pc = Pc {
        alpha: 0.01,
        ..Pc::default()
    };
    group.bench_function(BenchmarkId::new("PC-stable, Fisher z", &size), |bencher| {
        bencher.iter(|| {
            pc.run(table.nodes(), &FisherZ::of(black_box(&table)).expect(SOUND))
                .expect(SOUND)
        });
    });
    let score = GaussianScore::bic(&table).expect(SOUND);
    group.bench_function(
        BenchmarkId::new("hill climbing, Gaussian BIC", &size),
        |bencher| {
            bencher.iter(|| {
                HillClimbing::default()
                    .run(black_box(&score), &free)
                    .expect(SOUND)
            });
        },
    );
    group.bench_function(BenchmarkId::new("GES, Gaussian BIC", &size), |bencher| {
        bencher.iter(|| Ges::default().run(black_box(&score), &free).expect(SOUND));
    });
    group.bench_function(BenchmarkId::new("orders, Gaussian BIC", &size), |bencher| {
        bencher.iter(|| OrderSearch::default().run(black_box(&score), &free).expect(SOUND));
    });
    let states = states(if full_size() { 10_000 } else { 100 });
    let size = format!("n={} p={}", states.n_rows(), states.n_columns());
    let free = Knowledge::none(states.nodes().clone());
    let bic = DiscreteScore::new(&states, DiscreteCriterion::BIC).expect(SOUND);
    group.bench_function(BenchmarkId::new("local BIC, two parents", &size), |bencher| {
        bencher.iter(|| bic.local(0, black_box(&[1, 2])).expect(SOUND));
    });
    group.bench_function(BenchmarkId::new("tabu, BIC", &size), |bencher| {
        bencher.iter(|| TabuSearch::default().run(black_box(&bic), &free).expect(SOUND));
    });
    let few = numbers(if full_size() { 16 } else { 5 }, n_rows);
    let score = GaussianScore::bic(&few).expect(SOUND);
    let free = Knowledge::none(few.nodes().clone());
    group.bench_function(
        BenchmarkId::new("exact, Gaussian BIC", format!("p={}", few.n_columns())),
        |bencher| {
            bencher.iter(|| ExactSearch::default().run(black_box(&score), &free).expect(SOUND));
        },
    );
    let chain = OrderMcmc {
        chains: 1,
        steps: Some(if full_size() { 100_000 } else { 1000 }),
        ..OrderMcmc::default()
    };
    group.bench_function(
        BenchmarkId::new("chain over orders", format!("p={}", few.n_columns())),
        |bencher| {
            bencher.iter(|| chain.run(black_box(&score), &free, None).expect(SOUND));
        },
    );
}

fn orders(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("functional models, 1 thread");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    let (n_rows, n_columns) = if full_size() { (500, 20) } else { (60, 4) };
    let table = numbers(n_columns, n_rows);
    let size = format!("n={n_rows} p={n_columns}");
    group.bench_function(BenchmarkId::new("DirectLiNGAM", &size), |bencher| {
        bencher.iter(|| DirectLingam::default().run(black_box(&table)).expect(SOUND));
    });
    group.bench_function(BenchmarkId::new("SCORE", &size), |bencher| {
        bencher.iter(|| ScoreMatching::default().run(black_box(&table)).expect(SOUND));
    });
    group.bench_function(BenchmarkId::new("NOTEARS", &size), |bencher| {
        bencher.iter(|| Notears::default().run(black_box(&table)).expect(SOUND));
    });
    group.bench_function(BenchmarkId::new("DAGMA", &size), |bencher| {
        bencher.iter(|| Dagma::default().run(black_box(&table)).expect(SOUND));
    });
}

fn graph(n_nodes: usize, average_degree: f64) -> Dag {
    erdos_renyi(
        Nodes::numbered(n_nodes),
        average_degree,
        Seed::new(n_nodes as u64),
    )
    .expect(SOUND)
}

fn numbers(n_columns: usize, n_rows: usize) -> ContinuousTable {
    let dag = graph(n_columns, 3.0);
    let network =
        LinearGaussianNetwork::random(&dag, &RandomMechanisms::default(), Seed::new(1)).expect(SOUND);
    network.sample(n_rows, Seed::new(2)).expect(SOUND)
}

fn network(n_nodes: usize) -> BayesianNetwork {
    BayesianNetwork::random(&graph(n_nodes, 2.5), &RandomTables::default(), Seed::new(1)).expect(SOUND)
}

fn states(n_rows: usize) -> DiscreteTable {
    network(if n_rows > 1000 { 37 } else { 8 })
        .sample(n_rows, Seed::new(2))
        .expect(SOUND)
}

/// Whether times are wanted, and not only that everything runs.
fn full_size() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--bench") && !has("--test")
}

criterion_group!(benches, causal);
criterion_main!(benches);
