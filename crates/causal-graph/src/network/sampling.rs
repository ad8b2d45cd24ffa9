//! Forward sampling.

use rand::{RngExt, rngs::ChaCha8Rng};
use rayon::prelude::*;
use run_control::progress::{Progress, Silent, check};
use run_control::{Cancelled, Seed};

use super::bayesian::BayesianNetwork;
use crate::{DiscreteTable, Result};

/// Rows of one random stream: two columns of a block stay in the nearest cache.
pub(super) const BLOCK: usize = 4096;

/// Blocks between two looks at the progress.
const ROUND: usize = 64;

impl BayesianNetwork {
    /// Independent draws from the joint distribution, a row each.
    ///
    /// Every 4096 rows of every node have a random stream of their own. So the rows do not depend on the number of threads, the
    /// first rows of a longer table are those of a shorter one, and networks over the same nodes that differ in some
    /// mechanisms, as after an intervention, draw the same numbers for the others.
    ///
    /// # Complexity
    ///
    /// One uniform number and one search in a cumulative row a value.
    ///
    /// # Errors
    ///
    /// None but those of [`DiscreteTable::new`], which a valid network does not meet.
    ///
    /// # Examples
    ///
    /// ```
    /// use causal_graph::network::published;
    /// use run_control::Seed;
    ///
    /// let network = published::asia();
    /// let table = network.sample(10_000, Seed::new(1))?;
    /// let (lung, either) = (network.nodes().index("lung")?, network.nodes().index("either")?);
    /// // Whoever has lung cancer has either.
    /// assert!(table.column(lung).iter().zip(table.column(either)).all(|(lung, either)| either <= lung));
    /// assert_eq!(network.sample(5, Seed::new(1))?, table.select_rows(&[0, 1, 2, 3, 4])?);
    /// # Ok::<(), causal_graph::Error>(())
    /// ```
    pub fn sample(&self, n_rows: usize, seed: Seed) -> Result<DiscreteTable> {
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
    ) -> Result<DiscreteTable> {
        let order = self.dag().topological_order();
        let samplers: Vec<ColumnSampler> = (0..self.n_nodes())
            .map(|node| ColumnSampler::new(self, node))
            .collect();
        let mut columns = vec![vec![0_u16; n_rows]; self.n_nodes()];
        in_blocks(&mut columns, progress, |block_idx, block| {
            for &node in &order {
                let stream = block_idx * self.n_nodes() + node;
                let mut generator = seed.stream("bayesian-network/sample", stream as u64);
                let column = std::mem::take(&mut block[node]);
                samplers[node].fill(column, block, &mut generator);
                block[node] = column;
            }
        })?;
        let states = (0..self.n_nodes())
            .map(|node| self.states(node).to_vec())
            .collect();
        DiscreteTable::new(self.nodes().clone(), states, columns)
    }
}

/// Hands the columns out in blocks of rows, a slice of each column a block, to all threads.
pub(super) fn in_blocks<T: Send>(
    columns: &mut [Vec<T>],
    progress: &mut dyn Progress,
    fill: impl Fn(usize, &mut [&mut [T]]) + Sync,
) -> std::result::Result<(), Cancelled> {
    const TASK: &str = "sampling";
    let n_blocks = columns.first().map_or(0, |column| column.len().div_ceil(BLOCK));
    let mut blocks: Vec<Vec<&mut [T]>> = (0..n_blocks).map(|_| Vec::with_capacity(columns.len())).collect();
    for column in columns {
        for (block, rows) in blocks.iter_mut().zip(column.chunks_mut(BLOCK)) {
            block.push(rows);
        }
    }
    progress.begin(TASK, Some(n_blocks as u64));
    for (round_idx, round) in blocks.chunks_mut(ROUND).enumerate() {
        check(progress, TASK, (round_idx * ROUND) as u64)?;
        round
            .par_iter_mut()
            .enumerate()
            .for_each(|(block_idx, block)| fill(round_idx * ROUND + block_idx, block));
        progress.advance(round.len() as u64);
    }
    progress.end();
    Ok(())
}

/// Draws the column of one node from those of its parents.
struct ColumnSampler<'a> {
    parents: &'a [usize],
    n_parent_states: Vec<usize>,
    n_states: usize,
    /// For each row of the table the sums of the probabilities of the first states, 1 from the last state on that is
    /// possible: rounding must not make an impossible state possible.
    cumulative: Vec<f64>,
}

impl<'a> ColumnSampler<'a> {
    fn new(network: &'a BayesianNetwork, node: usize) -> Self {
        let cpt = network.cpt(node);
        let n_states = network.n_states(node);
        let mut cumulative = Vec::with_capacity(cpt.probabilities.len());
        for row in cpt.probabilities.chunks_exact(n_states) {
            let last = row
                .iter()
                .rposition(|&probability| probability > 0.0)
                .unwrap_or(0);
            let mut sum = 0.0;
            for (state, probability) in row.iter().enumerate() {
                sum += probability;
                cumulative.push(if state < last { sum } else { 1.0 });
            }
        }
        Self {
            parents: &cpt.parents,
            n_parent_states: cpt
                .parents
                .iter()
                .map(|&parent| network.n_states(parent))
                .collect(),
            n_states,
            cumulative,
        }
    }

    /// A state for each row, given the columns of the parents.
    fn fill(&self, column: &mut [u16], block: &[&mut [u16]], generator: &mut ChaCha8Rng) {
        let mut rows = vec![0_usize; column.len()];
        for (&parent, &n_states) in self.parents.iter().zip(&self.n_parent_states) {
            for (row, &state) in rows.iter_mut().zip(block[parent].iter()) {
                *row = *row * n_states + usize::from(state);
            }
        }
        for (value, row) in column.iter_mut().zip(rows) {
            let uniform: f64 = generator.random();
            let cumulative = &self.cumulative[row * self.n_states..(row + 1) * self.n_states];
            *value = if self.n_states <= LINEAR {
                // The states are few: counting all takes less time than a branch that cannot be foreseen.
                cumulative.iter().map(|&sum| u16::from(sum <= uniform)).sum()
            } else {
                cumulative.partition_point(|&sum| sum <= uniform) as u16
            };
        }
    }
}

/// Rows of up to so many states are searched from end to end.
const LINEAR: usize = 16;
