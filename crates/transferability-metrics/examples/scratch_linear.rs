//! scratch
#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use std::time::Instant;
use tensor_core::*;
use transferability_metrics::*;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn time(name: &str, mut f: impl FnMut() -> f64) {
    let (t, c) = (Instant::now(), cpu());
    let v = f();
    println!("{name}: {v} wall {:.3} cpu {:.2}", t.elapsed().as_secs_f64(), cpu() - c);
}
fn main() {
    tch::set_num_threads(1);
    let which: Vec<String> = std::env::args().collect();
    let has = |s: &str| which.len() < 2 || which.iter().any(|w| w == s);
    if has("leep") {
        let (n, k, c) = (50_000i64, 1000i64, 100usize);
        let labels: Vec<i64> = (0..n).map(|i| (i * 7919) % c as i64).collect();
        let logits = random::normal(&mut Seed::new(1).stream("a", 0), &[n, k], Kind::Float).unwrap();
        let p = logits.softmax(1, Kind::Double);
        let p32 = p.to_kind(Kind::Float);
        let l = Labels::new(&labels).unwrap();
        let s = Sample::new(l.clone()).with_probabilities(Probabilities::new(p).unwrap()).unwrap();
        let s32 = Sample::new(l.clone()).with_probabilities(Probabilities::new(p32).unwrap()).unwrap();
        for _ in 0..3 {
            time("leep f64", || Leep.score(&s).unwrap());
            time("leep f32", || Leep.score(&s32).unwrap());
            time("nce f64", || Nce.score(&s).unwrap());
        }
        let pred: Vec<usize> = (0..n).map(|i| ((i * 104729) % 1000) as usize).collect();
        for _ in 0..3 { time("nce pred", || nce_from_predictions(&pred, &l, None).unwrap()); }
    }
    let (n, d, c) = (10_000i64, 2048i64, 100usize);
    let labels: Vec<i64> = (0..n).map(|i| (i * 7919) % c as i64).collect();
    let noise = random::normal(&mut Seed::new(1).stream("a", 0), &[n, d], Kind::Double).unwrap();
    let means = random::normal(&mut Seed::new(1).stream("b", 0), &[c as i64, d], Kind::Double).unwrap() * 0.1;
    let f = noise + means.index_select(0, &Tensor::from_slice(&labels));
    let l = Labels::new(&labels).unwrap();
    let s32 = Sample::new(l.clone()).with_features(Features::new(f.to_kind(Kind::Float)).unwrap()).unwrap();
    let s = Sample::new(l).with_features(Features::new(f).unwrap()).unwrap();
    for _ in 0..2 {
        if has("gram") { time("gram", || linalg::gram(s.features().unwrap().tensor()).unwrap().double_value(&[0,0])); }
        if has("h") { time("hscore", || HScore.score(&s).unwrap()); time("hscore f32", || HScore.score(&s32).unwrap()); }
        if has("hreg") { time("hscore-reg", || RegularizedHScore.score(&s).unwrap()); }
        if has("logme") { time("logme", || LogMe::default().score(&s).unwrap());
        time("logme tllib", || LogMe{mode:LogMeMode::Tllib}.score(&s).unwrap()); }
    }
}
