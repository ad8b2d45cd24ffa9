//! N-LEEP: LEEP of a Gaussian mixture in place of a source head.

use serde::{Deserialize, Serialize};
use tensor_core::{Seed, Tensor, check};

use crate::gaussian_mixture::{GaussianMixture, MixtureFit};
use crate::k_means::k_means;
use crate::leep::log_expected_empirical_prediction;
use crate::pca::{Components, principal_scores};
use crate::{Metric, Requirement, Result, Sample};

/// LEEP with the source classes replaced by the components of a Gaussian mixture fitted to the features.
///
/// ```text
/// S = leading principal components of F that hold more than `variance` of the variance
/// P_iv = posterior of component v given s_i, of a mixture of K Gaussians fitted to S
/// N-LEEP = LEEP(P, y)
/// ```
///
/// It needs no source head, so it also scores networks trained without labels. Covariances are full. The mixture
/// starts from k-means with k-means++ seeds and is fitted as by scikit-learn's `GaussianMixture`. Components number
/// `K = components_per_class * C`, but never more than `n / 2`, so that a component holds two samples on average,
/// nor more than there are distinct points.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `variance` | 0.8 | share of the variance that the components kept exceed | above 0, below 1 | `stable_transfer` |
/// | `components_per_class` | 5 | mixture components a class | 1 or more | Li et al. |
/// | `regularization` | 1e-6 | added to the diagonal of every covariance | 0 or more | scikit-learn |
/// | `tolerance` | 1e-3 | change of the mean log-likelihood that ends the fit | 0 or more | scikit-learn |
/// | `max_iterations` | 100 | rounds of expectation-maximisation at most | 1 or more | scikit-learn |
/// | `seed` | 0 | seed of k-means++ | any | – |
///
/// The copy of N-LEEP in the SFDA code averages the expected empirical predictions themselves, without the
/// logarithm: its numbers lie in (0, 1] and are not these. Weights are not taken: a repeated row would change what
/// k-means++ draws.
///
/// # Shapes
///
/// Reads the features `(n, d)`.
///
/// # Complexity
///
/// The principal components, then `O(n K k^2)` a round for `k` of them; `O(n K)` memory.
///
/// # Reference
///
/// Li et al., *Ranking Neural Checkpoints*, CVPR 2021, arXiv:2011.11200.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Metric, NLeep, Sample};
///
/// // Two groups far apart, one a class: every component holds one class.
/// let features = tensor_from_slice(&[0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.3], &[8, 1])?;
/// let sample = Sample::new(Labels::new(&[0, 0, 0, 0, 1, 1, 1, 1])?).with_features(Features::new(features)?)?;
/// assert!(NLeep::default().score(&sample)?.abs() < 1e-12);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NLeep {
    /// Share of the variance that the principal components kept exceed.
    pub variance: f64,
    /// Mixture components a class.
    pub components_per_class: usize,
    /// Added to the diagonal of every covariance, in squared units of the features.
    pub regularization: f64,
    /// Change of the mean log-likelihood of a sample that ends the fit.
    pub tolerance: f64,
    /// Rounds of expectation-maximisation at most.
    pub max_iterations: usize,
    /// Seed of k-means++.
    pub seed: Seed,
}

impl Default for NLeep {
    fn default() -> Self {
        Self {
            variance: 0.8,
            components_per_class: 5,
            regularization: 1e-6,
            tolerance: 1e-3,
            max_iterations: 100,
            seed: Seed::new(0),
        }
    }
}

/// A score of [`NLeep`] with what the mixture came to.
///
/// # Examples
///
/// See [`NLeep::fit`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NLeepFit {
    /// The score.
    pub score: f64,
    /// Principal components kept.
    pub n_dimensions: usize,
    /// Components of the mixture.
    pub n_components: usize,
    /// Whether the log-likelihood settled within the rounds allowed.
    pub converged: bool,
    /// Rounds of expectation-maximisation.
    pub iterations: usize,
    /// Mean log-likelihood of a sample in the last round.
    pub lower_bound: f64,
}

