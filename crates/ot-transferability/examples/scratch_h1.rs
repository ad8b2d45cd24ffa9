#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used
)]
use ot_transferability::*;
use tensor_core::array_io::read_npy;
fn cpu() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1e-9
}
fn rd(p: &str) -> Vec<f64> {
    std::fs::read(p)
        .unwrap()
        .chunks(8)
        .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
        .collect()
}
fn main() {
    tch::set_num_threads(1);
    let args: Vec<String> = std::env::args().collect();
    if args.len() > 2 {
        let n = 10_000;
        use tensor_core::{Kind, Seed, random};
        let mut r = Seed::new(1).stream("x", 0);
        let x = random::normal(&mut r, &[n, 64], Kind::Double).unwrap();
        let y = random::normal(&mut r, &[n, 64], Kind::Double).unwrap();
        let a: Vec<f64> = (0..n).map(|i| 1.0 + (i % 17) as f64).collect();
        let s: f64 = a.iter().sum();
        let a: Vec<f64> = a.iter().map(|w| w / s).collect();
        let m = if args[2] == "u" {
            Marginals::uniform(n as usize, n as usize).unwrap()
        } else {
            Marginals::new(&a, &vec![1.0 / n as f64; n as usize]).unwrap()
        };
        let t = cpu();
        let c = CostMatrix::between(&x, &y, GroundCost::SquaredEuclidean).unwrap();
        let t1 = cpu();
        let r = Exact::default().solve(&c, &m).unwrap();
        println!(
            "10k {} cost {:.2}s solve {:.2}s value {} gap {:e} it {}",
            args[2],
            t1 - t,
            cpu() - t1,
            r.cost,
            r.gap,
            r.iterations
        );
        println!(
            "{}",
            std::fs::read_to_string("/proc/self/status")
                .unwrap()
                .lines()
                .find(|l| l.starts_with("VmHWM"))
                .unwrap()
        );
        return;
    }
    for n in args[1].split(',').map(|x| x.parse::<usize>().unwrap()) {
        for name in ["gauss", "clustered"] {
            let x = read_npy(std::path::Path::new(&format!("/tmp/h1/data/{name}{n}_x.npy"))).unwrap();
            let y = read_npy(std::path::Path::new(&format!("/tmp/h1/data/{name}{n}_y.npy"))).unwrap();
            let g = Marginals::new(
                &rd(&format!("/tmp/h1/data/a{n}.f64")),
                &rd(&format!("/tmp/h1/data/b{n}.f64")),
            )
            .unwrap();
            let u = Marginals::uniform(n, n).unwrap();
            let reps = if n < 3000 { 12 } else { 3 };
            for (w, m) in [("general", &g), ("uniform", &u)] {
                let (mut dist, mut all) = (f64::INFINITY, f64::INFINITY);
                let mut v = 0.0;
                for _ in 0..reps {
                    let t = cpu();
                    let c = CostMatrix::between(&x, &y, GroundCost::SquaredEuclidean).unwrap();
                    let d = cpu() - t;
                    v = Exact::default().solve(&c, m).unwrap().cost;
                    all = all.min(cpu() - t);
                    dist = dist.min(d);
                }
                println!("{name} {n} {w}: dist {dist:.4} all {all:.4} value {v:.9}");
            }
        }
    }
}
