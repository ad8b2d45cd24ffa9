//! Laws of the sliced and the max-sliced distance.

use ot_transferability::{
    CostMatrix, Exact, Gaussian, GaussianFit, GroundCost, Marginals, MaxSlicedWasserstein, SlicedWasserstein,
    Status, bures_wasserstein, wasserstein_1d,
};
use proptest::prelude::*;
use tensor_core::convert::vector;
use tensor_core::{Kind, Seed, Tensor, random};

/// Sums of some hundred products, in another order.
const RTOL: f64 = 1e-11;

fn points(label: &str, seed: u64, n: i64, d: i64) -> Tensor {
    random::normal(&mut Seed::new(seed).stream(label, 0), &[n, d], Kind::Double).expect("points")
}

fn uniform(x: &Tensor, y: &Tensor) -> Marginals {
    Marginals::uniform(x.size()[0] as usize, y.size()[0] as usize).expect("weights")
}

fn sliced(n_projections: usize) -> SlicedWasserstein {
    SlicedWasserstein {
        n_projections,
        ..SlicedWasserstein::default()
    }
}

fn cost(x: &Tensor, y: &Tensor) -> f64 {
    sliced(20).solve(x, y, &uniform(x, y)).expect("a distance").cost
}

#[test]
fn a_translation_costs_its_square_over_the_dimension() {
    let x = points("x", 1, 30, 8);
    let shift = points("shift", 1, 1, 8);
    let y = &x + &shift;
    let found = sliced(4000).solve(&x, &y, &uniform(&x, &y)).expect("a distance");
    let expected = shift.square().sum(Kind::Double).double_value(&[]) / 8.0;
    let error = found.standard_error.expect("many projections");
    assert!(error < 0.05 * expected);
    // Five standard errors: a chance of 6e-7, once for all by the seed.
    assert!(
        (found.cost - expected).abs() < 5.0 * error,
        "{} against {expected} +- {error}",
        found.cost
    );
    assert_eq!(found.n_projections, 4000);
}

#[test]
fn the_same_bits_on_one_thread_and_two() {
    let (x, y) = (points("x", 3, 500, 16), points("y", 3, 400, 16));
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("a pool");
        let (x, y) = (x.copy(), y.copy());
        pool.install(move || cost(&x, &y))
    };
    assert_eq!(on(1).to_bits(), on(2).to_bits());
}

#[test]
fn the_cloud_may_lie_far_away_and_in_single_precision() {
    let (x, y) = (
        points("x", 4, 50, 4).to_kind(Kind::Float),
        points("y", 4, 60, 4).to_kind(Kind::Float),
    );
    let wide = cost(&x.to_kind(Kind::Double), &y.to_kind(Kind::Double));
    assert_eq!(cost(&x, &y), wide);
    let (x, y) = (x.to_kind(Kind::Double) + 1e6, y.to_kind(Kind::Double) + 1e6);
    assert!((cost(&x, &y) - wide).abs() < 1e-8 * wide);
}

#[test]
fn one_projection_has_no_standard_error() {
    let x = points("x", 5, 3, 2);
    assert_eq!(
        sliced(1)
            .solve(&x, &x, &uniform(&x, &x))
            .expect("a distance")
            .standard_error,
        None
    );
}

#[test]
fn bad_input_is_refused() {
    let (x, y) = (points("x", 6, 3, 2), points("y", 6, 4, 2));
    let marginals = uniform(&x, &y);
    assert!(sliced(0).solve(&x, &y, &marginals).is_err());
    assert!(
        SlicedWasserstein {
            p: f64::NAN,
            ..sliced(2)
        }
        .solve(&x, &y, &marginals)
        .is_err()
    );
    assert!(sliced(2).solve(&y, &x, &marginals).is_err());
    assert!(sliced(2).solve(&x, &y.narrow(1, 0, 1), &marginals).is_err());
    assert!(sliced(2).solve(&(&x * f64::NAN), &y, &marginals).is_err());
    assert!(sliced(2).solve(&x.to_kind(Kind::Int64), &y, &marginals).is_err());
    let ascent = MaxSlicedWasserstein::default();
    assert!(
        MaxSlicedWasserstein {
            n_restarts: 0,
            ..ascent
        }
        .solve(&x, &y, &marginals)
        .is_err()
    );
    assert!(
        MaxSlicedWasserstein {
            tolerance: -1.0,
            ..ascent
        }
        .solve(&x, &y, &marginals)
        .is_err()
    );
    let stopped = MaxSlicedWasserstein {
        max_iterations: 1,
        n_restarts: 1,
        tolerance: 0.0,
        ..ascent
    };
    let stopped = stopped.solve(&x, &y, &marginals).expect("a direction");
    assert_eq!((stopped.status, stopped.iterations), (Status::IterationLimit, 1));
}

