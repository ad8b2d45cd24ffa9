//! Exact transport: what it refuses, where it stops, and what it starts from.

use golden::assert_close;
use ot_transferability::{
    CostMatrix, Epsilon, Error, Exact, ExactAlgorithm, Marginals, Sinkhorn, Status, Transport,
};
use rand::RngExt;
use tensor_core::Seed;
use tensor_core::progress::{CancelToken, Cancellable, Silent};

use crate::exact::{UNIFORM_SQUARE, certified};

/// Sums of some hundred products of numbers below 1.
const RTOL: f64 = 1e-13;

fn random_costs(n: usize, m: usize) -> CostMatrix {
    let mut rng = Seed::new(5).stream("costs", 0);
    CostMatrix::new((0..n * m).map(|_| rng.random()).collect(), n, m).expect("costs")
}

fn random_marginals(n: usize, m: usize) -> Marginals {
    let mut rng = Seed::new(5).stream("weights", 0);
    let mut weights = |n: usize| -> Vec<f64> {
        let raw: Vec<f64> = (0..n).map(|_| rng.random_range(0.1..1.0)).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|weight| weight / sum).collect()
    };
    Marginals::new(&weights(n), &weights(m)).expect("weights")
}

fn with_algorithm(algorithm: ExactAlgorithm) -> Exact {
    Exact {
        algorithm,
        max_iterations: None,
    }
}

#[test]
fn shapes_must_agree() {
    let refused = Exact::default().solve(&random_costs(3, 4), &random_marginals(4, 3));
    assert!(matches!(refused, Err(Error::Core(_))), "{refused:?}");
}

#[test]
fn the_assignment_is_refused_where_it_does_not_apply() {
    let assignment = with_algorithm(ExactAlgorithm::ShortestAugmentingPath);
    for marginals in [random_marginals(4, 4), Marginals::uniform(4, 4).expect("weights")] {
        let is_uniform = marginals.source()[0] == marginals.source()[1];
        let solved = assignment.solve(&random_costs(4, 4), &marginals);
        assert_eq!(solved.is_ok(), is_uniform);
        assert!(is_uniform || matches!(solved, Err(Error::NotAnAssignment { .. })));
    }
    let refused = assignment.solve(&random_costs(3, 4), &Marginals::uniform(3, 4).expect("weights"));
    let expected = (3, 4);
    assert!(
        matches!(refused, Err(Error::NotAnAssignment { n_sources, n_targets }) if (n_sources, n_targets) == expected)
    );
    // Points without weight do not count.
    let marginals = Marginals::new(&[0.5, 0.5], &[0.5, 0.0, 0.5]).expect("weights");
    assert!(assignment.solve(&random_costs(2, 3), &marginals).is_ok());
}

#[test]
fn a_cost_that_means_never_does_no_harm() {
    // The diagonal is free of it: a shift by one costs 1 a row.
    let n = 30;
    let cost = |row: usize, column: usize| match (column + n - row) % n {
        1 => 1.0,
        2 => 1.5,
        _ => 1e20,
    };
    let costs = (0..n)
        .flat_map(|row| (0..n).map(move |column| cost(row, column)))
        .collect();
    let cost = CostMatrix::new(costs, n, n).expect("costs");
    let marginals = Marginals::uniform(n, n).expect("weights");
    for algorithm in UNIFORM_SQUARE {
        let transport = with_algorithm(algorithm)
            .solve(&cost, &marginals)
            .expect("a solution");
        assert_close(&[transport.cost], &[1.0], RTOL, 0.0);
        assert!(transport.gap.abs() <= 1e-12, "{}", transport.gap);
    }
}

#[test]
fn a_plan_that_rounding_hides_is_not_passed_for_optimal() {
    // A source of next to no weight pays 1e25 wherever it goes: beside its potential the others' costs vanish.
    let n = 8;
    let mut costs: Vec<f64> = (0..n * n).map(|index| (index * index * 7 % 101) as f64).collect();
    costs[..n].fill(1e25);
    let mut weights = vec![1.0; n];
    weights[0] = 1e-30;
    let sum: f64 = weights.iter().sum();
    let cost = CostMatrix::new(costs, n, n).expect("costs");
    let marginals = Marginals::new(&weights, &vec![sum / n as f64; n]).expect("weights");
    let refused = Exact::default().solve(&cost, &marginals);
    assert!(
        matches!(refused, Err(Error::Uncertified { gap, .. }) if gap > 0.01),
        "{refused:?}"
    );
}

#[test]
fn the_cap_gives_a_feasible_plan_and_says_so() {
    let problems = [
        (random_costs(40, 50), random_marginals(40, 50)),
        (random_costs(40, 40), Marginals::uniform(40, 40).expect("weights")),
    ];
    for (cost, marginals) in problems {
        let optimum = certified(ExactAlgorithm::Auto, &cost, &marginals);
        for max_iterations in [0, 5] {
            let capped = Exact {
                max_iterations: Some(max_iterations),
                ..Exact::default()
            };
            let transport = capped.solve(&cost, &marginals).expect("a plan");
            assert_eq!(transport.status, Status::IterationLimit);
            assert_eq!(transport.iterations, max_iterations);
            assert!(transport.marginal_error < 1e-14, "{}", transport.marginal_error);
            assert!(transport.cost >= optimum.cost);
            assert!(transport.dual <= optimum.cost);
            assert!(transport.gap > 0.0);
        }
    }
}

