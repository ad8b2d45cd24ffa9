//! scratch
extern crate openblas_src;
use causal_graph::*;
use causal_order::score::*;
use causal_order::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let path = &args[1];
    let perturbations: usize = args[2].parse().unwrap();
    let text = std::fs::read_to_string(format!("{path}.csv")).unwrap();
    let rows: Vec<Vec<f64>> = text.lines().map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let p = rows[0].len();
    let columns: Vec<Vec<f64>> = (0..p).map(|j| rows.iter().map(|r| r[j]).collect()).collect();
    let nodes = Nodes::numbered(p);
    let table = ContinuousTable::new(nodes.clone(), columns).unwrap();
    let t = std::time::Instant::now();
    let score = GaussianScore::new(&table, GaussianCriterion::Bic { penalty: 2.0 }, ResidualVariance::MaximumLikelihood).unwrap();
    let t_score = t.elapsed();
    let plain = GaussianScore::new(&table, GaussianCriterion::Bic { penalty: 1.0 }, ResidualVariance::MaximumLikelihood).unwrap();
    let truth: Vec<Vec<f64>> = std::fs::read_to_string(format!("{path}.dag.csv")).unwrap().lines().map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let edges = (0..p).flat_map(|i| (0..p).map(move |j| (i, j))).filter(|&(i, j)| truth[i][j] != 0.0).collect::<Vec<_>>();
    let truth = Dag::from_edges(nodes.clone(), edges).unwrap();
    for seed in 0..4 {
        let t = std::time::Instant::now();
        let found = OrderSearch { perturbations, seed, ..Default::default() }.run(&score, &Knowledge::none(nodes.clone())).unwrap();
        let t = t.elapsed();
        println!("{path} score {t_score:?} search {t:?} bic {:.3} true {:.3} | own {:.3} true {:.3} edges {} shd {} moves {} evals {}", plain.total(&found.search.dag).unwrap(), plain.total(&truth).unwrap(), found.search.score, score.total(&truth).unwrap(), found.search.dag.n_edges(),
            metrics::shd(&found.search.dag.cpdag(), &truth.cpdag()).unwrap(),
            found.search.iterations, found.search.n_evaluations);
    }
}
