//! The hot paths of optimal transport and of the choice of ensembles, each with its sizes in its name.
//!
//! Points are normal in 512 dimensions, all `f64`; libtorch and rayon have one thread. Inputs are made outside the timer,
//! and so are the costs, except where a method takes points. Sinkhorn makes a fixed number of iterations, given as the
//! throughput: criterion then prints iterations a second. Without `--bench`, or with `--test`, each runs once on small
//! inputs.
//!
//! `cargo bench --bench ot -- exact` runs some of them.

#![allow(missing_docs, reason = "criterion's macros make a public function")]

mod clouds;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use ot_transferability::{
    ConditionalEntropy, CostMatrix, Epsilon, Exact, Exhaustive, GaussianFit, GroundCost, Marginals,
    OnlineSinkhorn, OverRelaxation, PairTable, Pairing, PairwiseScore, Predictions, Sinkhorn, SinkhornForm,
    SlicedWasserstein, bures_wasserstein, greedy,
};
use tensor_core::{Kind, Tensor};

/// Regularisation as a share of the largest cost.
const EPSILON: f64 = 0.01;
const N_ITERATIONS: usize = 10;
const SOUND: &str = "sound inputs";

/// Sizes of all benchmarks.
#[derive(Clone, Copy)]
struct Sizes {
    points: usize,
    /// Of the methods that store no costs.
    many_points: usize,
    features: usize,
    members: usize,
    samples: usize,
    classes: usize,
}

impl Sizes {
    fn new(full: bool) -> Self {
        let (points, many_points, features) = if full { (1000, 5000, 512) } else { (30, 50, 8) };
        let (members, samples, classes) = if full { (100, 5000, 100) } else { (6, 60, 5) };
        Self {
            points,
            many_points,
            features,
            members,
            samples,
            classes,
        }
    }
}

fn transport(criterion: &mut Criterion) {
    let sizes = Sizes::new(full_size());
    let group = &mut group(criterion, "optimal transport, f64, 1 thread");
    exact(group, sizes);
    sinkhorn(group, sizes);
    online(group, sizes);
    without_costs(group, sizes);
}

fn selection(criterion: &mut Criterion) {
    let sizes = Sizes::new(full_size());
    let group = &mut group(criterion, "choice of ensembles, 1 thread");
    let Sizes {
        members,
        samples,
        classes,
        ..
    } = sizes;
    let predictions = clouds::predictions(members, samples, classes).expect(SOUND);
    let predictions: Vec<&Predictions> = predictions.iter().collect();
    let size = members.min(10);
    let name = format!("M={members} m={samples} K={classes} k={size}");
    group.bench_function(BenchmarkId::new("pair table and greedy", name), |bencher| {
        bencher.iter(|| greedy(&score(black_box(&predictions)), size).expect(SOUND));
    });
    let score = score(&predictions);
    let name = format!("M={members} k=3");
    group.bench_function(BenchmarkId::new("exhaustive", name), |bencher| {
        bencher.iter(|| Exhaustive::default().select(black_box(&score), 3).expect(SOUND));
    });
}

fn exact(group: &mut BenchmarkGroup<'_, WallTime>, sizes: Sizes) {
    let n = sizes.points;
    let cost = costs(sizes);
    let weighted = Marginals::new(&clouds::weights("source", n), &clouds::weights("target", n)).expect(SOUND);
    let uniform = Marginals::uniform(n, n).expect(SOUND);
    for (name, marginals) in [("exact, weighted", weighted), ("exact, uniform", uniform)] {
        group.bench_function(BenchmarkId::new(name, format!("n=m={n}")), |bencher| {
            bencher.iter(|| Exact::default().solve(black_box(&cost), &marginals).expect(SOUND));
        });
    }
}

