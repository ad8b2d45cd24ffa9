//! Unbalanced and semi-relaxed transport: golden values, limits and laws.

use golden::{Golden, assert_close};
use ot_transferability::{
    CostMatrix, Epsilon, Error, Marginals, OverRelaxation, Sinkhorn, Status, Unbalanced,
};
use proptest::prelude::*;

use crate::sinkhorn::{random_cost, random_weights, values};

fn unbalanced(epsilon: f64, source_reach: Option<f64>, target_reach: Option<f64>) -> Unbalanced {
    Unbalanced {
        epsilon: Epsilon::absolute(epsilon),
        source_reach,
        target_reach,
        tolerance: 1e-13,
        max_iterations: 100_000,
        ..Unbalanced::default()
    }
}

#[test]
fn agrees_with_another_implementation() {
    let golden = Golden::load("tests/golden/sinkhorn.json").expect("golden values");
    let array = |name| golden.array(name).expect("an array").1;
    let (a, b) = (array("a"), array("b"));
    let heavier: Vec<f64> = b.iter().map(|weight| 1.7 * weight).collect();
    let cost = CostMatrix::new(array("cost"), a.len(), b.len()).expect("costs");
    for (name, source_reach, target_reach) in [
        ("unbalanced.plan", Some(1.5), Some(1.5)),
        ("unbalanced.two_reaches.plan", Some(1.5), Some(0.4)),
        ("semi_relaxed.plan", None, Some(0.8)),
    ] {
        let transport = unbalanced(0.3, source_reach, target_reach)
            .solve(&cost, &a, &heavier)
            .expect("a solution");
        assert_eq!(transport.status, Status::Converged);
        assert!(transport.gap.abs() <= 1e-11, "{name}: {}", transport.gap);
        golden.assert_array(name, &values(&transport.plan));
    }
}

#[test]
fn a_small_problem() {
    let cost = CostMatrix::new(vec![0.0, 1.0, 1.0, 0.0], 2, 2).expect("costs");
    let solver = unbalanced(0.1, Some(1.0), Some(1.0));
    let transport = solver.solve(&cost, &[1.0, 0.5], &[0.3, 0.7]).expect("a solution");
    let expected = [
        0.509_779_386_581_9,
        0.048_321_705_719_4,
        1.205_727_263e-8,
        0.554_496_366_771_5,
    ];
    // The expected values are given to 13 decimals.
    assert_close(&values(&transport.plan), &expected, 0.0, 1e-13);
    let golden = Golden::load("tests/golden/sinkhorn.json").expect("golden values");
    golden.assert_array("unbalanced.two.plan", &values(&transport.plan));
}

/// The start meets the conditions of the one source, not those of the targets.
#[test]
fn one_source_is_not_done_before_its_targets() {
    let cost = CostMatrix::new(vec![0.0, 1.0, 2.0], 1, 3).expect("costs");
    for reaches in [(Some(1.0), Some(1.0)), (None, Some(0.1)), (Some(0.1), None)] {
        let transport = unbalanced(0.1, reaches.0, reaches.1)
            .solve(&cost, &[1.0], &[0.25, 0.25, 0.5])
            .expect("a solution");
        assert_eq!(transport.status, Status::Converged);
        assert!(transport.gap.abs() <= 1e-11, "{reaches:?}: {}", transport.gap);
    }
}

#[test]
fn masses_that_differ_by_rounding_are_balanced() {
    let cost = random_cost(2, 2, 4);
    let transport = unbalanced(0.5, None, None)
        .solve(&cost, &[0.5, 0.5], &[0.5, 0.5 + 5e-7])
        .expect("a solution");
    assert_eq!(transport.status, Status::Converged);
}

#[test]
fn mass_without_bound_is_an_error() {
    let cost = CostMatrix::new(vec![-1.0], 1, 1).expect("a cost");
    // Some e^1000.
    let refused = unbalanced(1e-3, Some(1e-6), Some(1e-6)).solve(&cost, &[1.0], &[1.0]);
    assert!(matches!(refused, Err(Error::Mass { .. })), "{refused:?}");
}

