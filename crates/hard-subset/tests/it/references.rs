//! The draw of source rows: the same bits from any sharding, and what is refused.

use hard_subset::{Activations, Error, ReferenceFit, References};
use proptest::prelude::*;
use tensor_core::convert::array2;
use tensor_core::{Kind, Seed, Tensor, random};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const LAYER: &str = "pool";

fn normal(label: &str, shape: &[i64], kind: Kind) -> Tensor {
    random::normal(&mut Seed::new(5).stream(label, 0), shape, kind).expect("a tensor")
}

fn activations(rows: &Tensor) -> Activations {
    Activations::single(LAYER, rows.shallow_clone()).expect("finite rows")
}

/// A batch of rows, by row number.
fn batch(source: &Tensor, start: usize, end: usize) -> Activations {
    activations(
        &source
            .f_narrow(0, start as i64, (end - start) as i64)
            .expect("rows"),
    )
}

fn bits(references: &References) -> (Vec<u64>, Vec<f64>) {
    let rows = array2::<f64>("rows", &references.layers()[0].1).expect("a matrix");
    (references.rows().to_vec(), rows.into_iter().collect())
}

#[test]
fn a_row_seen_twice_is_refused() -> Outcome {
    let source = normal("source", &[10, 2], Kind::Float);
    let new = || ReferenceFit::new(&[(LAYER, 2)], 1, 3, Seed::new(1));
    let (mut left, mut right) = (new()?, new()?);
    left.observe(0, &batch(&source, 0, 6), &[0; 6])?;
    right.observe(5, &batch(&source, 5, 10), &[0; 5])?;
    let before = bits(&left.finish()?);
    assert!(matches!(left.merge(&right), Err(Error::RepeatedRow { row: 5 })));
    assert!(matches!(
        left.observe(3, &batch(&source, 0, 2), &[0; 2]),
        Err(Error::RepeatedRow { row: 3 })
    ));
    assert_eq!(bits(&left.finish()?), before);

    let overflow = left.observe(u64::MAX, &batch(&source, 0, 2), &[0; 2]);
    assert!(overflow.is_err());
    assert!(matches!(
        left.observe(20, &batch(&source, 0, 2), &[0, 1]),
        Err(Error::ClassOutOfRange { .. })
    ));
    assert!(matches!(new()?.finish(), Err(Error::EmptySource { .. })));
    let other_seed = ReferenceFit::new(&[(LAYER, 2)], 1, 3, Seed::new(2))?;
    assert!(matches!(left.merge(&other_seed), Err(Error::Unmergeable { .. })));
    for refused in [
        ReferenceFit::new(&[], 1, 1, Seed::new(1)),
        ReferenceFit::new(&[("a", 1), ("a", 2)], 1, 1, Seed::new(1)),
        ReferenceFit::new(&[("a", 0)], 1, 1, Seed::new(1)),
        ReferenceFit::new(&[("a", 1)], 0, 1, Seed::new(1)),
        ReferenceFit::new(&[("a", 1)], usize::MAX, 1, Seed::new(1)),
        ReferenceFit::new(&[("a", 1)], 1, 0, Seed::new(1)),
    ] {
        assert!(refused.is_err());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sharding_keeps_the_same_bits(
        seed: u64,
        capacity in 1_usize..8,
        cuts in prop::collection::btree_set(1_usize..60, 0..6),
        order: u64,
    ) {
        let source = normal("maps", &[60, 3, 2, 2], Kind::Float);
        let classes: Vec<usize> = (0..60).map(|row| row * row % 4).collect();
        let new = || ReferenceFit::new(&[(LAYER, 3)], 4, capacity, Seed::new(seed)).expect("parameters");
        let mut whole = new();
        whole.observe(0, &activations(&source), &classes).expect("rows");

        let ends: Vec<usize> = cuts.iter().copied().chain([60]).collect();
        let starts: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).collect();
        let mut shards: Vec<(usize, usize)> = starts.into_iter().zip(ends).collect();
        let n_shards = shards.len();
        shards.rotate_left((order % n_shards as u64) as usize);
        let mut fits = [new(), new()];
        for (index, (start, end)) in shards.into_iter().enumerate() {
            let fit = &mut fits[usize::from(order >> index & 1 == 1)];
            fit.observe(start as u64, &batch(&source, start, end), &classes[start..end]).expect("rows");
        }
        let [mut left, right] = fits;
        left.merge(&right).expect("shards");
        let (expected, actual) = (whole.finish().expect("rows"), left.finish().expect("rows"));
        prop_assert_eq!(bits(&actual), bits(&expected));

        for class in 0..4 {
            let of = classes.iter().filter(|&&of| of == class).count();
            let kept = actual.rows().iter().filter(|&&row| classes[row as usize] == class).count();
            prop_assert_eq!(kept, of.min(capacity));
        }
        prop_assert!(actual.rows().is_sorted());
    }

    #[test]
    fn room_for_all_keeps_all(n in 1_i64..20, is_single: bool) {
        let kind = if is_single { Kind::Float } else { Kind::Double };
        let source = normal("source", &[n, 4], kind);
        let mut fit = ReferenceFit::new(&[(LAYER, 4)], 1, 20, Seed::new(3)).expect("parameters");
        fit.observe(0, &activations(&source), &vec![0; n as usize]).expect("rows");
        let (kept, all) = (fit.finish().expect("rows"), References::all(&activations(&source)).expect("rows"));
        prop_assert_eq!(bits(&kept), bits(&all));
        prop_assert_eq!(kept.layers()[0].1.kind(), kind);
    }
}
