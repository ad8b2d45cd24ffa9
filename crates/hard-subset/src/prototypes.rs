//! Mean unit vectors of the source classes.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tensor_core::{Tensor, check};

use crate::{Activations, Error, Result};

mod fit;

pub use fit::PrototypeFit;

/// What a source network's activations are like on the whole and in each class: the means of their directions.
///
/// ```text
/// mu_l = 1/n sum_i e_li / ||e_li||,    mu_lz = the same over the samples of class z
///
/// e_li  activations of source sample i at layer l, pooled
/// ```
///
/// They are fitted by [`PrototypeFit`], or stand in the weights of a classifier whose source samples are not at hand.
/// Serialised, they come back with the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Prototypes {
    origin: PrototypeOrigin,
    n_samples: u64,
    counts: Vec<u64>,
    layers: Vec<LayerPrototypes>,
}

/// Where prototypes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrototypeOrigin {
    /// The means of source samples.
    Samples,
    /// The rows of a source classifier's weights.
    ClassifierWeights,
}

/// One layer's prototypes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerPrototypes {
    name: String,
    mean: Vec<f64>,
    class_means: Vec<Option<Vec<f64>>>,
    centre: Option<Vec<f64>>,
}

impl Prototypes {
    /// Prototypes from the weights of a classifier, `(k, c)`: the direction of row z stands for class z, the mean of the
    /// directions for all classes. For sources whose samples are not at hand.
    ///
    /// The layer is the one that the classifier reads; no sample is counted. A row of zeros stays zero.
    ///
    /// # Errors
    ///
    /// Weights that are not two-dimensional, not `f32` or `f64`, empty, or not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use hard_subset::Prototypes;
    /// use tensor_core::convert::tensor_from_slice;
    ///
    /// let weights = tensor_from_slice(&[0.0, 2.0, 5.0, 0.0], &[2, 2])?;
    /// let prototypes = Prototypes::from_classifier("penultimate", &weights)?;
    /// assert_eq!(prototypes.layers()[0].class_mean(0), Some([0.0, 1.0].as_slice()));
    /// assert_eq!(prototypes.layers()[0].mean(), [0.5, 0.5]);
    /// # Ok::<(), hard_subset::Error>(())
    /// ```
    pub fn from_classifier(layer: &str, weights: &Tensor) -> Result<Self> {
        check::matrix(layer, weights)?;
        let rows = Activations::single(layer, weights.shallow_clone())?;
        let n_classes = rows.n_samples();
        let mut fit = PrototypeFit::new(&[(layer, rows.layers()[0].n_channels())], n_classes)?;
        let classes: Vec<usize> = (0..n_classes).collect();
        fit.observe(&rows, &classes)?;
        Ok(Self {
            origin: PrototypeOrigin::ClassifierWeights,
            n_samples: 0,
            counts: vec![0; n_classes],
            ..fit.finish()?
        })
    }

    /// The number of source samples: 0 for the weights of a classifier.
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// The number of source samples of each class: fewer altogether than samples if some had no label.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The number of source classes.
    pub fn n_classes(&self) -> usize {
        self.counts.len()
    }

    /// Where the prototypes come from.
    pub fn origin(&self) -> PrototypeOrigin {
        self.origin
    }

    /// Each layer's prototypes, at least one.
    pub fn layers(&self) -> &[LayerPrototypes] {
        &self.layers
    }

    /// Whether a class has no prototype.
    pub(crate) fn is_empty(&self, class: usize) -> bool {
        self.layers[0].class_mean(class).is_none()
    }

    /// Name and channels of each layer.
    pub(crate) fn shape(&self) -> Vec<(String, usize)> {
        self.layers
            .iter()
            .map(|layer| (layer.name.clone(), layer.mean.len()))
            .collect()
    }

    /// What a file of prototypes may get wrong.
    fn fault(&self) -> Option<String> {
        if self.layers.is_empty() {
            return Some("there are no layers".to_owned());
        }
        let n_classes = self.n_classes();
        for layer in &self.layers {
            let name = &layer.name;
            let n_channels = layer.mean.len();
            let is_unlike = |class: &usize| layer.class_mean(*class).is_none() != self.is_empty(*class);
            let class_means = layer.class_means.iter().flatten();
            let vectors = class_means.chain(&layer.centre).chain([&layer.mean]);
            if layer.class_means.len() != n_classes {
                let got = layer.class_means.len();
                return Some(format!("layer `{name}` has {got} classes: expected {n_classes}"));
            }
            if let Some(class) = (0..n_classes).find(is_unlike) {
                return Some(format!("class {class} is empty at some layers only"));
            }
            for vector in vectors {
                if vector.len() != n_channels || vector.is_empty() {
                    let got = vector.len();
                    return Some(format!(
                        "layer `{name}` has vectors of {n_channels} and {got} channels"
                    ));
                }
                if vector.iter().any(|value| !value.is_finite()) {
                    return Some(format!("layer `{name}` has an entry that is not finite"));
                }
            }
        }
        None
    }
}

