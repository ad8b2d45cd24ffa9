//! The online iteration against the dense one.

use golden::assert_close;
use ot_transferability::{
    CostMatrix, CostScale, Epsilon, EpsilonScaling, GroundCost, Joint, Marginals, OnlineSinkhorn,
    OnlineTransport, OverRelaxation, Potentials, Sinkhorn, SinkhornForm, Status, Transport,
};
use tensor_core::progress::{CancelToken, Cancellable, Silent};
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::Labels;

/// Both iterations stop within 1e-11 of the mass: potentials and costs agree to a few times that, of costs of 10.
const ATOL: f64 = 1e-8;
const RTOL: f64 = 1e-9;
const TOLERANCE: f64 = 1e-11;

fn points(label: &str, n: i64, d: i64) -> Tensor {
    random::normal(&mut Seed::new(1).stream(label, 0), &[n, d], Kind::Double).expect("points")
}

fn weights(label: &str, n: usize) -> Vec<f64> {
    let drawn = random::uniform(
        &mut Seed::new(2).stream(label, 0),
        0.5,
        1.5,
        &[n as i64],
        Kind::Double,
    )
    .expect("weights");
    let drawn = Vec::<f64>::try_from(&drawn).expect("numbers");
    let mass: f64 = drawn.iter().sum();
    drawn.iter().map(|weight| 3.0 * weight / mass).collect()
}

fn online(epsilon: Epsilon, ground: GroundCost) -> OnlineSinkhorn {
    OnlineSinkhorn {
        epsilon,
        ground,
        tolerance: TOLERANCE,
        max_iterations: 10_000,
        ..OnlineSinkhorn::default()
    }
}

fn dense(x: &Tensor, y: &Tensor, marginals: &Marginals, like: &OnlineSinkhorn) -> Transport {
    let cost = CostMatrix::between(x, y, like.ground).expect("costs");
    let sinkhorn = Sinkhorn {
        epsilon: like.epsilon,
        form: SinkhornForm::LogDomain,
        scaling: like.scaling,
        tolerance: TOLERANCE,
        ..Sinkhorn::default()
    };
    sinkhorn.solve(&cost, marginals).expect("a plan")
}

/// Potentials are free by a constant.
fn assert_same_potentials(online: &Potentials, dense: &Potentials) {
    let shift = online.source[0] - dense.source[0];
    let moved = |potentials: &[f64], by: f64| potentials.iter().map(|value| value + by).collect::<Vec<f64>>();
    assert_close(&moved(&online.source, -shift), &dense.source, RTOL, ATOL);
    assert_close(&moved(&online.target, shift), &dense.target, RTOL, ATOL);
}

fn assert_same(online: &OnlineTransport, dense: &Transport) {
    assert_eq!(
        (online.status, dense.status),
        (Status::Converged, Status::Converged)
    );
    assert_same_potentials(&online.potentials, &dense.potentials);
    let of_online = [
        online.cost,
        online.regularized_cost,
        online.dual,
        online.plan_mass,
    ];
    assert_close(
        &of_online,
        &[dense.cost, dense.regularized_cost, dense.dual, dense.plan.mass()],
        RTOL,
        0.0,
    );
    assert!(online.marginal_error <= 1e-9 && online.gap.abs() <= 1e-8);
}

#[test]
fn online_is_dense_for_all_costs_over_several_blocks() {
    // 256 rows a block.
    let (n, m) = (700, 300);
    let (x, y) = (points("x", n, 12), points("y", m, 12) * 1.3 + 0.4);
    let marginals = Marginals::new(&weights("a", 700), &weights("b", 300)).expect("weights");
    for (ground, relative_to) in [
        (GroundCost::SquaredEuclidean, CostScale::Max),
        (GroundCost::SquaredEuclidean, CostScale::Mean),
        (GroundCost::Euclidean, CostScale::Mean),
        (GroundCost::Cosine, CostScale::Mean),
        (GroundCost::Cosine, CostScale::Absolute),
    ] {
        let solver = online(Epsilon::relative(0.1, relative_to), ground);
        let found = solver.solve(&x, &y, &marginals).expect("a plan");
        let wanted = dense(&x, &y, &marginals, &solver);
        assert_same(&found, &wanted);
        let rows = found.plan_rows(&x, &y, &marginals, 600..603).expect("rows");
        let plan = wanted.plan.to_dense();
        let wanted = plan.slice(ndarray::s![600..603, ..]);
        assert_close(
            rows.as_slice().expect("rows"),
            &wanted.iter().copied().collect::<Vec<_>>(),
            1e-6,
            1e-14,
        );
    }
}

