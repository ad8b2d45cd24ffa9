//! Several layers' hardnesses become one.

use serde::{Deserialize, Serialize};
use tensor_core::{check, numeric};

use super::Hardness;
use crate::{Error, Layer, Result};

/// How the hardnesses of several layers become one.
///
/// ```text
/// eta_j = sum_l w_l eta_lj
///
/// w_l     weight of layer l, scaled to sum to 1; equal if none are given
/// eta_lj  hardness of sample j at layer l, standardised over the samples first if asked for
/// ```
///
/// # Examples
///
/// ```
/// use hard_subset::{Hardness, LayerCombination};
///
/// let layers = LayerCombination {
///     weights: Some(vec![1.0, 3.0]),
///     standardise: false,
/// };
/// let early = ("early".to_owned(), Hardness::new(vec![0.0, 4.0])?);
/// let late = ("late".to_owned(), Hardness::new(vec![2.0, 0.0])?);
/// assert_eq!(layers.combine(vec![early, late])?.combined.values(), [1.5, 1.0]);
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayerCombination {
    /// One weight a layer, not negative and not all zero; equal weights by default.
    pub weights: Option<Vec<f64>>,
    /// Whether each layer is brought to mean 0 and standard deviation 1 over the samples first, so that no layer rules by
    /// its scale. A layer whose values agree to 1e-12 becomes 0.
    pub standardise: bool,
}

impl LayerCombination {
    /// Checks the weights against the number of layers.
    ///
    /// # Errors
    ///
    /// No layer; another number of weights than of layers; a weight that is negative or not finite; no positive weight.
    pub fn validate(&self, n_layers: usize) -> Result<()> {
        if n_layers == 0 {
            return Err(Error::NoLayers);
        }
        let Some(weights) = &self.weights else {
            return Ok(());
        };
        check::same_length("layer weights", weights.len(), "layers", n_layers)?;
        Ok(check::weights("layer weights", weights)?)
    }

    /// Combines named hardnesses of the same samples: no fallbacks, no zero rows, no labels read, for the caller to set.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate); layers of different numbers of samples; a combination that overflows.
    pub fn combine(&self, per_layer: Vec<(String, Hardness)>) -> Result<LayeredHardness> {
        self.validate(per_layer.len())?;
        let (first_name, first) = &per_layer[0];
        for (name, hardness) in &per_layer {
            check::same_length(first_name, first.len(), name, hardness.len())?;
        }
        let mut combined = vec![0.0; first.len()];
        for (weight, (_, hardness)) in self.shares(per_layer.len()).into_iter().zip(&per_layer) {
            let values = if self.standardise {
                standardised(hardness)
            } else {
                hardness.values().to_vec()
            };
            for (total, value) in combined.iter_mut().zip(values) {
                *total += weight * value;
            }
        }
        Ok(LayeredHardness {
            combined: Hardness::named("combined hardness", combined)?,
            per_layer,
            n_fallbacks: 0,
            n_zero_rows: 0,
            reads_target_labels: false,
        })
    }

    /// Measures the hardness of each layer and combines them. `measure` gives a layer's hardnesses and the number of its zero
    /// rows.
    pub(crate) fn measure(
        &self,
        layers: &[Layer],
        mut measure: impl FnMut(usize, &Layer) -> Result<(Vec<f64>, usize)>,
    ) -> Result<LayeredHardness> {
        self.validate(layers.len())?;
        let mut n_zero_rows = 0;
        let mut per_layer = Vec::with_capacity(layers.len());
        for (index, layer) in layers.iter().enumerate() {
            let (values, n_zero) = measure(index, layer)?;
            n_zero_rows += n_zero;
            per_layer.push((layer.name().to_owned(), Hardness::named(layer.name(), values)?));
        }
        Ok(LayeredHardness {
            n_zero_rows,
            ..self.combine(per_layer)?
        })
    }

    /// The weights, scaled to sum to 1.
    fn shares(&self, n_layers: usize) -> Vec<f64> {
        let equal = vec![1.0; n_layers];
        let weights = self.weights.as_ref().unwrap_or(&equal);
        // By the largest first: the sum of huge weights would overflow.
        let greatest = weights.iter().copied().fold(0.0, f64::max);
        let scaled: Vec<f64> = weights.iter().map(|weight| weight / greatest).collect();
        let total: f64 = scaled.iter().sum();
        scaled.iter().map(|weight| weight / total).collect()
    }
}

