//! Gram statistics and deviations: against whole Gram matrices in numpy, and the laws of the fit.

use std::sync::Arc;

use golden::{Golden, assert_close};
use hard_subset::{
    Activations, EmptyClass, Error, GramBounds, GramDeviation, GramFit, GramParams, GramScaleFit,
    gram_statistics,
};
use proptest::prelude::*;
use tensor_core::convert::{tensor_from_slice, vector};
use tensor_core::{Kind, Seed, Tensor, random};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Two ways of rounding one statistic: some ten operations on numbers of one sign.
const ROUNDING: f64 = 1e-14;

const LAYERS: [(&str, usize); 2] = [("conv", 5), ("fc", 6)];

fn tensor(golden: &Golden, name: &str) -> Tensor {
    let (shape, values) = golden.array(name).expect("an array");
    let shape: Vec<i64> = shape.iter().map(|&length| length as i64).collect();
    tensor_from_slice(&values, &shape).expect("a tensor")
}

fn indices(golden: &Golden, name: &str) -> Vec<usize> {
    let integers = golden.integers(name).expect("integers");
    integers.into_iter().map(|value| value as usize).collect()
}

fn golden_layers(golden: &Golden, side: &str) -> Activations {
    let layer = |name: &str| (name.to_owned(), tensor(golden, &format!("{side}_{name}")));
    Activations::new(vec![layer("conv"), layer("fc")]).expect("activations")
}

fn golden_params() -> GramParams {
    GramParams {
        orders: vec![1, 2, 3, 4, 5, 7, 8, 10],
        validation_fraction: 0.25,
        seed: Seed::new(7),
        ..GramParams::default()
    }
}

fn normal(label: &str, shape: &[i64], kind: Kind) -> Tensor {
    random::normal(&mut Seed::new(11).stream(label, 0), shape, kind).expect("a tensor")
}

fn statistics(activations: &Tensor, orders: &[u32]) -> Vec<f64> {
    let statistics = gram_statistics(activations, orders).expect("statistics");
    vector("statistics", &statistics.f_reshape([-1]).expect("a vector")).expect("numbers")
}

fn scaled(activations: &Tensor, scale: f64) -> Tensor {
    activations.f_mul_scalar(scale).expect("a product")
}

/// Activations of two layers for so many rows.
fn rows(label: &str, n: i64) -> Activations {
    Activations::new(vec![
        ("conv".to_owned(), normal(label, &[n, 5, 2, 3], Kind::Float)),
        (
            "fc".to_owned(),
            normal(&format!("{label} fc"), &[n, 6], Kind::Double),
        ),
    ])
    .expect("activations")
}

fn slice(activations: &Activations, start: usize, end: usize) -> Activations {
    let layer = |layer: &hard_subset::Layer| {
        let rows = layer.tensor().f_narrow(0, start as i64, (end - start) as i64);
        (layer.name().to_owned(), rows.expect("rows"))
    };
    Activations::new(activations.layers().iter().map(layer).collect()).expect("activations")
}

#[test]
fn statistics_are_row_sums_of_whole_gram_matrices() -> Outcome {
    let golden = Golden::load("tests/golden/gram.json")?;
    let orders: Vec<u32> = golden
        .integers("orders")?
        .into_iter()
        .map(|order| order as u32)
        .collect();
    let maps = tensor(&golden, "signed_maps");
    golden.assert_array("signed_statistics", &statistics(&maps, &orders));
    Ok(())
}

