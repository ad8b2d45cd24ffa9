//! libtorch and OpenBLAS in one process.
//!
//! libtorch carries a BLAS and a LAPACK of its own and exports them under the global Fortran names (`dgemm_`, …).
//! Whichever library is loaded first answers to those names for the whole process, so libtorch must come first: its
//! own calls then stay at home. Loaded after OpenBLAS, its calls land there, which is known to crash. The order is
//! the linker's and nobody promises it; this test is what holds it.

#![allow(
    unsafe_code,
    reason = "the list of loaded libraries is only had through a C callback"
)]

// Chooses the BLAS behind ndarray-linalg; named nowhere else in the code, so it must be named here to be linked.
extern crate openblas_src;

use ndarray::{Array1, Array2, ArrayD, Ix1, Ix2};
use ndarray_linalg::{Eigh, UPLO};
use tensor_core::{convert, linalg};

/// Side of the matrices: beyond the block sizes of both libraries, so that their blocked code runs.
const SIDE: usize = 300;

/// Relative to the greatest eigenvalue. Both solvers are backward stable: the error is a small multiple of
/// `SIDE` * 2.2e-16 = 7e-14.
const EIGENVALUE_RTOL: f64 = 1e-12;

#[cfg(target_os = "linux")]
#[test]
fn libtorch_is_loaded_before_openblas() {
    // Something of both, so that neither is dropped as unused.
    let (matrix, _) = symmetric_matrix();
    ndarray_eigenvalues(&matrix);
    libtorch_eigenvalues(&matrix);

    let objects = loaded_objects::in_load_order();
    let positions =
        ["libtorch_cpu", "libopenblas"].map(|library| objects.iter().position(|path| path.contains(library)));
    assert!(
        matches!(positions, [Some(libtorch), Some(openblas)] if libtorch < openblas),
        "expected libtorch_cpu, then libopenblas, among {objects:#?}"
    );
}

#[test]
fn both_libraries_find_the_eigenvalues() {
    let (matrix, expected) = symmetric_matrix();
    for (library, actual) in [
        ("OpenBLAS", ndarray_eigenvalues(&matrix)),
        ("libtorch", libtorch_eigenvalues(&matrix)),
    ] {
        let scale = expected[SIDE - 1];
        for (index, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
            let difference = (actual - expected).abs();
            assert!(
                difference <= EIGENVALUE_RTOL * scale,
                "{library}: eigenvalue {index} is {actual}, expected {expected}, {difference:e} apart"
            );
        }
    }
}

/// Small integers multiply and add without rounding, in any order: both products are exact.
#[test]
fn both_libraries_multiply_exactly() {
    let a = Array2::from_shape_fn((SIDE, SIDE), |(row, column)| {
        ((3 * row + 5 * column) % 17) as f64 - 8.0
    });
    let b = Array2::from_shape_fn((SIDE, SIDE), |(row, column)| {
        ((7 * row + 2 * column) % 13) as f64 - 6.0
    });
    let expected = Array2::from_shape_fn((SIDE, SIDE), |(row, column)| {
        (0..SIDE)
            .map(|inner| a[(row, inner)] * b[(inner, column)])
            .sum::<f64>()
    });

    assert_eq!(a.dot(&b), expected, "OpenBLAS");

    let tensors =
        [&a, &b].map(|matrix| convert::tensor_from_array(matrix.view()).expect("any layout converts"));
    let product = tensors[0]
        .f_matmul(&tensors[1])
        .expect("the inner dimensions agree");
    assert_eq!(
        matrix_of(convert::array_from_tensor("product", &product).expect("f64 stays f64")),
        expected,
        "libtorch"
    );
}

/// A dense symmetric matrix and its eigenvalues 1, 2, …, `SIDE`.
///
/// ```text
/// A = H diag(1, …, n) H,   H = I - 2 v v^T / v^T v   (orthogonal and its own inverse)
/// ```
fn symmetric_matrix() -> (Array2<f64>, Array1<f64>) {
    let eigenvalues = Array1::from_shape_fn(SIDE, |index| (index + 1) as f64);
    let v = Array1::from_shape_fn(SIDE, |index| 1.0 + (index % 7) as f64);
    let norm_squared: f64 = v.iter().map(|x| x * x).sum();
    let householder = Array2::from_shape_fn((SIDE, SIDE), |(row, column)| {
        f64::from(u8::from(row == column)) - 2.0 * v[row] * v[column] / norm_squared
    });
    let matrix = Array2::from_shape_fn((SIDE, SIDE), |(row, column)| {
        (0..SIDE)
            .map(|k| householder[(row, k)] * eigenvalues[k] * householder[(k, column)])
            .sum::<f64>()
    });
    (matrix, eigenvalues)
}

/// In increasing order, by OpenBLAS's LAPACK.
fn ndarray_eigenvalues(matrix: &Array2<f64>) -> Array1<f64> {
    matrix
        .eigh(UPLO::Lower)
        .expect("a symmetric matrix has eigenvalues")
        .0
}

/// In increasing order, by libtorch's LAPACK.
fn libtorch_eigenvalues(matrix: &Array2<f64>) -> Array1<f64> {
    let tensor = convert::tensor_from_array(matrix.view()).expect("any layout converts");
    let eigenvalues = linalg::eigh(&tensor)
        .expect("a symmetric matrix has eigenvalues")
        .values;
    let eigenvalues: ArrayD<f64> =
        convert::array_from_tensor("eigenvalues", &eigenvalues).expect("f64 stays f64");
    eigenvalues
        .into_dimensionality::<Ix1>()
        .expect("eigenvalues are a vector")
}

fn matrix_of(array: ArrayD<f64>) -> Array2<f64> {
    array
        .into_dimensionality::<Ix2>()
        .expect("a product of matrices is a matrix")
}

#[cfg(target_os = "linux")]
mod loaded_objects {
    use std::ffi::{CStr, c_int, c_void};

    /// Paths of the program and its libraries in the order in which the loader searches them.
    ///
    /// `/proc/self/maps` would not do: it is sorted by address.
    pub(crate) fn in_load_order() -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        // SAFETY: `record` gets back the pointer given here, which is valid and not used elsewhere until the call
        // returns.
        unsafe { libc::dl_iterate_phdr(Some(record), (&raw mut paths).cast()) };
        paths
    }

    unsafe extern "C" fn record(object: *mut libc::dl_phdr_info, _size: usize, paths: *mut c_void) -> c_int {
        // SAFETY: the loader passes a valid object whose name ends in a zero byte, and the pointer `in_load_order`
        // gave it.
        let (name, paths) = unsafe {
            (
                CStr::from_ptr((*object).dlpi_name),
                &mut *paths.cast::<Vec<String>>(),
            )
        };
        paths.push(name.to_string_lossy().into_owned());
        0
    }
}
