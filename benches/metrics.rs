//! Every metric with its default parameters, on the inputs that `cargo xtask peers metrics` also gives the peers.
//!
//! Features are 10 000 x 2048 in 100 classes, probabilities 50 000 x 1000 in 100 classes, all `f64`; libtorch has one
//! thread. A sample is checked when it is made: that is outside the timer here, and inside it in the comparison with
//! the peers. Without `--bench`, or with `--test`, each metric runs once on small inputs.
//!
//! N-LEEP has 64 features. Its mixture of 500 Gaussians with full covariances costs the square of the number of
//! principal components that hold 80 % of the variance; the noise here is the same in all directions, so of 2048
//! features it would keep more than 1000, and one score would take hours. Features of a network keep far fewer.
//!
//! All of them take minutes: `cargo bench --bench metrics -- logme` runs one.

#![allow(missing_docs, reason = "criterion's macros make a public function")]

mod inputs;

use std::cell::OnceCell;
use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use tensor_core::Seed;
use transferability_metrics::{
    Features, Labels, Metric, Probabilities, Requirement, Sample, catalogue, nce_from_predictions,
};

use crate::inputs::Sizes;

fn metrics(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    let full = full_size();
    let samples = Samples::default();

    let mut group = criterion.benchmark_group("metrics, f64, 1 thread");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1));
    for metric in catalogue(Seed::new(0)) {
        let sizes = sizes_of(metric.as_ref(), full);
        let id = BenchmarkId::new(metric.name(), name_of(sizes, metric.requires()));
        group.bench_function(id, |bencher| {
            let sample = samples.get(metric.as_ref(), sizes);
            bencher.iter(|| {
                metric
                    .score(black_box(sample))
                    .expect("a sound sample has a score")
            });
        });
    }

    let sizes = inputs::probability_sizes(full);
    let id = BenchmarkId::new("nce from predictions", name_of(sizes, Requirement::Probabilities));
    group.bench_function(id, |bencher| {
        let labels = Labels::new(&inputs::labels(sizes)).expect("sound labels");
        let rows = inputs::probabilities(sizes).expect("sound sizes");
        let predictions = inputs::predictions(&rows).expect("a matrix");
        let predictions: Vec<usize> = predictions.into_iter().map(|class| class as usize).collect();
        bencher.iter(|| nce_from_predictions(black_box(&predictions), &labels, None).expect("equal lengths"));
    });
    group.finish();
}

/// Whether this is `cargo bench` and not a test that the benchmarks run: criterion's own rule.
fn full_size() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--bench") && !has("--test")
}

fn sizes_of(metric: &dyn Metric, full: bool) -> Sizes {
    match (metric.requires(), metric.name()) {
        (Requirement::Features, "nleep") => inputs::mixture_sizes(full),
        (Requirement::Features, _) => inputs::feature_sizes(full),
        (Requirement::Probabilities, _) => inputs::probability_sizes(full),
    }
}

fn name_of(sizes: Sizes, requirement: Requirement) -> String {
    let columns = match requirement {
        Requirement::Features => "d",
        Requirement::Probabilities => "k",
    };
    format!(
        "n={} {columns}={} c={}",
        sizes.samples, sizes.columns, sizes.classes
    )
}

/// The samples, each made when a benchmark first asks for it.
#[derive(Default)]
struct Samples {
    features: OnceCell<Sample>,
    mixture: OnceCell<Sample>,
    probabilities: OnceCell<Sample>,
}

impl Samples {
    fn get(&self, metric: &dyn Metric, sizes: Sizes) -> &Sample {
        let (cell, make): (_, fn(Sizes) -> Result<Sample>) = match (metric.requires(), metric.name()) {
            (Requirement::Features, "nleep") => (&self.mixture, feature_sample),
            (Requirement::Features, _) => (&self.features, feature_sample),
            (Requirement::Probabilities, _) => (&self.probabilities, probability_sample),
        };
        cell.get_or_init(|| make(sizes).expect("sound inputs"))
    }
}

fn feature_sample(sizes: Sizes) -> Result<Sample> {
    let labels = inputs::labels(sizes);
    let features = Features::new(inputs::features(sizes, &labels)?)?;
    Ok(Sample::new(Labels::new(&labels)?).with_features(features)?)
}

fn probability_sample(sizes: Sizes) -> Result<Sample> {
    let probabilities = Probabilities::new(inputs::probabilities(sizes)?)?;
    Ok(Sample::new(Labels::new(&inputs::labels(sizes))?).with_probabilities(probabilities)?)
}

criterion_group!(benches, metrics);
criterion_main!(benches);
