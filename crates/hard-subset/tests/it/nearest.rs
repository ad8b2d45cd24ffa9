//! Similarity to the nearest source rows: golden values and laws.

use golden::{Golden, assert_close};
use hard_subset::{Activations, Aggregation, Error, Kernel, LayerCombination, NearestSources, References};
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor, convert::tensor_from_slice, random};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The tests have one layer of this name, and some a second one.
const LAYER: &str = "pool";

const RBF: Kernel = Kernel::Rbf { bandwidth: 1.5 };

/// Double precision, of numbers of size 1 to 10; distances as differences of squares lose half the digits if they are small.
const RTOL: f64 = 1e-10;
const ATOL: f64 = 1e-7;

fn normal(label: &str, shape: &[i64], kind: Kind) -> Tensor {
    random::normal(&mut Seed::new(5).stream(label, 0), shape, kind).expect("a tensor")
}

fn activations(rows: &Tensor) -> Activations {
    Activations::single(LAYER, rows.shallow_clone()).expect("finite rows")
}

fn similarities(nearest: &NearestSources, source: &Tensor, target: &Tensor) -> hard_subset::Result<Vec<f64>> {
    let hardness = nearest.hardness(&References::all(&activations(source))?, &activations(target))?;
    let offset = if nearest.kernel == Kernel::Euclidean {
        0.0
    } else {
        1.0
    };
    Ok(hardness
        .combined
        .values()
        .iter()
        .map(|eta| offset - eta)
        .collect())
}

fn nearest(kernel: Kernel, aggregation: Aggregation) -> NearestSources {
    NearestSources {
        aggregation,
        kernel,
        ..NearestSources::default()
    }
}

/// The similarities by their definition, row by row.
fn by_definition(nearest: &NearestSources, source: &Tensor, target: &Tensor) -> Vec<f64> {
    let rows = |tensor: &Tensor| {
        tensor_core::convert::array2::<f64>("rows", tensor)
            .expect("a matrix")
            .rows()
            .into_iter()
            .map(|row| row.to_vec())
            .collect::<Vec<_>>()
    };
    let source = rows(source);
    let of = |target: Vec<f64>| {
        let kernel = |source: &Vec<f64>| nearest.kernel.similarity(&target, source).expect("valid");
        let mut similarities: Vec<f64> = source.iter().map(kernel).collect();
        similarities.sort_by(|left, right| right.total_cmp(left));
        let k = match nearest.aggregation {
            Aggregation::Mean => similarities.len(),
            Aggregation::TopK(k) => k,
            Aggregation::Max => 1,
        };
        similarities[..k].iter().sum::<f64>() / k as f64
    };
    rows(target).into_iter().map(of).collect()
}

#[test]
fn similarities_are_those_of_numpy_and_scipy() -> Outcome {
    let golden = Golden::load("tests/golden/nearest.json")?;
    let matrix = |name: &str| -> Result<Tensor, Box<dyn std::error::Error>> {
        let (shape, values) = golden.array(name)?;
        Ok(tensor_from_slice(&values, &[shape[0] as i64, shape[1] as i64])?)
    };
    let (source, target) = (matrix("source")?, matrix("target")?);
    let single = |tensor: &Tensor| tensor.f_to_kind(Kind::Float);
    let kernels = [
        ("cosine", Kernel::Cosine, false),
        ("centred", Kernel::Cosine, true),
        ("euclidean", Kernel::Euclidean, false),
        ("euclidean", Kernel::Euclidean, true),
        ("rbf", RBF, false),
    ];
    let aggregations = [
        ("mean", Aggregation::Mean),
        ("top5", Aggregation::TopK(5)),
        ("max", Aggregation::Max),
    ];
    for (kernel_name, kernel, centre) in kernels {
        for (aggregation_name, aggregation) in aggregations {
            let nearest = NearestSources {
                centre,
                ..nearest(kernel, aggregation)
            };
            let name = format!("{kernel_name}.{aggregation_name}");
            golden.assert_array(&name, &similarities(&nearest, &source, &target)?);
            // The rows are exact in f32, and distances are computed in f64 whatever the kind.
            let name = if kernel == Kernel::Cosine {
                format!("{name}.single")
            } else {
                name
            };
            golden.assert_array(
                &name,
                &similarities(&nearest, &single(&source)?, &single(&target)?)?,
            );
        }
    }
    Ok(())
}

#[test]
fn tiles_change_nothing_but_rounding() -> Outcome {
    // More rows than a tile has, of either side; numbers that divide none of its lengths.
    let (source, target) = (
        normal("source", &[1111, 5], Kind::Double),
        normal("target", &[2057, 5], Kind::Double),
    );
    for kernel in [Kernel::Cosine, Kernel::Euclidean, RBF] {
        for aggregation in [Aggregation::Mean, Aggregation::TopK(7), Aggregation::Max] {
            let nearest = nearest(kernel, aggregation);
            let expected = by_definition(&nearest, &source, &target);
            assert_close(&similarities(&nearest, &source, &target)?, &expected, RTOL, ATOL);
        }
    }
    Ok(())
}

