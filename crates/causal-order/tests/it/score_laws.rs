//! What holds of every score.

use std::collections::HashMap;

use causal_graph::{ContinuousTable, Dag, DiscreteTable, LevelOrder, Nodes};
use causal_order::Error;
use causal_order::score::{
    BGe, BGePrior, DiscreteCriterion, DiscreteScore, EdgePrior, GaussianCriterion, GaussianScore, LocalScore,
    ResidualVariance, ScoreCache, WithEdgePrior,
};
use proptest::prelude::*;

use crate::seeded_tables::{SplitMix64, asia_dag, asia_table, random_gaussian, six_table};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Sums of the same terms in another order.
const ROUNDING: f64 = 1e-11;

const ALL: [DiscreteCriterion; 7] = [
    DiscreteCriterion::LogLikelihood,
    DiscreteCriterion::AIC,
    DiscreteCriterion::BIC,
    BDEU,
    DiscreteCriterion::BDs {
        equivalent_sample_size: 3.0,
    },
    DiscreteCriterion::K2,
    DiscreteCriterion::Mml,
];

const BDEU: DiscreteCriterion = DiscreteCriterion::BDeu {
    equivalent_sample_size: 3.0,
};

/// A table of drawn codes, each column after the first a noisy function of the one before.
fn discrete_table(n_columns: usize, n_states: usize, n_rows: usize, seed: u64) -> DiscreteTable {
    let mut draws = SplitMix64::new(seed);
    let mut columns = vec![Vec::new(); n_columns];
    for row in 0..n_rows {
        for node in 0..n_columns {
            let is_copy = node > 0 && draws.uniform() < 0.6;
            let code = if is_copy {
                usize::from(columns[node - 1][row])
            } else {
                draws.below(n_states)
            };
            columns[node].push(code as u16);
        }
    }
    let names: Vec<String> = (0..n_states).map(|state| state.to_string()).collect();
    DiscreteTable::new(Nodes::numbered(n_columns), vec![names; n_columns], columns)
        .expect("codes below n_states")
}

/// A random DAG over `n` nodes whose order is that of the numbers.
fn random_dag(n: usize, seed: u64) -> Dag {
    let mut draws = SplitMix64::new(seed);
    let pairs = (0..n).flat_map(|to| (0..to).map(move |from| (from, to)));
    let edges: Vec<_> = pairs.filter(|_| draws.uniform() < 0.5).collect();
    Dag::from_edges(Nodes::numbered(n), edges).expect("acyclic")
}

/// The graphs that differ from `dag` by the direction of one covered edge: those of its class next to it.
fn with_covered_edge_turned(dag: &Dag) -> Vec<Dag> {
    let is_covered = |&(from, to): &(usize, usize)| {
        let mut others = dag.parents(to).clone();
        others.remove(from);
        others == *dag.parents(from)
    };
    dag.edges()
        .filter(is_covered)
        .map(|(from, to)| {
            let edges = dag.edges().filter(|&edge| edge != (from, to)).chain([(to, from)]);
            Dag::from_edges(dag.nodes().clone(), edges).expect("a covered edge can be turned")
        })
        .collect()
}

