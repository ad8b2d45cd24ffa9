//! Domain difference: how far the target features lie from the source features.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tensor_core::{Seed, check, random};
use transferability_metrics::{Degeneracy, Sample};

use crate::source_sample::{Pair, select_points, shares};
use crate::{
    CovarianceShape, DatasetMetric, Error, GaussianFit, GroundCost, LabelCoupling, Marginals, Result,
    SinkhornDivergence, SlicedWasserstein, Solver, SourceSample, bures_wasserstein,
};

/// Domain difference: the cost of moving the source features to the target features.
///
/// ```text
/// W_D = sum_ij pi_ij ||x_i - z_j||^2
///
/// pi   the plan of least cost    x, z   source and target features, scaled as `scale` says
/// ```
///
/// The score is `-W_D`. No root is taken: with the default cost, `W_D` is the square of the 2-Wasserstein distance.
///
/// Between two networks the raw cost does not compare: it grows with the square of the scale of the features. And it
/// does not vanish between two samples of one distribution: in d dimensions it falls as `n^(-2/d)`, so that among some
/// thousand samples of hundreds of features it is mostly this *floor*. Hence the options, and
/// [`DomainDistance::measure`], which reports the raw cost and its floor beside the value.
///
/// | name | default | meaning | source |
/// |---|---|---|---|
/// | `scale` | [`FeatureScale::Raw`] | how the features are scaled | OTCE code |
/// | `estimate` | [`DomainEstimate::Transport`] | what is taken for the distance | OTCE code |
/// | `ground` | squared Euclidean | cost between features | OTCE code |
/// | `solver` | exact | how the plan is found | OTCE code |
/// | `floor` | one split, seed 0 | how the floor is estimated | – |
///
/// # Shapes
///
/// Source features (n, d), target features (m, d). Takes weights: the target's are the mass of the target points.
///
/// # Complexity
///
/// That of the solver, once for each estimate.
///
/// # Reference
///
/// Tan, Li, Huang, *OTCE: A Transferability Metric for Cross-Domain Cross-Task Representations*, CVPR 2021,
/// arXiv:2103.13843. The rate of the floor: Dudley, "The speed of mean Glivenko-Cantelli convergence", 1969.
///
/// # Examples
///
/// ```
/// use ot_transferability::{DomainDistance, FeatureScale, SourceSample};
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Sample};
///
/// let features = Features::new(tensor_from_slice(&[-1.0, -1.0, 1.0, 1.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// let features = Features::new(tensor_from_slice(&[3.0, 3.0, 5.0, 5.0], &[4, 1])?)?;
/// let target = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
///
/// // Every point moves by 4; the variance is 1 on either side, and 1 + 4^2/4 of both together.
/// let scaled = DomainDistance { scale: FeatureScale::TotalVariance, ..DomainDistance::default() };
/// let measured = scaled.measure(&source, &target)?;
/// assert!((measured.raw - 16.0).abs() < 1e-12);
/// assert!((measured.value - 16.0 / 5.0).abs() < 1e-12);
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DomainDistance {
    /// How the features are scaled.
    pub scale: FeatureScale,
    /// What is taken for the distance.
    pub estimate: DomainEstimate,
    /// The cost between features.
    pub ground: GroundCost,
    /// How the plan is found.
    pub solver: Solver,
    /// How the floor is estimated.
    pub floor: SplitHalf,
}

/// How features are scaled before their distance is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureScale {
    /// As they are.
    #[default]
    Raw,
    /// Each feature vector is divided by its Euclidean norm. A vector of zeros, such as a rectified layer may give, stays.
    UnitRows,
    /// All features are divided by the root of their total variance, so that squared costs are divided by it:
    ///
    /// ```text
    /// V = (V_s + V_t) / 2 + ||m_s - m_t||^2 / 4
    ///
    /// m, V   mean and total variance (trace of the covariance) of a side
    /// ```
    ///
    /// `V` is the total variance of the mixture of both sides in equal parts: d times the mean variance of a feature. A
    /// squared cost of least transport over `V` lies between 0 and 4; it is 2 at most where the means agree.
    TotalVariance,
}

