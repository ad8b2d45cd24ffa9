//! Markov chains over orders.

use causal_graph::{LevelOrder, Nodes};
use causal_order::score::{DiscreteCriterion, DiscreteScore, GaussianScore};
use causal_order::{Convergence, Error, Knowledge, OrderMcmc, OrderPosterior, StateSpace};
use golden::Golden;
use run_control::progress::{CancelToken, Cancellable, Silent};

use crate::seeded_tables::{SplitMix64, asia_nodes, asia_table, random_gaussian};

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[test]
fn convergence_is_that_of_arviz() -> TestResult {
    let golden = Golden::load("tests/golden/order_mcmc.json")?;
    let cases = [
        ("4 100 0.0 0.0", 4, 100, 0.0, 0.0),
        ("4 100 0.7 0.0", 4, 100, 0.7, 0.0),
        ("3 201 0.9 0.0", 3, 201, 0.9, 0.0),
        ("2 60 -0.4 0.0", 2, 60, -0.4, 0.0),
        ("4 150 0.5 1.0", 4, 150, 0.5, 1.0),
    ];
    for (name, n_chains, n_draws, coefficient, step) in cases {
        let mut draws = SplitMix64::new(1);
        let chains: Vec<Vec<f64>> = (0..n_chains)
            .map(|chain| {
                let mut value = f64::from(chain) / 5.0;
                let mut next = || {
                    value = coefficient * value + draws.normal();
                    if step > 0.0 {
                        (value / step).floor() * step
                    } else {
                        value
                    }
                };
                (0..n_draws).map(|_| next()).collect()
            })
            .collect();
        let convergence = Convergence::of(&chains);
        golden.assert_scalar(
            &format!("{name} r_hat"),
            convergence.r_hat.ok_or("the draws differ")?,
        );
        golden.assert_scalar(&format!("{name} ess"), convergence.ess.ok_or("the draws differ")?);
    }
    Ok(())
}

#[test]
fn equal_draws_have_no_convergence() {
    let convergence = Convergence::of(&[vec![2.0; 50], vec![2.0; 50]]);
    assert_eq!(
        convergence,
        Convergence {
            r_hat: None,
            ess: None
        }
    );
    assert_eq!(Convergence::of(&[]).r_hat, None);
}

/// The score of CaMML on asia.
fn asia_score() -> causal_order::Result<DiscreteScore> {
    DiscreteScore::new(&asia_table(2000, 42), DiscreteCriterion::Mml)
}

fn short(space: StateSpace) -> OrderMcmc {
    OrderMcmc {
        space,
        steps: Some(60_000),
        samples: 300,
        seed: 11,
        ..OrderMcmc::default()
    }
}

#[test]
fn threads_do_not_matter_and_seeds_do() -> TestResult {
    let score = asia_score()?;
    let knowledge = Knowledge::none(asia_nodes());
    for space in [StateSpace::OrderAndArcs, StateSpace::Order] {
        let params = OrderMcmc {
            steps: Some(6_000),
            samples: 50,
            ..short(space)
        };
        let with_threads = |n_threads| -> Result<OrderPosterior, Box<dyn std::error::Error>> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build()?;
            Ok(pool.install(|| params.run(&score, &knowledge, None))?)
        };
        let one = with_threads(1)?;
        assert_eq!(one, with_threads(3)?);
        let other = OrderMcmc { seed: 12, ..params }.run(&score, &knowledge, None)?;
        assert_ne!(one.chains[0].log_posterior, other.chains[0].log_posterior);
        let text = serde_json::to_string(&one)?;
        assert_eq!(serde_json::from_str::<OrderPosterior>(&text)?, one);
    }
    Ok(())
}

