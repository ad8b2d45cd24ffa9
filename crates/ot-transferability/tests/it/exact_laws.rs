//! Laws of exact transport.

use golden::assert_close;
use ot_transferability::{CostMatrix, Exact, ExactAlgorithm, GroundCost, Marginals, Transport};
use proptest::prelude::*;
use tensor_core::{Kind, Tensor};

use crate::exact::{ALL_WEIGHTS, UNIFORM_SQUARE, certified};

/// The costs are sums of two coordinates, the optimum a sum of some products.
const RTOL: f64 = 1e-12;
/// In units of the coordinates or their squares, below 400.
const ATOL: f64 = 1e-11;

type Points = Vec<[f64; 2]>;

/// Points on a coarse lattice, where many costs tie and points coincide, or anywhere.
fn points(n: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Points> {
    let coordinate = prop_oneof![(-2..=2_i8).prop_map(f64::from), -10.0..10.0];
    proptest::collection::vec([coordinate.clone(), coordinate], n)
}

/// Positive weights of sum 1, some of which tie.
fn weights(n: usize) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(prop_oneof![Just(1.0), 1e-3..1.0], n).prop_map(|raw| {
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|weight| weight / sum).collect()
    })
}

fn cloud() -> impl Strategy<Value = (Points, Vec<f64>)> {
    (1..14_usize).prop_flat_map(|n| (points(n), weights(n)))
}

/// Costs from differences of coordinates, which are 0 where points coincide.
fn costs(source: &Points, target: &Points, ground: GroundCost) -> CostMatrix {
    let mut values = Vec::new();
    for [x, y] in source {
        values.extend(target.iter().map(|[to_x, to_y]| {
            let distance = (x - to_x).hypot(y - to_y);
            if ground == GroundCost::Euclidean {
                distance
            } else {
                distance.powi(2)
            }
        }));
    }
    CostMatrix::new(values, source.len(), target.len()).expect("costs")
}

fn solve(cost: &CostMatrix, a: &[f64], b: &[f64]) -> Transport {
    let marginals = Marginals::new(a, b).expect("weights");
    Exact::default().solve(cost, &marginals).expect("a solution")
}

fn distance(source: &(Points, Vec<f64>), target: &(Points, Vec<f64>), ground: GroundCost) -> f64 {
    solve(&costs(&source.0, &target.0, ground), &source.1, &target.1).cost
}

fn moved(cloud: &(Points, Vec<f64>), factor: f64, shift: [f64; 2]) -> (Points, Vec<f64>) {
    let points = cloud
        .0
        .iter()
        .map(|[x, y]| [factor * x + shift[0], factor * y + shift[1]]);
    (points.collect(), cloud.1.clone())
}

