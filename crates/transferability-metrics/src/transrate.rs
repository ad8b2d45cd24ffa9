//! TransRate: mutual information of features and labels by coding rates.

use serde::{Deserialize, Serialize};
use tensor_core::{Device, Kind, Tensor, check, linalg};

use crate::class_statistics::{class_weights, feature_mean, feature_scatter, total_weight, weight_column};
use crate::nested_moments::{CentralMoments, score_stages};
use crate::{Metric, NestedRows, Requirement, Result, Sample};

/// The coding rate of all features less the mean coding rate of the classes.
///
/// ```text
/// TrR = R(Z) - sum_c p_c R(Z_c),     R(A) = 1/2 log det( I + A^T A / (n_A epsilon) )
///
/// Z    features less their mean, (n, d)        n_A   number of rows of A
/// Z_c  the rows of Z of class c                p_c   1/C or n_c/n, see [`ClassAveraging`]
/// ```
///
/// The classes are not centred on their own. `R` needs the smaller of `A^T A` and `A A^T` only (Sylvester).
///
/// | name | default | meaning | range | source |
/// |---|---|---|---|---|
/// | `epsilon` | 1e-4 | distortion allowed, in squared units of the features | above 0 | tllib |
/// | `averaging` | [`UniformClasses`](ClassAveraging::UniformClasses) | weight of a class | – | tllib |
///
/// # Shapes
///
/// Reads the features `(n, d)`. Takes weights.
///
/// # Complexity
///
/// `O(n d m)` for `m = min(n, d)`: one Gram matrix and one Cholesky factorisation, and the same for every class.
///
/// # Reference
///
/// Huang, Huang, Rong, Yang, Wei, *Frustratingly Easy Transferability Estimation*, ICML 2022, arXiv:2106.09362.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels, Metric, Sample, TransRate};
///
/// // Z = (-1, 1), epsilon = 1: R(Z) = R(Z_c) = 1/2 log 2, the features tell nothing about the classes.
/// let features = Features::new(tensor_from_slice(&[0.0, 2.0], &[2, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 1])?).with_features(features)?;
/// let metric = TransRate { epsilon: 1.0, ..TransRate::default() };
/// assert!(metric.score(&sample)?.abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransRate {
    /// Distortion allowed, in squared units of the features.
    pub epsilon: f64,
    /// Weight of a class in the mean.
    pub averaging: ClassAveraging,
}

/// The weight of a class in a mean over classes.
///
/// With classes of one size the two are the same.
///
/// # Examples
///
/// ```
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{ClassAveraging, Features, Labels, Metric, Sample, TransRate};
///
/// // Z = (2, -1, -1), epsilon = 1: R(Z) = 1/2 log 3, and of the classes 1/2 log 5 and 1/2 log 2.
/// let features = Features::new(tensor_from_slice(&[3.0, 0.0, 0.0], &[3, 1])?)?;
/// let sample = Sample::new(Labels::new(&[0, 1, 1])?).with_features(features)?;
/// let score = |averaging| TransRate { epsilon: 1.0, averaging }.score(&sample);
/// let of_classes = [0.5 * 5_f64.ln(), 0.5 * 2_f64.ln()];
/// let expected = 0.5 * 3_f64.ln() - (of_classes[0] + of_classes[1]) / 2.0;
/// assert!((score(ClassAveraging::UniformClasses)? - expected).abs() < 1e-15);
/// let expected = 0.5 * 3_f64.ln() - (of_classes[0] + 2.0 * of_classes[1]) / 3.0;
/// assert!((score(ClassAveraging::ClassFrequency)? - expected).abs() < 1e-15);
/// # Ok::<(), transferability_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassAveraging {
    /// `1/C`, as tllib.
    #[default]
    UniformClasses,
    /// `n_c/n`, the conditional coding rate of information theory; the score is then never negative.
    ClassFrequency,
}

impl Default for TransRate {
    fn default() -> Self {
        Self {
            epsilon: 1e-4,
            averaging: ClassAveraging::UniformClasses,
        }
    }
}

impl TransRate {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// `epsilon` is not finite and above zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use transferability_metrics::TransRate;
    ///
    /// let error = TransRate { epsilon: 0.0, ..TransRate::default() }.validate().unwrap_err();
    /// assert_eq!(error.to_string(), "epsilon is 0: expected a finite number above 0");
    /// ```
    pub fn validate(&self) -> Result<()> {
        Ok(check::positive("epsilon", self.epsilon)?)
    }

