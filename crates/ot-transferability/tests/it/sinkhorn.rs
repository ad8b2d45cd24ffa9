//! Entropic transport: golden values, laws, and what it refuses.

use golden::{Golden, assert_close};
use ot_transferability::{
    CostMatrix, CostScale, Epsilon, EpsilonScaling, Error, Marginals, OverRelaxation, Plan, Sinkhorn,
    SinkhornForm, Status, Transport, round_to_marginals,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

pub(crate) const FORMS: [SinkhornForm; 3] = [
    SinkhornForm::Kernel,
    SinkhornForm::Stabilized,
    SinkhornForm::LogDomain,
];

/// Both runs stop at a marginal error of 1e-13; plans and costs of order 1 follow to some hundred times that.
const AGREEMENT: f64 = 1e-10;

fn sinkhorn(epsilon: f64, form: SinkhornForm) -> Sinkhorn {
    Sinkhorn {
        epsilon: Epsilon::absolute(epsilon),
        form,
        tolerance: 1e-13,
        max_iterations: 100_000,
        ..Sinkhorn::default()
    }
}

pub(crate) fn values(plan: &Plan) -> Vec<f64> {
    plan.to_dense().into_iter().collect()
}

/// Squared distances of uniform points in the square.
pub(crate) fn random_cost(n_sources: usize, n_targets: usize, seed: u64) -> CostMatrix {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut point = || [rng.random::<f64>(), rng.random::<f64>()];
    let sources: Vec<[f64; 2]> = (0..n_sources).map(|_| point()).collect();
    let targets: Vec<[f64; 2]> = (0..n_targets).map(|_| point()).collect();
    let distance = |x: &[f64; 2], z: &[f64; 2]| (x[0] - z[0]).powi(2) + (x[1] - z[1]).powi(2);
    let costs = sources
        .iter()
        .flat_map(|x| targets.iter().map(move |z| distance(x, z)))
        .collect();
    CostMatrix::new(costs, n_sources, n_targets).expect("finite costs")
}

pub(crate) fn random_weights(length: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let weights: Vec<f64> = (0..length).map(|_| rng.random_range(0.2..1.0)).collect();
    let mass: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / mass).collect()
}

fn random_marginals(n_sources: usize, n_targets: usize) -> Marginals {
    Marginals::new(&random_weights(n_sources, 1), &random_weights(n_targets, 2)).expect("equal masses")
}

fn load() -> (Golden, CostMatrix, Vec<f64>, Vec<f64>) {
    let golden = Golden::load("tests/golden/sinkhorn.json").expect("golden values");
    let array = |name| golden.array(name).expect("an array").1;
    let (a, b) = (array("a"), array("b"));
    let cost = CostMatrix::new(array("cost"), a.len(), b.len()).expect("costs");
    (golden, cost, a, b)
}

#[test]
fn agrees_with_another_implementation() {
    let (golden, cost, a, b) = load();
    let marginals = Marginals::new(&a, &b).expect("equal masses");
    for epsilon in ["2.0", "0.5", "0.1"] {
        for form in FORMS {
            let solver = sinkhorn(epsilon.parse().expect("a number"), form);
            let transport = solver.solve(&cost, &marginals).expect("a solution");
            assert_eq!(transport.status, Status::Converged, "{form:?} {epsilon}");
            golden.assert_array(&format!("balanced.{epsilon}.plan"), &values(&transport.plan));
            golden.assert_scalar(&format!("balanced.{epsilon}.cost"), transport.cost);
            golden.assert_scalar(
                &format!("balanced.{epsilon}.regularized"),
                transport.regularized_cost,
            );
            golden.assert_scalar(&format!("balanced.{epsilon}.regularized"), transport.dual);
        }
    }
}

