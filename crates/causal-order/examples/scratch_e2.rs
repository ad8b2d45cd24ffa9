//! Scratch.
#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
extern crate openblas_src;
use causal_graph::*;
use causal_order::independence::*;
use causal_order::*;
use std::time::Instant;
fn main() {
    let which: Vec<String> = std::env::args().skip(1).collect();
    let alpha = 0.01;
    if let Some(name) = which.iter().find_map(|w| w.strip_prefix("net=")) {
        use std::io::Read;
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(format!("/work/main/.local/data/networks/{name}.bif.gz")).unwrap()).read_to_string(&mut text).unwrap();
        let t = Instant::now();
        let network = format::bif::read(&text).unwrap();
        let read = t.elapsed();
        let t = Instant::now();
        let dag = network.dag().clone();
        let most = (0..dag.n_nodes()).map(|n| dag.parents(n).len()).max();
        let r = Pc { max_depth: most, ..Pc::default() }.run(dag.nodes(), &DSeparation::new(dag.clone())).unwrap();
        println!("{name} n={} read {read:?} pc {:?} tests {:?} exact {} conflicts {}", dag.n_nodes(), t.elapsed(), r.n_tests_by_depth, r.graph == dag.cpdag(), r.conflicts.len());
        return;
    }
    for (p, n, reps) in [(50, 1000, 20), (100, 1000, 10), (1000, 2000, 1)] {
        if !which.contains(&p.to_string()) { continue; }
        let bytes = std::fs::read(format!("/tmp/e2data/g{p}.bin")).unwrap();
        let x: Vec<f64> = bytes.chunks(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect();
        let columns = (0..p).map(|j| (0..n).map(|i| x[i * p + j]).collect()).collect();
        let table = ContinuousTable::new(Nodes::numbered(p), columns).unwrap();
        for rule in [ColliderRule::SeparatingSet, ColliderRule::EverySeparatingSet] {
        let (mut best, mut bt, mut r) = (f64::INFINITY, f64::INFINITY, None);
        for _ in 0..reps {
            let t = Instant::now();
            let test = FisherZ::of(&table).unwrap();
            bt = bt.min(t.elapsed().as_secs_f64());
            let t2 = Instant::now();
            let _ = Pc { alpha, collider_rule: rule, ..Pc::default() }.skeleton(table.nodes(), &test).unwrap();
            println!("skeleton {:?}", t2.elapsed());
            let res = Pc { alpha, collider_rule: rule, ..Pc::default() }.run(table.nodes(), &test).unwrap();
            best = best.min(t.elapsed().as_secs_f64());
            r = Some(res);
        }
        let r = r.unwrap();
        println!("p={p} {rule:?} total {best:.4} s, correlations {bt:.4} s, tests {} {:?} edges {} conflicts {}", r.n_tests(), r.n_tests_by_depth, r.skeleton.n_edges(), r.conflicts.len());
        }
    }
    if which.contains(&"alarm".to_string()) {
        let text = std::fs::read_to_string("/tmp/e2data/alarm.csv").unwrap();
        let rows: Vec<Vec<u16>> = text.lines().map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
        let p = rows[0].len();
        let columns: Vec<Vec<u16>> = (0..p).map(|j| rows.iter().map(|r| r[j]).collect()).collect();
        let states = columns.iter().map(|c| (0..=*c.iter().max().unwrap()).map(|k| k.to_string()).collect()).collect();
        let table = DiscreteTable::new(Nodes::numbered(p), states, columns).unwrap();
        for rule in [ColliderRule::SeparatingSet, ColliderRule::EverySeparatingSet] {
        for g in [false, true] {
            let (mut best, mut r) = (f64::INFINITY, None);
            for _ in 0..10 {
                let t = Instant::now();
                let test: Box<dyn IndependenceTest> = if g { Box::new(GSquare::new(&table, ContingencyParams::default()).unwrap()) } else { Box::new(ChiSquare::new(&table, ContingencyParams::default()).unwrap()) };
                let res = Pc { alpha, collider_rule: rule, ..Pc::default() }.run(table.nodes(), &*test).unwrap();
                best = best.min(t.elapsed().as_secs_f64());
                r = Some(res);
            }
            let r = r.unwrap();
            println!("alarm g={g} {rule:?} {best:.4} s tests {} {:?} edges {}", r.n_tests(), r.n_tests_by_depth, r.skeleton.n_edges());
        }}
    }
}
