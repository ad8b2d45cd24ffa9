//! The Sinkhorn divergence: golden value and laws.

use golden::{Golden, assert_close};
use ot_transferability::{CostScale, Epsilon, GroundCost, Marginals, Sinkhorn, SinkhornDivergence};
use proptest::prelude::*;
use tensor_core::Tensor;
use tensor_core::convert::tensor_from_slice;

fn divergence(epsilon: Epsilon) -> SinkhornDivergence {
    SinkhornDivergence {
        sinkhorn: Sinkhorn {
            epsilon,
            tolerance: 1e-12,
            max_iterations: 100_000,
            ..Sinkhorn::default()
        },
    }
}

#[test]
fn agrees_with_another_implementation() {
    let golden = Golden::load("tests/golden/sinkhorn.json").expect("golden values");
    let array = |name| golden.array(name).expect("an array").1;
    let points = |name, n_points| tensor_from_slice(&array(name), &[n_points, 3]).expect("points");
    let marginals = Marginals::new(&array("a"), &array("b")).expect("equal masses");
    let result = divergence(Epsilon::absolute(0.5))
        .between(
            &points("source", 9),
            &points("target", 7),
            GroundCost::SquaredEuclidean,
            &marginals,
        )
        .expect("a divergence");
    golden.assert_scalar("divergence.0.5", result.divergence);
}

fn cloud(coordinates: &[f64]) -> Tensor {
    tensor_from_slice(coordinates, &[coordinates.len() as i64 / 2, 2]).expect("points")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn is_symmetric_not_negative_and_zero_for_equal_clouds(
        source in prop::collection::vec(-1.0..1.0_f64, 2 * 7), target in prop::collection::vec(-1.0..1.0_f64, 2 * 5),
        epsilon in 0.05..2.0_f64, euclidean in any::<bool>(),
    ) {
        let ground = if euclidean { GroundCost::Euclidean } else { GroundCost::SquaredEuclidean };
        let (source, target) = (cloud(&source), cloud(&target));
        let measure = divergence(Epsilon::absolute(epsilon));
        let between = |x: &Tensor, z: &Tensor| {
            let marginals = Marginals::uniform(x.size()[0] as usize, z.size()[0] as usize).expect("sides");
            measure.between(x, z, ground, &marginals).expect("a divergence").divergence
        };
        let there = between(&source, &target);
        prop_assert!(there >= -1e-11, "{there}");
        assert_close(&[between(&target, &source)], &[there], 0.0, 1e-10);
        // The three problems are one, but for the last bits of the masses.
        prop_assert!(between(&source, &source).abs() <= 1e-14);
    }
}

#[test]
fn a_translation_costs_its_squared_length_at_any_strength() {
    let source = cloud(&[0.0, 0.0, 1.0, 0.5, -0.5, 2.0, 0.3, 0.3]);
    let target = source
        .f_add(&tensor_from_slice(&[3.0, 4.0], &[1, 2]).expect("a step"))
        .expect("a cloud");
    let marginals = Marginals::uniform(4, 4).expect("sides");
    for strength in [0.01, 0.1, 1.0] {
        let result = divergence(Epsilon::relative(strength, CostScale::Mean))
            .between(&source, &target, GroundCost::SquaredEuclidean, &marginals)
            .expect("a divergence");
        assert_close(&[result.divergence], &[25.0], 1e-9, 0.0);
    }
}
