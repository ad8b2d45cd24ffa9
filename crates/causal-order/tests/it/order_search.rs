//! Local search over orders.

use causal_graph::{Nodes, Pdag};
use causal_order::score::{
    DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore, ResidualVariance,
    ScoreCache,
};
use causal_order::{Error, ExactSearch, Knowledge, OrderSearch, OrderedSearch};
use golden::Golden;
use proptest::prelude::*;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::{asia_nodes, asia_table, random_gaussian};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The graph of a matrix with 1 for an edge from row to column, and both ways for one without direction.
fn from_matrix(n: usize, matrix: &[f64]) -> causal_graph::Result<Pdag> {
    let has = |from: usize, to: usize| matrix[from * n + to] != 0.0;
    let pairs = || (0..n).flat_map(move |from| (0..n).map(move |to| (from, to)));
    Pdag::from_edges(
        Nodes::numbered(n),
        pairs().filter(|&(from, to)| has(from, to) && !has(to, from)),
        pairs().filter(|&(from, to)| from < to && has(from, to) && has(to, from)),
    )
}

#[test]
fn no_peer_finds_a_better_graph() -> TestResult {
    let golden = Golden::load("tests/golden/order_search.json")?;
    for (n_nodes, n_rows, degree, seed) in [(15, 500, 3, 1), (20, 1000, 4, 2), (30, 1000, 4, 3)] {
        let (_, table) = random_gaussian(n_nodes, n_rows, f64::from(degree), seed);
        let criterion = GaussianCriterion::Bic { penalty: 2.0 };
        let score = GaussianScore::new(&table, criterion, ResidualVariance::MaximumLikelihood)?;
        let found = OrderSearch::default().run(&score, &Knowledge::none(Nodes::numbered(n_nodes)))?;
        for peer in ["flop", "boss"] {
            let (_, matrix) = golden.array(&format!("{n_nodes} {n_rows} {degree} {seed} {peer}"))?;
            let theirs = score.total(&from_matrix(n_nodes, &matrix)?.consistent_extension()?)?;
            assert!(
                found.search.score >= theirs - 1e-6,
                "{n_nodes} {peer}: {} {theirs}",
                found.search.score
            );
        }
    }
    Ok(())
}

#[test]
fn small_problems_are_solved_exactly() -> TestResult {
    for seed in 0..4 {
        let (_, table) = random_gaussian(10, 400, 3.0, seed);
        let score = GaussianScore::bic(&table)?;
        let knowledge = Knowledge::none(Nodes::numbered(10));
        let best = ExactSearch::default().run(&score, &knowledge)?;
        let found = OrderSearch {
            starts: 2,
            ..OrderSearch::default()
        }
        .run(&score, &knowledge)?;
        golden::assert_close(&[found.search.score], &[best.search.score], 1e-11, 0.0);
    }
    let score = ScoreCache::new(DiscreteScore::new(&asia_table(2000, 42), DiscreteCriterion::BIC)?);
    let knowledge = Knowledge::none(asia_nodes());
    let best = ExactSearch::default().run(&score, &knowledge)?;
    let found = OrderSearch::default().run(&score, &knowledge)?;
    golden::assert_close(&[found.search.score], &[best.search.score], 1e-11, 0.0);
    Ok(())
}

#[test]
fn threads_do_not_matter_and_limits_hold() -> TestResult {
    let (_, table) = random_gaussian(20, 300, 4.0, 5);
    let score = GaussianScore::bic(&table)?;
    let knowledge = Knowledge::none(Nodes::numbered(20));
    let search = OrderSearch {
        starts: 4,
        perturbations: 3,
        max_parents: Some(2),
        seed: 9,
    };
    let with_threads = |n_threads| -> Result<OrderedSearch, Box<dyn std::error::Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build()?;
        Ok(pool.install(|| search.run(&score, &knowledge))?)
    };
    let one = with_threads(1)?;
    assert_eq!(one, with_threads(3)?);
    assert!((0..20).all(|node| one.search.dag.parents(node).len() <= 2));
    assert_eq!(
        serde_json::from_str::<OrderedSearch>(&serde_json::to_string(&one)?)?,
        one
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> TestResult {
    let (_, table) = random_gaussian(4, 100, 2.0, 1);
    let score = GaussianScore::bic(&table)?;
    let knowledge = Knowledge::none(Nodes::numbered(4));
    let no_starts = OrderSearch {
        starts: 0,
        ..OrderSearch::default()
    };
    assert!(matches!(
        no_starts.run(&score, &knowledge),
        Err(Error::Parameter { name: "starts", .. })
    ));
    let other = Knowledge::none(Nodes::numbered(5));
    assert!(matches!(
        OrderSearch::default().run(&score, &other),
        Err(Error::Graph(_))
    ));
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let cancelled = OrderSearch::default().run_with(&score, &knowledge, &mut progress);
    assert!(matches!(cancelled, Err(Error::Cancelled(_))));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn knowledge_holds_and_parents_are_settled(seed: u64, n_nodes in 4_usize..12) {
        let (_, table) = random_gaussian(if n_nodes == 7 { 8 } else { n_nodes }, 60, 2.0, seed);
        let n_nodes = table.n_columns();
        let knowledge = Knowledge::builder(Nodes::numbered(n_nodes))
            .require(3, 0)
            .require_adjacency(1, 2)
            .forbid(0, 1)
            .forbid_adjacency(2, 3)
            .build()?;
        let score = GaussianScore::bic(&table)?;
        let search = OrderSearch { perturbations: 4, seed, ..OrderSearch::default() };
        let found = search.run(&score, &knowledge)?;
        let dag = &found.search.dag;
        knowledge.check(&Pdag::from_edges(dag.nodes().clone(), dag.edges(), [])?)?;
        for child in 0..n_nodes {
            let parents: Vec<usize> = dag.parents(child).iter().collect();
            let local = score.local(child, &parents)?;
            for &other in found.order.predecessors(child) {
                let mut toggled = dag.parents(child).clone();
                let is_free = if toggled.insert(other) {
                    knowledge.may_direct(other, child)
                } else {
                    toggled.remove(other);
                    !knowledge.requires_join(other, child)
                };
                if is_free {
                    let other = score.local(child, &toggled.iter().collect::<Vec<_>>())?;
                    prop_assert!(other <= local + 1e-9, "{child}: {other} above {local}");
                }
            }
        }
    }
}
