//! Layouts, kinds and values across the boundary.

use ndarray::{Array, Slice};
use proptest::prelude::*;

use super::*;

/// How a contiguous array is turned into a view with strides of its own.
#[derive(Debug, Clone)]
struct View {
    shape: Vec<usize>,
    /// Rotates the axes by this many places.
    rotation: usize,
    /// One step an axis; a negative one reverses the axis.
    steps: Vec<isize>,
    /// Repeats the view along a new first axis of this length, with stride 0.
    broadcast: Option<usize>,
}

fn view() -> impl Strategy<Value = View> {
    (0..5_usize).prop_flat_map(|ndim| {
        (
            prop::collection::vec(0..5_usize, ndim),
            0..ndim.max(1),
            prop::collection::vec(prop_oneof![Just(-2), Just(-1), Just(1), Just(2), Just(3)], ndim),
            prop::option::of(0..3_usize),
        )
            .prop_map(|(shape, rotation, steps, broadcast)| View {
                shape,
                rotation,
                steps,
                broadcast,
            })
    })
}

/// Checks that the view `view` of an array filled by `value` survives the way to a tensor and back, and that the
/// same view made of the tensor reads as the array's view does.
fn round_trip<T: Element + PartialEq + std::fmt::Debug>(view: &View, value: impl Fn(u64) -> T) {
    let mut counter = 0;
    let array = Array::from_shape_simple_fn(IxDyn(&view.shape), || {
        counter += 1;
        value(counter)
    });
    let ndim = view.shape.len();
    let axes: Vec<usize> = (0..ndim).map(|axis| (axis + view.rotation) % ndim).collect();
    let mut arrays = array.view().permuted_axes(axes.clone());
    for (axis, &step) in view.steps.iter().enumerate() {
        arrays.slice_axis_inplace(Axis(axis), Slice::new(0, None, step));
    }
    let broadcast_shape: Vec<usize> = view
        .broadcast
        .into_iter()
        .chain(arrays.shape().iter().copied())
        .collect();
    let arrays = arrays.broadcast(IxDyn(&broadcast_shape)).expect("a longer shape");

    let tensor = tensor_from_array(arrays.view()).expect("an array");
    assert_eq!(tensor.kind(), T::KIND);
    assert!(tensor.is_contiguous());
    assert_eq!(
        array_from_tensor::<T>("x", &tensor).expect("its own kind"),
        arrays
    );

    // Tensors have no negative strides: reverse the array's view instead.
    let axes: Vec<i64> = axes.into_iter().map(|axis| axis as i64).collect();
    let mut tensors = tensor_from_array(array.view()).expect("an array").permute(axes);
    for (axis, &step) in view.steps.iter().enumerate() {
        if step < 0 {
            tensors = tensors.flip([axis as i64]);
        }
        tensors = tensors.slice(axis as i64, 0, None, step.unsigned_abs() as i64);
    }
    let broadcast_shape: Vec<i64> = broadcast_shape.into_iter().map(|length| length as i64).collect();
    let tensors = tensors.expand(broadcast_shape, false);
    assert_eq!(
        array_from_tensor::<T>("x", &tensors).expect("its own kind"),
        arrays
    );
}

proptest! {
    #[test]
    fn views_survive_both_ways(view in view(), offset: u64) {
        // Bit patterns of all sorts; a NaN would not equal itself.
        round_trip(&view, |i| (offset.wrapping_mul(i) as i64) as f64 / 3.0);
        round_trip(&view, |i| (offset.wrapping_mul(i) as i64) as f32 / 3.0);
        round_trip(&view, |i| offset.wrapping_mul(i) as i64);
        round_trip(&view, |i| offset.wrapping_mul(i) as i32);
        round_trip(&view, |i| offset.wrapping_mul(i) as u8);
    }

    #[test]
    fn bits_survive(bits in prop::collection::vec(any::<u64>(), 0..10)) {
        let values: Vec<f64> = bits.iter().copied().map(f64::from_bits).collect();
        let tensor = tensor_from_slice(&values, &[values.len() as i64]).expect("a vector");
        let back: Vec<u64> = vector::<f64>("x", &tensor).expect("f64").into_iter().map(f64::to_bits).collect();
        prop_assert_eq!(back, bits);
    }

    #[test]
    fn int64_is_read_as_f64_where_nothing_is_lost(value: i64, shift in 0..64_u32) {
        // Shifted to the right: integers of every magnitude.
        for value in [value, value >> shift, value << shift] {
            let read = vector::<f64>("x", &Tensor::from_slice(&[0, value]));
            // i128 holds every f64 of this size: the comparison is exact.
            if value as f64 as i128 == i128::from(value) {
                prop_assert_eq!(read.expect("an exact integer"), [0.0, value as f64]);
            } else {
                let error = read.expect_err("an integer between two floats").to_string();
                prop_assert_eq!(error, format!("x[1] is {value}: converting int64 to float64 would lose it"));
            }
        }
    }

    #[test]
    fn f32_widens_exactly(bits: u32) {
        let value = f32::from_bits(bits);
        let wide = vector::<f64>("x", &Tensor::from_slice(&[value])).expect("f32 widens")[0];
        prop_assert!(wide == f64::from(value) || wide.is_nan() && value.is_nan());
    }
}

#[test]
fn the_ends_of_int64_are_told_apart() {
    for (value, exact) in [
        (i64::MIN, true),
        (i64::MIN + 1, false),
        (i64::MAX, false),
        (1 << 62, true),
        ((1 << 53) + 1, false),
        (-(1 << 53) - 1, false),
        (1 << 53, true),
        ((1 << 53) - 1, true),
        (0, true),
        (-1, true),
    ] {
        assert_eq!(is_exact(value), exact, "{value}");
    }
}

