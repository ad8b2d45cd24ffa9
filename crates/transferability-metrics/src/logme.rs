//! LogME: the maximum evidence of a Bayesian linear model on the features.

use serde::{Deserialize, Serialize};
use tensor_core::{Kind, Tensor, check, convert, kind, linalg};

use crate::class_statistics::{
    class_sums, class_weights, feature_gram, root_weighted_indicators, sample_gram, total_weight,
};
use crate::evidence::{self, EvidenceStatus, Loop, Spectrum, Target, TargetEvidence};
use crate::nested_moments::{RawMoments, score_stages};
use crate::projected_spectrum::project;
use crate::{Error, Features, Metric, NestedRows, Requirement, Result, Sample};

/// How the evidence is maximised: to the end, or as a published implementation does.
///
/// | mode | loop | guards | `log(alpha + beta sigma)` is summed over |
/// |---|---|---|---|
/// | `Converged` | the global maximum, to the last digit | none | all `D` features |
/// | `Thuml` | 11 rounds, relative change of `t` at most 1e-3 | `+ 1e-5` on both denominators | `min(n, D)` features |
/// | `Tllib` | 11 rounds, relative change of `t` at most 1e-2 | none | all `D` features |
///
/// The two published loops start at `alpha = beta = 1` and evaluate the evidence at the last `alpha` and `beta`
/// with the misfit of the round before. What they print is reproduced, with these consequences:
///
/// - `Thuml` is not invariant to the scale of the features, because of its guards. For fewer samples than features
///   its sum is too short: it misses `(D - n)/2 log alpha`, and the value does not compare with one from more
///   samples. (Its other routine, `_fit_icml`, sums over all.)
/// - Where a loop leaves the range of `f64` they print NaN or an infinity; here the last finite value stands, with
///   the status [`IterationLimit`](EvidenceStatus::IterationLimit).
/// - Eigenvalues up to `max(n, D) * 2.2e-16` times the largest are zero here, and rounding there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogMeMode {
    /// The maximum of the evidence.
    #[default]
    Converged,
    /// The default routine of `LogME.py` in `thuml/LogME`.
    Thuml,
    /// `tllib.ranking.logme` in `thuml/Transfer-Learning-Library`.
    Tllib,
}

/// Log maximum evidence: how well a linear model with a Gaussian prior explains the labels.
///
/// ```text
/// LogME = mean_c max_{alpha, beta} log p(y_c | F, alpha, beta) / n,
/// y_c ~ N(F w, 1/beta),   w ~ N(0, 1/alpha)
///
/// log p = D/2 log alpha + n/2 log beta - 1/2 sum_i log(alpha + beta sigma_i)
///         - beta/2 ||F m - y_c||^2 - alpha/2 ||m||^2 - n/2 log 2 pi
///
/// F      features (n, D)                              y_c   1 for the samples of class c, else 0
/// sigma  eigenvalues of F^T F, all D of them          m     posterior mean of w
/// ```
///
/// In nats per sample. The features are taken as they are, without centring and without an intercept. In the mode
/// [`Converged`](LogMeMode::Converged) the score does not change when the features are scaled or rotated.
///
/// Where the evidence has no maximum at finite `alpha` and `beta` the score is the limit or a documented value,
/// never NaN: see [`EvidenceStatus`].
///
/// # Shapes
///
/// Reads the features `(n, D)`.
///
/// # Complexity
///
/// With `k = min(n, D)`: a Gram matrix in `O(n D k)`, one symmetric eigendecomposition in `O(k^3)`, and `O(k)` a
/// class and step, whatever the mode.
///
/// # Reference
///
/// You, Liu, Wang, Long, *LogME: Practical Assessment of Pre-trained Models for Transfer Learning*, ICML 2021,
/// arXiv:2102.11005; the spectral form is that of You et al., *Ranking and Tuning Pre-trained Models*, JMLR 2022,
/// arXiv:2110.10545.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, LogMe, Metric, Sample};
///
/// // A feature of zeros explains nothing: both targets are pure noise of variance 1/2.
/// let features = Features::new(tensor_from_slice(&[0.0, 0.0], &[2, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 1])?).with_features(features)?;
/// let noise = -0.5 * (1.0 + std::f64::consts::PI.ln());
/// assert!((LogMe::default().score(&sample)? - noise).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogMe {
    /// How the evidence is maximised; the maximum itself by default.
    pub mode: LogMeMode,
}