/// What is taken for the distance of two clouds of features.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "estimate", rename_all = "kebab-case")]
pub enum DomainEstimate {
    /// The cost of the solver's plan.
    #[default]
    Transport,
    /// That cost less its [floor](SplitHalf): about 0 between samples of one distribution, and negative by chance.
    AboveFloor,
    /// The Sinkhorn divergence: an entropic cost less those of each side with itself.
    SinkhornDivergence(SinkhornDivergence),
    /// The squared 2-Wasserstein distance of normal distributions fitted to both sides.
    Bures(GaussianFit),
    /// The mean cost of transport between projections on lines.
    Sliced(SlicedWasserstein),
}

/// The floor of a transport cost: what it is between random halves of the source sample.
///
/// ```text
/// floor = mean over splits of W(A', A''),   A' and A'' random halves of the source features
/// ```
///
/// Halves are smaller than the samples themselves, so the floor is somewhat above that of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitHalf {
    /// How many splits are averaged, 1 or more.
    pub n_splits: usize,
    /// The seed of the splits.
    pub seed: Seed,
}

impl Default for SplitHalf {
    fn default() -> Self {
        Self {
            n_splits: 1,
            seed: Seed::new(0),
        }
    }
}

/// A domain difference with what it should be read against.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainDifference {
    /// The distance as the parameters ask for it.
    pub value: f64,
    /// The transport cost of the features as they are.
    pub raw: f64,
    /// The floor of the raw cost: what it is between halves of the source sample.
    pub floor: f64,
    /// The total variance `V` of both sides together.
    pub total_variance: f64,
}

impl DomainDistance {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// No split, or a parameter of the estimate out of range.
    pub fn validate(&self) -> Result<()> {
        let n_splits = self.floor.n_splits;
        check::parameter("n_splits", n_splits >= 1, "1 or more", n_splits)?;
        match self.estimate {
            DomainEstimate::Transport | DomainEstimate::AboveFloor => Ok(()),
            DomainEstimate::SinkhornDivergence(divergence) => divergence.validate(),
            DomainEstimate::Bures(fit) => fit.validate(),
            DomainEstimate::Sliced(sliced) => sliced.validate(),
        }
    }

    /// The domain difference with the raw cost and its floor.
    ///
    /// # Errors
    ///
    /// A parameter out of range, a target sample without features, features that the two sides do not share or that are
    /// all equal where their variance is a scale, or an error of the solver.
    pub fn measure(&self, source: &SourceSample, target: &Sample) -> Result<DomainDifference> {
        self.validate()?;
        let pair = Pair::new(source, target)?;
        let raw = Self {
            scale: FeatureScale::Raw,
            estimate: DomainEstimate::Transport,
            ..*self
        };
        let (raw_cost, floor) = (raw.cost(&pair)?, raw.floor_of(&pair)?);
        let value = match (self.scale, self.estimate) {
            (FeatureScale::Raw, DomainEstimate::Transport) => raw_cost,
            (FeatureScale::Raw, DomainEstimate::AboveFloor) => raw_cost - floor,
            _ => self.value(&pair)?,
        };
        Ok(DomainDifference {
            value,
            raw: raw_cost,
            floor,
            total_variance: total_variance(&pair)?,
        })
    }

    /// The distance as the parameters ask for it, and how the plan between the scaled features pairs the labels: one
    /// transport serves both.
    pub(crate) fn difference_and_coupling(
        &self,
        source: &SourceSample,
        target: &Sample,
    ) -> Result<(f64, LabelCoupling)> {
        self.validate()?;
        let pair = Pair::new(source, target)?;
        let scaled = self.scaled(&pair)?;
        let coupling = self.solver.couple(
            (&scaled.source, source.labels()),
            (&scaled.target, target.labels()),
            self.ground,
            &scaled.marginals,
        )?;
        let difference = match self.estimate {
            DomainEstimate::Transport => coupling.cost,
            DomainEstimate::AboveFloor => coupling.cost - self.floor_of(&scaled)?,
            DomainEstimate::SinkhornDivergence(_) | DomainEstimate::Bures(_) | DomainEstimate::Sliced(_) => {
                self.value(&pair)?
            }
        };
        Ok((difference, coupling))
    }

