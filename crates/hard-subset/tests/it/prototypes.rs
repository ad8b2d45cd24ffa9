//! Prototypes and the hardness made of them: against scikit-learn, and the laws of the fit.

use golden::Golden;
use hard_subset::{
    Activations, Assignment, ClassAgnostic, ClassSpecific, LayerCombination, PrototypeFit, PrototypeOrigin,
    Prototypes, TargetClass, TargetMargin,
};
use proptest::prelude::*;
use tensor_core::convert::tensor_from_slice;
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::{Labels, Probabilities};

const N_CLASSES: usize = 4;

fn tensor(golden: &Golden, name: &str) -> Tensor {
    let (shape, values) = golden.array(name).expect("an array");
    let shape: Vec<i64> = shape.iter().map(|&length| length as i64).collect();
    tensor_from_slice(&values, &shape).expect("a tensor")
}

fn indices(golden: &Golden, name: &str) -> Vec<usize> {
    let integers = golden.integers(name).expect("integers");
    integers.into_iter().map(|value| value as usize).collect()
}

fn layers(golden: &Golden, side: &str) -> Activations {
    let layer = |name: &str| (name.to_owned(), tensor(golden, &format!("{side}_{name}")));
    Activations::new(vec![layer("fc"), layer("conv")]).expect("activations")
}

fn fitted(fit: PrototypeFit, batch: &Activations, classes: &[usize]) -> Prototypes {
    let mut fit = fit;
    fit.observe(batch, classes).expect("rows");
    fit.finish().expect("prototypes")
}

#[test]
fn hardness_is_that_of_all_pairs() {
    let golden = Golden::load("tests/golden/similarities.json").expect("golden values");
    let (source, target) = (layers(&golden, "source"), layers(&golden, "target"));
    let classes = indices(&golden, "classes");
    let probabilities = Probabilities::new(tensor(&golden, "probabilities")).expect("probabilities");
    let new_fit = || PrototypeFit::new(&[("fc", 7), ("conv", 3)], N_CLASSES).expect("a fit");
    let prototypes = fitted(new_fit(), &source, &classes);
    assert_eq!(prototypes.counts()[3], 0);

    let agnostic = ClassAgnostic::default()
        .hardness(&prototypes, &target)
        .expect("a hardness");
    golden.assert_array("agnostic_fc", agnostic.per_layer[0].1.values());
    assert_eq!(agnostic.n_zero_rows, 1);
    for (assignment, name) in [(Assignment::Hard, "hard"), (Assignment::Soft, "soft")] {
        let specific = ClassSpecific {
            assignment,
            ..ClassSpecific::default()
        };
        let hardness = specific
            .hardness(&prototypes, &target, &probabilities)
            .expect("a hardness");
        golden.assert_array(&format!("{name}_fc"), hardness.per_layer[0].1.values());
        golden.assert_array(&format!("{name}_conv"), hardness.per_layer[1].1.values());
        assert_eq!(vec![hardness.n_fallbacks], indices(&golden, "n_fallbacks"));
    }

    let centred = fitted(
        new_fit().with_centre(&prototypes).expect("a centre"),
        &source,
        &classes,
    );
    assert_eq!(centred.layers()[0].centre(), Some(prototypes.layers()[0].mean()));
    let hardness = ClassAgnostic::default()
        .hardness(&centred, &target)
        .expect("a hardness");
    golden.assert_array("centred_agnostic_fc", hardness.per_layer[0].1.values());
    let hardness = ClassSpecific::default()
        .hardness(&centred, &target, &probabilities)
        .expect("a hardness");
    golden.assert_array("centred_hard_fc", hardness.per_layer[0].1.values());
}

#[test]
fn a_classifier_stands_in_for_its_samples() {
    let golden = Golden::load("tests/golden/similarities.json").expect("golden values");
    let prototypes = Prototypes::from_classifier("fc", &tensor(&golden, "classifier")).expect("prototypes");
    assert_eq!(prototypes.origin(), PrototypeOrigin::ClassifierWeights);
    let target = Activations::single("fc", tensor(&golden, "target_fc")).expect("activations");
    let probabilities = Probabilities::new(tensor(&golden, "probabilities")).expect("probabilities");
    let hardness = ClassSpecific::default()
        .hardness(&prototypes, &target, &probabilities)
        .expect("a hardness");
    golden.assert_array("classifier_hard_fc", hardness.combined.values());
    assert_eq!(hardness.n_fallbacks, 0);
}

#[test]
fn margins_within_the_target_are_those_of_all_pairs() {
    let golden = Golden::load("tests/golden/similarities.json").expect("golden values");
    let target = Activations::single("fc", tensor(&golden, "target_fc")).expect("activations");
    let labels = Labels::new(&golden.integers("labels").expect("labels")).expect("labels");
    for (margin, name) in [
        (TargetMargin::Prototype, "target_prototype_fc"),
        (TargetMargin::Margin, "target_margin_fc"),
        (TargetMargin::Silhouette, "target_silhouette_fc"),
    ] {
        let target_class = TargetClass {
            margin,
            layers: LayerCombination::default(),
        };
        let hardness = target_class.hardness(&target, &labels).expect("a hardness");
        golden.assert_array(name, hardness.combined.values());
    }
}

