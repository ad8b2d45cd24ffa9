//! Joint tables and their entropies: how they are counted, and the laws of information theory.

use golden::assert_close;
use ot_transferability::{EntropyEstimate, Error, Given, Joint, Move, Plan};
use proptest::prelude::*;
use tensor_core::convert::tensor_from_slice;
use transferability_metrics::{Labels, Metric, Nce, Probabilities, Sample};

/// Sums of up to 48 logarithms in two orders.
const RTOL: f64 = 1e-12;
/// The same where the sum is near zero.
const ATOL: f64 = 1e-13;

const PLUG_IN: EntropyEstimate = EntropyEstimate::PlugIn;
const DIRECTIONS: [Given; 2] = [Given::Rows, Given::Columns];

/// Tables of 1 to 6 rows and 1 to 8 columns, about a third of whose cells are empty.
fn joint() -> impl Strategy<Value = Joint> {
    (1_usize..=6, 1_usize..=8)
        .prop_flat_map(|(rows, columns)| {
            let cell = prop_oneof![1 => Just(0.0), 2 => 0.0..3.0_f64];
            (
                prop::collection::vec(cell, rows * columns),
                Just(rows),
                Just(columns),
            )
        })
        .prop_filter_map("a table has mass", |(values, rows, columns)| {
            Joint::new(values, rows, columns).ok()
        })
}

fn transposed(joint: &Joint) -> Joint {
    let values = joint.view().t().iter().copied().collect();
    Joint::new(values, joint.n_columns(), joint.n_rows()).expect("the same masses")
}

/// Entropies in all directions.
fn entropies(joint: &Joint, estimate: EntropyEstimate) -> [f64; 6] {
    [
        joint.joint_entropy(estimate),
        joint.row_entropy(estimate),
        joint.column_entropy(estimate),
        joint.conditional_entropy(Given::Rows, estimate),
        joint.conditional_entropy(Given::Columns, estimate),
        joint.mutual_information(estimate),
    ]
}

fn labels(classes: &[usize]) -> Labels {
    Labels::new(&classes.iter().map(|&class| class as i64).collect::<Vec<_>>()).expect("two classes")
}

