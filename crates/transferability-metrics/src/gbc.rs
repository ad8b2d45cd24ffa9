//! GBC: Gaussian Bhattacharyya coefficient of the classes.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Tensor, check, convert};

use crate::class_statistics::{centred, class_indices, class_sums, class_weights};
use crate::nested::row_tensor;
use crate::pca::{Components, principal_scores};
use crate::{Degeneracy, Error, Metric, NestedRows, Requirement, Result, Sample};

/// Minus the overlap of the classes, each taken for a Gaussian in feature space.
///
/// ```text
/// GBC = - sum_{i != j} exp(-D_B(i, j))        over ordered pairs of classes
///
/// D_B(i, j) = (1/8) sum_k (mu_ik - mu_jk)^2 / s_ijk + (1/4) sum_k log( s_ijk^2 / (s_ik s_jk) )
/// s_ijk = (s_ik + s_jk) / 2
///
/// mu_ik, s_ik   mean and variance of feature k in class i, the variance raised to `variance_floor` at least
/// ```
///
/// From `-C (C - 1)` (the classes coincide) to 0 (they do not overlap). The features are first reduced to their
/// leading principal components. A class of one sample has zero population variance, so it takes the floor in every
/// direction; its sample variance is undefined, which is an error.
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `shape` | [`Spherical`](GaussianShape::Spherical) | form of the covariances | – | `stable_transfer` |
/// | `n_components` | 64 | principal components kept; `None` keeps the features as they are | 1 or more | `stable_transfer` |
/// | `variance` | [`Population`](VarianceEstimate::Population) | divisor of the variances | – | `stable_transfer` |
/// | `variance_floor` | 1e-4 | least variance of a feature in a class | above 0 | `stable_transfer` |
///
/// `n_components` is cut to the number of features. Directions in which the sample does not vary are kept with zero
/// scores, and count in the mean variance of a spherical Gaussian.
///
/// # Shapes
///
/// Reads the features `(n, d)`. Takes weights.
///
/// # Errors
///
/// [`Error::Undefined`] if sample variances are asked for and a class stands for no more than one sample.
///
/// # Complexity
///
/// The principal components, then `O(n k + C^2 k)` for `k` of them.
///
/// # Reference
///
/// Pándy, Agostinelli, Uijlings, Ferrari, Mensink, *Transferability Estimation using Bhattacharyya Class
/// Separability*, CVPR 2022, arXiv:2111.12780. The defaults are those of `stable_transfer` (Agostinelli et al., *How
/// Stable are Transferability Metrics Evaluations?*, ECCV 2022).
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Gbc, Labels, Metric, Sample};
///
/// // Means 0 and 2, variances 1: D_B = 4 / 8, for each of the two ordered pairs.
/// let features = Features::new(tensor_from_slice(&[-1.0, 1.0, 1.0, 3.0], &[4, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// assert!((Gbc::default().score(&sample)? + 2.0 * (-0.5_f64).exp()).abs() < 1e-14);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gbc {
    /// Form of the covariances.
    pub shape: GaussianShape,
    /// Principal components kept; `None` keeps the features as they are.
    pub n_components: Option<usize>,
    /// Divisor of the variances.
    pub variance: VarianceEstimate,
    /// Least variance of a feature in a class, in squared units of the features.
    pub variance_floor: f64,
}

/// The form of a class's covariance.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, GaussianShape, Gbc, Labels, Metric, Sample};
///
/// // Means (0, 0) twice, variances (1, 4) and (4, 1).
/// let values = [1.0, 2.0, -1.0, 2.0, 1.0, -2.0, -1.0, -2.0, 2.0, 1.0, -2.0, 1.0, 2.0, -1.0, -2.0, -1.0];
/// let features = Features::new(tensor_from_slice(&values, &[8, 2])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 0, 0, 1, 1, 1, 1])?).with_features(features)?;
/// let score = |shape| Gbc { shape, n_components: None, ..Gbc::default() }.score(&sample);
/// // D_B = 2 * 1/4 log(2.5^2 / 4).
/// assert!((score(GaussianShape::Diagonal)? + 2.0 * (4.0_f64 / 6.25).sqrt()).abs() < 1e-14);
/// // Both mean variances are 2.5: the classes coincide.
/// assert_eq!(score(GaussianShape::Spherical)?, -2.0);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GaussianShape {
    /// A variance for each feature.
    Diagonal,
    /// One variance, the mean over the features.
    #[default]
    Spherical,
    /// As [`Spherical`](Self::Spherical), but with the logarithm in `D_B` counted once instead of once a feature: so
    /// computes the published code (`stable_transfer`), whose `reduce_sum` runs over a single number there. For
    /// comparison with published scores.
    SphericalLogOnce,
}

