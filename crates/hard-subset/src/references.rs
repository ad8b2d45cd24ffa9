//! Source rows that are kept, so that target rows can be compared with each of them.

use tensor_core::Tensor;

use crate::{Activations, Result};

mod fit;
mod row_ranges;

pub use fit::ReferenceFit;

/// Rows of the source sample at each layer.
///
/// # Examples
///
/// ```
/// use hard_subset::{Activations, References};
/// use tensor_core::convert::tensor_from_slice;
///
/// let source = Activations::single("pool", tensor_from_slice(&[1.0_f32, 0.0, 0.0, 1.0], &[2, 2])?)?;
/// let references = References::all(&source)?;
/// assert_eq!((references.n_samples(), references.rows()), (2, [0, 1].as_slice()));
/// # Ok::<(), hard_subset::Error>(())
/// ```
#[derive(Debug)]
pub struct References {
    rows: Vec<u64>,
    layers: Vec<(String, Tensor)>,
}

impl References {
    /// Keeps every row, numbered from 0. Layers that are vectors by nature are shared, not copied.
    ///
    /// # Errors
    ///
    /// An error of libtorch.
    pub fn all(source: &Activations) -> Result<Self> {
        let layers = source
            .layers()
            .iter()
            .map(|layer| Ok((layer.name().to_owned(), layer.pooled()?)))
            .collect::<Result<_>>()?;
        Ok(Self {
            rows: (0..source.n_samples() as u64).collect(),
            layers,
        })
    }

    /// The number of rows, at least 1.
    pub fn n_samples(&self) -> usize {
        self.rows.len()
    }

    /// Which rows of the source sample they are, ascending.
    pub fn rows(&self) -> &[u64] {
        &self.rows
    }

    /// Name and rows, `(n_samples, channels)`, of each layer; in the order of [`rows`](Self::rows).
    pub fn layers(&self) -> &[(String, Tensor)] {
        &self.layers
    }

    /// Name and channels of each layer.
    pub(crate) fn shape(&self) -> Vec<(String, usize)> {
        self.layers
            .iter()
            .map(|(name, rows)| (name.clone(), rows.size()[1] as usize))
            .collect()
    }
}