proptest! {
    #[test]
    fn the_chain_rule_holds(joint in joint(), n_samples in 1_usize..100) {
        for estimate in [PLUG_IN, EntropyEstimate::MillerMadow { n_samples }] {
            let [pair, row, column, column_given_row, row_given_column, mutual] = entropies(&joint, estimate);
            assert_close(&[row + column_given_row, column + row_given_column], &[pair, pair], RTOL, ATOL);
            assert_close(&[row - row_given_column, column - column_given_row], &[mutual, mutual], RTOL, 10.0 * ATOL);
        }
    }

    #[test]
    fn entropies_lie_between_zero_and_the_logarithm_of_the_classes(joint in joint()) {
        for (given, n_classes) in [(Given::Rows, joint.n_columns()), (Given::Columns, joint.n_rows())] {
            let entropy = joint.conditional_entropy(given, PLUG_IN);
            let largest = (n_classes as f64).ln();
            prop_assert!((0.0..=largest + ATOL).contains(&entropy));
            let normalized = joint.normalized_conditional_entropy(given, PLUG_IN);
            prop_assert!((0.0..=1.0 + ATOL).contains(&normalized));
            assert_close(&[normalized * largest], &[entropy], RTOL, ATOL);
        }
        prop_assert!(joint.mutual_information(PLUG_IN) >= 0.0);
    }

    #[test]
    fn scale_and_the_numbering_of_classes_do_not_matter(
        joint in joint(),
        scale in 1e-6..1e6_f64,
        row_shift in 0_usize..6,
        column_shift in 0_usize..8,
    ) {
        let (n_rows, n_columns) = (joint.n_rows(), joint.n_columns());
        let view = joint.view();
        let mut values = Vec::new();
        for row in 0..n_rows {
            for column in 0..n_columns {
                values.push(scale * view[[(row + row_shift) % n_rows, (column + column_shift) % n_columns]]);
            }
        }
        let other = Joint::new(values, n_rows, n_columns).expect("the same masses, scaled");
        assert_close(&entropies(&other, PLUG_IN), &entropies(&joint, PLUG_IN), RTOL, ATOL);
    }

    #[test]
    fn the_directions_of_the_transposed_table_are_exchanged(joint in joint()) {
        let [pair, row, column, column_given_row, row_given_column, mutual] = entropies(&joint, PLUG_IN);
        let expected = [pair, column, row, row_given_column, column_given_row, mutual];
        assert_close(&entropies(&transposed(&joint), PLUG_IN), &expected, RTOL, ATOL);
    }

    #[test]
    fn integer_weights_count_as_repeated_samples_in_any_order(
        samples in prop::collection::vec((0_usize..4, 0_usize..3, 1_usize..4), 1..30),
    ) {
        let rows: Vec<usize> = samples.iter().map(|sample| sample.0).collect();
        let columns: Vec<usize> = samples.iter().map(|sample| sample.1).collect();
        let weights: Vec<f64> = samples.iter().map(|sample| sample.2 as f64).collect();
        let weighted = Joint::of_pairs_within(&rows, &columns, 4, 3, Some(&weights)).expect("a table");

        let repeated = samples.iter().rev().flat_map(|&(row, column, times)| vec![(row, column); times]);
        let (rows, columns): (Vec<usize>, Vec<usize>) = repeated.unzip();
        let counted = Joint::of_pairs_within(&rows, &columns, 4, 3, None).expect("a table");
        assert_close(weighted.values(), counted.values(), RTOL, 0.0);
        // Without the classes that do not occur, the same entropies.
        let compact = Joint::of_pairs(&rows, &columns).expect("a table");
        assert_close(&entropies(&compact, PLUG_IN), &entropies(&counted, PLUG_IN), RTOL, ATOL);
    }

    #[test]
    fn a_plan_is_summed_by_class(
        masses in prop::collection::vec(0.0..1.0_f64, 5 * 4),
        sparse: bool,
    ) {
        let (source, target) = ([0, 1, 2, 1, 0], [1, 0, 1, 1]);
        let moves: Vec<Move> = masses
            .iter()
            .enumerate()
            .map(|(cell, &mass)| Move { source: cell / 4, target: cell % 4, mass })
            .collect();
        let mut expected = [0.0; 6];
        for entry in &moves {
            expected[source[entry.source] * 2 + target[entry.target]] += entry.mass;
        }
        let plan = if sparse {
            Plan::new(5, 4, moves)
        } else {
            Plan::from_dense(ndarray::ArrayView2::from_shape((5, 4), &masses).expect("a matrix"))
        };
        let joint = Joint::of_plan(&plan.expect("a plan"), &labels(&source), &labels(&target)).expect("a table");
        assert_close(joint.values(), &expected, RTOL, 0.0);
        assert_close(&[joint.mass()], &[masses.iter().sum()], RTOL, 0.0);
    }
}

#[test]
fn hard_probabilities_give_the_contingency_table_and_nce() {
    let predicted = [2, 0, 2, 2, 0, 3, 3];
    let truth = [0, 1, 0, 1, 1, 2, 0];
    let one_hot: Vec<f32> = predicted
        .iter()
        .flat_map(|&class| (0..4).map(move |other| f32::from(u8::from(class == other))))
        .collect();
    let tensor = tensor_from_slice(&one_hot, &[7, 4]).expect("a matrix");
    let probabilities = Probabilities::new(tensor).expect("one-hot rows");
    let joint = Joint::of_probabilities(&probabilities, &labels(&truth)).expect("a table");
    let counted = Joint::of_pairs_within(&predicted, &truth, 4, 3, None).expect("a table");
    assert_close(joint.values(), counted.values(), RTOL, 0.0);

    let sample = Sample::new(labels(&truth))
        .with_probabilities(probabilities)
        .expect("a sample");
    let nce = Nce.score(&sample).expect("a score");
    assert_close(
        &[-joint.conditional_entropy(Given::Rows, PLUG_IN)],
        &[nce],
        RTOL,
        0.0,
    );
}

