//! Gram matrices, at half the cost of a full product.

use tch::{Kind, Tensor};

use super::input_of;
use crate::{Error, Result, check, kind};

/// Order of the diagonal blocks that are multiplied whole, and the unit of all block lengths.
///
/// Measured with one thread at 10 000 x 2048: 48 and 96 are equally fast, 192 is 4 % slower. Lengths that are no multiple
/// of 48 leave the product's kernel a ragged edge: panels of 160, 208, 256 or 320 columns took a third longer than those
/// of 192.
const BLOCK: usize = 96;

/// Rows of the input that are widened and multiplied at a time: a block of `f32` features costs `8 ROW_BLOCK d` bytes
/// beside the result, and the result is read and written once a block.
const ROW_BLOCK: usize = 1024;

/// Order of the tiles that are mirrored at a time: two of them take 64 KiB.
const TILE: usize = 64;

/// The Gram matrix of the columns of `F`.
///
/// ```text
/// G = F^T F,   g_ij = sum_k f_ki f_kj
/// ```
///
/// Products and sums are formed in `f64`. `f32` features are widened in blocks of 1024 rows and give the result that
/// the same features would give as `f64`.
///
/// For the Gram matrix of the rows, `F F^T`, pass `F` transposed.
///
/// # Shapes
///
/// `features`: (n, d), `f32` or `f64`. Result: (d, d), `f64`, symmetric to the last bit; zero if n is 0.
///
/// # Errors
///
/// [`Error::Kind`](crate::Error::Kind) unless `f32` or `f64`, [`Error::Shape`](crate::Error::Shape) unless a matrix,
/// [`Error::NonFinite`](crate::Error::NonFinite) with the index of the first NaN or infinity, or, if the features are
/// finite, with the diagonal entry of the result that overflows.
///
/// # Complexity
///
/// O(n d²): n d (d + 96) operations, against 2 n d² of the full product, as only the blocks on and below the diagonal
/// are multiplied. Measured with one thread at n = 10 000, d = 2048: 0.54 times the time of the full `f64` product.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let features = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0]).reshape([2, 2]);
/// let gram = linalg::gram(&features)?;
/// assert_eq!(gram, Tensor::from_slice(&[10.0, 14.0, 14.0, 20.0]).reshape([2, 2]));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn gram(features: &Tensor) -> Result<Tensor> {
    row_blocks("gram", features, |block, _| Ok((block.shallow_clone(), block)))
}

/// The Gram matrix of the columns of `F` with weighted rows.
///
/// ```text
/// G = F^T diag(w) F,   g_ij = sum_k w_k f_ki f_kj
/// ```
///
/// Weights of any sign are taken. With the rows of `F` the eigenvectors of a symmetric matrix and `w_k = h(eigenvalue
/// k)`, the result is the matrix function h.
///
/// # Shapes
///
/// `features`: (n, d), `f32` or `f64`. `weights`: n. Result: (d, d), `f64`, symmetric to the last bit.
///
/// # Errors
///
/// [`Error::Length`](crate::Error::Length) unless there is one weight a row, [`Error::NonFinite`](crate::Error::NonFinite)
/// for a weight, or for an entry of the result that overflows; otherwise as [`gram`].
///
/// # Complexity
///
/// As [`gram`], and n d operations for the weights.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let features = Tensor::from_slice(&[1.0, 2.0, 3.0, 4.0]).reshape([2, 2]);
/// let gram = linalg::weighted_gram(&features, &[2.0, -1.0])?;
/// assert_eq!(gram, Tensor::from_slice(&[-7.0, -8.0, -8.0, -8.0]).reshape([2, 2]));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn weighted_gram(features: &Tensor, weights: &[f64]) -> Result<Tensor> {
    let op = "weighted_gram";
    let (n_samples, _) = check::matrix(&input_of(op), features)?;
    check::same_length(&input_of(op), n_samples, "weights", weights.len())?;
    let weights = Tensor::f_from_slice(weights)?;
    check::finite("weights", &weights)?;
    let weights = weights.f_unsqueeze(1)?.f_to_device(features.device())?;
    let gram = row_blocks(op, features, |block, start| {
        Ok((block.f_mul(&weights.f_narrow(0, start, block.size()[0])?)?, block))
    })?;
    // Weights of both signs may cancel on the diagonal and overflow beside it.
    check::finite(&format!("result of {op}"), &gram)?;
    Ok(gram)
}

