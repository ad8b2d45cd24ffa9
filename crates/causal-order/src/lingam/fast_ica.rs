//! Independent component analysis by fixed-point iteration.
#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its dispatcher is compiled for the oldest processor"
)]

use ndarray::{Array1, Array2, Axis, Zip};
use ndarray_linalg::{Eigh, UPLO};
use pulp::{Arch, Simd, WithSimd};
use rand_distr::{Distribution, StandardNormal};
use run_control::Seed;
use run_control::progress::{Progress, check};
use serde::{Deserialize, Serialize};

use crate::sparse_regression::Standardized;
use crate::{Error, Result};

/// The task of the progress.
const TASK: &str = "FastICA";

/// How the iteration ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FastIcaStatus {
    /// Whether the change fell below the tolerance.
    pub converged: bool,
    /// The iterations done.
    pub iterations: usize,
    /// The greatest `| |w_new . w_old| - 1 |` over the components at the last iteration.
    pub change: f64,
}

/// When the iteration ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_iterations: usize,
    pub(super) tolerance: f64,
}

/// A matrix that makes standardised columns independent, a row for each component.
///
/// ```text
/// W+ = E[ tanh(W z) z^T ] - diag(E[ 1 - tanh^2(W z) ]) W,     W <- (W+ W+^T)^(-1/2) W+
///
/// z    whitened columns        W     starts at random
/// ```
///
/// Hyvärinen, *Fast and Robust Fixed-Point Algorithms for Independent Component Analysis*, 1999, equations 20 and 45.
pub(super) fn unmixing(
    table: &Standardized,
    limits: Limits,
    seed: Seed,
    progress: &mut dyn Progress,
) -> Result<(Array2<f64>, FastIcaStatus)> {
    let n_components = table.columns.len();
    let columns = Array2::from_shape_fn((n_components, table.n_rows()), |(node, row)| {
        table.columns[node][row]
    });
    let correlations = Array2::from_shape_fn((n_components, n_components), |(i, j)| {
        table.correlations.get(i, j)
    });
    let (values, vectors) = correlations.eigh(UPLO::Lower).map_err(Error::from)?;
    // Columns that are no functions of each other: the values are positive.
    let whitening = (&vectors / &values.mapv(f64::sqrt)).reversed_axes();
    let whitened = whitening.dot(&columns);

    let mut draws = seed.stream("FastICA", 0);
    let start =
        Array2::from_shape_simple_fn((n_components, n_components), || StandardNormal.sample(&mut draws));
    let mut w = decorrelated(&start)?;
    let mut status = FastIcaStatus {
        converged: n_components < 2,
        iterations: 0,
        change: f64::INFINITY,
    };
    progress.begin(TASK, None);
    while !status.converged && status.iterations < limits.max_iterations {
        check(progress, TASK, status.iterations as u64)?;
        let mut sources = w.dot(&whitened);
        let slopes = tanh_rows(&mut sources);
        let mut next = sources.dot(&whitened.t()) / table.n_rows() as f64;
        next -= &(&w * &slopes.insert_axis(Axis(1)));
        let next = decorrelated(&next)?;
        status.change = Zip::from(next.rows())
            .and(w.rows())
            .fold(0.0, |change: f64, new, old| {
                change.max((new.dot(&old).abs() - 1.0).abs())
            });
        status.iterations += 1;
        status.converged = status.change < limits.tolerance;
        w = next;
        progress.advance(1);
    }
    progress.end();
    Ok((w.dot(&whitening), status))
}

/// `(W W^T)^(-1/2) W`.
fn decorrelated(w: &Array2<f64>) -> Result<Array2<f64>> {
    let (values, vectors) = w.dot(&w.t()).eigh(UPLO::Lower).map_err(Error::from)?;
    let roots = values.mapv(|value| value.max(f64::MIN_POSITIVE).sqrt());
    Ok((&vectors / &roots).dot(&vectors.t()).dot(w))
}

/// Puts the hyperbolic tangent in the place of every number; and the mean of its derivative for each row.
fn tanh_rows(values: &mut Array2<f64>) -> Array1<f64> {
    struct Rows<'a>(&'a mut Array2<f64>);

    impl WithSimd for Rows<'_> {
        type Output = Array1<f64>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> Array1<f64> {
            let mut slopes = Array1::zeros(self.0.nrows());
            for (mut row, slope) in self.0.rows_mut().into_iter().zip(&mut slopes) {
                let n = row.len() as f64;
                let row = row.as_slice_mut().expect("rows of a product are contiguous");
                for value in &mut *row {
                    *value = crate::exponential::tanh(*value);
                }
                *slope = 1.0 - row.iter().map(|value| value * value).sum::<f64>() / n;
            }
            slopes
        }
    }

    Arch::new().dispatch(Rows(values))
}
