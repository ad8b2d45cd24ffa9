//! Scores on a hard subset that can be checked with pencil and paper.

use hard_subset::bounds::leep_lower_bound;
use hard_subset::{Balance, ClassCount, Hardness, Haste, SubsetSize, SubsetSpec, output};
use tensor_core::convert::tensor_from_slice;
use transferability_metrics::{Labels, Leep, Metric, Probabilities, Sample};

/// A handful of operations of numbers near 1.
const RTOL: f64 = 1e-14;

/// Four samples of two classes, and the probabilities of two source classes.
fn sample() -> Sample {
    let rows = tensor_from_slice(&[0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6], &[4, 2]).expect("a matrix");
    Sample::new(Labels::new(&[0, 0, 1, 1]).expect("labels"))
        .with_probabilities(Probabilities::new(rows).expect("probabilities"))
        .expect("a sample")
}

fn half(balance: Balance) -> SubsetSpec {
    SubsetSpec {
        size: SubsetSize::Fraction(0.5),
        balance,
        ..SubsetSpec::default()
    }
}

#[test]
fn leep_on_the_two_hardest_of_four_samples() {
    let hardness = Hardness::new(vec![0.1, 0.9, 0.2, 0.8]).expect("a hardness");
    for balance in [Balance::Global, Balance::PerClass] {
        let haste = Haste {
            metric: Leep,
            subset: half(balance),
        };
        let result = haste.score(&sample(), &hardness).expect("a score");
        assert_eq!(result.kept, [1, 3]);
        // Both expectations are 7/12: 0.8 * 2/3 + 0.2 * 1/4 and 0.4 * 1/3 + 0.6 * 3/4.
        golden::assert_close(&[result.score], &[f64::ln(7.0 / 12.0)], RTOL, 0.0);
        assert!((result.score + 0.538_996_500_7).abs() < 1e-10);
    }
}

#[test]
fn each_class_keeps_its_half_rounded_up() {
    // The hardest three of five and two of three.
    let labels = Labels::new(&[0, 0, 0, 0, 0, 1, 1, 1]).expect("labels");
    let hardness = Hardness::new(vec![0.1, 0.5, 0.3, 0.2, 0.4, 0.9, 0.7, 0.8]).expect("a hardness");
    let subset = half(Balance::PerClass)
        .select(&hardness, &labels)
        .expect("a subset");
    assert_eq!(subset.rows(), [1, 2, 4, 5, 7]);
    let counts = [(0, 3, 5), (1, 2, 3)].map(|(class, kept, of)| ClassCount { class, kept, of });
    assert_eq!(subset.per_class_kept(), counts);
}

#[test]
fn hardness_of_two_rows_of_probabilities() {
    let subset = sample().select(&[1, 3]).expect("a sample");
    let probabilities = subset.probabilities().expect("probabilities");
    let entropy = |p: f64| -(p * p.ln() + (1.0 - p) * (1.0 - p).ln());
    let cases = [
        (output::entropy(probabilities), [entropy(0.8), entropy(0.6)]),
        (output::least_confidence(probabilities), [0.2, 0.4]),
        (output::margin(probabilities), [-0.6, -0.2]),
        (
            output::eep_loss(probabilities, subset.labels()),
            [-f64::ln(7.0 / 12.0); 2],
        ),
        // Distances sqrt(2) * 0.2 from (1, 0), sqrt(2) * 0.4 from (0, 1).
        (
            output::el2n(probabilities, &[0, 1]),
            [0.08_f64.sqrt(), 0.32_f64.sqrt()],
        ),
    ];
    for (hardness, expected) in cases {
        golden::assert_close(hardness.expect("a hardness").values(), &expected, RTOL, 0.0);
    }
}

#[test]
fn leep_and_its_lower_bound_on_four_samples() {
    // Masses 2.4 and 1.6 of the source classes: P(0 | z) = 1.7/2.4, 0.3/1.6 and P(1 | z) = 0.7/2.4, 1.3/1.6.
    let bound = (2.0 * f64::ln(1.7 / 2.4) + 2.0 * f64::ln(1.3 / 1.6) + 0.3024_f64.ln()) / 4.0;
    let leep = Leep.score(&sample()).expect("LEEP");
    assert!((leep + 0.4626).abs() < 5e-5);
    assert!(bound < leep);
    golden::assert_close(
        &[leep_lower_bound(&sample()).expect("a bound")],
        &[bound],
        RTOL,
        0.0,
    );
}