/// The criterion by counts in a hash table and plain sums.
fn by_definition(
    table: &DiscreteTable,
    criterion: DiscreteCriterion,
    child: usize,
    parents: &[usize],
) -> f64 {
    let ln_gamma = statrs::function::gamma::ln_gamma;
    let mut counts = HashMap::<Vec<u16>, HashMap<u16, f64>>::new();
    for row in 0..table.n_rows() {
        let configuration = parents.iter().map(|&parent| table.column(parent)[row]).collect();
        *counts
            .entry(configuration)
            .or_default()
            .entry(table.column(child)[row])
            .or_default() += 1.0;
    }
    let r = table.n_states(child) as f64;
    let q: f64 = parents
        .iter()
        .map(|&parent| table.n_states(parent) as f64)
        .product();
    let log_likelihood = || -> f64 {
        let of = |states: &HashMap<u16, f64>| {
            let n: f64 = states.values().sum();
            states.values().map(|count| count * (count / n).ln()).sum::<f64>()
        };
        counts.values().map(of).sum()
    };
    let dirichlet = |alpha: f64| -> f64 {
        let of = |states: &HashMap<u16, f64>| {
            let n: f64 = states.values().sum();
            let of_states: f64 = states
                .values()
                .map(|count| ln_gamma(alpha / r + count) - ln_gamma(alpha / r))
                .sum();
            ln_gamma(alpha) - ln_gamma(alpha + n) + of_states
        };
        counts.values().map(of).sum()
    };
    match criterion {
        DiscreteCriterion::LogLikelihood => log_likelihood(),
        DiscreteCriterion::Aic { penalty } => log_likelihood() - penalty * (r - 1.0) * q,
        DiscreteCriterion::Bic { penalty } => {
            log_likelihood() - penalty * (r - 1.0) * q * (table.n_rows() as f64).ln() / 2.0
        }
        DiscreteCriterion::BDeu {
            equivalent_sample_size,
        } => dirichlet(equivalent_sample_size / q),
        DiscreteCriterion::BDs {
            equivalent_sample_size,
        } => dirichlet(equivalent_sample_size / counts.len() as f64),
        DiscreteCriterion::K2 => dirichlet(r),
        DiscreteCriterion::Mml => dirichlet(r) - 0.17649 * (r - 1.0) * q,
    }
}

