//! How far Gram statistics lie outside their bounds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tensor_core::{Tensor, check};

use super::bounds::Ranges;
use super::statistics::for_each_block;
use super::{GramBounds, GramFit, GramParams, GramScaleFit};
use crate::prototypes::require_classes;
use crate::{Activations, EmptyClass, Error, Hardness, LayeredHardness, Result};

/// Added to a bound before it divides.
const BOUND_GUARD: f64 = 1e-6;

/// Added to a layer's mean deviation before it divides.
const SCALE_GUARD: f64 = 1e-7;

/// How far a target sample's Gram statistics lie outside the bounds of the class that the network sees in it.
///
/// ```text
/// d_lj   = sum_p sum_c  relu(a - g) / |a + 1e-6|  +  relu(g - b) / |b + 1e-6|    at  z = prediction of j
/// eta_lj = d_lj / (mean_i d_li + 1e-7)
///
/// g     statistic of sample j at layer l, order p, channel c: see gram_statistics
/// a, b  the least and the greatest such statistic of the source rows predicted to be of class z: see GramFit
/// i     the validation rows: source rows that the bounds have not seen
/// ```
///
/// The published form adds the layers up. [`LayerCombination`](crate::LayerCombination) scales weights to sum to 1, so
/// equal weights give the published number over the number of layers, and the same order. Without a validation row
/// `eta_lj = d_lj`.
///
/// A class that was predicted for no source row has no bounds: see [`EmptyClass`]; the fallback is the range over
/// all classes, and such samples are counted. Fit it in memory by [`fit`](Self::fit), or in two passes by [`GramFit`] and
/// [`GramScaleFit`].
///
/// Use as class-specific hardness for HASTE, whose paper's own formula could not be read in full, is our reading; the
/// deviation is that of Sastry & Oore.
///
/// # Reference
///
/// C. S. Sastry, S. Oore, "Detecting out-of-distribution examples with Gram matrices", ICML 2020, arXiv:1912.12510.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, GramDeviation, GramParams};
/// use tensor_core::convert::tensor_from_slice;
///
/// let layer = |values: &[f64]| {
///     Activations::single("fc", tensor_from_slice(values, &[values.len() as i64 / 2, 2])?)
/// };
/// let params = GramParams { orders: vec![1], validation_fraction: 0.0, ..GramParams::default() };
/// let source = layer(&[1.0, 3.0, 2.0, 1.0])?;
/// let deviation = GramDeviation::fit(&source, &[0, 0], 1, &params)?;
///
/// // Bounds 4 to 6 and 3 to 12. Statistics 1.5 x 4 = 6 and 2.5 x 4 = 10 are inside, 4 x 8 = 32 and 32 outside.
/// let hardness = deviation.hardness(&layer(&[1.5, 2.5, 4.0, 4.0])?, &[0, 0])?.combined;
/// assert_eq!(hardness.values(), [0.0, 26.0 / 6.000001 + 20.0 / 12.000001]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct GramDeviation {
    bounds: Arc<GramBounds>,
    n_validation_rows: u64,
    /// One a layer, if there are validation rows.
    mean_deviations: Option<Vec<f64>>,
}

impl GramDeviation {
    /// The means are there if and only if there are validation rows.
    pub(super) fn new(
        bounds: Arc<GramBounds>,
        n_validation_rows: u64,
        mean_deviations: Option<Vec<f64>>,
    ) -> Self {
        Self {
            bounds,
            n_validation_rows,
            mean_deviations,
        }
    }

    /// Bounds and scales of a source that is in memory: both passes, as one batch that starts with row 0.
    ///
    /// # Errors
    ///
    /// As those of [`GramFit`] and [`GramScaleFit`].
    pub fn fit(
        source: &Activations,
        predictions: &[usize],
        n_classes: usize,
        params: &GramParams,
    ) -> Result<Self> {
        let layers: Vec<(&str, usize)> = source
            .layers()
            .iter()
            .map(|layer| (layer.name(), layer.n_channels()))
            .collect();
        let mut fit = GramFit::new(&layers, n_classes, params.clone())?;
        fit.observe(0, source, predictions)?;
        let mut scales = GramScaleFit::new(fit.finish()?);
        scales.observe(0, source, predictions)?;
        scales.finish()
    }

    /// The bounds of each class.
    pub fn bounds(&self) -> &GramBounds {
        &self.bounds
    }

    /// The number of source rows that gave the layers their scales.
    pub fn n_validation_rows(&self) -> u64 {
        self.n_validation_rows
    }

    /// The mean deviation of the validation rows at each layer, before `1e-7` is added; nothing without validation rows.
    pub fn mean_deviations(&self) -> Option<&[f64]> {
        self.mean_deviations.as_deref()
    }

