//! Every metric with its default parameters, on the inputs that `cargo xtask peers metrics` also gives the peers.
//!
//! Features are 10 000 x 2048 in 100 classes, probabilities 50 000 x 1000 in 100 classes, all `f64`; libtorch has one
//! thread. A sample is checked when it is made: that is outside the timer here, and inside it in the comparison with
//! the peers. Without `--bench`, or with `--test`, each metric runs once on small inputs.
//!
//! The heavy metrics take minutes: `cargo bench --bench metrics -- logme` runs one.

#![allow(missing_docs, reason = "criterion's macros make a public function")]

mod inputs;

use std::cell::OnceCell;
use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use tensor_core::Seed;
use transferability_metrics::{
    Features, Labels, Probabilities, Requirement, Sample, catalogue, nce_from_predictions,
};

fn metrics(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    let full = full_size();
    let (features, probabilities) = (OnceCell::new(), OnceCell::new());

    let mut group = criterion.benchmark_group("metrics, f64, 1 thread");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1));
    for metric in catalogue(Seed::new(0)) {
        let (sizes, columns) = match metric.requires() {
            Requirement::Features => (inputs::feature_sizes(full), "d"),
            Requirement::Probabilities => (inputs::probability_sizes(full), "k"),
        };
        let id = BenchmarkId::new(metric.name(), name_of(sizes, columns));
        group.bench_function(id, |bencher| {
            let sample = match metric.requires() {
                Requirement::Features => {
                    features.get_or_init(|| feature_sample(full).expect("sound features"))
                }
                Requirement::Probabilities => {
                    probabilities.get_or_init(|| probability_sample(full).expect("sound probabilities"))
                }
            };
            bencher.iter(|| {
                black_box(
                    metric
                        .score(black_box(sample))
                        .expect("a sound sample has a score"),
                )
            });
        });
    }

    let sizes = inputs::probability_sizes(full);
    let id = BenchmarkId::new("nce from predictions", name_of(sizes, "k"));
    group.bench_function(id, |bencher| {
        let labels = Labels::new(&inputs::labels(sizes)).expect("sound labels");
        let rows = inputs::probabilities(sizes).expect("sound sizes");
        let predictions = inputs::predictions(&rows).expect("a matrix");
        let predictions: Vec<usize> = predictions.into_iter().map(|class| class as usize).collect();
        bencher.iter(|| {
            black_box(nce_from_predictions(black_box(&predictions), &labels, None).expect("equal lengths"))
        });
    });
    group.finish();
}

/// Whether this is `cargo bench` and not a test that the benchmarks run: criterion's own rule.
fn full_size() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--bench") && !has("--test")
}

fn name_of(sizes: inputs::Sizes, columns: &str) -> String {
    format!(
        "n={} {columns}={} c={}",
        sizes.samples, sizes.columns, sizes.classes
    )
}

fn feature_sample(full: bool) -> Result<Sample> {
    let sizes = inputs::feature_sizes(full);
    let labels = inputs::labels(sizes);
    let features = Features::new(inputs::features(sizes, &labels)?)?;
    Ok(Sample::new(Labels::new(&labels)?).with_features(features)?)
}

fn probability_sample(full: bool) -> Result<Sample> {
    let sizes = inputs::probability_sizes(full);
    let probabilities = Probabilities::new(inputs::probabilities(sizes)?)?;
    Ok(Sample::new(Labels::new(&inputs::labels(sizes))?).with_probabilities(probabilities)?)
}

criterion_group!(benches, metrics);
criterion_main!(benches);
