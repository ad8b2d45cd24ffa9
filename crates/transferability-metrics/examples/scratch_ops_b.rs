//! Scratch.
#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use std::time::Instant;
use tensor_core::{Kind, Seed, Tensor, random, linalg};
use std::collections::BTreeMap;
fn main() {
    tch::set_num_threads(1);
    let x = random::normal(&mut Seed::new(1).stream("x",0), &[10000,2048], Kind::Float).unwrap();
    let mut best: BTreeMap<&'static str, f64> = BTreeMap::new();
    macro_rules! t { ($n:expr, $e:expr) => {{ let s = Instant::now(); let r = $e; let e = s.elapsed().as_secs_f64(); let b = best.entry($n).or_insert(f64::MAX); *b = b.min(e); r }} }
    let labels = Tensor::from_slice(&(0..10000).map(|i| i % 100).collect::<Vec<i64>>());
    for _ in 0..6 {
    let y = t!("a to f64", x.to_kind(Kind::Double));
    let z = t!("b sub first", &y - y.narrow(0,0,1));
    let _ = t!("c class_sums", { let mut s = Tensor::zeros([100,2048],(Kind::Double,tch::Device::Cpu)); for b in (0..10000).step_by(1024) { let l=1024.min(10000-b); let _ = s.index_add_(0,&labels.narrow(0,b,l),&z.narrow(0,b,l)); } s});
    let m = t!("c2 mean_dim", z.mean_dim(0, true, Kind::Double));
    let mut z = z; let _ = t!("d sub_", z.f_sub_(&m).unwrap());
    let g = t!("e gram", linalg::gram(&z).unwrap());
    let _ = t!("e2 full gemm", z.tr().matmul(&z));
    let g = g / 10000.0 + Tensor::eye(2048,(Kind::Double,tch::Device::Cpu)) ;
    let _ = t!("f logdet", linalg::logdet_spd(&g).unwrap());
    let _ = t!("f2 raw cholesky_ex", g.linalg_cholesky_ex(false,false));
    let _ = t!("f3 raw cholesky_ex upper", g.linalg_cholesky_ex(true,false));
    t!("g class grams", for c in 0..100 { let i = Tensor::from_slice(&(0..100).map(|k| k*100+c).collect::<Vec<i64>>()); let r = z.index_select(0,&i); let g = linalg::gram(&r.tr()).unwrap(); let _ = linalg::logdet_spd(&(g+Tensor::eye(100,(Kind::Double,tch::Device::Cpu)))).unwrap();});
    t!("h index_select only", for c in 0..100 { let i = Tensor::from_slice(&(0..100).map(|k| k*100+c).collect::<Vec<i64>>()); let _r = z.index_select(0,&i); });
    t!("i gram only", for c in 0..100 { let r = z.narrow(0,c*100,100); let _ = linalg::gram(&r.tr()).unwrap(); });
    }
    for (k, v) in best { println!("{k:30} {v:.4}"); }
}
