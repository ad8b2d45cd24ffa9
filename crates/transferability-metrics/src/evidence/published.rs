//! The loops of the published implementations, round for round.

use super::{EvidenceStatus, LOG_TWO_PI, Spectrum, Target, TargetEvidence, pure_noise};

/// What tells the published loops apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loop {
    /// The relative change of `t` at which the loop ends.
    pub(crate) tolerance: f64,
    /// Added to both denominators of the updates.
    pub(crate) guard: f64,
    /// How many eigenvalues, zeros included, the sum of `log(alpha + beta sigma)` takes.
    pub(crate) n_log_terms: usize,
}

/// The evidence after the loop: `alpha = beta = 1` at first, at most 11 rounds.
pub(crate) fn run(spectrum: &Spectrum, target: &Target, parameters: Loop) -> TargetEvidence {
    const MAX_ROUNDS: usize = 11;
    let mut last = pure_noise(spectrum, target, EvidenceStatus::IterationLimit);
    let mut t = 1.0;
    for round in 1..=MAX_ROUNDS {
        let Some((next_t, evidence)) = update(spectrum, target, parameters, t) else {
            break;
        };
        last = TargetEvidence {
            iterations: round,
            ..evidence
        };
        if (next_t - t).abs() / t <= parameters.tolerance {
            last.status = EvidenceStatus::Converged;
            break;
        }
        t = next_t;
    }
    last
}

/// One round: the next `t`, and the evidence at the new precisions with the misfit of the old ones. `None` once a
/// precision leaves the positive finite numbers.
fn update(spectrum: &Spectrum, target: &Target, parameters: Loop, t: f64) -> Option<(f64, TargetEvidence)> {
    let Spectrum {
        ref eigenvalues,
        n_features,
        total_weight: n,
        ..
    } = *spectrum;
    let (mut gamma, mut squared_weights, mut squared_error) = (0.0, 0.0, target.residual(spectrum));
    for (&sigma, &x2) in eigenvalues.iter().zip(&target.squared_coordinates) {
        gamma += sigma / (sigma + t);
        squared_weights += sigma * x2 / (sigma + t).powi(2);
        squared_error += x2 / (1.0 + sigma / t).powi(2);
    }
    let alpha = gamma / (squared_weights + parameters.guard);
    let beta = (n - gamma) / (squared_error + parameters.guard);
    let n_zeros = parameters.n_log_terms - eigenvalues.len();
    let log_determinant = eigenvalues
        .iter()
        .map(|sigma| (alpha + beta * sigma).ln())
        .sum::<f64>()
        + n_zeros as f64 * alpha.ln();
    let evidence = 0.5
        * (n_features as f64 * alpha.ln() + n * beta.ln()
            - log_determinant
            - beta * squared_error
            - alpha * squared_weights
            - n * LOG_TWO_PI)
        / n;
    let next_t = alpha / beta;
    let usable = next_t > 0.0 && next_t.is_finite() && evidence.is_finite();
    usable.then_some((
        next_t,
        TargetEvidence {
            evidence,
            weight_variance: alpha.recip(),
            noise_variance: beta.recip(),
            status: EvidenceStatus::IterationLimit,
            iterations: 0,
        },
    ))
}
