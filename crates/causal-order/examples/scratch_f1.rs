//! Timing, not to be kept.
#![allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::print_stdout)]
extern crate openblas_src;
use causal_graph::*;
use causal_order::score::*;
use causal_order::*;
use std::time::Instant;

fn best<T>(name: &str, k: usize, mut f: impl FnMut() -> T) -> T {
    let mut least = f64::INFINITY;
    let mut r = None;
    for _ in 0..k {
        let t = Instant::now();
        r = Some(f());
        least = least.min(t.elapsed().as_secs_f64());
    }
    println!("{name}: {least:.4} s");
    r.unwrap()
}

fn gaussian(path: &str) -> ContinuousTable {
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<f64>> = text.lines().map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let p = rows[0].len();
    ContinuousTable::new(Nodes::numbered(p), (0..p).map(|j| rows.iter().map(|r| r[j]).collect()).collect()).unwrap()
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string("/tmp/f1data/alarm.csv").unwrap();
    let mut lines = text.lines();
    let nodes = Nodes::new(lines.next().unwrap().split(',')).unwrap();
    let rows: Vec<Vec<u16>> = lines.map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let columns: Vec<Vec<u16>> = (0..nodes.len()).map(|j| rows.iter().map(|r| r[j]).collect()).collect();
    let states = columns.iter().map(|c| (0..=*c.iter().max().unwrap()).map(|k| k.to_string()).collect()).collect();
    let table = DiscreteTable::new(nodes.clone(), states, columns).unwrap();
    let none = Knowledge::none(nodes.clone());
    if only.is_empty() || only == "d" {
        let f = best("alarm hc bic", 5, || {
            let s = DiscreteScore::new(&table, DiscreteCriterion::BIC).unwrap();
            HillClimbing::default().run(&s, &none).unwrap()
        });
        println!("{} {} {} {}", f.score, f.iterations, f.n_evaluations, f.dag.n_edges());
        let f = best("alarm tabu bic", 5, || {
            let s = DiscreteScore::new(&table, DiscreteCriterion::BIC).unwrap();
            TabuSearch::default().run(&s, &none).unwrap()
        });
        println!("{} {} {} {}", f.score, f.iterations, f.n_evaluations, f.dag.n_edges());
        let f = best("alarm hc bdeu", 5, || {
            let s = DiscreteScore::new(&table, DiscreteCriterion::BDeu { equivalent_sample_size: 10.0 }).unwrap();
            HillClimbing::default().run(&s, &none).unwrap()
        });
        println!("{} {} {} {}", f.score, f.iterations, f.n_evaluations, f.dag.n_edges());
        let f = best("alarm ges bic", 2, || {
            let s = DiscreteScore::new(&table, DiscreteCriterion::BIC).unwrap();
            Ges::default().run(&s, &none).unwrap()
        });
        println!("{} +{} -{} {}", f.score, f.n_insertions, f.n_deletions, f.n_evaluations);
    }
    if only.is_empty() || only == "g" {
        for (p, n) in [(50, 1000), (100, 10000), (500, 1000)] {
            let t = gaussian(&format!("/tmp/f1data/g{p}_{n}.csv"));
            let none = Knowledge::none(t.nodes().clone());
            let k = if p == 500 { 1 } else { 3 };
            let s = best(&format!("moments {p} {n}"), k, || GaussianScore::bic(&t).unwrap());
            let f = best(&format!("hc bic-g {p} {n}"), k, || HillClimbing::default().run(&s, &none).unwrap());
            println!("{} {} {} {}", f.score, f.iterations, f.n_evaluations, f.dag.n_edges());
            let f = best(&format!("ges bic-g {p} {n}"), k, || Ges::default().run(&s, &none).unwrap());
            println!("{} +{} -{} {}", f.score, f.n_insertions, f.n_deletions, f.n_evaluations);
        }
    }
}