#[test]
fn the_direction_of_most_difference_is_found_among_many_features() {
    // Feature 5 is stretched by 4: along it, W_2 between the two is 3 standard deviations.
    let x = points("x", 7, 400, 20);
    let y = x.copy();
    let _ = y.narrow(1, 5, 1).g_mul_scalar_(4.0);
    let found = MaxSlicedWasserstein::default()
        .solve(&x, &y, &uniform(&x, &y))
        .expect("a direction");
    assert_eq!(found.status, Status::Converged);
    assert!(found.direction[5].abs() > 0.999, "{:?}", found.direction);
    let deviation = x
        .select(1, 5)
        .square()
        .mean(Kind::Double)
        .double_value(&[])
        .sqrt();
    assert!(
        found.distance > 2.999 * deviation && found.distance < 3.1 * deviation,
        "{} {deviation}",
        found.distance
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn symmetry_scale_permutation_and_zero(n in 1..30_i64, m in 1..30_i64, d in 1..6_i64, seed: u64, scale in 0.1..4.0_f64) {
        let (x, y) = (points("x", seed, n, d), points("y", seed, m, d) + 0.5);
        let reference = cost(&x, &y);
        let rtol = RTOL * reference;
        prop_assert!((cost(&y, &x) - reference).abs() <= rtol);
        prop_assert!((cost(&(&x * scale), &(&y * scale)) - scale * scale * reference).abs() <= scale * scale * rtol);
        prop_assert!((cost(&x.flip([0]), &y) - reference).abs() <= rtol);
        // Rounding of the projections, squared.
        prop_assert!(cost(&x, &x.flip([0])) < 1e-28);
    }

    #[test]
    fn weights_count_points(n in 1..12_i64, m in 1..12_i64, seed: u64) {
        let (x, y) = (points("x", seed, n, 3), points("y", seed, m, 3));
        // The first source point, once of twice the weight and once twice.
        let twice = Tensor::cat(&[x.narrow(0, 0, 1), x.shallow_clone()], 0);
        let mut weights = vec![1.0 / (n + 1) as f64; n as usize];
        weights[0] *= 2.0;
        let weighted = Marginals::new(&weights, &vec![1.0 / m as f64; m as usize]).expect("weights");
        let weighted = sliced(20).solve(&x, &y, &weighted).expect("a distance").cost;
        prop_assert!((weighted - cost(&twice, &y)).abs() <= RTOL * weighted);
    }

    #[test]
    fn the_largest_slice_lies_between_the_means_and_the_whole(n in 2..20_i64, m in 2..20_i64, d in 1..6_i64, seed: u64) {
        let (x, y) = (points("x", seed, n, d), points("y", seed, m, d) + 0.3);
        let marginals = uniform(&x, &y);
        let found = MaxSlicedWasserstein::default().solve(&x, &y, &marginals).expect("a direction");
        // No ascent falls below its start, and the first starts between the means, which are no further apart than any
        // coupling along that line.
        let rows: &[i64] = &[0];
        let between_means = (x.mean_dim(rows, false, Kind::Double) - y.mean_dim(rows, false, Kind::Double)).square().sum(Kind::Double).double_value(&[]);
        prop_assert!(found.cost >= between_means * (1.0 - RTOL), "{} {between_means}", found.cost);
        // A projection lengthens no distance.
        let cost = CostMatrix::between(&x, &y, GroundCost::SquaredEuclidean).expect("costs");
        let whole = Exact::default().solve(&cost, &marginals).expect("a plan").cost;
        prop_assert!(found.cost <= whole * (1.0 + RTOL), "{} {whole}", found.cost);
        let norm: f64 = found.direction.iter().map(|entry| entry * entry).sum();
        prop_assert!((norm - 1.0).abs() < 1e-12);
        // The cost is that of the line along the direction.
        let along = Tensor::from_slice(&found.direction);
        let line = |points: &Tensor| vector::<f64>("line", &points.matmul(&along)).expect("numbers");
        let cost = wasserstein_1d(&line(&x), marginals.source(), &line(&y), marginals.target(), 2.0).expect("a cost");
        prop_assert!((found.cost - cost).abs() <= RTOL * (1.0 + cost));
    }

    #[test]
    fn normal_distributions_bound_the_slices_from_below_by_their_means(n in 2..20_i64, d in 1..6_i64, seed: u64) {
        // The largest slice is no shorter than the distance of the means, and no more than W_2 of moved clouds.
        let x = points("x", seed, n, d);
        let y = &x + points("shift", seed, 1, d);
        let fit = |points: &Tensor| -> Gaussian {
            GaussianFit::default().fit(points, &vec![1.0; n as usize]).expect("a distribution")
        };
        let moved = bures_wasserstein(&fit(&x), &fit(&y)).expect("a distance").mean_term;
        let found = MaxSlicedWasserstein::default().solve(&x, &y, &uniform(&x, &y)).expect("a direction");
        prop_assert!((found.cost - moved).abs() <= 1e-9 * (1.0 + moved));
    }
}