/// The scatter matrix of the rows of `F` about a point `c`, usually their mean.
///
/// ```text
/// S = (F - 1 c^T)^T (F - 1 c^T),   s_ij = sum_k (f_ki - c_i) (f_kj - c_j)
/// ```
///
/// The point is subtracted before the products are formed, so that a common offset costs no digits, and block by block,
/// so that the differences are never held as a whole.
///
/// # Shapes
///
/// `features`: (n, d), `f32` or `f64`. `point`: (d), `f64`. Result: (d, d), `f64`, symmetric to the last bit.
///
/// # Errors
///
/// [`Error::Kind`](crate::Error::Kind) and [`Error::Shape`](crate::Error::Shape) for a point that is not `d` numbers in
/// `f64`, [`Error::NonFinite`](crate::Error::NonFinite) for a coordinate; otherwise as [`gram`].
///
/// # Complexity
///
/// As [`gram`], and n d operations for the differences.
///
/// # Examples
///
/// ```
/// use tensor_core::{Tensor, linalg};
///
/// let features = Tensor::from_slice(&[1.0, 2.0, 3.0, 6.0]).reshape([2, 2]);
/// let scatter = linalg::scatter(&features, &Tensor::from_slice(&[2.0, 4.0]))?;
/// assert_eq!(scatter, Tensor::from_slice(&[2.0, 4.0, 4.0, 8.0]).reshape([2, 2]));
/// # Ok::<(), tensor_core::Error>(())
/// ```
pub fn scatter(features: &Tensor, point: &Tensor) -> Result<Tensor> {
    let op = "scatter";
    let (_, n_features) = check::matrix(&input_of(op), features)?;
    let what = "point of scatter";
    kind::require(what, point, &[Kind::Double])?;
    if point.size() != [n_features as i64] {
        return Err(Error::Shape {
            what: what.to_owned(),
            expected: format!("({n_features}), one coordinate a feature"),
            got: point.size(),
        });
    }
    check::finite(what, point)?;
    let point = point.f_detach()?;
    row_blocks(op, features, |block, _| {
        let differences = block.f_sub(&point)?;
        Ok((differences.shallow_clone(), differences))
    })
}

/// Sums `L^T R` over the row blocks of the features. `factors` makes `L` and `R` of a block and the index of its first
/// row; their product must be symmetric.
fn row_blocks(
    op: &str,
    features: &Tensor,
    factors: impl Fn(Tensor, i64) -> Result<(Tensor, Tensor)>,
) -> Result<Tensor> {
    let what = input_of(op);
    kind::require(&what, features, kind::FLOATS)?;
    let (n_samples, n_features) = check::matrix(&what, features)?;
    let features = features.f_detach()?;
    let shape = [n_features as i64, n_features as i64];
    let gram = Tensor::f_zeros(shape, (Kind::Double, features.device()))?;
    for start in (0..n_samples).step_by(ROW_BLOCK) {
        let n_rows = ROW_BLOCK.min(n_samples - start);
        let block = features
            .f_narrow(0, start as i64, n_rows as i64)?
            .f_to_kind(Kind::Double)?;
        let (left, right) = factors(block, start as i64)?;
        add_lower_product(&gram, &left, &right)?;
    }
    // A NaN or an infinity in a column reaches the column's diagonal entry, so the d entries tell what a pass over the
    // n d features would.
    check::finite(&format!("diagonal of {op}"), &gram.f_diagonal(0, 0, 1)?).or_else(|overflow| {
        check::finite(&what, &features)?;
        Err(overflow)
    })?;
    mirror_lower(&gram)?;
    Ok(gram)
}

/// Adds to `gram` the blocks of `left^T right` on and below the diagonal: those of the two halves of the columns, and
/// the square between them in one product.
fn add_lower_product(gram: &Tensor, left: &Tensor, right: &Tensor) -> Result<()> {
    let width = right.size()[1] as usize;
    if width <= BLOCK {
        return add_product(gram, left, right);
    }
    let split = width.div_ceil(2).next_multiple_of(BLOCK) as i64;
    let rest = width as i64 - split;
    let (left_head, left_rest) = (left.f_narrow(1, 0, split)?, left.f_narrow(1, split, rest)?);
    let (right_head, right_rest) = (right.f_narrow(1, 0, split)?, right.f_narrow(1, split, rest)?);
    let (top, bottom) = (gram.f_narrow(0, 0, split)?, gram.f_narrow(0, split, rest)?);
    add_lower_product(&top.f_narrow(1, 0, split)?, &left_head, &right_head)?;
    add_product(&bottom.f_narrow(1, 0, split)?, &left_rest, &right_head)?;
    add_lower_product(&bottom.f_narrow(1, split, rest)?, &left_rest, &right_rest)
}

