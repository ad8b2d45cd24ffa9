//! Scratch timing; not part of the project.
#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use std::time::Instant;
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::*;

fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}

fn main() {
    let threads: i32 = std::env::var("T").ok().map_or(1, |t| t.parse().unwrap());
    tch::set_num_threads(threads);
    let which = std::env::args().nth(1).unwrap_or_default();
    let env = |k: &str, d: i64| std::env::var(k).ok().map_or(d, |v| v.parse().unwrap());
    let (n, d, c, r) = (env("N", 10000), env("D", 2048), env("C", 100), env("R", 100));
    let seed = Seed::new(1);
    let g = |label: &str, shape: &[i64]| random::normal(&mut seed.stream(label, 0), shape, Kind::Double).unwrap();
    let labels: Vec<i64> = (0..n).map(|i| i % c).collect();
    // class means and within-class factors of rank r, plus small noise: an 80 % spectrum of about r dimensions
    let mut spectrum: Vec<f64> = (0..r).map(|i| 3.0 / (1.0 + i as f64 / 20.0)).collect();
    spectrum.iter_mut().for_each(|s| *s /= 3.0);
    let scale = Tensor::from_slice(&spectrum);
    let latent = (g("a", &[n, r]) + g("m", &[c, r]).index_select(0, &Tensor::from_slice(&labels))) * scale;
    let x = (latent.matmul(&g("w", &[r, d])) + g("e", &[n, d]) * 1.0).relu().to_kind(Kind::Float);
    let sample = Sample::new(Labels::new(&labels).unwrap()).with_features(Features::new(x).unwrap()).unwrap();
    let ms: Vec<Box<dyn Metric>> = vec![
        Box::new(TransRate::default()), Box::new(Lfc), Box::new(Gbc::default()),
        Box::new(Gbc { n_components: None, ..Gbc::default() }), Box::new(Sfda::default()),
        Box::new(Sfda { shrinkage: Some(0.1) }), Box::new(Parc::default()), Box::new(NLeep::default()),
    ];
    for m in ms {
        if !which.is_empty() && m.name() != which { continue; }
        let (t, c0) = (Instant::now(), cpu());
        let s = m.score(&sample);
        println!("{m:?}: {s:?} wall {:.3} cpu {:.3}", t.elapsed().as_secs_f64(), cpu() - c0);
        if m.name() == "nleep" { println!("{:?}", NLeep::default().fit(&sample)); }
    }
}
