//! Greedy equivalence search.

use causal_graph::{Dag, Nodes, Pdag};
use causal_order::score::{
    BGe, BGePrior, DiscreteCriterion, DiscreteScore, GaussianCriterion, GaussianScore, LocalScore,
    ResidualVariance,
};
use causal_order::{ExactSearch, Ges, Knowledge};
use golden::Golden;
use proptest::prelude::*;

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
        let score = GaussianScore::new(&table, GaussianCriterion::BIC, ResidualVariance::MaximumLikelihood)?;
        let found = Ges::default().run(&score, &Knowledge::none(Nodes::numbered(n_nodes)))?;
        let (_, matrix) = golden.array(&format!("{n_nodes} {n_rows} {degree} {seed}"))?;
        assert_eq!(found.graph, from_matrix(n_nodes, &matrix)?, "{n_nodes} {n_rows} {degree} {seed}");
    }
    Ok(())
}