impl Metric for LogMe {
    fn name(&self) -> &'static str {
        "logme"
    }

    fn requires(&self) -> Requirement {
        Requirement::Features
    }

    fn takes_weights(&self) -> bool {
        true
    }

    fn score(&self, sample: &Sample) -> Result<f64> {
        Ok(log_me_evidence(sample, self.mode)?.score)
    }

    /// Carries the Gram matrix and the class sums from stage to stage where a stage has as many rows as features; its
    /// eigenvalues are found anew at each.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        let n_features = sample.features()?.n_features();
        score_stages(self, sample, nested, n_features, |moments: &RawMoments<'_>| {
            let dimensions = Dimensions {
                n_rows: moments.rows().len(),
                n_features,
                total_weight: moments.rows().len() as f64,
            };
            let cross = moments.class_sums()?;
            let (spectrum, targets) =
                from_projections(moments.gram(), &cross, moments.class_sizes(), dimensions)?;
            Ok(maximum_evidence(&spectrum, &targets, self.mode).score)
        })
    }
}

/// A LogME score with its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogMeResult {
    /// The mean of the evidences.
    pub score: f64,
    /// One entry a class (in the order of [`Labels::classes`](crate::Labels::classes)), or a column of targets.
    pub per_target: Vec<TargetEvidence>,
    /// The most steps that a target took.
    pub iterations: usize,
    /// Whether no target stopped at the iteration limit.
    pub converged: bool,
}

/// The [`LogMe`] score of a classification sample, with the evidence of each class.
///
/// # Errors
///
/// The sample has no features, or the eigendecomposition fails.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{EvidenceStatus, Features, Labels, LogMeMode, Sample, log_me_evidence};
///
/// // The feature is the indicator of class 1, which it fits exactly, and is orthogonal to that of class 0.
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0], &[2, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 1])?).with_features(features)?;
/// let result = log_me_evidence(&sample, LogMeMode::Converged)?;
/// let noise = -0.5 * (1.0 + std::f64::consts::PI.ln());
/// assert!((result.per_target[0].evidence - noise).abs() < 1e-15);
/// assert_eq!(result.per_target[0].status, EvidenceStatus::Unrelated);
/// assert_eq!(result.per_target[1].status, EvidenceStatus::Interpolated);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
pub fn log_me_evidence(sample: &Sample, mode: LogMeMode) -> Result<LogMeResult> {
    let features = sample.features()?;
    let rows = features.to_statistic()?;
    let dimensions = Dimensions::new(features, total_weight(sample));
    let (spectrum, coordinates) = if dimensions.more_rows() {
        from_feature_side(
            &feature_gram(sample, &rows)?,
            &class_sums(sample, &rows)?,
            dimensions,
        )?
    } else {
        let indicators = root_weighted_indicators(sample, rows.device())?;
        from_sample_side(&sample_gram(sample, &rows)?, &indicators, dimensions)?
    };
    let targets = targets(&coordinates, class_weights(sample))?;
    Ok(maximum_evidence(&spectrum, &targets, mode))
}

