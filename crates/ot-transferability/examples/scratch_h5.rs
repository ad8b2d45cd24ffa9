//! Timing.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
use std::time::Instant;

use ot_transferability::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use transferability_metrics::{Labels, Probabilities};

fn main() {
    let (n_members, m, c) = (100, 5000, 100);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let labels: Vec<i64> = (0..m).map(|_| rng.random_range(0..c)).collect();
    let members = (0..n_members)
        .map(|i| {
            let k = [10, 100, 1000][i % 3];
            let classes: Vec<usize> = labels
                .iter()
                .map(|&l| {
                    if rng.random::<f64>() < 0.6 {
                        (l as usize * 7 + i) % k
                    } else {
                        rng.random_range(0..k)
                    }
                })
                .collect();
            Member::new(&i.to_string())
                .with_predictions(Predictions::new(&classes, k).unwrap())
                .with_domain_difference(rng.random())
        })
        .collect();
    let pool = Pool::new(Labels::new(&labels).unwrap(), members).unwrap();
    for _ in 0..3 {
        let t = Instant::now();
        let score = Osborn::nce().on(&pool).unwrap();
        let table = t.elapsed();
        let g = greedy(&score, 10).unwrap();
        let greedy_t = t.elapsed() - table;
        let t = Instant::now();
        let e = Exhaustive::default().select(&score, 3).unwrap();
        let exhaustive = t.elapsed();
        let t = Instant::now();
        let e5 = Exhaustive::default().select(&score, 4).unwrap();
        println!(
            "table {table:?} greedy {greedy_t:?} exhaustive C(100,3) {exhaustive:?} C(100,4) {:?} {:?} {:?} {:?}",
            t.elapsed(),
            g.members,
            e.members,
            e5.members
        );
    }
    let logits = |k: usize, rng: &mut ChaCha8Rng| {
        let v: Vec<f32> = (0..m * k).map(|_| rng.random::<f32>() * 5.0).collect();
        let t = tensor_core::convert::tensor_from_slice(&v, &[m as i64, k as i64]).unwrap();
        Probabilities::new(t.f_softmax(1, tensor_core::Kind::Float).unwrap()).unwrap()
    };
    let l = Labels::new(&labels.iter().map(|l| l % 10).collect::<Vec<_>>()).unwrap();
    let t = Instant::now();
    let members = (0..n_members)
        .map(|i| {
            Member::new(&i.to_string())
                .with_probabilities(&logits(20, &mut rng), &l)
                .unwrap()
        })
        .collect();
    println!("members {:?}", t.elapsed());
    let pool = Pool::new(l, members).unwrap();
    for name in ["ms-leep", "e-leep", "soft-iou-eep", "iou-eep"] {
        let score = name.parse::<EnsembleMethod>().unwrap().on(&pool).unwrap();
        let t = Instant::now();
        let g = greedy(score.as_ref(), 10).unwrap();
        let tg = t.elapsed();
        let t = Instant::now();
        if name != "iou-eep" {
            Exhaustive::default().select(score.as_ref(), 3).unwrap();
        } else {
            Ensembles::sample(100, 3, 5000, tensor_core::Seed::new(0))
                .unwrap()
                .scores(score.as_ref())
                .unwrap();
        }
        println!(
            "{name}: greedy {tg:?}, exhaustive (iou: 5000) {:?} {:?}",
            t.elapsed(),
            g.members
        );
    }
    let ens = Ensembles::all(60, 3, 100_000).unwrap();
    let x: Vec<f64> = (0..ens.len()).map(|_| rng.random()).collect();
    let y: Vec<f64> = x.iter().map(|x| x + rng.random::<f64>()).collect();
    let t = Instant::now();
    let iv = transferability_metrics::RankInterval {
        n_resamples: 200,
        ..Default::default()
    };
    ensemble_agreement(&ens, &x, &y, 5, Some(&iv)).unwrap();
    println!("agreement C(60,3), 200 resamples {:?}", t.elapsed());
}