#[test]
fn small_problems_by_hand() {
    let (golden, ..) = load();
    let cost = CostMatrix::new(vec![0.0, 1.0, 2.0, 1.0, 0.0, 1.0], 2, 3).expect("costs");
    let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5]).expect("equal masses");
    for (epsilon, expected) in [
        ("1.0", 0.836_955_168_296_269_8),
        ("0.1", 0.750_000_002_061_153),
        ("0.01", 0.75),
    ] {
        for form in FORMS {
            let solver = sinkhorn(epsilon.parse().expect("a number"), form);
            let transport = solver.solve(&cost, &marginals).expect("a solution");
            golden.assert_scalar(&format!("emd2x3.{epsilon}.cost"), transport.cost);
            assert_close(&[transport.cost], &[expected], AGREEMENT, 0.0);
        }
    }
    let cost = CostMatrix::new(vec![0.0, 1.0, 1.0, 0.0], 2, 2).expect("costs");
    for form in FORMS {
        let solver = sinkhorn(0.1, form);
        let transport = solver
            .solve(&cost, &Marginals::uniform(2, 2).expect("sides"))
            .expect("a solution");
        // 0.5 e^(-1 / epsilon) / (1 + e^(-1 / epsilon)).
        assert_close(
            &[transport.plan.to_dense()[[0, 1]]],
            &[2.269_893_435_121_719_7e-5],
            1e-12,
            0.0,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn forms_schedules_and_steps_share_one_solution(
        n_sources in 1..20_usize, n_targets in 1..20_usize, seed in 0..1000_u64, epsilon in 0.02..2.0_f64
    ) {
        let cost = random_cost(n_sources, n_targets, seed);
        let marginals = random_marginals(n_sources, n_targets);
        let plain = Sinkhorn { over_relaxation: OverRelaxation::None, ..sinkhorn(epsilon, SinkhornForm::LogDomain) };
        let expected = plain.solve(&cost, &marginals).expect("a solution");
        prop_assert_eq!(expected.status, Status::Converged);
        let scaled = Some(EpsilonScaling::default());
        let others = [
            sinkhorn(epsilon, SinkhornForm::Kernel),
            sinkhorn(epsilon, SinkhornForm::Stabilized),
            sinkhorn(epsilon, SinkhornForm::LogDomain),
            Sinkhorn { absorption_threshold: 1.5, ..sinkhorn(epsilon, SinkhornForm::Stabilized) },
            Sinkhorn { scaling: scaled, ..sinkhorn(epsilon, SinkhornForm::Stabilized) },
            Sinkhorn { scaling: scaled, ..sinkhorn(epsilon, SinkhornForm::LogDomain) },
            Sinkhorn { over_relaxation: OverRelaxation::Fixed(1.2), ..plain },
        ];
        for other in others {
            let transport = other.solve(&cost, &marginals).expect("a solution");
            prop_assert_eq!(transport.status, Status::Converged);
            assert_close(&values(&transport.plan), &values(&expected.plan), 0.0, AGREEMENT);
            assert_close(&[transport.cost, transport.dual], &[expected.cost, expected.dual], 0.0, AGREEMENT);
        }
    }

    #[test]
    fn a_converged_plan_has_its_marginals_and_no_gap(
        n_sources in 1..30_usize, n_targets in 1..30_usize, seed in 0..1000_u64
    ) {
        let cost = random_cost(n_sources, n_targets, seed);
        let marginals = random_marginals(n_sources, n_targets);
        for form in FORMS {
            let transport = sinkhorn(0.05, form).solve(&cost, &marginals).expect("a solution");
            prop_assert!(transport.marginal_error <= 1e-12);
            prop_assert!(transport.gap.abs() <= 1e-11);
            prop_assert!(transport.cost <= transport.regularized_cost + 1e-12);
        }
    }

    #[test]
    fn every_dual_is_below_every_feasible_plan(
        n_sources in 1..12_usize, n_targets in 1..12_usize, seed in 0..1000_u64, iterations in 1..30_usize
    ) {
        let epsilon = 0.05;
        let cost = random_cost(n_sources, n_targets, seed);
        let marginals = random_marginals(n_sources, n_targets);
        for form in FORMS {
            let solver = Sinkhorn { max_iterations: iterations, ..sinkhorn(epsilon, form) };
            let early = solver.solve(&cost, &marginals).expect("an iterate");
            let feasible = round_to_marginals(&early.plan, &marginals).expect("equal shapes");
            let objective = entropic_cost(&cost, &feasible, &marginals, epsilon);
            prop_assert!(early.dual <= objective + 1e-12, "{} > {}", early.dual, objective);
        }
    }

    #[test]
    fn points_may_come_in_any_order(seed in 0..1000_u64, rotation in 1..13_usize) {
        let (n_sources, n_targets) = (13, 9);
        let cost = random_cost(n_sources, n_targets, seed);
        let (a, b) = (random_weights(n_sources, 3), random_weights(n_targets, 4));
        let order: Vec<usize> = (0..n_sources).map(|row| (row + rotation) % n_sources).collect();
        let moved_cost = order.iter().flat_map(|&row| cost.row(row).to_vec()).collect();
        let moved_cost = CostMatrix::new(moved_cost, n_sources, n_targets).expect("costs");
        let moved_a: Vec<f64> = order.iter().map(|&row| a[row]).collect();
        for form in FORMS {
            let solver = sinkhorn(0.1, form);
            let before = solver.solve(&cost, &Marginals::new(&a, &b).expect("equal masses")).expect("a solution");
            let after = solver
                .solve(&moved_cost, &Marginals::new(&moved_a, &b).expect("equal masses"))
                .expect("a solution");
            let plan = before.plan.to_dense();
            let expected: Vec<f64> = order.iter().flat_map(|&row| plan.row(row).to_vec()).collect();
            assert_close(&values(&after.plan), &expected, 0.0, AGREEMENT);
        }
    }
}

/// `<C, P> + epsilon KL(P | a b^T)` from its definition, for unit masses.
fn entropic_cost(cost: &CostMatrix, plan: &Plan, marginals: &Marginals, epsilon: f64) -> f64 {
    let plan = plan.to_dense();
    let mut total = 0.0;
    for ((source, target), &mass) in plan.indexed_iter() {
        let independent = marginals.source()[source] * marginals.target()[target];
        let entropy = if mass > 0.0 {
            mass * (mass / independent).ln()
        } else {
            0.0
        };
        total += mass * cost.row(source)[target] + epsilon * (entropy - mass + independent);
    }
    total
}

#[test]
fn the_objectives_are_those_of_their_definition() {
    let cost = random_cost(8, 11, 5);
    let marginals = random_marginals(8, 11);
    let transport = sinkhorn(0.1, SinkhornForm::Stabilized)
        .solve(&cost, &marginals)
        .expect("a solution");
    let expected = entropic_cost(&cost, &transport.plan, &marginals, 0.1);
    assert_close(&[transport.regularized_cost], &[expected], 1e-12, 0.0);
}

/// A stabilised iteration that starts again from factors 1/n after absorption, although the potentials hold all the mass,
/// absorbs for ever from n = threshold on and ends with a plan of mass 1/n^2.
#[test]
fn absorption_keeps_the_mass_at_a_thousand_points() {
    let n_points = 1000;
    let cost = random_cost(n_points, n_points, 6);
    let marginals = Marginals::uniform(n_points, n_points).expect("sides");
    let solver = |form, absorption_threshold| Sinkhorn {
        epsilon: Epsilon::relative(1e-3, CostScale::Max),
        form,
        tolerance: 1e-7,
        absorption_threshold,
        ..Sinkhorn::default()
    };
    let reference = solver(SinkhornForm::LogDomain, 1e50)
        .solve(&cost, &marginals)
        .expect("a solution");
    for threshold in [1.5, 1e3, 1e50] {
        let transport = solver(SinkhornForm::Stabilized, threshold)
            .solve(&cost, &marginals)
            .expect("a solution");
        assert_eq!(transport.status, Status::Converged);
        assert!((transport.plan.mass() - 1.0).abs() <= 1e-12);
        assert!(transport.marginal_error <= 1e-7);
        assert_close(
            &[transport.cost, transport.dual],
            &[reference.cost, reference.dual],
            1e-6,
            0.0,
        );
    }
}

#[test]
fn a_kernel_that_underflows_is_an_error_and_other_forms_go_on() {
    let cost = random_cost(40, 30, 7);
    let marginals = random_marginals(40, 30);
    let refused = sinkhorn(1e-5, SinkhornForm::Kernel).solve(&cost, &marginals);
    assert!(
        matches!(refused, Err(Error::KernelUnderflow { .. })),
        "{refused:?}"
    );
    for form in [SinkhornForm::Stabilized, SinkhornForm::LogDomain] {
        let solver = Sinkhorn {
            max_iterations: 300,
            ..sinkhorn(1e-5, form)
        };
        assert_is_finite(&solver.solve(&cost, &marginals).expect("an iterate"));
    }
}

fn assert_is_finite(transport: &Transport) {
    let numbers = [
        transport.cost,
        transport.regularized_cost,
        transport.dual,
        transport.gap,
        transport.marginal_error,
    ];
    assert!(numbers.iter().all(|number| number.is_finite()), "{numbers:?}");
    assert!(
        transport
            .potentials
            .source
            .iter()
            .chain(&transport.potentials.target)
            .all(|value| value.is_finite())
    );
    assert!(
        values(&transport.plan)
            .iter()
            .all(|mass| mass.is_finite() && *mass >= 0.0)
    );
}

#[test]
fn costs_and_strengths_of_every_size_stay_finite() {
    let marginals = Marginals::new(&[1e-200, 1.0], &[1.0, 1e-200]).expect("equal masses");
    for scale in [1e-290, 1e-30, 1.0, 1e30] {
        let cost =
            CostMatrix::new([0.0, 1.0, -1.0, 0.5].map(|cost| cost * scale).to_vec(), 2, 2).expect("costs");
        for epsilon in [1e-12, 1e-3, 1.0, 1e6] {
            for form in [SinkhornForm::Stabilized, SinkhornForm::LogDomain] {
                let solver = Sinkhorn {
                    epsilon: Epsilon::relative(epsilon, CostScale::Max),
                    max_iterations: 200,
                    ..sinkhorn(1.0, form)
                };
                assert_is_finite(&solver.solve(&cost, &marginals).expect("an iterate"));
            }
        }
    }
}

#[test]
fn the_threads_do_not_change_a_bit() {
    let cost = random_cost(300, 200, 8);
    let marginals = random_marginals(300, 200);
    for form in FORMS {
        let solver = Sinkhorn {
            max_iterations: 60,
            ..sinkhorn(0.01, form)
        };
        let [one, two] = [1, 2].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| solver.solve(&cost, &marginals))
                .expect("an iterate")
        });
        assert_eq!(one.plan, two.plan);
        assert_eq!(one.potentials, two.potentials);
        assert_eq!((one.cost, one.dual, one.gap), (two.cost, two.dual, two.gap));
    }
}