/// The divisor of a variance.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Gbc, Labels, Metric, Sample, VarianceEstimate};
///
/// // Means 0 and 2; the variances are 1 over the population and 2 over the sample: D_B = 4 / 16.
/// let features = Features::new(tensor_from_slice(&[-1.0, 1.0, 1.0, 3.0], &[4, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 0, 1, 1])?).with_features(features)?;
/// let metric = Gbc { variance: VarianceEstimate::Sample, ..Gbc::default() };
/// assert!((metric.score(&sample)? + 2.0 * (-0.25_f64).exp()).abs() < 1e-14);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VarianceEstimate {
    /// The number of samples of the class.
    #[default]
    Population,
    /// That number less one; every class then needs more than one sample.
    Sample,
}

impl Default for Gbc {
    fn default() -> Self {
        Self {
            shape: GaussianShape::Spherical,
            n_components: Some(64),
            variance: VarianceEstimate::Population,
            variance_floor: 1e-4,
        }
    }
}

impl Gbc {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// A parameter outside the range that the table gives.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::Gbc;
    ///
    /// let error = Gbc { n_components: Some(0), ..Gbc::default() }.validate().unwrap_err();
    /// assert_eq!(error.to_string(), "n_components is 0: expected 1 or more");
    /// ```
    pub fn validate(&self) -> Result<()> {
        if let Some(count) = self.n_components {
            check::parameter("n_components", count >= 1, "1 or more", count)?;
        }
        Ok(check::positive("variance_floor", self.variance_floor)?)
    }

    /// The leading principal components of the features, or the features less their mean.
    fn reduced_features(&self, sample: &Sample) -> Result<Tensor> {
        match self.n_components {
            Some(count) => principal_scores(sample, Components::Count(count)),
            None => centred(sample),
        }
    }

    /// The score from the reduced features of the sample.
    fn overlap(&self, sample: &Sample, rows: &Tensor) -> Result<f64> {
        Ok(self.overlap_of(&self.class_gaussians(sample, rows)?, rows.size()[1] as usize))
    }

    fn overlap_of(&self, classes: &[Gaussian], n_features: usize) -> f64 {
        let log_multiplicity = self.log_multiplicity(n_features);
        let mut overlap = 0.0;
        for (later, class) in classes.iter().enumerate() {
            for other in &classes[..later] {
                overlap += (-class.bhattacharyya_distance(other, log_multiplicity)).exp();
            }
        }
        -2.0 * overlap
    }

    /// Means and variances of the classes, one class after the other.
    fn class_gaussians(&self, sample: &Sample, rows: &Tensor) -> Result<Vec<Gaussian>> {
        let weights = class_weights(sample);
        let divisors = self.variance_divisors(sample, &weights)?;
        let column = |values: &[f64]| -> Result<Tensor> {
            Ok(Tensor::f_from_slice(values)?
                .f_to_device(rows.device())?
                .f_unsqueeze(1)?)
        };
        let means = class_sums(sample, rows)?.f_div(&column(&weights)?)?;
        let classes = class_indices(sample.labels(), rows.device())?;
        let deviations = rows.f_sub(&means.f_index_select(0, &classes)?)?.f_square_()?;
        let mut variances = class_sums(sample, &deviations)?
            .f_div(&column(&divisors)?)?
            .f_clamp_min(self.variance_floor)?;
        check::finite("class variances", &variances)?;
        if self.shape != GaussianShape::Diagonal {
            variances = variances.f_mean_dim(1, true, Kind::Double)?;
        }
        let means = convert::vector::<f64>("means", &means.f_flatten(0, 1)?)?;
        let variances = convert::vector::<f64>("variances", &variances.f_flatten(0, 1)?)?;
        let n_features = rows.size()[1] as usize;
        let n_variances = variances.len() / weights.len();
        Ok(means
            .chunks_exact(n_features)
            .zip(variances.chunks_exact(n_variances))
            .map(|(mean, variance)| Gaussian {
                mean: mean.to_vec(),
                variance: variance.to_vec(),
            })
            .collect())
    }

    fn variance_divisors(&self, sample: &Sample, weights: &[f64]) -> Result<Vec<f64>> {
        weights
            .iter()
            .zip(sample.labels().classes())
            .map(|(&weight, &class)| self.variance_divisor(weight, class))
            .collect()
    }

    /// What the squared deviations of a class of that weight are divided by.
    fn variance_divisor(&self, weight: f64, class: i64) -> Result<f64> {
        match self.variance {
            VarianceEstimate::Population => Ok(weight),
            VarianceEstimate::Sample if weight > 1.0 => Ok(weight - 1.0),
            VarianceEstimate::Sample => Err(Error::Undefined {
                metric: self.name(),
                degeneracy: Degeneracy::SmallClass { class, weight },
            }),
        }
    }

