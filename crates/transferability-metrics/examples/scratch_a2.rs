//! Scratch.
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::print_stdout,
    clippy::unwrap_used
)]
use tensor_core::{Kind, Seed, Tensor, linalg, random};
fn cpu() -> f64 {
    std::thread::yield_now();
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let ns: f64 = stat.split_whitespace().next().unwrap().parse().unwrap();
    ns * 1e-9
}
fn time(name: &str, mut f: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let t = cpu();
        f();
        best = best.min(cpu() - t);
    }
    println!("{name:30} {:9.5} s", best);
}
fn main() {
    tch::set_num_threads(1);
    let seed = Seed::new(1);
    let f = random::normal(&mut seed.stream("a", 0), &[10_000, 512], Kind::Float)
        .unwrap()
        .relu();
    let g = linalg::gram(&f).unwrap();
    let fd = f.to_kind(Kind::Double);
    time("gram f32 10k", || {
        linalg::gram(&f).unwrap();
    });
    time("gram f64 10k", || {
        linalg::gram(&fd).unwrap();
    });
    time("to_kind", || {
        let _ = f.to_kind(Kind::Double);
    });
    time("eigh", || {
        linalg::eigh(&g).unwrap();
    });
    let g32 = g.to_kind(Kind::Float);
    time("eigh f32", || {
        g32.linalg_eigh("L");
    });
    time("eigvalsh", || {
        linalg::eigvalsh(&g).unwrap();
    });
    time("chol", || {
        linalg::cholesky(&g).unwrap();
    });
    let c = linalg::cholesky(&g).unwrap();
    let b = random::normal(&mut seed.stream("b", 0), &[512, 100], Kind::Double).unwrap();
    time("chol solve 100", || {
        linalg::cholesky_solve(&c, &b).unwrap();
    });
    time("tri solve 100", || {
        let _ = c.linalg_solve_triangular(&b, false, true, false);
    });
    time("matmul 512^3", || {
        let _ = g.matmul(&g);
    });
    time("matmul 512x512x100", || {
        let _ = g.matmul(&b);
    });
    time("matmul 10k 512 64", || {
        let _ = fd.matmul(&b.narrow(1, 0, 64));
    });
    let idx = Tensor::randperm(10_000, (Kind::Int64, tensor_core::Device::Cpu));
    time("index_select f32", || {
        let _ = f.index_select(0, &idx);
    });
    time("index_select f64", || {
        let _ = fd.index_select(0, &idx);
    });
    time("mv symv", || {
        for i in 0..512 {
            let _ = g.mv(&b.select(1, 0));
        }
    });
}