#[test]
fn a_long_reach_is_balanced_transport() {
    let cost = random_cost(8, 6, 1);
    let (a, b) = (random_weights(8, 2), random_weights(6, 3));
    let balanced = Sinkhorn {
        epsilon: Epsilon::absolute(0.1),
        tolerance: 1e-13,
        ..Sinkhorn::default()
    }
    .solve(&cost, &Marginals::new(&a, &b).expect("equal masses"))
    .expect("a solution");
    // The marginals give way by f / reach.
    for (reach, distance) in [(1e3, 1e-3), (1e6, 1e-6)] {
        let transport = unbalanced(0.1, Some(reach), Some(reach))
            .solve(&cost, &a, &b)
            .expect("a solution");
        assert_close(&values(&transport.plan), &values(&balanced.plan), 0.0, distance);
        assert_close(
            &[transport.regularized_cost],
            &[balanced.regularized_cost],
            0.0,
            distance,
        );
    }
    let transport = unbalanced(0.1, None, None)
        .solve(&cost, &a, &b)
        .expect("a solution");
    assert_close(&values(&transport.plan), &values(&balanced.plan), 0.0, 1e-11);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_solution_has_no_gap_and_one_side_may_hold(
        n_sources in 1..12_usize, n_targets in 1..12_usize, seed in 0..1000_u64,
        mass in 0.1..10.0_f64, source_reach in 0.05..5.0_f64, target_reach in 0.05..5.0_f64,
    ) {
        let cost = random_cost(n_sources, n_targets, seed);
        let a = random_weights(n_sources, seed + 1);
        let b: Vec<f64> = random_weights(n_targets, seed + 2).iter().map(|weight| mass * weight).collect();
        let transport = unbalanced(0.05, Some(source_reach), Some(target_reach)).solve(&cost, &a, &b).expect("a solution");
        prop_assert_eq!(transport.status, Status::Converged);
        prop_assert!(transport.gap.abs() <= 1e-10, "{}", transport.gap);
        let semi = unbalanced(0.05, Some(source_reach), None).solve(&cost, &a, &b).expect("a solution");
        prop_assert!(semi.gap.abs() <= 1e-10, "{}", semi.gap);
        assert_close(&semi.plan.target_marginal(), &b, 1e-10, 0.0);
    }

    #[test]
    fn longer_steps_reach_the_same_plan(seed in 0..1000_u64) {
        let cost = random_cost(9, 7, seed);
        let (a, b) = (random_weights(9, 2), random_weights(7, 3));
        let plain = Unbalanced { over_relaxation: OverRelaxation::None, ..unbalanced(0.02, Some(1.0), Some(2.0)) };
        let expected = plain.solve(&cost, &a, &b).expect("a solution");
        let relaxed = unbalanced(0.02, Some(1.0), Some(2.0)).solve(&cost, &a, &b).expect("a solution");
        assert_close(&values(&relaxed.plan), &values(&expected.plan), 0.0, 1e-10);
    }
}

#[test]
fn mass_too_far_away_is_destroyed() {
    let cost = CostMatrix::new(vec![0.0, 1e6, 1e6, 1e6], 2, 2).expect("costs");
    let transport = unbalanced(0.1, Some(1.0), Some(1.0))
        .solve(&cost, &[0.5, 0.5], &[0.5, 0.5])
        .expect("a solution");
    let masses = values(&transport.plan);
    assert!(masses[0] > 0.4 && masses[3] == 0.0, "{masses:?}");
    assert!(
        transport.regularized_cost.is_finite() && transport.gap.abs() <= 1e-9,
        "{transport:?}"
    );
}

#[test]
fn bad_input_is_refused() {
    let cost = random_cost(2, 2, 1);
    let solve = |solver: Unbalanced, a: &[f64]| solver.solve(&cost, a, &[0.5, 0.5]);
    for reach in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(solve(unbalanced(0.1, Some(reach), None), &[0.5, 0.5]).is_err());
        assert!(solve(unbalanced(0.1, None, Some(reach)), &[0.5, 0.5]).is_err());
    }
    let good = unbalanced(0.1, Some(1.0), Some(1.0));
    assert!(solve(unbalanced(-0.1, Some(1.0), None), &[0.5, 0.5]).is_err());
    assert!(solve(good, &[0.5]).is_err());
    assert!(solve(good, &[0.5, f64::NAN]).is_err());
    assert!(solve(good, &[0.0, 0.0]).is_err());
    assert!(matches!(
        solve(unbalanced(0.1, None, None), &[1.0, 1.0]),
        Err(Error::UnequalMass { .. })
    ));
}
