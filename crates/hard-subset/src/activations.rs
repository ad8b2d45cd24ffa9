//! What the layers of a network make of some samples, checked.

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
        for (index, layer) in layers.iter().enumerate() {
            check::same_length(&first.name, first.n_samples(), &layer.name, layer.n_samples())?;
            if layers[..index].iter().any(|earlier| earlier.name == layer.name) {
                return Err(Error::RepeatedLayer {
                    layer: layer.name.clone(),
                });
            }
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
        let got = self.shape();
        if got == expected {
            return Ok(());
        }
        Err(Error::Layers {
            got,
            expected: expected.to_vec(),
        })
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
            tensor: tensor.f_detach()?,
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
}