/// The [`LogMe`] score of real-valued targets `(n, k)`: the mean over the columns of their maximum evidence.
///
/// # Errors
///
/// Targets that are no `f32` or `f64` matrix of `n` rows and at least one column, an entry that is not finite, or
/// a column of zeros, whose evidence has no bound ([`Error::ZeroTarget`]).
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, LogMeMode, log_maximum_evidence};
///
/// // A feature orthogonal to the target leaves pure noise of variance 1.
/// let features = Features::new(tensor_from_slice(&[1.0, 1.0, 1.0, 1.0], &[4, 1])?)?;
/// let targets = tensor_from_slice(&[1.0, -1.0, 1.0, -1.0], &[4, 1])?;
/// let result = log_maximum_evidence(&features, &targets, LogMeMode::Converged)?;
/// assert!((result.score + 0.5 * (1.0 + (2.0 * std::f64::consts::PI).ln())).abs() < 1e-14);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
pub fn log_maximum_evidence(features: &Features, targets: &Tensor, mode: LogMeMode) -> Result<LogMeResult> {
    let (n_rows, n_targets) = check::matrix("targets", targets)?;
    check::same_length("targets", n_rows, features.name(), features.n_samples())?;
    check::at_least("a row of targets", n_targets, 1)?;
    let columns = kind::to_statistic("targets", targets)?.f_detach()?;
    check::finite("targets", &columns)?;

    let squares = columns
        .f_square()?
        .f_sum_dim_intlist(0_i64, false, Kind::Double)?;
    let squared_norms = convert::vector::<f64>("squared norms of the targets", &squares)?;
    if let Some(column) = squared_norms.iter().position(|&norm| norm <= 0.0) {
        return Err(Error::ZeroTarget { column });
    }
    let rows = features.to_statistic()?;
    let dimensions = Dimensions::new(features, features.n_samples() as f64);
    let (spectrum, coordinates) = if dimensions.more_rows() {
        from_feature_side(
            &linalg::gram(&rows)?,
            &columns.f_tr()?.f_matmul(&rows)?,
            dimensions,
        )?
    } else {
        from_sample_side(&linalg::gram(&rows.f_tr()?)?, &columns, dimensions)?
    };
    Ok(maximum_evidence(
        &spectrum,
        &self::targets(&coordinates, squared_norms)?,
        mode,
    ))
}

/// The least number of features a target at which the targets are projected one by one. The time of a projection is in
/// proportion to its targets: at 512 features, 100 of them take half the time of an eigendecomposition.
const FEATURES_A_TARGET: usize = 4;

#[derive(Clone, Copy)]
struct Dimensions {
    n_rows: usize,
    n_features: usize,
    total_weight: f64,
}

impl Dimensions {
    fn new(features: &Features, total_weight: f64) -> Self {
        Self {
            n_rows: features.n_samples(),
            n_features: features.n_features(),
            total_weight,
        }
    }

    /// How many of the eigenvalues, in increasing order, are zero but for rounding.
    fn n_dropped(self, ascending: &[f64]) -> usize {
        let greatest = ascending.last().map_or(0.0, |&eigenvalue| eigenvalue.max(0.0));
        let cut = greatest * f64::EPSILON * self.n_rows.max(self.n_features) as f64;
        ascending.partition_point(|&eigenvalue| eigenvalue <= cut)
    }

    /// Whether `F^T F` is the smaller of the two Gram matrices.
    fn more_rows(self) -> bool {
        self.n_features <= self.n_rows
    }
}

/// The spectrum, and the squared coordinates `(targets, rank)`, from `F^T F` and `Y^T F`.
fn from_feature_side(gram: &Tensor, cross: &Tensor, dimensions: Dimensions) -> Result<(Spectrum, Tensor)> {
    let (spectrum, eigenvectors) = decompose(gram, dimensions)?;
    let eigenvalues = Tensor::f_from_slice(&spectrum.eigenvalues)?.f_to_device(gram.device())?;
    // The left singular vectors are u_i = F v_i / sqrt(sigma_i).
    let coordinates = cross.f_matmul(&eigenvectors)?.f_square()?.f_div(&eigenvalues)?;
    Ok((spectrum, coordinates))
}