#[test]
fn mass_scales_the_plan_and_not_the_potentials() {
    let cost = random_cost(10, 12, 9);
    let (a, b) = (random_weights(10, 1), random_weights(12, 2));
    let heavier = |weights: &[f64]| weights.iter().map(|weight| 8.0 * weight).collect::<Vec<f64>>();
    let solver = sinkhorn(0.1, SinkhornForm::Stabilized);
    let light = solver
        .solve(&cost, &Marginals::new(&a, &b).expect("equal masses"))
        .expect("a solution");
    let heavy = Marginals::new(&heavier(&a), &heavier(&b)).expect("equal masses");
    let heavy = solver.solve(&cost, &heavy).expect("a solution");
    assert_close(&values(&heavy.plan), &heavier(&values(&light.plan)), 1e-9, 0.0);
    assert_close(
        &[heavy.cost, heavy.regularized_cost, heavy.dual],
        &heavier(&[light.cost, light.regularized_cost, light.dual]),
        1e-10,
        0.0,
    );
    assert_close(&heavy.potentials.source, &light.potentials.source, 0.0, AGREEMENT);
}

#[test]
fn points_without_weight_change_nothing() {
    let cost = random_cost(6, 5, 10);
    let (a, b) = ([0.3, 0.0, 0.2, 0.1, 0.0, 0.4], [0.5, 0.25, 0.0, 0.125, 0.125]);
    let (sources, targets) = ([0, 2, 3, 5], [0, 1, 3, 4]);
    let inner_cost = sources
        .iter()
        .flat_map(|&row| targets.map(|column| cost.row(row)[column]))
        .collect();
    let inner_cost = CostMatrix::new(inner_cost, 4, 4).expect("costs");
    let inner_marginals = Marginals::new(&sources.map(|row| a[row]), &targets.map(|column| b[column]));
    for form in FORMS {
        let solver = sinkhorn(0.2, form);
        let outer = solver
            .solve(&cost, &Marginals::new(&a, &b).expect("equal masses"))
            .expect("a solution");
        let inner = solver
            .solve(&inner_cost, inner_marginals.as_ref().expect("equal masses"))
            .expect("a solution");
        assert_eq!(outer.cost, inner.cost);
        assert_eq!(outer.plan.source_marginal()[1], 0.0);
        // The update of a source without weight, from its definition.
        let sum: f64 = (0..5)
            .map(|column| b[column] * ((outer.potentials.target[column] - cost.row(1)[column]) / 0.2).exp())
            .sum();
        assert_close(&[outer.potentials.source[1]], &[-0.2 * sum.ln()], 1e-10, 0.0);
    }
}