#[test]
fn deviations_are_those_of_whole_gram_matrices() -> Outcome {
    let golden = Golden::load("tests/golden/gram.json")?;
    let predictions = indices(&golden, "predicted");
    let source = golden_layers(&golden, "source");
    let deviation = GramDeviation::fit(&source, &predictions, 5, &golden_params())?;
    assert_eq!(
        deviation.n_validation_rows() as f64,
        golden.scalar("n_validation_rows")?
    );
    let means = deviation.mean_deviations().ok_or("no validation rows")?;
    golden.assert_array("mean_deviations", means);
    assert!(deviation.bounds().classes_seen().eq(0..4));

    let target = golden_layers(&golden, "target");
    let hardness = deviation.hardness(&target, &indices(&golden, "target_predicted"))?;
    for (name, of_layer) in &hardness.per_layer {
        golden.assert_array(&format!("hardness_{name}"), of_layer.values());
    }
    golden.assert_array("hardness", hardness.combined.values());
    assert_eq!(hardness.n_fallbacks as f64, golden.scalar("n_fallbacks")?);
    assert!(!hardness.reads_target_labels);
    Ok(())
}

#[test]
fn a_power_of_two_scales_statistics_by_its_square_exactly() {
    let orders: Vec<u32> = (1..=10).collect();
    for shape in [[3, 4, 5, 7].as_slice(), &[3, 9]] {
        for (kind, exponents) in [
            (Kind::Float, [-100, -1, 1, 100]),
            (Kind::Double, [-300, -101, 100, 400]),
        ] {
            let activations = normal("scale", shape, kind);
            let expected = statistics(&activations, &orders);
            for exponent in exponents {
                let scale = 2_f64.powi(exponent);
                let actual = statistics(&scaled(&activations, scale), &orders);
                let expected: Vec<f64> = expected.iter().map(|value| value * scale * scale).collect();
                assert_eq!(actual, expected, "{kind:?} by 2^{exponent}");
            }
        }
    }
}

#[test]
fn single_precision_neither_overflows_nor_vanishes() {
    let orders: Vec<u32> = (1..=10).collect();
    let activations = normal("extreme", &[2, 4, 3, 3], Kind::Float).abs();
    let unscaled = statistics(&activations, &orders);
    for scale in [1e30_f64, 1e-30] {
        let actual = statistics(&scaled(&activations, scale), &orders);
        let expected: Vec<f64> = unscaled.iter().map(|value| value * scale * scale).collect();
        // The scaled activations are rounded to single precision.
        assert_close(&actual, &expected, 1e-6, 0.0);
    }
}

#[test]
fn the_smallest_and_largest_numbers_have_statistics() {
    let smallest = f64::from_bits(1);
    let pairs = [(smallest, 0.0), (1e-162, 1e-324), (1e154, 1e308)];
    for (value, square) in pairs {
        let activations = tensor_from_slice(&[value], &[1, 1]).expect("a tensor");
        assert_close(&statistics(&activations, &[1, 7]), &[square; 2], 1e-12, smallest);
    }
    let too_large = tensor_from_slice(&[1e155], &[1, 1]).expect("a tensor");
    assert!(matches!(
        gram_statistics(&too_large, &[1]),
        Err(Error::Core(tensor_core::Error::NonFinite { .. }))
    ));
}

#[test]
fn small_channels_beside_large_ones_keep_their_statistics() {
    // Places of their own: 1e-6 to the 20th power is 1e-120 of the large channel's share.
    let activations = tensor_from_slice(&[1.0, 0.0, 0.0, 1e-6], &[1, 2, 2, 1]).expect("a tensor");
    assert_close(&statistics(&activations, &[10]), &[1.0, 1e-12], ROUNDING, 0.0);
}

#[test]
fn a_vector_is_a_map_of_one_place() {
    let orders = [1, 2, 3, 5, 10, 64];
    let vectors = normal("vector", &[4, 19], Kind::Double).abs();
    let zeros = vectors.f_zeros_like().expect("zeros");
    let maps = Tensor::f_stack(&[&vectors, &zeros], 2)
        .expect("maps")
        .f_unsqueeze(3)
        .expect("maps");
    assert_close(
        &statistics(&vectors, &orders),
        &statistics(&maps, &orders),
        ROUNDING,
        0.0,
    );
}