/// The values less their mean, over their standard deviation; zeros if they are constant.
fn standardised(hardness: &Hardness) -> Vec<f64> {
    let values = hardness.values();
    if hardness.is_constant() {
        return vec![0.0; values.len()];
    }
    let n_samples = values.len() as f64;
    let mean = values.iter().map(|value| value / n_samples).sum::<f64>();
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    // By the largest first: the square of a huge deviation would overflow, that of a tiny one vanish.
    let greatest = deviations
        .iter()
        .fold(0.0, |greatest: f64, deviation| greatest.max(deviation.abs()));
    let mean_square = deviations
        .iter()
        .map(|deviation| (deviation / greatest).powi(2))
        .sum::<f64>()
        / n_samples;
    let standard_deviation = mean_square.sqrt();
    deviations
        .iter()
        .map(|deviation| deviation / greatest / standard_deviation)
        .collect()
}

/// A hardness, and what each layer said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayeredHardness {
    /// All layers together.
    pub combined: Hardness,
    /// Name and hardness of each layer.
    pub per_layer: Vec<(String, Hardness)>,
    /// Target samples whose source class was empty, so that all classes stood in for it.
    pub n_fallbacks: usize,
    /// Zero vectors among the targets, over all layers: they have no direction, and similarity 0 to everything.
    pub n_zero_rows: usize,
    /// Whether the target's labels were read: then the hardness is no property of the source network alone, and a
    /// score on the subset has seen the labels twice.
    pub reads_target_labels: bool,
}