/// Checks that the batch methods give the bits of single terms.
fn check_batches(score: &dyn LocalScore, child: usize, parents: &[usize]) -> causal_order::Result<()> {
    let n = score.n_variables();
    let candidates: Vec<usize> = (0..n)
        .filter(|node| *node != child && !parents.contains(node))
        .collect();
    let additions = score.local_additions(child, parents, &candidates)?;
    for (&candidate, &term) in candidates.iter().zip(&additions) {
        let mut family = [parents, &[candidate]].concat();
        family.sort_unstable();
        assert_eq!(
            term,
            score.local(child, &family)?,
            "{} with {candidate}",
            score.name()
        );
    }
    let removals = score.local_removals(child, parents)?;
    for (&parent, &term) in parents.iter().zip(&removals) {
        let family: Vec<usize> = parents.iter().copied().filter(|&other| other != parent).collect();
        assert_eq!(
            term,
            score.local(child, &family)?,
            "{} without {parent}",
            score.name()
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn discrete_scores_are_what_they_are_defined_to_be(seed in any::<u64>(), n_states in 1_usize..24, n_rows in 1_usize..80) {
        let table = discrete_table(5, n_states, n_rows, seed);
        for criterion in ALL {
            let score = DiscreteScore::new(&table, criterion)?;
            for parents in [&[][..], &[0], &[0, 1], &[0, 1, 3], &[0, 1, 3, 4]] {
                let (got, expected) = (score.local(2, parents)?, by_definition(&table, criterion, 2, parents));
                prop_assert!((got - expected).abs() <= ROUNDING * expected.abs().max(1.0), "{criterion:?} {parents:?}: {got} {expected}");
            }
        }
    }

    #[test]
    fn batches_have_the_bits_of_single_terms(seed in any::<u64>(), n_states in 1_usize..24) {
        let table = discrete_table(6, n_states, 50, seed);
        let (_, continuous) = random_gaussian(6, 50, 3.0, seed);
        let (bic, bge) = (GaussianScore::bic(&continuous)?, BGe::new(&continuous, BGePrior::default())?);
        for parents in [&[][..], &[0], &[1, 4], &[0, 1, 5]] {
            for criterion in ALL {
                check_batches(&DiscreteScore::new(&table, criterion)?, 2, parents)?;
            }
            check_batches(&bic, 2, parents)?;
            check_batches(&bge, 2, parents)?;
            let levels = LevelOrder::new(Nodes::numbered(6), vec![0, 0, 1, 1, 2, 2])?;
            check_batches(&WithEdgePrior::new(&bic, EdgePrior::order(&levels, 0.9)?)?, 2, parents)?;
            check_batches(&ScoreCache::new(&bic), 2, parents)?;
        }
    }

    #[test]
    fn equivalent_graphs_have_equal_scores(seed in any::<u64>()) {
        let dag = random_dag(6, seed);
        let table = discrete_table(6, 3, 200, seed);
        let (_, continuous) = random_gaussian(6, 200, 3.0, seed);
        let mut scores: Vec<Box<dyn LocalScore>> = vec![
            Box::new(GaussianScore::bic(&continuous)?),
            Box::new(GaussianScore::new(&continuous, GaussianCriterion::AIC, ResidualVariance::MaximumLikelihood)?),
            Box::new(BGe::new(&continuous, BGePrior::default())?),
        ];
        for criterion in [DiscreteCriterion::LogLikelihood, DiscreteCriterion::AIC, DiscreteCriterion::BIC, BDEU] {
            scores.push(Box::new(DiscreteScore::new(&table, criterion)?));
        }
        for other in with_covered_edge_turned(&dag) {
            for score in &scores {
                let (a, b) = (score.total(&dag)?, score.total(&other)?);
                prop_assert!((a - b).abs() <= ROUNDING * a.abs(), "{}: {a} {b}", score.name());
            }
        }
    }

    #[test]
    fn names_of_states_and_their_order_change_no_bit(seed in any::<u64>()) {
        let table = discrete_table(4, 3, 60, seed);
        // The states in reverse, and one more that never occurs in front, for the child's parents alone.
        let turned = (0..4).map(|node| table.column(node).iter().map(|&code| 2 - code).collect()).collect();
        let states = (0..4).map(|node| table.states(node).to_vec()).collect();
        let turned = DiscreteTable::new(Nodes::numbered(4), states, turned)?;
        for criterion in ALL {
            let (score, other) = (DiscreteScore::new(&table, criterion)?, DiscreteScore::new(&turned, criterion)?);
            prop_assert_eq!(score.local(3, &[0, 1, 2])?, other.local(3, &[0, 1, 2])?);
        }
    }

    #[test]
    fn gaussian_scores_do_not_depend_on_units(seed in any::<u64>()) {
        let (dag, table) = random_gaussian(5, 100, 3.0, seed);
        let columns = (0..5).map(|node| table.column(node).iter().map(|value| 1e3 * value - 7.0).collect()).collect();
        let scaled = ContinuousTable::new(table.nodes().clone(), columns)?;
        let (score, other) = (GaussianScore::bic(&table)?, GaussianScore::bic(&scaled)?);
        // Densities are per unit: each value's is a thousandth.
        let expected = score.total(&dag)? - 500.0 * 1e3_f64.ln();
        prop_assert!((other.total(&dag)? - expected).abs() <= ROUNDING * expected.abs());
    }
}

#[test]
fn k2_tells_equivalent_graphs_apart() -> TestResult {
    let score = DiscreteScore::new(&asia_table(500, 1), DiscreteCriterion::K2)?;
    let dag = asia_dag();
    let differs = |other: &Dag| Ok::<_, Error>((score.total(&dag)? - score.total(other)?).abs() > 1e-6);
    let others = with_covered_edge_turned(&dag);
    assert!(!others.is_empty());
    for other in &others {
        assert!(differs(other)?);
    }
    Ok(())
}

#[test]
fn constant_and_collinear_columns_are_named() -> TestResult {
    let (a, b) = (vec![1.0, 2.0, 4.0, 8.0, 3.0], vec![0.0, 1.0, -1.0, 2.0, 5.0]);
    let sum = a.iter().zip(&b).map(|(a, b)| a - 2.0 * b).collect();
    let nodes = Nodes::new(["a", "b", "other", "sum"])?;
    let other = vec![3.0, 1.0, 4.0, 1.0, 5.0];
    let table = ContinuousTable::new(nodes, vec![a.clone(), b, other, sum])?;
    let score = GaussianScore::bic(&table)?;
    let error = score.local(3, &[0, 1, 2]).expect_err("a sum");
    assert!(
        matches!(&error, Error::CollinearColumns { column, of } if column == "sum" && of == &["a", "b"]),
        "{error}"
    );
    // The prior of BGe keeps it apart.
    BGe::new(&table, BGePrior::default())?.local(3, &[0, 1, 2])?;

    let constant = ContinuousTable::new(Nodes::new(["a", "b"])?, vec![a, vec![0.1; 5]])?;
    for error in [
        GaussianScore::bic(&constant).map(drop),
        BGe::new(&constant, BGePrior::default()).map(drop),
    ] {
        assert!(matches!(error, Err(Error::ConstantColumn { column }) if column == "b"));
    }
    Ok(())
}

#[test]
fn too_few_rows_are_an_error() -> TestResult {
    let (_, table) = random_gaussian(6, 4, 2.0, 1);
    let score = GaussianScore::bic(&table)?;
    score.local(0, &[1, 2])?;
    assert!(matches!(
        score.local(0, &[1, 2, 3]),
        Err(Error::TooFewRows {
            got: 4,
            expected: 5,
            ..
        } | Error::CollinearColumns { .. })
    ));
    let empty = discrete_table(2, 2, 0, 1);
    assert!(matches!(
        DiscreteScore::new(&empty, DiscreteCriterion::BIC),
        Err(Error::TooFewRows { got: 0, .. })
    ));
    Ok(())
}

#[test]
fn parameters_outside_their_range_are_errors() {
    let is_refused =
        |criterion: DiscreteCriterion| matches!(criterion.validate(), Err(Error::Parameter { .. }));
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(is_refused(DiscreteCriterion::Bic { penalty: value }));
        assert!(is_refused(DiscreteCriterion::BDeu {
            equivalent_sample_size: value
        }));
        assert!(GaussianCriterion::Aic { penalty: value }.validate().is_err());
        for prior in [
            BGePrior {
                alpha_mu: value,
                alpha_w: None,
            },
            BGePrior {
                alpha_mu: 1.0,
                alpha_w: Some(value),
            },
        ] {
            assert!(prior.validate(3).is_err());
        }
    }
    assert!(is_refused(DiscreteCriterion::BDs {
        equivalent_sample_size: 0.0
    }));
    assert!(GaussianCriterion::Bic { penalty: 0.0 }.validate().is_ok());
    let p_plus_1 = BGePrior {
        alpha_mu: 1.0,
        alpha_w: Some(4.0),
    };
    assert!(p_plus_1.validate(3).is_err());
}

#[test]
fn priors_add_up_and_refuse_what_is_no_probability() -> TestResult {
    let nodes = Nodes::numbered(3);
    let mut prior = EdgePrior::sparse(nodes.clone(), 0.5)?;
    assert!((prior.weight(0, 1) - 0.5_f64.ln()).abs() < 1e-15);
    prior.believe(0, 1, 0.8, 0.1)?;
    prior.add(0, 1, 1.0)?;
    assert!((prior.weight(0, 1) - (0.5_f64.ln() + 8.0_f64.ln() + 1.0)).abs() < 1e-14);
    assert!(prior.believe(0, 1, 0.5, 0.5).is_err());
    assert!(prior.believe(0, 1, f64::NAN, 0.1).is_err());
    assert!(prior.believe(0, 3, 0.1, 0.1).is_err());
    assert!(prior.add(0, 1, f64::NAN).is_err());
    assert!(prior.believe(1, 1, 0.1, 0.1).is_err());
    prior.add(1, 0, f64::NEG_INFINITY)?;
    let text = serde_json::to_string(&prior)?;
    assert_eq!(serde_json::from_str::<EdgePrior>(&text)?, prior);
    let mut wrong: serde_json::Value = serde_json::from_str(&text)?;
    wrong["weights"][1] = serde_json::json!([0.0]);
    assert!(serde_json::from_value::<EdgePrior>(wrong).is_err());
    assert!(EdgePrior::sparse(nodes.clone(), 1.0).is_err());
    let levels = LevelOrder::new(nodes, vec![0, 1, 2])?;
    assert!(EdgePrior::order(&levels, f64::NAN).is_err());
    let six = GaussianScore::bic(&six_table(50, 1))?;
    assert!(WithEdgePrior::new(six, prior).is_err());
    Ok(())
}

#[test]
fn a_cache_gives_the_same_bits_to_all_threads() -> TestResult {
    let table = asia_table(300, 5);
    let score = DiscreteScore::new(&table, BDEU)?;
    let cache = ScoreCache::new(&score);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for child in 0..7 {
                    let terms = (cache.local(child, &[7]), score.local(child, &[7]));
                    assert!(matches!(terms, (Ok(a), Ok(b)) if a == b));
                }
            });
        }
    });
    assert_eq!(cache.n_asked(), 28);
    assert!((7..=28).contains(&cache.n_computed()));
    Ok(())
}