fn sinkhorn(group: &mut BenchmarkGroup<'_, WallTime>, sizes: Sizes) {
    let n = sizes.points;
    let cost = costs(sizes);
    let marginals = Marginals::uniform(n, n).expect(SOUND);
    group.throughput(Throughput::Elements(N_ITERATIONS as u64));
    for (name, form) in [
        ("sinkhorn, kernel", SinkhornForm::Kernel),
        ("sinkhorn, stabilized", SinkhornForm::Stabilized),
        ("sinkhorn, log domain", SinkhornForm::LogDomain),
    ] {
        let solver = Sinkhorn {
            epsilon: Epsilon::absolute(EPSILON * cost.largest()),
            form,
            scaling: None,
            tolerance: f64::MIN_POSITIVE,
            max_iterations: N_ITERATIONS,
            over_relaxation: OverRelaxation::None,
            ..Sinkhorn::default()
        };
        let id = BenchmarkId::new(name, format!("n=m={n}, {N_ITERATIONS} iterations"));
        group.bench_function(id, |bencher| {
            bencher.iter(|| solver.solve(black_box(&cost), &marginals).expect(SOUND));
        });
    }
}

fn online(group: &mut BenchmarkGroup<'_, WallTime>, sizes: Sizes) {
    let (n, d) = (sizes.many_points, sizes.features);
    let (source, target) = points(n, d);
    let marginals = Marginals::uniform(n, n).expect(SOUND);
    let solver = OnlineSinkhorn {
        ground: GroundCost::SquaredEuclidean,
        // Squared distances of these points are about 2.2 d.
        epsilon: Epsilon::absolute(EPSILON * 2.2 * d as f64),
        tolerance: f64::MIN_POSITIVE,
        max_iterations: N_ITERATIONS,
        over_relaxation: OverRelaxation::None,
        ..OnlineSinkhorn::default()
    };
    group.throughput(Throughput::Elements(N_ITERATIONS as u64));
    let id = BenchmarkId::new(
        "sinkhorn, online",
        format!("n=m={n} d={d}, {N_ITERATIONS} iterations"),
    );
    group.bench_function(id, |bencher| {
        bencher.iter(|| {
            solver
                .solve(black_box(&source), &target, &marginals)
                .expect(SOUND)
        });
    });
}

/// Methods that take points and have no plan.
fn without_costs(group: &mut BenchmarkGroup<'_, WallTime>, sizes: Sizes) {
    let (n, d) = (sizes.many_points, sizes.features);
    let (source, target) = points(n, d);
    let marginals = Marginals::uniform(n, n).expect(SOUND);
    let sliced = SlicedWasserstein::default();
    group.throughput(Throughput::Elements(sliced.n_projections as u64));
    let id = BenchmarkId::new("sliced", format!("n=m={n} d={d} L={}", sliced.n_projections));
    group.bench_function(id, |bencher| {
        bencher.iter(|| {
            sliced
                .solve(black_box(&source), &target, &marginals)
                .expect(SOUND)
        });
    });
    group.throughput(Throughput::Elements(1));
    let fit = GaussianFit::default();
    group.bench_function(BenchmarkId::new("bures", format!("n=m={n} d={d}")), |bencher| {
        bencher.iter(|| {
            let source = fit.fit(black_box(&source), marginals.source()).expect(SOUND);
            let target = fit.fit(&target, marginals.target()).expect(SOUND);
            bures_wasserstein(&source, &target).expect(SOUND)
        });
    });
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    tch::set_num_threads(1);
    // An error means that an earlier group has made the one thread.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1));
    group
}

/// Whether this is `cargo bench` and not a test that the benchmarks run: criterion's own rule.
fn full_size() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--bench") && !has("--test")
}

fn points(n_points: usize, n_features: usize) -> (Tensor, Tensor) {
    clouds::gaussian(n_points, n_features, Kind::Double).expect(SOUND)
}

fn costs(sizes: Sizes) -> CostMatrix {
    let (source, target) = points(sizes.points, sizes.features);
    CostMatrix::between(&source, &target, GroundCost::SquaredEuclidean).expect(SOUND)
}

/// The score of ensembles by disagreement alone.
fn score(predictions: &[&Predictions]) -> PairwiseScore {
    let table = PairTable::of(predictions, ConditionalEntropy::PlugIn).expect(SOUND);
    PairwiseScore::new(
        "cohesion",
        &vec![0.0; predictions.len()],
        &table.disagreements(Pairing::Ordered),
    )
    .expect(SOUND)
}

criterion_group!(benches, transport, selection);
criterion_main!(benches);