impl LayeredHardness {
    /// Spearman's correlation of each pair of layers, `(first, second, correlation)`; a low one says that the layers
    /// disagree. Nothing for a pair of which one is constant.
    ///
    /// # Errors
    ///
    /// None in practice: all layers have the same number of samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::{Hardness, LayerCombination};
    ///
    /// let early = ("early".to_owned(), Hardness::new(vec![0.0, 0.1, 0.5])?);
    /// let late = ("late".to_owned(), Hardness::new(vec![3.0, 2.0, 1.0])?);
    /// let hardness = LayerCombination::default().combine(vec![early, late])?;
    /// assert_eq!(hardness.layer_agreement()?, [(0, 1, Some(-1.0))]);
    /// # Ok::<(), hard_subset::Error>(())
    /// ```
    pub fn layer_agreement(&self) -> Result<Vec<(usize, usize, Option<f64>)>> {
        let mut agreement = Vec::new();
        for second in 1..self.per_layer.len() {
            for first in 0..second {
                let (left, right) = (&self.per_layer[first].1, &self.per_layer[second].1);
                let correlation = numeric::spearman(left.values(), right.values())?;
                agreement.push((first, second, correlation));
            }
        }
        Ok(agreement)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A mean, a deviation and a quotient by a root, of numbers of about 1.
    const ATOL: f64 = 1e-14;

    fn named(layers: &[&[f64]]) -> Vec<(String, Hardness)> {
        let name = |index: usize| format!("layer {index}");
        let hardness = |values: &[f64]| Hardness::new(values.to_vec()).expect("a hardness");
        layers
            .iter()
            .enumerate()
            .map(|(index, values)| (name(index), hardness(values)))
            .collect()
    }

    fn combined(layers: &[&[f64]], weights: Option<&[f64]>, standardise: bool) -> Result<Vec<f64>> {
        let combination = LayerCombination {
            weights: weights.map(<[f64]>::to_vec),
            standardise,
        };
        Ok(combination.combine(named(layers))?.combined.values().to_vec())
    }

    #[test]
    fn weights_are_shares() {
        let layers: [&[f64]; 2] = [&[1.0, 2.0], &[5.0, -2.0]];
        for (weights, expected) in [
            (None, [3.0, 0.0]),
            (Some([1.0, 1.0]), [3.0, 0.0]),
            (Some([f64::MAX, f64::MAX]), [3.0, 0.0]),
            (Some([0.0, 0.3]), [5.0, -2.0]),
            (Some([1.5, 0.5]), [2.0, 1.0]),
        ] {
            let got =
                combined(&layers, weights.as_ref().map(<[f64; 2]>::as_slice), false).expect("a combination");
            assert_eq!(got, expected, "{weights:?}");
        }
    }

    #[test]
    fn standardised_layers_have_mean_zero_and_deviation_one() {
        let got = combined(&[&[0.0, 0.0, 3.0, 3.0]], None, true).expect("a combination");
        assert_eq!(got, [-1.0, -1.0, 1.0, 1.0]);
        // A constant layer says nothing, whatever its weight.
        let got = combined(&[&[1.0, 5.0], &[7.0, 7.0]], Some(&[1.0, 3.0]), true).expect("a combination");
        assert_eq!(got, [-0.25, 0.25]);
        // Neither huge nor nearly constant layers lose their order.
        for scale in [1e-11, 1.0, 1e300] {
            let got = combined(&[&[0.0, 2.0 * scale]], None, true).expect("a combination");
            assert_eq!(got, [-1.0, 1.0], "{scale:e}");
        }
    }

    #[test]
    fn weights_that_do_not_fit_are_refused() {
        let layers: [&[f64]; 2] = [&[1.0, 2.0], &[5.0, -2.0]];
        for weights in [
            &[1.0] as &[f64],
            &[1.0, 1.0, 1.0],
            &[1.0, -1.0],
            &[f64::NAN, 1.0],
            &[f64::INFINITY, 1.0],
            &[0.0, 0.0],
        ] {
            assert!(
                matches!(combined(&layers, Some(weights), false), Err(Error::Core(_))),
                "{weights:?}"
            );
        }
        assert!(matches!(combined(&[], None, false), Err(Error::NoLayers)));
        let uneven = combined(&[&[1.0, 2.0], &[1.0]], None, false).expect_err("uneven");
        assert_eq!(
            uneven.to_string(),
            "layer 0 has 2 entries and layer 1 has 1: they must agree"
        );
        let too_large = combined(&[&[f64::MAX, f64::MIN, f64::MIN]], None, true);
        assert!(
            matches!(too_large, Err(Error::NonFiniteHardness { .. })),
            "{too_large:?}"
        );
    }

    #[test]
    fn agreement_is_of_ranks_and_of_every_pair() {
        let layers = named(&[
            &[1.0, 2.0, 3.0],
            &[1.0, 4.0, 90.0],
            &[5.0, 5.0, 5.0],
            &[3.0, 2.0, 1.0],
        ]);
        let hardness = LayerCombination::default()
            .combine(layers)
            .expect("a combination");
        let agreement = hardness.layer_agreement().expect("correlations");
        let pairs: Vec<(usize, usize)> = agreement
            .iter()
            .map(|&(first, second, _)| (first, second))
            .collect();
        assert_eq!(pairs, [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]);
        let correlations: Vec<f64> = agreement.iter().map(|pair| pair.2.unwrap_or(f64::NAN)).collect();
        golden::assert_close(
            &correlations,
            &[1.0, f64::NAN, f64::NAN, -1.0, -1.0, f64::NAN],
            0.0,
            ATOL,
        );
    }

    proptest! {
        #[test]
        fn scale_and_origin_of_a_layer_do_not_matter_once_standardised(
            early in prop::collection::vec(-2.0..2.0_f64, 12),
            late in prop::collection::vec(-2.0..2.0_f64, 12),
            origin in -3.0..3.0_f64,
            scale in 0.1..10.0_f64,
            weight in 0.1..5.0_f64,
        ) {
            let weights = [1.0, weight];
            let expected = combined(&[&early, &late], Some(&weights), true).expect("a combination");
            let moved: Vec<f64> = late.iter().map(|value| origin + scale * value).collect();
            let got = combined(&[&early, &moved], Some(&weights), true).expect("a combination");
            golden::assert_close(&got, &expected, 0.0, 100.0 * ATOL);
            let doubled: Vec<f64> = late.iter().map(|value| 2.0 * value).collect();
            prop_assert_eq!(combined(&[&early, &doubled], Some(&weights), true).expect("a combination"), expected);
        }
    }
}
