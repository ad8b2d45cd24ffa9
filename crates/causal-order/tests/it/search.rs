//! Hill climbing and tabu search.

use causal_graph::CausalOrder;
use causal_graph::{Dag, Nodes, Pdag};
use causal_order::score::{
    BGe, BGePrior, DiscreteCriterion, DiscreteScore, EdgePrior, GaussianScore, LocalScore, ScoreCache,
    WithEdgePrior,
};
use causal_order::{
    Error, ExactSearch, Ges, HillClimbing, Knowledge, KnownOrderSearch, OrderSearch, SearchStatus, TabuSearch,
};
use golden::Golden;
use proptest::prelude::*;
use run_control::Seed;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::{
    SplitMix64, asia_dag, asia_nodes, asia_table, random_gaussian, six_dag, six_table,
};

type TestResult = Result<(), Box<dyn std::error::Error>>;

const BDEU: DiscreteCriterion = DiscreteCriterion::BDeu {
    equivalent_sample_size: 10.0,
};

/// The graphs that differ from `dag` by one edge, as far as knowledge and the limit of parents allow them.
fn neighbours(dag: &Dag, knowledge: &Knowledge, max_parents: usize) -> Vec<Dag> {
    let n = dag.n_nodes();
    let pairs = || {
        (0..n)
            .flat_map(|a| (0..n).map(move |b| (a, b)))
            .filter(|(a, b)| a != b)
    };
    let without = |from: usize, to: usize| dag.edges().filter(move |&edge| edge != (from, to));
    let added = pairs()
        .filter(|&(a, b)| !dag.is_adjacent(a, b))
        .map(|edge| dag.edges().chain([edge]).collect());
    let deleted = dag.edges().map(|(from, to)| without(from, to).collect());
    let reversed = dag
        .edges()
        .map(|(from, to)| without(from, to).chain([(to, from)]).collect());
    added
        .chain(deleted)
        .chain(reversed)
        .filter_map(|edges: Vec<_>| Dag::from_edges(dag.nodes().clone(), edges).ok())
        .filter(|other| knowledge.check(&other.into()).is_ok())
        .filter(|other| (0..n).all(|node| other.parents(node).len() <= max_parents))
        .collect()
}

/// Knowledge of tiers, a requirement and a prohibition, drawn so that it is consistent.
fn random_knowledge(n: usize, seed: u64) -> Knowledge {
    let mut draws = SplitMix64::new(seed);
    let (early, late): (Vec<usize>, Vec<usize>) = (0..n).partition(|_| draws.uniform() < 0.5);
    let mut builder = Knowledge::builder(Nodes::numbered(n));
    if let (Some(&cause), Some(&effect)) = (early.first(), late.last()) {
        builder = builder.require(cause, effect);
    }
    if let [a, b, c, ..] = late[..] {
        builder = builder.forbid_adjacency(a, b).forbid(b, c);
    }
    builder.tier(early).tier(late).build().expect("no contradiction")
}

