use std::time::Instant;
use ot_transferability::*;
use transferability_metrics::Labels;
fn main() {
    let (m, n) = (5000usize, 100usize);
    let labels: Vec<i64> = (0..m as i64).map(|s| s % 10).collect();
    let members: Vec<Member> = (0..n).map(|i| {
        let classes: Vec<usize> = (0..m).map(|s| (s * s * (i + 3) + s * i) % 1009 % (10 + i)).collect();
        Member::new(&i.to_string()).with_domain_difference(i as f64 % 7.0 + 0.1).with_predictions(Predictions::new(&classes, 10 + i).unwrap())
    }).collect();
    let pool = Pool::new(Labels::new(&labels).unwrap(), members).unwrap();
    let t = Instant::now();
    let score = Osborn::nce().on(&pool).unwrap();
    println!("on {:?}", t.elapsed());
    let t = Instant::now();
    let g = greedy(&score, 10).unwrap();
    println!("greedy {:?} {:?}", t.elapsed(), g.members);
    let t = Instant::now();
    let e = Exhaustive::default().select(&score, 3).unwrap();
    println!("exh3 {:?} {:?} {}", t.elapsed(), e.members, e.evaluations);
    let t = Instant::now();
    let e = Exhaustive::default().select(&score, 5).unwrap();
    println!("exh5 {:?} {:?} {}", t.elapsed(), e.members, e.evaluations);
}
