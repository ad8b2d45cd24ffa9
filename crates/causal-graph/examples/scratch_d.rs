//! scratch
use std::time::Instant;
fn main() {
    for name in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&name).unwrap();
        let mut best = f64::MAX;
        let mut bestw = f64::MAX;
        for _ in 0..7 {
            let t = Instant::now();
            let n = causal_graph::format::bif::read(&text).unwrap();
            best = best.min(t.elapsed().as_secs_f64());
            let t = Instant::now();
            let w = causal_graph::format::bif::write(&n);
            bestw = bestw.min(t.elapsed().as_secs_f64());
            std::hint::black_box(w.len());
        }
        println!("{name} {} read {best:.5} write {bestw:.5}", text.len());
    }
}
