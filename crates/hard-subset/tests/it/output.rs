//! Hardness read off the source's head: definitions, laws, refusals.

use hard_subset::{Hardness, output};
use proptest::prelude::*;
use tensor_core::{Kind, Seed, Tensor, convert, random};
use transferability_metrics::{Labels, Leep, Metric, Probabilities, Sample};

/// Sums of up to a few hundred terms in two orders.
const RTOL: f64 = 1e-13;
/// Values near 0 are differences of numbers near 1.
const ATOL: f64 = 1e-14;

/// Logits of a few units.
fn logits(seed: u64, n_samples: i64, n_classes: i64) -> Tensor {
    random::normal(
        &mut Seed::new(seed).stream("logits", 0),
        &[n_samples, n_classes],
        Kind::Double,
    )
    .and_then(|draws| Ok(draws.f_mul_scalar(3.0)?))
    .expect("draws")
}

fn probabilities(logits: &Tensor, kind: Kind) -> Probabilities {
    let rows = logits.f_softmax(1, Kind::Double).expect("a softmax");
    Probabilities::new(rows.f_to_kind(kind).expect("a cast")).expect("probabilities")
}

fn rows_of(matrix: &Tensor) -> Vec<Vec<f64>> {
    let matrix = matrix.f_to_kind(Kind::Double).expect("a cast");
    let matrix = convert::array2::<f64>("rows", &matrix).expect("a matrix");
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}

fn assert_values(hardness: &Hardness, expected: impl Iterator<Item = f64>) {
    golden::assert_close(hardness.values(), &expected.collect::<Vec<_>>(), RTOL, ATOL);
}

#[test]
fn every_row_of_several_blocks_follows_the_definition() {
    // 700 rows of 301 classes: several blocks and a part of one.
    let drawn = logits(1, 700, 301);
    for kind in [Kind::Double, Kind::Float] {
        let probabilities = probabilities(&drawn, kind);
        let rows = rows_of(probabilities.tensor());
        let descending = |row: &[f64]| {
            let mut row = row.to_vec();
            row.sort_by(|left, right| right.total_cmp(left));
            row
        };
        assert_values(
            &output::entropy(&probabilities).expect("entropy"),
            rows.iter()
                .map(|row| -row.iter().map(|p| p * p.ln()).sum::<f64>()),
        );
        assert_values(
            &output::least_confidence(&probabilities).expect("confidence"),
            rows.iter().map(|row| 1.0 - descending(row)[0]),
        );
        assert_values(
            &output::margin(&probabilities).expect("margin"),
            rows.iter().map(|row| descending(row)[1] - descending(row)[0]),
        );
        let classes: Vec<usize> = (0..700).map(|row| row * 7 % 301).collect();
        assert_values(
            &output::el2n(&probabilities, &classes).expect("EL2N"),
            rows.iter().zip(&classes).map(|(row, &class)| {
                let squares = row
                    .iter()
                    .enumerate()
                    .map(|(z, p)| (p - f64::from(z == class)).powi(2));
                squares.sum::<f64>().sqrt()
            }),
        );
        let logits = drawn.f_to_kind(kind).expect("a cast");
        assert_values(
            &output::energy(&logits, 0.7).expect("energy"),
            rows_of(&logits)
                .iter()
                .map(|row| -0.7 * row.iter().map(|a| (a / 0.7).exp()).sum::<f64>().ln()),
        );
    }
}

#[test]
fn certain_predictions_tie_at_positive_zero() {
    let rows = convert::tensor_from_slice(&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0], &[2, 3]).expect("a matrix");
    let probabilities = Probabilities::new(rows).expect("probabilities");
    let labels = Labels::new(&[0, 1]).expect("labels");
    for hardness in [
        output::entropy(&probabilities),
        output::least_confidence(&probabilities),
        output::el2n(&probabilities, &[0, 2]),
        output::eep_loss(&probabilities, &labels),
    ] {
        let hardness = hardness.expect("a hardness");
        assert!(hardness.is_constant());
        assert!(
            hardness
                .values()
                .iter()
                .all(|value| value.to_bits() == 0.0_f64.to_bits())
        );
    }
    assert_eq!(
        output::margin(&probabilities).expect("a margin").values(),
        [-1.0, -1.0]
    );
}

#[test]
fn a_head_of_one_class_is_certain_of_it() {
    let rows = convert::tensor_from_slice(&[1.0, 1.0], &[2, 1]).expect("a matrix");
    let probabilities = Probabilities::new(rows).expect("probabilities");
    assert_eq!(
        output::entropy(&probabilities).expect("entropy").values(),
        [0.0; 2]
    );
    assert_eq!(
        output::margin(&probabilities).expect("margin").values(),
        [-1.0; 2]
    );
    let labels = Labels::new(&[3, 8]).expect("labels");
    let losses = output::eep_loss(&probabilities, &labels).expect("losses");
    golden::assert_close(losses.values(), &[2_f64.ln(); 2], RTOL, 0.0);
}

#[test]
fn energy_of_great_logits_does_not_overflow() {
    let logits = convert::tensor_from_slice(&[1e4, 0.0, -1e4, -1e4], &[2, 2]).expect("a matrix");
    let hardness = output::energy(&logits, 1.0).expect("energy");
    golden::assert_close(hardness.values(), &[-1e4, 1e4 - 2_f64.ln()], 1e-15, 0.0);
}

