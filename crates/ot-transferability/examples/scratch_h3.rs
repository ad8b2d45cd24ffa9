//! Figures of this part.
#![allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::print_stdout)]
use ot_transferability::*;
use std::time::Instant;
use tensor_core::{Kind, Seed, random};
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn best<T>(name: &str, n: usize, mut f: impl FnMut() -> T) -> T {
    let mut least = (f64::MAX, f64::MAX);
    let mut out = None;
    for _ in 0..n {
        let (t, c) = (Instant::now(), cpu());
        out = Some(f());
        least.0 = least.0.min(t.elapsed().as_secs_f64());
        least.1 = least.1.min(cpu() - c);
    }
    println!("{name}: wall {:.4} cpu {:.2}", least.0, least.1);
    out.unwrap()
}
fn main() {
    tch::set_num_threads(1);
    let args: Vec<String> = std::env::args().collect();
    if args.len() > 1 && args[1] == "threads" {
        return threads();
    }
    if args.len() > 2 && args[1] == "frob" {
        return frob(args[2].parse().unwrap());
    }
    if args.len() > 2 && args[1] == "online" {
        return online(
            args[2].parse().unwrap(),
            if args[3] == "f32" {
                Kind::Float
            } else {
                Kind::Double
            },
            args[4].parse().unwrap(),
        );
    }
    let mut r = Seed::new(0).stream("x", 0);
    let x = random::normal(&mut r, &[5000, 512], Kind::Double).unwrap();
    let y = random::normal(&mut r, &[5000, 512], Kind::Double).unwrap() * 1.1 + 0.1;
    let m = Marginals::uniform(5000, 5000).unwrap();
    let what = std::env::args().nth(1).unwrap_or_default();
    if what.is_empty() || what == "misc" {
        let s = SlicedWasserstein {
            n_projections: 100,
            ..Default::default()
        };
        println!("{:?}", best("sliced", 5, || s.solve(&x, &y, &m).unwrap()));
        let xs = tensor_core::convert::vector::<f64>("x", &x.select(1, 0).contiguous()).unwrap();
        let ys = tensor_core::convert::vector::<f64>("x", &y.select(1, 0).contiguous()).unwrap();
        println!(
            "{:?}",
            best("1d", 20, || wasserstein_1d(&xs, m.source(), &ys, m.target(), 2.0)
                .unwrap())
        );
        let f = GaussianFit::default();
        println!(
            "{:?}",
            best("bures", 5, || bures_wasserstein(
                &f.fit(&x, m.source()).unwrap(),
                &f.fit(&y, m.target()).unwrap()
            )
            .unwrap())
        );
        println!("{:?}", best("fit", 5, || f.fit(&x, m.source()).unwrap()).trace());
        let f = GaussianFit {
            regularization: 1e-6,
            ..f
        };
        println!(
            "{:?}",
            best("bures reg", 5, || bures_wasserstein(
                &f.fit(&x, m.source()).unwrap(),
                &f.fit(&y, m.target()).unwrap()
            )
            .unwrap())
        );
        let ms = MaxSlicedWasserstein::default();
        let found = best("max sliced", 2, || ms.solve(&x, &y, &m).unwrap());
        println!("{} {:?} {}", found.distance, found.status, found.iterations);
    }
}
fn threads() {
    let mut r = Seed::new(0).stream("x", 0);
    let x = random::normal(&mut r, &[3001, 515], Kind::Double).unwrap();
    let y = random::normal(&mut r, &[2777, 515], Kind::Double).unwrap() * 1.1 + 0.1;
    let m = Marginals::uniform(3001, 2777).unwrap();
    let run = |t| {
        tch::set_num_threads(t);
        OnlineSinkhorn {
            max_iterations: 3,
            ..Default::default()
        }
        .solve(&x, &y, &m)
        .unwrap()
    };
    let (a, b, c) = (run(1), run(2), run(1));
    println!("1=1 {} 1=2 {}", a == c, a == b);
    let s = |t| {
        tch::set_num_threads(t);
        SlicedWasserstein::default().solve(&x, &y, &m).unwrap().cost
    };
    println!("sliced {} {}", s(1) == s(1), s(1) == s(2));
}
fn frob(n: i64) {
    let mut r = Seed::new(0).stream("x", 0);
    let x = random::normal(&mut r, &[n, 512], Kind::Double).unwrap();
    let y = random::normal(&mut r, &[n, 512], Kind::Double).unwrap() * 1.1 + 0.1;
    let c = CostMatrix::between(&x, &y, GroundCost::SquaredEuclidean).unwrap();
    let m = Marginals::uniform(n as usize, n as usize).unwrap();
    for g in [1e6, 1e4, 100.0, 10.0, 1.0, 0.1, 0.01, 1e-3] {
        let f = Frobenius {
            gamma: Epsilon::relative(g, CostScale::Max),
            ..Default::default()
        };
        let t = best(&format!("frobenius {g}"), 1, || f.solve(&c, &m).unwrap());
        let mut nnz = 0;
        t.plan.for_each(|_| nnz += 1);
        println!(
            "   cost {} its {} {:?} err {:.2e} gap {:.2e} nnz {nnz}",
            t.cost, t.iterations, t.status, t.marginal_error, t.gap
        );
    }
}
fn hwm() -> String {
    std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .filter(|l| l.starts_with("VmHWM") || l.starts_with("VmRSS"))
        .collect::<Vec<_>>()
        .join(" ")
}
#[allow(dead_code)]
fn online(n: i64, kind: Kind, its: usize) {
    tch::set_num_threads(1);
    println!("start {}", hwm());
    let mut r = Seed::new(0).stream("x", 0);
    let x = random::normal(&mut r, &[n, 512], kind).unwrap();
    println!("x {}", hwm());
    let y = random::normal(&mut r, &[n, 512], kind).unwrap();
    println!("inputs {}", hwm());
    let m = Marginals::uniform(n as usize, n as usize).unwrap();
    let s = OnlineSinkhorn {
        max_iterations: its,
        ..Default::default()
    };
    let (t, c) = (Instant::now(), cpu());
    let o = s.solve(&x, &y, &m).unwrap();
    println!(
        "cost {} err {} its {} {:?} wall {:.2} cpu {:.2} {}",
        o.cost,
        o.marginal_error,
        o.iterations,
        o.status,
        t.elapsed().as_secs_f64(),
        cpu() - c,
        hwm()
    );
}
