#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use tensor_core::{Kind, Seed, random};
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    s.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}
fn best(name: &str, mut f: impl FnMut()) {
    let mut b = f64::MAX;
    for _ in 0..8 { let c = cpu_all(); f(); b = b.min(cpu_all() - c); }
    println!("{name} {b:.4}");
}
fn cpu_all() -> f64 {
    let _ = cpu;
    std::fs::read_dir("/proc/self/task").unwrap().map(|t| {
        let s = std::fs::read_to_string(t.unwrap().path().join("schedstat")).unwrap();
        s.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
    }).sum()
}
fn main() {
    let orders: Vec<u32> = (1..=10).collect();
    for shape in [vec![200i64, 256, 14, 14], vec![200, 512, 7, 7], vec![2000, 2048]] {
        let x = random::normal(&mut Seed::new(1).stream("x", 0), &shape, Kind::Float).unwrap().relu();
        best(&format!("statistics {shape:?}"), || { let _ = hard_subset::gram_statistics(&x, &orders).unwrap(); });
        let a = hard_subset::Activations::single("l", x).unwrap();
        let preds: Vec<usize> = (0..shape[0] as usize).map(|r| r % 10).collect();
        best(&format!("fit {shape:?}"), || { let _ = hard_subset::GramDeviation::fit(&a, &preds, 10, &Default::default()).unwrap(); });
        let d = hard_subset::GramDeviation::fit(&a, &preds, 10, &Default::default()).unwrap();
        best(&format!("hardness {shape:?}"), || { let _ = d.hardness(&a, &preds).unwrap(); });
    }
}
