//! The log-determinant measure of cycles.

use tensor_core::Tensor;

use crate::least_squares_loss::{copy_into, square_tensor};

/// Added to the inverse before its sign is read: an entry that is 0 may come out a little less.
const ROUNDING: f64 = 1e-16;

/// `(s I - W∘W)^-1`, row-major; nothing unless all its entries are positive or 0. It has none below 0 if and only if `s I - W∘W`
/// is an M-matrix: `s` is then beyond the spectral radius of `W∘W`.
pub(super) fn inverse(weights: &[f64], n_nodes: usize, s: f64) -> tensor_core::Result<Option<Vec<f64>>> {
    let matrix = square_tensor(&shifted(weights, n_nodes, s), n_nodes)?;
    let (inverse, info) = Tensor::f_linalg_inv_ex(&matrix, false)?;
    if info.f_int64_value(&[])? != 0 {
        return Ok(None);
    }
    let mut values = vec![0.0; weights.len()];
    copy_into(&inverse, &mut values)?;
    for value in &mut values {
        *value += ROUNDING;
    }
    Ok(values.iter().all(|&value| value >= 0.0).then_some(values))
}

/// ```text
/// h(W) = -ln |det(s I - W∘W)| + p ln s
/// ```
///
/// Bello, Aragam, Ravikumar 2022, theorem 1.
pub(super) fn value(weights: &[f64], n_nodes: usize, s: f64) -> tensor_core::Result<f64> {
    let (_, log_det) = Tensor::f_linalg_slogdet(&square_tensor(&shifted(weights, n_nodes, s), n_nodes)?)?;
    Ok(n_nodes as f64 * s.ln() - log_det.f_double_value(&[])?)
}

/// `s I - W∘W`.
fn shifted(weights: &[f64], n_nodes: usize, s: f64) -> Vec<f64> {
    let entry = |(place, weight): (usize, &f64)| {
        let diagonal = if place % (n_nodes + 1) == 0 { s } else { 0.0 };
        diagonal - weight * weight
    };
    weights.iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangular_matrix_has_no_cycles_and_an_inverse() {
        let weights = [0.0, 2.0, 0.0, 0.0];
        assert_eq!(value(&weights, 2, 1.0).expect("a square matrix"), 0.0);
        let inverse = inverse(&weights, 2, 0.5)
            .expect("a square matrix")
            .expect("an M-matrix");
        golden::assert_close(&inverse, &[2.0, 16.0, 0.0, 2.0], 1e-14, 1e-15);
    }

    #[test]
    fn a_cycle_of_two_has_the_value_of_the_formula() {
        // det = s^2 - ab.
        let weights = [0.0, 0.5, 0.6, 0.0];
        let expected = 2.0 * 0.9_f64.ln() - (0.81_f64 - 0.25 * 0.36).ln();
        golden::assert_close(
            &[value(&weights, 2, 0.9).expect("a square matrix")],
            &[expected],
            1e-14,
            0.0,
        );
    }

    #[test]
    fn beyond_the_domain_there_is_no_inverse() {
        // The spectral radius of W∘W is 1, then 4.
        assert!(
            inverse(&[0.0, 1.0, 1.0, 0.0], 2, 1.0)
                .expect("a square matrix")
                .is_none()
        );
        assert!(
            inverse(&[0.0, 2.0, 2.0, 0.0], 2, 1.0)
                .expect("a square matrix")
                .is_none()
        );
    }
}