#[test]
fn what_has_no_hardness_is_refused() {
    let drawn = logits(2, 4, 3);
    let message = |hardness: hard_subset::Result<Hardness>| hardness.expect_err("refused").to_string();
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(message(output::energy(&drawn, temperature)).starts_with("temperature is"));
    }
    let spoilt = convert::tensor_from_slice(&[0.0, f64::NAN, 1.0, 2.0], &[2, 2]).expect("a matrix");
    assert_eq!(
        message(output::energy(&spoilt, 1.0)),
        "logits[0, 1] is NaN: expected a finite number"
    );
    let empty = convert::tensor_from_slice::<f64>(&[], &[2, 0]).expect("a matrix");
    assert_eq!(
        message(output::energy(&empty, 1.0)),
        "a row of logits has 0 entries: expected at least 1"
    );
    let no_row = convert::tensor_from_slice::<f64>(&[], &[0, 2]).expect("a matrix");
    assert!(output::energy(&no_row, 1.0).is_err());
    let integers = convert::tensor_from_slice(&[1_i64, 2], &[1, 2]).expect("a matrix");
    assert!(output::energy(&integers, 1.0).is_err());

    let probabilities = probabilities(&drawn, Kind::Double);
    assert_eq!(
        message(output::el2n(&probabilities, &[0, 1, 3, 0])),
        "source classes[2] is 3: expected a class below 3"
    );
    assert_eq!(
        message(output::el2n(&probabilities, &[0, 1])),
        "source classes has 2 entries and probabilities has 4: they must agree"
    );
    let labels = Labels::new(&[0, 1]).expect("labels");
    assert_eq!(
        message(output::eep_loss(&probabilities, &labels)),
        "probabilities has 4 entries and labels has 2: they must agree"
    );
}

proptest! {
    #[test]
    fn the_mean_loss_of_the_empirical_predictor_is_the_negative_of_leep(
        seed: u64,
        labels in prop::collection::vec(0..4_i64, 4..60),
        n_source_classes in 1..9_i64,
    ) {
        prop_assume!(labels.iter().any(|&label| label != labels[0]));
        let drawn = logits(seed, labels.len() as i64, n_source_classes);
        let labels = Labels::new(&labels).expect("labels");
        let losses = output::eep_loss(&probabilities(&drawn, Kind::Float), &labels).expect("losses");
        let mean = losses.values().iter().sum::<f64>() / labels.len() as f64;
        let sample = Sample::new(labels)
            .with_probabilities(probabilities(&drawn, Kind::Float))
            .expect("a sample");
        golden::assert_close(&[-mean], &[Leep.score(&sample).expect("LEEP")], RTOL, ATOL);
    }

    #[test]
    fn two_classes_are_ordered_alike_by_entropy_confidence_and_margin(first in prop::collection::vec(0.0..1.0_f64, 2..20)) {
        let flat: Vec<f64> = first.iter().flat_map(|&p| [p, 1.0 - p]).collect();
        let rows = convert::tensor_from_slice(&flat, &[first.len() as i64, 2]).expect("a matrix");
        let probabilities = Probabilities::new(rows).expect("probabilities");
        let entropy = output::entropy(&probabilities).expect("entropy");
        let confidence = output::least_confidence(&probabilities).expect("confidence");
        let margin = output::margin(&probabilities).expect("margin");
        for (i, j) in (0..first.len()).flat_map(|i| (0..i).map(move |j| (i, j))) {
            let difference = confidence.values()[i] - confidence.values()[j];
            // Entropies of nearly equal rows may round to one number.
            if difference.abs() > 1e-6 {
                prop_assert_eq!(difference > 0.0, margin.values()[i] > margin.values()[j]);
                prop_assert_eq!(difference > 0.0, entropy.values()[i] > entropy.values()[j]);
            }
        }
    }

    #[test]
    fn the_order_of_rows_and_classes_does_not_matter(seed: u64, n_samples in 2..20_i64, n_classes in 2..9_i64) {
        let drawn = logits(seed, n_samples, n_classes);
        let reversed = drawn.flip([0, 1]);
        let back = |hardness: Hardness| hardness.values().iter().rev().copied().collect::<Vec<_>>();
        let measures: [fn(&Probabilities) -> hard_subset::Result<Hardness>; 3] =
            [output::entropy, output::least_confidence, output::margin];
        for measure in measures {
            let forth = measure(&probabilities(&drawn, Kind::Double)).expect("a hardness");
            let other = measure(&probabilities(&reversed, Kind::Double)).expect("a hardness");
            golden::assert_close(&back(other), forth.values(), RTOL, ATOL);
        }
        let forth = output::energy(&drawn, 2.0).expect("energy");
        golden::assert_close(&back(output::energy(&reversed, 2.0).expect("energy")), forth.values(), RTOL, ATOL);
    }

    #[test]
    fn energy_scales_with_logits_and_temperature_and_moves_with_a_constant(seed: u64, temperature in 0.1..10.0_f64, shift in -5.0..5.0_f64) {
        let drawn = logits(seed, 5, 4);
        let plain = output::energy(&drawn, 1.0).expect("energy");
        let scaled = output::energy(&(&drawn * temperature), temperature).expect("energy");
        let expected: Vec<f64> = plain.values().iter().map(|value| value * temperature).collect();
        golden::assert_close(scaled.values(), &expected, RTOL, 1e-13);
        let shifted = output::energy(&(&drawn + shift), 1.0).expect("energy");
        let expected: Vec<f64> = plain.values().iter().map(|value| value - shift).collect();
        golden::assert_close(shifted.values(), &expected, RTOL, 1e-13);
    }
}