#[test]
fn single_precision_cosines_are_within_a_millionth() -> Outcome {
    /// The error of a cosine that the documentation states.
    const STATED: f64 = 1e-6;
    // Long rows without a negative entry: every product is rounded the same way.
    let (source, target) = (
        normal("source", &[60, 2048], Kind::Float),
        normal("target", &[50, 2048], Kind::Float),
    );
    let (source, target) = (source.f_abs()?, target.f_abs()?);
    for aggregation in [Aggregation::Mean, Aggregation::TopK(10), Aggregation::Max] {
        let nearest = nearest(Kernel::Cosine, aggregation);
        let expected = by_definition(&nearest, &source, &target);
        assert_close(&similarities(&nearest, &source, &target)?, &expected, 0.0, STATED);
    }
    Ok(())
}

#[test]
fn threads_change_no_bit() -> Outcome {
    let (source, target) = (
        normal("source", &[700, 9], Kind::Float),
        normal("target", &[1500, 9], Kind::Float),
    );
    for kernel in [Kernel::Cosine, Kernel::Euclidean] {
        let nearest = nearest(kernel, Aggregation::TopK(10));
        let in_pool = |n_threads: usize| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build()?;
            let (source, target) = (source.shallow_clone(), target.shallow_clone());
            let nearest = nearest.clone();
            Ok(pool.install(move || similarities(&nearest, &source, &target))?)
        };
        assert_eq!(in_pool(1)?, in_pool(3)?);
    }
    Ok(())
}

#[test]
fn copies_of_a_reference_are_at_distance_zero() -> Outcome {
    // Far from the origin, where squares are 1e8 and differences of squares are worthless in f32.
    let source = normal("source", &[40, 12], Kind::Float).f_add_scalar(3000.0)?;
    for aggregation in [Aggregation::Max, Aggregation::TopK(1)] {
        let nearest = nearest(Kernel::Euclidean, aggregation);
        assert_eq!(similarities(&nearest, &source, &source)?, [0.0; 40]);
    }
    // References closer together than products can tell, a few or very many.
    for n_references in [20, 200] {
        let near: Vec<f64> = (0..n_references)
            .map(|row| 1000.0 + 1e-7 * f64::from(row))
            .collect();
        let source = tensor_from_slice(&[near, vec![-1000.0]].concat(), &[i64::from(n_references) + 1, 1])?;
        for aggregation in [Aggregation::Max, Aggregation::TopK(3)] {
            let nearest = nearest(Kernel::Euclidean, aggregation);
            let got = similarities(&nearest, &source, &source)?;
            assert_eq!(got, by_definition(&nearest, &source, &source), "{n_references}");
        }
    }
    let mean = nearest(Kernel::Euclidean, Aggregation::Mean);
    let expected = by_definition(&mean, &source, &source);
    assert_close(&similarities(&mean, &source, &source)?, &expected, RTOL, ATOL);
    Ok(())
}

#[test]
fn a_row_without_direction_is_like_nothing() -> Outcome {
    let source = tensor_from_slice(&[1.0, 0.0, 1.0, 0.0], &[2, 2])?;
    // A zero row, and one that equals the mean.
    let target = tensor_from_slice(&[0.0, 0.0, 2.0, 0.0, 0.0, 5.0], &[3, 2])?;
    let references = References::all(&activations(&source))?;
    for aggregation in [Aggregation::Mean, Aggregation::TopK(2), Aggregation::Max] {
        let plain = nearest(Kernel::Cosine, aggregation);
        let hardness = plain.hardness(&references, &activations(&target))?;
        assert_eq!(
            (hardness.combined.values(), hardness.n_zero_rows),
            ([1.0, 0.0, 1.0].as_slice(), 1)
        );
        let centred = NearestSources {
            centre: true,
            ..plain
        };
        let hardness = centred.hardness(&references, &activations(&target))?;
        assert_eq!(
            (hardness.combined.values(), hardness.n_zero_rows),
            ([1.0; 3].as_slice(), 2)
        );
    }
    let distance =
        nearest(Kernel::Euclidean, Aggregation::Max).hardness(&references, &activations(&target))?;
    assert_eq!(distance.n_zero_rows, 0);
    Ok(())
}

#[test]
fn norms_beyond_single_precision_are_no_trouble() -> Outcome {
    let source = tensor_from_slice(&[3e38_f32, 3e38, 0.0, 1e-11], &[2, 2])?;
    let target = tensor_from_slice(&[3e38_f32, 0.0], &[1, 2])?;
    let mean = similarities(&nearest(Kernel::Cosine, Aggregation::TopK(2)), &source, &target)?;
    assert_close(&mean, &[0.5_f64.sqrt() / 2.0], RTOL, 0.0);

    let huge = tensor_from_slice(&[1e200, 0.0, 0.0, 1e200], &[2, 2])?;
    for kernel in [Kernel::Cosine, Kernel::Euclidean] {
        let error = similarities(&nearest(kernel, Aggregation::Max), &huge, &huge).expect_err("1e400");
        assert!(error.to_string().contains("expected a finite number"), "{error}");
    }
    Ok(())
}