    /// The Gaussian of a class.
    fn gaussian(&self, moments: &ClassMoments, class: i64) -> Result<Gaussian> {
        let divisor = self.variance_divisor(moments.weight, class)?;
        let mut variance: Vec<f64> = moments.squares.iter().map(|squares| squares / divisor).collect();
        check::finite("class variances", &Tensor::f_from_slice(&variance)?)?;
        for value in &mut variance {
            *value = value.max(self.variance_floor);
        }
        if self.shape != GaussianShape::Diagonal {
            variance = vec![variance.iter().sum::<f64>() / variance.len() as f64];
        }
        Ok(Gaussian {
            mean: moments.mean.clone(),
            variance,
        })
    }

    /// How often each variance stands in the sum of logarithms.
    fn log_multiplicity(&self, n_features: usize) -> f64 {
        match self.shape {
            GaussianShape::Diagonal | GaussianShape::SphericalLogOnce => 1.0,
            GaussianShape::Spherical => n_features as f64,
        }
    }
}

impl Metric for Gbc {
    fn name(&self) -> &'static str {
        "gbc"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn least_class_size(&self) -> usize {
        2
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        self.validate()?;
        self.overlap(sample, &self.reduced_features(sample)?)
    }

    /// The principal components are those of the whole sample; means and variances are those of the rows.
    fn score_subset(&self, sample: &Sample, rows: &[usize]) -> Result<f64> {
        self.validate()?;
        let subset = sample.select(rows)?;
        let reduced = self.reduced_features(sample)?;
        let rows = row_tensor(rows)?.f_to_device(reduced.device())?;
        self.overlap(&subset, &reduced.f_index_select(0, &rows)?)
    }

    /// One set of principal components for all stages; means and variances are carried from stage to stage.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        self.validate()?;
        nested.check(sample)?;
        let reduced = self.reduced_features(sample)?;
        let n_features = reduced.size()[1] as usize;
        let host = convert::vector::<f64>("reduced features", &reduced.f_flatten(0, 1)?)?;
        let labels = sample.labels();
        let mut classes: Vec<ClassMoments> = labels
            .classes()
            .iter()
            .map(|_| ClassMoments::new(n_features))
            .collect();
        let order = nested.staged_order();
        let mut n_added = 0;
        let mut score_stage = |&length: &usize| {
            if length == sample.n_samples() {
                return self.overlap(sample, &reduced);
            }
            for &row in &order[n_added..length] {
                let weight = sample.weights().map_or(1.0, |weights| weights[row]);
                classes[labels.indices()[row]].add(&host[row * n_features..][..n_features], weight);
            }
            n_added = length;
            let gaussians: Vec<Gaussian> = classes
                .iter()
                .zip(labels.classes())
                .filter(|(moments, _)| moments.weight > 0.0)
                .map(|(moments, &class)| self.gaussian(moments, class))
                .collect::<Result<_>>()?;
            Ok(self.overlap_of(&gaussians, n_features))
        };
        nested.lengths().iter().map(&mut score_stage).collect()
    }
}

/// Mean and sum of squared deviations of the rows of a class, taken in one by one (Welford).
struct ClassMoments {
    weight: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl ClassMoments {
    fn new(n_features: usize) -> Self {
        Self {
            weight: 0.0,
            mean: vec![0.0; n_features],
            squares: vec![0.0; n_features],
        }
    }

    fn add(&mut self, row: &[f64], weight: f64) {
        self.weight += weight;
        let share = weight / self.weight;
        for ((value, mean), squares) in row.iter().zip(&mut self.mean).zip(&mut self.squares) {
            let deviation = value - *mean;
            *mean += share * deviation;
            *squares += weight * deviation * (value - *mean);
        }
    }
}

/// A Gaussian with a diagonal covariance (a variance a feature) or a spherical one (a single variance).
struct Gaussian {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Gaussian {
    fn bhattacharyya_distance(&self, other: &Self, log_multiplicity: f64) -> f64 {
        let variances = self.variance.iter().zip(&other.variance);
        // log(s^2 / (s_1 s_2)) for s = (s_1 + s_2) / 2, exact where the two are close.
        let log_ratio: f64 = variances
            .map(|(s, t)| ((s - t) / s * ((s - t) / t) / 4.0).ln_1p())
            .sum();
        let squared_gap = |(m, n): (&f64, &f64)| (m - n).powi(2);
        let gaps = self.mean.iter().zip(&other.mean).map(squared_gap);
        let mahalanobis: f64 = match (&self.variance[..], &other.variance[..]) {
            ([s], [t]) => gaps.sum::<f64>() / ((s + t) / 2.0),
            (s, t) => gaps
                .zip(s.iter().zip(t))
                .map(|(gap, (s, t))| gap / ((s + t) / 2.0))
                .sum(),
        };
        mahalanobis / 8.0 + log_multiplicity * log_ratio / 4.0
    }
}