#[test]
fn scaling_and_single_precision_and_a_distant_origin() {
    let (x, y) = (
        points("x", 300, 20).to_kind(Kind::Float),
        points("y", 520, 20).to_kind(Kind::Float),
    );
    let marginals = Marginals::uniform(300, 520).expect("weights");
    let solver = OnlineSinkhorn {
        scaling: Some(EpsilonScaling::default()),
        ..online(
            Epsilon::relative(0.02, CostScale::Mean),
            GroundCost::SquaredEuclidean,
        )
    };
    let found = solver.solve(&x, &y, &marginals).expect("a plan");
    let (x, y) = (x.to_kind(Kind::Double), y.to_kind(Kind::Double));
    assert_same(&found, &dense(&x, &y, &marginals, &solver));
    let far = solver.solve(&(x + 1e5), &(y + 1e5), &marginals).expect("a plan");
    assert_close(&[far.cost], &[found.cost], 1e-7, 0.0);
}

#[test]
fn clouds_far_apart_for_their_epsilon_underflow_nowhere() {
    // An outlier on either side, some thousand epsilons from all others.
    let (x, y) = (points("x", 40, 2), points("y", 30, 2));
    let _ = x.narrow(0, 0, 1).g_add_scalar_(60.0);
    let _ = y.narrow(0, 0, 1).g_sub_scalar_(60.0);
    let marginals = Marginals::uniform(40, 30).expect("weights");
    let solver = online(Epsilon::absolute(0.5), GroundCost::SquaredEuclidean);
    let (found, wanted) = (
        solver.solve(&x, &y, &marginals).expect("a plan"),
        dense(&x, &y, &marginals, &solver),
    );
    assert_eq!(found.status, Status::Converged);
    assert_close(&[found.cost], &[wanted.cost], RTOL, 0.0);
}

#[test]
fn labels_are_paired_as_by_the_plan() {
    let (x, y) = (points("x", 300, 6), points("y", 270, 6) + 0.3);
    let marginals = Marginals::new(&weights("a", 300), &weights("b", 270)).expect("weights");
    let labels = |n: i64, classes: i64| {
        // With a gap, to be compacted.
        let labels: Vec<i64> = (0..n)
            .map(|point| 2 * ((point * point + point / 7) % classes))
            .collect();
        Labels::new(&labels).expect("labels")
    };
    let (ys, yt) = (labels(300, 5), labels(270, 3));
    let solver = online(Epsilon::default(), GroundCost::SquaredEuclidean);
    let (found, joint) = solver
        .solve_labelled(&x, &y, &marginals, &ys, &yt)
        .expect("a plan");
    let wanted = dense(&x, &y, &marginals, &solver);
    assert_same(&found, &wanted);
    let wanted = Joint::of_plan(&wanted.plan, &ys, &yt).expect("a joint");
    assert_close(joint.values(), wanted.values(), 1e-8, 0.0);
    assert!(solver.solve_labelled(&x, &y, &marginals, &yt, &ys).is_err());
}

#[test]
fn points_without_mass_get_the_potentials_of_the_update() {
    let (x, y) = (points("x", 60, 3), points("y", 50, 3));
    let (mut a, mut b) = (vec![1.0 / 57.0; 60], vec![1.0 / 48.0; 50]);
    for point in [0, 7, 59] {
        a[point] = 0.0;
    }
    for point in [3, 4] {
        b[point] = 0.0;
    }
    let marginals = Marginals::new(&a, &b).expect("weights");
    let solver = online(Epsilon::default(), GroundCost::SquaredEuclidean);
    let wanted = dense(&x, &y, &marginals, &solver);
    let labels = |n: i64| Labels::new(&(0..n).map(|point| point % 3).collect::<Vec<_>>()).expect("labels");
    let (found, joint) = solver
        .solve_labelled(&x, &y, &marginals, &labels(60), &labels(50))
        .expect("a plan");
    let shift = found.potentials.source[1] - wanted.potentials.source[1];
    let moved = |potentials: &[f64], by: f64| potentials.iter().map(|value| value + by).collect::<Vec<f64>>();
    assert_close(
        &moved(&found.potentials.source, -shift),
        &wanted.potentials.source,
        RTOL,
        ATOL,
    );
    assert_close(
        &moved(&found.potentials.target, shift),
        &wanted.potentials.target,
        RTOL,
        ATOL,
    );
    let wanted = Joint::of_plan(&wanted.plan, &labels(60), &labels(50)).expect("a joint");
    assert_close(joint.values(), wanted.values(), 1e-8, 0.0);
    let rows = found.plan_rows(&x, &y, &marginals, 0..60).expect("rows");
    assert_eq!((rows.row(7).sum(), rows.column(3).sum()), (0.0, 0.0));
    // Also at a strength at which the exponentials of their pairs overflow.
    let weak = online(
        Epsilon::relative(1e-4, CostScale::Max),
        GroundCost::SquaredEuclidean,
    );
    let found = OnlineSinkhorn {
        max_iterations: 20,
        ..weak
    }
    .solve(&x, &y, &marginals)
    .expect("an iterate");
    let rows = found.plan_rows(&x, &y, &marginals, 0..60).expect("rows");
    assert!(rows.iter().all(|mass| mass.is_finite()));
}

