//! Scratch.
#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use hard_subset::{Activations, PrototypeFit};
use tensor_core::{Kind, Seed, random};
fn main() {
    let (n, c) = (4096_usize, 2048_usize);
    let rows = random::normal(&mut Seed::new(1).stream("x", 0), &[n as i64, c as i64], Kind::Float).unwrap().relu();
    let batch = Activations::single("fc", rows).unwrap();
    for n_classes in [1_usize, 10, 100, 1000, 4000] {
        let classes: Vec<usize> = (0..n).map(|row| (row * 7919 + row / 3) % n_classes).collect();
        let mut best = f64::MAX;
        let mut fit = PrototypeFit::new(&[("fc", c)], n_classes).unwrap();
        fit.observe(&batch, &classes).unwrap();
        for _ in 0..7 {
            let t = std::time::Instant::now();
            fit.observe(&batch, &classes).unwrap();
            best = best.min(t.elapsed().as_secs_f64());
        }
        println!("{n_classes:5} classes: {:.3} ns an entry", best * 1e9 / (n * c) as f64);
    }
}
