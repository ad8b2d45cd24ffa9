//! A long source that is never in memory.

use anyhow::Result;
use cpu_time::ProcessTime;
use hard_subset::{Activations, PrototypeFit};
use tensor_core::{Kind, Seed, Tensor, random};

const N_CLASSES: usize = 1000;
const BATCH: usize = 1000;
const LAYER: &str = "features";

/// Rectified normal rows, batch by batch; a batch is the first one moved by a vector of its own.
#[derive(Debug)]
pub(crate) struct Stream {
    first: Tensor,
    n_features: usize,
    n_batches: usize,
}

impl Stream {
    pub(crate) fn new(n_rows: usize, n_features: usize) -> Result<Self> {
        let shape = [BATCH as i64, n_features as i64];
        Ok(Self {
            first: random::normal(&mut Seed::new(1).stream("rows", 0), &shape, Kind::Float)?,
            n_features,
            n_batches: n_rows.div_ceil(BATCH),
        })
    }

    /// The sum over all prototypes, and the CPU seconds of the fit without the making of the rows.
    pub(crate) fn fit(&self) -> Result<(f64, f64)> {
        let mut fit = PrototypeFit::new(&[(LAYER, self.n_features)], N_CLASSES)?;
        let mut seconds = 0.0;
        for batch in 0..self.n_batches {
            let shape = [1, self.n_features as i64];
            let shift = random::normal(
                &mut Seed::new(1).stream("shifts", batch as u64),
                &shape,
                Kind::Float,
            )?;
            let rows = self.first.f_add(&shift)?.f_relu()?;
            let classes: Vec<usize> = (0..BATCH).map(|row| (row * 7 + batch) % N_CLASSES).collect();
            let before = ProcessTime::now();
            fit.observe(&Activations::single(LAYER, rows)?, &classes)?;
            seconds += before.elapsed().as_secs_f64();
        }
        let prototypes = fit.finish()?;
        let total = prototypes.layers()[0].mean().iter().sum();
        Ok((total, seconds))
    }
}