#[test]
fn the_same_bits_on_one_thread_and_two() {
    let (x, y) = (points("x", 530, 33), points("y", 410, 33));
    let marginals = Marginals::uniform(530, 410).expect("weights");
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        let (x, y) = (x.copy(), y.copy());
        let marginals = &marginals;
        pool.install(move || {
            online(Epsilon::default(), GroundCost::Euclidean)
                .solve(&x, &y, marginals)
                .expect("a plan")
        })
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn a_cap_is_a_status_and_a_cancellation_an_error() {
    let (x, y) = (points("x", 30, 3), points("y", 20, 3));
    let marginals = Marginals::uniform(30, 20).expect("weights");
    let capped = OnlineSinkhorn {
        max_iterations: 2,
        ..online(Epsilon::relative(1e-3, CostScale::Max), GroundCost::Cosine)
    };
    let found = capped.solve(&x, &y, &marginals).expect("a plan");
    assert_eq!((found.status, found.iterations), (Status::IterationLimit, 2));
    let token = CancelToken::new();
    token.cancel();
    assert!(
        capped
            .solve_with(&x, &y, &marginals, &mut Cancellable::new(Silent, token))
            .is_err()
    );
}

#[test]
fn bad_input_is_refused() {
    let (x, y) = (points("x", 4, 3), points("y", 5, 3));
    let marginals = Marginals::uniform(4, 5).expect("weights");
    let solver = OnlineSinkhorn::default();
    let with = |epsilon| OnlineSinkhorn { epsilon, ..solver }.solve(&x, &y, &marginals);
    for value in [0.0, -1.0, f64::NAN, 1e-320] {
        assert!(with(Epsilon::absolute(value)).is_err(), "{value}");
    }
    let median = with(Epsilon::relative(0.1, CostScale::Median)).expect_err("a median");
    assert!(
        median.to_string().contains("a median would store the costs"),
        "{median}"
    );
    assert!(solver.solve(&y, &x, &marginals).is_err());
    assert!(solver.solve(&x, &y.narrow(1, 0, 2), &marginals).is_err());
    assert!(solver.solve(&(&x * f64::NAN), &y, &marginals).is_err());
    let cosine = OnlineSinkhorn {
        ground: GroundCost::Cosine,
        ..solver
    };
    assert!(cosine.solve(&(&x * 0.0), &y, &marginals).is_err());
    assert!(
        OnlineSinkhorn {
            tolerance: 0.0,
            ..solver
        }
        .solve(&x, &y, &marginals)
        .is_err()
    );
    assert!(
        OnlineSinkhorn {
            over_relaxation: OverRelaxation::Fixed(2.0),
            ..solver
        }
        .solve(&x, &y, &marginals)
        .is_err()
    );
    let factor = EpsilonScaling {
        factor: 1.0,
        ..EpsilonScaling::default()
    };
    assert!(
        OnlineSinkhorn {
            scaling: Some(factor),
            ..solver
        }
        .solve(&x, &y, &marginals)
        .is_err()
    );
    let solved = solver.solve(&x, &y, &marginals).expect("a plan");
    assert!(solved.plan_rows(&x, &y, &marginals, 3..5).is_err());
    // All costs are zero: no scale.
    assert!(
        solver
            .solve(&(&x * 0.0), &(&y * 0.0), &marginals)
            .expect("a plan")
            .cost
            == 0.0
    );
}
