//! Exact search, and parents in a known order.

use causal_graph::{CausalOrder, Dag, Nodes};
use causal_order::score::{
    DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore, ResidualVariance,
};
use causal_order::{Error, ExactSearch, Knowledge, KnownOrderSearch, OrderedSearch, ParentChoice};
use golden::Golden;
use proptest::prelude::*;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::{asia_nodes, asia_table, random_gaussian, six_table};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// BIC by the maximum likelihood, from the sum over the nodes of n ln(RSS / n) + k ln n.
fn bic_of(total: f64, n_nodes: usize, n_rows: usize) -> f64 {
    let n = n_rows as f64;
    let of_node = 0.5 * n * (1.0 + (2.0 * std::f64::consts::PI).ln()) + n.ln();
    -0.5 * total - n_nodes as f64 * of_node
}

#[test]
fn scores_are_those_of_causal_learn() -> TestResult {
    let golden = Golden::load("tests/golden/exact.json")?;
    let cases = [
        ("6 300 2 1", 6, 300, 2.0, 1, None),
        ("8 200 3 2", 8, 200, 3.0, 2, None),
        ("9 500 3 3", 9, 500, 3.0, 3, None),
        ("9 500 4 4 2", 9, 500, 4.0, 4, Some(2)),
    ];
    for (name, n_nodes, n_rows, degree, seed, max_parents) in cases {
        let (_, table) = random_gaussian(n_nodes, n_rows, degree, seed);
        let score = GaussianScore::new(
            &table,
            GaussianCriterion::BIC,
            ResidualVariance::MaximumLikelihood,
        )?;
        let search = ExactSearch {
            max_parents,
            ..ExactSearch::default()
        };
        let found = search.run(&score, &Knowledge::none(Nodes::numbered(n_nodes)))?;
        let expected = bic_of(golden.scalar(name)?, n_nodes, n_rows);
        golden::assert_close(&[found.search.score], &[expected], 1e-10, 0.0);
    }
    Ok(())
}

/// All DAGs over the nodes, as edges.
fn all_dags(n_nodes: usize) -> Vec<Vec<(usize, usize)>> {
    let pairs: Vec<(usize, usize)> = (0..n_nodes).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    (0..3_usize.pow(pairs.len() as u32))
        .filter_map(|mut code| {
            let mut edges = Vec::new();
            for &(a, b) in &pairs {
                match code % 3 {
                    1 => edges.push((a, b)),
                    2 => edges.push((b, a)),
                    _ => {}
                }
                code /= 3;
            }
            Dag::from_edges(Nodes::numbered(n_nodes), edges.iter().copied())
                .is_ok()
                .then_some(edges)
        })
        .collect()
}

/// A score without any structure.
struct Lookup {
    n_nodes: usize,
    seed: f64,
}

impl LocalScore for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn n_variables(&self) -> usize {
        self.n_nodes
    }

    fn local(&self, child: usize, parents: &[usize]) -> causal_order::Result<f64> {
        let code = parents.iter().fold(child as f64 + self.seed, |code, &parent| {
            code * 1.7 + parent as f64
        });
        Ok((code * 12.9898).sin())
    }
}

/// The best score of all graphs that agree with the knowledge and the limit.
fn best_of_all(
    score: &Lookup,
    knowledge: &Knowledge,
    max_parents: usize,
    dags: &[Vec<(usize, usize)>],
) -> f64 {
    let nodes = Nodes::numbered(score.n_nodes);
    dags.iter()
        .filter_map(|edges| {
            let dag = Dag::from_edges(nodes.clone(), edges.iter().copied()).ok()?;
            let is_small = (0..score.n_nodes).all(|node| dag.parents(node).len() <= max_parents);
            let pdag = causal_graph::Pdag::from_edges(nodes.clone(), edges.iter().copied(), []).ok()?;
            (is_small && knowledge.check(&pdag).is_ok())
                .then(|| score.total(&dag).ok())
                .flatten()
        })
        .fold(f64::NEG_INFINITY, f64::max)
}