    /// The mean coding rate of the classes, whose rows are taken less the mean of all.
    fn conditional_rate(&self, sample: &Sample, mean: &Tensor) -> Result<f64> {
        let features = sample.features()?.tensor();
        let roots = root_weights(sample, features.device())?;
        let total = total_weight(sample);
        let weights = class_weights(sample);
        let mut conditional = 0.0;
        for (members, &weight) in rows_of_classes(sample).iter().zip(&weights) {
            let members = Tensor::f_from_slice(members)?.f_to_device(features.device())?;
            let share = match self.averaging {
                ClassAveraging::UniformClasses => 1.0 / weights.len() as f64,
                ClassAveraging::ClassFrequency => weight / total,
            };
            let roots = roots
                .as_ref()
                .map(|roots| roots.f_index_select(0, &members))
                .transpose()?;
            let mut rows = features.f_index_select(0, &members)?.f_to_kind(Kind::Double)?;
            let rows = weighted(rows.f_sub_(mean)?, roots)?;
            conditional += share * self.coding_rate(&rows, weight)?;
        }
        Ok(conditional)
    }

    /// The coding rate of the centred rows in `rows`, scaled by the roots of their weights.
    fn coding_rate(&self, rows: &Tensor, n_rows: f64) -> Result<f64> {
        let shape = rows.size();
        let gram = if shape[0] < shape[1] {
            linalg::gram(&rows.f_tr()?)?
        } else {
            linalg::gram(rows)?
        };
        self.coding_rate_of_gram(&gram, n_rows)
    }

    fn coding_rate_of_gram(&self, gram: &Tensor, n_rows: f64) -> Result<f64> {
        let gram = gram.f_div_scalar(n_rows * self.epsilon)?;
        let _ = gram.f_diagonal(0, 0, 1)?.f_add_scalar_(1.0)?;
        Ok(0.5 * linalg::logdet_spd(&gram)?)
    }
}

impl Metric for TransRate {
    fn name(&self) -> &'static str {
        "transrate"
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
        let features = sample.features()?.tensor();
        let mean = feature_mean(sample)?;
        let conditional = self.conditional_rate(sample, &mean)?;
        let total = total_weight(sample);
        let whole = if features.size()[0] < features.size()[1] {
            let roots = root_weights(sample, features.device())?;
            self.coding_rate(&weighted(features.f_sub(&mean)?, roots)?, total)?
        } else {
            self.coding_rate_of_gram(&feature_scatter(sample, &mean)?, total)?
        };
        Ok(whole - conditional)
    }

    /// Carries the scatter matrix of all features from stage to stage where a stage has as many rows as features; the
    /// classes, whose Gram matrices are small, are taken anew.
    fn score_nested(&self, sample: &Sample, nested: &NestedRows) -> Result<Vec<f64>> {
        self.validate()?;
        let n_features = sample.features()?.n_features();
        score_stages(
            self,
            sample,
            nested,
            n_features,
            |moments: &CentralMoments<'_>| {
                let rows = moments.rows();
                let whole = self.coding_rate_of_gram(moments.scatter(), rows.len() as f64)?;
                Ok(whole - self.conditional_rate(&sample.select(rows)?, moments.mean())?)
            },
        )
    }
}

/// The square roots of the weights as a column, or `None` if every sample counts once.
fn root_weights(sample: &Sample, device: Device) -> Result<Option<Tensor>> {
    weight_column(sample, device)?
        .map(|weights| Ok(weights.f_sqrt()?))
        .transpose()
}

/// Rows scaled by the square roots of their weights.
fn weighted(mut rows: Tensor, roots: Option<Tensor>) -> Result<Tensor> {
    Ok(match roots {
        Some(roots) => rows.f_mul_(&roots)?,
        None => rows,
    })
}

/// The rows of each class, in order.
fn rows_of_classes(sample: &Sample) -> Vec<Vec<i64>> {
    let labels = sample.labels();
    let mut rows: Vec<Vec<i64>> = labels
        .counts()
        .iter()
        .map(|&count| Vec::with_capacity(count))
        .collect();
    for (row, &class) in labels.indices().iter().enumerate() {
        rows[class].push(row as i64);
    }
    rows
}
