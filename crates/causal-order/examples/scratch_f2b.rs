//! scratch
extern crate openblas_src;
use causal_graph::*;
use causal_order::score::*;
use causal_order::*;
fn main() {
    let what = std::env::args().nth(1).unwrap();
    if what == "exact" {
        let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
        let text = std::fs::read_to_string("/tmp/f2/sem_30_1000.csv").unwrap();
        let rows: Vec<Vec<f64>> = text.lines().map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
        let columns: Vec<Vec<f64>> = (0..n).map(|j| rows.iter().map(|r| r[j]).collect()).collect();
        let table = ContinuousTable::new(Nodes::numbered(n), columns.clone()).unwrap();
        let score = GaussianScore::bic(&table).unwrap();
        let knowledge = Knowledge::none(Nodes::numbered(n));
        let search = ExactSearch { max_memory: 8 << 30, ..Default::default() };
        let t = std::time::Instant::now();
        let found = search.run(&score, &knowledge).unwrap();
        println!("gauss exact n={n} {:?} score {} evals {}", t.elapsed(), found.search.score, found.search.n_evaluations);
        let f2 = OrderSearch::default().run(&score, &knowledge).unwrap();
        println!("order search {}", f2.search.score);
        // discrete: cut at terciles
        let codes: Vec<Vec<u16>> = columns.iter().map(|c| c.iter().map(|&x| if x > 0.3 { 1 } else { 0 }).collect()).collect();
        let states = vec![vec!["a".to_owned(), "b".to_owned()]; n];
        let table = DiscreteTable::new(Nodes::numbered(n), states, codes).unwrap();
        let score = DiscreteScore::new(&table, DiscreteCriterion::BIC).unwrap();
        for max_parents in [Some(4), Some(6), None] {
            if n > 16 && max_parents.is_none() && std::env::args().nth(3).is_none() { continue; }
            let t = std::time::Instant::now();
            let found = ExactSearch { max_parents, ..search }.run(&score, &knowledge).unwrap();
            println!("discrete exact n={n} {max_parents:?} {:?} score {} evals {}", t.elapsed(), found.search.score, found.search.n_evaluations);
        }
        let t = std::time::Instant::now();
        let f2 = OrderSearch::default().run(&score, &knowledge).unwrap();
        println!("discrete order search {:?} {}", t.elapsed(), f2.search.score);
    } else {
        let text = std::fs::read_to_string("/tmp/f2/alarm.csv").unwrap();
        let mut lines = text.lines();
        let nodes = Nodes::new(lines.next().unwrap().split(',').map(str::to_owned)).unwrap();
        let rows: Vec<Vec<u16>> = lines.map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
        let n = nodes.len();
        let columns: Vec<Vec<u16>> = (0..n).map(|j| rows.iter().map(|r| r[j]).collect()).collect();
        let states = columns.iter().map(|c| (0..=*c.iter().max().unwrap()).map(|k| format!("s{k}")).collect()).collect();
        let table = DiscreteTable::new(nodes.clone(), states, columns).unwrap();
        let score = DiscreteScore::new(&table, DiscreteCriterion::Mml).unwrap();
        let steps: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
        for space in [StateSpace::OrderAndArcs, StateSpace::Order] {
            let steps = if space == StateSpace::Order { steps / 10 } else { steps };
            let params = OrderMcmc { space, steps: Some(steps), chains: 2, max_parents: if space == StateSpace::Order { Some(3) } else { None }, ..Default::default() };
            let t = std::time::Instant::now();
            let p = params.run(&score, &Knowledge::none(nodes.clone()), None).unwrap();
            let s = t.elapsed().as_secs_f64();
            println!("{space:?} {s:.2} s, {:.0} steps/s, evals {} best {} {:?} {:?} moves {:?}", 2.2 * steps as f64 / s, p.n_evaluations, p.best_score, p.log_posterior, p.n_edges, p.chains[0].moves.iter().map(|m| m.acceptance()).collect::<Vec<_>>());
        }
        let t = std::time::Instant::now();
        let cached = ScoreCache::new(score);
        let f = OrderSearch::default().run(&cached, &Knowledge::none(nodes)).unwrap();
        println!("order search mml {:?} {}", t.elapsed(), f.search.score);
    }
}
