//! The hot paths of hard subsets, each with its sizes in its name; `f32`, libtorch and rayon with one thread.
//!
//! Inputs are made outside the timer, except the rows of the stream, which are made as they are needed: its time holds
//! theirs. Without `--bench`, or with `--test`, each runs once on small inputs.
//!
//! `cargo bench --bench hard_subset -- gram` runs some of them.

#![allow(missing_docs, reason = "criterion's macros make a public function")]

#[path = "peer_hard_subset/stream.rs"]
mod stream;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hard_subset::{
    Activations, Aggregation, ClassAgnostic, Hardness, Kernel, NearestSources, PrototypeFit, Prototypes,
    References, SubsetSpec, gram_statistics,
};
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::Labels;

use crate::stream::Stream;

const LAYER: &str = "features";
const ORDERS: [u32; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const SOUND: &str = "sound inputs";

fn hard_subset(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    // A second call finds the pool started.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    similarities(criterion);
    gram(criterion);
    selection(criterion);
    stream(criterion);
}

fn similarities(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("similarity to source samples, f32, 1 thread");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    let (n, d) = if full_size() { (5000, 512) } else { (40, 8) };
    let source = activations("source", &[n, d]);
    let target = activations("target", &[n, d]);
    let size = format!("n=m={n} d={d}");

    let prototypes = prototypes(&source, d as usize);
    group.bench_function(BenchmarkId::new("fit of the mean", &size), |bencher| {
        bencher.iter(|| self::prototypes(black_box(&source), d as usize));
    });
    group.bench_function(BenchmarkId::new("mean", &size), |bencher| {
        bencher.iter(|| {
            ClassAgnostic::default()
                .hardness(&prototypes, black_box(&target))
                .expect(SOUND)
        });
    });
    let references = References::all(&source).expect(SOUND);
    for (name, kernel) in [
        ("top 10, cosine", Kernel::Cosine),
        ("top 10, Euclidean", Kernel::Euclidean),
    ] {
        let nearest = NearestSources {
            aggregation: Aggregation::TopK(10),
            kernel,
            ..NearestSources::default()
        };
        group.bench_function(BenchmarkId::new(name, &size), |bencher| {
            bencher.iter(|| nearest.hardness(&references, black_box(&target)).expect(SOUND));
        });
    }
    group.finish();
}

fn prototypes(source: &Activations, n_channels: usize) -> Prototypes {
    let mut fit = PrototypeFit::new(&[(LAYER, n_channels)], 1).expect(SOUND);
    fit.observe_unlabelled(source).expect(SOUND);
    fit.finish().expect(SOUND)
}

fn gram(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Gram statistics, f32, 1 thread");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    let (n, c, side) = if full_size() { (200, 256, 14) } else { (3, 4, 2) };
    let maps = rectified("maps", &[n, c, side, side]);
    let size = format!("n={n} c={c} h=w={side} p=1..10");
    group.bench_function(BenchmarkId::new("row sums", size), |bencher| {
        bencher.iter(|| gram_statistics(black_box(&maps), &ORDERS).expect(SOUND));
    });
    group.finish();
}

fn selection(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("selection, 1 thread");
    let n = if full_size() { 1_000_000 } else { 100 };
    let hardness = Hardness::random(n, Seed::new(1), 0).expect(SOUND);
    let labels: Vec<i64> = (0..n as i64).map(|row| row % 10).collect();
    let labels = Labels::new(&labels).expect(SOUND);
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function(
        BenchmarkId::new("hardest half of each class", format!("m={n} C=10")),
        |bencher| {
            bencher.iter(|| {
                SubsetSpec::default()
                    .select(black_box(&hardness), &labels)
                    .expect(SOUND)
            });
        },
    );
    group.finish();
}

fn stream(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("streaming fit of 1000 prototypes, f32, 1 thread");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .measurement_time(Duration::from_secs(100));
    let (n, d) = if full_size() { (1_000_000, 2048) } else { (2000, 8) };
    let stream = Stream::new(n, d).expect(SOUND);
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function(BenchmarkId::new("one pass", format!("n={n} d={d}")), |bencher| {
        bencher.iter(|| black_box(&stream).fit().expect(SOUND));
    });
    group.finish();
}

fn activations(label: &str, shape: &[i64]) -> Activations {
    Activations::single(LAYER, rectified(label, shape)).expect(SOUND)
}

fn rectified(label: &str, shape: &[i64]) -> Tensor {
    let drawn = random::normal(&mut Seed::new(1).stream(label, 0), shape, Kind::Float).expect(SOUND);
    drawn.f_relu().expect(SOUND)
}

/// Whether this is `cargo bench` and not a test that the benchmarks run: criterion's own rule.
fn full_size() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--bench") && !has("--test")
}

criterion_group!(benches, hard_subset);
criterion_main!(benches);
