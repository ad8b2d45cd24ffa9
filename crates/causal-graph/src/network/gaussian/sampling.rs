//! Forward sampling of linear networks.

use rand_distr::{Distribution as _, StandardNormal};
use run_control::Seed;
use run_control::progress::{Progress, Silent};

use super::LinearGaussianNetwork;
use crate::network::sampling::in_blocks;
use crate::{ContinuousTable, Result};

impl LinearGaussianNetwork {
    /// Independent draws from the joint distribution, a row each.
    ///
    /// Every 4096 rows of every node have a random stream of their own: see
    /// [`BayesianNetwork::sample`](crate::network::BayesianNetwork::sample) for what follows.
    ///
    /// # Errors
    ///
    /// [`Error::NonFinite`](crate::Error::NonFinite) if a value overflows.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::Nodes;
    /// use causal_graph::network::{LinearGaussianNetwork, LinearMechanism};
    /// use run_control::Seed;
    ///
    /// let mechanisms = vec![
    ///     LinearMechanism::new([], [], 5.0, 2.0),
    ///     LinearMechanism::new([0], [3.0], 1.0, 0.0),
    /// ];
    /// let network = LinearGaussianNetwork::new(Nodes::numbered(2), mechanisms)?;
    /// let table = network.sample(10_000, Seed::new(1))?;
    /// let mean = table.column(0).iter().sum::<f64>() / 10_000.0;
    /// // Five standard errors.
    /// assert!((mean - 5.0).abs() < 5.0 * 2.0 / 100.0);
    /// assert!(table.column(0).iter().zip(table.column(1)).all(|(x, y)| *y == 1.0 + 3.0 * x));
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn sample(&self, n_rows: usize, seed: Seed) -> Result<ContinuousTable> {
        self.sample_with(n_rows, seed, &mut Silent)
    }

    /// [`sample`](Self::sample), watched and stopped by a progress.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn sample_with(
        &self,
        n_rows: usize,
        seed: Seed,
        progress: &mut dyn Progress,
    ) -> Result<ContinuousTable> {
        let order = self.dag.topological_order();
        let mut columns = vec![vec![0.0; n_rows]; self.n_nodes()];
        in_blocks(&mut columns, progress, |block_idx, block| {
            for &node in &order {
                let stream = block_idx * self.n_nodes() + node;
                let mut generator = seed.stream("linear-gaussian-network/sample", stream as u64);
                let mechanism = &self.mechanisms[node];
                let column = std::mem::take(&mut block[node]);
                column.fill(mechanism.intercept);
                for (&parent, &coefficient) in mechanism.parents.iter().zip(&mechanism.coefficients) {
                    for (value, of_parent) in column.iter_mut().zip(block[parent].iter()) {
                        *value += coefficient * of_parent;
                    }
                }
                for value in &mut *column {
                    let noise: f64 = StandardNormal.sample(&mut generator);
                    *value += mechanism.standard_deviation * noise;
                }
                block[node] = column;
            }
        })?;
        ContinuousTable::new(self.nodes().clone(), columns)
    }
}
