//! OT-NCE: entropy of the target labels given the source labels that transport pairs them with.

use serde::{Deserialize, Serialize};
use transferability_metrics::Sample;

use crate::source_sample::Pair;
use crate::{
    DatasetMetric, EntropyEstimate, Given, GroundCost, Joint, LabelCoupling, Result, Sinkhorn, Solver,
    SourceSample,
};

/// Negative conditional entropy of the target labels given the source labels, in the joint that transport between the
/// features makes of them.
///
/// ```text
/// OT-NCE = -H(Y_t | Y_s),   P(y_s, y_t) = sum_{i: s_i = y_s} sum_{j: t_j = y_t} pi_ij
///
/// pi   the plan that moves the source features to the target features; s, t   the labels
/// ```
///
/// Between `-log C` for C target classes and 0 (each source class meets one target class), in nats. Where several plans
/// have the least cost, as among repeated features, the exact solver takes one of them, and the score is of that one.
///
/// | name | default | meaning | source |
/// |---|---|---|---|
/// | `ground` | squared Euclidean | cost between features | OTCE code |
/// | `solver` | exact | how the plan is found | OTCE code |
/// | `given` | [`Given::Rows`] | which labels are known: the source's (rows) or the target's (columns) | OTCE code |
/// | `estimate` | plug-in | entropy estimate | OTCE code |
/// | `normalized` | false | divide by the logarithm of the number of classes that are not given | – |
///
/// [`Given::Columns`] is the direction that OSBORN's paper writes down, `-H(Y_s | Y_t)`.
///
/// # Shapes
///
/// Source features (n, d), target features (m, d). Takes weights: the target's are the mass of the target points.
///
/// # Complexity
///
/// That of the solver; the joint is one pass over the plan.
///
/// # Reference
///
/// Tan, Li, Huang, *OTCE: A Transferability Metric for Cross-Domain Cross-Task Representations*, CVPR 2021,
/// arXiv:2103.13843 (appendix), and the code published with it.
///
/// # Examples
///
/// ```
/// use ot_transferability::{DatasetMetric, Given, OtNce, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// let features = Features::new(tensor_from_slice(&[0.5, 1.5, 3.5, 4.5], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_features(features)?;
///
/// // Points move by 1/2 to their neighbours: source class 0 meets both target classes, class 1 meets one.
/// let measured = OtNce::default().measure(&source, &target)?;
/// assert!((measured.coupling.cost - 0.25).abs() < 1e-12);
/// assert_eq!(measured.coupling.joint.values(), [0.25, 0.25, 0.0, 0.5]);
/// assert!((measured.conditional_entropy - 0.5 * 2_f64.ln()).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OtNce {
    /// The cost between features.
    pub ground: GroundCost,
    /// How the plan is found.
    pub solver: Solver,
    /// Which labels are known.
    pub given: Given,
    /// How the entropy is estimated.
    pub estimate: EntropyEstimate,
    /// Whether the entropy is divided by the largest value that it can take.
    pub normalized: bool,
}

impl Default for OtNce {
    fn default() -> Self {
        Self {
            ground: GroundCost::SquaredEuclidean,
            solver: Solver::default(),
            given: Given::Rows,
            estimate: EntropyEstimate::PlugIn,
            normalized: false,
        }
    }
}

/// What a score from paired labels is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelPairing {
    /// The conditional entropy, divided by its largest value if that was asked for. The score is its negative.
    pub conditional_entropy: f64,
    /// The transport that paired the labels.
    pub coupling: LabelCoupling,
}

impl OtNce {
    /// The conditional entropy with the transport that it comes from.
    ///
    /// # Errors
    ///
    /// A target sample without features, features that the two sides do not share, or an error of the solver.
    pub fn measure(&self, source: &SourceSample, target: &Sample) -> Result<LabelPairing> {
        let pair = Pair::new(source, target)?;
        let coupling = self.solver.couple(
            (&pair.source, source.labels()),
            (&pair.target, target.labels()),
            self.ground,
            &pair.marginals,
        )?;
        Ok(LabelPairing {
            conditional_entropy: self.entropy(&coupling.joint),
            coupling,
        })
    }

    /// The entropy of a joint in the direction and by the estimate of the parameters.
    pub(crate) fn entropy(&self, joint: &Joint) -> f64 {
        if self.normalized {
            joint.normalized_conditional_entropy(self.given, self.estimate)
        } else {
            joint.conditional_entropy(self.given, self.estimate)
        }
    }
}

impl DatasetMetric for OtNce {
    fn name(&self) -> &'static str {
        "ot-nce"
    }

    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64> {
        Ok(-self.measure(source, target)?.conditional_entropy)
    }
}

/// F-OTCE: [`OtNce`] from an entropic plan.
///
/// ```text
/// F-OTCE = -H(Y_t | Y_s),   pi = argmin <C, pi> + epsilon KL(pi | a b^T),   C_ij = ||x_i - z_j||^2
/// ```
///
/// A larger `epsilon` blurs the plan, so that the score tends to `-H(Y_t)`; as it vanishes, the score tends to that of
/// a plan of least cost.
///
/// | name | default | meaning | source |
/// |---|---|---|---|
/// | `sinkhorn` | as [`Sinkhorn`] | the entropic solver and its `epsilon` | – |
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
/// Tan, Zhang, Li, Huang, Zhang, *Transferability-Guided Cross-Domain Cross-Task Transfer Learning*, IEEE TNNLS 2024,
/// arXiv:2207.05510.
///
/// # Examples
///
/// ```
/// use ot_transferability::{CostScale, DatasetMetric, Epsilon, FOtce, Sinkhorn, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0], &[2, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 1])?).with_features(features)?;
/// let sinkhorn = Sinkhorn {
///     epsilon: Epsilon { value: 1.0, relative_to: CostScale::Absolute },
///     ..Sinkhorn::default()
/// };
///
/// // Two points at distance 1: a share 1 / (1 + e) of the mass changes places.
/// let changes = 1.0 / (1.0 + 1.0_f64.exp());
/// let entropy = -(changes * changes.ln() + (1.0 - changes) * (1.0 - changes).ln());
/// let score = FOtce { sinkhorn }.score(&source, &target)?;
/// assert!((score + entropy).abs() < 1e-6);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FOtce {
    /// The entropic solver.
    pub sinkhorn: Sinkhorn,
}

impl FOtce {
    /// The conditional entropy with the transport that it comes from.
    ///
    /// # Errors
    ///
    /// As [`OtNce::measure`].
    pub fn measure(&self, source: &SourceSample, target: &Sample) -> Result<LabelPairing> {
        let ot_nce = OtNce {
            solver: Solver::Sinkhorn(self.sinkhorn),
            ..OtNce::default()
        };
        ot_nce.measure(source, target)
    }
}

impl DatasetMetric for FOtce {
    fn name(&self) -> &'static str {
        "f-otce"
    }

    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64> {
        Ok(-self.measure(source, target)?.conditional_entropy)
    }
}