fn check_found(found: &OrderedSearch, knowledge: &Knowledge) -> TestResult {
    for (from, to) in found.search.dag.edges() {
        assert!(found.order.precedes(from, to));
    }
    let nodes = knowledge.nodes().clone();
    knowledge.check(&causal_graph::Pdag::from_edges(
        nodes,
        found.search.dag.edges(),
        [],
    )?)?;
    Ok(())
}

#[test]
fn the_best_of_all_graphs_is_found() -> TestResult {
    // Robinson 1973: 3, 25, 543 and 29281 graphs of 2 to 5 nodes.
    for (n_nodes, n_dags) in [(2, 3), (3, 25), (4, 543), (5, 29281)] {
        let dags = all_dags(n_nodes);
        assert_eq!(dags.len(), n_dags);
        let nodes = Nodes::numbered(n_nodes);
        for seed in [0.3, 1.9] {
            let score = Lookup { n_nodes, seed };
            let mut cases = vec![Knowledge::none(nodes.clone())];
            if n_nodes > 3 {
                cases.push(
                    Knowledge::builder(nodes.clone())
                        .require(3, 0)
                        .require_adjacency(1, 2)
                        .forbid(0, 1)
                        .forbid_adjacency(2, 3)
                        .build()?,
                );
                cases.push(
                    Knowledge::builder(nodes.clone())
                        .tier([2, 1])
                        .tier([0, 3])
                        .build()?,
                );
                cases.push(
                    (2..n_nodes)
                        .fold(Knowledge::builder(nodes.clone()).tier([1]), |b, node| {
                            b.tier([node])
                        })
                        .build()?,
                );
            }
            for knowledge in &cases {
                for max_parents in [2, n_nodes] {
                    let search = ExactSearch {
                        max_parents: Some(max_parents),
                        ..ExactSearch::default()
                    };
                    let found = search.run(&score, knowledge)?;
                    let expected = best_of_all(&score, knowledge, max_parents, &dags);
                    golden::assert_close(&[found.search.score], &[expected], 1e-12, 1e-12);
                    check_found(&found, knowledge)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn discrete_and_gaussian_scores_agree_with_their_own_sums() -> TestResult {
    let score = DiscreteScore::new(&asia_table(2000, 42), DiscreteCriterion::BIC)?;
    let found = ExactSearch::default().run(&score, &Knowledge::none(asia_nodes()))?;
    // Not below hill climbing of bnlearn 5.2.1.
    assert!(
        found.search.score >= -4_518.947_995_39 - 1e-6,
        "{}",
        found.search.score
    );
    golden::assert_close(
        &[found.search.score],
        &[score.total(&found.search.dag)?],
        0.0,
        0.0,
    );
    // The elimination of one factor after the other finds the same as the score asked for every set.
    let gaussian = GaussianScore::bic(&six_table(300, 7))?;
    let slow = Plain(&gaussian);
    let knowledge = Knowledge::none(Nodes::numbered(6));
    let (fast, slow) = (
        ExactSearch::default().run(&gaussian, &knowledge)?,
        ExactSearch::default().run(&slow, &knowledge)?,
    );
    golden::assert_close(&[fast.search.score], &[slow.search.score], 1e-13, 0.0);
    assert_eq!(fast.search.n_evaluations, 6 * 32);
    assert_eq!(slow.search.n_evaluations, 6 * 32);
    Ok(())
}

/// A score that hides what it is.
struct Plain<'a>(&'a GaussianScore);

impl LocalScore for Plain<'_> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn n_variables(&self) -> usize {
        self.0.n_variables()
    }

    fn local(&self, child: usize, parents: &[usize]) -> causal_order::Result<f64> {
        self.0.local(child, parents)
    }
}

#[test]
fn in_the_order_it_found_the_exact_parents_are_the_same() -> TestResult {
    let score = DiscreteScore::new(&asia_table(500, 42), DiscreteCriterion::BIC)?;
    let knowledge = Knowledge::none(asia_nodes());
    let best = ExactSearch::default().run(&score, &knowledge)?;
    let exact = KnownOrderSearch {
        choice: ParentChoice::Exact,
        max_parents: None,
    };
    let found = exact.run(&score, &best.order, &knowledge)?;
    golden::assert_close(&[found.score], &[best.search.score], 1e-12, 0.0);
    let greedy = KnownOrderSearch::default().run(&score, &best.order, &knowledge)?;
    assert!(greedy.score <= found.score);
    // Seven predecessors at most: all sets of each.
    assert_eq!(found.n_evaluations, 255);
    Ok(())
}

#[test]
fn a_known_order_and_knowledge_can_contradict_each_other() -> TestResult {
    let score = Lookup {
        n_nodes: 3,
        seed: 0.3,
    };
    let knowledge = Knowledge::builder(Nodes::numbered(3)).require(2, 0).build()?;
    let order = CausalOrder::new(Nodes::numbered(3), vec![0, 1, 2])?;
    let error = KnownOrderSearch::default()
        .run(&score, &order, &knowledge)
        .expect_err("2 comes last");
    assert_eq!(
        error.to_string(),
        "`X2` -> `X0` is required, but `X0` comes first in the order"
    );
    let order = CausalOrder::new(Nodes::numbered(3), vec![2, 1, 0])?;
    assert!(
        KnownOrderSearch::default()
            .run(&score, &order, &knowledge)?
            .dag
            .has_edge(2, 0)
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_before_the_work() {
    let none = |n| Knowledge::none(Nodes::numbered(n));
    let score = |n_nodes| Lookup { n_nodes, seed: 0.3 };
    let error = ExactSearch::default()
        .run(&score(26), &none(26))
        .expect_err("too many");
    assert_eq!(
        error.to_string(),
        "there are 26 variables: expected at most 25 for exact search"
    );
    let error = ExactSearch::default()
        .run(&score(25), &none(25))
        .expect_err("3.7 GB");
    assert!(
        matches!(
            error,
            Error::Memory {
                needed: 3_657_433_088,
                limit: 2_147_483_648,
                ..
            }
        ),
        "{error}"
    );
    assert!(matches!(
        ExactSearch::default().run(&score(3), &none(4)),
        Err(Error::Graph(_))
    ));
    let required = Knowledge::builder(Nodes::numbered(3))
        .require(0, 2)
        .require(1, 2)
        .build()
        .expect("consistent");
    let search = ExactSearch {
        max_parents: Some(1),
        ..ExactSearch::default()
    };
    assert!(matches!(
        search.run(&score(3), &required),
        Err(Error::Parameter { .. })
    ));
    for n in [0, 1] {
        let found = ExactSearch::default()
            .run(&score(n), &none(n))
            .expect("nothing to search");
        assert_eq!(found.order.sequence().len(), n);
    }
}

#[test]
fn exact_search_can_be_cancelled() {
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let score = Lookup {
        n_nodes: 4,
        seed: 0.3,
    };
    let result = ExactSearch::default().run_with(&score, &Knowledge::none(Nodes::numbered(4)), &mut progress);
    assert!(matches!(result, Err(Error::Cancelled(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_greedy_choice_in_any_order_is_better(seed in 0.0_f64..10.0, shift in 0_usize..6) {
        let score = Lookup { n_nodes: 6, seed };
        let knowledge = Knowledge::none(Nodes::numbered(6));
        let best = ExactSearch::default().run(&score, &knowledge)?.search.score;
        let sequence = (0..6).map(|place| (5 * place + shift) % 6).collect();
        let order = CausalOrder::new(Nodes::numbered(6), sequence).expect("5 and 6 have no common divisor");
        for choice in [ParentChoice::Greedy, ParentChoice::Exact] {
            let found = KnownOrderSearch { choice, max_parents: None }.run(&score, &order, &knowledge)?;
            prop_assert!(found.score <= best + 1e-12);
        }
    }
}