    /// The hardness of each target sample, given the class that the network predicts for it.
    ///
    /// # Errors
    ///
    /// Layers that differ from the source's; another number of predictions than of samples; a prediction that is no source
    /// class; an empty class, if that is an error; a deviation beyond the largest double.
    pub fn hardness(&self, target: &Activations, predictions: &[usize]) -> Result<LayeredHardness> {
        let bounds = &self.bounds;
        target.require_layers(&bounds.layers)?;
        check::same_length(
            "activations",
            target.n_samples(),
            "predictions",
            predictions.len(),
        )?;
        require_classes("predictions", predictions, bounds.n_classes)?;
        let is_empty = |class: &&usize| !bounds.classes.contains_key(class);
        if bounds.params.on_empty == EmptyClass::Error
            && let Some(&class) = predictions.iter().find(is_empty)
        {
            return Err(Error::EmptyClass { class });
        }
        let mut per_layer = Vec::with_capacity(target.layers().len());
        for (index, layer) in target.layers().iter().enumerate() {
            let mut hardness = deviations(bounds, index, layer.tensor(), predictions)?;
            if let Some(means) = &self.mean_deviations {
                let scale = means[index] + SCALE_GUARD;
                for deviation in &mut hardness {
                    *deviation /= scale;
                }
            }
            let what = format!("hardness at layer `{}`", layer.name());
            per_layer.push((layer.name().to_owned(), Hardness::named(&what, hardness)?));
        }
        Ok(LayeredHardness {
            n_fallbacks: predictions.iter().filter(is_empty).count(),
            ..bounds.params.layers.combine(per_layer)?
        })
    }

    /// What a file may get wrong beside the bounds.
    fn fault(&self) -> Option<&'static str> {
        let Some(means) = &self.mean_deviations else {
            return (self.n_validation_rows > 0).then_some("validation rows without mean deviations");
        };
        if self.n_validation_rows == 0 {
            return Some("mean deviations without validation rows");
        }
        if means.len() != self.bounds.layers.len() {
            return Some("another number of mean deviations than of layers");
        }
        let are_means = means.iter().all(|&mean| mean >= 0.0 && mean.is_finite());
        (!are_means).then_some("a mean deviation that is negative or not finite")
    }
}

/// The deviation of each row at one layer, given by its position; ranges over all classes stand in for those of a class that
/// was not seen. Infinite or NaN only beyond the largest double.
pub(super) fn deviations(
    bounds: &GramBounds,
    layer: usize,
    activations: &Tensor,
    predictions: &[usize],
) -> Result<Vec<f64>> {
    let has_empty = predictions
        .iter()
        .any(|class| !bounds.classes.contains_key(class));
    let of_all = if has_empty {
        bounds.ranges_of_all(layer)
    } else {
        Ranges::default()
    };
    let n_statistics = bounds.params.orders.len() * bounds.layers[layer].1;
    let mut deviations = Vec::with_capacity(predictions.len());
    for_each_block(activations, &bounds.params.orders, |first, block| {
        let rows = block.chunks_exact(n_statistics).zip(&predictions[first..]);
        deviations.extend(rows.map(|(statistics, &class)| {
            let ranges = bounds.ranges(layer, class).unwrap_or(&of_all);
            ranges.deviation(statistics)
        }));
        Ok(())
    })?;
    Ok(deviations)
}

impl Ranges {
    /// The sum over the statistics of how far each is outside, relative to the bound that it passes.
    fn deviation(&self, statistics: &[f64]) -> f64 {
        let bounds = self.least.iter().zip(&self.greatest);
        let outside = statistics
            .iter()
            .zip(bounds)
            .map(|(&value, (&least, &greatest))| {
                if value < least {
                    (least - value) / (least + BOUND_GUARD).abs()
                } else if value > greatest {
                    (value - greatest) / (greatest + BOUND_GUARD).abs()
                } else if value.is_nan() {
                    value
                } else {
                    0.0
                }
            });
        outside.sum()
    }
}

/// A [`GramDeviation`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    bounds: GramBounds,
    n_validation_rows: u64,
    mean_deviations: Option<Vec<f64>>,
}

impl From<GramDeviation> for Parts {
    fn from(deviation: GramDeviation) -> Self {
        Self {
            bounds: Arc::unwrap_or_clone(deviation.bounds),
            n_validation_rows: deviation.n_validation_rows,
            mean_deviations: deviation.mean_deviations,
        }
    }
}

impl TryFrom<Parts> for GramDeviation {
    type Error = String;

    fn try_from(parts: Parts) -> std::result::Result<Self, String> {
        let deviation = Self::new(
            Arc::new(parts.bounds),
            parts.n_validation_rows,
            parts.mean_deviations,
        );
        match deviation.fault() {
            None => Ok(deviation),
            Some(fault) => Err(fault.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn one_statistic_outside_by_one() {
        let ranges = Ranges {
            least: vec![10.0, 30.0],
            greatest: vec![15.0, 40.0],
        };
        assert_relative_eq!(ranges.deviation(&[16.0, 36.0]), 0.066_666_662_2, epsilon = 5e-11);
        assert_eq!(ranges.deviation(&[9.0, 36.0]), 1.0 / 10.000_001);
        assert_eq!(ranges.deviation(&[10.0, 40.0]), 0.0);
    }
}
