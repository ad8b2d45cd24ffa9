//! Scratch.
#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
extern crate openblas_src;
use causal_graph::{ContinuousTable, Nodes};
struct S(u64);
impl S {
    fn u(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    }
    fn laplace(&mut self) -> f64 { let v = self.u() - 0.5; -v.signum() * (1.0 - 2.0 * v.abs()).ln() }
}
fn read(path: &str) -> ContinuousTable {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let p = lines.next().unwrap().split(',').count();
    let mut cols = vec![vec![]; p];
    for l in lines { for (c, v) in cols.iter_mut().zip(l.split(',')) { c.push(v.parse().unwrap()) } }
    ContinuousTable::new(Nodes::numbered(p), cols).unwrap()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = read(&args[2]);
    for _ in 0..args.get(3).map_or(1, |n| n.parse().unwrap()) {
        let start = std::time::Instant::now();
        match args[1].as_str() {
            "direct" => { let m = causal_order::DirectLingam::default().run(&t).unwrap(); println!("{:?} {:?}", start.elapsed(), m.order.sequence()); println!("edges {}", m.dag.n_edges()); }
            "ica" => { let m = causal_order::IcaLingam::default().run(&t, run_control::Seed::new(1)).unwrap(); println!("{:?} {:?} {:?}", start.elapsed(), m.status, m.model.order.sequence()); }
            _ => panic!(),
        }
    }
    let _ = S(1).laplace();
}
