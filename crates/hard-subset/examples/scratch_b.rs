#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
use hard_subset::*;
use tensor_core::{Seed, Kind, random};
use std::time::Instant;
fn main() {
    tch::set_num_threads(1);
    let mut rng = Seed::new(1).stream("x", 0);
    let (n, d) = (5000, 512);
    let s = random::normal(&mut rng, &[n, d], Kind::Float).unwrap().relu();
    let t = random::normal(&mut rng, &[n, d], Kind::Float).unwrap().relu();
    let sa = Activations::single("l", s.shallow_clone()).unwrap();
    let ta = Activations::single("l", t.shallow_clone()).unwrap();
    let mut best = [1e9f64; 6];
    for _ in 0..30 {
        let t0 = Instant::now();
        let sa2 = Activations::single("l", s.shallow_clone()).unwrap();
        let _ta2 = Activations::single("l", t.shallow_clone()).unwrap();
        best[0] = best[0].min(t0.elapsed().as_secs_f64());
        let t0 = Instant::now();
        let mut fit = PrototypeFit::new(&[("l", 512)], 1).unwrap();
        fit.observe_unlabelled(&sa2).unwrap();
        best[1] = best[1].min(t0.elapsed().as_secs_f64());
        let p = fit.finish().unwrap();
        let t0 = Instant::now();
        let h = ClassAgnostic::default().hardness(&p, &ta).unwrap();
        best[2] = best[2].min(t0.elapsed().as_secs_f64());
        assert!(h.combined.values()[0] > 0.0);
    }
    let _ = sa;
    println!("construct {:.5} fit {:.5} hardness {:.5} total {:.5}", best[0], best[1], best[2], best[0]+best[1]+best[2]);
    // streaming: batches of 4096 x 2048
    let d = 2048;
    let b = random::normal(&mut rng, &[16384, d], Kind::Float).unwrap().relu();
    let ba = Activations::single("l", b).unwrap();
    for k in [1usize, 10, 100, 1000] {
        let classes: Vec<usize> = (0..16384).map(|i: usize| (i.wrapping_mul(2654435761) >> 7) % k).collect();
        let mut best = 1e9f64;
        for _ in 0..4 {
            let mut fit = PrototypeFit::new(&[("l", 2048)], k).unwrap();
            fit.observe(&ba, &classes).unwrap();
            let t0 = Instant::now();
            fit.observe(&ba, &classes).unwrap();
            best = best.min(t0.elapsed().as_secs_f64());
        }
        println!("K={k}: {best:.4} s for 16384 x 2048 = {:.2} ns/elt, {:.2} GB/s", best*1e9/(16384.0*2048.0), 16384.0*2048.0*4.0/best/1e9);
    }
    let mut best = 1e9f64;
    for _ in 0..5 { let t0 = Instant::now(); let _ = ba.layers()[0].tensor().f_sum(None).unwrap(); best = best.min(t0.elapsed().as_secs_f64()); }
    println!("plain read {:.2} GB/s", 16384.0*2048.0*4.0/best/1e9);
}
