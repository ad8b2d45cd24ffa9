//! Scratch.
#![allow(warnings, clippy::all)]
use ot_transferability::*;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    s.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}
fn rng(s: &mut u64) -> f64 {
    *s = s
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    ((*s >> 11) as f64) / ((1u64 << 53) as f64)
}
fn points(n: usize, d: usize, s: &mut u64, shift: f64) -> Vec<f64> {
    // clustered post-relu-like
    let k = 10;
    let centers: Vec<f64> = (0..k * d).map(|_| rng(s) * 2.0 - 1.0).collect();
    (0..n)
        .flat_map(|i| {
            let c = i % k;
            let centers = &centers;
            (0..d)
                .map(|j| (centers[c * d + j] + (rng(s) + rng(s) + rng(s) - 1.5) + shift).max(0.0))
                .collect::<Vec<_>>()
        })
        .collect()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: usize = args[1].parse().unwrap();
    let eps: f64 = args[2].parse().unwrap();
    let form = match args[3].as_str() {
        "log" => SinkhornForm::LogDomain,
        "kernel" => SinkhornForm::Kernel,
        _ => SinkhornForm::Stabilized,
    };
    let over = match args[4].as_str() {
        "none" => OverRelaxation::None,
        "ad" => OverRelaxation::Adaptive,
        x => OverRelaxation::Fixed(x.parse().unwrap()),
    };
    let scaling = match args[5].as_str() {
        "none" => None,
        x => Some(EpsilonScaling {
            factor: x.parse().unwrap(),
            ..Default::default()
        }),
    };
    let iters: usize = args[6].parse().unwrap();
    let tol: f64 = args[7].parse().unwrap();
    let d = 64;
    let mut s = 7;
    let x = points(n, d, &mut s, 0.0);
    let y = points(n, d, &mut s, 0.1);
    let x = tensor_core::convert::tensor_from_slice(&x, &[n as i64, d as i64]).unwrap();
    let y = tensor_core::convert::tensor_from_slice(&y, &[n as i64, d as i64]).unwrap();
    let c = CostMatrix::between(&x, &y, GroundCost::SquaredEuclidean).unwrap();
    let m = Marginals::uniform(n, n).unwrap();
    let sk = Sinkhorn {
        epsilon: Epsilon::relative(eps, CostScale::Max),
        form,
        scaling,
        tolerance: tol,
        max_iterations: iters,
        over_relaxation: over,
        ..Default::default()
    };
    let mut best = f64::MAX;
    let reps: usize = args.get(8).map_or(1, |v| v.parse().unwrap());
    for _ in 0..reps {
        let one = Sinkhorn {
            max_iterations: 1,
            scaling: None,
            ..sk
        };
        let t = cpu();
        one.solve(&c, &m).unwrap();
        let t1 = cpu() - t;
        let t = cpu();
        let w = std::time::Instant::now();
        let r = sk.solve(&c, &m).unwrap();
        let t2 = cpu() - t;
        let per = (t2 - t1) / (r.iterations.max(2) - 1) as f64;
        best = best.min(per);
        println!(
            "n {n} it {} {:?} cost {:.12} err {:.2e} gap {:.2e} total {:.3}s wall {:.3} first {:.4} per-iter {:.3}ms  best {:.3}ms = {:.2} ns/cell",
            r.iterations,
            r.status,
            r.cost,
            r.marginal_error,
            r.gap,
            t2,
            w.elapsed().as_secs_f64(),
            t1,
            per * 1e3,
            best * 1e3,
            best * 1e9 / (n * n) as f64
        );
    }
}