#[test]
fn a_cancelled_solution_ends() {
    let token = CancelToken::new();
    token.cancel();
    for algorithm in UNIFORM_SQUARE {
        let cancelled = with_algorithm(algorithm).solve_with(
            &random_costs(400, 400),
            &Marginals::uniform(400, 400).expect("weights"),
            &mut Cancellable::new(Silent, token.clone()),
        );
        let error = cancelled.expect_err("the token is set");
        assert!(
            matches!(error, Error::Core(tensor_core::Error::Cancelled { .. })),
            "{error}"
        );
    }
}

fn again_from(start: &Transport, cost: &CostMatrix, marginals: &Marginals) -> Transport {
    Exact::default()
        .solve_from(start, cost, marginals, &mut Silent)
        .expect("a solution")
}

#[test]
fn an_optimal_plan_is_solved_again_without_a_pivot() {
    let (cost, marginals) = (random_costs(80, 70), random_marginals(80, 70));
    let cold = certified(ExactAlgorithm::Auto, &cost, &marginals);
    let warm = again_from(&cold, &cost, &marginals);
    assert!(cold.iterations > 100);
    assert_eq!(warm.iterations, 0);
    assert_close(&[warm.cost], &[cold.cost], RTOL, 0.0);
}

#[test]
fn a_start_from_elsewhere_ends_at_the_optimum() {
    let (cost, marginals) = (random_costs(60, 60), random_marginals(60, 60));
    let cold = certified(ExactAlgorithm::Auto, &cost, &marginals);
    // From an entropic plan, which is dense; from other costs; from other weights.
    let sinkhorn = Sinkhorn {
        epsilon: Epsilon::absolute(0.02),
        ..Sinkhorn::default()
    };
    let entropic = sinkhorn.solve(&cost, &marginals).expect("a plan");
    let nearby = cost
        .values()
        .iter()
        .map(|cost| cost + 1e-3 * (1e3 * cost).sin())
        .collect();
    let other_costs = CostMatrix::new(nearby, 60, 60).expect("costs");
    let uniform = Marginals::uniform(60, 60).expect("weights");
    for start in [
        entropic,
        certified(ExactAlgorithm::Auto, &other_costs, &marginals),
        certified(ExactAlgorithm::NetworkSimplex, &cost, &uniform),
    ] {
        let warm = again_from(&start, &cost, &marginals);
        assert_close(&[warm.cost], &[cold.cost], RTOL, 0.0);
        assert!(
            warm.iterations < cold.iterations,
            "{} {}",
            warm.iterations,
            cold.iterations
        );
    }
    // And the assignment from the simplex.
    let assignment = certified(ExactAlgorithm::Auto, &cost, &uniform);
    let warm = again_from(&cold, &cost, &uniform);
    assert_close(&[warm.cost], &[assignment.cost], RTOL, 0.0);
}

#[test]
fn potentials_far_beyond_the_costs_do_no_harm() {
    for marginals in [
        random_marginals(40, 40),
        Marginals::uniform(40, 40).expect("weights"),
    ] {
        let cost = random_costs(40, 40);
        let cold = certified(ExactAlgorithm::Auto, &cost, &marginals);
        for scale in [1e3, 1e8, 1e200] {
            let mut start = cold.clone();
            for (target, potential) in start.potentials.target.iter_mut().enumerate() {
                *potential = scale * (target as f64).sin();
            }
            let warm = again_from(&start, &cost, &marginals);
            assert_close(&[warm.cost], &[cold.cost], RTOL, 0.0);
            assert!(warm.gap.abs() <= 1e-9 * warm.cost, "{}", warm.gap);
        }
    }
}

#[test]
fn a_start_of_another_shape_is_refused() {
    let (cost, marginals) = (random_costs(5, 6), random_marginals(5, 6));
    let start = certified(ExactAlgorithm::Auto, &cost, &marginals);
    let refused =
        Exact::default().solve_from(&start, &random_costs(5, 7), &random_marginals(5, 7), &mut Silent);
    assert!(matches!(refused, Err(Error::Core(_))));
    let mut not_finite = start;
    not_finite.potentials.target[2] = f64::NAN;
    let refused = Exact::default().solve_from(&not_finite, &cost, &marginals, &mut Silent);
    assert!(matches!(refused, Err(Error::Core(_))));
}

#[test]
fn parameters_survive_json_and_unknown_ones_do_not() {
    let exact = Exact {
        algorithm: ExactAlgorithm::NetworkSimplex,
        max_iterations: Some(7),
    };
    let json = serde_json::to_string(&exact).expect("json");
    assert_eq!(json, r#"{"algorithm":"network-simplex","max_iterations":7}"#);
    assert_eq!(serde_json::from_str::<Exact>(&json).expect("parameters"), exact);
    assert!(serde_json::from_str::<Exact>(r#"{"algorithms":"auto"}"#).is_err());
}