#[test]
fn zeros_have_zero_statistics_without_a_sign() {
    let zero = 0.0_f64.to_bits();
    for shape in [[1_i64, 3].as_slice(), &[1, 3, 1, 1], &[1, 1, 3, 1]] {
        let zeros = tensor_from_slice(&[0.0, -0.0, 0.0], shape).expect("a tensor");
        assert!(
            statistics(&zeros, &[1, 2, 3])
                .iter()
                .all(|value| value.to_bits() == zero)
        );
    }
    // Beside a negative sum, a zero times it; and a sum that cancels.
    for (values, shape) in [
        ([0.0, -1.0, 0.0, 0.0], [1_i64, 4, 1, 1]),
        ([1.0, -1.0, 1.0, 1.0], [1, 2, 2, 1]),
    ] {
        let activations = tensor_from_slice(&values, &shape).expect("a tensor");
        let negative_zeros = statistics(&activations, &[1, 3])
            .iter()
            .filter(|value| **value == 0.0 && value.is_sign_negative())
            .count();
        assert_eq!(negative_zeros, 0);
    }
}

#[test]
fn strides_batches_and_threads_do_not_show() -> Outcome {
    let orders = [1, 2, 5, 10];
    let channels_last = normal("strides", &[9, 4, 5, 3], Kind::Float).f_permute([0, 3, 1, 2])?;
    let whole = statistics(&channels_last, &orders);
    assert_eq!(whole, statistics(&channels_last.f_contiguous()?, &orders));
    let row = statistics(&channels_last.f_narrow(0, 6, 1)?, &orders);
    assert_eq!(whole[6 * row.len()..7 * row.len()], row);
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build()?;
        let tensor = channels_last.f_contiguous()?;
        assert_eq!(whole, pool.install(move || statistics(&tensor, &orders)));
    }
    Ok(())
}

#[test]
fn a_class_of_validation_rows_alone_takes_them_back() -> Outcome {
    let params = GramParams {
        validation_fraction: 0.5,
        ..GramParams::default()
    };
    let source = rows("source", 40);
    // By the row's number, some of 40 rows are validation rows: each is a class of its own.
    let predictions: Vec<usize> = (0..40).collect();
    let deviation = GramDeviation::fit(&source, &predictions, 40, &params)?;
    assert_eq!(deviation.n_validation_rows(), 0);
    assert_eq!(deviation.mean_deviations(), None);
    assert!(deviation.bounds().classes_seen().eq(0..40));
    let hardness = deviation.hardness(&source, &predictions)?;
    assert_eq!(hardness.combined.values(), [0.0; 40]);
    assert_eq!(hardness.n_fallbacks, 0);

    // In one class they are kept out: some of them lie outside the bounds of the others, and all others inside.
    let deviation = GramDeviation::fit(&source, &[0; 40], 1, &params)?;
    let n_validation = deviation.n_validation_rows();
    let hardness = deviation.hardness(&source, &[0; 40])?.combined;
    let n_outside = hardness.values().iter().filter(|&&value| value > 0.0).count();
    assert!((8..=32).contains(&n_validation), "{n_validation} of 40");
    assert!(n_outside > 0 && n_outside as u64 <= n_validation, "{n_outside}");
    Ok(())
}

#[test]
fn about_the_fraction_of_the_rows_validates() -> Outcome {
    // 2000 rows at 0.1: 200 on average, standard deviation 13.4; five of them allowed.
    let source = Activations::single("fc", normal("many", &[2000, 2], Kind::Float))?;
    let params = GramParams {
        orders: vec![1],
        ..GramParams::default()
    };
    let n_rows = GramDeviation::fit(&source, &[0; 2000], 1, &params)?.n_validation_rows();
    assert!((133..=267).contains(&n_rows), "{n_rows}");
    Ok(())
}

