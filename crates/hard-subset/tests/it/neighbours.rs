//! Disagreement of the nearest other target samples: golden values, ties and the definition.

use golden::Golden;
use hard_subset::{Hardness, Kernel, NeighbourDisagreement};
use proptest::prelude::*;
use tensor_core::convert::{array2, tensor_from_slice};
use tensor_core::{Kind, Seed, Tensor, random};
use transferability_metrics::{Features, Labels};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const RBF: Kernel = Kernel::Rbf { bandwidth: 1.5 };

fn normal(label: &str, shape: &[i64], kind: Kind) -> Tensor {
    random::normal(&mut Seed::new(5).stream(label, 0), shape, kind).expect("a tensor")
}

#[test]
fn disagreement_is_that_of_scikit_learn() -> Outcome {
    let golden = Golden::load("tests/golden/nearest.json")?;
    let (shape, values) = golden.array("target")?;
    let features = Features::new(tensor_from_slice(&values, &[shape[0] as i64, shape[1] as i64])?)?;
    let labels = Labels::new(&golden.integers("labels")?)?;
    for (name, kernel) in [
        ("euclidean", Kernel::Euclidean),
        ("cosine", Kernel::Cosine),
        // So narrow that all similarities underflow: the order of the distances still counts.
        ("euclidean", Kernel::Rbf { bandwidth: 1e-3 }),
    ] {
        let hardness = NeighbourDisagreement { k: 4, kernel }.hardness(&features, &labels)?;
        golden.assert_array(&format!("neighbours.{name}"), hardness.combined.values());
    }
    Ok(())
}

#[test]
fn neighbours_that_tie_stand_in_their_order() -> Outcome {
    // 300 copies of one row: the nearest of each are the first of the others, whatever the products round to.
    let n_samples = 300;
    let row = normal("row", &[1, 37], Kind::Float);
    let labels: Vec<i64> = (0..n_samples).map(|row| i64::from(row < 2)).collect();
    let features = Features::new(row.f_repeat([n_samples, 1])?)?;
    for kernel in [Kernel::Cosine, Kernel::Euclidean, RBF] {
        let disagreement = NeighbourDisagreement { k: 3, kernel };
        let hardness = disagreement.hardness(&features, &Labels::new(&labels)?)?.combined;
        // Row 0 has neighbours 1, 2, 3; row 1 has 0, 2, 3; row 2 has 0, 1, 3; all others 0, 1, 2.
        assert_eq!(hardness.values()[..2], [2.0 / 3.0; 2]);
        assert!(hardness.values()[2..].iter().all(|&eta| eta == 2.0 / 3.0));
    }
    // Two copies of each of 50 rows: the nearest other is the copy.
    let pairs = normal("pairs", &[50, 37], Kind::Float).f_repeat([2, 1])?;
    let labels: Vec<i64> = (0..100)
        .map(|row| (row % 50) % 7 + 7 * i64::from(row == 99))
        .collect();
    let disagreement = NeighbourDisagreement {
        k: 1,
        kernel: Kernel::Euclidean,
    };
    let hardness = disagreement
        .hardness(&Features::new(pairs)?, &Labels::new(&labels)?)?
        .combined;
    let expected: Vec<f64> = (0..100).map(|row| f64::from(u8::from(row % 50 == 49))).collect();
    assert_eq!(hardness, Hardness::new(expected)?);
    Ok(())
}

#[test]
fn parameters_out_of_range_are_refused() -> Outcome {
    let features = Features::new(normal("rows", &[4, 3], Kind::Double))?;
    let labels = Labels::new(&[0, 1, 0, 1])?;
    let disagreement = |k, kernel| NeighbourDisagreement { k, kernel }.hardness(&features, &labels);
    for k in [0, 4, usize::MAX] {
        assert!(disagreement(k, Kernel::Cosine).is_err());
    }
    for bandwidth in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(disagreement(1, Kernel::Rbf { bandwidth }).is_err());
    }
    let three = Labels::new(&[0, 1, 0])?;
    let nearest = NeighbourDisagreement {
        k: 1,
        kernel: Kernel::Cosine,
    };
    assert!(nearest.hardness(&features, &three).is_err());
    let from_json = serde_json::from_str::<NeighbourDisagreement>;
    assert_eq!(from_json(r#"{"k": 1, "kernel": "cosine"}"#)?, nearest);
    assert!(from_json(r#"{"k": 1, "kernel": "cosine", "ties": 1}"#).is_err());
    Ok(())
}

proptest! {
#![proptest_config(ProptestConfig::with_cases(48))]

#[test]
fn disagreement_is_that_of_the_definition(
    n in 3_usize..60, c in 1_i64..8, k in 1_usize..10, steps in 1_i64..6, rbf: bool,
) {
    let k = k.min(n - 1);
    // A coarse grid, so that there are copies and ties.
    let grid = normal("grid", &[n as i64, c], Kind::Double).f_mul_scalar(steps as f64).and_then(|rows| rows.f_round());
    let grid = grid.expect("rows");
    let classes: Vec<i64> = (0..n as i64).map(|row| row * row % 3).collect();
    let rows = array2::<f64>("rows", &grid).expect("a matrix");
    let (features, labels) = (Features::new(grid).expect("rows"), Labels::new(&classes).expect("labels"));
    for kernel in [Kernel::Cosine, if rbf { Kernel::Rbf { bandwidth: 2.0 } } else { Kernel::Euclidean }] {
        let hardness = NeighbourDisagreement { k, kernel }.hardness(&features, &labels).expect("hardness");
        let ranking = if kernel == Kernel::Cosine { kernel } else { Kernel::Euclidean };
        for row in 0..n {
            let similarity = |other: usize| {
                ranking.similarity(&rows.row(row).to_vec(), &rows.row(other).to_vec()).expect("rows")
            };
            let mut others: Vec<usize> = (0..n).filter(|&other| other != row).collect();
            others.sort_by(|&left, &right| similarity(right).total_cmp(&similarity(left)));
            let n_others = others[..k].iter().filter(|&&other| classes[other] != classes[row]).count();
            prop_assert_eq!(hardness.combined.values()[row], n_others as f64 / k as f64);
        }
    }
}}
