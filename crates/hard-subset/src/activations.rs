//! What the layers of a network make of some samples, checked.

use std::collections::BTreeSet;

use tensor_core::{Tensor, check, kind};

use crate::{Error, Result};

/// Activations of one or more layers on the same samples, in the same order.
///
/// Each layer is `(n, c)`, pooled or a vector by nature, or `(n, c, h, w)`, a map for each channel. Tokens of a
/// transformer, `(n, t, c)`, are `(n, c, t, 1)` once transposed.
///
/// # Examples
///
/// ```
/// use hard_subset::Activations;
/// use tensor_core::convert::tensor_from_slice;
///
/// let maps = tensor_from_slice(&[1.0, 3.0, 0.0, 0.0, 2.0, 2.0, 5.0, 7.0], &[2, 2, 2, 1])?;
/// let activations = Activations::single("conv", maps)?;
/// assert_eq!((activations.n_samples(), activations.layers()[0].n_channels()), (2, 2));
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug)]
pub struct Activations {
    layers: Vec<Layer>,
    n_samples: usize,
}

/// One layer's activations.
#[derive(Debug)]
pub struct Layer {
    name: String,
    tensor: Tensor,
}

impl Activations {
    /// Checks layers and their names.
    ///
    /// # Errors
    ///
    /// No layer; a name given twice; a tensor that is neither `(n, c)` nor `(n, c, h, w)` with at least one sample, one
    /// channel and one place, not `f32` or `f64`, or not finite throughout; layers of different numbers of samples.
    pub fn new(layers: Vec<(String, Tensor)>) -> Result<Self> {
        let layers = layers
            .into_iter()
            .map(|(name, tensor)| Layer::new(name, &tensor))
            .collect::<Result<Vec<_>>>()?;
        let Some(first) = layers.first() else {
            return Err(Error::NoLayers);
        };
        require_distinct(layers.iter().map(Layer::name))?;
        for layer in &layers {
            check::same_length(&first.name, first.n_samples(), &layer.name, layer.n_samples())?;
        }
        Ok(Self {
            n_samples: first.n_samples(),
            layers,
        })
    }

    /// Activations of one layer.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn single(name: &str, tensor: Tensor) -> Result<Self> {
        Self::new(vec![(name.to_owned(), tensor)])
    }

    /// The layers, at least one.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The number of samples, at least 1.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Name and channels of each layer.
    pub(crate) fn shape(&self) -> Vec<(String, usize)> {
        self.layers
            .iter()
            .map(|layer| (layer.name.clone(), layer.n_channels()))
            .collect()
    }

    /// An error unless the layers are these.
    pub(crate) fn require_layers(&self, expected: &[(String, usize)]) -> Result<()> {
        require_same_layers(self.shape(), expected)
    }
}

impl Layer {
    fn new(name: String, tensor: &Tensor) -> Result<Self> {
        kind::require(&name, tensor, kind::FLOATS)?;
        let size = tensor.size();
        let has_shape = matches!(size.len(), 2 | 4) && size.iter().all(|&length| length >= 1);
        if !has_shape {
            return Err(tensor_core::Error::Shape {
                what: name,
                expected: "(n, c) or (n, c, h, w), each at least 1".to_owned(),
                got: size,
            }
            .into());
        }
        check::finite(&name, tensor)?;
        Ok(Self {
            name,
            tensor: tensor.f_detach()?.f_resolve_neg()?,
        })
    }

    /// The layer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The activations as given: `(n, c)` or `(n, c, h, w)`, `f32` or `f64`.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// The number of samples, n.
    pub fn n_samples(&self) -> usize {
        self.tensor.size()[0] as usize
    }

    /// The number of channels, c.
    pub fn n_channels(&self) -> usize {
        self.tensor.size()[1] as usize
    }

    /// The mean of each channel over its places, `(n, c)`, of the tensor's own kind; an `(n, c)` layer as it is.
    ///
    /// # Errors
    ///
    /// An error of libtorch.
    pub fn pooled(&self) -> Result<Tensor> {
        if self.tensor.dim() == 2 {
            return Ok(self.tensor.shallow_clone());
        }
        Ok(self
            .tensor
            .f_mean_dim([2_i64, 3].as_slice(), false, self.tensor.kind())?)
    }

    /// A copy of some rows, in the order given. The caller has checked the range.
    pub(crate) fn select(&self, rows: &[usize]) -> Result<Self> {
        let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
        let rows = Tensor::f_from_slice(&rows)?.f_to_device(self.tensor.device())?;
        Ok(Self {
            name: self.name.clone(),
            tensor: self.tensor.f_index_select(0, &rows)?,
        })
    }

    /// A view of some rows, one after the other. The caller has checked the range.
    pub(crate) fn rows(&self, first: usize, n_rows: usize) -> Result<Self> {
        Ok(Self {
            name: self.name.clone(),
            tensor: self.tensor.f_narrow(0, first as i64, n_rows as i64)?,
        })
    }
}

