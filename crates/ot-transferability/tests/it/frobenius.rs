//! Transport regularised by squared masses: against POT and scipy, and laws.

use golden::{Golden, assert_close};
use ot_transferability::{
    CostMatrix, CostScale, Epsilon, Frobenius, GroundCost, Marginals, Status, Transport, wasserstein_1d,
};
use proptest::prelude::*;
use tensor_core::progress::{CancelToken, Cancellable, Silent};
use tensor_core::{Kind, Seed, random};

fn frobenius(gamma: f64) -> Frobenius {
    Frobenius {
        gamma: Epsilon::absolute(gamma),
        tolerance: 1e-12,
        ..Frobenius::default()
    }
}

fn drawn(label: &str, seed: u64, n: usize) -> Vec<f64> {
    let drawn = random::uniform(
        &mut Seed::new(seed).stream(label, 0),
        0.2,
        1.0,
        &[n as i64],
        Kind::Double,
    );
    Vec::<f64>::try_from(&drawn.expect("numbers")).expect("numbers")
}

/// A problem of mass 2.
fn problem(seed: u64, n: usize, m: usize) -> (CostMatrix, Marginals) {
    let weights = |label, n| {
        let weights = drawn(label, seed, n);
        let mass: f64 = weights.iter().sum();
        weights
            .iter()
            .map(|weight| 2.0 * weight / mass)
            .collect::<Vec<f64>>()
    };
    let cost = CostMatrix::new(drawn("costs", seed, n * m), n, m).expect("costs");
    (
        cost,
        Marginals::new(&weights("a", n), &weights("b", m)).expect("weights"),
    )
}

fn flat(transport: &Transport) -> Vec<f64> {
    transport.plan.to_dense().into_raw_vec_and_offset().0
}

#[test]
fn plans_are_those_of_pot_and_of_quadratic_programming() {
    let golden = Golden::load("tests/golden/frobenius.json").expect("golden values");
    let vector = |name| golden.array(name).expect("a vector").1;
    let cost = CostMatrix::new(vector("cost"), 8, 6).expect("costs");
    let marginals = Marginals::new(&vector("a"), &vector("b")).expect("weights");
    for gamma in ["1", "10", "1000"] {
        let params = Frobenius {
            tolerance: 1e-13,
            ..frobenius(gamma.parse().expect("a number"))
        };
        let found = params.solve(&cost, &marginals).expect("a plan");
        assert_eq!(found.status, Status::Converged);
        golden.assert_array(&format!("plan.{gamma}"), &flat(&found));
        golden.assert_scalar(&format!("cost.{gamma}"), found.cost);
        golden.assert_scalar(&format!("regularized_cost.{gamma}"), found.regularized_cost);
        golden.assert_scalar(&format!("regularized_cost.{gamma}"), found.dual);
    }
}

#[test]
fn a_weak_regularisation_leaves_the_optimal_cost() {
    let (x, y) = (drawn("x", 1, 120), drawn("y", 1, 90));
    let column = |points: &[f64]| {
        tensor_core::convert::tensor_from_slice(points, &[points.len() as i64, 1]).expect("points")
    };
    let cost = CostMatrix::between(&column(&x), &column(&y), GroundCost::SquaredEuclidean).expect("costs");
    let marginals = Marginals::uniform(120, 90).expect("weights");
    let optimum = wasserstein_1d(&x, marginals.source(), &y, marginals.target(), 2.0).expect("a cost");
    let mut last = f64::INFINITY;
    for gamma in [1e4, 100.0, 1.0, 0.01, 1e-4, 1e-6] {
        let params = Frobenius {
            gamma: Epsilon::relative(gamma, CostScale::Max),
            tolerance: 1e-9,
            ..Frobenius::default()
        };
        let found = params.solve(&cost, &marginals).expect("a plan");
        assert_eq!(
            found.status,
            Status::Converged,
            "{gamma}: {} {}",
            found.marginal_error,
            found.iterations
        );
        assert!(found.marginal_error < 2e-9 && found.gap.abs() < 1e-8);
        assert!(found.cost <= last + 1e-9 && found.cost >= optimum - 1e-9);
        last = found.cost;
    }
    assert_close(&[last], &[optimum], 1e-6, 0.0);
}

