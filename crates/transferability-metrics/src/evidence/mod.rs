//! The marginal likelihood of Bayesian linear regression as a function of one number, and its maximum.
//!
//! The model is `y ~ N(F w, 1/beta)`, `w ~ N(0, 1/alpha)`. With the eigenvalues `sigma_i` of `F^T F` and the
//! coordinates `x_i` of `y` along the matching left singular vectors, everything depends on `t = alpha / beta`
//! alone: for given `t` the best `beta` is `N / Q(t)`, which leaves
//!
//! ```text
//! L(t) = -1/2 sum_i log(1 + sigma_i / t) - N/2 log(Q(t) / N) - N/2 (1 + log 2 pi)
//! Q(t) = r + sum_i x_i^2 t / (t + sigma_i),     r = ||y||^2 - sum_i x_i^2
//! ```
//!
//! Zero eigenvalues add nothing to the first sum, so it runs over all features whatever the rank. The stationary
//! points of `L` are exactly the fixed points of the usual iteration for `alpha` and `beta`.

mod maximum;
mod published;

use serde::{Deserialize, Serialize};

pub(crate) use maximum::maximize;
pub(crate) use published::{Loop, run};

/// How an evidence came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceStatus {
    /// A maximum at a finite prior and noise precision, or an iteration that met its tolerance.
    Converged,
    /// The maximum is the limit of vanishing weights (`alpha -> infinity`): the features say nothing about this
    /// target, and the evidence is that of pure noise.
    Unrelated,
    /// The features fit this target exactly. With as many samples as independent features the evidence is the
    /// limit of vanishing noise (`beta -> infinity`). With more samples it has no bound, and the value is the one
    /// for a residual of `1e-12 ||y||^2`, or of the rounding error of the fit where that is more.
    Interpolated,
    /// The iteration stopped at its limit, or left the range of `f64`, before it met its tolerance.
    IterationLimit,
}

/// The evidence of one target: of one class against the others, or of one column of real values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetEvidence {
    /// The log evidence divided by the number of samples.
    pub evidence: f64,
    /// The prior variance of the weights, `1 / alpha`; 0 if the features are [unrelated](EvidenceStatus).
    pub weight_variance: f64,
    /// The variance of the noise, `1 / beta`; 0 in the limit of interpolation.
    pub noise_variance: f64,
    /// How the evidence came about.
    pub status: EvidenceStatus,
    /// Steps taken in search of the maximum.
    pub iterations: usize,
}

/// The spectrum of the features.
#[derive(Debug)]
pub(crate) struct Spectrum {
    /// The eigenvalues of `F^T W F` above the rank cut.
    pub(crate) eigenvalues: Vec<f64>,
    /// The number of features, zero eigenvalues included.
    pub(crate) n_features: usize,
    /// The number of rows.
    pub(crate) n_rows: usize,
    /// The number of samples that the rows stand for.
    pub(crate) total_weight: f64,
}

/// One target in the coordinates of the spectrum.
#[derive(Debug)]
pub(crate) struct Target {
    /// The squared coordinates, one an eigenvalue.
    pub(crate) squared_coordinates: Vec<f64>,
    /// `||y||^2`, positive.
    pub(crate) squared_norm: f64,
}

impl Target {
    /// The part of `||y||^2` that no weights can reach.
    fn residual(&self, spectrum: &Spectrum) -> f64 {
        if spectrum.eigenvalues.len() == spectrum.n_rows {
            return 0.0; // the features span every target
        }
        (self.squared_norm - self.squared_coordinates.iter().sum::<f64>()).max(0.0)
    }
}

/// The evidence of `y` as pure noise, divided by the number of samples: the limit `alpha -> infinity`.
fn pure_noise(spectrum: &Spectrum, target: &Target, status: EvidenceStatus) -> TargetEvidence {
    let noise_variance = target.squared_norm / spectrum.total_weight;
    TargetEvidence {
        evidence: -0.5 * (noise_variance.ln() + 1.0 + LOG_TWO_PI),
        weight_variance: 0.0,
        noise_variance,
        status,
        iterations: 0,
    }
}

/// `log(2 pi)`.
const LOG_TWO_PI: f64 = 1.837_877_066_409_345_5;