#[test]
fn arrays_larger_than_a_block_are_whole() {
    let array = Array::from_shape_fn((1000, 300), |(row, column)| (row * 300 + column) as f64);
    let tensor = tensor_from_array(array.t()).expect("an array");
    assert_eq!(tensor.size(), [300, 1000]);
    assert_eq!(array2::<f64>("x", &tensor).expect("f64"), array.t());
    assert_eq!(array2::<f64>("x", &tensor.tr()).expect("f64"), array);
    // One row longer than a block.
    let row = tensor.reshape([1, -1]);
    assert_eq!(
        array2::<f64>("x", &row).expect("f64").row(0).to_vec(),
        array.t().iter().copied().collect::<Vec<_>>()
    );

    let integers = tensor.tr().to_kind(Kind::Int64);
    assert_eq!(array2::<f64>("x", &integers).expect("small integers"), array);
    let _ = integers.get(999).get(299).fill_(i64::MAX);
    let error = array2::<f64>("x", &integers).expect_err("an integer between two floats");
    assert!(matches!(error, Error::Lossy { index: 299_999, .. }), "{error}");
}

#[test]
fn numbers_and_empty_arrays_keep_their_shapes() {
    let number = tensor_from_array(ndarray::arr0(2.5).view()).expect("a number");
    assert_eq!(number.size(), [0_i64; 0]);
    assert_eq!(
        array_from_tensor::<f64>("x", &number).expect("f64"),
        ndarray::arr0(2.5).into_dyn()
    );

    let empty = tensor_from_array(Array2::<f32>::zeros((0, 3)).view()).expect("an empty array");
    assert_eq!(empty.size(), [0, 3]);
    assert_eq!(array2::<f32>("x", &empty).expect("f32").dim(), (0, 3));
    assert_eq!(array2::<f32>("x", &empty.tr()).expect("f32").dim(), (3, 0));
}

#[test]
fn a_view_that_no_memory_can_hold_is_refused() {
    let view = Tensor::from(1.0).expand([1_i64 << 61], false);
    let error = vector::<f64>("x", &view).expect_err("2^64 bytes");
    assert!(
        matches!(error, Error::Shape { ref got, .. } if got == &[1 << 61]),
        "{error}"
    );
}

#[test]
fn tensors_in_a_gradient_graph_are_read() {
    let x = Tensor::from_slice(&[1.0, 2.0]).set_requires_grad(true);
    assert_eq!(vector::<f64>("x", &(&x * 3.0)).expect("f64"), [3.0, 6.0]);
}

#[test]
fn lazily_negated_tensors_are_read_with_their_sign() {
    let z = Tensor::complex(&Tensor::from_slice(&[1.0]), &Tensor::from_slice(&[2.0]));
    assert_eq!(vector::<f64>("x", &z.conj().imag()).expect("f64"), [-2.0]);
}

#[test]
fn every_kind_a_type_reads_keeps_its_values() {
    fn read<T: Element + PartialEq + std::fmt::Debug>(zero_one: [T; 2]) {
        for &kind in T::READS {
            let tensor = Tensor::from_slice(&[0_u8, 1]).to_kind(kind);
            assert_eq!(
                vector::<T>("x", &tensor).expect("a kind it reads"),
                zero_one,
                "{kind:?}"
            );
        }
    }
    read([0.0_f32, 1.0]);
    read([0.0_f64, 1.0]);
    read([0_i64, 1]);
    read([0_i32, 1]);
    read([0_u8, 1]);
}

#[test]
fn kinds_that_do_not_fit_are_refused() {
    fn refuse<T: Element>(kinds: &[Kind]) {
        for &kind in kinds {
            // Zeros would fit; the kind decides.
            let tensor = Tensor::zeros([1], (kind, Device::Cpu));
            let error = vector::<T>("x", &tensor)
                .map(drop)
                .expect_err("a kind that does not fit");
            assert!(matches!(error, Error::Kind { got, .. } if got == kind), "{error}");
        }
    }
    refuse::<f32>(&[Kind::Double, Kind::Int64, Kind::Int, Kind::ComplexFloat]);
    refuse::<f64>(&[Kind::ComplexFloat, Kind::ComplexDouble]);
    refuse::<i64>(&[Kind::Float, Kind::Double, Kind::Half]);
    refuse::<i32>(&[Kind::Int64, Kind::Float]);
    refuse::<u8>(&[Kind::Int8, Kind::Int64, Kind::Float]);
}

#[test]
fn shapes_are_checked() {
    for shape in [&[2, 2][..], &[-3], &[-1, -3], &[], &[i64::MAX, i64::MAX, 4]] {
        let error = tensor_from_slice(&[1.0, 2.0, 3.0], shape).expect_err("a shape that does not fit");
        assert!(
            matches!(error, Error::Shape { ref got, .. } if got == shape),
            "{error}"
        );
    }
    assert_eq!(
        tensor_from_slice::<f64>(&[], &[0, 4]).expect("no values").size(),
        [0, 4]
    );

    let matrix = Tensor::from_slice(&[1.0, 2.0]).reshape([1, 2]);
    assert!(matches!(vector::<f64>("x", &matrix), Err(Error::Shape { .. })));
    assert!(matches!(
        array2::<f64>("x", &matrix.squeeze()),
        Err(Error::Shape { .. })
    ));
}
