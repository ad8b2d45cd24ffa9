//! JC-NCE: OT-NCE with a cost that looks at the labels too.

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::Sample;

use crate::label_distance::LabelledPoints;
use crate::labelled_cost::LabelledCost;
use crate::source_sample::Pair;
use crate::{
    DatasetMetric, EntropyEstimate, Given, LabelDistance, LabelPairing, Result, Solver, SourceSample,
};

/// Negative conditional entropy of the target labels given the source labels, paired by transport at a cost that
/// compares features and classes.
///
/// ```text
/// JC-NCE = -H(Y_t | Y_s),   C_ij = gamma ||x_i - z_j||^2 + (1 - gamma) D(s_i, t_j)
///
/// x, z   source and target features    s, t   their labels    D   squared distance between classes
/// ```
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `feature_weight` | 0.5 | `gamma` | 0 to 1 | published code of the JC metrics |
/// | `label_distance` | Gaussian, full covariance | distance between classes as clouds of features | – | – |
/// | `solver` | exact | how the plan is found | – | OTCE code |
/// | `given` | [`Given::Rows`] | which labels are known: the source's (rows) or the target's (columns) | – | as OTCE |
///
/// # Shapes
///
/// Source features (n, d), target features (m, d). Takes weights: the target's are the mass of the target points.
///
/// # Complexity
///
/// That of the solver and of the [distances between classes](LabelDistance).
///
/// # Reference
///
/// Tan, Li, Huang, *Practical Transferability Estimation for Image Classification Tasks*, 2021, arXiv:2106.10479.
///
/// # Examples
///
/// ```
/// use ot_transferability::{DatasetMetric, JcNce, LabelDistance, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// let features = Features::new(tensor_from_slice(&[0.5, 1.5, 3.5, 4.5], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 1, 1, 1])?).with_features(features)?;
///
/// let metric = JcNce { label_distance: LabelDistance::ClassMeans, ..JcNce::default() };
/// let measured = metric.measure(&source, &target)?;
/// // On the line the plan is that of neighbours: moves of 1/2, and class means 1/2 and 9/2 against 1/2 and 19/6.
/// let label_cost = (0.0 + (8.0_f64 / 3.0).powi(2) + 2.0 * (4.0_f64 / 3.0).powi(2)) / 4.0;
/// assert!((measured.coupling.cost - 0.5 * (0.25 + label_cost)).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JcNce {
    /// The share of the feature distance in the cost.
    pub feature_weight: f64,
    /// The distance between classes.
    pub label_distance: LabelDistance,
    /// How the plan is found.
    pub solver: Solver,
    /// Which labels are known.
    pub given: Given,
}

impl Default for JcNce {
    fn default() -> Self {
        Self {
            feature_weight: 0.5,
            label_distance: LabelDistance::default(),
            solver: Solver::default(),
            given: Given::Rows,
        }
    }
}

impl JcNce {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A `feature_weight` that is not between 0 and 1.
    pub fn validate(&self) -> Result<()> {
        Ok(check::unit_interval("feature_weight", self.feature_weight)?)
    }

    /// The conditional entropy with the transport that it comes from.
    ///
    /// # Errors
    ///
    /// A parameter out of range, a target sample without features, features that the two sides do not share, or an error
    /// of the solver.
    pub fn measure(&self, source: &SourceSample, target: &Sample) -> Result<LabelPairing> {
        self.validate()?;
        let pair = Pair::new(source, target)?;
        let cost = LabelledCost {
            p: 2.0,
            feature_weight: self.feature_weight,
            label_weight: 1.0 - self.feature_weight,
            label_distance: self.label_distance,
        }
        .between(
            &LabelledPoints::new(&pair.source, source.labels(), pair.marginals.source()),
            &LabelledPoints::new(&pair.target, target.labels(), pair.marginals.target()),
        )?;
        let coupling =
            self.solver
                .couple_with_costs(&cost, &pair.marginals, source.labels(), target.labels())?;
        Ok(LabelPairing {
            conditional_entropy: coupling
                .joint
                .conditional_entropy(self.given, EntropyEstimate::PlugIn),
            coupling,
        })
    }
}

impl DatasetMetric for JcNce {
    fn name(&self) -> &'static str {
        "jc-nce"
    }

    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64> {
        Ok(-self.measure(source, target)?.conditional_entropy)
    }
}
