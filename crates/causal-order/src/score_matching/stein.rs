//! The Stein estimator of the second derivatives of a log-density.

use ndarray::{Array1, Array2, Axis, concatenate};
use ndarray_linalg::{Cholesky, Diag, SolveTriangular, UPLO};

use crate::Result;

/// For each column, the variance over the rows of the second derivative of the log-density by that column.
///
/// ```text
/// G       = (K + a I)^-1 sum_k dK(x_i, x_k) / dx_k        (minus the gradient of the log-density)
/// D       = -G^2 + (K + b I)^-1 sum_k d^2 K(x_i, x_k) / dx_k^2
/// result  = Var_i D_ij
///
/// sum_k dK / dx_k      =  sum_k K_ik (x_i - x_k) / s^2
/// sum_k d^2K / dx_k^2  =  sum_k K_ik ((x_i - x_k)^2 / s^4 - 1 / s^2)
/// a, b    ridges     s    bandwidth     squares of vectors by entry
/// ```
///
/// # Reference
///
/// Li, Turner, *Gradient Estimators for Implicit Models*, 2018, for G. Rolland et al., *Score Matching Enables Causal
/// Discovery of Nonlinear Additive Noise Models*, ICML 2022, section 3.2, for D.
pub(super) fn second_derivative_variances(
    columns: &Array2<f64>,
    kernel: &Array2<f64>,
    bandwidth: f64,
    ridges: Ridges,
) -> Result<Vec<f64>> {
    let (n_rows, n_columns) = columns.dim();
    let precision = (bandwidth * bandwidth).recip();

    // K [x, x^2, 1] gives all sums over k: (x_i - x_k)^2 = x_i^2 - 2 x_i x_k + x_k^2.
    let ones = Array2::ones((n_rows, 1));
    let sums = kernel.dot(&concatenate![Axis(1), *columns, columns * columns, ones]);
    let (first, rest) = sums.view().split_at(Axis(1), n_columns);
    let (second, total) = rest.split_at(Axis(1), n_columns);

    let gradients = (columns * &total - first) * precision;
    let squares = columns * columns * total - columns * &first * 2.0 + second;
    let curvatures = squares * (precision * precision) - &total * precision;

    let (gradients, curvatures) = solve(kernel, ridges, &gradients, &curvatures)?;
    let derivatives = curvatures - &gradients * &gradients;
    Ok(derivatives.var_axis(Axis(0), 0.0).to_vec())
}

/// What is added to the diagonal of the kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ridges {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
}

/// `(K + a I)^-1 g` and `(K + b I)^-1 c`; with one factor if the ridges are the same.
fn solve(
    kernel: &Array2<f64>,
    ridges: Ridges,
    gradients: &Array2<f64>,
    curvatures: &Array2<f64>,
) -> Result<(Array2<f64>, Array2<f64>)> {
    if ridges.gradient != ridges.hessian {
        return Ok((
            solve_shifted(kernel, ridges.gradient, gradients)?,
            solve_shifted(kernel, ridges.hessian, curvatures)?,
        ));
    }
    let n_columns = gradients.ncols();
    let both = concatenate![Axis(1), *gradients, *curvatures];
    let solved = solve_shifted(kernel, ridges.gradient, &both)?;
    let (gradients, curvatures) = solved.view().split_at(Axis(1), n_columns);
    Ok((gradients.to_owned(), curvatures.to_owned()))
}

/// `(K + shift I)^-1 right`.
fn solve_shifted(kernel: &Array2<f64>, shift: f64, right: &Array2<f64>) -> Result<Array2<f64>> {
    let shifted = kernel + &Array2::from_diag(&Array1::from_elem(kernel.nrows(), shift));
    let lower = shifted.cholesky(UPLO::Lower)?;
    let half = lower.solve_triangular(UPLO::Lower, Diag::NonUnit, right)?;
    Ok(lower.t().solve_triangular(UPLO::Upper, Diag::NonUnit, &half)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_systems_are_solved() {
        let kernel = Array2::from_shape_fn((4, 4), |(i, j)| (-(i as f64 - j as f64).powi(2)).exp());
        let x = Array2::from_shape_fn((4, 3), |(i, j)| (i * i + j) as f64 - 2.0);
        let shifted = &kernel + &(Array2::<f64>::eye(4) * 0.5);
        let solved = solve_shifted(&kernel, 0.5, &shifted.dot(&x)).expect("positive definite");
        let values = |array: &Array2<f64>| array.iter().copied().collect::<Vec<_>>();
        // A condition number below 4.
        golden::assert_close(&values(&solved), &values(&x), 0.0, 1e-13);
    }

    #[test]
    fn sums_are_those_of_the_definition() {
        let columns = Array2::from_shape_fn((6, 2), |(i, j)| ((3 * i + 5 * j) % 7) as f64 / 3.0 - 1.0);
        let bandwidth = 1.3;
        let kernel = Array2::from_shape_fn((6, 6), |(i, k)| {
            let square: f64 = (0..2).map(|j| (columns[(i, j)] - columns[(k, j)]).powi(2)).sum();
            (-square / (2.0 * bandwidth * bandwidth)).exp() / bandwidth
        });
        let difference = |i: usize, k: usize, j: usize| columns[(i, j)] - columns[(k, j)];
        let gradients = Array2::from_shape_fn((6, 2), |(i, j)| {
            (0..6)
                .map(|k| kernel[(i, k)] * difference(i, k, j) / bandwidth.powi(2))
                .sum()
        });
        let curvatures = Array2::from_shape_fn((6, 2), |(i, j)| {
            (0..6)
                .map(|k| {
                    let square = difference(i, k, j).powi(2);
                    kernel[(i, k)] * (square / bandwidth.powi(4) - 1.0 / bandwidth.powi(2))
                })
                .sum()
        });
        for ridges in [(1e-2, 1e-2), (1e-2, 3e-2)].map(|(gradient, hessian)| Ridges { gradient, hessian }) {
            let g = solve_shifted(&kernel, ridges.gradient, &gradients).expect("positive definite");
            let c = solve_shifted(&kernel, ridges.hessian, &curvatures).expect("positive definite");
            let expected = (c - &g * &g).var_axis(Axis(0), 0.0).to_vec();
            let actual = second_derivative_variances(&columns, &kernel, bandwidth, ridges).expect("definite");
            // The ridge bounds the condition number by 500.
            golden::assert_close(&actual, &expected, 1e-11, 0.0);
        }
    }
}
