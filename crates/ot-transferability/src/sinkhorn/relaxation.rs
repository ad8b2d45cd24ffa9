//! Over-relaxation: steps longer than those that satisfy one side exactly.

use serde::{Deserialize, Serialize};
use tensor_core::check;

use crate::Result;

/// How far each update goes beyond the one that satisfies its side exactly.
///
/// ```text
/// u_i <- u_i (a_i / (u_i (K v)_i))^omega
/// ```
///
/// Near the solution the plain iteration (`omega` = 1) reduces the error by a factor `eta` each time, and the relaxed one
/// with `omega = 2 / (1 + sqrt(1 - eta))` by `omega - 1`: at `eta` = 0.99, 0.82. The solution is the same.
///
/// # Reference
///
/// T. Lehmann, M.-K. von Renesse, A. Sambale, A. Uschmajew, *A note on overrelaxation in the Sinkhorn algorithm*, 2022,
/// doi:10.1007/s11590-021-01830-0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverRelaxation {
    /// None: the textbook iteration.
    None,
    /// The same `omega`, from 1 to below 2, throughout.
    Fixed(f64),
    /// The `omega` for the rate of convergence that is observed, stepwise back to 1 while the error does not fall.
    #[default]
    Adaptive,
}

impl OverRelaxation {
    /// Checks the parameter.
    ///
    /// # Errors
    ///
    /// A fixed omega that is not from 1 to below 2.
    pub fn validate(&self) -> Result<()> {
        if let Self::Fixed(omega) = *self {
            check::parameter(
                "over_relaxation",
                (1.0..2.0).contains(&omega),
                "from 1 to below 2",
                omega,
            )?;
        }
        Ok(())
    }
}

/// The omega in use.
#[derive(Debug)]
pub(super) struct Relaxation {
    omega: f64,
    adapts: bool,
    /// Residuals since omega last changed.
    residuals: Vec<f64>,
}

impl Relaxation {
    /// Closer to 2, rounding and a wrong estimate of the rate could stop the convergence.
    const LARGEST: f64 = 1.98;
    /// An omega as near to 1 as this does nothing.
    const NEGLIGIBLE: f64 = 0.01;

    pub(super) fn new(over_relaxation: OverRelaxation) -> Self {
        let (omega, adapts) = match over_relaxation {
            OverRelaxation::None => (1.0, false),
            OverRelaxation::Fixed(omega) => (omega, false),
            OverRelaxation::Adaptive => (1.0, true),
        };
        Self {
            omega,
            adapts,
            residuals: Vec::new(),
        }
    }

    pub(super) fn value(&self) -> f64 {
        self.omega
    }

    /// Takes note of a residual, and adapts.
    pub(super) fn observe(&mut self, residual: f64) {
        if !self.adapts {
            return;
        }
        self.residuals.push(residual);
        // The error first loses what dies out at once, then turns in the complex plane, more slowly the larger omega is.
        let warm_up = (2.0 / (2.0 - self.omega)).max(6.0) as usize;
        let window = (4.0 / (2.0 - self.omega)).max(10.0) as usize;
        if self.residuals.len() <= warm_up + window {
            return;
        }
        let earlier = self.residuals[self.residuals.len() - 1 - window];
        let rate = (residual / earlier).powf(1.0 / window as f64);
        if rate < 1.0 {
            self.omega = self.omega.max(self.best_for(rate));
        } else if self.omega - 1.0 > Self::NEGLIGIBLE {
            self.omega = 1.0 + 0.5 * (self.omega - 1.0);
        } else {
            self.omega = 1.0;
        }
        self.residuals.clear();
    }

    /// The best omega, from the rate at the one in use: `(rate + omega - 1)^2 = rate omega^2 eta`. At or beyond the best
    /// one the rate is `omega - 1`, and says no more about `eta`.
    fn best_for(&self, rate: f64) -> f64 {
        if rate <= self.omega - 1.0 {
            return self.omega;
        }
        let eta = ((rate + self.omega - 1.0).powi(2) / (rate * self.omega.powi(2))).min(1.0);
        (2.0 / (1.0 + (1.0 - eta).sqrt())).min(Self::LARGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_omega_follows_from_the_plain_rate() {
        let mut relaxation = Relaxation::new(OverRelaxation::Adaptive);
        let mut residual = 1.0;
        for _ in 0..30 {
            relaxation.observe(residual);
            residual *= 0.99;
        }
        // 2 / (1 + sqrt(0.01)).
        assert!(
            (relaxation.value() - 2.0 / 1.1).abs() < 1e-6,
            "{}",
            relaxation.value()
        );
    }

    #[test]
    fn errors_that_grow_bring_the_plain_iteration_back() {
        let mut relaxation = Relaxation::new(OverRelaxation::Adaptive);
        let mut residual = 1.0;
        for step in 0..400 {
            relaxation.observe(residual);
            residual *= if step < 30 { 0.99 } else { 1.05 };
        }
        assert_eq!(relaxation.value(), 1.0);
    }
}