#[test]
fn a_determined_class_has_entropy_zero_to_the_last_bit() {
    let joint = Joint::new(vec![0.1, 0.0, 0.2, 0.0, 0.0, 0.7], 3, 2).expect("a table");
    assert_eq!(
        joint.conditional_entropy(Given::Rows, PLUG_IN).to_bits(),
        0.0_f64.to_bits()
    );
    // One class on a side: nothing is open there, and nothing is said by it.
    let constant = Joint::of_pairs(&[5, 5, 5], &[0, 1, 1]).expect("a table");
    assert_eq!(constant.n_rows(), 1);
    assert_eq!(constant.conditional_entropy(Given::Columns, PLUG_IN), 0.0);
    assert_eq!(
        constant.normalized_conditional_entropy(Given::Columns, PLUG_IN),
        0.0
    );
    assert!(constant.mutual_information(PLUG_IN) < ATOL);
    for given in DIRECTIONS {
        let corrected = constant.conditional_entropy(given, EntropyEstimate::MillerMadow { n_samples: 0 });
        assert_eq!(corrected, constant.conditional_entropy(given, PLUG_IN));
    }
}

#[test]
fn what_is_no_table_is_refused() {
    let shape = |values, rows, columns| Joint::new(values, rows, columns);
    assert!(matches!(shape(vec![], 0, 0), Err(Error::JointShape { .. })));
    assert!(matches!(
        shape(vec![1.0; 3], 2, 2),
        Err(Error::JointShape { entries: 3, .. })
    ));
    assert!(matches!(
        shape(vec![1.0], usize::MAX, 2),
        Err(Error::JointShape { .. })
    ));
    assert!(matches!(shape(vec![0.0; 4], 2, 2), Err(Error::Core(_))));
    assert!(matches!(shape(vec![f64::MAX; 4], 2, 2), Err(Error::Mass { .. })));
    assert!(matches!(shape(vec![1.0, f64::NAN], 1, 2), Err(Error::Core(_))));
    assert!(matches!(shape(vec![1.0, -0.5], 1, 2), Err(Error::Core(_))));

    assert!(matches!(Joint::of_pairs(&[], &[]), Err(Error::Core(_))));
    assert!(matches!(Joint::of_pairs(&[0, 1], &[0]), Err(Error::Core(_))));
    let within = |n_rows, weights: &[f64]| Joint::of_pairs_within(&[0, 3], &[0, 1], n_rows, 2, Some(weights));
    let beyond = within(3, &[1.0, 1.0]).expect_err("class 3 of 3");
    assert_eq!(
        beyond.to_string(),
        "row classes[1] is 3: expected a class index below 3"
    );
    assert!(matches!(within(4, &[1.0]), Err(Error::Core(_))));
    assert!(matches!(within(4, &[0.0, 0.0]), Err(Error::Core(_))));
    assert!(matches!(
        within(usize::MAX, &[1.0, 1.0]),
        Err(Error::JointShape { .. })
    ));

    let plan = Plan::new(2, 3, vec![]).expect("an empty plan");
    let mismatch =
        Joint::of_plan(&plan, &labels(&[0, 1, 1]), &labels(&[0, 1, 1])).expect_err("3 labels of 2");
    assert_eq!(
        mismatch.to_string(),
        "labels has 3 entries and the plan has 2: they must agree"
    );
    assert!(matches!(
        Joint::of_plan(&plan, &labels(&[0, 1]), &labels(&[0, 1, 1])),
        Err(Error::Core(_))
    ));
}