impl Serialize for Prototypes {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Prototypes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let prototypes = Self::deserialize(deserializer)?;
        match prototypes.fault() {
            None => Ok(prototypes),
            Some(fault) => Err(de::Error::custom(fault)),
        }
    }
}

impl LayerPrototypes {
    /// The layer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mean unit vector of all source samples; its length is at most 1, and the less the more they differ.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The mean unit vector of the samples of a class; nothing for a class without any, and beyond the last class.
    pub fn class_mean(&self, class: usize) -> Option<&[f64]> {
        self.class_means.get(class)?.as_deref()
    }

    /// What was subtracted from the unit vectors, of source and target alike, before they were brought to length 1 once
    /// more; nothing if the fit had no centre.
    pub fn centre(&self) -> Option<&[f64]> {
        self.centre.as_deref()
    }

    /// The mean of a class, or that of all classes if it has none.
    pub(crate) fn stand_in(&self, class: usize) -> &[f64] {
        self.class_mean(class).unwrap_or(&self.mean)
    }
}

/// The most classes of a source: room is made for each, whether it occurs or not.
const MOST_CLASSES: usize = 1 << 24;

/// An error unless this is a number of source classes.
pub(crate) fn require_n_classes(n_classes: usize) -> Result<()> {
    Ok(check::parameter(
        "n_classes",
        (1..=MOST_CLASSES).contains(&n_classes),
        "from 1 to 2^24",
        n_classes,
    )?)
}

/// An error unless all classes are below their number.
pub(crate) fn require_classes(what: &str, classes: &[usize], n_classes: usize) -> Result<()> {
    match classes.iter().position(|&class| class >= n_classes) {
        None => Ok(()),
        Some(row) => Err(Error::ClassOutOfRange {
            what: what.to_owned(),
            row,
            class: classes[row] as i64,
            n_classes,
        }),
    }
}

#[cfg(test)]
mod tests {
    use tensor_core::convert::tensor_from_slice;

    use super::*;

    fn prototypes() -> Prototypes {
        let weights = tensor_from_slice(&[0.0, 2.0, 5.0, 0.0, 0.0, 0.0], &[3, 2]).expect("a tensor");
        Prototypes::from_classifier("fc", &weights).expect("prototypes")
    }

    #[test]
    fn the_rows_of_a_classifier_are_class_means() {
        let prototypes = prototypes();
        assert_eq!(prototypes.origin(), PrototypeOrigin::ClassifierWeights);
        assert_eq!(
            (prototypes.n_samples(), prototypes.counts()),
            (0, [0, 0, 0].as_slice())
        );
        let layer = &prototypes.layers()[0];
        assert_eq!(layer.name(), "fc");
        assert_eq!(layer.class_mean(1), Some([1.0, 0.0].as_slice()));
        assert_eq!(layer.class_mean(2), Some([0.0, 0.0].as_slice()));
        assert_eq!(layer.class_mean(3), None);
        assert_eq!(layer.mean(), [1.0 / 3.0, 1.0 / 3.0]);
    }

    #[test]
    fn weights_of_another_shape_are_refused() {
        let weights = tensor_from_slice(&[1.0, 2.0], &[1, 1, 2, 1]).expect("a tensor");
        let error = Prototypes::from_classifier("fc", &weights).expect_err("four dimensions");
        assert_eq!(
            error.to_string(),
            "fc has shape [1, 1, 2, 1]: expected two dimensions (rows, columns)"
        );
        let weights = tensor_from_slice(&[1.0, f64::NAN], &[1, 2]).expect("a tensor");
        assert!(Prototypes::from_classifier("fc", &weights).is_err());
    }

    #[test]
    fn files_that_contradict_themselves_are_refused() {
        let mut prototypes = prototypes();
        prototypes.layers.push(LayerPrototypes {
            name: "conv".to_owned(),
            ..prototypes.layers[0].clone()
        });
        let sound = serde_json::to_value(prototypes).expect("JSON");
        assert!(serde_json::from_value::<Prototypes>(sound.clone()).is_ok());
        for (pointer, value, fault) in [
            ("/layers", serde_json::json!([]), "there are no layers"),
            (
                "/counts",
                serde_json::json!([0, 0]),
                "layer `fc` has 3 classes: expected 2",
            ),
            (
                "/layers/0/class_means/1",
                serde_json::json!([1.0]),
                "layer `fc` has vectors of 2 and 1 channels",
            ),
            (
                "/layers/1/class_means/2",
                serde_json::Value::Null,
                "class 2 is empty at some layers only",
            ),
            (
                "/layers/0/centre",
                serde_json::json!([1.0, 2.0, 3.0]),
                "layer `fc` has vectors of 2 and 3 channels",
            ),
            (
                "/layers/0/mean",
                serde_json::json!([]),
                "layer `fc` has vectors of 0 and 2 channels",
            ),
        ] {
            let mut faulty = sound.clone();
            *faulty.pointer_mut(pointer).expect("a place") = value;
            let error = serde_json::from_value::<Prototypes>(faulty).expect_err(fault);
            assert_eq!(error.to_string(), fault);
        }
    }
}
