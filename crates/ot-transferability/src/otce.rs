//! OTCE: accuracy predicted from domain and task difference, by coefficients fitted to known transfers.

mod coefficients;

pub use coefficients::{OtceCoefficients, Standardization};

use serde::{Deserialize, Serialize};
use transferability_metrics::Sample;

use crate::{DatasetMetric, LabelCoupling, OtNce, Result, SourceSample};

/// The transfer accuracy that a linear model predicts from domain and task difference.
///
/// ```text
/// OTCE = lambda_D W_D + lambda_T W_T + b,   W_D = <C, pi>,   W_T = H(Y_t | Y_s)
///
/// pi   the plan that moves the source features to the target features; C   its costs
/// ```
///
/// The coefficients come from transfers whose accuracy is known ([`OtceCoefficients::fit`]); they have no default.
///
/// # Shapes
///
/// Source features (n, d), target features (m, d). Takes weights: the target's are the mass of the target points.
///
/// # Complexity
///
/// That of the solver.
///
/// # Reference
///
/// Tan, Li, Huang, *OTCE: A Transferability Metric for Cross-Domain Cross-Task Representations*, CVPR 2021,
/// arXiv:2103.13843.
///
/// # Examples
///
/// ```
/// use ot_transferability::{DatasetMetric, OtNce, Otce, OtceCoefficients, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// // Four known transfers: accuracy = 1 - 0.1 W_D - 0.4 W_T.
/// let coefficients = OtceCoefficients::fit(&[0.0, 1.0, 0.0, 1.0], &[0.0, 0.0, 1.0, 1.0], &[1.0, 0.9, 0.6, 0.5])?;
/// let otce = Otce { coefficients, transport: OtNce::default() };
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// let features = Features::new(tensor_from_slice(&[0.5, 1.5, 3.5, 4.5], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_features(features)?;
///
/// // W_D = 1/4, W_T = 1/2 log 2.
/// let expected = 1.0 - 0.1 * 0.25 - 0.4 * 0.5 * 2_f64.ln();
/// assert!((otce.score(&source, &target)? - expected).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Otce {
    /// The fitted model.
    pub coefficients: OtceCoefficients,
    /// How the plan and the task difference are computed; the same as for the transfers that the model was fitted to.
    #[serde(default)]
    pub transport: OtNce,
}

/// What an OTCE score is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct OtceTerms {
    /// The predicted accuracy.
    pub score: f64,
    /// `W_D`.
    pub domain: f64,
    /// `W_T`.
    pub task: f64,
    /// The transport that both come from.
    pub coupling: LabelCoupling,
}

impl Otce {
    /// The score with its terms.
    ///
    /// # Errors
    ///
    /// Coefficients that [`OtceCoefficients::validate`] refuses; otherwise as [`OtNce::measure`].
    pub fn measure(&self, source: &SourceSample, target: &Sample) -> Result<OtceTerms> {
        self.coefficients.validate()?;
        let measured = self.transport.measure(source, target)?;
        let (domain, task) = (measured.coupling.cost, measured.conditional_entropy);
        Ok(OtceTerms {
            score: self.coefficients.predict(domain, task),
            domain,
            task,
            coupling: measured.coupling,
        })
    }
}

impl DatasetMetric for Otce {
    fn name(&self) -> &'static str {
        "otce"
    }

    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64> {
        Ok(self.measure(source, target)?.score)
    }
}
