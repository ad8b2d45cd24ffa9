//! Several layers' similarities become one hardness.

use serde::{Deserialize, Serialize};
use tensor_core::numeric;

use super::Hardness;
use crate::Result;

/// How the hardnesses of several layers become one.
///
/// ```text
/// eta_j = sum_l w_l eta_lj
///
/// w_l     weight of layer l, scaled to sum to 1; equal if none are given
/// eta_lj  hardness of sample j at layer l, standardised over the samples first if asked for
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayerCombination {
    /// One weight a layer, not negative and not all zero; equal weights by default.
    pub weights: Option<Vec<f64>>,
    /// Whether each layer is brought to mean 0 and standard deviation 1 over the samples first, so that no layer rules by
    /// its scale. A constant layer becomes 0.
    pub standardise: bool,
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
    /// Zero vectors among the targets, in any layer: they have no direction, and similarity 0 to everything.
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