#[test]
fn an_empty_class_falls_back_or_is_an_error() -> Outcome {
    let (source, target) = (rows("source", 12), rows("target", 3));
    let predictions: Vec<usize> = (0..12).map(|row| row % 2).collect();
    let mut params = GramParams {
        validation_fraction: 0.0,
        ..GramParams::default()
    };
    let fallback = GramDeviation::fit(&source, &predictions, 3, &params)?.hardness(&target, &[2, 0, 2])?;
    let of_all = GramDeviation::fit(&source, &[0; 12], 1, &params)?.hardness(&target, &[0; 3])?;
    assert_eq!(fallback.n_fallbacks, 2);
    assert_eq!(fallback.combined.values()[0], of_all.combined.values()[0]);
    assert_eq!(fallback.combined.values()[2], of_all.combined.values()[2]);

    params.on_empty = EmptyClass::Error;
    let strict = GramDeviation::fit(&source, &predictions, 3, &params)?;
    assert!(matches!(
        strict.hardness(&target, &[2, 0, 1]),
        Err(Error::EmptyClass { class: 2 })
    ));
    assert!(strict.hardness(&target, &[1, 0, 1]).is_ok());
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Outcome {
    let source = rows("source", 6);
    let new = |params: GramParams| GramFit::new(&LAYERS, 2, params);
    for orders in [vec![], vec![0, 1], vec![2, 1], vec![1, 1], vec![65]] {
        let params = GramParams {
            orders,
            ..GramParams::default()
        };
        assert!(gram_statistics(source.layers()[0].tensor(), &params.orders).is_err());
        assert!(new(params).is_err());
    }
    for validation_fraction in [-0.1, 1.0, f64::NAN] {
        assert!(
            new(GramParams {
                validation_fraction,
                ..GramParams::default()
            })
            .is_err()
        );
    }
    assert!(GramFit::new(&[], 2, GramParams::default()).is_err());
    assert!(GramFit::new(&[("a", 0)], 2, GramParams::default()).is_err());
    assert!(GramFit::new(&[("a", 1), ("a", 1)], 2, GramParams::default()).is_err());
    assert!(GramFit::new(&LAYERS, 0, GramParams::default()).is_err());

    let mut fit = new(GramParams::default())?;
    assert!(matches!(fit.finish(), Err(Error::EmptySource { expected: 1 })));
    let fc_alone = Activations::single("fc", normal("fc", &[6, 6], Kind::Float))?;
    assert!(matches!(
        fit.observe(0, &fc_alone, &[0; 6]),
        Err(Error::Layers { .. })
    ));
    assert!(fit.observe(0, &source, &[0; 5]).is_err());
    assert!(fit.observe(u64::MAX, &source, &[0; 6]).is_err());
    assert!(matches!(
        fit.observe(0, &source, &[0, 0, 2, 0, 0, 0]),
        Err(Error::ClassOutOfRange { row: 2, class: 2, .. })
    ));
    assert!(matches!(fit.finish(), Err(Error::EmptySource { expected: 1 })));

    fit.observe(0, &source, &[0; 6])?;
    let other = new(GramParams {
        seed: Seed::new(1),
        ..GramParams::default()
    })?;
    assert!(matches!(
        fit.merge(&other),
        Err(Error::Unmergeable {
            what: "the parameters"
        })
    ));
    let bounds = fit.finish()?;
    let mut scales = GramScaleFit::new(bounds.clone());
    assert!(matches!(
        scales.observe(0, &source, &[1; 6]),
        Err(Error::EmptyClass { class: 1 })
    ));
    fit.observe(6, &source, &[1; 6])?;
    assert!(scales.merge(&GramScaleFit::new(fit.finish()?)).is_err());
    assert!(scales.merge(&GramScaleFit::new(bounds)).is_ok());
    Ok(())
}

#[test]
fn a_fit_comes_back_from_json_with_the_same_bits_and_a_broken_one_does_not() -> Outcome {
    let params = GramParams {
        orders: vec![1, 3],
        validation_fraction: 0.3,
        ..GramParams::default()
    };
    let predictions: Vec<usize> = (0..20).map(|row| row % 2).collect();
    let deviation = GramDeviation::fit(&rows("source", 20), &predictions, 2, &params)?;
    let text = serde_json::to_string(&deviation)?;
    assert_eq!(serde_json::from_str::<GramDeviation>(&text)?, deviation);

    let whole: serde_json::Value = serde_json::from_str(&text)?;
    let breaks: [(&str, serde_json::Value); 8] = [
        ("/mean_deviations", serde_json::Value::Null),
        ("/mean_deviations/0", (-1.0).into()),
        ("/n_validation_rows", 0.into()),
        ("/bounds/n_classes", 1.into()),
        ("/bounds/layers/0/1", 4.into()),
        ("/bounds/params/orders", vec![1].into()),
        ("/bounds/classes", serde_json::json!({})),
        ("/bounds/classes/0/layers/0/least/0", 1e300.into()),
    ];
    for (place, value) in breaks {
        let mut broken = whole.clone();
        *broken.pointer_mut(place).ok_or("no such place")? = value;
        assert!(
            serde_json::from_value::<GramDeviation>(broken).is_err(),
            "{place}"
        );
    }
    Ok(())
}

/// Both passes over shards that end at the cuts, taken in the order given, and merged in pairs.
fn fit_of_shards(
    source: &Activations,
    predictions: &[usize],
    params: &GramParams,
    shards: &[(usize, usize)],
) -> hard_subset::Result<GramDeviation> {
    let mut fit = GramFit::new(&LAYERS, 3, params.clone())?;
    for &(start, end) in shards {
        let mut of_shard = GramFit::new(&LAYERS, 3, params.clone())?;
        of_shard.observe(start as u64, &slice(source, start, end), &predictions[start..end])?;
        of_shard.merge(&fit)?;
        fit = of_shard;
    }
    let bounds: Arc<GramBounds> = Arc::new(fit.finish()?);
    let mut scales = GramScaleFit::new(Arc::clone(&bounds));
    for &(start, end) in shards {
        let mut of_shard = GramScaleFit::new(Arc::clone(&bounds));
        of_shard.observe(start as u64, &slice(source, start, end), &predictions[start..end])?;
        scales.merge(&of_shard)?;
    }
    scales.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sharding_gives_the_same_bits(
        predictions in prop::collection::vec(0_usize..3, 24),
        cuts in prop::collection::btree_set(1_usize..24, 0..6),
        seed in 0_u64..1000,
        order_seed in 0_u64..1000,
    ) {
        let params = GramParams { validation_fraction: 0.5, seed: Seed::new(seed), ..GramParams::default() };
        let source = rows("source", 24);
        let ends: Vec<usize> = cuts.into_iter().chain([24]).collect();
        let starts = [0].into_iter().chain(ends.iter().copied());
        let shards: Vec<(usize, usize)> = starts.zip(ends.iter().copied()).collect();
        let order = random::permutation(&mut Seed::new(order_seed).stream("order", 0), shards.len());
        let shuffled: Vec<(usize, usize)> = order.into_iter().map(|index| shards[index]).collect();

        let whole = GramDeviation::fit(&source, &predictions, 3, &params).expect("a fit");
        let merged = fit_of_shards(&source, &predictions, &params, &shuffled).expect("a fit");
        // The text tells the signs of zeros apart.
        let text = |fit: &GramDeviation| serde_json::to_string(fit).expect("text");
        prop_assert_eq!(text(&merged), text(&whole));
    }

    #[test]
    fn bounds_hold_the_rows_they_are_of(predictions in prop::collection::vec(0_usize..3, 24)) {
        let params = GramParams { validation_fraction: 0.0, ..GramParams::default() };
        let source = rows("source", 24);
        let deviation = GramDeviation::fit(&source, &predictions, 3, &params).expect("a fit");
        let hardness = deviation.hardness(&source, &predictions).expect("a hardness");
        prop_assert_eq!(hardness.combined.values(), [0.0; 24]);
    }
}
