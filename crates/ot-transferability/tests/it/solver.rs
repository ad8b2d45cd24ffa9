//! The solvers behind one interface: what they agree on, and what they cannot do.

use golden::assert_close;
use ot_transferability::{
    CostMatrix, Epsilon, Error, Exact, Frobenius, GroundCost, LabelCoupling, Marginals, OnlineSinkhorn,
    OtNce, Sinkhorn, Solver, Status,
};
use proptest::prelude::*;

use crate::pairs::{Rows, pairs};

/// The entropic solvers stop at this marginal error.
const TOLERANCE: f64 = 1e-10;
/// Their costs and joints are off by it times the largest cost, of order 100.
const ATOL: f64 = 1e-7;

fn solvers() -> [Solver; 4] {
    let epsilon = Epsilon::absolute(5.0);
    [
        Solver::Exact(Exact::default()),
        Solver::Sinkhorn(Sinkhorn {
            epsilon,
            tolerance: TOLERANCE,
            ..Sinkhorn::default()
        }),
        Solver::SinkhornOnline(OnlineSinkhorn {
            epsilon,
            tolerance: TOLERANCE,
            max_iterations: 10_000,
            // Set by whoever asks for the coupling.
            ground: GroundCost::Cosine,
            ..OnlineSinkhorn::default()
        }),
        Solver::Frobenius(Frobenius::default()),
    ]
}

fn coupling(solver: Solver, source: &Rows, target: &Rows) -> LabelCoupling {
    let metric = OtNce {
        solver,
        ..OtNce::default()
    };
    metric
        .measure(&source.source(), &target.target())
        .expect("a plan")
        .coupling
}

fn shares(labels: &[i64]) -> Vec<f64> {
    let n_classes = labels.iter().max().expect("labels") + 1;
    let count = |class| labels.iter().filter(|&&label| label == class).count();
    (0..n_classes)
        .map(|class| count(class) as f64 / labels.len() as f64)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn joints_have_the_shares_of_the_classes_and_costs_are_least_for_the_exact_plan((source, target) in pairs()) {
        let least = coupling(Solver::default(), &source, &target).cost;
        for solver in solvers() {
            let coupling = coupling(solver, &source, &target);
            prop_assert!(coupling.status != Status::IterationLimit, "{:?}", solver);
            assert_close(&coupling.joint.row_masses(), &shares(&source.labels), 0.0, ATOL);
            assert_close(&coupling.joint.column_masses(), &shares(&target.labels), 0.0, ATOL);
            prop_assert!(coupling.cost >= least - ATOL);
        }
    }

    #[test]
    fn the_online_solver_couples_as_the_stored_one((source, target) in pairs()) {
        let [_, stored, online, _] = solvers();
        let stored = coupling(stored, &source, &target);
        let online = coupling(online, &source, &target);
        assert_close(online.joint.values(), stored.joint.values(), 0.0, ATOL);
        assert_close(&[online.cost], &[stored.cost], 0.0, ATOL);
    }
}

#[test]
fn the_online_solver_needs_points() {
    let cost = CostMatrix::new(vec![0.0, 1.0, 1.0, 0.0], 2, 2).expect("costs");
    let marginals = Marginals::uniform(2, 2).expect("weights");
    for solver in solvers() {
        let solved = solver.solve(&cost, &marginals);
        if matches!(solver, Solver::SinkhornOnline(_)) {
            assert!(matches!(solved, Err(Error::NeedsPoints)));
        } else {
            assert!((solved.expect("a plan").plan.mass() - 1.0).abs() < ATOL);
        }
    }
}

#[test]
fn names_and_parameters_stand_side_by_side_in_json() -> serde_json::Result<()> {
    for (solver, name) in solvers()
        .into_iter()
        .zip(["exact", "sinkhorn", "sinkhorn-online", "frobenius"])
    {
        let value = serde_json::to_value(solver)?;
        assert_eq!(value["solver"], name);
        assert_eq!(serde_json::from_value::<Solver>(value)?, solver);
        // Parameters that are left out have their defaults; a parameter of no solver is refused.
        assert!(
            serde_json::from_str::<Solver>(&format!(r#"{{"solver": "{name}"}}"#)).is_ok(),
            "{name}"
        );
        assert!(
            serde_json::from_str::<Solver>(&format!(r#"{{"solver": "{name}", "x": 1}}"#)).is_err(),
            "{name}"
        );
    }
    assert!(serde_json::from_str::<Solver>(r#"{"solver": "simplex"}"#).is_err());
    Ok(())
}
