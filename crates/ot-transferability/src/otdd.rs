//! OTDD: the optimal transport dataset distance.

use serde::{Deserialize, Serialize};
use tensor_core::check;
use transferability_metrics::Sample;

use crate::label_distance::LabelledPoints;
use crate::labelled_cost::LabelledCost;
use crate::source_sample::Pair;
use crate::{DatasetMetric, LabelCoupling, LabelDistance, Marginals, Result, Solver, SourceSample};

/// The optimal transport dataset distance: transport between labelled points, at a cost that compares features and
/// classes.
///
/// ```text
/// OTDD_p(S, T)^p = min_pi sum_ij pi_ij C_ij
/// C_ij = lambda_x ||x_i - z_j||^p + lambda_y D(s_i, t_j)^p
///
/// x, z   source and target features    s, t   their labels    D   distance between classes as clouds of features
/// ```
///
/// The score is `-OTDD_p`. Label sets need not match: classes are compared by their features alone.
///
/// A regularised solver makes the distance of a data set to itself positive. The debiased form takes that away:
///
/// ```text
/// F(S, T) - F(S, S)/2 - F(T, T)/2,   F   the solver's dual objective
/// ```
///
/// The strength of the regularisation is resolved for the costs between the sides and is the same for all three. The
/// debiased form is 0 for equal samples. For an entropic solver it is not negative if the cost is of negative type, as
/// that of features or class means at `p <= 2` is; other costs, and the Frobenius solver, promise no sign, and a
/// distance of a negative form is 0.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `p` | 2 | exponent of the distances | 1 or more | paper |
/// | `label_distance` | Gaussian, full covariance | `D` | – | paper |
/// | `feature_weight` | 1 | `lambda_x` | 0 or more | paper |
/// | `label_weight` | 1 | `lambda_y` | 0 or more | paper |
/// | `solver` | exact | how the plan is found | – | – |
/// | `debiased` | false | take the objectives within each side away | – | – |
///
/// One weight at least must not be 0. The code published with the paper halves the whole cost at `p = 2` (both weights
/// 0.5) and defaults to a debiased entropic solver.
///
/// # Shapes
///
/// Source features (n, d), target features (m, d). Takes weights: the target's are the mass of the target points.
///
/// # Complexity
///
/// That of the solver and of the [distances between classes](LabelDistance), three times if debiased.
///
/// # Reference
///
/// Alvarez-Melis, Fusi, *Geometric Dataset Distances via Optimal Transport*, `NeurIPS` 2020, arXiv:2002.02923.
///
/// # Examples
///
/// ```
/// use ot_transferability::{DatasetMetric, Otdd, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// let features = Features::new(tensor_from_slice(&[3.0, 4.0, 7.0, 8.0], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
///
/// // Everything moves by 3: each point, and each class with it.
/// let measured = Otdd::default().measure(&source, &target)?;
/// assert!((measured.cost - (9.0 + 9.0)).abs() < 1e-12);
/// assert!((Otdd::default().score(&source, &target)? + 18_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Otdd {
    /// The exponent of the distances.
    pub p: f64,
    /// The distance between classes.
    pub label_distance: LabelDistance,
    /// The weight of the distance between features.
    pub feature_weight: f64,
    /// The weight of the distance between classes.
    pub label_weight: f64,
    /// How the plan is found.
    pub solver: Solver,
    /// Whether the objectives within each side are taken away.
    pub debiased: bool,
}

impl Default for Otdd {
    fn default() -> Self {
        Self {
            p: 2.0,
            label_distance: LabelDistance::default(),
            feature_weight: 1.0,
            label_weight: 1.0,
            solver: Solver::default(),
            debiased: false,
        }
    }
}

/// A dataset distance with the transport that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetDistance {
    /// `OTDD_p`, the p-th root of the cost; 0 where that is negative.
    pub distance: f64,
    /// `OTDD_p^p`: the cost of the plan, or the debiased objective, which may fall below 0.
    pub cost: f64,
    /// The transport between the two sides.
    pub coupling: LabelCoupling,
}

impl Otdd {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    pub fn validate(&self) -> Result<()> {
        check::parameter(
            "p",
            self.p >= 1.0 && self.p.is_finite(),
            "1 or more, and finite",
            self.p,
        )?;
        check::non_negative("feature_weight", self.feature_weight)?;
        check::non_negative("label_weight", self.label_weight)?;
        let total = self.feature_weight + self.label_weight;
        Ok(check::positive("feature_weight + label_weight", total)?)
    }

    /// The distance with the transport that it comes from.
    ///
    /// # Errors
    ///
    /// A parameter out of range, a target sample without features, features that the two sides do not share, or an error
    /// of the solver.
    pub fn measure(&self, source: &SourceSample, target: &Sample) -> Result<DatasetDistance> {
        self.validate()?;
        let pair = Pair::new(source, target)?;
        let source = LabelledPoints::new(&pair.source, source.labels(), pair.marginals.source());
        let target = LabelledPoints::new(&pair.target, target.labels(), pair.marginals.target());
        let costs = self.costs().between(&source, &target)?;
        let solver = self.solver.resolved(&costs)?;
        let solved = solver.solve(&costs, &pair.marginals)?;
        let cost = if self.debiased {
            let within = |side| self.objective_within(&solver, side);
            solved.dual - f64::midpoint(within(&source)?, within(&target)?)
        } else {
            solved.cost
        };
        Ok(DatasetDistance {
            distance: cost.max(0.0).powf(1.0 / self.p),
            cost,
            coupling: LabelCoupling::of(&solved, source.labels, target.labels)?,
        })
    }

    fn costs(&self) -> LabelledCost {
        LabelledCost {
            p: self.p,
            feature_weight: self.feature_weight,
            label_weight: self.label_weight,
            label_distance: self.label_distance,
        }
    }

    /// The dual objective between a side and itself.
    fn objective_within(&self, solver: &Solver, side: &LabelledPoints<'_>) -> Result<f64> {
        if let Solver::Exact(_) = solver {
            // Every point stays where it is.
            return Ok(0.0);
        }
        let marginals = Marginals::new(side.masses, side.masses)?;
        Ok(solver.solve(&self.costs().between(side, side)?, &marginals)?.dual)
    }
}

impl DatasetMetric for Otdd {
    fn name(&self) -> &'static str {
        "otdd"
    }

    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64> {
        Ok(-self.measure(source, target)?.distance)
    }
}