#[test]
fn layers_are_combined_and_must_match() -> Outcome {
    let (first, second) = (
        normal("first", &[6, 3, 2, 2], Kind::Float),
        normal("second", &[6, 4], Kind::Double),
    );
    let layers = |names: [&str; 2]| {
        Activations::new(vec![
            (names[0].to_owned(), first.shallow_clone()),
            (names[1].to_owned(), second.shallow_clone()),
        ])
    };
    let both = layers(["first", "second"])?;
    let references = References::all(&both)?;
    let nearest = NearestSources {
        layers: LayerCombination {
            weights: Some(vec![0.0, 1.0]),
            standardise: false,
        },
        ..nearest(RBF, Aggregation::TopK(3))
    };
    let hardness = nearest.hardness(&references, &both)?;
    assert_eq!(hardness.per_layer[1].1, hardness.combined);
    let pooled = both.layers()[0].pooled()?;
    let one_layer = self::nearest(nearest.kernel, nearest.aggregation);
    let alone = similarities(&one_layer, &pooled, &pooled)?;
    let alone: Vec<f64> = alone.iter().map(|similarity| 1.0 - similarity).collect();
    assert_close(hardness.per_layer[0].1.values(), &alone, 1e-15, 1e-15);
    assert!(!hardness.reads_target_labels);

    let other = nearest.hardness(&references, &layers(["first", "third"])?);
    assert!(matches!(other, Err(Error::Layers { .. })), "{other:?}");
    Ok(())
}

#[test]
fn parameters_out_of_range_are_refused() {
    let rows = normal("rows", &[4, 3], Kind::Double);
    for k in [0, 5] {
        assert!(similarities(&nearest(Kernel::Cosine, Aggregation::TopK(k)), &rows, &rows).is_err());
    }
    for bandwidth in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let kernel = Kernel::Rbf { bandwidth };
        assert!(similarities(&nearest(kernel, Aggregation::Mean), &rows, &rows).is_err());
    }
}

#[test]
fn serde_takes_defaults_and_refuses_unknown_fields() -> Outcome {
    let nearest: NearestSources = serde_json::from_str(r#"{"centre": true, "aggregation": {"top-k": 3}}"#)?;
    assert_eq!(
        nearest,
        NearestSources {
            aggregation: Aggregation::TopK(3),
            centre: true,
            ..NearestSources::default()
        }
    );
    assert!(serde_json::from_str::<NearestSources>(r#"{"center": true}"#).is_err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_the_references_does_not_matter(
        n in 2_i64..40, c in 1_i64..20, k in 1_usize..40, index in 0_u64..1000, centre: bool,
    ) {
        let k = k.min(n as usize);
        let source = normal("source", &[n, c], Kind::Double);
        let target = normal("target", &[9, c], Kind::Double);
        let mut rng = Seed::new(index).stream("order", 0);
        let order: Vec<i64> = random::permutation(&mut rng, n as usize).into_iter().map(|row| row as i64).collect();
        let permuted = source.f_index_select(0, &Tensor::f_from_slice(&order).expect("rows")).expect("rows");
        for kernel in [Kernel::Cosine, Kernel::Euclidean, RBF] {
            for aggregation in [Aggregation::Mean, Aggregation::TopK(k), Aggregation::Max] {
                // One channel, centred: cosines are signs of differences that may be rounding alone.
                let nearest = NearestSources { centre: centre && c > 2, ..nearest(kernel, aggregation) };
                let expected = similarities(&nearest, &source, &target).expect("similarities");
                assert_close(&similarities(&nearest, &permuted, &target).expect("similarities"), &expected, RTOL, ATOL);
            }
        }
    }

    #[test]
    fn the_top_of_all_is_the_mean_and_more_is_less(
        n in 1_usize..30, c in 3_i64..10, centre: bool, is_single: bool,
    ) {
        let kind = if is_single { Kind::Float } else { Kind::Double };
        let (source, target) = (normal("source", &[n as i64, c], kind), normal("target", &[7, c], kind));
        for kernel in [Kernel::Cosine, Kernel::Euclidean, RBF] {
            // One reference, centred, has no direction.
            let of = |aggregation| {
                let nearest = NearestSources { centre: centre && n > 2, ..nearest(kernel, aggregation) };
                similarities(&nearest, &source, &target).expect("similarities")
            };
            let atol = if is_single { 2e-6 } else { ATOL };
            assert_close(&of(Aggregation::TopK(n)), &of(Aggregation::Mean), RTOL, atol);
            prop_assert_eq!(of(Aggregation::TopK(1)), of(Aggregation::Max));
            let k = n.div_ceil(2);
            for (more, less) in of(Aggregation::TopK(n)).into_iter().zip(of(Aggregation::TopK(k))) {
                prop_assert!(more <= less + 1e-12);
            }
        }
    }
}
