//! Iterations on a stored kernel: one read of the kernel each, and an exponential a cell only when it is computed anew.

use super::iterate::Iterate;
use super::pass::{Blocks, Pass, generate, reuse};
use super::problem::{LogScalings, Problem, in_range};
use crate::{Error, Result};

/// The kernel with the scalings absorbed in it, and the factors on the scalings since:
/// `P_ij = source_factor_i K_ij target_factor_j`.
#[derive(Debug)]
pub(crate) struct StoredKernel<'a> {
    problem: &'a Problem<'a>,
    scalings: LogScalings,
    kernel: Vec<f64>,
    source_factors: Vec<f64>,
    target_factors: Vec<f64>,
    blocks: Blocks,
    /// The scalings are not those in the kernel.
    is_stale: bool,
    absorption: Absorption,
    column_residual: f64,
}

/// When the factors move into the scalings and the kernel is computed anew.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Absorption {
    /// As soon as a factor is beyond the threshold or its inverse.
    Beyond(f64),
    /// Not at all: a factor or a sum out of range is an error.
    Never,
}

impl<'a> StoredKernel<'a> {
    /// `buffer` becomes the kernel.
    pub(crate) fn new(
        problem: &'a Problem<'a>,
        scalings: LogScalings,
        absorption: Absorption,
        mut buffer: Vec<f64>,
    ) -> Self {
        buffer.resize(problem.cost.values().len(), 0.0);
        Self {
            kernel: buffer,
            source_factors: vec![1.0; problem.cost.n_sources()],
            target_factors: vec![1.0; problem.cost.n_targets()],
            blocks: Blocks::new(problem),
            is_stale: true,
            absorption,
            column_residual: 0.0,
            problem,
            scalings,
        }
    }

    /// Moves the factors into the scalings.
    fn absorb(&mut self) {
        for (scalings, factors) in [
            (&mut self.scalings.source, &mut self.source_factors),
            (&mut self.scalings.target, &mut self.target_factors),
        ] {
            for (scaling, factor) in scalings.iter_mut().zip(factors) {
                *scaling += factor.log2();
                *factor = 1.0;
            }
        }
        self.is_stale = true;
    }
}

impl Iterate for StoredKernel<'_> {
    fn iterate(&mut self, relaxation: f64) -> Result<f64> {
        let problem = self.problem;
        let was_stale = std::mem::replace(&mut self.is_stale, false);
        let Pass {
            residual,
            column_sums,
            out_of_range,
        } = if was_stale {
            generate(
                problem,
                &mut self.scalings,
                relaxation,
                &mut self.source_factors,
                &mut self.kernel,
                &mut self.blocks,
            )
        } else {
            reuse(
                problem,
                &self.kernel,
                relaxation,
                &mut self.source_factors,
                &self.target_factors,
                &mut self.blocks,
            )
        };
        let residual = residual + std::mem::take(&mut self.column_residual);
        let mut unsettled = Vec::new();
        for (target, &sum) in column_sums.iter().enumerate() {
            let old = self.target_factors[target];
            let carried = old * sum;
            let factor = problem.target.factor(target, 0.0, carried, relaxation);
            if in_range(sum) && in_range(carried) && in_range(old * factor) {
                self.target_factors[target] = old * factor;
                if relaxation != 1.0 {
                    self.column_residual += (carried * factor - problem.target.weights()[target]).abs();
                }
            } else {
                unsettled.push(target);
            }
        }
        // A row that fell out of range while the kernel was computed has got a scaling of its own.
        let row_failed = out_of_range && !was_stale;
        match self.absorption {
            Absorption::Never => {
                if out_of_range || !unsettled.is_empty() || self.is_beyond(1e300) {
                    return Err(Error::KernelUnderflow {
                        epsilon: problem.epsilon(),
                        largest_cost: problem.cost.largest(),
                    });
                }
            }
            Absorption::Beyond(threshold) => {
                if row_failed || !unsettled.is_empty() || self.is_beyond(threshold) {
                    self.absorb();
                    problem.settle_targets(&unsettled, &mut self.scalings);
                }
            }
        }
        Ok(residual)
    }

    fn into_scalings(mut self) -> (LogScalings, Vec<f64>) {
        self.absorb();
        (self.scalings, self.kernel)
    }
}

impl StoredKernel<'_> {
    fn is_beyond(&self, threshold: f64) -> bool {
        let range = threshold.recip()..=threshold;
        let within = |factors: &[f64]| factors.iter().all(|factor| range.contains(factor));
        !(within(&self.source_factors) && within(&self.target_factors))
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    use super::*;
    use crate::CostMatrix;
    use crate::sinkhorn::{Side, Solution};

    #[test]
    fn absorption_is_rare_and_keeps_the_mass() {
        const N_POINTS: usize = 1000;
        const N_ITERATIONS: usize = 40;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut line = || (0..N_POINTS).map(|_| rng.random::<f64>()).collect::<Vec<f64>>();
        let (sources, targets) = (line(), line());
        let costs = sources
            .iter()
            .flat_map(|x| targets.iter().map(move |z| (x - z).powi(2)));
        let cost = CostMatrix::new(costs.collect(), N_POINTS, N_POINTS).expect("finite costs");
        let side = || Side::new(vec![1.0 / N_POINTS as f64; N_POINTS], 1.0);
        let problem = Problem::new(&cost, side(), side(), 1e-3).expect("a problem");
        // Far from the solution, so that the factors must grow.
        let nothing = vec![0.0; N_POINTS];
        let start = problem.log_scalings(&nothing, &nothing);
        let mut form = StoredKernel::new(&problem, start, Absorption::Beyond(3.0), Vec::new());
        let mut absorptions = 0;
        for _ in 0..N_ITERATIONS {
            form.iterate(1.0).expect("stabilised");
            absorptions += usize::from(form.is_stale);
        }
        assert!((1..N_ITERATIONS / 4).contains(&absorptions), "{absorptions}");
        let (scalings, buffer) = form.into_scalings();
        let mass = Solution::of(&problem, &scalings, 1.0, buffer).mass();
        assert!((mass - 1.0).abs() < 1e-12, "{mass}");
    }
}
