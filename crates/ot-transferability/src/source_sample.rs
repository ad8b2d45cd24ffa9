//! A labelled sample of the data that a network was trained on.

use tch::{Device, Kind, Tensor};
use tensor_core::{check, convert, kind};
use transferability_metrics::{Features, Labels, Sample};

use crate::{Error, Marginals, Result};

/// A labelled sample of the source data: features `(n, d)` under the network to be scored, and labels.
///
/// The features are held in `f64` on the host, so that threads may share them. Weights, if given, are frequency
/// weights, as those of a [`Sample`].
///
/// # Examples
///
/// ```
/// use ot_transferability::SourceSample;
/// use tensor_core::convert::tensor_from_slice;
/// use transferability_metrics::{Features, Labels};
///
/// let features = Features::new(tensor_from_slice(&[0.0, 1.0, 4.0, 5.0], &[4, 1])?)?;
/// let source = SourceSample::new(&features, Labels::new(&[0, 0, 1, 1])?)?;
/// assert_eq!((source.n_samples(), source.n_features()), (4, 1));
/// # Ok::<(), ot_transferability::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSample {
    what: String,
    values: Vec<f64>,
    n_features: usize,
    labels: Labels,
    weights: Option<Vec<f64>>,
}

impl SourceSample {
    /// Features and one label a row.
    ///
    /// # Errors
    ///
    /// Another number of labels than of rows.
    pub fn new(features: &Features, labels: Labels) -> Result<Self> {
        let what = features.name();
        check::same_length(what, features.n_samples(), labels.name(), labels.len())?;
        let tensor = kind::to_statistic(what, features.tensor())?;
        Ok(Self {
            what: what.to_owned(),
            values: convert::vector::<f64>(what, &tensor.f_reshape([-1])?)?,
            n_features: features.n_features(),
            labels,
            weights: None,
        })
    }

    /// Weighs the samples by frequency and drops those of weight zero, whose classes may go with them.
    ///
    /// # Errors
    ///
    /// A length that differs from the number of samples, a weight that is negative or not finite, or fewer than two
    /// classes of positive weight.
    pub fn with_weights(self, weights: &[f64]) -> Result<Self> {
        check::same_length("weights", weights.len(), self.labels.name(), self.n_samples())?;
        check::weights("weights", weights)?;
        let kept: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
        let positive = Some(kept.iter().map(|&row| weights[row]).collect());
        if kept.len() == weights.len() {
            return Ok(Self {
                weights: positive,
                ..self
            });
        }
        let (classes, indices) = (self.labels.classes(), self.labels.indices());
        let labels: Vec<i64> = kept.iter().map(|&row| classes[indices[row]]).collect();
        Ok(Self {
            labels: Labels::named(self.labels.name(), &labels)?,
            values: kept.iter().flat_map(|&row| self.row(row)).copied().collect(),
            weights: positive,
            ..self
        })
    }

    /// The labels.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The frequency weights, all positive, or `None` if every sample counts once.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The number of samples of positive weight, n.
    pub fn n_samples(&self) -> usize {
        self.labels.len()
    }

    /// The number of features, d.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The features (n, d) as an `f64` tensor on a device.
    ///
    /// # Errors
    ///
    /// An error of libtorch.
    pub fn to_tensor(&self, device: Device) -> Result<Tensor> {
        let shape = [self.n_samples() as i64, self.n_features as i64];
        Ok(Tensor::f_from_slice(&self.values)?
            .f_view(shape)?
            .f_to_device(device)?)
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_features..][..self.n_features]
    }
}

/// The points of a source and of a target sample in one feature space, on the device of the target.
#[derive(Debug)]
pub(crate) struct Pair {
    /// `(n, d)`, `f64`.
    pub(crate) source: Tensor,
    /// `(m, d)`, `f64`.
    pub(crate) target: Tensor,
    /// The frequencies of the points: both sides sum to 1.
    pub(crate) marginals: Marginals,
}

impl Pair {
    /// Both samples' points; an error unless they have the same number of features.
    pub(crate) fn new(source: &SourceSample, target: &Sample) -> Result<Self> {
        let features = target.features()?;
        if source.n_features() != features.n_features() {
            return Err(Error::Dimension {
                source_features: source.n_features(),
                target_features: features.n_features(),
            });
        }
        let points = features.tensor();
        Ok(Self {
            source: source.to_tensor(points.device())?,
            target: points.f_to_kind(Kind::Double)?,
            marginals: Marginals::new(
                &frequencies(source.weights(), source.n_samples()),
                &frequencies(target.weights(), target.n_samples()),
            )?,
        })
    }
}

/// Weights scaled to sum to 1; equal ones if there are none.
pub(crate) fn frequencies(weights: Option<&[f64]>, n_samples: usize) -> Vec<f64> {
    match weights {
        None => vec![1.0 / n_samples as f64; n_samples],
        Some(weights) => {
            let total: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / total).collect()
        }
    }
}

/// The shares of some rows in the mass of those.
pub(crate) fn shares(masses: &[f64], rows: &[usize]) -> Vec<f64> {
    let total: f64 = rows.iter().map(|&row| masses[row]).sum();
    rows.iter().map(|&row| masses[row] / total).collect()
}

/// Some rows of points (n, d), in the order given.
pub(crate) fn select_points(points: &Tensor, rows: &[usize]) -> Result<Tensor> {
    let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    let rows = Tensor::f_from_slice(&rows)?.f_to_device(points.device())?;
    Ok(points.f_index_select(0, &rows)?)
}
