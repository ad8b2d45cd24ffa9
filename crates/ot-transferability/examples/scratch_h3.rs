use ot_transferability::*;
use tensor_core::{Kind, Seed, random};
use std::time::Instant;
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
    let mut r = Seed::new(0).stream("x", 0);
    let x = random::normal(&mut r, &[5000, 512], Kind::Double).unwrap();
    let y = random::normal(&mut r, &[5000, 512], Kind::Double).unwrap() * 1.1 + 0.1;
    let m = Marginals::uniform(5000, 5000).unwrap();
    let what = std::env::args().nth(1).unwrap_or_default();
    if what.is_empty() || what == "misc" {
        let s = SlicedWasserstein { n_projections: 100, ..Default::default() };
        println!("{:?}", best("sliced", 5, || s.solve(&x, &y, &m).unwrap()));
        let xs = tensor_core::convert::vector::<f64>("x", &x.select(1, 0).contiguous()).unwrap();
        let ys = tensor_core::convert::vector::<f64>("x", &y.select(1, 0).contiguous()).unwrap();
        println!("{:?}", best("1d", 20, || wasserstein_1d(&xs, m.source(), &ys, m.target(), 2.0).unwrap()));
        let f = GaussianFit::default();
        println!("{:?}", best("bures", 5, || bures_wasserstein(&f.fit(&x, m.source()).unwrap(), &f.fit(&y, m.target()).unwrap()).unwrap()));
        println!("{:?}", best("fit", 5, || f.fit(&x, m.source()).unwrap()).trace());
        let f = GaussianFit{regularization: 1e-6, ..f};
        println!("{:?}", best("bures reg", 5, || bures_wasserstein(&f.fit(&x, m.source()).unwrap(), &f.fit(&y, m.target()).unwrap()).unwrap()));
        let ms = MaxSlicedWasserstein::default();
        let found = best("max sliced", 2, || ms.solve(&x, &y, &m).unwrap());
        println!("{} {:?} {}", found.distance, found.status, found.iterations);
    }
}