/// Rectified activations of two layers, one of maps, and classes of which the last is empty.
fn source(seed: u64, n_samples: usize) -> (Activations, Vec<usize>) {
    let mut stream = Seed::new(seed).stream("source", 0);
    let mut draw = |shape: &[i64]| {
        random::normal(&mut stream, shape, Kind::Float)
            .expect("numbers")
            .relu()
    };
    let n = n_samples as i64;
    let layers = vec![
        ("conv".to_owned(), draw(&[n, 6, 3, 3])),
        ("fc".to_owned(), draw(&[n, 19])),
    ];
    let classes = (0..n_samples).map(|row| (row * row + seed as usize) % (N_CLASSES - 1));
    (Activations::new(layers).expect("activations"), classes.collect())
}

/// Some rows of it.
fn rows(whole: &(Activations, Vec<usize>), rows: &[usize]) -> (Activations, Vec<usize>) {
    let indices: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    let layer = |layer: &hard_subset::Layer| {
        let chosen = layer.tensor().index_select(0, &Tensor::from_slice(&indices));
        (layer.name().to_owned(), chosen)
    };
    let chosen = whole.0.layers().iter().map(layer).collect();
    let classes = rows.iter().map(|&row| whole.1[row]).collect();
    (Activations::new(chosen).expect("activations"), classes)
}

fn new_fit() -> PrototypeFit {
    PrototypeFit::new(&[("conv", 6), ("fc", 19)], N_CLASSES).expect("a fit")
}

#[test]
fn threads_and_one_pass_give_the_same_bits() {
    let whole = source(3, 2000);
    let expected = fitted(new_fit(), &whole.0, &whole.1);
    let shards: Vec<_> = (0..4)
        .map(|shard| rows(&whole, &(shard..2000).step_by(4).collect::<Vec<_>>()))
        .collect();
    let fits: Vec<PrototypeFit> = std::thread::scope(|scope| {
        let workers: Vec<_> = shards
            .into_iter()
            .map(|(batch, classes)| {
                scope.spawn(move || {
                    let mut fit = new_fit();
                    fit.observe(&batch, &classes).map(|()| fit)
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join().expect("a worker"));
        joined.map(|fit| fit.expect("a fit")).collect()
    });
    let mut merged = new_fit();
    for fit in &fits {
        merged.merge(fit).expect("shards of one source");
    }
    assert_eq!(merged.finish().expect("prototypes"), expected);
}

#[test]
fn serialised_prototypes_come_back_with_the_same_bits() {
    let whole = source(5, 60);
    let prototypes = fitted(new_fit(), &whole.0, &whole.1);
    let centred = fitted(
        new_fit().with_centre(&prototypes).expect("a centre"),
        &whole.0,
        &whole.1,
    );
    for prototypes in [prototypes, centred] {
        let json = serde_json::to_string(&prototypes).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Prototypes>(&json).expect("prototypes"),
            prototypes
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_and_sharding_gives_the_same_bits(
        seed in 0..1000_u64,
        order in Just((0..50).collect::<Vec<usize>>()).prop_shuffle(),
        mut cuts in prop::collection::vec(0..=50_usize, 1..6),
        merge_order in any::<bool>(),
        centred: bool,
    ) {
        let whole = source(seed, 50);
        let first = fitted(new_fit(), &whole.0, &whole.1);
        let start = || if centred { new_fit().with_centre(&first).expect("a centre") } else { new_fit() };
        let expected = fitted(start(), &whole.0, &whole.1);

        cuts.extend([0, 50]);
        cuts.sort_unstable();
        let mut fits = vec![start()];
        for cut in cuts.windows(2).filter(|cut| cut[0] < cut[1]) {
            let (batch, classes) = rows(&whole, &order[cut[0]..cut[1]]);
            // Every other shard goes on where the last one stopped.
            if cut[0] % 2 == 0 {
                fits.push(start());
            }
            fits.last_mut().expect("a fit").observe(&batch, &classes).expect("rows");
        }
        if merge_order {
            fits.reverse();
        }
        let (merged, rest) = fits.split_first_mut().expect("a fit");
        for fit in rest {
            merged.merge(fit).expect("shards of one source");
        }
        prop_assert_eq!(merged.finish().expect("prototypes"), expected);
    }

    #[test]
    fn the_mean_of_all_is_that_without_labels_and_scale_does_not_matter(seed in 0..1000_u64, log2 in -20..20_i32) {
        let whole = source(seed, 30);
        let labelled = fitted(new_fit(), &whole.0, &whole.1);
        let scaled = whole.0.layers().iter().map(|layer| {
            (layer.name().to_owned(), layer.tensor() * 2.0_f64.powi(log2))
        });
        let mut unlabelled = new_fit();
        unlabelled.observe_unlabelled(&Activations::new(scaled.collect()).expect("activations")).expect("rows");
        let unlabelled = unlabelled.finish().expect("prototypes");
        prop_assert_eq!((unlabelled.n_samples(), unlabelled.counts()), (30, [0; N_CLASSES].as_slice()));
        for (left, right) in labelled.layers().iter().zip(unlabelled.layers()) {
            prop_assert_eq!(left.mean(), right.mean());
            prop_assert_eq!(right.class_mean(0), None);
        }
    }
}