/// Adds `left^T right` to `target`, in place.
fn add_product(target: &Tensor, left: &Tensor, right: &Tensor) -> Result<()> {
    let _ = target.shallow_clone().f_addmm_(&left.f_tr()?, right)?;
    Ok(())
}

/// Makes a matrix symmetric: its upper triangle becomes the mirror image of its lower one.
///
/// In tiles that fit into cache: seven times as fast at order 2048 as adding the transpose of one triangle to the other.
fn mirror_lower(a: &Tensor) -> Result<()> {
    let order = a.size()[0];
    for start in (0..order).step_by(TILE) {
        let length = (TILE as i64).min(order - start);
        let (rows, columns) = (a.f_narrow(0, start, length)?, a.f_narrow(1, start, length)?);
        let mut diagonal = rows.f_narrow(1, start, length)?;
        let above = diagonal.f_tril(-1)?.f_tr()?;
        let _ = diagonal.f_tril_(0)?.f_add_(&above)?;
        for below in (start + length..order).step_by(TILE) {
            let height = (TILE as i64).min(order - below);
            rows.f_narrow(1, below, height)?
                .f_copy_(&columns.f_narrow(0, below, height)?.f_tr()?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tch::Device;

    use super::super::random_matrices::{dense, distance, integers};
    use super::*;

    /// Sums of n products of normal entries are off by at most n epsilon of the diagonal; n is 2500 here at most.
    const RTOL: f64 = 1e-12;

    #[test]
    fn shapes_on_either_side_of_the_block_sizes_agree_with_the_full_product() {
        for n_samples in [1, 1023, 1024, 1025, 2500] {
            for n_features in [1, 96, 97, 192, 193, 385] {
                let features = dense(n_samples, n_features, 1);
                let gram = gram(&features).expect("a matrix");
                assert!(
                    distance(&gram, &features.tr().matmul(&features)) < RTOL,
                    "{n_samples} x {n_features}"
                );
                assert_eq!(gram, gram.tr(), "{n_samples} x {n_features}");
            }
        }
    }

    #[test]
    fn single_precision_gives_what_its_values_give_in_double_precision() {
        let features = dense(1500, 200, 1).to_kind(Kind::Float);
        let wide = gram(&features.to_kind(Kind::Double)).expect("a matrix");
        assert_eq!(gram(&features).expect("a matrix"), wide);
        // What accumulating in f32 would have lost.
        let narrow = features.tr().matmul(&features).to_kind(Kind::Double);
        assert!(distance(&narrow, &wide) > RTOL);
    }

    #[test]
    fn no_rows_give_zeros() {
        let empty = Tensor::zeros([0, 3], (Kind::Double, Device::Cpu));
        let zeros = Tensor::zeros([3, 3], (Kind::Double, Device::Cpu));
        assert_eq!(gram(&empty).expect("no rows"), zeros);
        assert_eq!(weighted_gram(&empty, &[]).expect("no rows"), zeros);
        assert_eq!(gram(&empty.tr()).expect("no columns").size(), [0, 0]);
    }

    #[test]
    fn what_is_not_finite_is_named() {
        let features = dense(1030, 200, 1);
        let _ = features.get(1029).get(199).fill_(f64::NEG_INFINITY);
        let error = gram(&features).expect_err("an infinity");
        assert_eq!(
            error.to_string(),
            "input of gram[1029, 199] is -inf: expected a finite number"
        );
        // A weight of zero does not hide it.
        let error = weighted_gram(&features, &[0.0; 1030]).expect_err("an infinity");
        assert!(
            matches!(error, Error::NonFinite { ref index, .. } if index == &[1029, 199]),
            "{error}"
        );

        let large = Tensor::from_slice(&[1.0, 1e200]).reshape([1, 2]);
        let error = gram(&large).expect_err("an overflow");
        assert_eq!(
            error.to_string(),
            "diagonal of gram[1] is inf: expected a finite number"
        );
    }

    #[test]
    fn an_overflow_beside_a_diagonal_that_cancels_is_named() {
        let features = Tensor::from_slice(&[1.0, 1.0, 1.0, -1.0]).reshape([2, 2]) * 1e154;
        // Of the diagonal, 1e308 - 1e308; beside it, 1e308 + 1e308.
        let error = weighted_gram(&features, &[1.0, -1.0]).expect_err("an overflow");
        assert_eq!(
            error.to_string(),
            "result of weighted_gram[0, 1] is inf: expected a finite number"
        );
    }

    #[test]
    fn the_point_of_a_scatter_is_checked() {
        let features = dense(3, 2, 1);
        let scattered = |point: &[f64]| scatter(&features, &Tensor::from_slice(point)).map(|_| ());
        let error = scattered(&[1.0]).expect_err("a coordinate too few");
        assert!(
            matches!(error, Error::Shape { ref got, .. } if got == &[1]),
            "{error}"
        );
        let error = scattered(&[1.0, f64::NAN]).expect_err("a NaN");
        assert_eq!(
            error.to_string(),
            "point of scatter[1] is NaN: expected a finite number"
        );
        let narrow = Tensor::from_slice(&[1.0_f32, 2.0]);
        let error = scatter(&features, &narrow).expect_err("single precision");
        assert!(matches!(error, Error::Kind { .. }), "{error}");
    }

    #[test]
    fn weights_are_checked() {
        let features = dense(3, 2, 1);
        let error = weighted_gram(&features, &[1.0; 4]).expect_err("a weight too many");
        assert!(
            matches!(
                error,
                Error::Length {
                    left_len: 3,
                    right_len: 4,
                    ..
                }
            ),
            "{error}"
        );
        let error = weighted_gram(&features, &[1.0, f64::NAN, 1.0]).expect_err("a NaN");
        assert_eq!(error.to_string(), "weights[1] is NaN: expected a finite number");
    }

    proptest! {
        #[test]
        fn integer_features_give_the_exact_product(n in 0..20_i64, d in 0..20_i64, seed: u64) {
            let features = integers(n, d, seed);
            prop_assert_eq!(gram(&features).expect("a matrix"), features.tr().matmul(&features));
        }

        #[test]
        fn a_scatter_is_the_gram_matrix_of_the_differences(n in 0..20_i64, d in 1..20_i64, seed: u64) {
            let features = integers(n, d, seed);
            let point = integers(1, d, seed.wrapping_add(1)).reshape([-1]);
            prop_assert_eq!(
                scatter(&features, &point).expect("a matrix"),
                gram(&(&features - &point)).expect("a matrix")
            );
        }

        #[test]
        fn strides_do_not_matter(n in 1..20_i64, d in 1..20_i64, seed: u64) {
            let features = integers(n, 2 * d, seed);
            let every_other = features.slice(1, 0, None, 2);
            let expected = gram(&every_other.contiguous()).expect("a matrix");
            prop_assert_eq!(&gram(&every_other).expect("a matrix"), &expected);
            let column_major = every_other.tr().contiguous().tr();
            prop_assert_eq!(&gram(&column_major).expect("a matrix"), &expected);
        }

        #[test]
        fn an_integer_weight_repeats_its_row(weights in prop::collection::vec(0..4_u8, 1..20), d in 1..8_i64, seed: u64) {
            let features = integers(weights.len() as i64, d, seed);
            let counts: Vec<i64> = weights.iter().copied().map(i64::from).collect();
            let rows: Vec<i64> = (0..weights.len() as i64).collect();
            let repeated = Tensor::from_slice(&rows).repeat_interleave_self_tensor(&Tensor::from_slice(&counts), 0, None);
            let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
            prop_assert_eq!(
                weighted_gram(&features, &weights).expect("a matrix"),
                gram(&features.index_select(0, &repeated)).expect("a matrix")
            );
        }

        #[test]
        fn row_order_does_not_matter_and_rows_add_up(n in 2..20_i64, d in 1..8_i64, split in 0.0..1.0_f64, seed: u64) {
            let features = integers(n, d, seed);
            let whole = gram(&features).expect("a matrix");
            prop_assert_eq!(&gram(&features.flip([0])).expect("a matrix"), &whole);
            let cut = (split * n as f64) as i64;
            let top = gram(&features.narrow(0, 0, cut)).expect("a matrix");
            let bottom = gram(&features.narrow(0, cut, n - cut)).expect("a matrix");
            prop_assert_eq!(top + bottom, whole);
        }
    }
}
