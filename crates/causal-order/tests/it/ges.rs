//! Greedy equivalence search.

use causal_graph::{Dag, Nodes, Pdag};
use causal_order::score::{
    BGe, BGePrior, DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore,
    ResidualVariance,
};
use causal_order::{Error, ExactSearch, Ges, Knowledge};
use golden::Golden;
use proptest::prelude::*;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::{SplitMix64, asia_nodes, asia_table, random_gaussian, six_dag, six_table};

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
fn classes_are_those_of_the_ges_package() -> TestResult {
    let golden = Golden::load("tests/golden/ges_classes.json")?;
    let cases = [
        (8, 500, 2, 1),
        (8, 2000, 3, 2),
        (10, 1000, 2, 3),
        (10, 1000, 3, 4),
        (12, 1000, 2, 5),
        (12, 300, 3, 6),
    ];
    for (n_nodes, n_rows, degree, seed) in cases {
        let (_, table) = random_gaussian(n_nodes, n_rows, f64::from(degree), seed);
        let score = GaussianScore::new(
            &table,
            GaussianCriterion::BIC,
            ResidualVariance::MaximumLikelihood,
        )?;
        let found = Ges::default().run(&score, &Knowledge::none(Nodes::numbered(n_nodes)))?;
        let (_, matrix) = golden.array(&format!("{n_nodes} {n_rows} {degree} {seed}"))?;
        assert_eq!(
            found.graph,
            from_matrix(n_nodes, &matrix)?,
            "{n_nodes} {n_rows} {degree} {seed}"
        );
    }
    Ok(())
}

#[test]
fn with_many_rows_the_class_is_the_best_there_is() -> TestResult {
    for seed in 1..6 {
        let (truth, table) = random_gaussian(6, 20_000, 2.0, seed);
        let score = GaussianScore::bic(&table)?;
        let none = Knowledge::none(truth.nodes().clone());
        let found = Ges::default().run(&score, &none)?;
        let best = ExactSearch::default().run(&score, &none)?;
        assert_eq!(found.graph, best.search.dag.cpdag(), "seed {seed}");
        assert_eq!(found.graph, truth.cpdag(), "seed {seed}");
    }
    Ok(())
}

/// Rounding of sums of local scores.
const ROUNDING: f64 = 1e-11;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_result_is_a_class_and_no_graph_is_better_than_the_best(seed in any::<u64>()) {
        let (_, table) = random_gaussian(6, 100, 3.0, seed);
        let none = Knowledge::none(table.nodes().clone());
        let scores: [Box<dyn LocalScore>; 2] = [
            Box::new(GaussianScore::bic(&table)?),
            Box::new(BGe::new(&table, BGePrior::default())?),
        ];
        for score in scores {
            let found = Ges::default().run(&*score, &none)?;
            prop_assert!(found.graph.is_cpdag());
            prop_assert_eq!(&found.dag.cpdag(), &found.graph);
            prop_assert_eq!(found.score, score.total(&found.dag)?);
            let tolerance = ROUNDING * found.score.abs();
            prop_assert!(found.score <= ExactSearch::default().run(&*score, &none)?.search.score + tolerance);
            // No deletion is left: each of the class's graphs is a local optimum of deletions.
            for (from, to) in found.dag.edges() {
                let fewer = Dag::from_edges(table.nodes().clone(), found.dag.edges().filter(|&edge| edge != (from, to)))?;
                prop_assert!(score.total(&fewer)? <= found.score + tolerance);
            }
            let repeated = Ges { repeat: true, ..Ges::default() }.run(&*score, &none)?;
            prop_assert!(repeated.score >= found.score - tolerance);
        }
    }

    #[test]
    fn knowledge_is_respected(seed in any::<u64>()) {
        let (_, table) = random_gaussian(6, 100, 3.0, seed);
        let mut draws = SplitMix64::new(seed);
        let (early, late): (Vec<usize>, Vec<usize>) = (0..6).partition(|_| draws.uniform() < 0.5);
        let mut builder = Knowledge::builder(table.nodes().clone());
        if let [a, b, c, ..] = early[..] {
            builder = builder.require(a, b).forbid_adjacency(b, c);
        }
        let knowledge = builder.tier(early).tier(late).build()?;
        let found = Ges::default().run(&GaussianScore::bic(&table)?, &knowledge)?;
        knowledge.check(&found.graph)?;
        knowledge.check(&Pdag::from(&found.dag))?;
        prop_assert_eq!(&found.graph.maximally_oriented()?, &found.graph);
    }

    #[test]
    fn parents_are_limited(seed in any::<u64>(), max_parents in 0_usize..3) {
        let (_, table) = random_gaussian(6, 200, 4.0, seed);
        let none = Knowledge::none(table.nodes().clone());
        let ges = Ges { max_parents: Some(max_parents), ..Ges::default() };
        let found = ges.run(&GaussianScore::bic(&table)?, &none)?;
        for node in 0..6 {
            prop_assert!(found.graph.parents(node).len() <= max_parents);
        }
    }
}

#[test]
fn scores_of_counts_lead_to_the_truth_up_to_what_data_show() -> TestResult {
    let score = DiscreteScore::new(&asia_table(5000, 3), DiscreteCriterion::BIC)?;
    let found = Ges::default().run(&score, &Knowledge::none(asia_nodes()))?;
    let name = |node: &str| asia_nodes().index(node);
    // `either` is known from its two causes.
    assert!(found.graph.has_directed(name("tub")?, name("either")?));
    assert!(found.graph.has_directed(name("lung")?, name("either")?));
    assert!(found.graph.has_undirected(name("smoke")?, name("lung")?));
    Ok(())
}

#[test]
fn the_search_can_be_cancelled() -> TestResult {
    let score = GaussianScore::bic(&six_table(100, 7))?;
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let cancelled =
        Ges::default().run_with(&score, &Knowledge::none(six_dag().nodes().clone()), &mut progress);
    assert!(matches!(cancelled, Err(Error::Cancelled(_))));
    Ok(())
}