#[test]
fn the_same_bits_on_one_thread_and_two() {
    let (cost, marginals) = problem(2, 150, 170);
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        let found = pool.install(|| frobenius(1.0).solve(&cost, &marginals).expect("a plan"));
        (found.dual.to_bits(), found.iterations, found.plan)
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn points_without_mass_take_none() {
    let (cost, _) = problem(3, 5, 4);
    let marginals = Marginals::new(&[0.5, 0.0, 0.2, 0.3, 0.0], &[0.0, 0.4, 0.4, 0.2]).expect("weights");
    let found = frobenius(2.0).solve(&cost, &marginals).expect("a plan");
    assert!(found.marginal_error < 1e-12);
    let (f, g) = (&found.potentials.source, &found.potentials.target);
    for (i, row) in found.plan.to_dense().outer_iter().enumerate() {
        for (j, &mass) in row.iter().enumerate() {
            assert_close(
                &[mass],
                &[(f[i] + g[j] - cost.row(i)[j]).max(0.0) / 2.0],
                0.0,
                1e-12,
            );
        }
    }
}

#[test]
fn a_cap_is_a_status_and_a_cancellation_an_error() {
    let (cost, marginals) = problem(4, 30, 40);
    for max_iterations in [1, 2, 5] {
        let capped = Frobenius {
            max_iterations,
            ..frobenius(1e-3)
        };
        let found = capped.solve(&cost, &marginals).expect("a plan");
        assert_eq!(
            (found.status, found.iterations),
            (Status::IterationLimit, max_iterations)
        );
    }
    let token = CancelToken::new();
    token.cancel();
    assert!(
        frobenius(1.0)
            .solve_with(&cost, &marginals, &mut Cancellable::new(Silent, token))
            .is_err()
    );
}

#[test]
fn strengths_that_vanish_beside_the_costs_end_and_keep_the_rows() {
    let (cost, marginals) = problem(5, 20, 20);
    let found = frobenius(1e-30).solve(&cost, &marginals).expect("a plan");
    let rows = found.plan.source_marginal();
    assert_close(&rows, marginals.source(), 1e-12, 0.0);
}

#[test]
fn bad_input_is_refused() {
    let (cost, marginals) = problem(6, 3, 4);
    for gamma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(frobenius(gamma).solve(&cost, &marginals).is_err(), "{gamma}");
    }
    assert!(
        Frobenius {
            tolerance: f64::NAN,
            ..frobenius(1.0)
        }
        .solve(&cost, &marginals)
        .is_err()
    );
    assert!(
        Frobenius {
            max_iterations: 0,
            ..frobenius(1.0)
        }
        .solve(&cost, &marginals)
        .is_err()
    );
    assert!(
        frobenius(1.0)
            .solve(&cost, &Marginals::uniform(4, 3).expect("weights"))
            .is_err()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn duality_marginals_and_covariance(
        n in 1..25_usize, m in 1..25_usize, seed: u64, gamma in 0.01..100.0_f64, scale in 0.1..10.0_f64, shift in -2.0..2.0_f64,
    ) {
        let (cost, marginals) = problem(seed, n, m);
        let found = frobenius(gamma).solve(&cost, &marginals).expect("a plan");
        prop_assert_eq!(found.status, Status::Converged);
        prop_assert!(found.marginal_error < 1e-11);
        prop_assert!(found.gap.abs() < 1e-9 * (1.0 + gamma));
        // Weak duality against the independent plan.
        let mut independent = 0.0;
        for (i, a) in marginals.source().iter().enumerate() {
            for (b, c) in marginals.target().iter().zip(cost.row(i)) {
                let mass = a * b / marginals.mass();
                independent += c * mass + gamma / 2.0 * mass * mass;
            }
        }
        prop_assert!(found.dual <= independent * (1.0 + 1e-12));
        // The plan is unique: it does not change with the unit and the origin of the costs, or the side that is called source.
        let moved = CostMatrix::new(cost.values().iter().map(|c| scale * c + shift).collect(), n, m).expect("costs");
        let of_moved = frobenius(scale * gamma).solve(&moved, &marginals).expect("a plan");
        let transposed = CostMatrix::new(cost.view().t().iter().copied().collect(), m, n).expect("costs");
        let swapped = Marginals::new(marginals.target(), marginals.source()).expect("weights");
        let of_swapped = frobenius(gamma).solve(&transposed, &swapped).expect("a plan");
        let back: Vec<f64> = of_swapped.plan.to_dense().t().iter().copied().collect();
        for (at, mass) in flat(&found).iter().enumerate() {
            prop_assert!((flat(&of_moved)[at] - mass).abs() < 1e-9);
            prop_assert!((back[at] - mass).abs() < 1e-9);
        }
    }
}