#[test]
fn scores_are_those_that_bnlearn_finds() -> TestResult {
    let golden = Golden::load("tests/golden/gpl_score.json")?;
    let none = Knowledge::none(asia_nodes());
    let asia = asia_table(2000, 42);
    let bic = DiscreteScore::new(&asia, DiscreteCriterion::BIC)?;
    let climbed = HillClimbing::default().run(&bic, &none)?;
    golden.assert_scalar("hc bic", climbed.score);
    golden.assert_scalar("tabu bic", TabuSearch::default().run(&bic, &none)?.score);
    let bdeu = DiscreteScore::new(&asia, BDEU)?;
    golden.assert_scalar("hc bdeu 10", HillClimbing::default().run(&bdeu, &none)?.score);
    let six = GaussianScore::bic(&six_table(1000, 7))?;
    let found = HillClimbing::default().run(&six, &Knowledge::none(Nodes::numbered(6)))?;
    golden.assert_scalar("hc bic-g", found.score);

    // As good as the truth, which is another graph.
    assert!(climbed.score >= bic.total(&asia_dag())?);
    assert!(found.score >= six.total(&six_dag())?);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_single_change_improves_what_was_found(seed in any::<u64>(), max_parents in 1_usize..4) {
        let (_, table) = random_gaussian(6, 80, 3.0, seed);
        let knowledge = random_knowledge(6, seed);
        let climbing = HillClimbing { max_parents: Some(max_parents), ..HillClimbing::default() };
        let tabu = TabuSearch { max_parents: Some(max_parents), ..TabuSearch::default() };
        let scores: [Box<dyn LocalScore>; 2] = [
            Box::new(GaussianScore::bic(&table)?),
            Box::new(BGe::new(&table, BGePrior::default())?),
        ];
        for score in scores {
            let found = climbing.run(&*score, &knowledge)?;
            prop_assert_eq!(found.status, SearchStatus::Converged);
            prop_assert_eq!(found.score, score.total(&found.dag)?);
            knowledge.check(&Pdag::from(&found.dag))?;
            let tolerance = 1e-10 * found.score.abs();
            for other in neighbours(&found.dag, &knowledge, max_parents) {
                prop_assert!(score.total(&other)? <= found.score + tolerance);
            }
            // Tabu search goes through the same optimum.
            let further = tabu.run(&*score, &knowledge)?;
            prop_assert!(further.score >= found.score);
            prop_assert_eq!(further.score, score.total(&further.dag)?);
            knowledge.check(&Pdag::from(&further.dag))?;
        }
    }

    #[test]
    fn restarts_are_no_worse_and_repeat(seed in any::<u64>()) {
        let (_, table) = random_gaussian(8, 60, 3.0, seed);
        let score = GaussianScore::bic(&table)?;
        let none = Knowledge::none(Nodes::numbered(8));
        let restarting = HillClimbing { restarts: 5, perturbations: 4, seed: Seed::new(seed), ..HillClimbing::default() };
        let (once, restarted) = (HillClimbing::default().run(&score, &none)?, restarting.run(&score, &none)?);
        prop_assert!(restarted.score >= once.score);
        prop_assert_eq!(&restarted, &restarting.run(&score, &none)?);
        // A cache changes nothing but the time.
        prop_assert_eq!(&restarted, &restarting.run(&ScoreCache::new(&score), &none)?);
    }
}

#[test]
fn searches_begin_where_they_are_told_to() -> TestResult {
    let score = GaussianScore::bic(&six_table(1000, 7))?;
    let none = Knowledge::none(Nodes::numbered(6));
    let climbing = HillClimbing {
        start: Some(six_dag()),
        max_iterations: Some(0),
        ..HillClimbing::default()
    };
    let stayed = climbing.run(&score, &none)?;
    assert_eq!(stayed.dag, six_dag());
    assert_eq!(
        (stayed.status, stayed.iterations),
        (SearchStatus::IterationLimit, 0)
    );
    let tabu = TabuSearch {
        start: Some(six_dag()),
        max_iterations: Some(1),
        ..TabuSearch::default()
    };
    assert_eq!(tabu.run(&score, &none)?.iterations, 1);
    Ok(())
}

#[test]
fn a_start_that_contradicts_the_knowledge_is_an_error() -> TestResult {
    let score = GaussianScore::bic(&six_table(100, 7))?;
    let knowledge = Knowledge::builder(Nodes::numbered(6)).forbid(0, 2).build()?;
    let climbing = HillClimbing {
        start: Some(six_dag()),
        ..HillClimbing::default()
    };
    assert!(matches!(
        climbing.run(&score, &knowledge),
        Err(Error::KnowledgeViolated { .. })
    ));
    assert!(
        HillClimbing::default()
            .run(&score, &Knowledge::none(asia_nodes()))
            .is_err()
    );
    Ok(())
}

#[test]
fn a_prior_of_minus_infinity_forbids_an_edge() -> TestResult {
    let score = GaussianScore::bic(&six_table(1000, 7))?;
    let nodes = Nodes::numbered(6);
    let mut prior = EdgePrior::neutral(nodes.clone());
    for (from, to) in six_dag().edges() {
        prior.add(from, to, f64::NEG_INFINITY)?;
    }
    let score = WithEdgePrior::new(score, prior)?;
    let found = HillClimbing::default().run(&score, &Knowledge::none(nodes))?;
    assert!(found.score.is_finite());
    assert!(found.dag.edges().all(|(from, to)| !six_dag().has_edge(from, to)));
    assert!(found.dag.n_edges() > 0);
    Ok(())
}

