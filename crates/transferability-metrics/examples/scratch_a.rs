//! Scratch.
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::print_stdout,
    clippy::unwrap_used
)]
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::*;

fn cpu() -> f64 {
    std::thread::yield_now();
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let ns: f64 = stat.split_whitespace().next().unwrap().parse().unwrap();
    ns * 1e-9
}

fn main() {
    tch::set_num_threads(1);
    let (n, d, c, k) = (
        10_000_i64,
        512_i64,
        std::env::var("C").map_or(100, |c| c.parse().unwrap()),
        100_i64,
    );
    let seed = Seed::new(1);
    let labels: Vec<i64> = (0..n).map(|i| (i * 7919 + i * i % 31) % c).collect();
    let noise = random::normal(&mut seed.stream("noise", 0), &[n, d], Kind::Float).unwrap();
    let means = random::normal(&mut seed.stream("means", 0), &[c, d], Kind::Float).unwrap() * 0.3;
    let rows = (noise + means.index_select(0, &Tensor::from_slice(&labels))).relu();
    let logits = random::normal(&mut seed.stream("logits", 0), &[n, k], Kind::Float).unwrap();
    let onehot = Tensor::zeros([n, k], (Kind::Float, tensor_core::Device::Cpu)).scatter_value(
        1,
        &Tensor::from_slice(&labels).unsqueeze(1),
        2.0,
    );
    let p = (logits + onehot).softmax(1, Kind::Float);
    let sample = Sample::new(Labels::new(&labels).unwrap())
        .with_features(Features::new(rows).unwrap())
        .unwrap()
        .with_probabilities(Probabilities::new(p).unwrap())
        .unwrap();
    // Per-class fraction order: rank i within class, stages ceil(rho m_c)
    let mut order: Vec<usize> = (0..n as usize).collect();
    let h = random::normal(&mut seed.stream("h", 0), &[n], Kind::Double).unwrap();
    let h: Vec<f64> = Vec::try_from(&h).unwrap();
    order.sort_by(|&a, &b| h[b].total_cmp(&h[a]));
    let lengths: Vec<usize> = (1..=10).map(|i| i * n as usize / 10).collect();
    let nested = NestedRows::new(order, lengths).unwrap();
    let metrics: Vec<Box<dyn Metric>> = vec![
        Box::new(Nce),
        Box::new(Leep),
        Box::new(LogMe::default()),
        Box::new(Gbc::default()),
        Box::new(RegularizedHScore),
        Box::new(HScore),
        Box::new(TransRate::default()),
    ];
    let reps = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(3);
    if let Some(only) = std::env::args().nth(2) {
        for m in &metrics {
            if m.name() == only {
                for _ in 0..reps {
                    m.score_nested(&sample, &nested).unwrap();
                }
            }
        }
        return;
    }
    let (mut full_total, mut sweep_total) = (0.0, 0.0);
    for (i, m) in metrics.iter().enumerate() {
        let (mut full, mut sweep) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..reps {
            let t = cpu();
            let s = m.score(&sample).unwrap();
            full = full.min(cpu() - t);
            let t = cpu();
            let v = m.score_nested(&sample, &nested).unwrap();
            sweep = sweep.min(cpu() - t);
            std::hint::black_box((s, v));
        }
        println!(
            "{:12} full {:8.4} s  sweep {:8.4} s  ratio {:.2}",
            m.name(),
            full,
            sweep,
            sweep / full
        );
        if i < 5 {
            full_total += full;
            sweep_total += sweep;
        }
        if i == 4 {
            println!(
                "five: full {full_total:.4} sweep {sweep_total:.4} ratio {:.3}",
                sweep_total / full_total
            );
        }
    }
    if reps > 0 {
        for m in &metrics {
            let v = m.score_nested(&sample, &nested).unwrap();
            let mut worst = 0.0_f64;
            for (i, v) in v.iter().enumerate() {
                let mut rows = nested.prefix(i).to_vec();
                rows.sort_unstable();
                let s = m.score_subset(&sample, &rows).unwrap();
                worst = worst.max((s - v).abs() / s.abs());
            }
            println!("{:12} worst relative difference {worst:.2e}", m.name());
        }
    }
}