#[test]
fn a_cap_on_the_iterations_is_a_status() {
    let solver = Sinkhorn {
        max_iterations: 3,
        ..sinkhorn(0.001, SinkhornForm::Stabilized)
    };
    let transport = solver
        .solve(&random_cost(30, 30, 11), &random_marginals(30, 30))
        .expect("an iterate");
    assert_eq!(
        (transport.status, transport.iterations),
        (Status::IterationLimit, 3)
    );
    // With the largest factor below 1 the strengths on the way would never end.
    for factor in [0.5, 1.0 - f64::EPSILON / 2.0] {
        let scaled = Sinkhorn {
            scaling: Some(EpsilonScaling {
                factor,
                ..EpsilonScaling::default()
            }),
            ..solver
        };
        let transport = scaled
            .solve(&random_cost(30, 30, 11), &random_marginals(30, 30))
            .expect("an iterate");
        assert_eq!(
            (transport.status, transport.iterations),
            (Status::IterationLimit, 3)
        );
    }
}

#[test]
fn bad_parameters_are_refused() {
    let good = Sinkhorn::default();
    let bad = [
        Sinkhorn {
            epsilon: Epsilon::absolute(0.0),
            ..good
        },
        Sinkhorn {
            epsilon: Epsilon::absolute(-1.0),
            ..good
        },
        Sinkhorn {
            epsilon: Epsilon::absolute(f64::NAN),
            ..good
        },
        Sinkhorn {
            epsilon: Epsilon::absolute(1e-320),
            ..good
        },
        Sinkhorn {
            tolerance: 0.0,
            ..good
        },
        Sinkhorn {
            tolerance: f64::NAN,
            ..good
        },
        Sinkhorn {
            max_iterations: 0,
            ..good
        },
        Sinkhorn {
            absorption_threshold: 1.0,
            ..good
        },
        Sinkhorn {
            absorption_threshold: f64::INFINITY,
            ..good
        },
        Sinkhorn {
            over_relaxation: OverRelaxation::Fixed(2.0),
            ..good
        },
        Sinkhorn {
            over_relaxation: OverRelaxation::Fixed(f64::NAN),
            ..good
        },
        Sinkhorn {
            scaling: Some(EpsilonScaling {
                factor: 1.0,
                ..EpsilonScaling::default()
            }),
            ..good
        },
        Sinkhorn {
            scaling: Some(EpsilonScaling::default()),
            form: SinkhornForm::Kernel,
            ..good
        },
    ];
    let cost = random_cost(2, 3, 12);
    let marginals = Marginals::uniform(2, 3).expect("sides");
    for solver in bad {
        assert!(
            matches!(solver.solve(&cost, &marginals), Err(Error::Core(_))),
            "{solver:?}"
        );
    }
    assert!(
        good.solve(&cost, &Marginals::uniform(3, 2).expect("sides"))
            .is_err()
    );
}

#[test]
fn cancellation_is_heard() {
    use tensor_core::progress::{CancelToken, Cancellable, Silent};
    let token = CancelToken::new();
    token.cancel();
    let mut progress = Cancellable::new(Silent, token);
    let cost = random_cost(2, 2, 13);
    let cancelled = Sinkhorn::default().solve_with(&cost, &random_marginals(2, 2), &mut progress);
    assert!(matches!(
        cancelled,
        Err(Error::Core(tensor_core::Error::Cancelled { .. }))
    ));
}
