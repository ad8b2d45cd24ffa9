//! Scratch.
use hard_subset::*;
use tensor_core::{Seed, random, Kind};
fn cpu() -> f64 { 
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    let t: f64 = f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap();
    t / 100.0
}
fn peak() -> (u64, u64) {
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    let g = |k: &str| s.lines().find(|l| l.starts_with(k)).unwrap().split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
    (g("VmHWM:"), g("VmRSS:"))
}
fn main() {
    tch::set_num_threads(1);
    let args: Vec<String> = std::env::args().collect();
    let n: i64 = args.get(2).map_or(5000, |a| a.parse().unwrap());
    let m: i64 = args.get(3).map_or(5000, |a| a.parse().unwrap());
    let c: i64 = args.get(4).map_or(512, |a| a.parse().unwrap());
    let reps: usize = args.get(5).map_or(7, |a| a.parse().unwrap());
    let kind = if args.get(6).is_some_and(|a| a == "f64") { Kind::Double } else { Kind::Float };
    let t = random::normal(&mut Seed::new(1).stream("t", 0), &[m, c], kind).unwrap();
    let r = random::normal(&mut Seed::new(1).stream("r", 0), &[n, c], kind).unwrap();
    let labels: Vec<i64> = (0..m).map(|i| i % 10).collect();
    let features = transferability_metrics::Features::new(t.shallow_clone()).unwrap();
    let labels = transferability_metrics::Labels::new(&labels).unwrap();
    let t = Activations::single("l", t).unwrap();
    let refs = References::all(&Activations::single("l", r).unwrap()).unwrap();
    let mode = args[1].as_str();
    let (kernel, aggregation, centre) = match mode {
        "topk" => (Kernel::Cosine, Aggregation::TopK(10), false),
        "max" => (Kernel::Cosine, Aggregation::Max, false),
        "mean" => (Kernel::Cosine, Aggregation::Mean, false),
        "centred" => (Kernel::Cosine, Aggregation::TopK(10), true),
        "euclid" => (Kernel::Euclidean, Aggregation::TopK(10), false),
        "euclidmean" => (Kernel::Euclidean, Aggregation::Mean, false),
        "rbfmean" => (Kernel::Rbf { bandwidth: 20.0 }, Aggregation::Mean, false),
        _ => (Kernel::Cosine, Aggregation::TopK(10), false),
    };
    let nearest = NearestSources { kernel, aggregation, centre, ..Default::default() };
    let mut best = f64::INFINITY;
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let before = peak();
    for _ in 0..reps {
        let a = cpu();
        let h = if mode == "neighbours" { NeighbourDisagreement { k: 10, kernel: Kernel::Euclidean }.hardness(&features, &labels).unwrap() } else { nearest.hardness(&refs, &t).unwrap() };
        best = best.min(cpu() - a);
        std::hint::black_box(h);
    }
    let after = peak();
    println!("{mode}: cpu {best:.3} s, rss before {} kB, peak {} kB, extra {:.1} MB", before.1, after.0, (after.0 - before.1) as f64 / 1024.0);
}
