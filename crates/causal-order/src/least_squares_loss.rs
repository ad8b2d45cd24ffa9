//! The least-squares loss of a linear model, through libtorch.

use tensor_core::{Tensor, convert};

use crate::sparse_regression::Standardized;

/// ```text
/// L(W) = 1/2n |X - X W|^2 = 1/2 tr (I - W)^T S (I - W),      dL/dW = S W - S
///
/// X    centred columns        S = X^T X / n
/// ```
#[derive(Debug)]
pub(crate) struct LeastSquaresLoss {
    covariances: Vec<f64>,
    tensor: Tensor,
    n_nodes: usize,
}

impl LeastSquaresLoss {
    pub(crate) fn new(table: &Standardized) -> tensor_core::Result<Self> {
        let n_nodes = table.columns.len();
        let deviation = |node: usize| table.deviations[node];
        let covariances: Vec<f64> = (0..n_nodes)
            .flat_map(|i| {
                (0..n_nodes).map(move |j| table.correlations.get(i, j) * deviation(i) * deviation(j))
            })
            .collect();
        let tensor = square_tensor(&covariances, n_nodes)?;
        Ok(Self {
            covariances,
            tensor,
            n_nodes,
        })
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// Puts the gradient at `weights` into `gradient`, and returns the loss.
    pub(crate) fn value(&self, weights: &[f64], gradient: &mut [f64]) -> tensor_core::Result<f64> {
        let product = self.tensor.f_mm(&square_tensor(weights, self.n_nodes)?)?;
        copy_into(&product, gradient)?;
        // tr (I - W)^T (S - S W): the diagonal of S - S W, less the sum of the entries of W times it.
        let mut trace = 0.0;
        for (place, (gradient, covariance)) in gradient.iter_mut().zip(&self.covariances).enumerate() {
            *gradient -= covariance;
            let identity = f64::from(u8::from(place % (self.n_nodes + 1) == 0));
            trace -= (identity - weights[place]) * *gradient;
        }
        Ok(0.5 * trace)
    }
}

/// A row-major square matrix as a tensor.
pub(crate) fn square_tensor(values: &[f64], order: usize) -> tensor_core::Result<Tensor> {
    convert::tensor_from_slice(values, &[order as i64, order as i64])
}

/// The entries of a matrix, row by row.
pub(crate) fn copy_into(tensor: &Tensor, values: &mut [f64]) -> tensor_core::Result<()> {
    Ok(tensor.f_contiguous()?.f_copy_data(values, values.len())?)
}

#[cfg(test)]
mod tests {
    use causal_graph::{ContinuousTable, Nodes};

    use super::*;

    #[test]
    fn the_loss_is_half_the_mean_squared_residual() {
        let columns = vec![vec![1.0, -1.0, 3.0, 5.0], vec![2.0, 0.0, 1.0, -3.0]];
        let table = ContinuousTable::new(Nodes::numbered(2), columns).expect("finite");
        let loss =
            LeastSquaresLoss::new(&Standardized::new(&table, "a test").expect("regular")).expect("small");
        let mut gradient = [0.0; 4];
        // Centred: x = (-1, -3, 1, 3), y = (2, 0, 1, -3); residual of y on 2 x: (4, 6, -1, -9).
        let value = loss
            .value(&[0.0, 2.0, 0.0, 0.0], &mut gradient)
            .expect("two columns");
        golden::assert_close(&[value], &[0.5 * (20.0 + 134.0) / 4.0], 1e-14, 0.0);
        // -x^T r / n for each pair.
        golden::assert_close(
            &gradient,
            &[-5.0, 50.0 / 4.0, 10.0 / 4.0, -34.0 / 4.0 + 0.0],
            1e-14,
            1e-14,
        );
    }
}