/// The spectrum and the targets from `F^T F` and `Y^T F`, without eigenvectors where the targets are few. On the host.
fn from_projections(
    gram: &Tensor,
    cross: &Tensor,
    squared_norms: Vec<f64>,
    dimensions: Dimensions,
) -> Result<(Spectrum, Vec<Target>)> {
    let order = dimensions.n_features;
    let directions = if FEATURES_A_TARGET * squared_norms.len() <= order {
        let matrix = convert::vector::<f64>("Gram matrix", &gram.f_flatten(0, 1)?)?;
        let vectors = convert::vector::<f64>("class sums", &cross.f_tr()?.f_flatten(0, 1)?)?;
        project(&matrix, order, &vectors)
    } else {
        None
    };
    let Some(directions) = directions else {
        let (spectrum, coordinates) = from_feature_side(gram, cross, dimensions)?;
        return Ok((spectrum, targets(&coordinates, squared_norms)?));
    };
    let ascending: Vec<f64> = directions.iter().map(|direction| direction.eigenvalue).collect();
    let kept = &directions[dimensions.n_dropped(&ascending)..];
    let target = |(index, squared_norm)| Target {
        squared_coordinates: kept
            .iter()
            .map(|direction| direction.squared_coordinates[index] / direction.eigenvalue)
            .collect(),
        squared_norm,
    };
    let targets = squared_norms.into_iter().enumerate().map(target).collect();
    let spectrum = Spectrum {
        eigenvalues: kept.iter().map(|direction| direction.eigenvalue).collect(),
        n_features: dimensions.n_features,
        n_rows: dimensions.n_rows,
        total_weight: dimensions.total_weight,
    };
    Ok((spectrum, targets))
}

/// The same from `F F^T` and `Y`.
fn from_sample_side(gram: &Tensor, columns: &Tensor, dimensions: Dimensions) -> Result<(Spectrum, Tensor)> {
    let (spectrum, eigenvectors) = decompose(gram, dimensions)?;
    Ok((spectrum, columns.f_tr()?.f_matmul(&eigenvectors)?.f_square()?))
}

/// The eigenvalues of a Gram matrix above the rank cut, and their eigenvectors as columns.
fn decompose(gram: &Tensor, dimensions: Dimensions) -> Result<(Spectrum, Tensor)> {
    let Dimensions {
        n_rows,
        n_features,
        total_weight,
    } = dimensions;
    let eigh = linalg::eigh(gram)?;
    let ascending = convert::vector::<f64>("eigenvalues", &eigh.values)?;
    let n_dropped = dimensions.n_dropped(&ascending);
    let eigenvalues = ascending[n_dropped..].to_vec();
    let eigenvectors = eigh
        .vectors
        .f_narrow(1, n_dropped as i64, eigenvalues.len() as i64)?;
    Ok((
        Spectrum {
            eigenvalues,
            n_features,
            n_rows,
            total_weight,
        },
        eigenvectors,
    ))
}

fn targets(squared_coordinates: &Tensor, squared_norms: Vec<f64>) -> Result<Vec<Target>> {
    let coordinates = convert::array2::<f64>("coordinates of the targets", squared_coordinates)?;
    Ok(coordinates
        .rows()
        .into_iter()
        .zip(squared_norms)
        .map(|(row, squared_norm)| Target {
            squared_coordinates: row.to_vec(),
            squared_norm,
        })
        .collect())
}

fn maximum_evidence(spectrum: &Spectrum, targets: &[Target], mode: LogMeMode) -> LogMeResult {
    // What the rows stand for: a weight of 2 is a repeated row to the published code.
    let n_samples = spectrum.total_weight as usize;
    let run = |parameters| {
        targets
            .iter()
            .map(|target| evidence::run(spectrum, target, parameters))
            .collect()
    };
    let per_target: Vec<TargetEvidence> = match mode {
        LogMeMode::Converged => evidence::maximize(spectrum, targets),
        LogMeMode::Thuml => run(Loop {
            tolerance: 1e-3,
            guard: 1e-5,
            n_log_terms: n_samples.clamp(spectrum.eigenvalues.len(), spectrum.n_features),
        }),
        LogMeMode::Tllib => run(Loop {
            tolerance: 1e-2,
            guard: 0.0,
            n_log_terms: spectrum.n_features,
        }),
    };
    LogMeResult {
        score: per_target.iter().map(|target| target.evidence).sum::<f64>() / per_target.len() as f64,
        iterations: per_target
            .iter()
            .map(|target| target.iterations)
            .max()
            .unwrap_or(0),
        converged: per_target
            .iter()
            .all(|target| target.status != EvidenceStatus::IterationLimit),
        per_target,
    }
}