/// Name and channels of the layers of a fit: at least one, of distinct names, each with a channel.
pub(crate) fn named_layers(layers: &[(&str, usize)]) -> Result<Vec<(String, usize)>> {
    if layers.is_empty() {
        return Err(Error::NoLayers);
    }
    require_distinct(layers.iter().map(|&(name, _)| name))?;
    for &(name, n_channels) in layers {
        check::at_least(&format!("a row of layer `{name}`"), n_channels, 1)?;
    }
    let layers = layers
        .iter()
        .map(|&(name, n_channels)| (name.to_owned(), n_channels));
    Ok(layers.collect())
}

/// An error unless two lists of layers agree in names, channels and order.
pub(crate) fn require_same_layers(got: Vec<(String, usize)>, expected: &[(String, usize)]) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(Error::Layers {
        got,
        expected: expected.to_vec(),
    })
}

/// An error if a name comes twice.
fn require_distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut earlier = BTreeSet::new();
    for name in names {
        if !earlier.insert(name) {
            return Err(Error::RepeatedLayer {
                layer: name.to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tensor_core::Kind;
    use tensor_core::convert::{tensor_from_slice, vector};

    use super::*;

    fn tensor(values: &[f64], shape: &[i64]) -> Tensor {
        tensor_from_slice(values, shape).expect("a tensor")
    }

    fn error_of(layers: Vec<(&str, Tensor)>) -> String {
        let layers = layers
            .into_iter()
            .map(|(name, tensor)| (name.to_owned(), tensor))
            .collect();
        Activations::new(layers).expect_err("faulty layers").to_string()
    }

    #[test]
    fn layers_are_named_in_errors() {
        let sound = || tensor(&[1.0, 2.0], &[2, 1]);
        assert_eq!(error_of(vec![]), "there are no layers: expected at least one");
        assert_eq!(
            error_of(vec![("fc", sound()), ("fc", sound())]),
            "layer `fc` is given twice: expected distinct names"
        );
        assert_eq!(
            error_of(vec![("fc", sound()), ("conv", tensor(&[1.0], &[1, 1]))]),
            "fc has 2 entries and conv has 1: they must agree"
        );
        assert_eq!(
            error_of(vec![("fc", tensor(&[1.0, 2.0], &[2]))]),
            "fc has shape [2]: expected (n, c) or (n, c, h, w), each at least 1"
        );
        assert_eq!(
            error_of(vec![("fc", tensor(&[], &[2, 3, 0, 1]))]),
            "fc has shape [2, 3, 0, 1]: expected (n, c) or (n, c, h, w), each at least 1"
        );
        assert_eq!(
            error_of(vec![("fc", tensor(&[1.0, f64::INFINITY], &[2, 1]))]),
            "fc[1, 0] is inf: expected a finite number"
        );
        assert!(error_of(vec![("fc", sound().to_kind(Kind::Int64))]).contains("int64"));
    }

    #[test]
    fn the_layers_of_a_fit_have_distinct_names_and_channels() {
        let named = named_layers(&[("a", 1), ("b", 2)]).expect("layers");
        assert_eq!(named, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert!(matches!(named_layers(&[]), Err(Error::NoLayers)));
        let twice = named_layers(&[("a", 1), ("b", 2), ("a", 3)]);
        assert!(
            matches!(&twice, Err(Error::RepeatedLayer { layer }) if layer == "a"),
            "{twice:?}"
        );
        let error = named_layers(&[("a", 1), ("b", 0)]).expect_err("no channel");
        assert_eq!(
            error.to_string(),
            "a row of layer `b` has 0 entries: expected at least 1"
        );
    }

    #[test]
    fn maps_are_pooled_over_their_places_and_vectors_left_alone() {
        let maps = Activations::single(
            "conv",
            tensor(&[1.0, 3.0, 0.0, 0.0, 2.0, 2.0, 5.0, 7.0], &[2, 2, 2, 1]),
        );
        let maps = maps.expect("activations");
        let pooled = maps.layers()[0].pooled().expect("means");
        assert_eq!(pooled.size(), [2, 2]);
        assert_eq!(
            vector::<f64>("means", &pooled.reshape([-1])).expect("means"),
            [2.0, 0.0, 2.0, 6.0]
        );
        let rows = Activations::single("fc", tensor(&[1.0, 3.0], &[1, 2])).expect("activations");
        assert_eq!(
            rows.layers()[0].pooled().expect("rows"),
            *rows.layers()[0].tensor()
        );
    }

    #[test]
    fn layers_are_compared_by_name_channels_and_order() {
        let layer = |name: &str, n_channels: usize| {
            (
                name.to_owned(),
                tensor(&vec![1.0; n_channels], &[1, n_channels as i64]),
            )
        };
        let activations = Activations::new(vec![layer("a", 1), layer("b", 2)]).expect("activations");
        let expected = |first: (&str, usize), second: (&str, usize)| {
            let named = |(name, n_channels): (&str, usize)| (name.to_owned(), n_channels);
            activations.require_layers(&[named(first), named(second)])
        };
        assert!(expected(("a", 1), ("b", 2)).is_ok());
        assert!(matches!(expected(("a", 1), ("b", 3)), Err(Error::Layers { .. })));
        assert!(matches!(expected(("b", 2), ("a", 1)), Err(Error::Layers { .. })));
        assert!(matches!(
            activations.require_layers(&[]),
            Err(Error::Layers { .. })
        ));
    }
}