impl NLeep {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::NLeep;
    ///
    /// let error = NLeep { variance: 1.0, ..NLeep::default() }.validate().unwrap_err();
    /// assert_eq!(error.to_string(), "variance is 1: expected above 0 and below 1");
    /// ```
    pub fn validate(&self) -> Result<()> {
        check::parameter(
            "variance",
            self.variance > 0.0 && self.variance < 1.0,
            "above 0 and below 1",
            self.variance,
        )?;
        let per_class = self.components_per_class;
        check::parameter("components_per_class", per_class >= 1, "1 or more", per_class)?;
        check::non_negative("regularization", self.regularization)?;
        check::non_negative("tolerance", self.tolerance)?;
        check::parameter(
            "max_iterations",
            self.max_iterations >= 1,
            "1 or more",
            self.max_iterations,
        )?;
        Ok(())
    }

    /// The score and how its mixture was fitted.
    ///
    /// # Errors
    ///
    /// A parameter out of range, no features, weights, or a covariance that is singular to rounding: raise
    /// `regularization` or scale the features.
    ///
    /// # Examples
    ///
    /// ```
    /// use tensor_core::convert::tensor_from_slice;
    /// use transferability_metrics::{Features, Labels, NLeep, Sample};
    ///
    /// let features = tensor_from_slice(&[0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.3], &[8, 1])?;
    /// let sample = Sample::new(Labels::new(&[0, 0, 0, 0, 1, 1, 1, 1])?).with_features(Features::new(features)?)?;
    /// let fit = NLeep::default().fit(&sample)?;
    /// assert_eq!((fit.n_dimensions, fit.n_components, fit.converged), (1, 4, true));
    /// # Ok::<(), transferability_metrics::Error>(())
    /// ```
    pub fn fit(&self, sample: &Sample) -> Result<NLeepFit> {
        self.validate()?;
        sample.refuse_weights(self.name())?;
        let scores = principal_scores(sample, Components::Variance(self.variance))?;
        let n_components =
            (self.components_per_class * sample.labels().n_classes()).min(sample.n_samples() / 2);
        let clusters = k_means(&scores, n_components, &mut self.seed.stream("n-leep/k-means", 0))?;
        self.fit_from(sample, &scores, &clusters)
    }

    fn fit_from(&self, sample: &Sample, scores: &Tensor, clusters: &[usize]) -> Result<NLeepFit> {
        let mixture = GaussianMixture {
            regularization: self.regularization,
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
        };
        let MixtureFit {
            posteriors,
            converged,
            iterations,
            lower_bound,
        } = mixture.fit(scores, clusters)?;
        Ok(NLeepFit {
            score: log_expected_empirical_prediction(&posteriors, sample)?,
            n_dimensions: scores.size()[1] as usize,
            n_components: posteriors.size()[1] as usize,
            converged,
            iterations,
            lower_bound,
        })
    }
}

impl Metric for NLeep {
    fn name(&self) -> &'static str {
        "nleep"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        false
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        Ok(self.fit(sample)?.score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Features, Labels};
    use golden::Golden;
    use tensor_core::convert;

    #[test]
    fn agrees_with_scikit_learn_from_the_same_clusters() -> std::result::Result<(), golden::Error> {
        let golden = Golden::load("tests/golden/n_leep.json")?;
        let (shape, features) = golden.array("features")?;
        let features =
            convert::tensor_from_slice(&features, &[shape[0] as i64, shape[1] as i64]).expect("matrix");
        let sample = Sample::new(Labels::new(&golden.integers("labels")?).expect("labels"))
            .with_features(Features::new(features).expect("features"))
            .expect("one row a label");
        let clusters: Vec<usize> = golden
            .integers("start")?
            .into_iter()
            .map(|cluster| cluster as usize)
            .collect();
        let scores = principal_scores(&sample, Components::Variance(0.8)).expect("finite");
        for (name, max_iterations) in [("three", 3), ("converged", 100)] {
            let metric = NLeep {
                max_iterations,
                ..NLeep::default()
            };
            let fit = metric.fit_from(&sample, &scores, &clusters).expect("regular");
            golden.assert_scalar(&format!("{name}.n_leep"), fit.score);
            golden.assert_scalar(&format!("{name}.lower_bound"), fit.lower_bound);
        }
        Ok(())
    }
}