#[test]
fn what_is_required_and_impossible_is_an_error_of_every_search() -> TestResult {
    let nodes = Nodes::numbered(6);
    let mut prior = EdgePrior::neutral(nodes.clone());
    prior.add(0, 2, f64::NEG_INFINITY)?;
    let score = WithEdgePrior::new(GaussianScore::bic(&six_table(200, 7))?, prior)?;
    let knowledge = Knowledge::builder(nodes.clone()).require(0, 2).build()?;
    let order = CausalOrder::new(nodes, (0..6).collect())?;
    for result in [
        HillClimbing::default().run(&score, &knowledge).map(drop),
        TabuSearch::default().run(&score, &knowledge).map(drop),
        Ges::default().run(&score, &knowledge).map(drop),
        ExactSearch::default().run(&score, &knowledge).map(drop),
        OrderSearch::default().run(&score, &knowledge).map(drop),
        KnownOrderSearch::default()
            .run(&score, &order, &knowledge)
            .map(drop),
    ] {
        assert!(matches!(result, Err(Error::ImpossibleGraph { .. })), "{result:?}");
    }
    Ok(())
}

#[test]
fn more_parents_to_begin_with_than_allowed_are_an_error() -> TestResult {
    let score = GaussianScore::bic(&six_table(200, 7))?;
    let knowledge = Knowledge::builder(Nodes::numbered(6))
        .require(0, 2)
        .require(1, 2)
        .build()?;
    let one = Some(1);
    for result in [
        HillClimbing {
            max_parents: one,
            ..HillClimbing::default()
        }
        .run(&score, &knowledge)
        .map(drop),
        TabuSearch {
            max_parents: one,
            ..TabuSearch::default()
        }
        .run(&score, &knowledge)
        .map(drop),
        Ges {
            max_parents: one,
            ..Ges::default()
        }
        .run(&score, &knowledge)
        .map(drop),
    ] {
        assert!(
            matches!(
                result,
                Err(Error::Parameter {
                    name: "max_parents",
                    ..
                })
            ),
            "{result:?}"
        );
    }
    Ok(())
}

#[test]
fn collinear_columns_are_named_by_every_search() -> TestResult {
    let (_, table) = random_gaussian(3, 100, 2.0, 1);
    let sum = (0..100)
        .map(|row| table.column(0)[row] - 2.0 * table.column(1)[row])
        .collect();
    let columns = (0..3)
        .map(|node| table.column(node).to_vec())
        .chain([sum])
        .collect();
    let table = causal_graph::ContinuousTable::new(Nodes::numbered(4), columns)?;
    let (score, none) = (GaussianScore::bic(&table)?, Knowledge::none(Nodes::numbered(4)));
    for result in [
        HillClimbing::default().run(&score, &none).map(drop),
        Ges::default().run(&score, &none).map(drop),
        ExactSearch::default().run(&score, &none).map(drop),
        OrderSearch::default().run(&score, &none).map(drop),
    ] {
        assert!(
            matches!(result, Err(Error::CollinearColumns { .. })),
            "{result:?}"
        );
    }
    Ok(())
}

#[test]
fn parameters_without_a_meaning_are_errors() {
    let none = Knowledge::none(Nodes::numbered(2));
    let climbing = HillClimbing {
        restarts: 1,
        perturbations: 0,
        ..HillClimbing::default()
    };
    assert!(matches!(
        climbing.validate(&none),
        Err(Error::Parameter {
            name: "perturbations",
            ..
        })
    ));
    for (tabu_length, max_worse) in [(0, 1), (1, 0)] {
        let tabu = TabuSearch {
            tabu_length,
            max_worse,
            ..TabuSearch::default()
        };
        assert!(matches!(tabu.validate(&none), Err(Error::Parameter { .. })));
    }
}

#[test]
fn searches_can_be_cancelled() -> TestResult {
    let score = GaussianScore::bic(&six_table(100, 7))?;
    let none = Knowledge::none(Nodes::numbered(6));
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let climbed = HillClimbing::default().run_with(&score, &none, &mut progress);
    assert!(matches!(climbed, Err(Error::Cancelled(_))));
    let tabu = TabuSearch::default().run_with(&score, &none, &mut progress);
    assert!(matches!(tabu, Err(Error::Cancelled(_))));
    Ok(())
}

#[test]
fn a_table_of_one_column_has_no_edges() -> TestResult {
    let (_, table) = random_gaussian(1, 10, 0.0, 1);
    let score = GaussianScore::bic(&table)?;
    let found = HillClimbing::default().run(&score, &Knowledge::none(Nodes::numbered(1)))?;
    assert_eq!((found.dag.n_edges(), found.iterations), (0, 0));
    Ok(())
}
