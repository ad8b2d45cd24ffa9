//! Exact transport: values by hand, against POT and scipy, and by trying every permutation.

use golden::{Golden, assert_close};
use ot_transferability::{Certificate, CostMatrix, Exact, ExactAlgorithm, Marginals, Status, Transport};

/// A potential is a sum of costs along the tree, each rounded.
const ROUNDING: f64 = 1e-13;

pub(crate) const ALL_WEIGHTS: [ExactAlgorithm; 2] = [ExactAlgorithm::Auto, ExactAlgorithm::NetworkSimplex];
pub(crate) const UNIFORM_SQUARE: [ExactAlgorithm; 2] = [
    ExactAlgorithm::ShortestAugmentingPath,
    ExactAlgorithm::NetworkSimplex,
];

/// The solution, after a look at all that is promised of it: `largest` is the scale of the costs.
pub(crate) fn certified(algorithm: ExactAlgorithm, cost: &CostMatrix, marginals: &Marginals) -> Transport {
    let exact = Exact {
        algorithm,
        max_iterations: None,
    };
    let transport = exact.solve(cost, marginals).expect("a solution");
    assert_eq!(transport.status, Status::Optimal);
    assert_eq!(transport.regularized_cost, transport.cost);
    let tolerance = ROUNDING * (cost.largest() + 1e-300);
    let mass = marginals.mass();
    let certificate = Certificate::of(cost, marginals, &transport).expect("one shape");
    assert!(certificate.min_reduced_cost >= -tolerance, "{certificate:?}");
    assert!(certificate.complementarity <= tolerance, "{certificate:?}");
    assert!(certificate.gap.abs() <= tolerance * mass, "{certificate:?}");
    assert!(certificate.marginal_error <= ROUNDING * mass, "{certificate:?}");
    // The solver works on weights that rounding may have scaled again.
    assert_close(
        &[certificate.gap, certificate.marginal_error],
        &[transport.gap, transport.marginal_error],
        0.0,
        tolerance * mass + ROUNDING * mass,
    );
    let mut n_moves = 0;
    transport.plan.for_each(|entry| {
        assert!(entry.mass > 0.0);
        n_moves += 1;
    });
    assert!(n_moves < cost.n_sources() + cost.n_targets());
    transport
}

/// The problems of the golden file.
fn problem((n, m, q, offset, is_weighted): (usize, usize, usize, f64, bool)) -> (CostMatrix, Marginals) {
    let cost = |i: usize, j: usize| ((7919 * i + 104_729 * j + 31 * i * j) % q) as f64 / q as f64 + offset;
    let costs = (0..n).flat_map(|i| (0..m).map(move |j| cost(i, j))).collect();
    let weights = |n: usize, factor: usize, modulus: usize| -> Vec<f64> {
        let raw: Vec<f64> = (0..n)
            .map(|i| {
                if is_weighted {
                    1.0 + (factor * i % modulus) as f64
                } else {
                    1.0
                }
            })
            .collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|weight| weight / sum).collect()
    };
    (
        CostMatrix::new(costs, n, m).expect("costs"),
        Marginals::new(&weights(n, 37, 11), &weights(m, 53, 7)).expect("weights"),
    )
}

#[test]
fn two_sources_and_three_targets_by_hand() {
    let cost = CostMatrix::new(vec![0.0, 1.0, 2.0, 1.0, 0.0, 1.0], 2, 3).expect("costs");
    let marginals = Marginals::new(&[0.5, 0.5], &[0.25, 0.25, 0.5]).expect("weights");
    assert_eq!(certified(ExactAlgorithm::Auto, &cost, &marginals).cost, 0.75);
}

#[test]
fn costs_are_those_of_pot_and_scipy() {
    let golden = Golden::load("tests/golden/exact.json").expect("golden values");
    for (name, case) in [
        ("general", (60, 45, 1009, 0.0, true)),
        ("tall", (300, 20, 1009, 0.0, true)),
        ("wide", (5, 960, 1009, 0.0, true)),
        ("wide_uniform", (5, 960, 1009, 0.0, false)),
        ("few_values", (40, 40, 5, 0.0, true)),
        ("few_values_uniform", (30, 45, 3, 0.0, false)),
        ("one_value", (12, 18, 1, 0.0, true)),
        ("negative", (35, 50, 1009, -0.5, true)),
        ("one_source", (1, 20, 1009, 0.0, true)),
    ] {
        let (cost, marginals) = problem(case);
        for algorithm in ALL_WEIGHTS {
            golden.assert_scalar(name, certified(algorithm, &cost, &marginals).cost);
        }
    }
    for (name, case) in [
        ("square", (120, 120, 10007, 0.0, false)),
        ("square_negative", (50, 50, 1009, -1.0, false)),
        ("square_few_values", (64, 64, 4, 0.0, false)),
    ] {
        let (cost, marginals) = problem(case);
        for algorithm in UNIFORM_SQUARE {
            golden.assert_scalar(name, certified(algorithm, &cost, &marginals).cost);
        }
    }
}

#[test]
fn no_permutation_is_cheaper() {
    for n in 1..=7 {
        for q in [3, 1009] {
            let (cost, marginals) = problem((n, n, q, -0.25, false));
            let mut best = f64::INFINITY;
            for_each_permutation(&mut (0..n).collect(), 0, &mut |columns| {
                let sum: f64 = columns
                    .iter()
                    .enumerate()
                    .map(|(row, &column)| cost.row(row)[column])
                    .sum();
                best = best.min(sum / n as f64);
            });
            for algorithm in UNIFORM_SQUARE {
                assert_close(
                    &[certified(algorithm, &cost, &marginals).cost],
                    &[best],
                    1e-14,
                    1e-15,
                );
            }
        }
    }
}

fn for_each_permutation(columns: &mut Vec<usize>, fixed: usize, visit: &mut impl FnMut(&[usize])) {
    if fixed == columns.len() {
        visit(columns);
        return;
    }
    for swapped in fixed..columns.len() {
        columns.swap(fixed, swapped);
        for_each_permutation(columns, fixed + 1, visit);
        columns.swap(fixed, swapped);
    }
}

/// Five sources and 960 targets at the ends of long sums: masses that agree only to rounding, in any order.
#[test]
fn masses_of_many_small_weights_are_moved_whole() {
    for seed in 0..20_u64 {
        let draw = |index: u64| {
            let mixed = (index + 1)
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(seed)
                >> 33;
            (mixed % 1_000_003) as f64 / 1_000_003.0
        };
        let costs = (0..5 * 960).map(draw).collect();
        let cost = CostMatrix::new(costs, 5, 960).expect("costs");
        let normalized = |n: u64, offset: u64| -> Vec<f64> {
            let raw: Vec<f64> = (0..n).map(|index| 1e-3 + draw(offset + index)).collect();
            let sum: f64 = raw.iter().sum();
            raw.iter().map(|weight| weight / sum).collect()
        };
        let marginals = Marginals::new(&normalized(5, 10_000), &normalized(960, 20_000)).expect("weights");
        certified(ExactAlgorithm::Auto, &cost, &marginals);
    }
}