#[test]
fn both_spaces_find_the_strong_edges_of_asia() -> TestResult {
    let score = asia_score()?;
    // Everything before dyspnoea and the X-ray, smoking and the visit first.
    let levels = LevelOrder::new(asia_nodes(), vec![0, 1, 0, 1, 1, 2, 3, 3])?;
    let nodes = asia_nodes();
    for space in [StateSpace::OrderAndArcs, StateSpace::Order] {
        let posterior = short(space).run(&score, &Knowledge::none(nodes.clone()), Some(&levels))?;
        for (from, to) in [
            ("smoke", "bronc"),
            ("bronc", "dysp"),
            ("either", "dysp"),
            ("either", "xray"),
        ] {
            let probability = posterior.edges[nodes.index(from)?][nodes.index(to)?];
            assert!(probability > 0.9, "{space:?}: {from} -> {to} has {probability}");
        }
        assert!(posterior.ancestors[nodes.index("smoke")?][nodes.index("dysp")?] > 0.99);
        assert_eq!(
            posterior.precedence[nodes.index("dysp")?][nodes.index("smoke")?],
            0.0
        );
        // Each pair comes in one of two orders.
        for a in 0..8 {
            for b in 0..a {
                let both = posterior.precedence[a][b] + posterior.precedence[b][a];
                golden::assert_close(&[both], &[1.0], 1e-12, 0.0);
            }
        }
        for (from, to) in posterior.best_dag.edges() {
            assert!(posterior.best_order.precedes(from, to));
            assert!(levels.level(from) <= levels.level(to));
        }
        for chain in &posterior.chains {
            assert!(
                chain.moves.iter().all(|moves| moves.acceptance() > 0.0),
                "{:?}",
                chain.moves
            );
            assert_eq!(chain.log_posterior.len(), 300);
        }
    }
    Ok(())
}

#[test]
fn knowledge_holds_in_every_state() -> TestResult {
    let score = asia_score()?;
    let nodes = asia_nodes();
    let knowledge = Knowledge::builder(nodes.clone())
        .require("xray", "asia")
        .forbid_adjacency("smoke", "bronc")
        .require_adjacency("asia", "smoke")
        .build()?;
    for space in [StateSpace::OrderAndArcs, StateSpace::Order] {
        let params = OrderMcmc {
            steps: Some(20_000),
            samples: 200,
            ..short(space)
        };
        let posterior = params.run(&score, &knowledge, None)?;
        let edge = |from, to| -> causal_graph::Result<f64> {
            Ok(posterior.edges[nodes.index(from)?][nodes.index(to)?])
        };
        golden::assert_close(&[edge("xray", "asia")?], &[1.0], 1e-9, 0.0);
        golden::assert_close(
            &[edge("smoke", "bronc")? + edge("bronc", "smoke")?],
            &[0.0],
            0.0,
            1e-12,
        );
        golden::assert_close(
            &[edge("asia", "smoke")? + edge("smoke", "asia")?],
            &[1.0],
            1e-9,
            0.0,
        );
    }
    let backwards = LevelOrder::new(nodes, vec![0, 1, 1, 1, 1, 1, 1, 1])?;
    let error = short(StateSpace::Order).run(&score, &knowledge, Some(&backwards));
    assert!(matches!(error, Err(Error::LevelsAgainstKnowledge)));
    Ok(())
}

#[test]
fn bad_parameters_are_refused() -> TestResult {
    let score = asia_score()?;
    let knowledge = Knowledge::none(asia_nodes());
    let default = OrderMcmc::default();
    for wrong in [
        OrderMcmc {
            arc_prior: 0.0,
            ..default
        },
        OrderMcmc {
            arc_prior: f64::NAN,
            ..default
        },
        OrderMcmc {
            arc_prior: 1.0,
            ..default
        },
        OrderMcmc {
            tier_prior: 0.0,
            ..default
        },
        OrderMcmc {
            tier_prior: 1.5,
            ..default
        },
        OrderMcmc { chains: 0, ..default },
        OrderMcmc {
            samples: 0,
            ..default
        },
        OrderMcmc {
            steps: Some(0),
            ..default
        },
    ] {
        assert!(
            matches!(wrong.run(&score, &knowledge, None), Err(Error::Parameter { .. })),
            "{wrong:?}"
        );
    }
    let many = OrderMcmc {
        space: StateSpace::Order,
        max_parents: Some(20),
        ..default
    };
    let (_, table) = random_gaussian(60, 100, 2.0, 1);
    let refused = many.run(
        &GaussianScore::bic(&table)?,
        &Knowledge::none(Nodes::numbered(60)),
        None,
    );
    assert!(matches!(refused, Err(Error::Memory { .. })));
    let other = LevelOrder::new(Nodes::numbered(8), vec![0; 8])?;
    assert!(matches!(
        default.run(&score, &knowledge, Some(&other)),
        Err(Error::Graph(_))
    ));
    assert!(serde_json::from_str::<OrderMcmc>(r#"{"step": 3}"#).is_err());
    Ok(())
}

#[test]
fn chains_can_be_cancelled() -> TestResult {
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let knowledge = Knowledge::none(asia_nodes());
    let result = OrderMcmc::default().run_with(&asia_score()?, &knowledge, None, &mut progress);
    assert!(matches!(result, Err(Error::Cancelled(_))));
    Ok(())
}
