//! scratch
#![allow(missing_docs)]
use causal_graph::*;
use run_control::Seed;
use std::time::Instant;
fn t<R>(name: &str, mut f: impl FnMut() -> R) -> R {
    let mut best = f64::MAX; let mut r = None;
    for _ in 0..3 { let s = Instant::now(); r = Some(f()); best = best.min(s.elapsed().as_secs_f64()); }
    println!("{name}: {:.3} ms", best * 1e3); r.unwrap()
}
fn main() {
    for (n, d) in [(1000usize, 2.0), (1000, 4.0), (1000, 20.0), (1000, 200.0), (1000, 999.0), (37, 2.5)] {
        let dag = generate::erdos_renyi(Nodes::numbered(n), d, Seed::new(1)).unwrap();
        println!("n={n} d={d} m={}", dag.n_edges());
        let c = t(" cpdag", || dag.cpdag());
        println!("  undirected {}", c.undirected_edges().count());
        t(" extension", || c.consistent_extension().unwrap());
        t(" is_cpdag", || c.is_cpdag());
        if d < 900.0 { println!("{:?}", t(" size", || c.equivalence_class_size())); }
        t(" skeleton ext", || c.skeleton().consistent_extension().is_ok());
        t(" closure", || dag.transitive_closure());
        let x = NodeSet::with(n, [3]); let y = NodeSet::with(n, [17]); let z = NodeSet::with(n, [5, 9, 30]);
        t(" dsep x1000", || (0..1000).filter(|_| dag.d_separated(&x, &y, &z).unwrap()).count());
        t(" adj dag", || dag.adjustment(&x, &y).unwrap().optimal_set());
        t(" adj class", || c.adjustment(&x, &y).unwrap().optimal_set());
    }
    // trees and k-trees
    for k in [1usize, 3, 10, 30] {
        let n = 1000;
        let mut rng = 12345u64;
        let mut next = |m: usize| { rng = rng.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); ((rng >> 33) as usize) % m };
        let mut cliques: Vec<Vec<usize>> = vec![(0..k).collect()];
        let mut edges: Vec<(usize, usize)> = (0..k).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
        for v in k..n {
            let c = cliques[next(cliques.len())].clone();
            edges.extend(c.iter().map(|&u| (u, v)));
            for drop in 0..k { let mut q = c.clone(); q[drop] = v; cliques.push(q); }
            cliques.push(c);
        }
        let g = Pdag::from_edges(Nodes::numbered(n), [], edges).unwrap();
        println!("k={k} {:?}", t(" size ktree", || g.equivalence_class_size()));
        t(" members 10", || g.members(10).unwrap().dags.len());
    }
    t("uniform 1000", || generate::uniform(Nodes::numbered(1000), Seed::new(1)));
    t("er 1000", || generate::erdos_renyi(Nodes::numbered(1000), 4.0, Seed::new(1)));
}