    /// The distance of a pair as the parameters ask for it.
    fn value(&self, pair: &Pair) -> Result<f64> {
        let pair = &self.scaled(pair)?;
        let (source, target) = (&pair.source, &pair.target);
        match self.estimate {
            DomainEstimate::Transport => self.cost(pair),
            DomainEstimate::AboveFloor => Ok(self.cost(pair)? - self.floor_of(pair)?),
            DomainEstimate::SinkhornDivergence(divergence) => Ok(divergence
                .between(source, target, self.ground, &pair.marginals)?
                .divergence),
            DomainEstimate::Bures(fit) => {
                let source = fit.fit(source, pair.marginals.source())?;
                let target = fit.fit(target, pair.marginals.target())?;
                Ok(bures_wasserstein(&source, &target)?.cost)
            }
            DomainEstimate::Sliced(sliced) => Ok(sliced.solve(source, target, &pair.marginals)?.cost),
        }
    }

    fn scaled(&self, pair: &Pair) -> Result<Pair> {
        let (source, target) = match self.scale {
            FeatureScale::Raw => (pair.source.shallow_clone(), pair.target.shallow_clone()),
            FeatureScale::UnitRows => (unit_rows(&pair.source)?, unit_rows(&pair.target)?),
            FeatureScale::TotalVariance => {
                let variance = total_variance(pair)?;
                if !(variance > 0.0 && variance.is_finite()) {
                    return Err(Error::Sample(transferability_metrics::Error::Undefined {
                        metric: self.name(),
                        degeneracy: Degeneracy::ConstantFeatures,
                    }));
                }
                let factor = variance.sqrt().recip();
                (
                    pair.source.f_mul_scalar(factor)?,
                    pair.target.f_mul_scalar(factor)?,
                )
            }
        };
        Ok(Pair {
            source,
            target,
            marginals: pair.marginals.clone(),
        })
    }

    fn cost(&self, pair: &Pair) -> Result<f64> {
        self.solver
            .transport_cost(&pair.source, &pair.target, self.ground, &pair.marginals)
    }

    /// The mean transport cost between random halves of the source.
    fn floor_of(&self, pair: &Pair) -> Result<f64> {
        let (n_splits, masses) = (self.floor.n_splits, pair.marginals.source());
        let mut total = 0.0;
        for split in 0..n_splits {
            let mut rng = self.floor.seed.stream("split-half", split as u64);
            let order = random::permutation(&mut rng, masses.len());
            let (first, second) = order.split_at(order.len() / 2);
            let marginals = Marginals::new(&shares(masses, first), &shares(masses, second))?;
            let (first, second) = (
                select_points(&pair.source, first)?,
                select_points(&pair.source, second)?,
            );
            total += self
                .solver
                .transport_cost(&first, &second, self.ground, &marginals)?;
        }
        Ok(total / n_splits as f64)
    }
}

impl DatasetMetric for DomainDistance {
    fn name(&self) -> &'static str {
        "domain-distance"
    }

    fn score(&self, source: &SourceSample, target: &Sample) -> Result<f64> {
        self.validate()?;
        Ok(-self.value(&Pair::new(source, target)?)?)
    }
}

/// The points over their lengths; a point at the origin stays there.
fn unit_rows(points: &Tensor) -> Result<Tensor> {
    let last: &[i64] = &[1];
    let norms = points.f_norm_scalaropt_dim(2.0, last, true)?;
    Ok(points.f_div(&norms.f_clamp_min(f64::MIN_POSITIVE)?)?)
}

/// The total variance of the mixture of both sides in equal parts.
fn total_variance(pair: &Pair) -> Result<f64> {
    let fit = GaussianFit {
        shape: CovarianceShape::Diagonal,
        ..GaussianFit::default()
    };
    let source = fit.fit(&pair.source, pair.marginals.source())?;
    let target = fit.fit(&pair.target, pair.marginals.target())?;
    let between = bures_wasserstein(&source, &target)?.mean_term;
    Ok(f64::midpoint(source.trace(), target.trace()) + between / 4.0)
}