proptest! {
    #[test]
    fn every_solution_is_certified(source in cloud(), target in cloud()) {
        for ground in [GroundCost::SquaredEuclidean, GroundCost::Euclidean] {
            let cost = costs(&source.0, &target.0, ground);
            let marginals = Marginals::new(&source.1, &target.1).expect("weights");
            for algorithm in ALL_WEIGHTS {
                certified(algorithm, &cost, &marginals);
            }
        }
    }

    #[test]
    fn the_simplex_and_the_assignment_agree((source, target) in (1..20_usize).prop_flat_map(|n| (points(n), points(n)))) {
        let cost = costs(&source, &target, GroundCost::SquaredEuclidean);
        let marginals = Marginals::uniform(source.len(), target.len()).expect("weights");
        let [assignment, simplex] =
            UNIFORM_SQUARE.map(|algorithm| certified(algorithm, &cost, &marginals));
        assert_close(&[simplex.cost], &[assignment.cost], RTOL, ATOL);
        let mut n_moves = 0;
        assignment.plan.for_each(|_| n_moves += 1);
        prop_assert_eq!(n_moves, source.len());
    }

    /// Any feasible potentials bound the optimum from below: here the largest for random prices.
    #[test]
    fn no_dual_value_exceeds_the_cost(
        source in cloud(),
        (target, prices) in (1..14_usize).prop_flat_map(|m| {
            ((points(m), weights(m)), proptest::collection::vec(-100.0..100.0_f64, m))
        }),
    ) {
        let cost = costs(&source.0, &target.0, GroundCost::SquaredEuclidean);
        let optimum = solve(&cost, &source.1, &target.1).cost;
        let mut dual: f64 = target.1.iter().zip(&prices).map(|(weight, price)| weight * price).sum();
        for (point, weight) in source.1.iter().enumerate() {
            let largest = cost.row(point).iter().zip(&prices).map(|(cost, price)| cost - price);
            dual += weight * largest.fold(f64::INFINITY, f64::min);
        }
        prop_assert!(dual <= optimum + ATOL);
    }

    #[test]
    fn the_order_of_the_points_does_not_matter(source in cloud(), target in cloud(), turn in 0..13_usize) {
        let rotated = |(points, weights): &(Points, Vec<f64>)| {
            let (mut points, mut weights) = (points.clone(), weights.clone());
            let turn = turn % points.len();
            points.rotate_left(turn);
            weights.rotate_left(turn);
            (points, weights)
        };
        let there = distance(&source, &target, GroundCost::SquaredEuclidean);
        let again = distance(&rotated(&source), &rotated(&target), GroundCost::SquaredEuclidean);
        assert_close(&[again], &[there], RTOL, ATOL);
    }

    #[test]
    fn w_1_is_a_distance(first in cloud(), second in cloud(), third in cloud()) {
        let w_1 = |left, right| distance(left, right, GroundCost::Euclidean);
        assert_close(&[w_1(&first, &second)], &[w_1(&second, &first)], RTOL, ATOL);
        prop_assert!(w_1(&first, &third) <= w_1(&first, &second) + w_1(&second, &third) + ATOL);
        assert_close(&[w_1(&first, &first)], &[0.0], 0.0, ATOL);
    }

    /// W_2^2 of clouds that move apart by `shift`: + ||shift||^2 + 2 <shift, difference of the means>; of clouds that
    /// grow by a factor: times its square.
    #[test]
    fn squared_w_2_under_translation_and_scale(
        source in cloud(),
        target in cloud(),
        factor in 0.1..3.0,
        shift in [-5.0..5.0, -5.0..5.0],
    ) {
        let w_2 = |left: &_, right: &_| distance(left, right, GroundCost::SquaredEuclidean);
        let mean = |(points, weights): &(Points, Vec<f64>), axis: usize| -> f64 {
            points.iter().zip(weights).map(|(point, weight)| weight * point[axis]).sum()
        };
        let base = w_2(&source, &target);
        let translation: f64 = (0..2)
            .map(|axis| shift[axis] * (shift[axis] + 2.0 * (mean(&target, axis) - mean(&source, axis))))
            .sum();
        assert_close(&[w_2(&source, &moved(&target, 1.0, shift))], &[base + translation], RTOL, ATOL);
        let scaled = w_2(&moved(&source, factor, shift), &moved(&target, factor, shift));
        assert_close(&[scaled], &[factor * factor * base], RTOL, ATOL);
    }

    /// A cloud in which every point stands several times, against itself in another order.
    #[test]
    fn repeated_points_are_at_no_distance(picks in proptest::collection::vec(0..4_usize, 1..60), seed: u64) {
        let drawn = &mut tensor_core::Seed::new(seed).stream("points", 0);
        let few = tensor_core::random::normal(drawn, &[4, 8], Kind::Double).expect("points") + 2.0;
        let picks: Vec<i64> = picks.into_iter().map(|pick| pick as i64).collect();
        let cloud = few.index_select(0, &Tensor::from_slice(&picks));
        let cost = CostMatrix::between(&cloud, &cloud.flip([0]), GroundCost::SquaredEuclidean).expect("costs");
        let marginals = Marginals::uniform(picks.len(), picks.len()).expect("weights");
        for algorithm in UNIFORM_SQUARE {
            assert_close(&[certified(algorithm, &cost, &marginals).cost], &[0.0], 0.0, ATOL);
        }
    }

    /// A point without weight changes nothing but for its own potential, which is feasible.
    #[test]
    fn points_without_weight_are_left_out(source in cloud(), target in cloud(), extra in points(1..3)) {
        let cost = distance(&source, &target, GroundCost::SquaredEuclidean);
        let with_extra = |(points, weights): &(Points, Vec<f64>)| {
            let mut weights = weights.clone();
            weights.extend(extra.iter().map(|_| 0.0));
            ([points.clone(), extra.clone()].concat(), weights)
        };
        let (source, target) = (with_extra(&source), with_extra(&target));
        let costs = costs(&source.0, &target.0, GroundCost::SquaredEuclidean);
        let marginals = Marginals::new(&source.1, &target.1).expect("weights");
        let transport = certified(ExactAlgorithm::Auto, &costs, &marginals);
        assert_close(&[transport.cost], &[cost], RTOL, ATOL);
    }
}
